//! `kubectl create quota`: creates a resource quota.

use crate::{
    actions::creation::{Creation, check_name, only_name},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::quota::quota,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "quota",
    aliases: &["resourcequota"],
    usage: "quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]",
    short: "Create a resource quota",
    long: "Create a resource quota.",
    examples: "\
# Limits for CPU, memory and numbers of objects
kubectl create quota my-quota --hard=cpu=1,memory=1G,pods=2,services=3,replicationcontrollers=2,resourcequot\
as=1,secrets=5,persistentvolumeclaims=10

# Only for pods of best effort
kubectl create quota best-effort --hard=pods=100 --scopes=BestEffort",
    flags: &[
        &[
            Flag::text("hard", "The limits, as resource=quantity, separated by commas."),
            Flag::text("scopes", "Count only what all of these scopes are about, separated by commas."),
        ],
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
    let object = quota(name, creation.own_namespace(), parsed.string("hard"), parsed.string("scopes")).map_err(Error::Message)?;
    creation.create(object, Some("failed to create quota: ")).await
}
