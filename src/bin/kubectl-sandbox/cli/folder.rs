//! The folder of a sandbox's files, and the lock that says who holds it.
//!
//! Whoever runs a sandbox holds the lock on a file in its folder as long as the sandbox lives, however it ends: two of one
//! name cannot begin, and what one left behind that was killed is known by the lock that nobody holds.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use kubectl_rs::error::reason;
use rustix::{
    fs::{FlockOperation, flock},
    process::getuid,
};
use tempfile::TempDir;

const LOCK: &str = "lock";
/// What the names of temporary folders begin with.
const PREFIX: &str = "kubectl-sandbox-";
/// How old a temporary folder is before anybody asks whether it was left behind.
const LEFT_AFTER: Duration = Duration::from_secs(60);

/// A folder that is held. It goes with its files when it is dropped.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    _lock: File,
    temporary: Option<TempDir>,
}

impl Folder {
    /// A folder of its own, that nobody else can look into. What others of this user left behind goes.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn temporary() -> Result<Folder, String> {
        sweep(&std::env::temp_dir());
        let wrong = |error: io::Error| format!("cannot make a temporary folder: {}", reason(&error));
        let directory = tempfile::Builder::new()
            .prefix(PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir()
            .map_err(wrong)?;
        let path = directory.path().to_owned();
        let lock = hold(&path).map_err(wrong)?.ok_or("the temporary folder is somebody else's")?;
        Ok(Folder {
            path,
            _lock: lock,
            temporary: Some(directory),
        })
    }

    /// The folder at `path`; none where somebody else holds it.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn at(path: &Path) -> Result<Option<Folder>, String> {
        let lock = hold(path).map_err(|error| format!("cannot make {}: {}", path.display(), reason(&error)))?;
        Ok(lock.map(|lock| Folder {
            path: path.to_owned(),
            _lock: lock,
            temporary: None,
        }))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary.is_none() {
            remove(&self.path);
        }
    }
}

/// The folder of the cluster `name` that goes on.
///
/// # Errors
/// A name that is none, and where nobody knows the user's home.
pub fn of(name: &str) -> Result<PathBuf, String> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) || name.starts_with('.') {
        return Err(format!(
            "{name:?} is no name for a cluster: letters, digits, '-', '_' and '.' make one"
        ));
    }
    Ok(home()?.join(name))
}

/// The names of the clusters that go on.
pub fn running() -> Vec<String> {
    let entries = home().and_then(|home| fs::read_dir(home).map_err(|error| error.to_string()));
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| holder(&entry.path()).is_some())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

fn home() -> Result<PathBuf, String> {
    let var = |key: &str| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = var("KUBECTL_SANDBOX_HOME")
        .or_else(|| var("XDG_STATE_HOME").map(|state| state.join("kubectl-sandbox")))
        .or_else(|| var("HOME").map(|home| home.join(".local/state/kubectl-sandbox")))
        .ok_or("HOME is not set: where should the cluster's files go?")?;
    std::path::absolute(home).map_err(|error| error.to_string())
}

/// The process that holds the folder at `path`; none where nobody does.
pub fn holder(path: &Path) -> Option<i32> {
    let mut file = File::open(path.join(LOCK)).ok()?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Err(rustix::io::Errno::WOULDBLOCK) => {
            let mut text = String::new();
            file.read_to_string(&mut text).ok()?;
            Some(text.trim().parse().unwrap_or_default())
        }
        _ => None,
    }
}

/// Removes the files of a sandbox from the folder at `path`, and the folder where nothing else is in it.
fn remove(path: &Path) {
    for file in ["kubeconfig", "log", LOCK] {
        let _ = fs::remove_file(path.join(file));
    }
    let _ = fs::remove_dir(path);
}

/// Makes the folder where there is none, and takes its lock; none where somebody else has it.
fn hold(path: &Path) -> io::Result<Option<File>> {
    const ATTEMPTS: u32 = 20;
    let mut failure = None;
    for _ in 0..ATTEMPTS {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path.join(LOCK));
        let mut file = match file {
            Ok(file) => file,
            // Who held it before took the folder away in this moment.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                failure = Some(error);
                continue;
            }
            Err(error) => return Err(error),
        };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            // Perhaps it is only somebody who looks whether it is held.
            Err(rustix::io::Errno::WOULDBLOCK) => {
                failure = None;
                thread::sleep(Duration::from_millis(2));
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        // A file that was removed meanwhile locks nothing.
        if fs::metadata(path.join(LOCK)).is_ok_and(|there| file.metadata().is_ok_and(|own| own.ino() == there.ino())) {
            file.set_len(0)?;
            write!(file, "{}", std::process::id())?;
            return Ok(Some(file));
        }
    }
    failure.map_or(Ok(None), Err)
}

/// Removes the temporary folders in `place` whose sandboxes were killed.
fn sweep(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let left = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.metadata().is_ok_and(|facts| {
                let age = facts.modified().ok().and_then(|modified| modified.elapsed().ok());
                facts.is_dir() && facts.uid() == getuid().as_raw() && age.is_some_and(|age| age > LEFT_AFTER)
            });
        let path = entry.path();
        if left && path.join(LOCK).is_file() && holder(&path).is_none() {
            let _ = fs::remove_dir_all(&path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn at_gives_a_folder_to_one_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a").join("b");
        let folder = Folder::at(&path).unwrap().unwrap();
        assert!(Folder::at(&path).unwrap().is_none());
        assert_eq!(holder(&path), Some(std::process::id() as i32));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        drop(folder);
        assert!(!path.exists());
        assert_eq!(holder(&path), None);
        assert!(Folder::at(&path).unwrap().is_some());
    }

    #[test]
    fn at_takes_over_what_was_left_behind() {
        let place = tempfile::tempdir().unwrap();
        fs::write(place.path().join(LOCK), "1").unwrap();
        fs::write(place.path().join("kubeconfig"), "old").unwrap();
        assert_eq!(holder(place.path()), None);
        assert!(Folder::at(place.path()).unwrap().is_some());
    }

    #[test]
    fn sweep_takes_old_folders_that_nobody_holds_and_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let make = |name: &str, old: bool| {
            let path = place.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join(LOCK), "1").unwrap();
            if old {
                let then = SystemTime::now() - 2 * LEFT_AFTER;
                File::open(&path).unwrap().set_modified(then).unwrap();
            }
            path
        };
        let (left, fresh, other) = (
            make("kubectl-sandbox-1", true),
            make("kubectl-sandbox-2", false),
            make("other", true),
        );
        let held = place.path().join("kubectl-sandbox-3");
        let folder = Folder::at(&held).unwrap().unwrap();
        File::open(&held).unwrap().set_modified(SystemTime::now() - 2 * LEFT_AFTER).unwrap();
        sweep(place.path());
        assert!(!left.exists());
        assert!(fresh.exists() && other.exists() && held.exists());
        drop(folder);
    }
}
