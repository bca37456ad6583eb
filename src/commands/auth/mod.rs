//! `kubectl auth`: what you are and what you may do.

pub mod can_i;
pub mod reconcile;
pub mod whoami;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "auth",
    usage: "auth",
    short: "See what you are and what you may do",
    long: "See what you are and what you may do.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&can_i::COMMAND, &reconcile::COMMAND, &whoami::COMMAND],
    }],
    flags_in_usage: true,
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}
