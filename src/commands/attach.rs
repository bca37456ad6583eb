//! `kubectl attach`: connects to the process that already runs in a container.

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "attach",
    usage: "attach (POD | TYPE/NAME) -c CONTAINER",
    short: "Connect to the process in a container",
    long: "Connect to the process in a container.",
    examples: "\
# See what the pod's process prints from now on
kubectl attach mypod

# In one of several containers
kubectl attach mypod -c ruby

# Type into it, too
kubectl attach mypod -c ruby -i -t

# The first pod of a replica set
kubectl attach rs/nginx",
    flags: &[
        &[
            Flag::text(
                "container",
                "The container. By default the one that the annotation kubectl.kubernetes.io/default-container names, else \
            the first.",
            )
            .short('c'),
            Flag::new(
                "detach-keys",
                Kind::String,
                "ctrl-p,ctrl-q",
                "The keys that leave the session, separated by commas: letters, or ctrl- with a letter or one of @[\\]^_.",
            ),
            Flag::switch("quiet", false, "Print only what the process prints.").short('q'),
            Flag::switch("stdin", false, "Pass standard input on to the container.").short('i'),
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
