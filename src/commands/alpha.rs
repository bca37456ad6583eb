//! `kubectl alpha`: a place for commands that are not stable yet; there are none.

use std::io::Write;

use crate::{
    actions::help,
    args::{Command, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "alpha",
    usage: "alpha",
    short: "Commands that are not stable yet",
    long: "No alpha commands are available in this version of kubectl",
    hidden: true,
    runnable: false,
    ..Command::NEW
};

/// Says that there is nothing in it.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    Ok(write!(context.streams().err(), "{}", help::text(context.world(), parsed.chain()))?)
}
