//! `kubectl __complete`: what the word that is being typed may become. Shells ask it; see `kubectl completion`.
//!
//! The arguments are the words of a line, the last of which, possibly empty, is being typed. The answer has a candidate a line,
//! with a description behind a tab, and in the last line a colon and a number whose bits tell the shell what to do: cobra's
//! protocol.

mod copy;
mod objects;
mod offers;
mod plugin;
mod pods;

use std::io::Write;

use self::offers::{Arguments, Behind, Entry, Values};
use crate::{
    args::{
        self, Command, Flag, Found, Parsed, Unfinished,
        find::find,
        unfinished::{self, Place},
    },
    context::Context,
    error::{Error, Result},
    kubeconfig,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "__complete",
    usage: "__complete [command-line]",
    short: "Say what the last word of a line may become",
    long: "Say what the last word of a line may become.",
    hidden: true,
    ..Command::NEW
};

/// The same command, which leaves descriptions out.
pub static WITHOUT_DESCRIPTIONS: Command = Command {
    name: "__completeNoDesc",
    ..COMMAND
};

/// What a shell is to do with an answer.
mod directive {
    pub const NO_SPACE: u64 = 2;
    pub const NO_FILES: u64 = 4;
    pub const FILE_ENDINGS: u64 = 8;

    /// The bits that have a name, and the first that has none.
    const NAMES: [&str; 6] = ["Error", "NoSpace", "NoFileComp", "FilterFileExt", "FilterDirs", "KeepOrder"];

    /// A directive in cobra's words.
    pub fn name(directive: u64) -> String {
        if directive >= 1 << NAMES.len() {
            return format!("ERROR: unexpected ShellCompDirective value: {directive}");
        }
        let set: Vec<String> = NAMES
            .iter()
            .enumerate()
            .filter(|(bit, _)| directive & (1 << bit) != 0)
            .map(|(_, name)| format!("ShellCompDirective{name}"))
            .collect();
        if set.is_empty() {
            return "ShellCompDirectiveDefault".to_owned();
        }
        set.join(", ")
    }
}

/// What a word may become.
#[derive(Debug, Default)]
struct Answer {
    /// Whole words, each perhaps with a tab and a description.
    candidates: Vec<String>,
    directive: u64,
}

impl Answer {
    fn new(candidates: Vec<String>, directive: u64) -> Self {
        Answer { candidates, directive }
    }

    /// As a shell reads it; `plain` leaves the descriptions out.
    fn text(&self, plain: bool) -> String {
        let mut text = String::new();
        for candidate in &self.candidates {
            let mut line = candidate.lines().next().unwrap_or_default();
            if plain {
                line = line.split('\t').next().unwrap_or_default();
            }
            text.push_str(line.trim());
            text.push('\n');
        }
        text.push_str(&format!(":{}\n", self.directive));
        text
    }
}

/// Runs the command.
///
/// # Errors
/// No words; an answer that cannot be written.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let (root, words) = (parsed.chain()[0], parsed.args());
    if words.is_empty() {
        return Err(Error::message("requires at least 1 arg(s), only received 0"));
    }
    let mut to_output = false;
    let answer = match plugin::answer(root, words, context)? {
        Some(answer) => answer,
        None => match unfinished::read(root, words) {
            Ok(line) => {
                warn_of_deprecated(&line, context)?;
                // All that `options` says goes to standard output.
                to_output = line.path() == "options";
                complete(root, words, &line, context).await?
            }
            Err(sentence) => {
                debug(context, &format!("[Error] {sentence}"))?;
                Answer::default()
            }
        },
    };
    let plain = std::ptr::eq(parsed.command(), &WITHOUT_DESCRIPTIONS) || !wants_descriptions(context);
    let mut text = answer.text(plain);
    let end = format!("Completion ended with directive: {}", directive::name(answer.directive));
    if to_output {
        text.push_str(&end);
        text.push('\n');
    }
    context.streams().out().write_all(text.as_bytes())?;
    if to_output { Ok(()) } else { context.warn(&end) }
}

/// Warns of deprecated flags as often as cobra does, which reads the line twice and the second time repeats the first
/// warnings.
fn warn_of_deprecated(line: &Unfinished, context: &Context) -> Result<()> {
    for _ in 0..3 {
        for (flag, _) in &line.uses {
            if let Some(warning) = flag.deprecated {
                context.warn(&format!("Flag --{} has been deprecated, {warning}", flag.name))?;
            }
        }
    }
    Ok(())
}

/// Says something to whoever looks for a fault in a script: shells do not listen.
fn debug(context: &Context, sentence: &str) -> Result<()> {
    context.warn(&format!("[Debug] {sentence}"))
}

/// Whether the environment leaves descriptions on.
fn wants_descriptions(context: &Context) -> bool {
    let world = context.world();
    let setting = world
        .var("KUBECTL_COMPLETION_DESCRIPTIONS")
        .or_else(|| world.var("COBRA_COMPLETION_DESCRIPTIONS"));
    !matches!(setting, Some("0" | "f" | "F" | "false" | "FALSE" | "False"))
}

/// What the last word of a line that calls one of the commands may become.
async fn complete(root: &'static Command, words: &[String], line: &Unfinished, context: &Context) -> Result<Answer> {
    // The line's own flags say which server is meant.
    let rest = line.global_words();
    let parsed = args::parse(&Found {
        chain: vec![root, &COMMAND],
        rest,
        preset: Vec::new(),
    })?;
    let context = &context.for_line(&parsed);
    match line.place {
        Place::Nothing => Ok(Answer::new(Vec::new(), directive::NO_FILES)),
        Place::FlagName => Ok(Answer::new(described(line.offered_flags()), directive::NO_FILES)),
        Place::FlagValue(flag) => value(line, flag, context).await,
        Place::Argument => argument(root, words, line, context).await,
    }
}

fn described(words: Vec<(String, &str)>) -> Vec<String> {
    words
        .into_iter()
        .map(|(word, description)| format!("{word}\t{description}"))
        .collect()
}

/// What an argument may become, or the name of a command.
async fn argument(root: &'static Command, words: &[String], line: &Unfinished, context: &Context) -> Result<Answer> {
    let (command, mut answer) = (line.command(), Answer::default());
    if line.args.is_empty() && !line.has_own_flag() && !command.children.is_empty() {
        let mut names = children(command, &line.word);
        if words.len() == 1 {
            names.extend(plugin::names(root, &line.word, context));
            names.sort();
        }
        answer = Answer::new(names, directive::NO_FILES);
    }
    answer.candidates.extend(described(line.missing_flags()));
    let path = line.path();
    let prefix = line.word.as_str();
    let (candidates, directive) = match offers::arguments(&path) {
        Arguments::Unknown => return Ok(answer),
        Arguments::Words(words) if line.args.is_empty() => (matching(words, prefix), directive::NO_FILES),
        Arguments::Words(_) => return Ok(answer),
        Arguments::Commands => {
            let found = find(root, &line.args);
            let unknown = found.chain.len() == 1 && !line.args.is_empty();
            (
                if unknown { Vec::new() } else { children(found.command(), prefix) },
                directive::NO_FILES,
            )
        }
        Arguments::Config(_) | Arguments::Name(_) | Arguments::Pod(Behind::Nothing) if !line.args.is_empty() => {
            (Vec::new(), directive::NO_FILES)
        }
        Arguments::Config(entry) => (entries(entry, prefix, context), directive::NO_FILES),
        Arguments::Name(kind) => (objects::names(context, None, kind, prefix).await, directive::NO_FILES),
        Arguments::Pod(behind) => pods::complete(line, behind, context).await,
        Arguments::Objects { types, several } => objects::complete(line, types, several, context).await,
        Arguments::Copy => (copy::complete(line, context).await, directive::NO_SPACE),
    };
    answer.candidates.extend(candidates);
    answer.directive = directive;
    Ok(answer)
}

/// The commands in `command` that begin with `prefix`, with their descriptions, by name.
fn children(command: &Command, prefix: &str) -> Vec<String> {
    // kubectl's help leaves these out of its lists; cobra offers them all the same.
    let offered = |child: &Command| !child.hidden || matches!(child.name, "help" | "options");
    let names = command.commands().filter(|child| offered(child) && child.name.starts_with(prefix));
    let mut names: Vec<(String, &str)> = names.map(|child| (child.name.to_owned(), child.short)).collect();
    names.sort();
    described(names)
}

/// What the value of a flag may become.
async fn value(line: &Unfinished, flag: &'static Flag, context: &Context) -> Result<Answer> {
    let own = line.command().own_flags().any(|own| std::ptr::eq(own, flag));
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let prefix = line.word.as_str();
    let candidates = match offers::values(&line.path(), flag.name, own) {
        Values::Unknown => return Ok(Answer::default()),
        Values::Files(endings) => return Ok(Answer::new(owned(endings), directive::FILE_ENDINGS)),
        Values::Words(words) => owned(words),
        Values::Matching(words) => matching(words, prefix),
        Values::Name(kind) => objects::names(context, None, kind, prefix).await,
        Values::Config(entry) => entries(entry, prefix, context),
        Values::Container => pods::containers_of(line, context).await,
    };
    Ok(Answer::new(candidates, directive::NO_FILES))
}

fn matching(words: &[&str], prefix: &str) -> Vec<String> {
    words
        .iter()
        .filter(|word| word.starts_with(prefix))
        .map(|word| (*word).to_owned())
        .collect()
}

/// The names of one sort in the kubeconfig; none where it cannot be read.
fn entries(entry: Entry, prefix: &str, context: &Context) -> Vec<String> {
    let Ok(config) = kubeconfig::load(&context.sources()) else {
        return Vec::new();
    };
    let mut names: Vec<String> = match entry {
        Entry::Context => config.contexts.into_keys().collect(),
        Entry::Cluster => config.clusters.into_keys().collect(),
        Entry::User => config.users.into_keys().collect(),
    };
    names.retain(|name| name.starts_with(prefix));
    names
}
