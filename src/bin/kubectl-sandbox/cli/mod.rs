//! The command line: `run`, `start`, `stop`, `status`, `shell`, `serve`.

mod arguments;
mod client;
mod contact;
mod daemon;
mod folder;
mod help;
mod host;
mod run;
mod shell;
mod status;

use std::{ffi::OsString, io::Write, process::ExitCode};

use arguments::Arguments;

/// What a command line ends with: the exit code, or what went wrong.
pub type Outcome = Result<u8, String>;

/// One command.
pub struct Entry {
    /// The name.
    name: &'static str,
    /// What follows the name.
    usage: &'static str,
    /// What it does, as a part of a sentence.
    about: &'static str,
    /// What does it.
    run: fn(Arguments) -> Outcome,
}

/// All commands, in the order of the help.
const COMMANDS: &[Entry] = &[
    Entry {
        name: "run",
        usage: "[FLAGS] [--] COMMAND...",
        about: "start a cluster, run one command against it, stop it; ends as the command ends",
        run: run::run,
    },
    Entry {
        name: "start",
        usage: "[FLAGS]",
        about: "start a cluster that goes on, and say how to use it",
        run: daemon::start,
    },
    Entry {
        name: "stop",
        usage: "[--name NAME]",
        about: "stop a cluster that goes on",
        run: daemon::stop,
    },
    Entry {
        name: "status",
        usage: "[--name NAME] [-o json]",
        about: "say whether it runs, where, what is in it and what is not well",
        run: status::status,
    },
    Entry {
        name: "shell",
        usage: "[FLAGS]",
        about: "start a cluster and a subshell with kubectl and KUBECONFIG set; both end together",
        run: shell::shell,
    },
    Entry {
        name: "serve",
        usage: "[FLAGS]",
        about: "a cluster in the foreground, until it is interrupted; prints its address and its kubeconfig",
        run: run::serve,
    },
];

/// Runs the program.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    if client::is_called_kubectl(&words) {
        return kubectl_rs::process::main();
    }
    match execute(words.get(1..).unwrap_or_default()) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            let _ = writeln!(std::io::stderr(), "error: {message}");
            ExitCode::from(1)
        }
    }
}

fn execute(words: &[OsString]) -> Outcome {
    let Some((first, rest)) = words.split_first() else {
        return help::print(None);
    };
    let name = first.to_string_lossy();
    let find = |name: &str| COMMANDS.iter().find(|entry| entry.name == name);
    match &*name {
        "--help" | "-h" => return help::print(None),
        "help" => return help::print(rest.first().and_then(|word| find(&word.to_string_lossy()))),
        "version" | "--version" => {
            return help::say(&format!(
                "kubectl-sandbox {}, simulates Kubernetes {}\n",
                env!("CARGO_PKG_VERSION"),
                crate::discovery::RELEASE
            ));
        }
        _ => {}
    }
    let entry = find(&name).ok_or_else(|| format!("unknown command {name:?}\nSee 'kubectl sandbox help'"))?;
    let arguments = Arguments::parse(entry.name, rest)?;
    if arguments.help {
        return help::print(Some(entry));
    }
    (entry.run)(arguments)
}
