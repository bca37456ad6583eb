//! `kubectl config`: reads and changes kubeconfig files.

pub mod current_context;
pub mod delete_cluster;
pub mod delete_context;
pub mod delete_user;
pub mod get_clusters;
pub mod get_contexts;
pub mod get_users;
pub mod rename_context;
pub mod set;
pub mod set_cluster;
pub mod set_context;
pub mod set_credentials;
#[cfg(test)]
mod tests;
pub mod unset;
pub mod use_context;
pub mod view;

use std::{fs, io::Write};

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Flag, Group, Parsed},
    context::Context,
    error::{Error, Result, reason},
    kubeconfig::{Sources, path},
    streams::Streams,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "config",
    usage: "config SUBCOMMAND",
    short: "Read and change kubeconfig files",
    long: "\
Read and change kubeconfig files: which clusters there are, whom you are to them, and which of them is meant.

Which files count is decided in this order:

  1. --kubeconfig names one file, and no other counts.
  2. The environment variable KUBECONFIG names files, separated as in PATH; they are merged, and what comes \
first wins. A value is changed in the file that has it; a new one goes into the first file that exists, or \
if none does, the last.
  3. Otherwise it is ${HOME}/.kube/config.",
    flags: &[&[Flag::text("kubeconfig", "The kubeconfig file to use.")]],
    children: &[Group {
        title: AVAILABLE,
        commands: &[
            &current_context::COMMAND,
            &delete_cluster::COMMAND,
            &delete_context::COMMAND,
            &delete_user::COMMAND,
            &get_clusters::COMMAND,
            &get_contexts::COMMAND,
            &get_users::COMMAND,
            &rename_context::COMMAND,
            &set::COMMAND,
            &set_cluster::COMMAND,
            &set_context::COMMAND,
            &set_credentials::COMMAND,
            &unset::COMMAND,
            &use_context::COMMAND,
            &view::COMMAND,
        ],
    }],
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}

/// The files of the kubeconfig.
fn sources(parsed: &Parsed, context: &Context) -> Sources {
    let world = context.world();
    Sources::new(Some(parsed.string("kubeconfig")), &world.env, &world.directory)
}

/// The text of a flag, if it was given; that it is empty may be meant.
fn given(parsed: &Parsed, flag: &str) -> Option<String> {
    parsed.changed(flag).then(|| parsed.string(flag).to_owned())
}

/// Where a file is, as Go's `filepath.Abs` says.
fn absolute(sources: &Sources, file: &str) -> String {
    path::clean(&path::absolute(file, &sources.directory))
}

/// Checks that there is a file to embed.
fn check_file(sources: &Sources, flag: &str, file: &str) -> Result<()> {
    match fs::metadata(sources.locate(file)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::message(format!(
            "could not stat {flag} file {file}: stat {file}: {}",
            reason(&error)
        ))),
    }
}

/// Prints names below a heading.
fn print_names<'n>(streams: &Streams, names: impl Iterator<Item = &'n String>) -> Result<()> {
    let mut out = streams.out();
    writeln!(out, "NAME")?;
    for name in names {
        writeln!(out, "{name}")?;
    }
    Ok(())
}

/// Prints the command's help.
fn print_help(parsed: &Parsed, context: &Context) -> Result<()> {
    let text = help::text(context.world(), parsed.chain());
    Ok(write!(context.streams().out(), "{text}")?)
}

/// Prints the command's help, and gives the complaint about its arguments.
fn wrong_arguments(parsed: &Parsed, context: &Context, complaint: &str) -> Error {
    match print_help(parsed, context) {
        Ok(()) => Error::message(format!("{complaint}: [{}]", parsed.args().join(" "))),
        Err(failure) => failure,
    }
}
