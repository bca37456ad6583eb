//! The kubectl that commands get: the one beside this program, or this program itself, which has the whole client in it
//! and becomes kubectl when it is called by that name.

use std::{
    env,
    ffi::OsString,
    io,
    os::{fd::AsFd, unix::fs::symlink},
    path::{Path, PathBuf},
    process::ExitCode,
};

use kubectl_rs::{
    context::World,
    streams::{Facts, Streams, Terminal},
};

/// Whether the program was called as `kubectl`.
pub fn is_called_kubectl(words: &[OsString]) -> bool {
    words
        .first()
        .and_then(|word| Path::new(word).file_name())
        .is_some_and(|name| name == "kubectl")
}

/// Is kubectl for once.
pub fn be_kubectl(words: &[OsString]) -> ExitCode {
    let lossy = |text: &OsString| text.to_string_lossy().into_owned();
    let facts = Facts {
        input: terminal(io::stdin()),
        output: terminal(io::stdout()),
        error: terminal(io::stderr()),
    };
    let world = World {
        args: words.iter().map(lossy).collect(),
        env: env::vars_os().map(|(name, value)| (lossy(&name), lossy(&value))).collect(),
        directory: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        streams: Streams::new(Box::new(io::stdin()), Box::new(io::stdout()), Box::new(io::stderr()), facts),
    };
    ExitCode::from(kubectl_rs::run(world))
}

fn terminal(stream: impl AsFd) -> Option<Terminal> {
    if !rustix::termios::isatty(&stream) {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(&stream).ok();
    Some(Terminal {
        width: size.map_or(0, |size| size.ws_col.into()),
        height: size.map_or(0, |size| size.ws_row.into()),
    })
}

/// Makes a folder in `directory` with kubectl in it, and gives the search path that finds it first.
///
/// # Errors
/// Where the folder cannot be made.
pub fn search_path(directory: &Path) -> Result<OsString, String> {
    let folder = directory.join("bin");
    let link = folder.join("kubectl");
    let own = env::current_exe().map_err(|error| error.to_string())?;
    let beside = own.with_file_name("kubectl");
    let target = if beside.is_file() { beside } else { own };
    std::fs::create_dir_all(&folder)
        .and_then(|()| {
            let _ = std::fs::remove_file(&link);
            symlink(&target, &link)
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
    env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
