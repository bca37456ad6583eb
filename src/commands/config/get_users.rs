//! `kubectl config get-users`: lists the users in the kubeconfig.

use crate::{
    args::{Command, Parsed},
    context::Context,
    error::Result,
    kubeconfig::load,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "get-users",
    usage: "get-users",
    short: "List the users in the kubeconfig",
    long: "List the users in the kubeconfig.",
    examples: "\
# All users
kubectl config get-users",
    flags_in_usage: true,
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// A file cannot be read.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let config = load::load_or_empty(&super::sources(parsed, context))?;
    super::print_names(context.streams(), config.users.keys())
}
