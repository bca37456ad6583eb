//! `kubectl options`: prints the global flags.

use std::io::Write;

use crate::{
    actions::help,
    args::{Command, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "options",
    usage: "options",
    short: "Print the flags that all commands take",
    long: "Print the flags that all commands take.",
    examples: "\
# The flags that all commands take
kubectl options",
    hidden: true,
    ..Command::NEW
};

/// Prints the global flags, whatever else was typed.
pub async fn run(_parsed: &Parsed, context: &Context) -> Result<()> {
    Ok(write!(context.streams().out(), "{}", help::global_options(context.world()))?)
}
