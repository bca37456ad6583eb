//! Printing help: of any command, and of a folder of commands that was called itself.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Parsed, help},
    error::{Error, Result},
    plugins,
    world::World,
};

/// A command's whole help.
pub fn text(world: &World, chain: &[&'static Command]) -> String {
    help::help(chain, &surroundings(world, chain))
}

/// A command's help without its description.
pub fn usage(world: &World, chain: &[&'static Command]) -> String {
    help::usage(chain, &surroundings(world, chain))
}

/// The list of the global flags.
pub fn global_options(world: &World) -> String {
    help::global_options(&surroundings(world, &[]))
}

/// What help needs to know of the world. Plugins are looked for only where they are listed: in the root's help.
fn surroundings(world: &World, chain: &[&'static Command]) -> help::Surroundings {
    let home = || format!("{}/.kube/cache", world.var("HOME").unwrap_or_default());
    help::Surroundings {
        cache_directory: world.var("KUBECACHEDIR").map_or_else(home, str::to_owned),
        width: world.streams.facts().output.map(|terminal| terminal.width),
        plugins: match chain {
            [root] => plugins::listed(world, root),
            _ => Vec::new(),
        },
    }
}

/// What a folder of commands does when it is called itself: it prints its help on standard error, and fails.
///
/// # Errors
/// Always: for an argument that is no command of the folder, and otherwise because there was nothing to do.
pub fn folder(world: &World, parsed: &Parsed) -> Result<()> {
    no_arguments(parsed)?;
    write!(world.streams.err(), "{}", text(world, parsed.chain()))?;
    Err(Error::Exit(1))
}

/// Takes no arguments: those of a folder would be commands that it does not have.
///
/// # Errors
/// The arguments, as an unknown command.
pub fn no_arguments(parsed: &Parsed) -> Result<()> {
    if parsed.args().is_empty() {
        return Ok(());
    }
    Err(Error::Usage {
        message: format!("unknown command {}", quote(&parsed.args().join(" "))),
        command: parsed.path().to_owned(),
    })
}
