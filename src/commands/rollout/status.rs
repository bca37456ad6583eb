//! `kubectl rollout status`: says how far a workload is.

use std::{io::Write, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::selection;
use crate::{
    actions::{
        follow::Follower,
        rollout::{Workload, progress},
        watch::Kind,
    },
    args::{self, Command, Flag, Parsed, groups},
    client::klog::Severity,
    context::Context,
    error::{Error, Result},
    resource::{Gather, Info, Objects, Query, Site},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "status",
    usage: "status (TYPE NAME | TYPE/NAME) [flags]",
    short: "Say how far workloads are, until they are there",
    long: "\
Say how far workloads are on their way to a new state, until they are there. If a newer state comes along \
meanwhile, that one is followed; --revision stays with one, and fails if another takes its place.

--watch=false says it once.",
    examples: "\
# A deployment
kubectl rollout status deployment/nginx",
    flags: &[
        &[
            Flag::new("revision", args::Kind::Int64, "0", "The state to follow. The newest if 0."),
            Flag::new(
                "timeout",
                args::Kind::Duration,
                "0s",
                "How long to wait. 0 waits for as long as it takes.",
            ),
            Flag::switch("watch", true, "Wait until it is there.").short('w'),
        ],
        groups::SELECTOR,
        &groups::files("A file, directory or URL with the manifests of the workloads."),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
struct Args<'a>(&'a Parsed);

/// What it means.
#[derive(Debug)]
struct Options {
    query: Query,
    revision: i64,
    watch: bool,
    /// How long to wait for each workload; none for as long as it takes.
    timeout: Option<Duration>,
    /// Whether the time is less than none at all, which kubectl only complains of.
    negative: bool,
}

impl Options {
    fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let query = selection(parsed, context)?;
        let revision = parsed.int("revision");
        if revision < 0 {
            return Err(Error::message(format!("revision must be a positive integer: {revision}")));
        }
        Ok(Options {
            query,
            revision,
            watch: parsed.bool("watch"),
            timeout: Some(parsed.duration("timeout")).filter(|timeout| !timeout.is_zero()),
            negative: parsed.signed_duration("timeout").is_negative(),
        })
    }
}

/// Follows the workloads that the command line names, one after the other.
///
/// # Errors
/// Mistakes on the command line, rollouts that fail or take too long, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let plan = options.query.plan(&site).await?;
    let mut stopped = context.stopped();
    let mut found = false;
    let gather = Gather::typed(Objects::Latest);
    gather
        .visit(plan, &options.query, &site, async |info| {
            found = true;
            let deadline = options.timeout.map(|timeout| Instant::now() + timeout);
            let follow = follow(&info, &options, &site);
            let timed = async {
                match deadline {
                    None => follow.await,
                    Some(deadline) => timeout_at(deadline, follow)
                        .await
                        .unwrap_or_else(|_| Err(Error::message("timed out waiting for the condition"))),
                }
            };
            tokio::select! {
                result = timed => result,
                () = &mut stopped => Err(Error::Exit(1)),
            }
        })
        .await?;
    if !found {
        context.warn(&format!("No resources found in {} namespace.", options.query.namespace))?;
    }
    Ok(())
}

/// Says how far a workload is, each time that it changes, until it is there.
async fn follow(info: &Info, options: &Options, site: &Site<'_>) -> Result<()> {
    let Some(workload) = Workload::of(&info.mapping) else {
        let kind = info.mapping.group_kind();
        return Err(Error::message(format!("no status viewer has been implemented for {kind}")));
    };
    if options.negative {
        let log = site.client.log();
        log.fields(Severity::Error, "until.go:159", "Timeout for context shall not be negative", &[]);
    }
    let mut follower = Follower::new(site.client, &info.mapping, &info.namespace, &info.name);
    loop {
        let event = follower.next().await;
        if event.kind == Kind::Deleted {
            return Err(Error::message("object has been deleted"));
        }
        let progress = progress::progress(workload, &event.object, options.revision)?;
        site.streams.out().write_all(progress.sentence.as_bytes())?;
        site.streams.flush()?;
        if progress.done || !options.watch {
            return Ok(());
        }
    }
}
