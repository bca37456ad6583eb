//! The table holds what kubectl 1.36 has, no more and no less, and says something about each of it.

use std::{collections::BTreeMap, fs, path::Path};

use kubectl_rs::{
    args::{self, Command, Flag, Kind, find, global},
    commands::{ENTRIES, ROOT},
};
use serde_json::Value;

use super::{chains, own_flags};

/// The logging flags are added where kubectl starts, so the list of the command tree lacks them.
const LOGGING: &[&str] = &["log-flush-frequency", "v", "vmodule"];

/// The only difference to kubectl's list of flags: this default depends on the environment, and help puts it in.
const DEFAULT_FROM_ENVIRONMENT: &str = "cache-dir";

/// What kubectl does not have: flags that change the pace, and never what comes of it.
const OFFERED: &[(&str, &str)] = &[("kubectl apply", "concurrency"), ("kubectl create", "concurrency")];

/// What kubectl has only where the environment says so.
const UNLOCKED: &[(&str, &str)] = &[("kubectl apply", "applyset")];

fn surface() -> BTreeMap<String, Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/args/surface.json");
    let list: Vec<Value> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    list.into_iter()
        .map(|command| (command["command"].as_str().unwrap().to_owned(), command))
        .collect()
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap()).collect()
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::Tristate => "tristate",
        Kind::String => "string",
        Kind::Int => "int",
        Kind::Int32 => "int32",
        Kind::Int64 => "int64",
        Kind::Duration => "duration",
        Kind::StringArray => "stringArray",
        Kind::StringSlice => "stringSlice",
        Kind::StringToString => "stringToString",
        Kind::MapStringString => "mapStringString",
        Kind::Level => "Level",
        Kind::Modules => "pattern=N,...",
        Kind::GoDuration => "goDuration",
    }
}

/// A flag in one line, as kubectl's list has it.
fn listed(flag: &Value) -> String {
    let text = |key: &str| flag[key].as_str().map(str::to_owned);
    let truth = |key: &str| flag[key].as_bool().unwrap_or_default();
    let mut default = text("default").unwrap();
    if flag["name"] == DEFAULT_FROM_ENVIRONMENT {
        default.clear();
    }
    format!(
        "--{} {:?} {} {default:?} {:?} hidden={} deprecated={} required={}",
        flag["name"].as_str().unwrap(),
        text("shorthand"),
        text("type").unwrap(),
        text("no_opt_default"),
        truth("hidden"),
        truth("deprecated"),
        truth("required"),
    )
}

/// A flag in one line, as our table has it.
fn tabled(flag: &Flag) -> String {
    format!(
        "--{} {:?} {} {:?} {:?} hidden={} deprecated={} required={}",
        flag.name,
        flag.short.map(String::from),
        kind_name(flag.kind),
        flag.default,
        flag.bare,
        flag.hidden,
        flag.deprecated.is_some(),
        flag.required,
    )
}

#[test]
fn table_holds_every_command_of_kubectl_and_no_other() {
    let ours: Vec<String> = chains().iter().map(|chain| find::path(chain)).collect();
    let mut sorted = ours.clone();
    sorted.sort();
    assert_eq!(sorted, surface().into_keys().collect::<Vec<_>>());
    assert_eq!(ours.len(), 112);
}

#[test]
fn table_has_the_words_by_which_kubectl_calls_each_command() {
    let surface = surface();
    for chain in chains() {
        let (path, command) = (find::path(&chain), chain[chain.len() - 1]);
        let theirs = &surface[&path];
        assert_eq!(command.usage, theirs["use"], "{path}");
        assert_eq!(command.aliases, words(&theirs["aliases"]), "{path}");
        assert_eq!(command.suggest_for, words(&theirs["suggest_for"]), "{path}");
        assert_eq!(command.runnable, theirs["runnable"], "{path}");
        assert!(
            command.usage.split(' ').next() == Some(command.name),
            "{path}: the usage begins with the name"
        );
    }
}

#[test]
fn table_has_every_flag_of_each_command_with_all_that_is_known_of_it() {
    let surface = surface();
    let mut flags = 0;
    for chain in chains() {
        let path = find::path(&chain);
        let mut theirs: Vec<String> = surface[&path]["flags"].as_array().unwrap().iter().map(listed).collect();
        let mut ours: Vec<String> = own_flags(&chain)
            .into_iter()
            .chain([&global::HELP])
            .filter(|flag| !LOGGING.contains(&flag.name) && ![OFFERED, UNLOCKED].concat().contains(&(path.as_str(), flag.name)))
            .map(tabled)
            .collect();
        flags += ours.len();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs, "{path}");
    }
    assert_eq!(flags, 1076);
    assert!(LOGGING.iter().all(|name| global::FLAGS.iter().any(|flag| flag.name == *name)));
}

#[test]
fn entries_run_every_command_but_the_root_once() {
    let chains = chains();
    assert_eq!(ENTRIES.len(), chains.len() - 1);
    for chain in &chains[1..] {
        let command = chain[chain.len() - 1];
        let entries = ENTRIES.iter().filter(|entry| std::ptr::eq(entry.spec, command)).count();
        assert_eq!(entries, 1, "{}", find::path(chain));
    }
}

/// Text for people: something, without stray space around it, in lines that a source file could have.
#[track_caller]
fn check_prose(what: &str, text: &str) {
    assert!(!text.is_empty(), "{what}: nothing is said");
    assert_eq!(text, text.trim(), "{what}: space around the text");
    assert!(!text.contains('\t'), "{what}: a tab");
    assert!(
        text.lines().all(|line| line == line.trim_end()),
        "{what}: space at the end of a line"
    );
}

#[test]
fn every_flag_says_what_it_does_in_sentences() {
    for chain in chains() {
        for flag in own_flags(&chain) {
            let what = format!("{} --{}", find::path(&chain), flag.name);
            check_prose(&what, flag.help);
            assert!(!flag.help.contains('\n'), "{what}: several lines");
            assert!(flag.help.ends_with(['.', '?']), "{what}: no sentence");
            assert!(flag.deprecated.is_none_or(|message| !message.is_empty()), "{what}");
        }
    }
}

#[test]
fn every_command_says_what_it_does_and_most_give_examples() {
    for chain in chains() {
        let (path, command) = (find::path(&chain), chain[chain.len() - 1]);
        check_prose(&path, command.short);
        check_prose(&path, command.long);
        assert!(
            !command.short.contains('\n') && !command.short.ends_with('.'),
            "{path}: the line for lists"
        );
        if command.children.is_empty() && !matches!(command.name, "alpha" | "help") {
            check_prose(&format!("{path}: examples"), command.examples);
        }
    }
}

#[test]
fn names_and_letters_of_a_command_s_flags_differ() {
    for chain in chains() {
        let flags: Vec<&Flag> = chain[chain.len() - 1].own_flags().collect();
        for (position, flag) in flags.iter().enumerate() {
            for other in &flags[..position] {
                let path = find::path(&chain);
                assert_ne!(flag.name, other.name, "{path}");
                assert!(flag.short.is_none() || flag.short != other.short, "{path}: -{:?}", flag.short);
            }
        }
    }
}

/// The commands in an example: its lines without comments, cut at pipes and redirections, in words as a shell has them.
fn commands(examples: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    for line in examples.lines().filter(|line| !line.starts_with('#')) {
        let (mut command, mut word, mut quote, mut begun) = (Vec::new(), String::new(), None, false);
        for letter in line.chars() {
            match (letter, quote) {
                ('\'' | '"', None) => (quote, begun) = (Some(letter), true),
                (letter, Some(open)) if letter == open => quote = None,
                (letter, Some(_)) => word.push(letter),
                (' ', None) => {
                    if begun {
                        command.push(std::mem::take(&mut word));
                    }
                    begun = false;
                }
                ('|' | '>', None) => {
                    commands.push(std::mem::take(&mut command));
                    if letter == '>' {
                        word.clear();
                        break;
                    }
                }
                (letter, None) => {
                    word.push(letter);
                    begun = true;
                }
            }
        }
        if begun && !word.is_empty() {
            command.push(word);
        }
        commands.push(command);
    }
    commands.retain(|command| command.first().is_some_and(|word| word == "kubectl"));
    commands
}

#[test]
fn every_example_parses_and_shows_its_command() {
    for chain in chains() {
        let (path, command): (String, &'static Command) = (find::path(&chain), chain[chain.len() - 1]);
        let mut shown = command.examples.is_empty();
        for words in commands(command.examples) {
            let found = args::find(&ROOT, &words[1..]);
            let parsed = args::parse(&found);
            let parsed = parsed.unwrap_or_else(|error| panic!("{path}: {words:?}: {}", error.text()));
            parsed
                .require()
                .unwrap_or_else(|error| panic!("{path}: {words:?}: {}", error.text()));
            shown |= found.chain.iter().any(|part| std::ptr::eq(*part, command));
        }
        assert!(shown, "{path}: no example of it");
    }
}
