//! `kubectl create secret`: a folder: creates secrets of three kinds.

pub mod docker_registry;
pub mod generic;
pub mod tls;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "secret",
    usage: "secret (docker-registry | generic | tls)",
    short: "Create a secret",
    long: "Create a secret: docker-registry holds the login of an image registry, generic whatever you put into it, \
            tls a certificate and its key.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&docker_registry::COMMAND, &generic::COMMAND, &tls::COMMAND],
    }],
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}
