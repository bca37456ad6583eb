//! `kubectl create namespace`: creates a namespace.

use crate::{
    actions::creation::{Creation, check_name, only_name},
    args::{Command, Parsed, groups},
    context::Context,
    error::Result,
    generate::simple,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "namespace",
    aliases: &["ns"],
    usage: "namespace NAME [--dry-run=server|client|none]",
    short: "Create a namespace",
    long: "Create a namespace.",
    examples: "\
# Create my-namespace
kubectl create namespace my-namespace",
    flags: &[
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        &groups::field_manager("kubectl-create"),
    ],
    ..Command::NEW
};

/// Creates it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let creation = Creation::resolve(parsed, context, "created")?;
    check_name(name)?;
    let object = simple::namespace(name);
    creation.create(object, None).await
}
