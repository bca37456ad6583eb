//! What the program says of itself.

use std::{fmt::Write as _, io::Write as _};

use super::{COMMANDS, Entry, Outcome, arguments::FLAGS};

const HEAD: &str = "\
A Kubernetes cluster in a box: an API server on this machine's loopback with a small simulated cluster behind it.
Nothing is installed, nothing runs in containers, and nothing is left behind.
";

const RUN: &str = "
COMMAND is what kubectl is to do (run get pods -A) or, behind --, any program that reads KUBECONFIG (run -- make test).
";

const SIMULATED: &str = "
What is real: the API. Discovery, OpenAPI, all stable resources of Kubernetes 1.36 with their defaults, validation and
tables, custom resource definitions, watches, patches, server-side apply with its conflicts, dry runs, selectors, paging.

What is simulated: everything behind the API. Deployments, sets, jobs and cron jobs make pods; a scheduler places them
on nodes that do not exist; a kubelet walks them through their states and writes the events that a real one writes.
Images are not pulled: known names \"run\", a tag or a host that cannot exist ends in ImagePullBackOff. Logs are made up.
Objects that were in a cluster before ('get -o yaml', 'cluster-info dump') stay as they were, with the logs of a dump.
Scripts need not guess how long things take: 'kubectl get --raw /sandbox/rest' answers when nothing is under way.

What is not there: containers, networks and disks. Clients must know the token in the kubeconfig, which only its owner
can read; who knows it may do everything. Nobody else is told more than the version and that the server is well.
";

/// The help of the program.
fn text() -> String {
    let mut text = format!("{HEAD}\nCommands:\n");
    for entry in COMMANDS {
        let usage = format!("{} {}", entry.name, entry.usage);
        let _ = writeln!(text, "  {:34}{}", usage.trim_end(), entry.about);
    }
    let _ = writeln!(text, "  {:34}this text; 'COMMAND --help' has the command's flags", "help");
    text.push_str(RUN);
    text.push_str("\nFlags of those that start a cluster:\n");
    flags(&mut text, "run");
    text.push_str(SIMULATED);
    text
}

/// The help of one command.
fn text_of(entry: &Entry) -> String {
    let mut about = entry.about.chars();
    let first: String = about.next().into_iter().flat_map(char::to_uppercase).collect();
    let mut text = format!(
        "{first}{}.\n\nUsage:\n  kubectl sandbox {} {}",
        about.as_str(),
        entry.name,
        entry.usage
    )
    .trim_end()
    .to_owned();
    text.push('\n');
    if entry.name == "run" {
        text.push_str(RUN);
    }
    text.push_str("\nFlags:\n");
    flags(&mut text, entry.name);
    text
}

fn flags(text: &mut String, command: &str) {
    for flag in FLAGS
        .iter()
        .filter(|flag| flag.commands.contains(&command) && !flag.about.is_empty())
    {
        let short = if flag.short.is_empty() {
            String::new()
        } else {
            format!("{}, ", flag.short)
        };
        let usage = format!("{short}{} {}", flag.name, flag.value);
        let _ = writeln!(text, "  {:18}{}", usage.trim_end(), flag.about);
    }
    let _ = writeln!(text, "  {:18}this text", "-h, --help");
}

/// Prints the help of a command, or of the program.
///
/// # Errors
/// Where standard output cannot be written to.
pub fn print(entry: Option<&Entry>) -> Outcome {
    say(&entry.map_or_else(text, text_of))
}

/// Prints something on standard output.
///
/// # Errors
/// Where it cannot be written to.
pub fn say(text: &str) -> Outcome {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| error.to_string())?;
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_names_every_command_and_keeps_its_lines_readable() {
        let whole = text();
        for entry in COMMANDS {
            assert!(whole.contains(&format!("\n  {}", entry.name)), "{}", entry.name);
            let own = text_of(entry);
            for flag in FLAGS
                .iter()
                .filter(|flag| flag.commands.contains(&entry.name) && !flag.about.is_empty())
            {
                assert!(own.contains(flag.name), "{own}");
            }
            assert!(!own.contains("--detached"), "{own}");
        }
        for line in whole.lines() {
            assert!(line.chars().count() <= 140, "{line}");
        }
    }
}
