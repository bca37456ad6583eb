//! What was typed, checked: the command, its flags' values, its arguments.

use std::fmt;

use clap::{Arg, ArgAction, ArgMatches, builder::ValueParser};
use jiff::SignedDuration;

use super::{
    Command, Flag, Kind,
    find::{self, Found},
    global,
    value::{self, Meaning},
    words::{self, Words},
};
use crate::error::Error;

/// A command line that makes sense.
#[derive(Debug, Clone)]
pub struct Parsed {
    chain: Vec<&'static Command>,
    path: String,
    /// The flags that were given, each once.
    given: Vec<(&'static Flag, Meaning)>,
    /// Every use of a flag with its value as it was written, in order.
    uses: Vec<(&'static Flag, String)>,
    /// What collecting flags hold that were not given but hold something.
    held: Vec<(&'static Flag, Meaning)>,
    args: Vec<String>,
    dash: Option<usize>,
    warnings: Vec<String>,
}

/// Flags that were given, each once.
type Meanings = Vec<(&'static Flag, Meaning)>;

/// A value that its flag does not take.
#[derive(Debug)]
struct Invalid(String);

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Invalid {}

/// Reads the flags and arguments behind a command.
///
/// # Errors
/// The first mistake on the line, in pflag's words, and where to read more.
pub fn parse(found: &Found) -> Result<Parsed, Error> {
    let path = found.path();
    let (Words { mut uses, args, dash, .. }, given) = read(found).map_err(|sentence| usage(&path, &sentence))?;
    let warnings = uses
        .iter()
        .filter_map(|(flag, _)| Some(format!("Flag --{} has been deprecated, {}", flag.name, flag.deprecated?)))
        .collect();
    let held = find::flags(&found.chain)
        .filter(|flag| flag.kind.collects() && !matches!(flag.default, "" | "[]"))
        .filter_map(|flag| {
            let values = flag.default.trim_start_matches('[').trim_end_matches(']');
            Some((flag, value::read(flag.kind, values).ok()?))
        })
        .collect();
    uses.splice(0..0, found.preset.iter().cloned());
    Ok(Parsed {
        chain: found.chain.clone(),
        path,
        given,
        uses,
        held,
        args,
        dash,
        warnings,
    })
}

/// Checks the flags behind a command.
///
/// # Errors
/// The first mistake on the line, in pflag's words.
pub(super) fn check_line(found: &Found) -> Result<(), String> {
    read(found).map(|_| ())
}

/// Checks one flag's value.
///
/// # Errors
/// What pflag says of it.
pub fn check_value(flag: &Flag, text: &str) -> Result<(), String> {
    meaning(flag, text).map(|_| ())
}

/// What a flag's value means.
fn meaning(flag: &Flag, text: &str) -> Result<Meaning, String> {
    value::read(flag.kind, text).map_err(|sentence| {
        let (text, spelled) = (crate::api::quote(text), flag.spelled());
        format!("invalid argument {text} for \"{spelled}\" flag: {sentence}")
    })
}

/// The words behind a command, sorted, and what its flags mean.
fn read(found: &Found) -> Result<(Words, Meanings), String> {
    let mut words = words::sort(&found.chain, &found.rest);
    // Values before the place where reading stopped are checked first: pflag reports the first mistake of the line.
    let given = match found.preset.is_empty() {
        true => check(found, &words.uses)?,
        false => check(found, &[&found.preset[..], &words.uses].concat())?,
    };
    match words.stopped.take() {
        Some(sentence) => Err(sentence),
        None => Ok((words, given)),
    }
}

/// What each flag's uses mean together.
fn check(found: &Found, uses: &[(&'static Flag, String)]) -> Result<Meanings, String> {
    if uses.is_empty() {
        return Ok(Vec::new());
    }
    let mut command = clap::Command::new(found.command().name)
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .args_override_self(true);
    // Only the flags that were used: of the others clap would know no more than the table.
    let mut once: Vec<&'static Flag> = Vec::new();
    for (flag, _) in uses {
        if !once.iter().any(|known| std::ptr::eq(*known, *flag)) {
            once.push(flag);
            command = command.arg(argument(flag));
        }
    }
    let words = uses.iter().map(|(flag, value)| format!("--{}={value}", flag.name));
    let mut matches = command.try_get_matches_from(words).map_err(|error| {
        let source = std::error::Error::source(&error);
        source.map_or_else(|| error.to_string(), ToString::to_string)
    })?;
    Ok(once
        .into_iter()
        .filter_map(|flag| Some((flag, together(&mut matches, flag)?)))
        .collect())
}

/// A flag as clap knows it.
fn argument(flag: &'static Flag) -> Arg {
    let action = if flag.kind.collects() { ArgAction::Append } else { ArgAction::Set };
    let read = move |text: &str| meaning(flag, text).map_err(Invalid);
    Arg::new(flag.name)
        .long(flag.name)
        .require_equals(true)
        .action(action)
        .value_parser(ValueParser::new(read))
}

/// All uses of a flag as one value: the last, or for a flag that collects, all of them.
fn together(matches: &mut ArgMatches, flag: &Flag) -> Option<Meaning> {
    matches.remove_many::<Meaning>(flag.name)?.reduce(|mut all, next| {
        match (&mut all, next) {
            (Meaning::List(all), Meaning::List(next)) => all.extend(next),
            (Meaning::Pairs(all), Meaning::Pairs(next)) => all.extend(next),
            (all, next) => *all = next,
        }
        all
    })
}

/// A mistake in the flags, with the command whose help is recommended.
fn usage(path: &str, sentence: &str) -> Error {
    // For `diff`, the exit code 1 means that there are differences.
    if path.ends_with(" diff") {
        let error = Error::Usage {
            message: sentence.to_owned(),
            command: path.to_owned(),
        };
        return Error::Code(2, Box::new(error));
    }
    Error::message(match path.rsplit(' ').next() {
        Some("options") => format!("{sentence}\nRun '{path}' without flags."),
        _ => format!("{sentence}\nSee '{path} --help' for usage."),
    })
}

impl Parsed {
    /// The command.
    pub fn command(&self) -> &'static Command {
        self.chain[self.chain.len() - 1]
    }

    /// The root, the folders and the command.
    pub fn chain(&self) -> &[&'static Command] {
        &self.chain
    }

    /// The command's full name: `kubectl create deployment`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The arguments that are no flags, without the command's own words.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// How many of the arguments came before `--`; none without it (cobra's `ArgsLenAtDash`).
    pub fn dash(&self) -> Option<usize> {
        self.dash
    }

    /// What is to be said about deprecated flags, a line for each use.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Every use of a flag and its value as it was written, in order.
    pub fn uses(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.uses.iter().map(|(flag, value)| (flag.name, value.as_str()))
    }

    /// Whether a flag was given.
    pub fn changed(&self, name: &str) -> bool {
        self.given.iter().any(|(flag, _)| flag.name == name)
    }

    /// The value of a switch.
    pub fn bool(&self, name: &str) -> bool {
        match self.given(name) {
            Some(Meaning::Bool(value)) => *value,
            _ => self.default(name, |kind| matches!(kind, Kind::Bool | Kind::Tristate)) == "true",
        }
    }

    /// The value of a flag that takes one text.
    pub fn string(&self, name: &str) -> &str {
        match self.given(name) {
            Some(Meaning::Text(value)) => value,
            Some(_) => "",
            None => self.default(name, |kind| matches!(kind, Kind::String | Kind::Modules)),
        }
    }

    /// The values of a flag that collects them (`stringArray`, `stringSlice`).
    pub fn strings(&self, name: &str) -> &[String] {
        match self.given(name).or_else(|| self.held(name)) {
            Some(Meaning::List(values)) => values,
            _ => &[],
        }
    }

    /// The pairs of a flag that collects them, in the order in which they were given; of equal keys the last counts.
    pub fn pairs(&self, name: &str) -> &[(String, String)] {
        match self.given(name) {
            Some(Meaning::Pairs(pairs)) => pairs,
            _ => &[],
        }
    }

    /// The value of a flag that takes a number.
    pub fn int(&self, name: &str) -> i64 {
        match self.given(name) {
            Some(Meaning::Int(value)) => *value,
            _ => self.default(name, |_| true).parse().unwrap_or_default(),
        }
    }

    /// The value of a flag that takes a duration; a negative one counts as zero.
    pub fn duration(&self, name: &str) -> std::time::Duration {
        std::time::Duration::try_from(self.signed_duration(name)).unwrap_or_default()
    }

    /// The value of a flag that takes a duration, as it was given.
    pub fn signed_duration(&self, name: &str) -> SignedDuration {
        match self.given(name) {
            Some(Meaning::Duration(value)) => *value,
            _ => crate::api::duration::parse(self.default(name, |_| true)).unwrap_or_default(),
        }
    }

    fn given(&self, name: &str) -> Option<&Meaning> {
        self.given.iter().find(|(flag, _)| flag.name == name).map(|(_, meaning)| meaning)
    }

    fn held(&self, name: &str) -> Option<&Meaning> {
        self.held.iter().find(|(flag, _)| flag.name == name).map(|(_, meaning)| meaning)
    }

    /// A flag's default, as the table has it, if its kind is the one that is asked for: a global flag's name may stand for
    /// something else in a command. A name that nothing has is the caller's mistake.
    fn default(&self, name: &str, is: impl Fn(Kind) -> bool) -> &'static str {
        let flag = find::flags(&self.chain).chain([&global::HELP]).find(|flag| flag.name == name);
        debug_assert!(flag.is_some(), "{} has no flag --{name}", self.path);
        flag.filter(|flag| is(flag.kind)).map_or("", |flag| flag.default)
    }

    /// The value of a global flag that takes one text: empty where the command has a flag of its own under that name.
    pub fn global(&self, name: &str) -> &str {
        if self.shadows(name) { "" } else { self.string(name) }
    }

    /// Whether the command has a flag of its own under this name, so that the global flag of the same name cannot be given.
    pub fn shadows(&self, name: &str) -> bool {
        self.command().own_flags().any(|flag| flag.name == name)
    }

    /// The failure of a command that nobody has written yet.
    pub fn not_implemented(&self) -> Error {
        Error::Message(format!("{:?} is not implemented yet", self.path))
    }

    /// The failure of a command that was called with a flag that this user does not have, by the environment variable that
    /// decides it, which `variable` looks up.
    ///
    /// # Errors
    /// pflag's sentence about the flag.
    pub fn unlock<'a>(&self, variable: impl Fn(&str) -> Option<&'a str>) -> Result<(), Error> {
        let is_locked = |flag: &Flag| flag.gate.is_some_and(|gate| !gate.is_open(variable(gate.variable)));
        match self.given.iter().find(|(flag, _)| is_locked(flag)) {
            Some((flag, _)) => Err(usage(&self.path, &format!("unknown flag: --{}", flag.name))),
            None => Ok(()),
        }
    }

    /// The failure of a command that was called without flags it needs.
    ///
    /// # Errors
    /// cobra's sentence with all their names.
    pub fn require(&self) -> Result<(), Error> {
        let mut missing: Vec<&str> = find::flags(&self.chain)
            .filter(|flag| flag.required && !self.changed(flag.name))
            .map(|flag| flag.name)
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        Err(Error::Message(format!("required flag(s) \"{}\" not set", missing.join("\", \""))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::ROOT;

    fn parsed(line: &str) -> Result<Parsed, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        parse(&find::find(&ROOT, &words)).map_err(|error| error.text())
    }

    #[track_caller]
    fn check(line: &str) -> Parsed {
        parsed(line).unwrap()
    }

    #[test]
    fn parse_of_repeats_takes_the_last_or_collects() {
        let line = check("get pods -o json -owide -w --watch=false -L a,b -L c --chunk-size=5 --chunk-size=-1");
        assert_eq!(line.string("output"), "wide");
        assert!(!line.bool("watch") && line.changed("watch"));
        assert_eq!(line.strings("label-columns"), ["a", "b", "c"]);
        assert_eq!(line.int("chunk-size"), -1);
        assert_eq!(line.args(), ["pods"]);
        assert_eq!(line.path(), "kubectl get");
        assert_eq!(line.command().name, "get");
    }

    #[test]
    fn parse_without_flags_has_their_defaults() {
        let line = check("port-forward");
        assert_eq!(line.strings("address"), ["localhost"]);
        assert!(!line.changed("address"));
        assert_eq!(line.duration("pod-running-timeout").as_secs(), 60);
        let line = check("get");
        assert_eq!((line.int("chunk-size"), line.string("output")), (500, ""));
        assert!(line.bool("server-print") && !line.bool("watch") && !line.bool("help"));
        assert!(line.strings("filename").is_empty() && line.strings("as-group").is_empty());
        assert_eq!(line.string("request-timeout"), "0");
        assert_eq!(check("create deployment").int("replicas"), 1);
    }

    #[test]
    fn parse_of_a_list_replaces_its_default() {
        assert_eq!(check("port-forward --address=0.0.0.0").strings("address"), ["0.0.0.0"]);
    }

    #[test]
    fn parse_of_negative_durations_keeps_the_sign_apart() {
        let line = check("wait --timeout=-1s");
        assert_eq!(line.signed_duration("timeout").as_secs(), -1);
        assert_eq!(line.duration("timeout"), std::time::Duration::ZERO);
    }

    #[test]
    fn parse_of_a_name_that_a_command_has_for_itself_hides_the_global_flag() {
        let line = check("create rolebinding x --user=a --user=b");
        assert_eq!(line.strings("user"), ["a", "b"]);
        assert_eq!(line.string("user"), "");
        assert!(line.shadows("user") && !line.shadows("token"));
        assert_eq!(check("create rolebinding x").string("user"), "");
        assert_eq!(
            parsed("config set-cluster x -s y"),
            Err("error: unknown shorthand flag: 's' in -s\nSee 'kubectl config set-cluster --help' for usage.".to_owned())
        );
    }

    impl PartialEq for Parsed {
        fn eq(&self, other: &Self) -> bool {
            (&self.path, &self.args, &self.given.len()) == (&other.path, &other.args, &other.given.len())
        }
    }

    #[test]
    fn parse_of_several_mistakes_reports_the_first() {
        let sentence = |line: &str| parsed(line).unwrap_err();
        let value = "error: invalid argument \"x\" for \"--chunk-size\" flag: strconv.ParseInt: parsing \"x\": invalid syntax";
        assert!(sentence("get --chunk-size=x --bogus").starts_with(value));
        assert!(sentence("get --bogus --chunk-size=x").starts_with("error: unknown flag: --bogus\n"));
        assert!(sentence("get --chunk-size=x --watch=y").starts_with(value));
        assert!(sentence("get --chunk-size=x --chunk-size=1").starts_with(value));
        assert!(sentence("get --help --bogus").starts_with("error: unknown flag: --bogus\n"));
    }

    #[test]
    fn parse_of_deprecated_flags_warns_at_each_use() {
        let line = check("annotate --record --record=false pods");
        assert_eq!(line.warnings().len(), 2);
        let line = parsed("annotate pods x --record");
        assert_eq!(
            line.unwrap().warnings(),
            ["Flag --record has been deprecated, --record will be removed in the future"]
        );
    }

    #[test]
    fn require_names_all_missing_flags_by_name() {
        let missing = |line: &str| check(line).require().map_err(|error| error.text());
        assert_eq!(
            missing("create cronjob x"),
            Err("error: required flag(s) \"image\", \"schedule\" not set".to_owned())
        );
        assert_eq!(
            missing("create cronjob x --image="),
            Err("error: required flag(s) \"schedule\" not set".to_owned())
        );
        assert_eq!(missing("get"), Ok(()));
    }

    #[test]
    fn parse_keeps_where_two_dashes_stood() {
        let line = check("exec pod -- ls -l");
        assert_eq!((line.args().len(), line.dash()), (3, Some(1)));
    }
}
