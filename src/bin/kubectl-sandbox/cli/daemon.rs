//! `start`, `stop` and `status`: a cluster that goes on when the command is over.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use kubectl_rs::api::json;

use super::{Outcome, arguments::Arguments, contact, help};

/// Where the files of a cluster that goes on are.
///
/// # Errors
/// Where nobody knows the user's home.
fn directory(name: &str) -> Result<PathBuf, String> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) || name.starts_with('.') {
        return Err(format!(
            "{name:?} is no name for a cluster: letters, digits, '-', '_' and '.' make one"
        ));
    }
    let var = |key: &str| std::env::var_os(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = var("KUBECTL_SANDBOX_HOME")
        .or_else(|| var("XDG_STATE_HOME").map(|state| state.join("kubectl-sandbox")))
        .or_else(|| var("HOME").map(|home| home.join(".local/state/kubectl-sandbox")))
        .ok_or("HOME is not set: where should the cluster's files go?")?;
    Ok(base.join(name))
}

/// Starts a cluster that goes on, and says how to use it.
///
/// # Errors
/// Where one of that name runs already, or none can be started.
pub fn start(arguments: Arguments) -> Outcome {
    if arguments.help {
        return help::print();
    }
    let directory = directory(&arguments.name)?;
    let kubeconfig = directory.join("kubeconfig");
    if kubeconfig.is_file() && contact::ask(&kubeconfig, "GET", "/sandbox/status").is_ok() {
        return Err(format!(
            "a cluster of the name {:?} runs already; its kubeconfig is {}",
            arguments.name,
            kubeconfig.display()
        ));
    }
    fs::create_dir_all(&directory).map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
    let log = directory.join("log");
    let errors = fs::File::create(&log).map_err(|error| format!("cannot write {}: {error}", log.display()))?;
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(own);
    command.arg("serve").arg("--detached").arg("--directory").arg(&directory);
    if arguments.empty {
        command.arg("--empty");
    }
    for path in &arguments.load {
        let absolute = std::path::absolute(path).map_err(|error| error.to_string())?;
        command.arg("--load").arg(absolute);
    }
    command
        .arg("--port")
        .arg(arguments.port.to_string())
        .arg("--speed")
        .arg(arguments.speed.to_string());
    if let Some(seed) = arguments.seed {
        command.arg("--seed").arg(seed.to_string());
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("cannot start: {error}"))?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        // The line comes when the cluster answers; nothing comes where it cannot.
        let _ = BufReader::new(output).read_line(&mut line);
    }
    let Some((url, _)) = line.trim().split_once(' ') else {
        let _ = child.wait();
        let why = fs::read_to_string(&log).unwrap_or_default();
        return Err(match why.trim().trim_start_matches("error: ") {
            "" => "the cluster ended before it answered".to_owned(),
            why => why.to_owned(),
        });
    };
    say(&format!(
        "The cluster {:?} answers at {url}\n\nTo use it in this shell:\n\n  export KUBECONFIG={}\n\nTo stop it:\n\n  kubectl sandbox stop{}\n",
        arguments.name,
        kubeconfig.display(),
        named(&arguments)
    ))
}

fn named(arguments: &Arguments) -> String {
    match arguments.name.as_str() {
        "default" => String::new(),
        name => format!(" --name {name}"),
    }
}

/// Stops a cluster that goes on.
///
/// # Errors
/// Where none of that name runs.
pub fn stop(arguments: Arguments) -> Outcome {
    if arguments.help {
        return help::print();
    }
    let directory = directory(&arguments.name)?;
    let kubeconfig = directory.join("kubeconfig");
    let answer = match kubeconfig.is_file() {
        true => contact::ask(&kubeconfig, "POST", "/sandbox/stop"),
        false => Err(String::new()),
    };
    // What a cluster left that ended otherwise goes too.
    let _ = fs::remove_file(&kubeconfig);
    let _ = fs::remove_file(directory.join("log"));
    let _ = fs::remove_dir(&directory);
    match answer {
        Ok(_) => say(&format!("The cluster {:?} is stopped\n", arguments.name)),
        Err(_) => Err(format!("no cluster of the name {:?} runs", arguments.name)),
    }
}

/// Says whether a cluster runs, and where.
///
/// # Errors
/// Where none of that name runs.
pub fn status(arguments: Arguments) -> Outcome {
    if arguments.help {
        return help::print();
    }
    let kubeconfig = directory(&arguments.name)?.join("kubeconfig");
    let answer = match kubeconfig.is_file() {
        true => contact::ask(&kubeconfig, "GET", "/sandbox/status"),
        false => Err(String::new()),
    };
    let Ok(answer) = answer else {
        return Err(format!("no cluster of the name {:?} runs", arguments.name));
    };
    let value = json::parse(&answer).map_err(|error| error.to_string())?;
    let number = |key: &str| value.int_at(&[key]).unwrap_or_default();
    say(&format!(
        "The cluster {:?} runs since {}\n\n  server      {}\n  kubeconfig  {}\n  objects     {}\n  requests    {}\n  speed       {}\n",
        arguments.name,
        value.str_at(&["started"]),
        contact::server(&kubeconfig)?,
        kubeconfig.display(),
        number("objects"),
        number("requests"),
        value.get("speed").and_then(|speed| speed.as_float()).unwrap_or(1.0)
    ))
}

fn say(text: &str) -> Outcome {
    std::io::stdout().write_all(text.as_bytes()).map_err(|error| error.to_string())?;
    Ok(0)
}

/// Removes what a cluster in `directory` wrote.
pub fn clean_up(directory: &Path) {
    for file in ["kubeconfig", "log"] {
        let _ = fs::remove_file(directory.join(file));
    }
    let _ = fs::remove_dir(directory);
}
