//! `kubectl config delete-context`: removes a context from the kubeconfig.

use std::{cell::Cell, io::Write};

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
    let was_current = Cell::new(false);
    let done = edit(&sources, Paths::Relative, |config| match config.contexts.remove(name) {
        Some(_) => {
            was_current.set(config.current_context == *name);
            Ok(())
        }
        None => Err(Error::message(format!("cannot delete context {name}, not in {file}"))),
    });
    // As kubectl, before it is known whether the file can be written.
    if was_current.get() {
        writeln!(
            context.streams().err(),
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one"
        )?;
    }
    done?;
    Ok(writeln!(context.streams().out(), "deleted context {name} from {file}")?)
}
