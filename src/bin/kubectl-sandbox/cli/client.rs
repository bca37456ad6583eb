//! The kubectl that commands get: this program itself, which has the whole client in it and becomes kubectl when it is
//! called by that name. So there is one to run before anybody built or installed another, and it is never an old one.

use std::{
    env,
    ffi::OsString,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use kubectl_rs::plugins::is_executable;

/// Whether the program was called as `kubectl`.
pub fn is_called_kubectl(words: &[OsString]) -> bool {
    words
        .first()
        .and_then(|word| Path::new(word).file_name())
        .is_some_and(|name| name == "kubectl")
}

/// Makes a folder in `directory` with kubectl in it, and gives the search path that finds it first.
///
/// # Errors
/// Where the folder cannot be made.
pub fn search_path(directory: &Path) -> Result<OsString, String> {
    let folder = directory.join("bin");
    let link = folder.join("kubectl");
    let own = env::current_exe().map_err(|error| error.to_string())?;
    std::fs::create_dir_all(&folder)
        .and_then(|()| {
            let _ = std::fs::remove_file(&link);
            symlink(&own, &link)
        })
        .map_err(|error| format!("cannot link {}: {error}", link.display()))?;
    let mut paths = vec![folder];
    paths.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(paths).map_err(|error| error.to_string())
}

/// The program of that name on a search path.
pub fn find_program(name: &OsString, path: &OsString) -> Option<PathBuf> {
    if Path::new(name).components().count() > 1 {
        return Some(PathBuf::from(name));
    }
    env::split_paths(path)
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}
