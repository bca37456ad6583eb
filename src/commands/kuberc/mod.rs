//! `kubectl kuberc`: reads and changes your preferences.

mod preference;
pub mod set;
#[cfg(test)]
mod tests;
pub mod view;

use std::{fs, io::ErrorKind};

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::{Error, Result, reason, unread},
    kubeconfig::path,
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

/// Where the preferences are.
struct File {
    /// The file, as it was named.
    name: String,
    /// Whether it was named by the flag or the environment.
    explicit: bool,
    /// Where it is on the disk.
    location: String,
}

/// The file with the preferences: the flag's, the environment's, or the one in the user's home.
///
/// # Errors
/// Preferences are turned off.
fn file(parsed: &Parsed, context: &Context) -> Result<File> {
    let world = context.world();
    let flag = parsed.string("kuberc");
    if world.var("KUBERC") == Some("off") {
        return Err(Error::message(match flag {
            "" => "KUBERC is disabled via KUBERC=off environment variable",
            _ => "disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive",
        }));
    }
    let named = Some(flag).filter(|flag| !flag.is_empty()).or_else(|| world.var("KUBERC"));
    let name = named.map_or_else(|| path::join(world.var("HOME").unwrap_or_default(), ".kube/kuberc"), str::to_owned);
    Ok(File {
        location: path::absolute(&name, &world.directory.to_string_lossy()),
        explicit: named.is_some(),
        name,
    })
}

impl File {
    /// The file's bytes, or nothing where it is missing.
    fn read(&self) -> Result<Option<Vec<u8>>> {
        match fs::read(&self.location) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let fault = unread(&self.name, &error);
                Err(Error::message(format!("error reading kuberc file: {fault}")))
            }
        }
    }

    /// Writes the file, and the folder that it is in.
    fn write(&self, bytes: &[u8]) -> Result<()> {
        let folder = path::folder(&self.name);
        if let Err(error) = fs::create_dir_all(path::folder(&self.location)) {
            let reason = reason(&error);
            return Err(Error::message(format!(
                "failed to create directory {folder}: mkdir {folder}: {reason}"
            )));
        }
        fs::write(&self.location, bytes).map_err(|error| {
            let (name, reason) = (&self.name, reason(&error));
            Error::message(format!("failed to write kuberc file: open {name}: {reason}"))
        })
    }
}
