//! Writing a kubeconfig file: kubectl's lock beside it, and never half a file.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::{Sources, path};
use crate::error::{Error, Result, reason};

/// How long to wait for another process that holds a lock. kubectl does not wait; but it may well be done in a moment.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long to wait between two looks at a lock.
const PAUSE: Duration = Duration::from_millis(2);

/// The locks of a kubeconfig's files, given back when this goes.
#[derive(Debug)]
pub struct Lock(Vec<PathBuf>);

impl Lock {
    /// Locks every file that `sources` names, in the order in which all processes do it: a file `<name>.lock` that only
    /// one of them can make.
    ///
    /// # Errors
    /// A lock that stays, or that cannot be made.
    pub fn take(sources: &Sources) -> Result<Self> {
        let mut names = sources.files();
        names.sort_unstable();
        let deadline = Instant::now() + PATIENCE;
        let mut lock = Lock(Vec::new());
        for name in names {
            make_folder(sources, name)?;
            let name = format!("{name}.lock");
            let location = PathBuf::from(sources.locate(&name));
            loop {
                // No rights at all on the file, as kubectl makes it.
                match OpenOptions::new().write(true).create_new(true).mode(0o000).open(&location) {
                    Ok(_) => break,
                    Err(error) if error.kind() == ErrorKind::AlreadyExists && Instant::now() < deadline => thread::sleep(PAUSE),
                    Err(error) => return Err(Error::message(format!("open {name}: {}", reason(&error)))),
                }
            }
            lock.0.push(location);
        }
        Ok(lock)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        for location in &self.0 {
            // Whoever took it away has done what is done here.
            let _ = fs::remove_file(location);
        }
    }
}

/// Makes the folder of a file that is about to be written.
///
/// # Errors
/// It cannot be made.
fn make_folder(sources: &Sources, name: &str) -> Result<()> {
    let folder = path::folder(name);
    let location = path::absolute(&folder, &sources.directory);
    match fs::metadata(&location) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        _ => return Ok(()),
    }
    fs::create_dir_all(&location).map_err(|error| Error::message(format!("mkdir {folder}: {}", reason(&error))))
}

/// Writes a whole file: a new one with rights for its owner only, an old one with those that it has.
///
/// The bytes go to a new file beside it, which then takes its place, so no reader and no crash sees half of them. A link
/// stays a link. Where the place cannot be taken without losing something (another owner, further names of the same
/// file, a device, a folder that may not be written), the bytes go into the file itself.
///
/// # Errors
/// The file cannot be written.
pub fn write(sources: &Sources, name: &str, bytes: &[u8]) -> Result<()> {
    make_folder(sources, name)?;
    replace(Path::new(&sources.locate(name)), bytes).map_err(|error| Error::message(format!("open {name}: {}", reason(&error))))
}

fn replace(location: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link's end, where there is one.
    let target = fs::canonicalize(location).unwrap_or_else(|_| location.to_owned());
    let old = match OpenOptions::new().write(true).open(&target) {
        Ok(file) => Some(file),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        // Rights that the owner took from the file are not walked round.
        Err(error) => return Err(error),
    };
    let is_link = fs::symlink_metadata(&target).is_ok_and(|file| file.is_symlink());
    match (old, beside(&target)) {
        (None, Some(new)) if !is_link => take_place(new, bytes, &target),
        (Some(old), Some(new)) if may_replace(&old, new.as_file()) => take_place(new, bytes, &target),
        _ => in_place(&target, bytes),
    }
}

/// A new file in the folder of `target`, if it can be made.
fn beside(target: &Path) -> Option<tempfile::NamedTempFile> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty())?;
    let name = target.file_name()?.to_string_lossy().into_owned();
    tempfile::Builder::new()
        .prefix(&format!(".{name}."))
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(folder)
        .ok()
}

/// Whether `new` may take the place of `old` with nothing lost; gives it the same owner and rights.
fn may_replace(old: &File, new: &File) -> bool {
    let (Ok(old), Ok(made)) = (old.metadata(), new.metadata()) else {
        return false;
    };
    if !old.is_file() || old.nlink() != 1 {
        return false;
    }
    let owner = |file: &fs::Metadata| (file.uid(), file.gid());
    (owner(&old) == owner(&made) || fchown(new, Some(old.uid()), Some(old.gid())).is_ok())
        && new.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777)).is_ok()
}

fn take_place(mut new: tempfile::NamedTempFile, bytes: &[u8], target: &Path) -> io::Result<()> {
    new.write_all(bytes)?;
    match new.persist(target) {
        Ok(_) => Ok(()),
        Err(_) => in_place(target, bytes),
    }
}

fn in_place(target: &Path, bytes: &[u8]) -> io::Result<()> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(target)?
        .write_all(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn sources(folder: &Path, names: &str) -> Sources {
        let env = HashMap::from([("KUBECONFIG".to_owned(), names.to_owned())]);
        Sources::new(None, &env, folder)
    }

    fn mode(file: &Path) -> u32 {
        fs::metadata(file).unwrap().mode() & 0o7777
    }

    #[test]
    fn write_of_a_new_file_makes_its_folder_and_keeps_others_out() {
        let folder = tempfile::tempdir().unwrap();
        let sources = sources(folder.path(), "a/b/config");
        write(&sources, "a/b/config", b"x").unwrap();
        let file = folder.path().join("a/b/config");
        assert_eq!(fs::read(&file).unwrap(), b"x");
        assert_eq!(mode(&file), 0o600);
    }

    #[test]
    fn write_through_a_link_keeps_link_and_rights() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&file, "old, and longer than the new").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        write(&sources(folder.path(), "link"), "link", b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"new");
        assert_eq!(mode(&file), 0o640);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left behind");
    }

    #[test]
    fn write_through_a_link_to_nothing_makes_its_end() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("real", folder.path().join("link")).unwrap();
        write(&sources(folder.path(), "link"), "link", b"new").unwrap();
        assert_eq!(fs::read(folder.path().join("real")).unwrap(), b"new");
        assert!(fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
    }

    #[test]
    fn write_of_a_file_with_two_names_changes_both() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        fs::write(&one, "old, and longer").unwrap();
        fs::hard_link(&one, &other).unwrap();
        write(&sources(folder.path(), "one"), "one", b"new").unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"new");
    }

    #[test]
    fn write_to_a_folder_says_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        let error = write(&sources(folder.path(), "d"), "d", b"x").unwrap_err();
        assert_eq!(error.text(), "error: open d: is a directory");
    }

    #[test]
    fn take_of_a_lock_that_stays_says_so_and_gives_the_others_back() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("b.lock"), "").unwrap();
        let error = Lock::take(&sources(folder.path(), "b:a")).unwrap_err();
        assert_eq!(error.text(), "error: open b.lock: file exists");
        assert!(!folder.path().join("a.lock").exists());
        fs::remove_file(folder.path().join("b.lock")).unwrap();
        let lock = Lock::take(&sources(folder.path(), "b:a")).unwrap();
        assert!(folder.path().join("a.lock").exists());
        drop(lock);
        assert!(!folder.path().join("a.lock").exists() && !folder.path().join("b.lock").exists());
    }
}
