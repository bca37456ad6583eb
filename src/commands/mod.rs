//! The commands: one file each, a folder for a command with children. This is the only table.
//!
//! A command's file exports `COMMAND`, its flags and help as data, and `run`, which does it.

use std::{future::Future, pin::Pin};

use crate::{
    args::{Command, Group, Parsed},
    context::Context,
    error::Result,
};

pub mod alpha;
pub mod annotate;
pub mod api_resources;
pub mod api_versions;
pub mod apply;
pub mod attach;
pub mod auth;
pub mod autoscale;
pub mod certificate;
pub mod cluster_info;
pub mod complete;
pub mod completion;
pub mod config;
pub mod cordon;
pub mod cp;
pub mod create;
pub mod debug;
pub mod delete;
pub mod describe;
pub mod diff;
pub mod drain;
pub mod edit;
pub mod events;
pub mod exec;
pub mod explain;
pub mod expose;
pub mod get;
pub mod help;
pub mod kuberc;
pub mod kustomize;
pub mod label;
pub mod logs;
pub mod options;
pub mod patch;
pub mod plugin;
pub mod port_forward;
pub mod proxy;
pub mod replace;
pub mod rollout;
pub mod run;
pub mod scale;
pub mod set;
pub mod taint;
pub mod top;
pub mod uncordon;
pub mod version;
pub mod wait;

/// What a command does.
pub type Run = for<'a> fn(&'a Parsed, &'a Context) -> Pin<Box<dyn Future<Output = Result<()>> + 'a>>;

/// A command and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The command as data.
    pub spec: &'static Command,
    /// What it does.
    pub run: Run,
    /// Whether a run of it may wait for something, and so needs a runtime.
    pub waits: fn(&Parsed) -> bool,
}

/// A table line: the module of a command.
macro_rules! entry {
    ($($module:ident)::+) => {
        Entry {
            spec: &$($module)::+::COMMAND,
            run: |parsed, context| Box::pin($($module)::+::run(parsed, context)),
            waits: |_| true,
        }
    };
}

/// The same entry, for a command that does not always wait.
const fn waiting(entry: Entry, waits: fn(&Parsed) -> bool) -> Entry {
    Entry { waits, ..entry }
}

/// Every command but the root.
pub static ENTRIES: &[Entry] = &[
    entry!(alpha),
    entry!(annotate),
    entry!(api_resources),
    entry!(api_versions),
    entry!(apply),
    entry!(apply::edit_last_applied),
    entry!(apply::set_last_applied),
    entry!(apply::view_last_applied),
    entry!(attach),
    entry!(auth),
    entry!(auth::can_i),
    entry!(auth::reconcile),
    entry!(auth::whoami),
    entry!(autoscale),
    entry!(certificate),
    entry!(certificate::approve),
    entry!(certificate::deny),
    entry!(cluster_info),
    entry!(cluster_info::dump),
    entry!(completion),
    entry!(config),
    entry!(config::current_context),
    entry!(config::delete_cluster),
    entry!(config::delete_context),
    entry!(config::delete_user),
    entry!(config::get_clusters),
    entry!(config::get_contexts),
    entry!(config::get_users),
    entry!(config::rename_context),
    entry!(config::set),
    entry!(config::set_cluster),
    entry!(config::set_context),
    entry!(config::set_credentials),
    entry!(config::unset),
    entry!(config::use_context),
    entry!(config::view),
    entry!(cordon),
    entry!(cp),
    entry!(create),
    entry!(create::clusterrole),
    entry!(create::clusterrolebinding),
    entry!(create::configmap),
    entry!(create::cronjob),
    entry!(create::deployment),
    entry!(create::ingress),
    entry!(create::job),
    entry!(create::namespace),
    entry!(create::poddisruptionbudget),
    entry!(create::priorityclass),
    entry!(create::quota),
    entry!(create::role),
    entry!(create::rolebinding),
    entry!(create::secret),
    entry!(create::secret::docker_registry),
    entry!(create::secret::generic),
    entry!(create::secret::tls),
    entry!(create::service),
    entry!(create::service::clusterip),
    entry!(create::service::externalname),
    entry!(create::service::loadbalancer),
    entry!(create::service::nodeport),
    entry!(create::serviceaccount),
    entry!(create::token),
    entry!(debug),
    entry!(delete),
    entry!(describe),
    entry!(diff),
    entry!(drain),
    entry!(edit),
    entry!(events),
    entry!(exec),
    entry!(explain),
    entry!(expose),
    entry!(get),
    entry!(help),
    entry!(kuberc),
    entry!(kuberc::set),
    entry!(kuberc::view),
    entry!(kustomize),
    entry!(label),
    entry!(logs),
    entry!(options),
    entry!(patch),
    entry!(plugin),
    entry!(plugin::list),
    entry!(port_forward),
    entry!(proxy),
    entry!(replace),
    entry!(rollout),
    entry!(rollout::history),
    entry!(rollout::pause),
    entry!(rollout::restart),
    entry!(rollout::resume),
    entry!(rollout::status),
    entry!(rollout::undo),
    entry!(run),
    entry!(scale),
    entry!(set),
    entry!(set::env),
    entry!(set::image),
    entry!(set::resources),
    entry!(set::selector),
    entry!(set::serviceaccount),
    entry!(set::subject),
    entry!(taint),
    entry!(top),
    entry!(top::node),
    entry!(top::pod),
    entry!(uncordon),
    waiting(entry!(version), version::asks),
    entry!(wait),
];

/// The commands that shells call, which no list shows: cobra adds them to a line that calls them, and to no other.
pub static FOR_SHELLS: &[Entry] = &[
    entry!(complete),
    Entry {
        spec: &complete::WITHOUT_DESCRIPTIONS,
        ..entry!(complete)
    },
];

/// What `kubectl` is without a command.
pub static ROOT: Command = Command {
    name: "kubectl",
    usage: "kubectl",
    short: "kubectl talks to Kubernetes clusters",
    long: "\
kubectl talks to Kubernetes clusters: it shows what runs in them, changes it, and helps to find out what is wrong.

Read more at: https://kubernetes.io/docs/reference/kubectl/",
    flags_in_usage: true,
    children: &[
        Group {
            title: "Basic Commands (Beginner):",
            commands: &[&create::COMMAND, &expose::COMMAND, &run::COMMAND, &set::COMMAND],
        },
        Group {
            title: "Basic Commands (Intermediate):",
            commands: &[&explain::COMMAND, &get::COMMAND, &edit::COMMAND, &delete::COMMAND],
        },
        Group {
            title: "Deploy Commands:",
            commands: &[&rollout::COMMAND, &scale::COMMAND, &autoscale::COMMAND],
        },
        Group {
            title: "Cluster Management Commands:",
            commands: &[
                &certificate::COMMAND,
                &cluster_info::COMMAND,
                &top::COMMAND,
                &cordon::COMMAND,
                &uncordon::COMMAND,
                &drain::COMMAND,
                &taint::COMMAND,
            ],
        },
        Group {
            title: "Troubleshooting and Debugging Commands:",
            commands: &[
                &describe::COMMAND,
                &logs::COMMAND,
                &attach::COMMAND,
                &exec::COMMAND,
                &port_forward::COMMAND,
                &proxy::COMMAND,
                &cp::COMMAND,
                &auth::COMMAND,
                &debug::COMMAND,
                &events::COMMAND,
            ],
        },
        Group {
            title: "Advanced Commands:",
            commands: &[
                &diff::COMMAND,
                &apply::COMMAND,
                &patch::COMMAND,
                &replace::COMMAND,
                &wait::COMMAND,
                &kustomize::COMMAND,
            ],
        },
        Group {
            title: "Settings Commands:",
            commands: &[&label::COMMAND, &annotate::COMMAND, &completion::COMMAND],
        },
        Group {
            title: "Other Commands:",
            commands: &[
                &alpha::COMMAND,
                &config::COMMAND,
                &kuberc::COMMAND,
                &plugin::COMMAND,
                &version::COMMAND,
                &api_versions::COMMAND,
                &api_resources::COMMAND,
                &options::COMMAND,
                &help::COMMAND,
            ],
        },
    ],
    ..Command::NEW
};

/// What a command does; none for the root.
pub fn entry(command: &'static Command) -> Option<&'static Entry> {
    let command = command.stands_for.last().copied().unwrap_or(command);
    let mut entries = ENTRIES.iter().chain(FOR_SHELLS);
    entries.find(|entry| std::ptr::eq(entry.spec, command))
}
