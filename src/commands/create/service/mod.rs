//! `kubectl create service`: a folder: creates services of four kinds.

pub mod clusterip;
pub mod externalname;
pub mod loadbalancer;
pub mod nodeport;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "service",
    aliases: &["svc"],
    usage: "service",
    short: "Create a service",
    long: "Create a service.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[
            &clusterip::COMMAND,
            &externalname::COMMAND,
            &loadbalancer::COMMAND,
            &nodeport::COMMAND,
        ],
    }],
    flags_in_usage: true,
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}
