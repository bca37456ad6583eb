//! `kubectl create clusterrolebinding`: binds users, groups and service accounts to a cluster role, everywhere.

use crate::{
    actions::creation::{Creation, only_name},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::access::{Subjects, cluster_role_binding},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "clusterrolebinding",
    usage: "clusterrolebinding NAME --clusterrole=NAME [--user=username] [--group=groupname] \
            [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Bind users, groups and service accounts to a cluster role",
    long: "Bind users, groups and service accounts to a cluster role.",
    examples: "\
# Two users and a group
kubectl create clusterrolebinding cluster-admin --clusterrole=cluster-admin --user=user1 --user=user2 \
--group=group1",
    flags: &[
        &[Flag::text("clusterrole", "The cluster role to bind to.").required()],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        groups::SUBJECTS,
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
    let object = cluster_role_binding(
        name,
        parsed.string("clusterrole"),
        Subjects {
            users: parsed.strings("user"),
            groups: parsed.strings("group"),
            service_accounts: parsed.strings("serviceaccount"),
        },
    )
    .map_err(Error::Message)?;
    creation.create(object, Some("failed to create clusterrolebinding: ")).await
}
