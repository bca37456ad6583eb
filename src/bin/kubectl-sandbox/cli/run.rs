//! `run`: a cluster for one command. `serve`: a cluster in the foreground, for those who start it.

use std::{
    ffi::OsString,
    fs::File,
    io::Write,
    os::{fd::AsFd, unix::process::ExitStatusExt},
    path::Path,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    process::Command,
    signal::unix::{self, SignalKind},
    task::LocalSet,
    time::Instant,
};

use super::{Outcome, arguments::Arguments, client, folder::Folder, help, host::Host};

/// How long a command may take to end that was told to.
const GRACE: Duration = Duration::from_secs(5);

/// Starts a cluster, runs the command against it, and ends as the command ends.
///
/// # Errors
/// Where the cluster or the command cannot be started.
pub fn run(arguments: Arguments) -> Outcome {
    if arguments.words.is_empty() {
        return Err("what should run? For instance: kubectl sandbox run get pods -A".to_owned());
    }
    block_on(async |signals| {
        let folder = Folder::temporary()?;
        let host = Host::start(&arguments, folder.path()).await?;
        let mut command = command_of(&arguments, folder.path())?;
        command.env("KUBECONFIG", &host.kubeconfig);
        attend(command, signals).await
    })
}

/// The signals that end programs, as they come.
pub struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    hang_up: unix::Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Signals {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            hang_up: unix::signal(SignalKind::hangup())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
            _ = self.hang_up.recv() => Signal::HUP,
        }
    }
}

/// Runs a command to its end while the cluster goes on, and gives its exit code. Signals are passed on; a command that
/// does not end by them in time, or at the second, is killed.
///
/// # Errors
/// Where it cannot be run.
pub async fn attend(mut command: Command, signals: &mut Signals) -> Outcome {
    command.kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", command.as_std().get_program().to_string_lossy()))?;
    let mut patience: Option<Instant> = None;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(|error| error.to_string())?,
            // The terminal sends it to the command too, whose business it is.
            signal = signals.next() => if signal != Signal::INT || !is_in_front() {
                let first = patience.is_none();
                match child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) {
                    Some(id) if first || signal == Signal::INT => _ = kill_process(id, signal),
                    _ => _ = child.start_kill(),
                }
                if signal != Signal::INT {
                    patience.get_or_insert(Instant::now() + GRACE);
                }
            },
            () = tokio::time::sleep_until(patience.unwrap_or_else(Instant::now)), if patience.is_some() => {
                patience = None;
                let _ = child.start_kill();
            }
        }
    };
    // A command that a signal ended: as shells say it.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(1));
    Ok(u8::try_from(code).unwrap_or(1))
}

/// Whether the terminal sends its signals to this process and its children.
fn is_in_front() -> bool {
    fn group(stream: impl AsFd) -> Option<Pid> {
        rustix::termios::tcgetpgrp(stream).ok()
    }
    let own = Some(rustix::process::getpgrp());
    [group(std::io::stdin()), group(std::io::stdout()), group(std::io::stderr())].contains(&own)
}

fn command_of(arguments: &Arguments, directory: &Path) -> Result<Command, String> {
    let path = client::search_path(directory)?;
    let kubectl = OsString::from("kubectl");
    let (first, rest) = arguments.words.split_first().ok_or("no command")?;
    let program = match arguments.dashed || *first == kubectl {
        true => client::find_program(first, &path),
        false => None,
    };
    let mut command = match program {
        Some(program) => {
            let mut command = Command::new(program);
            command.args(rest);
            command
        }
        None => {
            let mut command = Command::new(directory.join("bin").join("kubectl"));
            command.args(&arguments.words);
            command
        }
    };
    command.env("PATH", path);
    Ok(command)
}

/// Runs a cluster until it is told to stop. Says where it is in one line on standard output: its address and its
/// kubeconfig.
///
/// # Errors
/// Where the cluster cannot be started.
pub fn serve(arguments: Arguments) -> Outcome {
    if arguments.detached {
        // A session of its own outlives the terminal.
        let _ = rustix::process::setsid();
    }
    block_on(async |signals| {
        let folder = match &arguments.directory {
            Some(path) => {
                let path = std::path::absolute(path).map_err(|error| error.to_string())?;
                Folder::at(&path)?.ok_or_else(|| format!("another cluster's files are in {}", path.display()))?
            }
            None => Folder::temporary()?,
        };
        let host = Host::start(&arguments, folder.path()).await?;
        if arguments.detached {
            leave(folder.path()).map_err(|error| format!("cannot write to {}: {error}", folder.path().display()))?;
        }
        help::say(&format!("{} {}\n", host.url, host.kubeconfig.display()))?;
        tokio::select! {
            _ = signals.next() => {}
            () = end_of_input(), if arguments.until_eof => {}
            () = host.server.stop.asked() => {}
        }
        host.end().await;
        Ok(0)
    })
}

/// Lets go of what a process that goes on should not hold: the starter's standard error and its working directory.
fn leave(directory: &Path) -> std::io::Result<()> {
    let log = File::create(directory.join("log"))?;
    std::io::stderr().flush()?;
    rustix::stdio::dup2_stderr(&log)?;
    std::env::set_current_dir("/")
}

async fn end_of_input() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    // A thread of its own may wait for input that never comes: nobody waits for the thread.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        let _ = sender.send(());
    });
    let _ = receiver.await;
}

/// Runs a future on this thread, with the tasks that it leaves on it. Signals wait for it from now on.
///
/// # Errors
/// What the future ends with.
pub fn block_on(future: impl AsyncFnOnce(&mut Signals) -> Outcome) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    LocalSet::new().block_on(&runtime, async {
        let mut signals = Signals::new().map_err(|error| error.to_string())?;
        future(&mut signals).await
    })
}
