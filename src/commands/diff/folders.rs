//! The two folders that a comparison is made of: a file for each object as it is, and one as it would be.

use std::{
    collections::hash_map::RandomState,
    fs::{self, DirBuilder, OpenOptions},
    hash::{BuildHasher, Hasher},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{
    api::OwnedValue,
    error::{Error, Result, reason},
    world::World,
    yaml,
};

/// How often another name is tried where a folder's name is taken.
const ATTEMPTS: usize = 10_000;

/// The two folders. They are gone when this is.
#[derive(Debug)]
pub struct Folders {
    /// What is.
    pub live: Folder,
    /// What would be.
    pub merged: Folder,
}

impl Folders {
    /// Makes both, empty, in the folder for temporary files.
    ///
    /// # Errors
    /// Where that cannot be written to.
    pub fn create(world: &World) -> Result<Folders> {
        let parent = world.directory.join(world.var("TMPDIR").unwrap_or("/tmp"));
        Ok(Folders {
            live: Folder::create(&parent, "LIVE")?,
            merged: Folder::create(&parent, "MERGED")?,
        })
    }
}

/// A folder for as long as this lives.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes a folder of a name that no other has, for this user alone (Go's `MkdirTemp`).
    fn create(parent: &Path, prefix: &str) -> Result<Folder> {
        let mut attempt = 0;
        loop {
            let number = RandomState::new().build_hasher().finish() as u32;
            let path = parent.join(format!("{prefix}-{number}"));
            attempt += 1;
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => return Ok(Folder { path }),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < ATTEMPTS => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Error::message(format!("stat {}: {}", parent.display(), reason(&error))));
                }
                Err(error) => return Err(Error::message(format!("mkdir {}: {}", path.display(), reason(&error)))),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an object into a file of its own; an empty one where there is none.
    ///
    /// # Errors
    /// Where that cannot be written.
    pub fn write(&self, name: &str, object: Option<&OwnedValue>) -> Result<()> {
        let path = self.path.join(name);
        let mut text = Vec::new();
        if let Some(object) = object {
            yaml::to_yaml(&mut text, object);
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o700);
        let written = options.open(&path).and_then(|mut file| file.write_all(&text));
        written.map_err(|error| Error::message(format!("open {}: {}", path.display(), reason(&error))))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whoever cannot delete it cannot be told either.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, os::unix::fs::PermissionsExt};

    use super::*;
    use crate::{api::Value, streams::Streams};

    fn world(directory: &Path) -> World {
        World {
            args: Vec::new(),
            env: HashMap::from([("TMPDIR".to_owned(), directory.display().to_string())]),
            directory: directory.to_path_buf(),
            streams: Streams::captured("").0,
        }
    }

    #[test]
    fn folders_are_this_users_and_gone_when_dropped() {
        let place = tempfile::tempdir().unwrap();
        let folders = Folders::create(&world(place.path())).unwrap();
        let name = folders.live.path().file_name().unwrap().to_string_lossy().into_owned();
        assert!(name.strip_prefix("LIVE-").unwrap().parse::<u32>().is_ok());
        assert_eq!(fs::metadata(folders.merged.path()).unwrap().permissions().mode() & 0o777, 0o700);
        folders.live.write("a", None).unwrap();
        folders.live.write("b", Some(&Value::Null)).unwrap();
        assert_eq!(fs::read(folders.live.path().join("a")).unwrap(), b"");
        assert_eq!(fs::read(folders.live.path().join("b")).unwrap(), b"null\n");
        drop(folders);
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
    }

    #[test]
    fn folders_where_nothing_is_fail_as_go_does() {
        let error = Folders::create(&world(Path::new("/nonexistent"))).unwrap_err();
        assert_eq!(error.text(), "error: stat /nonexistent: no such file or directory");
    }
}
