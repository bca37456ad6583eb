//! Flags, and the command behind them.

use std::{ffi::OsString, path::PathBuf};

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
    /// Where the kubeconfig is written, for a server in the foreground.
    pub directory: Option<PathBuf>,
    /// The seed of all that is made up; none for another one each time.
    pub seed: Option<u64>,
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
            directory: None,
            seed: None,
            detached: false,
            help: false,
            dashed: false,
            words: Vec::new(),
        }
    }
}

impl Arguments {
    /// Reads flags up to the first word that is none, or up to a double dash.
    ///
    /// # Errors
    /// A flag that is not known or has no sensible value.
    pub fn parse(words: &[OsString]) -> Result<Self, String> {
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
            let (flag, given) = match text.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(OsString::from(value))),
                None => (text.into_owned(), None),
            };
            let mut value = || {
                given
                    .clone()
                    .or_else(|| rest.next().cloned())
                    .ok_or_else(|| format!("flag needs an argument: {flag}"))
            };
            let wrong = |value: &OsString| format!("invalid argument {value:?} for {flag:?} flag");
            match flag.as_str() {
                "--empty" => arguments.empty = true,
                "--detached" => arguments.detached = true,
                "--help" | "-h" => arguments.help = true,
                "--load" => arguments.load.push(PathBuf::from(value()?)),
                "--directory" => arguments.directory = Some(PathBuf::from(value()?)),
                "--name" => arguments.name = value()?.to_string_lossy().into_owned(),
                "--port" => {
                    let value = value()?;
                    arguments.port = value.to_string_lossy().parse().map_err(|_| wrong(&value))?;
                }
                "--seed" => {
                    let value = value()?;
                    arguments.seed = Some(value.to_string_lossy().parse().map_err(|_| wrong(&value))?);
                }
                "--speed" => {
                    let value = value()?;
                    let speed: f64 = value.to_string_lossy().parse().map_err(|_| wrong(&value))?;
                    if !(speed.is_finite() && speed > 0.0) {
                        return Err(wrong(&value));
                    }
                    arguments.speed = speed;
                }
                other => return Err(format!("unknown flag: {other}\nSee 'kubectl sandbox help'")),
            }
        }
        arguments.words.extend(rest.cloned());
        if arguments.empty && !arguments.load.is_empty() {
            return Err("--empty and --load exclude each other".to_owned());
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, String> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        Arguments::parse(&words)
    }

    #[test]
    fn parse_leaves_the_flags_of_the_command_alone() {
        let arguments = parsed("--empty --speed=10 --port 7 get pods -A --empty").unwrap();
        assert!(arguments.empty && !arguments.dashed);
        assert_eq!((arguments.speed, arguments.port), (10.0, 7));
        assert_eq!(arguments.words, ["get", "pods", "-A", "--empty"]);
        let arguments = parsed("--load a --load b -- make test").unwrap();
        assert_eq!(arguments.load.len(), 2);
        assert!(arguments.dashed);
        assert_eq!(arguments.words, ["make", "test"]);
    }

    #[test]
    fn parse_of_nonsense_says_what_is_wrong() {
        for line in ["--bogus", "--port", "--port x", "--speed 0", "--speed NaN", "--empty --load x"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
