//! `kubectl create serviceaccount`: creates a service account.

use crate::{
    actions::creation::{Creation, check_name, only_name},
    args::{Command, Parsed, groups},
    context::Context,
    error::Result,
    generate::simple,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "serviceaccount",
    aliases: &["sa"],
    usage: "serviceaccount NAME [--dry-run=server|client|none]",
    short: "Create a service account",
    long: "Create a service account.",
    examples: "\
# Create my-service-account
kubectl create serviceaccount my-service-account",
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
    let object = simple::service_account(name, creation.own_namespace());
    creation.create(object, Some("failed to create serviceaccount: ")).await
}
