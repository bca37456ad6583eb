//! Making nodes take new pods, or not: what `cordon`, `uncordon` and `drain` share.

use crate::{
    api::{OwnedValue, Value},
    client::Client,
    error::{Error, Result},
    resource::{Gather, Info, Objects, Query, Site},
};

use super::{
    delete::with_source,
    dry_run::DryRun,
    pod_specs,
    report::Report,
    write::{STRATEGIC_PATCH, Writer},
};

/// The nodes that the command line names, by words or a label selector.
///
/// # Errors
/// Where nothing could be begun at all.
pub async fn select(query: &Query, chunk: i64, site: &Site<'_>) -> Result<Vec<Result<Info>>> {
    let mut words = vec!["nodes".to_owned()];
    words.extend(query.words.iter().cloned());
    // `node/name` says its type itself.
    if query.words.iter().any(|word| word.contains('/')) {
        words.remove(0);
    }
    let query = Query {
        words,
        single_type: true,
        ..query.clone()
    };
    let plan = query.plan(site).await?;
    let gather = Gather {
        chunk,
        ..Gather::typed(Objects::AsGiven)
    };
    gather.all(plan, &query, site).await
}

/// Makes a node take new pods, or with `unschedulable` not, and says so.
///
/// # Errors
/// Where the server refuses.
pub async fn cordon(info: &Info, unschedulable: bool, client: &Client, dry_run: DryRun, report: &mut Report<'_>) -> Result<()> {
    let done = if unschedulable { "cordoned" } else { "uncordoned" };
    if info.mapping.resource.as_str() != "nodes" {
        return Err(Error::message(format!(
            "error: {done} {}: nodes expected",
            info.resource_and_name()
        )));
    }
    let is = info.object.at(&["spec", "unschedulable"]).and_then(Value::as_bool) == Some(true);
    if is == unschedulable {
        return report.print(info.object.clone(), &format!("already {done}"));
    }
    if dry_run != DryRun::Client {
        let mut after: OwnedValue = info.object.clone();
        match unschedulable {
            true => after.set(&["spec", "unschedulable"], true),
            false => {
                after.object_at(&["spec"]).remove("unschedulable");
            }
        }
        let patch = pod_specs::patch(&info.object, &after)?.unwrap_or_default();
        Writer::typed(client, dry_run, "")
            .patch(info, STRATEGIC_PATCH, patch)
            .await
            .map_err(|error| with_source("patching", "", error))?;
    }
    report.print(info.object.clone(), done)
}

/// Cordons or uncordons all of `infos`.
///
/// # Errors
/// What went wrong with each.
pub async fn cordon_all(
    infos: Vec<Result<Info>>,
    unschedulable: bool,
    client: &Client,
    dry_run: DryRun,
    report: &mut Report<'_>,
) -> Result<Vec<Info>> {
    let verb = if unschedulable { "cordon" } else { "uncordon" };
    let (mut nodes, mut errors) = (Vec::new(), Vec::new());
    for info in infos {
        match info {
            Ok(info) => nodes.push(info),
            Err(error) => errors.push(error),
        }
    }
    Error::collect(errors)?;
    let mut errors = Vec::new();
    for info in &nodes {
        if let Err(error) = cordon(info, unschedulable, client, dry_run, report).await {
            errors.push(Error::message(format!("unable to {verb} node {:?}: {error}", info.name)));
        }
    }
    Error::collect(errors)?;
    Ok(nodes)
}
