//! `kubectl certificate`: approves and denies certificate signing requests.

pub mod approve;
pub mod deny;

use std::io::Write;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "certificate",
    usage: "certificate SUBCOMMAND",
    short: "Approve and deny certificate signing requests",
    long: "Approve and deny certificate signing requests.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&approve::COMMAND, &deny::COMMAND],
    }],
    ..Command::NEW
};

/// Prints what the folder holds. Unlike other folders it takes no offence at arguments, and succeeds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    Ok(write!(context.streams().out(), "{}", help::text(context.world(), parsed.chain()))?)
}
