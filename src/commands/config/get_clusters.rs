//! `kubectl config get-clusters`: lists the clusters in the kubeconfig.

use crate::{
    args::{Command, Parsed},
    context::Context,
    error::Result,
    kubeconfig::load,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "get-clusters",
    usage: "get-clusters",
    short: "List the clusters in the kubeconfig",
    long: "List the clusters in the kubeconfig.",
    examples: "\
# All clusters
kubectl config get-clusters",
    flags_in_usage: true,
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// A file cannot be read.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let config = load::load_or_empty(&super::sources(parsed, context))?;
    super::print_names(context.streams(), config.clusters.keys())
}
