//! `kubectl plugin`: a folder: commands about plugins.

pub mod list;

use crate::{
    actions::help,
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "plugin",
    usage: "plugin [flags]",
    short: "See which plugins there are",
    long: "\
See which plugins there are.

A plugin is a program on the search path whose name begins with \"kubectl-\". \"kubectl foo bar\" runs \
kubectl-foo-bar, or if there is none, kubectl-foo with the argument bar. A dash in a word is an underscore \
in the file's name. Plugins cannot take the place of kubectl's own commands, except in \"kubectl create\".",
    examples: "\
# All plugins
kubectl plugin list",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&list::COMMAND],
    }],
    ..Command::NEW
};

/// Prints what the folder holds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    help::folder(context.world(), parsed)
}
