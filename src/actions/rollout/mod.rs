//! How workloads move from one state to the next: what the children of `rollout` share.
//!
//! Here is what steers; [`progress`] tells how far a workload is, [`history`] which states it has had, and [`undo`] takes it
//! back to one of them. The sentences are those of kubectl's `polymorphichelpers`.

pub mod history;
pub mod progress;
pub mod undo;

use crate::{
    api::{OwnedValue, Value, quote},
    discovery::Mapping,
    error::{Error, Result},
    resource::{Gather, Info, Objects, Query, Site},
};

use super::{
    dry_run::DryRun,
    pod_specs,
    report::Report,
    selection::select,
    write::{STRATEGIC_PATCH, Writer},
};

/// The annotation with a deployment's or replica set's revision.
const REVISION: &str = "deployment.kubernetes.io/revision";

/// The kinds of workloads that can be rolled out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workload {
    /// `Deployment.apps`
    Deployment,
    /// `DaemonSet.apps`
    DaemonSet,
    /// `StatefulSet.apps`
    StatefulSet,
}

impl Workload {
    /// The kind of workload that a type is; none for others.
    pub fn of(mapping: &Mapping) -> Option<Workload> {
        match (mapping.group.as_str(), mapping.kind.as_str()) {
            ("apps" | "extensions", "Deployment") => Some(Workload::Deployment),
            ("apps" | "extensions", "DaemonSet") => Some(Workload::DaemonSet),
            ("apps", "StatefulSet") => Some(Workload::StatefulSet),
            _ => None,
        }
    }
}

/// The number at `path`; 0 where there is none.
fn number(object: &Value<'_>, path: &[&str]) -> i64 {
    object.int_at(path).unwrap_or_default()
}

/// Whether an object is of a kind whose pods can be steered. `kinds` are those that can.
pub fn is_one_of(info: &Info, kinds: &[&str]) -> bool {
    matches!(info.mapping.group.as_str(), "apps" | "extensions") && kinds.contains(&crate::api::object::kind(&info.object))
}

/// Changes each workload that the command line names by `change`, and says that it is `done`.
///
/// # Errors
/// What went wrong with each.
pub async fn change(
    query: &Query,
    field_manager: &str,
    done: &str,
    verb: &str,
    site: &Site<'_>,
    report: &mut Report<'_>,
    change: impl Fn(&Info, &mut OwnedValue) -> Result<()>,
) -> Result<()> {
    check(query)?;
    let (mut infos, mut errors) = (Vec::new(), Vec::new());
    for info in select(query, Gather::typed(Objects::Latest), false, site).await?.infos {
        match info {
            Ok(info) => infos.push(info),
            Err(error) => errors.push(error),
        }
    }
    let mut patches = Vec::new();
    for info in infos {
        let mut after = info.object.clone();
        match change(&info, &mut after).and_then(|()| pod_specs::patch(&info.object, &after)) {
            Ok(patch) => patches.push((info, patch)),
            Err(error) => errors.push(error),
        }
    }
    let writer = Writer::typed(site.client, DryRun::None, field_manager);
    for (info, patch) in patches {
        let Some(patch) = patch else {
            errors.push(Error::message(format!(
                "failed to create patch for {}: if {verb} has already been triggered within the past second, please wait before attempting to trigger another",
                info.name
            )));
            continue;
        };
        match writer.patch(&info, STRATEGIC_PATCH, patch).await {
            Ok(object) => report.print(object, done)?,
            Err(error) => errors.push(Error::message(format!("failed to patch: {error}"))),
        }
    }
    Error::collect(errors)
}

/// Whether anything was named.
///
/// # Errors
/// Where nothing was.
pub fn check(query: &Query) -> Result<()> {
    if query.words.is_empty() && query.files.is_empty() {
        return Err(Error::message("required resource not specified"));
    }
    Ok(())
}

/// What is said where a kind has nothing of what a command is about. kubectl knows of some kinds that they have none, of
/// others nothing at all.
pub fn unknown(mapping: &Mapping, known: &str, unheard: &str) -> Error {
    let (group, kind) = (mapping.group.as_str(), mapping.kind.as_str());
    let heard_of = matches!(
        (group, kind),
        ("", "Pod" | "ReplicationController") | ("apps" | "extensions", "ReplicaSet") | ("batch", "Job" | "CronJob")
    );
    let name = quote(&mapping.group_kind());
    Error::message(match heard_of {
        true => format!("{known} for {name}"),
        false => format!("{unheard} for {name}, no visitor method exists for {{{group} {kind}}}"),
    })
}

/// What is said of a workload that cannot be steered so: `pods "web" restarting is not supported`.
pub fn unsupported(info: &Info, doing: &str) -> Error {
    refusal(info, &format!("{doing} is not supported"))
}

/// What is said of a workload by its name: `deployments.apps "web" is already paused`.
pub fn refusal(info: &Info, sentence: &str) -> Error {
    Error::message(format!("{} {:?} {sentence}", info.mapping.group_resource(), info.name))
}
