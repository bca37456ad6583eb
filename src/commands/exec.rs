//! `kubectl exec`: runs a command in a container.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "exec",
    usage: "exec (POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
    short: "Run a command in a container",
    long: "Run a command in a container.",
    examples: "\
# The output of a command in the first container
kubectl exec mypod -- date

# In a chosen container
kubectl exec mypod -c ruby-container -- date

# A shell, with a terminal
kubectl exec mypod -c ruby-container -i -t -- bash -il

# What stands behind -- is for the command, flags included
kubectl exec mypod -i -t -- ls -t /usr

# In a pod of a deployment or a service
kubectl exec deploy/mydeployment -- date
kubectl exec svc/myservice -- date",
    flags: &[
        &[
            Flag::text(
                "container",
                "The container. By default the one that the annotation kubectl.kubernetes.io/default-container names, else \
            the first.",
            )
            .short('c'),
            Flag::slice("filename", "A file, directory or URL with the manifest of the pod.").short('f'),
            Flag::switch("quiet", false, "Print only what the command prints.").short('q'),
            Flag::switch("stdin", false, "Pass standard input on to the command.").short('i'),
            Flag::switch("tty", false, "Standard input is a terminal.").short('t'),
        ],
        &groups::pod_running_timeout("1m0s"),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
