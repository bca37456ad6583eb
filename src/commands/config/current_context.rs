//! `kubectl config current-context`: prints the context in use.

use std::io::Write;

use crate::{
    args::{Command, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::load,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "current-context",
    usage: "current-context",
    short: "Print the context in use",
    long: "Print the context in use.",
    examples: "\
# Which context is in use?
kubectl config current-context",
    flags_in_usage: true,
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// There is no current context, or a file cannot be read.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let config = load::load_or_empty(&super::sources(parsed, context))?;
    if config.current_context.is_empty() {
        return Err(Error::message("current-context is not set"));
    }
    Ok(writeln!(context.streams().out(), "{}", config.current_context)?)
}
