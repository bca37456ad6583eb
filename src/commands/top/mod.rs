//! `kubectl top`: a folder: how much nodes and pods use.

pub mod node;
pub mod pod;
mod usage;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "top",
    suggest_for: &["stats"],
    usage: "top",
    short: "Show how much CPU and memory is used",
    long: "Show how much CPU and memory nodes and pods use. The cluster must have a metrics server.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&node::COMMAND, &pod::COMMAND],
    }],
    flags_in_usage: true,
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}
