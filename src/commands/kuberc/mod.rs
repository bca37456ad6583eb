//! `kubectl kuberc`: reads and changes your preferences.

pub mod set;
#[cfg(test)]
mod tests;
pub mod view;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::{Error, Result},
    preferences::File,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "kuberc",
    usage: "kuberc SUBCOMMAND",
    short: "Read and change your preferences",
    long: "\
Read and change your preferences: defaults for the flags of commands, and commands of your own made from \
others.

They are in the file ${HOME}/.kube/kuberc, or the one that KUBERC or --kuberc names.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&set::COMMAND, &view::COMMAND],
    }],
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}

/// The file with the preferences.
///
/// # Errors
/// Preferences are turned off.
fn file(parsed: &Parsed, context: &Context) -> Result<File> {
    File::named(parsed.string("kuberc"), context.world())
        .map_err(Error::message)?
        .ok_or_else(|| Error::message("KUBERC is disabled via KUBERC=off environment variable"))
}

/// The file's bytes, or nothing where it is missing.
///
/// # Errors
/// It cannot be read.
fn read(file: &File) -> Result<Option<Vec<u8>>> {
    file.read()
        .map_err(|sentence| Error::Message(format!("error reading kuberc file: {sentence}")))
}
