//! `kubectl config delete-context`: removes a context from the kubeconfig.

use std::io::Write;

use crate::{
    args::{Command, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        edit::{Paths, edit},
        load,
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "delete-context",
    usage: "delete-context NAME",
    short: "Remove a context from the kubeconfig",
    long: "Remove a context from the kubeconfig.",
    examples: "\
# Remove the context minikube
kubectl config delete-context minikube",
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// There is no such context; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let sources = super::sources(parsed, context);
    let [name] = parsed.args() else {
        load::load_or_empty(&sources)?;
        return super::print_help(parsed, context);
    };
    let file = sources.default_file();
    let was_current = edit(&sources, Paths::Relative, |config| match config.contexts.remove(name) {
        Some(_) => Ok(config.current_context == *name),
        None => Err(Error::message(format!("cannot delete context {name}, not in {file}"))),
    })?;
    if was_current {
        writeln!(
            context.streams().err(),
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one"
        )?;
    }
    Ok(writeln!(context.streams().out(), "deleted context {name} from {file}")?)
}
