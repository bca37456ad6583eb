//! Plugins: their names, and what they themselves say of their arguments.
//!
//! A plugin `kubectl-foo` is asked through a program `kubectl_complete-foo`, which is given the words behind the plugin's name
//! and answers as `__complete` does.

use std::{
    path::PathBuf,
    process::{Command as Process, Stdio},
};

use super::{Answer, debug, directive};
use crate::{args::Command, context::Context, error::Result, plugins};

/// The plugins whose first words begin with `prefix` and are no commands, with a description each.
pub(super) fn names(root: &Command, prefix: &str, context: &Context) -> Vec<String> {
    let mut names: Vec<String> = paths(root, context)
        .into_iter()
        .filter_map(|mut path| (!path.is_empty()).then(|| path.swap_remove(0)))
        .filter(|word| word.starts_with(prefix))
        .map(|word| described(&word))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The last word of a line that calls a plugin; nothing where it calls a command, or nothing that there is.
pub(super) fn answer(root: &'static Command, words: &[String], context: &Context) -> Result<Option<Answer>> {
    let [first, _, ..] = words else { return Ok(None) };
    if first.starts_with('-') || root.commands().any(|command| command.name == first) {
        return Ok(None);
    }
    debug(context, "Cleared global flags for plugin completion")?;
    let (word, before) = words.split_last().map_or(("", words), |(word, before)| (word.as_str(), before));
    let paths = paths(root, context);
    // A plugin's words come one behind the other; whatever is no such word is for the plugin.
    let known = |length: usize| paths.iter().any(|path| path.len() >= length && path[..length] == before[..length]);
    let length = (1..=before.len()).take_while(|length| known(*length)).last().unwrap_or(0);
    if length == 0 {
        return Ok(None);
    }
    let (name, arguments) = before.split_at(length);
    let mut answer = Answer::default();
    if arguments.is_empty() {
        let longer = paths.iter().filter(|path| path.len() > length && path[..length] == *name);
        let mut nested: Vec<&String> = longer.map(|path| &path[length]).collect();
        nested.sort();
        nested.dedup();
        if !nested.is_empty() {
            answer.directive = directive::NO_FILES;
        }
        let nested = nested.into_iter().filter(|nested| nested.starts_with(word));
        answer.candidates = nested.map(|nested| described(nested)).collect();
    }
    let (candidates, directive) = ask(name, arguments, word, context)?;
    answer.candidates.extend(candidates);
    answer.directive = directive;
    Ok(Some(answer))
}

fn described(word: &str) -> String {
    format!("{word}\tThe command {word} is a plugin installed by the user")
}

/// The words of every plugin's name.
fn paths(root: &Command, context: &Context) -> Vec<Vec<String>> {
    let files: Vec<PathBuf> = plugins::files(context.world());
    files
        .iter()
        .filter_map(|file| {
            let words: Vec<String> = plugins::name(file)?.split('-').map(|word| word.replace('_', "-")).collect();
            root.child(words.first()?).is_none().then_some(words)
        })
        .collect()
}

/// What a plugin's own program says.
fn ask(name: &[String], arguments: &[String], word: &str, context: &Context) -> Result<(Vec<String>, u64)> {
    let name = name.iter().map(|word| word.replace('-', "_")).collect::<Vec<_>>().join("-");
    let program = format!("kubectl_complete-{name}");
    debug(context, &format!("About to look for: {program}"))?;
    let world = context.world();
    let Some(path) = plugins::program(world, &program) else {
        debug(
            context,
            &format!("Plugin kubectl-{name} does not provide a matching completion executable"),
        )?;
        return Ok((Vec::new(), 0));
    };
    let mut words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    words.push(word);
    debug(context, &format!("About to call: {} {}", path.display(), words.join(" ")))?;
    let output = Process::new(&path)
        .args(&words)
        .env_clear()
        .envs(&world.env)
        .current_dir(&world.directory)
        .stderr(Stdio::inherit())
        .output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        return Ok((Vec::new(), 0));
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let mut lines: Vec<String> = text.split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect();
    let directive = lines.last().and_then(|line| line.strip_prefix(':')?.parse().ok());
    if directive.is_some() {
        lines.pop();
    }
    Ok((lines, directive.unwrap_or_default()))
}
