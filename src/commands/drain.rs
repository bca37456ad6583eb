//! `kubectl drain`: makes a node ready for maintenance.

use crate::{
    actions::{
        drain::{Drain, Pace, Settings},
        nodes,
        report::Report,
        selection,
    },
    api::{quote, selector::Selector},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "drain",
    usage: "drain NODE",
    short: "Make nodes ready for maintenance",
    long: "\
Make nodes ready for maintenance: keep new pods off, and move their pods elsewhere.

Pods are evicted, with respect to disruption budgets, where the server supports it, and else deleted. Pods \
of daemon sets cannot be moved: without --ignore-daemonsets they end the drain before it begins. So do pods \
that nobody would recreate, without --force, and pods with data in an emptyDir, without \
--delete-emptydir-data. Mirror pods stay in any case.

Until all pods are gone, nothing is to be done to the node. \"kubectl uncordon\" lets pods on again.",
    examples: "\
# Also where pods would not be recreated
kubectl drain foo --force

# With a quarter of an hour for the pods to stop
kubectl drain foo --grace-period=900",
    flags: &[
        &[
            Flag::switch(
                "delete-emptydir-data",
                false,
                "Also move pods with data in an emptyDir, which is lost.",
            ),
            Flag::switch(
                "disable-eviction",
                false,
                "Delete pods instead of evicting them: disruption budgets are passed over.",
            ),
            Flag::switch("force", false, "Also move pods that nobody will recreate."),
            Flag::new(
                "grace-period",
                Kind::Int,
                "-1",
                "How many seconds the pods get to stop. A negative number leaves it to the pods.",
            ),
            Flag::switch("ignore-daemonsets", false, "Leave pods of daemon sets where they are."),
            Flag::text("pod-selector", "Only pods with these labels."),
            Flag::new(
                "skip-wait-for-delete-timeout",
                Kind::Int,
                "0",
                "Do not wait for pods that have been stopping for more than this many seconds. 0 waits for all.",
            ),
            Flag::new(
                "timeout",
                Kind::Duration,
                "0s",
                "How long to wait for everything. 0 waits for as long as it takes.",
            ),
        ],
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::CHUNK_SIZE,
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which nodes.
    pub query: Query,
    /// How they are drained.
    pub settings: Settings,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No node, nodes both by name and by label, or a selector of pods that makes no sense.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = nodes::check(parsed, context.streams())?;
        let pods = Selector::parse(parsed.string("pod-selector"))
            .map_err(|_| Error::message("--pod-selector=<pod_selector> must be a valid label selector"))?;
        let namespace = context.client_namespace()?;
        Ok(Options {
            query: selection::query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit)),
            settings: Settings {
                force: parsed.bool("force"),
                delete_data: parsed.bool("delete-emptydir-data"),
                ignore_daemon_sets: parsed.bool("ignore-daemonsets"),
                disable_eviction: parsed.bool("disable-eviction"),
                grace_period: parsed.int("grace-period"),
                timeout: parsed.signed_duration("timeout"),
                skip_after: parsed.int("skip-wait-for-delete-timeout"),
                pods: pods.to_string(),
                chunk: parsed.int("chunk-size"),
                dry_run,
                verbose: parsed.int("v") >= 2,
                pace: Pace::default(),
            },
        })
    }
}

/// Drains the nodes that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, pods that must not go, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    drain(&Options::resolve(&Args(parsed), context)?, context).await
}

/// Keeps new pods off the nodes, then takes the pods off one node after the other. A node that cannot be drained does not
/// keep the others.
///
/// # Errors
/// As for [`run`].
pub async fn drain(Options { query, settings }: &Options, context: &Context) -> Result<()> {
    let site = context.site()?;
    let nodes = nodes::select(query, settings.chunk, &site).await?;
    nodes::cordon_all(&nodes, true, site.client, settings.dry_run, site.streams).await?;
    let mut drain = Drain::new(settings, &site)?;
    let mut report = Report::new(site.streams, None, settings.dry_run);
    let (mut pending, mut errors) = (Vec::new(), Vec::new());
    for info in nodes {
        match drain.node(&info.name).await {
            Ok(()) => report.print(info.object, "drained")?,
            Err(error) => {
                let name = quote(&info.name);
                context.warn(&format!(
                    "error: unable to drain node {name} due to error: {error}, continuing command..."
                ))?;
                errors.push(error);
                pending.push(info.name);
            }
        }
    }
    if !pending.is_empty() {
        context.warn(&format!("There are pending nodes to be drained:\n {}", pending.join("\n ")))?;
    }
    Error::collect(errors)
}
