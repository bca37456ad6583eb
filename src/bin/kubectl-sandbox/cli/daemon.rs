//! `start` and `stop`: a cluster that goes on when the command is over.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::{
    Outcome,
    arguments::Arguments,
    contact,
    folder::{self, Folder},
    help,
};

/// How long a cluster may take to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Starts a cluster that goes on, and says how to use it.
///
/// # Errors
/// Where one of that name runs already, or none can be started.
pub fn start(arguments: Arguments) -> Outcome {
    let directory = folder::of(&arguments.name)?;
    let kubeconfig = directory.join("kubeconfig");
    if folder::holder(&directory).is_some() {
        return Err(format!(
            "a cluster of the name {:?} runs already; its kubeconfig is {}",
            arguments.name,
            kubeconfig.display()
        ));
    }
    let mut child = server(&arguments, &directory)?
        .spawn()
        .map_err(|error| format!("cannot start: {error}"))?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        // The line comes when the cluster answers; nothing comes where it cannot.
        let _ = BufReader::new(output).read_line(&mut line);
    }
    let Some((url, _)) = line.trim().split_once(' ') else {
        let mut why = String::new();
        if let Some(mut errors) = child.stderr.take() {
            let _ = errors.read_to_string(&mut why);
        }
        let _ = child.wait();
        return Err(match why.trim() {
            "" => "the cluster ended before it answered".to_owned(),
            why => why.strip_prefix("error: ").unwrap_or(why).to_owned(),
        });
    };
    let name = match arguments.name.as_str() {
        "default" => String::new(),
        name => format!(" --name {name}"),
    };
    help::say(&format!(
        "The cluster {:?} answers at {url}\n\nTo use it in this shell:\n\n  export KUBECONFIG={}\n\nTo see how it is, and to stop it:\n\n  kubectl sandbox status{name}\n  kubectl sandbox stop{name}\n",
        arguments.name,
        kubeconfig.display(),
    ))
}

/// This program as a server behind all terminals.
fn server(arguments: &Arguments, directory: &Path) -> Result<Command, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(own);
    command.arg("serve").arg("--detached").arg("--directory").arg(directory);
    if arguments.empty {
        command.arg("--empty");
    }
    for path in &arguments.load {
        command.arg("--load").arg(path);
    }
    command
        .arg("--port")
        .arg(arguments.port.to_string())
        .arg("--speed")
        .arg(arguments.speed.to_string());
    if let Some(seed) = arguments.seed {
        command.arg("--seed").arg(seed.to_string());
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// Stops a cluster that goes on.
///
/// # Errors
/// Where none of that name runs, or it does not end.
pub fn stop(arguments: Arguments) -> Outcome {
    let directory = folder::of(&arguments.name)?;
    let Some(process) = folder::holder(&directory) else {
        // What a cluster left that was killed goes too.
        if directory.exists() {
            drop(Folder::at(&directory)?);
        }
        return Err(not_running(&arguments.name));
    };
    if contact::ask(&directory.join("kubeconfig"), "POST", "/sandbox/stop").is_err()
        && let Some(process) = Pid::from_raw(process)
    {
        let _ = kill_process(process, Signal::TERM);
    }
    let begun = Instant::now();
    while folder::holder(&directory).is_some() {
        if begun.elapsed() > PATIENCE {
            return Err(format!("the cluster {:?} does not end; it is process {process}", arguments.name));
        }
        thread::sleep(Duration::from_millis(2));
    }
    help::say(&format!("The cluster {:?} is stopped\n", arguments.name))
}

/// The sentence about a cluster that does not run, and those that do.
pub fn not_running(name: &str) -> String {
    let sentence = format!("no cluster of the name {name:?} runs");
    match folder::running().as_slice() {
        [] => sentence,
        names => format!("{sentence}; running: {}", names.join(", ")),
    }
}
