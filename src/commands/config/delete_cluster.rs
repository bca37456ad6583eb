//! `kubectl config delete-cluster`: removes a cluster from the kubeconfig.

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
    name: "delete-cluster",
    usage: "delete-cluster NAME",
    short: "Remove a cluster from the kubeconfig",
    long: "Remove a cluster from the kubeconfig.",
    examples: "\
# Remove the cluster minikube
kubectl config delete-cluster minikube",
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// There is no such cluster; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let sources = super::sources(parsed, context);
    let [name] = parsed.args() else {
        load::load_or_empty(&sources)?;
        return super::print_help(parsed, context);
    };
    let file = sources.default_file();
    edit(&sources, Paths::Relative, |config| match config.clusters.remove(name) {
        Some(_) => Ok(()),
        None => Err(Error::message(format!("cannot delete cluster {name}, not in {file}"))),
    })?;
    Ok(writeln!(context.streams().out(), "deleted cluster {name} from {file}")?)
}
