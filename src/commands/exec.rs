//! `kubectl exec`: runs a command in a container.

use std::time::Duration;

use crate::{
    actions::{
        pods::{self, Target},
        selection::query,
    },
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::Query,
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
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Whether nothing is said but what the program says.
    pub quiet: bool,
    /// How long a pod may take to appear.
    pub timeout: Duration,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No pod, no command, or one that does not stand behind two dashes.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let usage = |message: &str| Error::Usage {
            message: message.to_owned(),
            command: parsed.path().to_owned(),
        };
        let (args, files) = (parsed.args(), parsed.strings("filename"));
        let (target, command) = match parsed.dash() {
            Some(dash) => (args[..dash].first(), args[dash..].to_vec()),
            None if args.len() > 1 || !(args.is_empty() || files.is_empty()) => {
                return Err(usage(
                    "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead",
                ));
            }
            None => (args.first(), Vec::new()),
        };
        let namespace = context.namespace()?;
        let timeout = Target::timeout(parsed)?;
        if target.is_none() && files.is_empty() {
            return Err(Error::message("pod, type/name or --filename must be specified"));
        }
        if command.is_empty() {
            return Err(Error::message("you must specify at least one command for the container"));
        }
        let words = target.map(|target| Target::words(target)).unwrap_or_default();
        Ok(Options {
            query: query(parsed, words, (namespace.name, namespace.explicit)),
            container: parsed.string("container").to_owned(),
            command,
            quiet: parsed.bool("quiet"),
            timeout,
        })
    }
}

/// Finds the container to run the command in.
///
/// # Errors
/// What kubectl reports before it runs anything; then, that running is not implemented yet.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let Target { pod, .. } = Target::find(&options.query, options.timeout, &site).await?;
    pods::check_runs(&pod, "exec into")?;
    // A container that is named is the server's to find.
    if options.container.is_empty() {
        pods::container(&pod, "", options.quiet, context.streams())?;
    }
    Err(parsed.not_implemented())
}
