//! `kubectl attach`: connects to the process that already runs in a container.

use std::time::Duration;

use crate::{
    actions::{
        pods::{self, Target},
        selection::query,
    },
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::Query,
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

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which pod, or what it belongs to.
    pub query: Query,
    /// The container; the pod's default if it is empty.
    pub container: String,
    /// Whether nothing is said but what the process says.
    pub quiet: bool,
    /// How long a pod may take to appear.
    pub timeout: Duration,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No pod, or too many words.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let namespace = context.namespace()?;
        let timeout = Target::timeout(parsed)?;
        let words = match parsed.args() {
            [] => return Err(Error::message("at least 1 argument is required for attach")),
            [target] => Target::words(target),
            [kind, name] => vec![kind.clone(), name.clone()],
            words => {
                return Err(Error::message(format!(
                    "expected POD, TYPE/NAME, or TYPE NAME, (at most 2 arguments) saw {}: [{}]",
                    words.len(),
                    words.join(" ")
                )));
            }
        };
        Ok(Options {
            query: query(parsed, words, (namespace.name, namespace.explicit)),
            container: parsed.string("container").to_owned(),
            quiet: parsed.bool("quiet"),
            timeout,
        })
    }
}

/// Finds the container to connect to.
///
/// # Errors
/// What kubectl reports before it connects; then, that connecting is not implemented yet.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let Target { pod, .. } = Target::find(&options.query, options.timeout, &site).await?;
    pods::check_runs(&pod, "attach")?;
    pods::container(&pod, &options.container, options.quiet, context.streams())
        .map_err(|error| Error::message(format!("cannot attach to the container: {error}")))?;
    Err(parsed.not_implemented())
}
