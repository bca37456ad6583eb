//! A shell that only pretends: it follows the scripts that people put into manifests, and says what they would have
//! written when, and how they would have ended.
//!
//! It knows lists, conditions, loops, variables and arithmetic, and the handful of commands that examples are made of.
//! Nothing is run. Time passes where a script sleeps.

mod commands;
mod parse;
#[cfg(test)]
mod tests;
mod tokens;

use std::{cell::Cell, collections::HashMap, time::Duration};

use commands::braces;
use jiff::Timestamp;
use parse::{Node, parse};
use tokens::{Token, Word, tokens};

/// A script that never ends is followed for so many steps when its end is sought.
const PATIENCE: usize = 3_000;

/// How many things a script may open.
const MOST_NESTED: usize = 200;

/// How many scripts may be within each other.
const MOST_WITHIN: usize = 10;

/// How many commands are followed to fill in a word.
const MOST_IN_A_WORD: usize = 20_000;

/// What a script does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It writes a line.
    Line(String),
    /// It sleeps.
    Sleep(Duration),
    /// It ends.
    End(i32),
    /// It goes on for ever without a word.
    Forever,
}

/// The words of a command, and what it runs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// The environment.
    pub variables: Vec<(String, String)>,
    /// The files that are mounted: their paths and what is in them.
    pub files: Vec<(String, String)>,
    /// Whether the image has nothing but the usual small commands, so that another is not found.
    pub bare: bool,
}

/// Whether the shell follows a command of this name, rather than taking it for something that runs for ever.
pub fn knows(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "[", "apk", "apt", "apt-get", "ash", "awk", "bash", "cat", "chmod", "chown", "cp", "curl", "cut", "dash", "date", "df", "du",
        "echo", "env", "exec", "exit", "expr", "export", "false", "find", "grep", "head", "hostname", "id", "ln", "ls", "mkdir", "mount",
        "mv", "nc", "netstat", "node", "nohup", "nslookup", "perl", "ping", "printenv", "printf", "ps", "pwd", "python", "python3", "rm",
        "ruby", "sed", "seq", "sh", "sleep", "sort", "sync", "tail", "tee", "test", "time", "timeout", "top", "touch", "tr", "true",
        "uname", "wc", "wget", "whoami", "xargs", "zsh",
    ];
    NAMES.contains(&name)
}

/// Follows a command from `start` and calls `each` with every step and how far into the run it happens, until it ends
/// or `each` says that it is enough.
pub fn follow(command: &[String], setting: &Setting, start: Timestamp, each: &mut dyn FnMut(Duration, Step) -> bool) {
    follow_within(Within::default(), command, setting, start, each);
}

/// What a run is in.
#[derive(Debug, Clone, Copy, Default)]
struct Within<'e> {
    /// How many scripts, each of which runs the next.
    depth: usize,
    /// How many commands may still be followed in the word that is being filled in, and in all words in that.
    left: Option<&'e Cell<usize>>,
    /// Whether nobody wants to know more than the end: then a loop that has none need not be followed.
    seeks_end: bool,
}

/// As [`follow`], within something else.
fn follow_within(
    within: Within<'_>,
    command: &[String],
    setting: &Setting,
    start: Timestamp,
    each: &mut dyn FnMut(Duration, Step) -> bool,
) {
    let mut run = Run {
        within,
        variables: setting.variables.iter().cloned().collect(),
        files: &setting.files,
        bare: setting.bare,
        start,
        passed: Duration::ZERO,
        each,
        over: false,
        steps: 0,
    };
    let code = run.command(command);
    if !run.over {
        run.tell(Step::End(code));
    }
}

/// When and how a command ends; none where it does not, as far as anybody has the patience to see.
pub fn end(command: &[String], setting: &Setting, start: Timestamp) -> Option<(Duration, i32)> {
    let mut found = None;
    let mut steps = 0;
    let within = Within {
        seeks_end: true,
        ..Within::default()
    };
    follow_within(within, command, setting, start, &mut |passed, step| {
        steps += 1;
        if let Step::End(code) = step {
            found = Some((passed, code));
        }
        steps < PATIENCE && !matches!(step, Step::Forever)
    });
    found
}

struct Run<'e> {
    variables: HashMap<String, String>,
    files: &'e [(String, String)],
    bare: bool,
    start: Timestamp,
    passed: Duration,
    each: &'e mut dyn FnMut(Duration, Step) -> bool,
    /// Whether the script ended, or nobody listens any more.
    over: bool,
    steps: usize,
    within: Within<'e>,
}

impl Run<'_> {
    fn tell(&mut self, step: Step) {
        if self.over {
            return;
        }
        let ends = matches!(step, Step::End(_) | Step::Forever);
        if !(self.each)(self.passed, step) || ends {
            self.over = true;
        }
    }

    fn say(&mut self, text: &str) {
        for line in text.split('\n') {
            self.tell(Step::Line(line.to_owned()));
        }
    }

    /// Whether a path is that of a mounted file or of a folder with mounted files.
    fn is_mounted(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.iter().any(|(known, _)| known == path || known.starts_with(&folder))
    }

    /// What is in a mounted file, or in all files that `*` stands for.
    fn read(&self, path: &str) -> String {
        let matches = |known: &str| match path.strip_suffix('*') {
            Some(start) => known.strip_prefix(start).is_some_and(|rest| !rest.contains('/')),
            None => known == path,
        };
        let found = self.files.iter().filter(|(known, _)| matches(known));
        found.map(|(_, text)| text.as_str()).collect()
    }

    /// The names of the mounted files in a folder.
    fn names_in(&self, folder: &str) -> String {
        let folder = format!("{}/", folder.trim_end_matches('/'));
        let mut names: Vec<&str> = self.files.iter().filter_map(|(path, _)| path.strip_prefix(&folder)).collect();
        names.sort_unstable();
        names.join("\n")
    }

    fn sleep(&mut self, length: Duration) {
        self.tell(Step::Sleep(length));
        self.passed = self.passed.saturating_add(length);
    }

    fn end(&mut self, code: i32) {
        self.tell(Step::End(code));
        self.over = true;
    }

    /// A loop without a sleep in it must not hold up the world.
    fn tick(&mut self) {
        self.steps += 1;
        if let Some(left) = self.within.left {
            left.set(left.get().saturating_sub(1));
            self.over |= left.get() == 0;
        }
        if self.steps.is_multiple_of(100) {
            self.passed = self.passed.saturating_add(Duration::from_secs(1));
            self.tell(Step::Sleep(Duration::from_secs(1)));
        }
    }

    fn now(&self) -> Timestamp {
        let passed = jiff::SignedDuration::try_from(self.passed).unwrap_or_default();
        self.start.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    fn script(&mut self, text: &str) -> i32 {
        let tokens = tokens(text);
        let opens = |token: &&Token| match token {
            Token::Operator(operator) => *operator == "(",
            Token::Word(word) => matches!(word.text.as_str(), "{" | "!" | "if" | "elif" | "while" | "until" | "for"),
        };
        // Nobody writes a script by hand that nests so deep, or that runs itself.
        if self.within.depth == MOST_WITHIN || tokens.iter().filter(opens).count() > MOST_NESTED || text.matches("$(").count() > MOST_NESTED
        {
            self.tell(Step::Forever);
            return 0;
        }
        let list = parse(&mut tokens.into_iter().peekable(), &[]);
        self.within.depth += 1;
        let code = self.list(&list);
        self.within.depth -= 1;
        code
    }

    fn list(&mut self, list: &[Node]) -> i32 {
        let mut code = 0;
        for node in list {
            if self.over {
                return code;
            }
            code = self.node(node, code);
        }
        code
    }

    fn node(&mut self, node: &Node, before: i32) -> i32 {
        match node {
            Node::Simple(words) => self.simple(words),
            Node::And(next) if before == 0 => self.node(next, before),
            Node::Or(next) if before != 0 => self.node(next, before),
            Node::And(_) | Node::Or(_) => before,
            Node::Not(next) => i32::from(self.node(next, before) == 0),
            Node::Group(list) => self.list(list),
            Node::If { test, then, otherwise } => {
                if self.quiet(test) == 0 {
                    self.list(then)
                } else {
                    self.list(otherwise)
                }
            }
            Node::While { test, body, until } => {
                let mut code = 0;
                if self.within.seeks_end && node.is_endless() {
                    self.tell(Step::Forever);
                }
                while !self.over && (self.quiet(test) == 0) != *until {
                    self.tick();
                    code = self.list(body);
                    if self.variables.remove("\0break").is_some() {
                        break;
                    }
                }
                code
            }
            Node::For { name, words, body } => {
                let mut code = 0;
                let items: Vec<String> = words
                    .iter()
                    .flat_map(|word| {
                        let expanded = self.expand(word);
                        let parts: Vec<String> = match word.quoted {
                            true => vec![expanded],
                            false => expanded.split_whitespace().flat_map(braces).collect(),
                        };
                        parts
                    })
                    .collect();
                for item in items {
                    if self.over {
                        break;
                    }
                    self.tick();
                    self.variables.insert(name.clone(), item);
                    code = self.list(body);
                    if self.variables.remove("\0break").is_some() {
                        break;
                    }
                }
                code
            }
        }
    }

    fn quiet(&mut self, list: &[Node]) -> i32 {
        self.list(list)
    }

    fn simple(&mut self, words: &[Word]) -> i32 {
        let mut rest = words;
        // Assignments come first.
        while let Some((first, after)) = rest.split_first() {
            let Some((name, value)) = first.text.split_once('=') else { break };
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            if first.quoted_start || !is_name || name.starts_with(|c: char| c.is_ascii_digit()) {
                break;
            }
            let value = Word {
                text: value.to_owned(),
                ..first.clone()
            };
            let value = self.expand(&value);
            self.variables.insert(name.to_owned(), value);
            rest = after;
        }
        let mut expanded = Vec::new();
        for word in rest {
            // Where output goes is nobody's business.
            if matches!(word.text.as_str(), ">" | ">>" | "2>" | "<" | "2>>" | "&>") && !word.quoted {
                break;
            }
            if word.text.starts_with(['>', '<']) || word.text.starts_with("2>") || word.text == "&" {
                continue;
            }
            let text = self.expand(word);
            if word.quoted || !word.text.contains('$') {
                expanded.push(text);
            } else {
                expanded.extend(text.split_whitespace().map(str::to_owned));
            }
        }
        if expanded.first().is_some_and(|word| word == "break") {
            self.variables.insert("\0break".to_owned(), String::new());
            return 0;
        }
        self.command(&expanded)
    }

    /// A word with its variables, sums and commands filled in.
    fn expand(&mut self, word: &Word) -> String {
        if word.literal {
            return word.text.clone();
        }
        let mut out = String::new();
        let mut rest = word.text.as_str();
        while let Some(at) = rest.find(['$', '`']) {
            out.push_str(&rest[..at]);
            let is_tick = rest[at..].starts_with('`');
            rest = &rest[at + 1..];
            if is_tick {
                let end = rest.find('`').unwrap_or(rest.len());
                out.push_str(&self.output_of(&rest[..end]));
                rest = rest.get(end + 1..).unwrap_or_default();
            } else if let Some(sum) = rest.strip_prefix("((") {
                let end = sum.find("))").unwrap_or(sum.len());
                out.push_str(&self.arithmetic(&sum[..end]).to_string());
                rest = sum.get(end + 2..).unwrap_or_default();
            } else if let Some(inner) = rest.strip_prefix('(') {
                let end = closing(inner);
                out.push_str(&self.output_of(&inner[..end]));
                rest = inner.get(end + 1..).unwrap_or_default();
            } else if let Some(inner) = rest.strip_prefix('{') {
                let end = inner.find('}').unwrap_or(inner.len());
                let (name, default) = inner[..end].split_once(":-").unwrap_or((&inner[..end], ""));
                let value = self.variables.get(name).cloned().unwrap_or_default();
                out.push_str(if value.is_empty() { default } else { &value });
                rest = inner.get(end + 1..).unwrap_or_default();
            } else {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
                match (end, rest.chars().next()) {
                    (0, Some('?' | '#' | '$' | '!' | '@' | '*')) => {
                        out.push('0');
                        rest = &rest[1..];
                    }
                    (0, _) => out.push('$'),
                    _ => {
                        out.push_str(self.variables.get(&rest[..end]).map(String::as_str).unwrap_or_default());
                        rest = &rest[end..];
                    }
                }
            }
        }
        out.push_str(rest);
        out
    }

    /// What a command in a word would write.
    fn output_of(&mut self, script: &str) -> String {
        let mut lines = Vec::new();
        let setting = Setting {
            variables: self.variables.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            files: self.files.to_vec(),
            bare: true,
        };
        let words = vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()];
        let mut steps = 0;
        let budget = Cell::new(MOST_IN_A_WORD);
        let within = Within {
            depth: self.within.depth,
            left: Some(self.within.left.unwrap_or(&budget)),
            seeks_end: false,
        };
        follow_within(within, &words, &setting, self.now(), &mut |_, step| {
            steps += 1;
            if let Step::Line(line) = step {
                lines.push(line);
            }
            steps < 200
        });
        lines.join("\n")
    }

    /// A sum of numbers and variables, from left to right.
    fn arithmetic(&self, text: &str) -> i64 {
        let mut total: i64 = 0;
        let mut operator = '+';
        let mut term = String::new();
        for c in text.chars().chain(std::iter::once('+')) {
            if !matches!(c, '+' | '-' | '*' | '/' | '%') {
                term.push(c);
                continue;
            }
            let word = term.trim().trim_start_matches('$');
            if word.is_empty() {
                operator = c;
                continue;
            }
            let value: i64 = word
                .parse()
                .ok()
                .or_else(|| self.variables.get(word)?.trim().parse().ok())
                .unwrap_or_default();
            total = match operator {
                '-' => total.wrapping_sub(value),
                '*' => total.wrapping_mul(value),
                '/' => total.checked_div(value).unwrap_or_default(),
                '%' => total.checked_rem(value).unwrap_or_default(),
                _ => total.wrapping_add(value),
            };
            operator = c;
            term.clear();
        }
        total
    }
}

/// Where the bracket that was opened before `text` closes.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' if depth == 0 => return at,
            ')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}
