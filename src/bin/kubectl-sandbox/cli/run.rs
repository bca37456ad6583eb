//! `run`: a cluster for one command. `serve`: a cluster in the foreground, for those who start it.

use std::{ffi::OsString, io::Write, os::unix::process::ExitStatusExt, path::Path};

use tempfile::TempDir;
use tokio::{process::Command, task::LocalSet};

use super::{Outcome, arguments::Arguments, client, daemon, help, host::Host};

/// Starts a cluster, runs the command against it, and ends as the command ends.
///
/// # Errors
/// Where the cluster or the command cannot be started.
pub fn run(arguments: Arguments) -> Outcome {
    if arguments.help {
        return help::print();
    }
    if arguments.words.is_empty() {
        return Err("what should run? For instance: kubectl sandbox run get pods -A".to_owned());
    }
    let directory = temporary()?;
    block_on(async {
        let host = Host::start(&arguments, directory.path()).await?;
        let mut command = command_of(&arguments, directory.path())?;
        command.env("KUBECONFIG", &host.kubeconfig);
        attend(command).await
    })
}

/// A folder that is gone when nobody needs it any more.
///
/// # Errors
/// Where it cannot be made.
pub fn temporary() -> Result<TempDir, String> {
    tempfile::Builder::new()
        .prefix("kubectl-sandbox-")
        .tempdir()
        .map_err(|error| format!("cannot make a temporary folder: {error}"))
}

/// Runs a command to its end while the cluster goes on, and gives its exit code.
///
/// # Errors
/// Where it cannot be run.
pub async fn attend(mut command: Command) -> Outcome {
    command.kill_on_drop(true);
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run {}: {error}", command.as_std().get_program().to_string_lossy()))?;
    let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(|error| error.to_string())?;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status.map_err(|error| error.to_string())?,
            // The terminal sends it to the command too, whose business it is.
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => return Ok(143),
        }
    };
    // A command that a signal ended: as shells say it.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(1));
    Ok(u8::try_from(code).unwrap_or(1))
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

/// Runs a cluster until it is told to stop. Says where it is in one line on standard output.
///
/// # Errors
/// Where the cluster cannot be started.
pub fn serve(arguments: Arguments) -> Outcome {
    let temporary_directory;
    let directory = match &arguments.directory {
        Some(directory) => directory.as_path(),
        None => {
            temporary_directory = temporary()?;
            temporary_directory.path()
        }
    };
    if arguments.detached {
        // A session of its own outlives the terminal.
        let _ = rustix::process::setsid();
    }
    let outcome = block_on(async {
        let host = Host::start(&arguments, directory).await?;
        let mut out = std::io::stdout();
        writeln!(out, "{} {}", host.url, host.kubeconfig.display())
            .and_then(|()| out.flush())
            .map_err(|error| error.to_string())?;
        let mut terminated =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()).map_err(|error| error.to_string())?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
            () = host.server.stop.notified() => {
                // The answer to who asked is still on its way.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        Ok(0)
    });
    if arguments.detached {
        daemon::clean_up(directory);
    }
    outcome
}

/// Runs a future on this thread, with the tasks that it leaves on it.
///
/// # Errors
/// What the future ends with.
pub fn block_on(future: impl Future<Output = Outcome>) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    LocalSet::new().block_on(&runtime, future)
}
