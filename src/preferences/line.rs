//! What preferences make of a line: kubectl's `applyAliases` and `applyOverrides`. Nothing is read or printed here.

use super::preference::{Alias, Choice, Preference};
use crate::args::{AVAILABLE, Command, Flag, Found, Group, find, parsed};

/// What all shells' questions begin with (cobra's `__complete` and `__completeNoDesc`).
const QUESTION: &str = "__complete";

/// A line as it is to be read, with the preferences in it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The root, with the word that the line calls, if that is one of the user's own.
    pub root: &'static Command,
    /// The line without the program's name.
    pub words: Vec<String>,
    /// The flags that are set before the line is read, for the command that it calls.
    pub preset: Vec<(&'static Flag, String)>,
    /// The line as it would have been typed without preferences, roughly, for the log.
    pub original: Option<String>,
}

/// What came of a line.
#[derive(Debug)]
pub(super) struct Outcome {
    /// What is to be said, whatever becomes of it.
    pub(super) warnings: Vec<String>,
    pub(super) line: Result<Line, String>,
}

/// Puts the preferences into the line `words`. `program` is the name that the program was called by, and `variable` looks
/// up the environment variables on which some flags depend.
pub(super) fn read<'e>(
    preference: &Preference,
    root: &'static Command,
    program: &str,
    words: &[String],
    variable: impl Fn(&str) -> Option<&'e str>,
) -> Outcome {
    let mut reader = Reader {
        preference,
        program,
        has: |flag: &Flag| flag.gate.is_none_or(|gate| gate.is_open(variable(gate.variable))),
        own: Vec::new(),
        warnings: Vec::new(),
    };
    let line = Line {
        root,
        words: words.to_vec(),
        preset: Vec::new(),
        original: None,
    };
    let line = reader.alias(line).and_then(|line| reader.defaults(line));
    Outcome {
        warnings: reader.warnings,
        line,
    }
}

struct Reader<'p, F> {
    preference: &'p Preference,
    program: &'p str,
    /// Whether anybody has a flag.
    has: F,
    /// The user's own words that were looked at.
    own: Vec<&'p str>,
    warnings: Vec<String>,
}

impl<'p, F: Fn(&Flag) -> bool> Reader<'p, F> {
    /// Takes one of the user's own words, if the line calls no command, for the command that it stands for.
    fn alias(&mut self, mut line: Line) -> Result<Line, String> {
        let is_argument = |word: &String| !word.starts_with('-') && !word.starts_with(QUESTION);
        let place = line.words.iter().position(is_argument);
        let (None, Some(place)) = (command(line.root, &line.words), place) else {
            return Ok(line);
        };
        let called = line.words[place].clone();
        let mut aliases = self.preference.aliases.iter().flatten();
        self.own = aliases.clone().map(|alias| alias.name.as_str()).collect();
        let Some(alias) = aliases.find(|alias| alias.name == called) else {
            return Ok(line);
        };
        if command(line.root, std::slice::from_ref(&called)).is_some() {
            self.warnings.push(format!(
                "Setting alias {} to a built-in command is not supported",
                crate::api::quote(&called)
            ));
            return Ok(line);
        }
        self.expand(alias, &mut line, place)?;
        Ok(line)
    }

    fn expand(&self, alias: &Alias, line: &mut Line, place: usize) -> Result<(), String> {
        let words: Vec<String> = alias.command.split_whitespace().map(str::to_owned).collect();
        let Some(found) = command(line.root, &words) else {
            let (command, name) = (crate::api::quote(&alias.command), crate::api::quote(&alias.name));
            return Err(format!("command {command} not found to set alias {name}: [{}]", words.join(" ")));
        };
        line.root = with(line.root, &alias.name, found.chain);
        let called = find::find(line.root, std::slice::from_ref(&alias.name));
        let mut original = alias.command.clone();
        let preset = self.preset(&called.chain, &alias.options, &line.words, &mut original);
        let preset = preset.map_err(|fault| match fault {
            Fault::Unknown(choice) => format!("invalid alias flag {} in alias {}", choice.name, self.program),
            Fault::Unfit(choice, sentence) => format!(
                "could not apply value {} to flag {} in alias {} err: {sentence}",
                choice.default, choice.name, self.program
            ),
        })?;
        line.words.splice(place + 1..place + 1, alias.prepend.iter().cloned());
        line.words.extend(alias.append.iter().cloned());
        let rest = line.words.join(" ").replace(&alias.name, "");
        if !rest.is_empty() {
            original.push(' ');
            original.push_str(&rest);
        }
        // A command in the folder that the word stands for has flags of its own.
        if find::find(line.root, &line.words).command().stands_for.is_empty() {
            return Ok(());
        }
        line.preset = preset;
        line.original = Some(original);
        Ok(())
    }

    /// Sets the flags for which the user has other defaults, where the line does not.
    fn defaults(&mut self, mut line: Line) -> Result<Line, String> {
        let Some(called) = command(line.root, &line.words) else {
            return Ok(line);
        };
        let name = called.command().name;
        for defaults in self.preference.defaults.iter().flatten() {
            let words: Vec<String> = defaults.command.split_whitespace().map(str::to_owned).collect();
            let Some(meant) = command(line.root, &words) else {
                let command = crate::api::quote(&defaults.command);
                self.warnings.push(format!("command {command} not found to set kuberc override"));
                continue;
            };
            // kubectl goes by the last word alone.
            if meant.command().name != name {
                continue;
            }
            if self.own.contains(&name) {
                return Err(format!("alias {name} can not be overridden"));
            }
            let mut original = line.words.join(" ");
            let options = defaults.options.as_deref().unwrap_or_default();
            let preset = self.preset(&called.chain, options, &line.words, &mut original);
            line.preset.extend(preset.map_err(|fault| match fault {
                Fault::Unknown(choice) => format!("invalid flag {} for command {}", choice.name, defaults.command),
                Fault::Unfit(choice, sentence) => format!(
                    "could not apply override value {} to flag {} in command {} err: {sentence}",
                    choice.default, choice.name, defaults.command
                ),
            })?);
            line.original = Some(original);
        }
        Ok(line)
    }

    /// The flags that the line does not give itself, each of which is added to `original`.
    fn preset<'c>(
        &self,
        chain: &[&'static Command],
        choices: &'c [Choice],
        words: &[String],
        original: &mut String,
    ) -> Result<Vec<(&'static Flag, String)>, Fault<'c>> {
        let mut preset = Vec::new();
        for choice in choices {
            // Those of the log come later in kubectl, as does --help.
            let known = |flag: &&Flag| !matches!(flag.name, "v" | "vmodule" | "log-flush-frequency") && (self.has)(flag);
            let flag = find::by_name(chain, &choice.name).filter(known).ok_or(Fault::Unknown(choice))?;
            if is_given(flag, words) {
                continue;
            }
            parsed::check_value(flag, &choice.default).map_err(|sentence| Fault::Unfit(choice, sentence))?;
            original.push_str(&format!(" --{}={}", choice.name, choice.default));
            preset.push((flag, choice.default.clone()));
        }
        Ok(preset)
    }
}

/// Why a flag cannot be set.
enum Fault<'c> {
    /// The command does not have it.
    Unknown(&'c Choice),
    /// It does not take the value.
    Unfit(&'c Choice, String),
}

/// The command that words call, as cobra's `Find` sees it; none where they call something else.
fn command(root: &'static Command, words: &[String]) -> Option<Found> {
    let found = find::find(root, words);
    match found.chain.as_slice() {
        [_] if !find::arguments(&found).is_empty() => None,
        // cobra adds this one later.
        [_, help, ..] if help.name == "help" => None,
        _ => Some(found),
    }
}

/// Whether a line gives a flag, by kubectl's guess: it looks at the words one by one, whatever stands before them, and a
/// letter counts wherever it is in a word of letters behind a dash.
fn is_given(flag: &Flag, words: &[String]) -> bool {
    words.iter().any(|word| {
        let long = word.strip_prefix("--").and_then(|rest| rest.strip_prefix(flag.name));
        if long.is_some_and(|rest| rest.is_empty() || rest.starts_with('=')) {
            return true;
        }
        let (Some(letter), Some(rest)) = (flag.short, word.strip_prefix('-')) else {
            return false;
        };
        rest.starts_with(letter) || (rest.contains(letter) && rest.bytes().all(|byte| byte.is_ascii_alphabetic()))
    })
}

/// `root` with one more command in it, which is called `name` and stands for the last of `chain`.
///
/// Commands live as long as the program, and so does this one: there is at most one in a run.
fn with(root: &'static Command, name: &str, chain: Vec<&'static Command>) -> &'static Command {
    let name: &'static str = String::leak(name.to_owned());
    let chain: &'static [&'static Command] = Vec::leak(chain);
    let meant = chain[chain.len() - 1];
    let command = Command {
        name,
        usage: name,
        aliases: &[],
        stands_for: chain,
        ..*meant
    };
    let mut children = vec![Group {
        title: AVAILABLE,
        commands: Vec::leak(vec![Box::leak(Box::new(command)) as &'static Command]),
    }];
    children.extend_from_slice(root.children);
    Box::leak(Box::new(Command {
        children: Vec::leak(children),
        ..*root
    }))
}

/// `root` without the command `name`, for a user who has turned it off.
pub fn without(root: &'static Command, name: &str) -> &'static Command {
    let groups = root.children.iter().map(|group| Group {
        commands: Vec::leak(group.commands.iter().copied().filter(|command| command.name != name).collect()),
        ..*group
    });
    Box::leak(Box::new(Command {
        children: Vec::leak(groups.collect()),
        ..*root
    }))
}
