//! `kubectl cordon`: keeps new pods off a node.

use crate::{
    actions::{dry_run::DryRun, nodes, selection},
    args::{Command, Parsed, groups},
    context::Context,
    error::Result,
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "cordon",
    usage: "cordon NODE",
    short: "Keep new pods off nodes",
    long: "Keep new pods off nodes.",
    examples: "\
# Keep new pods off the node foo
kubectl cordon foo",
    flags: &[groups::DRY_RUN, groups::SELECTOR],
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
    /// How far the change goes.
    pub dry_run: DryRun,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No node, or nodes both by name and by label.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = nodes::check(parsed, context.streams())?;
        let namespace = context.client_namespace()?;
        Ok(Options {
            query: selection::query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit)),
            dry_run,
        })
    }
}

/// Does so with the nodes that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let nodes = nodes::select(&options.query, nodes::CHUNK, &site).await?;
    nodes::cordon_all(&nodes, true, site.client, options.dry_run, site.streams).await
}
