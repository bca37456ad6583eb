//! A shell that only pretends: it follows the scripts that people put into manifests, and says what they would have
//! written when, and how they would have ended.
//!
//! It knows lists, conditions, loops, variables and arithmetic, and the handful of commands that examples are made of.
//! Nothing is run. Time passes where a script sleeps.

use std::{collections::HashMap, iter::Peekable, time::Duration};

use jiff::Timestamp;

/// A script that never ends is followed for so many steps when its end is sought.
const PATIENCE: usize = 3_000;

/// How many things a script may open.
const MOST_NESTED: usize = 200;

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
    let mut run = Run {
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
    follow(command, setting, start, &mut |passed, step| {
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
        if self.steps.is_multiple_of(100) {
            self.passed = self.passed.saturating_add(Duration::from_secs(1));
            self.tell(Step::Sleep(Duration::from_secs(1)));
        }
    }

    fn now(&self) -> Timestamp {
        let passed = jiff::SignedDuration::try_from(self.passed).unwrap_or_default();
        self.start.saturating_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// Runs one command, given as its words.
    fn command(&mut self, words: &[String]) -> i32 {
        if self.over {
            return 0;
        }
        self.tick();
        let Some((name, arguments)) = words.split_first() else {
            return 0;
        };
        let argument = |at: usize| arguments.get(at).map(String::as_str).unwrap_or_default();
        match name.rsplit('/').next().unwrap_or(name) {
            "sh" | "bash" | "ash" | "dash" | "zsh" => match arguments.iter().position(|word| is_command_flag(word)) {
                Some(at) => match arguments.get(at + 1) {
                    Some(script) => {
                        let script = script.clone();
                        self.script(&script)
                    }
                    None => 2,
                },
                None => 0,
            },
            "echo" => {
                let words: Vec<&str> = arguments
                    .iter()
                    .map(String::as_str)
                    .skip_while(|word| matches!(*word, "-n" | "-e" | "-ne" | "-en"))
                    .collect();
                self.say(&words.join(" ").replace("\\n", "\n"));
                0
            }
            "printf" => {
                let text = printf(argument(0), arguments.get(1..).unwrap_or_default());
                self.say(text.trim_end_matches('\n'));
                0
            }
            "sleep" => match seconds(argument(0)) {
                Some(length) => {
                    self.sleep(length);
                    0
                }
                None => {
                    self.tell(Step::Forever);
                    0
                }
            },
            "exit" | "return" => {
                let code = argument(0).parse().unwrap_or_default();
                self.end(code);
                code
            }
            "true" | ":" | "export" | "set" | "trap" | "wait" | "cd" | "mkdir" | "touch" | "rm" | "cp" | "mv" | "chmod" | "chown"
            | "shift" | "unset" | "sync" | "apk" | "apt-get" | "apt" | "stty" | "ln" | "read" | "kill" => {
                for word in arguments {
                    if let (true, Some((key, value))) = (name.ends_with("export"), word.split_once('=')) {
                        self.variables.insert(key.to_owned(), value.to_owned());
                    }
                }
                0
            }
            "false" => 1,
            "date" => {
                let now = self.now();
                let text = match argument(0).strip_prefix('+') {
                    Some(format) => date(now, format),
                    None => now.strftime("%a %b %e %H:%M:%S UTC %Y").to_string(),
                };
                self.say(&text);
                0
            }
            "hostname" => {
                let name = self.variables.get("HOSTNAME").cloned().unwrap_or_default();
                self.say(&name);
                0
            }
            "whoami" => {
                self.say("root");
                0
            }
            "uname" => {
                self.say("Linux");
                0
            }
            "pwd" => {
                self.say("/");
                0
            }
            "env" | "printenv" => {
                let mut lines: Vec<String> = self.variables.iter().map(|(key, value)| format!("{key}={value}")).collect();
                lines.sort();
                if let (Some(wanted), true) = (arguments.first(), name.ends_with("printenv")) {
                    lines = self.variables.get(wanted).into_iter().cloned().collect();
                }
                self.say(&lines.join("\n"));
                0
            }
            "seq" => {
                let text = sequence(arguments).join("\n");
                self.say(&text);
                0
            }
            "test" | "[" | "[[" => {
                // Of files, those that are mounted are there.
                if let [flag, path, ..] = arguments
                    && matches!(flag.as_str(), "-f" | "-e" | "-r" | "-s")
                    && self.files.iter().any(|(known, _)| known == path)
                {
                    return 0;
                }
                i32::from(!test(arguments))
            }
            "cat" | "ls" if arguments.iter().any(|path| self.is_mounted(path)) => {
                for path in arguments {
                    let text = match name.ends_with("cat") {
                        true => self.read(path),
                        false => self.names_in(path),
                    };
                    if !text.is_empty() {
                        self.say(text.trim_end_matches('\n'));
                    }
                }
                0
            }
            "exec" | "time" | "nohup" | "command" | "sudo" | "timeout" => {
                let skip = usize::from(name == "timeout");
                let rest: Vec<String> = arguments.iter().skip(skip).cloned().collect();
                let code = self.command(&rest);
                if name == "exec" && !self.over {
                    self.end(code);
                }
                code
            }
            "cat" | "ls" | "tail" | "head" | "grep" | "awk" | "sed" | "tee" | "df" | "du" | "ps" | "top" | "id" | "nslookup" | "ping"
            | "wget" | "curl" | "nc" | "netstat" | "mount" | "find" | "sort" | "wc" | "tr" | "cut" | "xargs" | "expr" | "let" | "local" => {
                // `tail -f` waits for more for ever, and so does a listener.
                let waits = arguments
                    .iter()
                    .any(|word| matches!(word.as_str(), "-f" | "-F" | "-l" | "-lk" | "-lp" | "-lkp"));
                if waits && matches!(name.as_str(), "tail" | "nc") {
                    self.tell(Step::Forever);
                }
                0
            }
            "perl" => {
                if arguments.iter().any(|word| word.contains("bpi")) {
                    self.sleep(Duration::from_secs(5));
                    self.say(
                        "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798214808651",
                    );
                }
                0
            }
            "python" | "python3" | "node" | "ruby" => {
                if let Some(at) = arguments.iter().position(|word| matches!(word.as_str(), "-c" | "-e")) {
                    let code = arguments.get(at + 1).cloned().unwrap_or_default();
                    for part in code.split([';', '\n']) {
                        let part = part.trim();
                        let text = ["print(", "console.log(", "puts "].iter().find_map(|call| part.strip_prefix(call));
                        if let Some(text) = text {
                            self.say(text.trim_end_matches(')').trim_matches(['"', '\'']));
                        }
                    }
                    return 0;
                }
                self.tell(Step::Forever);
                0
            }
            _ if self.bare => {
                self.say(&format!("sh: {name}: not found"));
                127
            }
            _ => {
                self.tell(Step::Forever);
                0
            }
        }
    }

    fn script(&mut self, text: &str) -> i32 {
        let tokens = tokens(text);
        let opens = |token: &&Token| match token {
            Token::Operator(operator) => *operator == "(",
            Token::Word(word) => matches!(word.text.as_str(), "{" | "!" | "if" | "elif" | "while" | "until" | "for"),
        };
        // Nobody writes a script by hand that nests so deep.
        if tokens.iter().filter(opens).count() > MOST_NESTED || text.matches("$(").count() > MOST_NESTED {
            self.tell(Step::Forever);
            return 0;
        }
        let list = parse(&mut tokens.into_iter().peekable(), &[]);
        self.list(&list)
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
        follow(&words, &setting, self.now(), &mut |_, step| {
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

fn is_command_flag(word: &str) -> bool {
    word.starts_with('-') && word.ends_with('c') && !word.starts_with("--")
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

fn seconds(text: &str) -> Option<Duration> {
    if matches!(text, "infinity" | "inf") {
        return None;
    }
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().unwrap_or_default();
    let unit = match &text[digits.len()..] {
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => 1.0,
    };
    Duration::try_from_secs_f64((number * unit).max(0.0)).ok()
}

fn printf(format: &str, arguments: &[String]) -> String {
    let mut out = String::new();
    let mut arguments = arguments.iter();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('%', Some('%')) => {
                chars.next();
                out.push('%');
            }
            ('%', Some(_)) => {
                while chars.next().is_some_and(|c| !c.is_ascii_alphabetic()) {}
                out.push_str(arguments.next().map(String::as_str).unwrap_or_default());
            }
            ('\\', Some('n')) => {
                chars.next();
                out.push('\n');
            }
            ('\\', Some('t')) => {
                chars.next();
                out.push('\t');
            }
            (c, _) => out.push(c),
        }
    }
    out
}

fn date(now: Timestamp, format: &str) -> String {
    if format == "%s" {
        return now.as_second().to_string();
    }
    let zoned = now.to_zoned(jiff::tz::TimeZone::UTC);
    jiff::fmt::strtime::format(format, &zoned).unwrap_or_else(|_| format.to_owned())
}

fn sequence(arguments: &[String]) -> Vec<String> {
    let numbers: Vec<i64> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] => (*first, (*step).max(1), *last),
        _ => return Vec::new(),
    };
    (first..=last.min(first + 100_000))
        .step_by(usize::try_from(step).unwrap_or(1))
        .map(|number| number.to_string())
        .collect()
}

/// `{1..5}` as its numbers.
fn braces(word: &str) -> Vec<String> {
    let inner = word.strip_prefix('{').and_then(|word| word.strip_suffix('}'));
    match inner.and_then(|inner| inner.split_once("..")) {
        Some((first, last)) => sequence(&[first.to_owned(), last.to_owned()]),
        None => vec![word.to_owned()],
    }
}

fn test(arguments: &[String]) -> bool {
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|word| !matches!(*word, "]" | "]]"))
        .collect();
    let number = |word: &str| word.parse::<i64>().unwrap_or_default();
    match words.as_slice() {
        ["!", rest @ ..] => !test(&rest.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()),
        ["-z", word] => word.is_empty(),
        ["-n", word] => !word.is_empty(),
        // No file is there.
        ["-f" | "-e" | "-d" | "-r" | "-s" | "-x", _] => false,
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, "-eq", b] => number(a) == number(b),
        [a, "-ne", b] => number(a) != number(b),
        [a, "-lt", b] => number(a) < number(b),
        [a, "-le", b] => number(a) <= number(b),
        [a, "-gt", b] => number(a) > number(b),
        [a, "-ge", b] => number(a) >= number(b),
        [word] => !word.is_empty(),
        _ => false,
    }
}

/// A word of a script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Word {
    text: String,
    /// Whether any of it was in quotes, so that it stays one word.
    quoted: bool,
    /// Whether it began with a quote.
    quoted_start: bool,
    /// Whether nothing in it is to be filled in.
    literal: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// `;`, a line break, `&&`, `||`, `|`, `&`, `(`, `)`, `;;`
    Operator(&'static str),
}

fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut word: Option<Word> = None;
    let mut chars = text.chars().peekable();
    let flush = |word: &mut Option<Word>, out: &mut Vec<Token>| out.extend(word.take().map(Token::Word));
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let here = word.get_or_insert_with(|| Word {
                    quoted_start: true,
                    ..Word::default()
                });
                here.quoted = true;
                let was_empty = here.text.is_empty();
                while let Some(inner) = chars.next() {
                    if inner == c {
                        break;
                    }
                    if c == '"' && inner == '\\' && chars.peek().is_some_and(|next| matches!(next, '"' | '\\' | '$' | '`')) {
                        here.text.extend(chars.next());
                        continue;
                    }
                    here.text.push(inner);
                }
                here.literal = c == '\'' && was_empty;
            }
            '\\' => {
                if let Some(next) = chars.next().filter(|next| *next != '\n') {
                    word.get_or_insert_default().text.push(next);
                }
            }
            '$' if chars.peek() == Some(&'(') => {
                let here = word.get_or_insert_default();
                here.text.push('$');
                let mut depth = 0;
                for inner in chars.by_ref() {
                    here.text.push(inner);
                    match inner {
                        '(' => depth += 1,
                        ')' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 {
                        break;
                    }
                }
            }
            '#' if word.is_none() => while chars.next_if(|next| *next != '\n').is_some() {},
            ' ' | '\t' | '\r' => flush(&mut word, &mut out),
            '&' if word.as_ref().is_some_and(|word| word.text.ends_with('>')) => {
                word.get_or_insert_default().text.push(c);
            }
            '\n' | ';' | '&' | '|' | '(' | ')' => {
                flush(&mut word, &mut out);
                let doubled = chars.next_if_eq(&c).is_some() && matches!(c, '&' | '|' | ';');
                out.push(Token::Operator(match (c, doubled) {
                    ('&', true) => "&&",
                    ('|', true) => "||",
                    ('|', false) => "|",
                    ('&', false) => "&",
                    ('(', _) => "(",
                    (')', _) => ")",
                    _ => ";",
                }));
            }
            c => word.get_or_insert_default().text.push(c),
        }
    }
    flush(&mut word, &mut out);
    out
}

/// A part of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Simple(Vec<Word>),
    And(Box<Node>),
    Or(Box<Node>),
    Not(Box<Node>),
    Group(Vec<Node>),
    If {
        test: Vec<Node>,
        then: Vec<Node>,
        otherwise: Vec<Node>,
    },
    While {
        test: Vec<Node>,
        body: Vec<Node>,
        until: bool,
    },
    For {
        name: String,
        words: Vec<Word>,
        body: Vec<Node>,
    },
}

type Tokens = Peekable<std::vec::IntoIter<Token>>;

/// Reads commands up to one of the words in `ends`, which stays unread, or to the end.
fn parse(tokens: &mut Tokens, ends: &[&str]) -> Vec<Node> {
    let mut list = Vec::new();
    let mut link = ";";
    loop {
        while tokens.next_if_eq(&Token::Operator(";")).is_some() {
            link = ";";
        }
        match tokens.peek() {
            None => return list,
            Some(Token::Operator(")")) => {
                if ends.contains(&")") {
                    return list;
                }
                tokens.next();
                continue;
            }
            Some(Token::Word(word)) if !word.quoted && ends.contains(&word.text.as_str()) => return list,
            _ => {}
        }
        let Some(node) = command(tokens) else {
            // Something that makes no sense is passed over.
            tokens.next();
            continue;
        };
        list.push(match link {
            "&&" => Node::And(Box::new(node)),
            "||" => Node::Or(Box::new(node)),
            // What comes behind a pipe only filters.
            "|" => Node::Group(Vec::new()),
            _ => node,
        });
        link = match tokens.peek() {
            Some(Token::Operator(operator @ ("&&" | "||" | "|" | "&"))) => {
                let operator = *operator;
                tokens.next();
                operator
            }
            _ => ";",
        };
    }
}

fn expect(tokens: &mut Tokens, text: &str) {
    tokens.next_if(|token| matches!(token, Token::Word(word) if word.text == text));
}

fn command(tokens: &mut Tokens) -> Option<Node> {
    if tokens.next_if_eq(&Token::Operator("(")).is_some() {
        let list = parse(tokens, &[")"]);
        tokens.next();
        return Some(Node::Group(list));
    }
    let Some(Token::Word(first)) = tokens.peek().cloned() else {
        return None;
    };
    if first.quoted {
        return Some(Node::Simple(words(tokens)));
    }
    match first.text.as_str() {
        "!" => {
            tokens.next();
            Some(Node::Not(Box::new(command(tokens)?)))
        }
        "{" => {
            tokens.next();
            let list = parse(tokens, &["}"]);
            tokens.next();
            Some(Node::Group(list))
        }
        "while" | "until" => {
            tokens.next();
            let test = parse(tokens, &["do"]);
            expect(tokens, "do");
            let body = parse(tokens, &["done"]);
            expect(tokens, "done");
            Some(Node::While {
                test,
                body,
                until: first.text == "until",
            })
        }
        "for" => {
            tokens.next();
            let mut parts = words(tokens).into_iter();
            let name = parts.next().map(|word| word.text).unwrap_or_default();
            let words: Vec<Word> = parts.filter(|word| word.text != "in").collect();
            while tokens.next_if_eq(&Token::Operator(";")).is_some() {}
            expect(tokens, "do");
            let body = parse(tokens, &["done"]);
            expect(tokens, "done");
            Some(Node::For { name, words, body })
        }
        "if" => {
            tokens.next();
            Some(condition(tokens))
        }
        _ => Some(Node::Simple(words(tokens))),
    }
}

fn condition(tokens: &mut Tokens) -> Node {
    let test = parse(tokens, &["then"]);
    expect(tokens, "then");
    let then = parse(tokens, &["else", "elif", "fi"]);
    let next = match tokens.peek() {
        Some(Token::Word(word)) => word.text.clone(),
        _ => String::new(),
    };
    tokens.next();
    let otherwise = match next.as_str() {
        "elif" => vec![condition(tokens)],
        "else" => {
            let otherwise = parse(tokens, &["fi"]);
            expect(tokens, "fi");
            otherwise
        }
        _ => Vec::new(),
    };
    Node::If { test, then, otherwise }
}

/// The words up to the next operator.
fn words(tokens: &mut Tokens) -> Vec<Word> {
    let mut list = Vec::new();
    while let Some(Token::Word(_)) = tokens.peek() {
        if let Some(Token::Word(word)) = tokens.next() {
            list.push(word);
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn start() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    /// The lines of a script with the second in which each is written, and its end.
    fn followed(script: &str, most: usize) -> Vec<String> {
        let setting = Setting {
            variables: vec![("HOSTNAME".to_owned(), "pod-1".to_owned())],
            files: Vec::new(),
            bare: true,
        };
        let mut out = Vec::new();
        follow(&words(&["sh", "-c", script]), &setting, start(), &mut |passed, step| {
            match step {
                Step::Line(line) => out.push(format!("{} {line}", passed.as_secs())),
                Step::End(code) => out.push(format!("{} end {code}", passed.as_secs())),
                Step::Forever => out.push("for ever".to_owned()),
                Step::Sleep(_) => {}
            }
            out.len() < most
        });
        out
    }

    #[test]
    fn follow_reads_the_files_that_are_mounted_and_no_others() {
        let setting = Setting {
            files: vec![
                ("/etc/colours/door".to_owned(), "green\n".to_owned()),
                ("/etc/colours/wall".to_owned(), "blue".to_owned()),
            ],
            ..Setting::default()
        };
        let script = "cat /etc/colours/wall; echo door $(cat /etc/colours/door); ls /etc/colours; \
                      [ -f /etc/colours/wall ] && echo there; [ -f /etc/passwd ] || echo missing; cat /etc/passwd";
        let command = ["sh", "-c", script].map(str::to_owned);
        let mut lines = Vec::new();
        follow(&command, &setting, Timestamp::UNIX_EPOCH, &mut |_, step| {
            if let Step::Line(line) = step {
                lines.push(line);
            }
            true
        });
        assert_eq!(lines, ["blue", "door green", "door", "wall", "there", "missing"]);
    }

    #[test]
    fn follow_says_what_a_script_writes_and_when() {
        let cases: &[(&str, &[&str])] = &[
            ("echo hello; exit 3", &["0 hello", "0 end 3"]),
            ("echo a && sleep 2 && echo 'b c'", &["0 a", "2 b c", "2 end 0"]),
            ("false || echo no; true && echo yes", &["0 no", "0 yes", "0 end 0"]),
            ("for i in 1 2; do echo $i; sleep 1; done", &["0 1", "1 2", "2 end 0"]),
            (
                "i=0; while [ $i -lt 3 ]; do echo \"n=$i\"; i=$((i+1)); sleep 0.5; done; exit $i",
                &["0 n=0", "0 n=1", "1 n=2", "1 end 3"],
            ),
            ("if [ -f /x ]; then echo a; else echo b; fi", &["0 b", "0 end 0"]),
            ("echo $(hostname) ${HOSTNAME} ${NO:-none}", &["0 pod-1 pod-1 none", "0 end 0"]),
            ("for i in $(seq 1 2); do printf 'x%s\\n' $i; done", &["0 x1", "0 x2", "0 end 0"]),
            ("date +%H:%M; echo gone >/dev/null 2>&1", &["0 03:04", "0 gone", "0 end 0"]),
            ("nosuch; echo $?", &["0 sh: nosuch: not found", "0 0", "0 end 0"]),
            ("# a comment\necho a # and another\n\necho b", &["0 a", "0 b", "0 end 0"]),
            ("echo a | tr a b", &["0 a", "0 end 0"]),
            ("sleep infinity", &["for ever"]),
            ("exec sleep 3", &["3 end 0"]),
            ("(echo in; exit 2)", &["0 in", "0 end 2"]),
            ("until false; do echo x; break; done; echo y", &["0 x", "0 y", "0 end 0"]),
        ];
        for (script, want) in cases {
            assert_eq!(followed(script, 20), *want, "{script}");
        }
    }

    #[test]
    fn follow_of_an_endless_loop_goes_on_as_long_as_anybody_listens() {
        let lines = followed("i=0; while true; do echo log line $i; i=$((i+1)); sleep 60; done", 4);
        assert_eq!(lines, ["0 log line 0", "60 log line 1", "120 log line 2", "180 log line 3"]);
        let endless = words(&["sh", "-c", "while true; do echo; sleep 1; done"]);
        assert_eq!(end(&endless, &Setting::default(), start()), None);
        assert_eq!(
            end(&words(&["sleep", "90"]), &Setting::default(), start()),
            Some((Duration::from_secs(90), 0))
        );
    }

    proptest! {
        #[test]
        fn follow_of_any_script_ends_when_nobody_listens(script in "[a-z$(){};&|'\"`= \n0-9]{0,60}") {
            let lines = followed(&script, 50);
            prop_assert!(lines.len() <= 50);
        }
    }
}
