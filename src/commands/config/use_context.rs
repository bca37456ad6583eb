//! `kubectl config use-context`: chooses the context to use from now on.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        Kubeconfig,
        edit::{Paths, edit},
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "use-context",
    aliases: &["use"],
    usage: "use-context CONTEXT_NAME",
    short: "Choose the context to use from now on",
    long: "Choose the context to use from now on.",
    examples: "\
# Use the context minikube
kubectl config use-context minikube",
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// There is no such context; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let [name] = parsed.args() else {
        return Err(super::wrong_arguments(parsed, context, "Unexpected args"));
    };
    edit(&super::sources(parsed, context), Paths::Relative, |config| switch(config, name))?;
    Ok(writeln!(context.streams().out(), "Switched to context {}.", quote(name))?)
}

fn switch(config: &mut Kubeconfig, name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::message("empty context names are not allowed"));
    }
    if !config.contexts.contains_key(name) {
        return Err(Error::message(format!("no context exists with the name: {}", quote(name))));
    }
    name.clone_into(&mut config.current_context);
    Ok(())
}
