//! `kubectl rollout undo`: takes a workload back to an earlier state.

use super::selection;
use crate::{
    actions::{
        dry_run::DryRun,
        report::Report,
        rollout::{
            self, Workload,
            undo::{Undone, undo},
        },
    },
    api::{object, structs::Structs},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    describe,
    error::Result,
    printers::form::COMMON_FORMS,
    resource::{Gather, Info, Objects, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "undo",
    usage: "undo (TYPE NAME | TYPE/NAME) [flags]",
    short: "Take workloads back to an earlier state",
    long: "Take workloads back to an earlier state.",
    examples: "\
# The state before
kubectl rollout undo deployment/abc

# A chosen state
kubectl rollout undo daemonset/abc --to-revision=3

# Only say what would happen
kubectl rollout undo --dry-run=server deployment/abc",
    flags: &[
        &[Flag::new(
            "to-revision",
            Kind::Int64,
            "0",
            "The state to go back to. The one before if 0.",
        )],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
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
    /// The state to go back to; 0 for the one before.
    revision: i64,
    dry_run: DryRun,
}

impl Options {
    fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        Ok(Options {
            query: selection(parsed, context)?,
            revision: parsed.int("to-revision"),
            dry_run,
        })
    }
}

/// Takes the workloads that the command line names back to earlier states, one after the other.
///
/// # Errors
/// Mistakes on the command line, states that are not there, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let Options { query, revision, dry_run } = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let plan = query.plan(&site).await?;
    let settings = describe::Settings {
        now: site.streams.now(),
        zone: context.world().zone(),
        show_events: false,
        chunk_size: 0,
    };
    Gather::typed(Objects::Latest)
        .visit(plan, &query, &site, async |info| {
            let workload = Workload::of(&info.mapping)
                .ok_or_else(|| rollout::unknown(&info.mapping, "no rollbacker has been implemented", "error retrieving rollbacker"))?;
            let printer = context.chosen_printer(parsed, COMMON_FORMS)?;
            if object::annotation(&info.object, object::LAST_APPLIED).is_some() {
                context.world().warn(&warning(&info));
            }
            let done = match undo(workload, &info, revision, dry_run, site.client).await? {
                Undone::RolledBack => "rolled back".to_owned(),
                Undone::Skipped => format!("skipped rollback (current template already matches revision {revision})"),
                Undone::Would(template) => {
                    let mut text = Vec::new();
                    describe::pod_template(&template, &settings, &mut text);
                    let before = if workload == Workload::Deployment {
                        ""
                    } else {
                        "will roll back to "
                    };
                    format!("{before}{}", String::from_utf8_lossy(&text))
                }
            };
            Report::new(site.streams, printer, dry_run).print(Structs::new().typed(info.object), &done)?;
            Ok(site.streams.flush()?)
        })
        .await
}

/// What is to be known where `kubectl apply` will not see what is done.
fn warning(info: &Info) -> String {
    format!(
        "resource {} was previously managed with 'kubectl apply'. Rolling back will not update the {} annotation, which may cause \
         unexpected behavior on future 'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file \
         instead.",
        info.resource_and_name(),
        object::LAST_APPLIED
    )
}
