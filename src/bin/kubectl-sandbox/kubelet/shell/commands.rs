//! The commands that scripts are made of: what each writes, how long it takes, how it ends.

use std::time::Duration;

use jiff::Timestamp;

use super::{Run, Step};

impl Run<'_> {
    /// Runs one command, given as its words.
    pub(super) fn command(&mut self, words: &[String]) -> i32 {
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
}

fn is_command_flag(word: &str) -> bool {
    word.starts_with('-') && word.ends_with('c') && !word.starts_with("--")
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

/// The numbers that `seq` counts.
pub(super) fn sequence(arguments: &[String]) -> Vec<String> {
    let numbers: Vec<i64> = arguments.iter().filter_map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_slice() {
        [last] => (1, 1, *last),
        [first, last] => (*first, 1, *last),
        [first, step, last] => (*first, (*step).max(1), *last),
        _ => return Vec::new(),
    };
    (first..=last.min(first.saturating_add(100_000)))
        .step_by(usize::try_from(step).unwrap_or(1))
        .map(|number| number.to_string())
        .collect()
}

/// `{1..5}` as its numbers.
pub(super) fn braces(word: &str) -> Vec<String> {
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
