//! `kubectl config set-context`: adds or changes a context in the kubeconfig.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        Kubeconfig, Sources,
        edit::{Paths, edit},
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set-context",
    usage: "set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]",
    short: "Add or change a context in the kubeconfig",
    long: "Add a context to the kubeconfig, or change one: what is given replaces what is there, and the rest stays.",
    examples: "\
# Only the user of the context gce
kubectl config set-context gce --user=cluster-admin

# Work in another namespace from now on
kubectl config set-context --current --namespace=shop",
    flags: &[&[
        Flag::text("cluster", "The cluster of the context."),
        Flag::switch("current", false, "Change the context in use."),
        Flag::text("namespace", "The namespace to work in.").short('n'),
        Flag::text("user", "The user of the context."),
    ]],
    ..Command::NEW
};

/// What the command line means.
struct Options {
    sources: Sources,
    /// The context's name; the current one where there is none.
    name: Option<String>,
    cluster: Option<String>,
    user: Option<String>,
    namespace: Option<String>,
}

fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    let name = match parsed.args() {
        [] => None,
        [name] => Some(name.clone()).filter(|name| !name.is_empty()),
        _ => return Err(super::wrong_arguments(parsed, context, "Unexpected args")),
    };
    match (&name, parsed.bool("current")) {
        (None, false) => return Err(Error::message("you must specify a non-empty context name or --current")),
        (Some(_), true) => return Err(Error::message("you cannot specify both a context name and --current")),
        _ => {}
    }
    Ok(Options {
        sources: super::sources(parsed, context),
        name,
        cluster: super::given(parsed, "cluster"),
        user: super::given(parsed, "user"),
        namespace: super::given(parsed, "namespace"),
    })
}

/// Runs the command.
///
/// # Errors
/// There is no name and no current context; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = resolve(parsed, context)?;
    let (name, existed) = edit(&options.sources, Paths::Relative, |config| change(config, &options))?;
    let what = if existed { "modified" } else { "created" };
    Ok(writeln!(context.streams().out(), "Context {} {what}.", quote(&name))?)
}

/// Makes or changes the context; gives its name and whether it was there.
fn change(config: &mut Kubeconfig, options: &Options) -> Result<(String, bool)> {
    let name = match &options.name {
        Some(name) => name.clone(),
        None if config.current_context.is_empty() => return Err(Error::message("no current context is set")),
        None => config.current_context.clone(),
    };
    let existed = config.contexts.contains_key(&name);
    let context = config.contexts.entry(name.clone()).or_default();
    context.cluster = options.cluster.clone().unwrap_or(std::mem::take(&mut context.cluster));
    context.user = options.user.clone().unwrap_or(std::mem::take(&mut context.user));
    context.namespace = options.namespace.clone().unwrap_or(std::mem::take(&mut context.namespace));
    Ok((name, existed))
}
