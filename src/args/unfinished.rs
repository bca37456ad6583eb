//! A line that is still being typed: what it calls so far, and what its last word is going to be.
//!
//! The rules are those of cobra's `getCompletions`, which reads the line without its last word as if it were whole.

use super::{
    Command, Flag, Found, Kind, find,
    global::{self, HELP},
    parsed,
    words::{self, Words},
};

/// A line without its last word, and what that word is.
#[derive(Debug, Clone)]
pub struct Unfinished {
    /// The root, the folders and the command that the line calls so far.
    pub chain: Vec<&'static Command>,
    /// The arguments before the last word.
    pub args: Vec<String>,
    /// The flags before the last word, each use with its value.
    pub uses: Vec<(&'static Flag, String)>,
    /// What has been typed of the last word; of a flag's value behind `=`, the value.
    pub word: String,
    /// What the last word is.
    pub place: Place,
}

/// What the last word of a line is.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    /// The name of a flag.
    FlagName,
    /// The value of a flag.
    FlagValue(&'static Flag),
    /// An argument, or the name of a command.
    Argument,
    /// Nothing: the line asks for help, and what else it says does not count.
    Nothing,
}

/// Reads `words`, the last of which (possibly empty) is being typed.
///
/// # Errors
/// Why there is nothing to complete, in cobra's words.
pub fn read(root: &'static Command, words: &[String]) -> Result<Unfinished, String> {
    let (last, before) = words.split_last().map_or(("", words), |(last, before)| (last.as_str(), before));
    let found = find::find(root, before);
    if found.chain.len() == 1 && !find::arguments(&found).is_empty() {
        return Err(format!("unable to find a command for arguments: [{}]", before.join(" ")));
    }
    let Guess { flag, rest, word, unknown } = guess(&found, last);
    let found = Found { rest, ..found };
    parsed::check_line(&found).map_err(|sentence| format!("Error while parsing flags from args [{}]: {sentence}", found.rest.join(" ")))?;
    let Words { uses, args, dash, .. } = words::sort(&found.chain, &found.rest);
    // Behind two dashes nothing is a flag.
    let flags_end = dash.is_some();
    if let Some(name) = unknown.filter(|_| !flags_end) {
        let command = found.command().name;
        return Err(format!("Subcommand '{command}' does not support flag '{name}'"));
    }
    let place = match flag {
        _ if uses.iter().any(|(flag, _)| std::ptr::eq(*flag, &HELP)) => Place::Nothing,
        Some(flag) if !flags_end => Place::FlagValue(flag),
        None if word.starts_with('-') && !word.contains('=') && !flags_end => Place::FlagName,
        _ => Place::Argument,
    };
    Ok(Unfinished {
        chain: found.chain,
        args,
        uses,
        word,
        place,
    })
}

/// Whether the last word is a flag's value, as far as the words alone tell (cobra's `checkIfFlagCompletion`).
struct Guess {
    flag: Option<&'static Flag>,
    /// The words before it, without the flag whose value it is.
    rest: Vec<String>,
    word: String,
    /// The name of a flag that the command does not have.
    unknown: Option<String>,
}

fn guess(found: &Found, last: &str) -> Guess {
    let mut guess = Guess {
        flag: None,
        rest: found.rest.clone(),
        word: last.to_owned(),
        unknown: None,
    };
    let mut name = String::new();
    let equals = last.starts_with('-') && last.contains('=');
    if equals && let Some((before, value)) = last.split_once('=') {
        // Of letters in a group the last one takes the value.
        let letter = before.chars().next_back().map(String::from).unwrap_or_default();
        name = before.strip_prefix("--").map_or(letter, str::to_owned);
        guess.word = value.to_owned();
    } else if last.starts_with('-') {
        return guess;
    }
    if name.is_empty()
        && let Some(previous) = guess.rest.last().filter(|word| is_flag(word) && !word.contains('='))
    {
        let letter = previous.chars().next_back().map(String::from).unwrap_or_default();
        name = previous.strip_prefix("--").map_or(letter, str::to_owned);
        guess.rest.pop();
    }
    if name.is_empty() {
        return guess;
    }
    match flag(&found.chain, &name) {
        // A flag that may stand alone takes no word behind it.
        Some(flag) if flag.bare.is_some() && !equals => guess.rest = found.rest.clone(),
        Some(flag) => guess.flag = Some(flag),
        None => {
            guess.rest = found.rest.clone();
            guess.word = last.to_owned();
            guess.unknown = Some(name);
        }
    }
    guess
}

fn is_flag(word: &str) -> bool {
    match word.as_bytes() {
        [b'-', b'-', _, ..] => true,
        [b'-', second, ..] => *second != b'-',
        _ => false,
    }
}

/// The flag of a name, or of a letter where the name is one letter.
fn flag(chain: &[&'static Command], name: &str) -> Option<&'static Flag> {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => find::by_letter(chain, letter).or_else(|| (HELP.short == Some(letter)).then_some(&HELP)),
        _ => find::by_name(chain, name).or_else(|| (name == HELP.name).then_some(&HELP)),
    }
}

impl Unfinished {
    /// The command that the line calls so far.
    pub fn command(&self) -> &'static Command {
        self.chain[self.chain.len() - 1]
    }

    /// The words by which it is called, without `kubectl`: `create deployment`; empty for the root. For a word of the user's
    /// own, those that it stands for.
    pub fn path(&self) -> String {
        match self.command().stands_for {
            [] => find::path(&self.chain[1..]),
            whole => find::path(&whole[1..]),
        }
    }

    /// Whether a flag has been given.
    pub fn changed(&self, flag: &Flag) -> bool {
        self.uses.iter().any(|(used, _)| std::ptr::eq(*used, flag))
    }

    /// Whether the command has been given a flag that its children do not take: then it is itself what is called.
    pub fn has_own_flag(&self) -> bool {
        // The flags of `config` are for its children too.
        let own = self
            .uses
            .iter()
            .filter(|(flag, _)| self.command().own_flags().any(|own| std::ptr::eq(own, *flag)));
        self.command().name != "config" && own.count() > 0
    }

    /// The global flags that have been given, as words, for a line of its own. A flag that the command has under the name of
    /// a global one is none.
    pub fn global_words(&self) -> Vec<String> {
        let global = |flag: &Flag| global::FLAGS.iter().any(|known| std::ptr::eq(known, flag));
        let uses = self.uses.iter().filter(|(flag, _)| global(flag));
        uses.map(|(flag, value)| format!("--{}={value}", flag.name)).collect()
    }

    /// The flags without which the command fails and that have not been given, in every spelling that begins with the
    /// last word.
    pub fn missing_flags(&self) -> Vec<(String, &'static str)> {
        self.spellings(self.flags().into_iter().filter(|flag| flag.required && !self.changed(flag)))
    }

    /// The flags that may be given, each with what it does, in every spelling that begins with the last word: those of all
    /// commands by name, then the command's own. What is missing comes alone.
    pub fn offered_flags(&self) -> Vec<(String, &'static str)> {
        let missing = self.missing_flags();
        if !missing.is_empty() {
            return missing;
        }
        // pflag's name for the type of the others does not say that they collect.
        let collects = |flag: &Flag| flag.kind.collects() && flag.kind != Kind::MapStringString;
        self.spellings(self.flags().into_iter().filter(|flag| collects(flag) || !self.changed(flag)))
    }

    /// Every flag of the command in the order in which cobra visits them.
    fn flags(&self) -> Vec<&'static Flag> {
        let (command, root) = (self.command(), self.chain.len() == 1);
        let mut own: Vec<&'static Flag> = command.own_flags().chain([&HELP]).collect();
        let shadowed = |flag: &Flag| command.own_flags().any(|own| own.name == flag.name);
        let mut flags: Vec<&'static Flag> = global::FLAGS.iter().filter(|flag| !shadowed(flag)).collect();
        if root {
            own.append(&mut flags);
        }
        own.sort_by_key(|flag| flag.name);
        flags.append(&mut own);
        flags
    }

    fn spellings(&self, flags: impl Iterator<Item = &'static Flag>) -> Vec<(String, &'static str)> {
        flags
            .filter(|flag| !flag.hidden)
            .flat_map(|flag| {
                let long = Some(format!("--{}", flag.name));
                let short = flag.short.map(|letter| format!("-{letter}"));
                [long, short].into_iter().flatten().map(|spelling| (spelling, flag.help))
            })
            .filter(|(spelling, _)| spelling.starts_with(&self.word))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Group;

    static GET: Command = Command {
        name: "get",
        flags: &[&[
            Flag::text("output", "How to print.").short('o'),
            Flag::switch("watch", false, "Go on.").short('w'),
            Flag::slice("label-columns", "More columns.").short('L'),
            Flag::new("chunk-size", Kind::Int64, "500", "How many at once."),
            Flag::switch("secret", false, "Not to be seen.").hidden(),
        ]],
        ..Command::NEW
    };
    static SCALE: Command = Command {
        name: "scale",
        flags: &[&[
            Flag::new("replicas", Kind::Int32, "0", "How many.").required(),
            Flag::text("namespace", "Another namespace."),
        ]],
        ..Command::NEW
    };
    static ROOT: Command = Command {
        name: "kubectl",
        children: &[Group {
            title: "",
            commands: &[&GET, &SCALE],
        }],
        ..Command::NEW
    };

    fn line(words: &[&str]) -> Result<Unfinished, String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        read(&ROOT, &words)
    }

    /// What the last word is: `argument x`, `value output x`, `flag x`, `nothing`.
    fn place(words: &[&str]) -> String {
        match line(words) {
            Err(sentence) => sentence,
            Ok(Unfinished { place, word, .. }) => match place {
                Place::FlagName => format!("flag {word}"),
                Place::FlagValue(flag) => format!("value {} {word}", flag.name),
                Place::Argument => format!("argument {word}"),
                Place::Nothing => "nothing".to_owned(),
            },
        }
    }

    #[test]
    fn read_tells_flags_values_and_arguments_apart() {
        for (words, expected) in [
            (&["get", "p"][..], "argument p"),
            (&["get", ""], "argument "),
            (&["get", "-"], "flag -"),
            (&["get", "--out"], "flag --out"),
            (&["get", "--output="], "value output "),
            (&["get", "--output", "j"], "value output j"),
            (&["get", "-o=j"], "value output j"),
            (&["get", "-wo", "j"], "value output j"),
            (&["get", "-wo=j"], "value output j"),
            (&["get", "-o", ""], "value output "),
            (&["get", "-w", "p"], "argument p"),
            (&["get", "-w="], "value watch "),
            (&["get", "-ojson"], "flag -ojson"),
            (&["-n", "x"], "value namespace x"),
            (&["-n", "x", "g"], "argument g"),
            (&["get", "--", "-"], "argument -"),
            (&["get", "--", "--output="], "argument "),
            (&["get", "-h", "x"], "nothing"),
            (&["get", "--help=false", "x"], "nothing"),
            (&["get", "--", "-h", "x"], "argument x"),
        ] {
            assert_eq!(place(words), expected, "{words:?}");
        }
    }

    #[test]
    fn read_of_what_makes_no_sense_says_what_cobra_says() {
        for (words, expected) in [
            (&["bogus", ""][..], "unable to find a command for arguments: [bogus]"),
            (&["get", "--bogus="], "Subcommand 'get' does not support flag 'bogus'"),
            (&["get", "-x="], "Subcommand 'get' does not support flag 'x'"),
            (&["get", "-="], "Subcommand 'get' does not support flag '-'"),
            (&["get", "-é="], "Subcommand 'get' does not support flag 'é'"),
            (
                &["get", "--bogus", ""],
                "Error while parsing flags from args [--bogus]: unknown flag: --bogus",
            ),
            (
                &["get", "a", "-o", "-"],
                "Error while parsing flags from args [a -o]: flag needs an argument: 'o' in -o",
            ),
            (
                &["get", "--chunk-size=x", ""],
                "Error while parsing flags from args [--chunk-size=x]: invalid argument \"x\" for \"--chunk-size\" flag: strconv.ParseInt: \
                 parsing \"x\": invalid syntax",
            ),
        ] {
            assert_eq!(line(words).unwrap_err(), expected, "{words:?}");
        }
        assert!(line(&[]).is_ok());
    }

    #[test]
    fn read_keeps_what_comes_before_the_last_word() {
        let line = line(&["-n", "x", "get", "pods", "-w", "-o", "json", "a"]).unwrap();
        assert_eq!((line.path(), line.args.join(" ")), ("get".to_owned(), "pods".to_owned()));
        assert_eq!(line.global_words(), ["--namespace=x"]);
        assert!(line.has_own_flag() && line.word == "a");
    }

    #[test]
    fn global_words_leave_out_what_the_command_has_under_the_same_name() {
        let line = line(&["scale", "--namespace=x", "--context=c", ""]).unwrap();
        assert_eq!(line.global_words(), ["--context=c"]);
    }

    /// The flags that are offered for the last word.
    fn offered(words: &[&str]) -> String {
        let flags = line(words).unwrap().offered_flags();
        flags.into_iter().map(|(flag, _)| flag).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn offered_flags_are_those_that_may_still_be_given() {
        assert_eq!(offered(&["get", "--out"]), "--output");
        assert_eq!(offered(&["get", "-o", "json", "--out"]), "");
        assert_eq!(offered(&["get", "-L", "a", "--label"]), "--label-columns");
        assert_eq!(offered(&["get", "--as"]), "--as --as-group --as-uid --as-user-extra");
        assert_eq!(
            offered(&["get", "--as-group=x", "--as=y", "--as"]),
            "--as-group --as-uid --as-user-extra"
        );
        assert_eq!(offered(&["get", "--secret"]), "");
        assert_eq!(offered(&["get", "-w"]), "-w");
        assert_eq!(offered(&["get", "--he"]), "--help");
        assert_eq!(offered(&["--he"]), "--help");
        let all = offered(&["get", "-"]);
        assert!(
            all.starts_with("--as ") && all.contains(" --namespace -n ") && all.ends_with(" --output -o --watch -w"),
            "{all}"
        );
    }

    #[test]
    fn offered_flags_of_a_command_that_lacks_one_are_that_one() {
        assert_eq!(offered(&["scale", "-"]), "--replicas");
        assert_eq!(offered(&["scale", "--name"]), "--namespace");
        assert_eq!(line(&["scale", ""]).unwrap().missing_flags().len(), 1);
        assert_eq!(line(&["scale", "x"]).unwrap().missing_flags().len(), 0);
        assert_eq!(offered(&["scale", "--replicas=1", "--rep"]), "");
    }
}
