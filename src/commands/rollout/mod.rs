//! `kubectl rollout`: a folder: how workloads move from one state to the next.

pub mod history;
pub mod pause;
pub mod restart;
pub mod resume;
pub mod status;
pub mod undo;

use std::io::Write;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::{Error, Result},
    resource::{FileSet, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "rollout",
    usage: "rollout SUBCOMMAND",
    short: "Follow and steer how workloads move to a new state",
    long: "Follow and steer how workloads move to a new state: deployments, daemon sets and stateful sets.",
    examples: "\
# Back to the state before
kubectl rollout undo deployment/abc

# How far is it?
kubectl rollout status daemonset/foo

# New pods, the same state
kubectl rollout restart deployment/abc

# All deployments with a label
kubectl rollout restart deployment --selector=app=nginx",
    children: &[Group {
        title: AVAILABLE,
        commands: &[
            &history::COMMAND,
            &pause::COMMAND,
            &restart::COMMAND,
            &resume::COMMAND,
            &status::COMMAND,
            &undo::COMMAND,
        ],
    }],
    ..Command::NEW
};

/// Prints what the folder holds, on standard output where the other folders use standard error, and fails.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::no_arguments(parsed)?;
    write!(context.streams().out(), "{}", help::text(context.world(), parsed.chain()))?;
    Err(Error::Exit(1))
}

/// The workloads that a command line of this folder names.
///
/// # Errors
/// Where it names none.
fn selection(parsed: &Parsed, context: &Context) -> Result<Query> {
    let namespace = context.namespace()?;
    let optional = |name: &str| Some(parsed.string(name).to_owned()).filter(|text| !text.is_empty());
    let files = FileSet {
        filenames: parsed.strings("filename").to_vec(),
        kustomize: optional("kustomize"),
        recursive: parsed.bool("recursive"),
    };
    if parsed.args().is_empty() && files.is_empty() {
        return Err(Error::message("required resource not specified"));
    }
    Ok(Query {
        words: parsed.args().to_vec(),
        files,
        namespace: namespace.name,
        enforce_namespace: namespace.explicit,
        labels: optional("selector"),
        type_means_all: true,
        ..Query::default()
    })
}
