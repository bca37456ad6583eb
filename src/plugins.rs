//! Plugins: programs on the search path whose names begin with `kubectl-`, called as if they were commands.
//!
//! One program need not be on the search path: the sandbox, which is built and installed together with this client and
//! is found beside it too.

use std::{
    fs, io,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process,
};

use crate::{
    args::Command,
    error::{Error, reason},
    world::World,
};

/// What the names of plugins begin with.
pub const PREFIX: &str = "kubectl-";

/// The plugin that comes with this client.
const COMPANION: &str = "kubectl-sandbox";

/// The directories of the search path.
pub fn directories(world: &World) -> impl Iterator<Item = PathBuf> {
    let path = world.var("PATH").unwrap_or_default();
    path.split(':').map(|directory| match directory {
        "" => world.directory.clone(),
        directory => world.directory.join(directory),
    })
}

/// A directory of the search path as it is written there, and the names of the files in it that are a plugin's, executable
/// or not, in order; or why it cannot be read.
pub type Place<'a> = (&'a str, io::Result<Vec<String>>);

/// The directories of the search path, each once. Those without a name are left out, as kubectl leaves them out of lists.
pub fn places(world: &World) -> Vec<Place<'_>> {
    let mut places: Vec<Place<'_>> = Vec::new();
    for directory in world.var("PATH").unwrap_or_default().split(':') {
        if !directory.trim().is_empty() && places.iter().all(|(seen, _)| *seen != directory) {
            places.push((directory, names(&world.directory.join(directory))));
        }
    }
    places
}

fn names(directory: &Path) -> io::Result<Vec<String>> {
    let entries = fs::read_dir(directory)?.filter_map(std::result::Result::ok);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(PREFIX))
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// The files on the search path that have a plugin's name, executable or not: by directory, then by name.
pub fn files(world: &World) -> Vec<PathBuf> {
    let in_place = |(directory, names): Place<'_>| {
        let directory = world.directory.join(directory);
        let names = names.unwrap_or_default().into_iter();
        names.map(move |name| directory.join(name)).collect::<Vec<_>>()
    };
    places(world).into_iter().flat_map(in_place).collect()
}

/// A file's name behind `kubectl-`, if it has one.
pub fn name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_prefix(PREFIX)
}

/// The plugins for the root's list of commands: the first word of each, as it is typed; none that a command of the root hides.
pub fn listed(world: &World, root: &Command) -> Vec<String> {
    let words = files(world).into_iter().filter_map(|path| {
        let word = name(&path)?.split('-').next()?.replace('_', "-");
        root.child(&word).is_none().then_some(word)
    });
    words.collect()
}

/// The plugin that `words` call: the longest that there is, of at least `least` words. Gives its file and how many words
/// its name takes. Dashes within words are underscores in the file's name.
pub fn find(world: &World, words: &[String], least: usize) -> Option<(PathBuf, usize)> {
    let mut names: Vec<String> = words
        .iter()
        .take_while(|word| !word.starts_with('-'))
        .map(|word| word.replace('-', "_"))
        .collect();
    while !names.is_empty() && names.len() >= least {
        let file = format!("{PREFIX}{}", names.join("-"));
        if let Some(path) = program(world, &file).or_else(|| companion(world, &file)) {
            return Some((path, names.len()));
        }
        names.pop();
    }
    None
}

/// The program of a name on the search path.
pub fn program(world: &World, name: &str) -> Option<PathBuf> {
    // A name with a slash is no name to look for there.
    let mut paths = directories(world)
        .map(|directory| directory.join(name))
        .filter(|_| !name.contains('/'));
    paths.find(|path| is_executable(path))
}

/// The program of a name beside this client, where it is the one that comes with it. A link to this client is followed.
fn companion(world: &World, name: &str) -> Option<PathBuf> {
    let own = world.args.first().filter(|_| name == COMPANION)?;
    let own = match own.contains('/') {
        true => world.directory.join(own),
        false => program(world, own)?,
    };
    let path = fs::canonicalize(own).ok()?.with_file_name(name);
    is_executable(&path).then_some(path)
}

/// Puts a plugin in this process's place. Comes back only when that fails.
pub fn execute(world: &World, plugin: &Path, args: &[String]) -> Error {
    let error = process::Command::new(plugin)
        .args(args)
        .env_clear()
        .envs(&world.env)
        .current_dir(&world.directory)
        .exec();
    Error::Bare(format!("Error: {}", reason(&error)))
}

/// Whether anybody may run the file.
pub fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, os::unix::fs::symlink};

    use super::*;
    use crate::streams::Streams;

    fn world(own: &str, directory: &Path, path: &Path) -> World {
        World {
            args: vec![own.to_owned()],
            env: HashMap::from([("PATH".to_owned(), path.display().to_string())]),
            directory: directory.to_owned(),
            streams: Streams::captured("").0,
        }
    }

    fn program_at(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn find_looks_beside_the_client_for_the_sandbox_and_for_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        let (built, linked, empty) = (root.join("target"), root.join("bin"), root.join("empty"));
        for name in ["kubectl", "kubectl-sandbox", "kubectl-other"] {
            program_at(&built.join(name));
        }
        fs::create_dir_all(&linked).unwrap();
        symlink(built.join("kubectl"), linked.join("kubectl")).unwrap();
        let words = ["sandbox".to_owned(), "status".to_owned()];
        let found = Some((built.join("kubectl-sandbox"), 1));
        // Called by a path from the working directory, through a link on the search path, and not to be found at all.
        assert_eq!(find(&world("target/kubectl", &root, &empty), &words, 1), found);
        assert_eq!(find(&world("kubectl", &root, &linked), &words, 1), found);
        assert_eq!(find(&world("kubectl", &root, &empty), &words, 1), None);
        assert_eq!(find(&world("target/kubectl", &root, &empty), &["other".to_owned()], 1), None);
        // What is on the search path comes first.
        let own = linked.join("kubectl-sandbox");
        program_at(&own);
        assert_eq!(find(&world("kubectl", &root, &linked), &words, 1), Some((own, 1)));
    }
}
