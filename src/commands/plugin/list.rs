//! `kubectl plugin list`: lists the plugins on the search path.

use std::{collections::HashMap, fs, io::Write, path::Path};

use crate::{
    api::quote,
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result, reason},
    kubeconfig::path,
    plugins,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "list",
    usage: "list",
    short: "List the plugins on the search path",
    long: "List the plugins on the search path, and say which of them cannot be run or are hidden by others: all \
            executables whose names begin with \"kubectl-\".",
    examples: "\
# All plugins
kubectl plugin list

# Only their names
kubectl plugin list --name-only",
    flags: &[&[Flag::switch("name-only", false, "Print the names without the directories.")]],
    flags_in_usage: true,
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// Where there is no plugin, or one of those listed cannot be run or is hidden by another.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let (world, streams) = (context.world(), context.streams());
    let mut found = Vec::new();
    for (directory, names) in plugins::places(world) {
        match names {
            Ok(names) => found.extend(names.into_iter().map(|name| (path::clean(&format!("{directory}/{name}")), name))),
            Err(error) => {
                let reason = reason(&error);
                let quoted = quote(directory);
                let sentence = format!("Unable to read directory {quoted} from your PATH: open {directory}: {reason}. Skipping...");
                context.warn(&sentence)?;
            }
        }
    }
    if found.is_empty() {
        return Err(Error::message("unable to find any kubectl plugins in your PATH"));
    }
    writeln!(streams.out(), "The following compatible plugins are available:\n")?;
    let root = parsed.chain().first();
    let (mut seen, mut warnings) = (HashMap::new(), 0);
    for (path, name) in &found {
        writeln!(streams.out(), "{}", if parsed.bool("name-only") { name } else { path })?;
        let first = *seen.entry(name).or_insert(path);
        let hidden = (first != path).then(|| format!("warning: {path} is overshadowed by a similarly named plugin: {first}"));
        let overwritten = root
            .and_then(|root| command(root, name))
            .map(|command| format!("warning: {name} overwrites existing command: {}", quote(&command)));
        for fault in [unusable(&world.directory, path), hidden, overwritten].into_iter().flatten() {
            context.warn(&format!("  - {fault}"))?;
            warnings += 1;
        }
    }
    match warnings {
        0 => Ok(()),
        1 => Err(Error::message("one plugin warning was found")),
        several => Err(Error::message(format!("{several} plugin warnings were found"))),
    }
}

/// Why a plugin cannot be run, if it cannot.
fn unusable(directory: &Path, path: &str) -> Option<String> {
    let file = directory.join(path);
    match fs::metadata(&file) {
        Err(error) => Some(format!(
            "error: unable to identify {path} as an executable file: stat {path}: {}",
            reason(&error)
        )),
        Ok(_) if plugins::is_executable(&file) => None,
        Ok(_) => Some(format!("warning: {path} identified as a kubectl plugin, but it is not executable")),
    }
}

/// The full name of the command that kubectl does when a plugin of this name is called: as far as the words of the name
/// lead.
fn command(root: &Command, name: &str) -> Option<String> {
    let mut words = name.split('-').skip(1).filter(|word| !word.is_empty());
    let mut full = root.name.to_owned();
    let Some(first) = words.next() else { return Some(full) };
    let mut command = root.child(first)?;
    loop {
        full.push(' ');
        full.push_str(command.name);
        match words.next().and_then(|word| command.child(word)) {
            Some(child) => command = child,
            None => return Some(full),
        }
    }
}
