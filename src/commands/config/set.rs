//! `kubectl config set`: sets any value of the kubeconfig.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        edit::{Paths, edit},
        property,
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set",
    usage: "set PROPERTY_NAME PROPERTY_VALUE",
    short: "Set any value of the kubeconfig",
    long: "\
Set any value of the kubeconfig.

PROPERTY_NAME is the way to the value, with dots between the steps; a map's key may have dots of its own. \
PROPERTY_VALUE is the value. Bytes, such as certificates, are given in base64, unless --set-raw-bytes says \
that they are given as they are.

\"kubectl config --help\" says which file is changed.",
    examples: "\
# A server's address
kubectl config set clusters.my-cluster.server https://1.2.3.4

# A certificate authority, in base64
kubectl config set clusters.my-cluster.certificate-authority-data LS0tLS1CRUdJTg==

# The cluster of a context
kubectl config set contexts.my-context.cluster my-cluster

# A user's certificate as it is
kubectl config set users.cluster-admin.client-certificate-data text --set-raw-bytes=true",
    flags: &[&[Flag::tristate(
        "set-raw-bytes",
        false,
        "Take the value of bytes as it stands instead of decoding base64.",
    )]],
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// The path leads nowhere or the value does not fit; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let [path, value] = parsed.args() else {
        return Err(super::wrong_arguments(parsed, context, "Unexpected args"));
    };
    if value.is_empty() {
        return Err(Error::message("you cannot use set to unset a property"));
    }
    if path.is_empty() {
        return Err(Error::message("you must specify a property"));
    }
    let raw = parsed.bool("set-raw-bytes");
    edit(&super::sources(parsed, context), Paths::AsGiven, |config| {
        property::set(config, path, value, raw)
    })?;
    Ok(writeln!(context.streams().out(), "Property {} set.", quote(path))?)
}
