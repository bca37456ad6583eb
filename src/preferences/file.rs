//! Where the preferences are.

use std::{fs, io::ErrorKind};

use crate::{
    error::{Error, Result, reason, unread},
    kubeconfig::path,
    world::World,
};

/// The file with the preferences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The file, as it was named.
    pub name: String,
    /// Whether it was named by the flag or the environment.
    pub explicit: bool,
    /// Where it is on the disk.
    location: String,
}

impl File {
    /// The flag's file, the environment's, or the one in the user's home; none where preferences are turned off.
    ///
    /// # Errors
    /// The flag names one and the environment turns them off.
    pub fn named(flag: &str, world: &World) -> std::result::Result<Option<File>, String> {
        let variable = world.var("KUBERC");
        if variable == Some("off") {
            return match flag {
                "" => Ok(None),
                _ => Err("disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive".to_owned()),
            };
        }
        let usual = path::join(world.var("HOME").unwrap_or_default(), ".kube/kuberc");
        // A flag that names the usual file counts as none for kubectl.
        let (name, explicit) = match (flag, variable) {
            (flag, Some(variable)) if flag.is_empty() || flag == usual => (variable.to_owned(), true),
            ("", _) => (usual, false),
            (flag, _) => (flag.to_owned(), true),
        };
        Ok(Some(File {
            location: path::absolute(&name, &world.directory.to_string_lossy()),
            explicit,
            name,
        }))
    }

    /// The file's bytes, or nothing where it is missing.
    ///
    /// # Errors
    /// Go's sentence about a file that cannot be read.
    pub fn read(&self) -> std::result::Result<Option<Vec<u8>>, String> {
        match fs::read(&self.location) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unread(&self.name, &error)),
        }
    }

    /// Writes the file, and the folder that it is in.
    ///
    /// # Errors
    /// What the disk says.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
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
