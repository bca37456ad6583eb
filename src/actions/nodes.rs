//! Making nodes take new pods, or not: what `cordon`, `uncordon` and `drain` share.

use std::io::Write;

use crate::{
    api::{OwnedValue, Value, quote},
    args::Parsed,
    client::Client,
    error::{Error, Result},
    resource::{Gather, Info, Objects, Query, Site, of_type},
    streams::Streams,
};

use super::{
    dry_run::DryRun,
    pod_specs,
    report::Report,
    write::{STRATEGIC_PATCH, Writer},
};

/// How many nodes a page of a list holds.
pub const CHUNK: i64 = 500;

/// Checks that the line of a command about nodes names some, by name or by label; and how far the change goes.
///
/// # Errors
/// No node, nodes both by name and by label, or a dry run of another kind.
pub fn check(parsed: &Parsed, streams: &Streams) -> Result<DryRun> {
    let usage = |message: String| Error::Usage {
        message,
        command: parsed.path().to_owned(),
    };
    if parsed.args().is_empty() && !parsed.changed("selector") {
        return Err(usage(format!("USAGE: {} [flags]", parsed.command().usage)));
    }
    if !parsed.args().is_empty() && !parsed.string("selector").is_empty() {
        return Err(usage("cannot specify both a node name and a --selector option".to_owned()));
    }
    DryRun::of(parsed, streams)
}

/// The nodes that the command line names, by words or a label selector.
///
/// # Errors
/// The first thing that went wrong, and objects that are no nodes.
pub async fn select(query: &Query, chunk: i64, site: &Site<'_>) -> Result<Vec<Info>> {
    let query = Query {
        words: match query.labels {
            Some(_) => vec!["nodes".to_owned()],
            None => query.words.iter().map(|word| of_type("nodes", word)).collect::<Result<_>>()?,
        },
        single_type: true,
        ..query.clone()
    };
    let plan = query.plan(site).await?;
    let gather = Gather {
        chunk,
        ..Gather::typed(Objects::AsGiven)
    };
    let nodes = gather.each(plan, &query, site).await?;
    match nodes.iter().find(|info| info.mapping.resource.as_str() != "nodes") {
        Some(Info { mapping, .. }) => Err(Error::message(format!(
            "error: expected resource of type node, got {}",
            quote(&format!("{}/{}, Resource={}", mapping.group, mapping.version, mapping.resource))
        ))),
        None => Ok(nodes),
    }
}

/// Makes nodes take new pods, or with `unschedulable` not, and says so. Where the server refuses, that is said too, and
/// nothing else comes of it: kubectl succeeds then, and drains the node.
///
/// # Errors
/// Where nothing can be said any more.
pub async fn cordon_all(nodes: &[Info], unschedulable: bool, client: &Client, dry_run: DryRun, streams: &Streams) -> Result<()> {
    let verb = if unschedulable { "cordon" } else { "uncordon" };
    let mut report = Report::new(streams, None, dry_run);
    for info in nodes {
        match cordon(info, unschedulable, client, dry_run).await {
            Ok(done) => report.print(info.object.clone(), &done)?,
            Err(error) => writeln!(streams.err(), "error: unable to {verb} node {}: {error}", quote(&info.name))?,
        }
    }
    Ok(())
}

/// Makes a node take new pods, or not; what came of it.
async fn cordon(info: &Info, unschedulable: bool, client: &Client, dry_run: DryRun) -> Result<String> {
    let done = if unschedulable { "cordoned" } else { "uncordoned" };
    let is = info.object.at(&["spec", "unschedulable"]).and_then(Value::as_bool) == Some(true);
    if is == unschedulable {
        return Ok(format!("already {done}"));
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
        Writer::typed(client, dry_run, "").patch(info, STRATEGIC_PATCH, patch).await?;
    }
    Ok(done.to_owned())
}
