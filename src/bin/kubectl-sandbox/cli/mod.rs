//! The command line: `run`, `start`, `stop`, `status`, `shell`.

mod arguments;
mod client;
mod contact;
mod daemon;
mod help;
mod host;
mod run;
mod shell;

use std::{ffi::OsString, io::Write, process::ExitCode};

use arguments::Arguments;

/// What a command line ends with that failed.
pub type Outcome = Result<u8, String>;

/// Runs the program.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    if client::is_called_kubectl(&words) {
        return client::be_kubectl(&words);
    }
    match execute(&words[1.min(words.len())..]) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(1)
        }
    }
}

fn execute(words: &[OsString]) -> Outcome {
    let (command, rest) = match words.split_first() {
        Some((first, rest)) => (first.to_string_lossy().into_owned(), rest),
        None => return help::print(),
    };
    match command.as_str() {
        "help" | "--help" | "-h" => help::print(),
        "run" => run::run(Arguments::parse(rest)?),
        "start" => daemon::start(Arguments::parse(rest)?),
        "stop" => daemon::stop(Arguments::parse(rest)?),
        "status" => daemon::status(Arguments::parse(rest)?),
        "shell" => shell::shell(Arguments::parse(rest)?),
        "serve" => run::serve(Arguments::parse(rest)?),
        other => Err(format!("unknown command {other:?}\nSee 'kubectl sandbox help'")),
    }
}
