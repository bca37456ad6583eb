//! `kubectl config unset`: removes any value of the kubeconfig.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        edit::{Paths, edit},
        property,
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "unset",
    usage: "unset PROPERTY_NAME",
    short: "Remove any value of the kubeconfig",
    long: "Remove any value of the kubeconfig. PROPERTY_NAME is the way to it, with dots between the steps.",
    examples: "\
# The context in use
kubectl config unset current-context

# The namespace of the context foo
kubectl config unset contexts.foo.namespace",
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// The path leads nowhere; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let [path] = parsed.args() else {
        return Err(super::wrong_arguments(parsed, context, "Unexpected args"));
    };
    if path.is_empty() {
        return Err(Error::message("you must specify a property"));
    }
    edit(&super::sources(parsed, context), Paths::AsGiven, |config| {
        property::unset(config, path)
    })?;
    Ok(writeln!(context.streams().out(), "Property {} unset.", quote(path))?)
}
