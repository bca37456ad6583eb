//! Plugins: programs on the search path whose names begin with `kubectl-`, called as if they were commands.

use std::{
    fs,
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

/// The directories of the search path.
pub fn directories(world: &World) -> impl Iterator<Item = PathBuf> {
    let path = world.var("PATH").unwrap_or_default();
    path.split(':').map(|directory| match directory {
        "" => world.directory.clone(),
        directory => world.directory.join(directory),
    })
}

/// The files on the search path that have a plugin's name, executable or not: by directory, then by name.
pub fn files(world: &World) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut seen = Vec::new();
    for directory in directories(world) {
        if seen.contains(&directory) {
            continue;
        }
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        let mut here: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| name(path).is_some() && !path.is_dir())
            .collect();
        here.sort();
        files.append(&mut here);
        seen.push(directory);
    }
    files
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
        if let Some(path) = program(world, &file) {
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
