//! `kubectl config delete-user`: removes a user from the kubeconfig.

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
    name: "delete-user",
    usage: "delete-user NAME",
    short: "Remove a user from the kubeconfig",
    long: "Remove a user from the kubeconfig.",
    examples: "\
# Remove the user minikube
kubectl config delete-user minikube",
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// There is no such user; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let sources = super::sources(parsed, context);
    let [name] = parsed.args() else {
        load::load_or_empty(&sources)?;
        return Err(Error::Usage {
            message: "user to delete is required".to_owned(),
            command: parsed.path().to_owned(),
        });
    };
    let file = sources.default_file();
    edit(&sources, Paths::Relative, |config| match config.users.remove(name) {
        Some(_) => Ok(()),
        None => Err(Error::message(format!("cannot delete user {name}, not in {file}"))),
    })?;
    Ok(writeln!(context.streams().out(), "deleted user {name} from {file}")?)
}
