//! Steering how workloads move to a new state: what the children of `rollout` share.

use crate::{
    api::OwnedValue,
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

/// What is said of a workload that cannot be steered so: `pods "web" restarting is not supported`.
pub fn unsupported(info: &Info, doing: &str) -> Error {
    refusal(info, &format!("{doing} is not supported"))
}

/// What is said of a workload by its name: `deployments.apps "web" is already paused`.
pub fn refusal(info: &Info, sentence: &str) -> Error {
    Error::message(format!("{} {:?} {sentence}", info.mapping.group_resource(), info.name))
}
