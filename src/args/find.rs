//! Which command a line calls: cobra's walk over the words, before any flag is parsed.
//!
//! Flags may stand before the command's words (`-n shop get pods`). The walk does not know what they mean, only which of
//! them take the next word as their value, so it guesses as cobra guesses: a flag without `=` takes the next word unless
//! the command at hand knows it as one that may stand alone.

use super::{Command, Flag, global};

/// A command with the folders that lead to it.
#[derive(Debug, Clone)]
pub struct Found {
    /// The root, the folders and the command.
    pub chain: Vec<&'static Command>,
    /// The line without the words that led here: flags and arguments, in order.
    pub rest: Vec<String>,
    /// The flags that are set before any of them is read, each with a value that it takes.
    pub preset: Vec<(&'static Flag, String)>,
}

impl Found {
    /// The command itself.
    pub fn command(&self) -> &'static Command {
        self.chain[self.chain.len() - 1]
    }

    /// Its full name: `kubectl create deployment`.
    pub fn path(&self) -> String {
        path(&self.chain)
    }
}

/// The full name of the last command of a chain.
pub fn path(chain: &[&'static Command]) -> String {
    chain.iter().map(|command| command.name).collect::<Vec<_>>().join(" ")
}

/// The command that `words` (without the program's name) call. Where a word is no command, what was found up to there.
pub fn find(root: &'static Command, words: &[String]) -> Found {
    let mut found = Found {
        chain: vec![root],
        rest: words.to_vec(),
        preset: Vec::new(),
    };
    while let Some(position) = first_argument(&found.chain, &found.rest) {
        let Some(child) = found.command().child(&found.rest[position]) else {
            break;
        };
        // The walk that drops the word goes by the word, not by the place: an equal word before it goes first.
        let word = found.rest[position].clone();
        if let Some(position) = position_of(&found.chain, &found.rest, &word) {
            found.rest.remove(position);
        }
        // What is in a folder is called as it is always called, whatever word the user has for the folder.
        if let whole @ [_, ..] = found.command().stands_for {
            found.chain = whole.to_vec();
        }
        found.chain.push(child);
    }
    found
}

/// Where the first word stands that is neither a flag nor, by the walk's guess, a flag's value.
pub fn first_argument(chain: &[&'static Command], words: &[String]) -> Option<usize> {
    let mut position = 0;
    while let Some(word) = words.get(position) {
        match word.as_str() {
            "--" => return None,
            word if takes_next(chain, word) => {
                // A flag and one word behind it: cobra gives up rather than look at that word.
                if words.len() - position <= 2 {
                    return None;
                }
                position += 1;
            }
            word if !word.is_empty() && !word.starts_with('-') => return Some(position),
            _ => {}
        }
        position += 1;
    }
    None
}

/// Where `wanted` stands among the words that are no flag's value.
fn position_of(chain: &[&'static Command], words: &[String], wanted: &str) -> Option<usize> {
    let mut position = 0;
    while let Some(word) = words.get(position) {
        match word.as_str() {
            "--" => return None,
            word if takes_next(chain, word) => position += 1,
            word if word == wanted => return Some(position),
            _ => {}
        }
        position += 1;
    }
    None
}

/// The arguments of a line as the walk sees them.
pub fn arguments(found: &Found) -> Vec<&str> {
    let mut arguments = Vec::new();
    let mut rest = &found.rest[..];
    while let Some(position) = first_argument(&found.chain, rest) {
        arguments.push(rest[position].as_str());
        rest = &rest[position + 1..];
    }
    arguments
}

/// Whether the walk takes the next word for this word's value. It does not know `--help`: cobra adds it later.
fn takes_next(chain: &[&'static Command], word: &str) -> bool {
    if word.contains('=') {
        return false;
    }
    let flag = match word.strip_prefix("--") {
        Some(name) => by_name(chain, name),
        None => match word.as_bytes() {
            [b'-', letter] if letter.is_ascii() => by_letter(chain, char::from(*letter)),
            _ => return false,
        },
    };
    flag.is_none_or(|flag| flag.bare.is_none())
}

/// The flags that a command takes: its own, then the global ones; not `--help`. Of two with one name the first counts.
pub fn flags(chain: &[&'static Command]) -> impl Iterator<Item = &'static Flag> + use<> {
    let own = chain.last().copied().into_iter().flat_map(Command::own_flags);
    own.chain(global::FLAGS.iter())
}

/// The flag of a name, where an underscore counts as a dash.
pub fn by_name(chain: &[&'static Command], name: &str) -> Option<&'static Flag> {
    let same = |a: &str| a.len() == name.len() && a.bytes().zip(name.bytes()).all(|(a, b)| a == b || (a == b'-' && b == b'_'));
    flags(chain).find(|flag| same(flag.name))
}

/// The flag of a letter. A global flag loses its letter where the command has a flag of the same name.
pub fn by_letter(chain: &[&'static Command], letter: char) -> Option<&'static Flag> {
    let flag = flags(chain).find(|flag| flag.short == Some(letter))?;
    by_name(chain, flag.name).filter(|first| std::ptr::eq(*first, flag))
}

/// The commands that might have been meant by a word that is none, in the order in which they were added.
pub fn suggestions(parent: &Command, word: &str) -> Vec<&'static str> {
    let lower = word.to_lowercase();
    parent
        .commands()
        .filter(|command| !command.hidden || command.name == "options")
        .filter(|command| {
            distance(&lower, &command.name.to_lowercase()) <= 2
                || command.name.to_lowercase().starts_with(&lower)
                || command.suggest_for.iter().any(|known| known.to_lowercase() == lower)
        })
        .map(|command| command.name)
        .collect()
}

/// How many letters must be added, dropped or changed to get from one word to the other (Levenshtein), in bytes as cobra counts.
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.bytes().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if a == b { diagonal } else { 1 + diagonal.min(above).min(row[j]) };
            diagonal = above;
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Group;

    static GET: Command = Command {
        name: "get",
        suggest_for: &["list"],
        flags: &[&[Flag::text("output", "").short('o'), Flag::switch("watch", false, "").short('w')]],
        ..Command::NEW
    };
    static NAMESPACE: Command = Command {
        name: "namespace",
        aliases: &["ns"],
        ..Command::NEW
    };
    static CREATE: Command = Command {
        name: "create",
        flags: &[&[Flag::text("namespace", "").short('z')]],
        children: &[Group {
            title: "",
            commands: &[&NAMESPACE],
        }],
        ..Command::NEW
    };
    static SECRET: Command = Command {
        name: "gets",
        hidden: true,
        ..Command::NEW
    };
    static ROOT: Command = Command {
        name: "kubectl",
        children: &[Group {
            title: "",
            commands: &[&CREATE, &GET, &SECRET],
        }],
        ..Command::NEW
    };

    /// The command that a line calls, the line without its words, and the arguments as the walk sees them.
    fn walk(line: &str) -> (String, String, String) {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let found = find(&ROOT, &words);
        (found.path(), found.rest.join(" "), arguments(&found).join(" "))
    }

    #[track_caller]
    fn check(line: &str, path: &str, rest: &str, arguments: &str) {
        let owned = (path.to_owned(), rest.to_owned(), arguments.to_owned());
        assert_eq!(walk(line), owned, "{line}");
    }

    #[test]
    fn find_takes_words_by_name_and_alias() {
        check("get pods", "kubectl get", "pods", "pods");
        check("create namespace x", "kubectl create namespace", "x", "x");
        check("create ns ns", "kubectl create namespace", "ns", "ns");
        check("create x ns", "kubectl create", "x ns", "x ns");
        check("bogus get", "kubectl", "bogus get", "bogus get");
        check("", "kubectl", "", "");
    }

    #[test]
    fn find_passes_flags_before_the_command() {
        check("-n shop get pods", "kubectl get", "-n shop pods", "pods");
        check("-nshop get pods", "kubectl get", "-nshop pods", "pods");
        check("-n=shop get pods", "kubectl get", "-n=shop pods", "pods");
        check(
            "--namespace shop get pods -w a",
            "kubectl get",
            "--namespace shop pods -w a",
            "pods a",
        );
        check("--warnings-as-errors get pods", "kubectl get", "--warnings-as-errors pods", "pods");
        check("-n get get get", "kubectl get", "-n get get", "get");
    }

    #[test]
    fn find_guesses_that_an_unknown_flag_takes_the_next_word() {
        check("--output json get pods", "kubectl get", "--output json pods", "pods");
        check("-w get pods", "kubectl", "-w get pods", "pods");
        check("--help get pods", "kubectl", "--help get pods", "pods");
    }

    #[test]
    fn find_gives_up_at_a_flag_before_the_last_word() {
        check("-n get", "kubectl", "-n get", "");
        check("-- get", "kubectl", "-- get", "");
    }

    #[test]
    fn by_letter_of_a_global_flag_is_lost_where_a_command_has_its_name() {
        assert!(by_letter(&[&ROOT, &GET], 'n').is_some());
        assert!(by_letter(&[&ROOT, &CREATE], 'n').is_none());
        assert!(by_letter(&[&ROOT, &CREATE], 'z').is_some());
    }

    #[test]
    fn suggestions_are_near_begin_alike_or_are_known() {
        assert_eq!(suggestions(&ROOT, "GET"), ["get"]);
        assert_eq!(suggestions(&ROOT, "got"), ["get"]);
        assert_eq!(suggestions(&ROOT, "cre"), ["create"]);
        assert_eq!(suggestions(&ROOT, "List"), ["get"]);
        assert!(suggestions(&ROOT, "lists").is_empty());
    }

    #[test]
    fn distance_counts_changed_added_and_dropped_letters() {
        for (from, to, steps) in [("", "abc", 3), ("get", "get", 0), ("list", "wait", 3), ("kitten", "sitting", 3)] {
            assert_eq!(distance(from, to), steps);
            assert_eq!(distance(to, from), steps);
        }
    }
}
