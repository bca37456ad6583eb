//! Flags as data, and the command behind them.

use std::{ffi::OsString, path::PathBuf};

/// One flag.
#[derive(Debug)]
pub struct Flag {
    /// The name, dashes included.
    pub name: &'static str,
    /// The short form, dash included; may be empty.
    pub short: &'static str,
    /// What its value is called; empty for a switch.
    pub value: &'static str,
    /// What it is for; empty for those that only this program gives itself.
    pub about: &'static str,
    /// The commands that have it.
    pub commands: &'static [&'static str],
}

/// The commands that start a cluster.
const STARTING: &[&str] = &["run", "start", "shell", "serve"];

/// All flags, in the order of the help.
pub const FLAGS: &[Flag] = &[
    Flag {
        name: "--empty",
        short: "",
        value: "",
        about: "begin with a cluster that holds only what every cluster holds, instead of the demo",
        commands: STARTING,
    },
    Flag {
        name: "--load",
        short: "",
        value: "PATH",
        about: "begin with manifests, 'get -o yaml' output or what 'cluster-info dump' wrote: a file or a folder; may be repeated",
        commands: STARTING,
    },
    Flag {
        name: "--speed",
        short: "",
        value: "N",
        about: "let everything that takes time take N times less",
        commands: STARTING,
    },
    Flag {
        name: "--port",
        short: "",
        value: "N",
        about: "listen on this port of 127.0.0.1 instead of any free one",
        commands: STARTING,
    },
    Flag {
        name: "--seed",
        short: "",
        value: "N",
        about: "make up the same names and identifiers each time",
        commands: STARTING,
    },
    Flag {
        name: "--name",
        short: "",
        value: "NAME",
        about: "which of the clusters that go on is meant (\"default\")",
        commands: &["start", "stop", "status"],
    },
    Flag {
        name: "--output",
        short: "-o",
        value: "json",
        about: "print everything for programs",
        commands: &["status"],
    },
    Flag {
        name: "--directory",
        short: "",
        value: "PATH",
        about: "write the kubeconfig to this folder",
        commands: &["serve"],
    },
    Flag {
        name: "--until-eof",
        short: "",
        value: "",
        about: "end when standard input ends, and so with whoever holds its other side",
        commands: &["serve"],
    },
    Flag {
        name: "--detached",
        short: "",
        value: "",
        about: "",
        commands: &["serve"],
    },
];

/// What was typed behind the command's name.
#[derive(Debug, Clone, PartialEq)]
pub struct Arguments {
    /// Whether the cluster begins empty.
    pub empty: bool,
    /// What to fill it with instead of the demo.
    pub load: Vec<PathBuf>,
    /// The port; 0 for any free one.
    pub port: u16,
    /// How much faster than in a real cluster things happen.
    pub speed: f64,
    /// The name of a sandbox that goes on.
    pub name: String,
    /// Whether the output is for programs.
    pub json: bool,
    /// Where the kubeconfig is written, for a server in the foreground.
    pub directory: Option<PathBuf>,
    /// The seed of all that is made up; none for another one each time.
    pub seed: Option<u64>,
    /// Whether a server in the foreground ends with standard input.
    pub until_eof: bool,
    /// Whether a server in the foreground is really one behind all terminals.
    pub detached: bool,
    /// Whether help was asked for.
    pub help: bool,
    /// Whether a double dash came before the words.
    pub dashed: bool,
    /// The words behind the flags.
    pub words: Vec<OsString>,
}

impl Default for Arguments {
    fn default() -> Self {
        Arguments {
            empty: false,
            load: Vec::new(),
            port: 0,
            speed: 1.0,
            name: "default".to_owned(),
            json: false,
            directory: None,
            seed: None,
            until_eof: false,
            detached: false,
            help: false,
            dashed: false,
            words: Vec::new(),
        }
    }
}

impl Arguments {
    /// Reads what follows the name of `command`: flags up to the first word that is none, or up to a double dash. The words
    /// are what `run` is to run; for other commands that load something they are more of it, as a shell's `*` makes them.
    ///
    /// # Errors
    /// A flag that the command does not have or that has no sensible value; a word that nobody asked for.
    pub fn parse(command: &str, words: &[OsString]) -> Result<Self, String> {
        let mut arguments = Arguments::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            let text = word.to_string_lossy();
            if text == "--" {
                arguments.dashed = true;
                break;
            }
            if !text.starts_with('-') {
                arguments.words.push(word.clone());
                break;
            }
            if matches!(&*text, "--help" | "-h") {
                arguments.help = true;
                continue;
            }
            let (name, given) = match text.split_once('=') {
                Some((name, value)) => (name, Some(OsString::from(value))),
                None => (&*text, None),
            };
            let flag = FLAGS
                .iter()
                .find(|flag| [flag.name, flag.short].contains(&name) && flag.commands.contains(&command))
                .ok_or_else(|| format!("unknown flag: {name}\nSee 'kubectl sandbox {command} --help'"))?;
            let value = match (flag.value, given) {
                ("", None) => OsString::new(),
                ("", Some(_)) => return Err(format!("flag takes no argument: {}", flag.name)),
                (_, Some(value)) => value,
                (_, None) => rest
                    .next()
                    .cloned()
                    .ok_or_else(|| format!("flag needs an argument: {}", flag.name))?,
            };
            arguments.set(flag, value)?;
        }
        arguments.words.extend(rest.cloned());
        if command != "run" && !arguments.load.is_empty() {
            let more = std::mem::take(&mut arguments.words);
            arguments.load.extend(more.into_iter().map(PathBuf::from));
        }
        if let Some(word) = arguments.words.first().filter(|_| command != "run") {
            return Err(format!("unexpected argument: {}", word.to_string_lossy()));
        }
        if arguments.empty && !arguments.load.is_empty() {
            return Err("--empty and --load exclude each other".to_owned());
        }
        Ok(arguments)
    }

    fn set(&mut self, flag: &Flag, value: OsString) -> Result<(), String> {
        let wrong = || format!("invalid argument {value:?} for {:?} flag", flag.name);
        let text = value.to_string_lossy();
        match flag.name {
            "--empty" => self.empty = true,
            "--load" => self.load.push(PathBuf::from(&value)),
            "--speed" => {
                self.speed = text.parse().map_err(|_| wrong())?;
                if !(self.speed.is_finite() && self.speed > 0.0) {
                    return Err(wrong());
                }
            }
            "--port" => self.port = text.parse().map_err(|_| wrong())?,
            "--seed" => self.seed = Some(text.parse().map_err(|_| wrong())?),
            "--name" => self.name = text.into_owned(),
            "--output" if text == "json" => self.json = true,
            "--directory" => self.directory = Some(PathBuf::from(&value)),
            "--until-eof" => self.until_eof = true,
            "--detached" => self.detached = true,
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        Arguments::parse(words[0].to_str().unwrap(), &words[1..])
    }

    #[test]
    fn parse_leaves_the_flags_of_the_command_alone() {
        let arguments = parsed("run --empty --speed=10 --port 7 get pods -A --empty").unwrap();
        assert!(arguments.empty && !arguments.dashed);
        assert_eq!((arguments.speed, arguments.port), (10.0, 7));
        assert_eq!(arguments.words, ["get", "pods", "-A", "--empty"]);
        let arguments = parsed("run --load a --load b -- make test").unwrap();
        assert_eq!(arguments.load, [PathBuf::from("a"), PathBuf::from("b")]);
        assert!(arguments.dashed);
        assert_eq!(arguments.words, ["make", "test"]);
    }

    #[test]
    fn parse_of_a_load_without_a_command_takes_the_words_as_paths_too() {
        let arguments = parsed("start --load a b c").unwrap();
        assert_eq!(arguments.load, [PathBuf::from("a"), PathBuf::from("b"), PathBuf::from("c")]);
        assert_eq!(parsed("run --load a b c").unwrap().words, ["b", "c"]);
    }

    #[test]
    fn parse_of_nonsense_says_what_is_wrong() {
        for (line, sentence) in [
            ("run --bogus", "unknown flag: --bogus\nSee 'kubectl sandbox run --help'"),
            ("stop --empty", "unknown flag: --empty\nSee 'kubectl sandbox stop --help'"),
            ("run --name x", "unknown flag: --name\nSee 'kubectl sandbox run --help'"),
            ("run --port", "flag needs an argument: --port"),
            ("run --port 65536", "invalid argument \"65536\" for \"--port\" flag"),
            ("run --speed 0", "invalid argument \"0\" for \"--speed\" flag"),
            ("run --speed NaN", "invalid argument \"NaN\" for \"--speed\" flag"),
            ("run --empty=yes", "flag takes no argument: --empty"),
            ("run --empty --load x", "--empty and --load exclude each other"),
            ("start --empty --load x", "--empty and --load exclude each other"),
            ("start now", "unexpected argument: now"),
            ("status -o yaml", "invalid argument \"yaml\" for \"--output\" flag"),
        ] {
            assert_eq!(parsed(line).unwrap_err(), sentence, "{line}");
        }
    }

    #[test]
    fn every_flag_is_one_that_parse_takes() {
        for flag in FLAGS {
            let value = match flag.value {
                "" => "",
                "json" => "=json",
                _ => "=1",
            };
            for command in flag.commands {
                assert!(
                    parsed(&format!("{command} {}{value}", flag.name)).is_ok(),
                    "{command} {}",
                    flag.name
                );
            }
        }
    }
}
