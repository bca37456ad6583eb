//! `kubectl scale`: sets how many pods a workload has.

use std::time::Duration;

use crate::{
    actions::{
        dry_run::DryRun,
        report::Report,
        scale::{self, Precondition},
        selection::{query, select},
    },
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::{Gather, Objects, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "scale",
    usage: "scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT (-f FILENAME | TYPE NAME)",
    short: "Set how many pods workloads have",
    long: "\
Set how many pods workloads have: deployments, replica sets, replication controllers and stateful sets.

With --current-replicas or --resource-version nothing is changed unless the workload is as expected.",
    examples: "\
# A replica set
kubectl scale --replicas=3 rs/foo

# What a manifest describes
kubectl scale --replicas=3 -f foo.yaml

# Only if it has two now
kubectl scale --current-replicas=2 --replicas=3 deployment/mysql

# Several workloads
kubectl scale --replicas=5 rc/example1 rc/example2 rc/example3

# A stateful set
kubectl scale --replicas=3 statefulset/web",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::new(
                "current-replicas",
                Kind::Int,
                "-1",
                "Change workloads only if they have this many pods now. -1 does not look.",
            ),
            Flag::new("replicas", Kind::Int, "0", "How many pods there shall be.").required(),
            Flag::new("timeout", Kind::Duration, "0s", "How long to wait for it. 0 does not wait."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::RECORD,
        groups::RESOURCE_VERSION,
        &groups::files("A file, directory or URL with the manifests of the workloads."),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which workloads.
    pub query: Query,
    /// How many pods each shall have.
    pub replicas: i64,
    /// What must hold before.
    pub precondition: Precondition,
    /// How long to wait for it; zero does not wait.
    pub timeout: Duration,
    /// How far the change goes.
    pub dry_run: DryRun,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Numbers that make no sense.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.namespace()?;
        let (replicas, current) = (parsed.int("replicas"), parsed.int("current-replicas"));
        if replicas < 0 {
            return Err(Error::message(
                "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
            ));
        }
        if current < -1 {
            return Err(Error::message("The --current-replicas must specify an integer of -1 or greater"));
        }
        Ok(Options {
            query: query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit)),
            replicas,
            precondition: Precondition {
                replicas: Some(current).filter(|current| *current >= 0),
                resource_version: parsed.string("resource-version").to_owned(),
            },
            timeout: parsed.duration("timeout"),
            dry_run,
        })
    }
}

/// Scales what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let mut report = Report::new(context.streams(), context.chosen_printer(parsed, COMMON_FORMS)?, options.dry_run);
    let site = context.site()?;
    let selection = select(&options.query, Gather::new(Objects::AsGiven), false, &site).await?;
    let (mut infos, mut errors) = (Vec::new(), Vec::new());
    for info in selection.infos {
        match info {
            Ok(info) => infos.push(info),
            Err(error) => errors.push(error),
        }
    }
    if !options.precondition.resource_version.is_empty() && infos.len() > 1 {
        return Err(Error::message("cannot use --resource-version with multiple resources"));
    }
    if infos.is_empty() {
        let reason = Error::collect(errors).map_or_else(|error| format!(" {error}"), |()| String::new());
        return Err(Error::Message(format!("no objects passed to scale{reason}")));
    }
    for info in infos {
        if options.dry_run != DryRun::Client {
            scale::scale(&info, options.replicas, &options.precondition, site.client, options.dry_run).await?;
            if !options.timeout.is_zero() && options.dry_run == DryRun::None {
                scale::wait(&info, options.replicas, site.client, options.timeout).await?;
            }
        }
        report.print(info.object, "scaled")?;
    }
    Error::collect(errors)
}
