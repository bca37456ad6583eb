//! `kubectl set`: a folder: changes some aspects of workloads.

pub mod env;
pub mod image;
pub mod resources;
pub mod selector;
pub mod serviceaccount;
pub mod subject;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set",
    usage: "set SUBCOMMAND",
    short: "Change some aspects of workloads",
    long: "Change some aspects of workloads that are often changed.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[
            &env::COMMAND,
            &image::COMMAND,
            &resources::COMMAND,
            &selector::COMMAND,
            &serviceaccount::COMMAND,
            &subject::COMMAND,
        ],
    }],
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}
