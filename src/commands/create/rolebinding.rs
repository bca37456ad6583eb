//! `kubectl create rolebinding`: binds users, groups and service accounts to a role, in one namespace.

use crate::{
    actions::creation::{Creation, check_name, only_name},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::access::{Subjects, role_binding},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "rolebinding",
    usage: "rolebinding NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] \
            [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Bind users, groups and service accounts to a role",
    long: "Bind users, groups and service accounts to a role or a cluster role, in one namespace.",
    examples: "\
# Two users and a group
kubectl create rolebinding admin --clusterrole=admin --user=user1 --user=user2 --group=group1

# A service account
kubectl create rolebinding admin-binding --role=admin --serviceaccount=monitoring:sa-dev",
    flags: &[
        &[
            Flag::text("clusterrole", "The cluster role to bind to."),
            Flag::text("role", "The role to bind to."),
        ],
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
    check_name(name)?;
    let (kind, role) = match (parsed.string("clusterrole"), parsed.string("role")) {
        ("", role) if !role.is_empty() => ("Role", role),
        (role, "") if !role.is_empty() => ("ClusterRole", role),
        _ => return Err(Error::message("exactly one of clusterrole or role must be specified")),
    };
    let object = role_binding(
        name,
        creation.own_namespace(),
        kind,
        role,
        Subjects {
            users: parsed.strings("user"),
            groups: parsed.strings("group"),
            service_accounts: parsed.strings("serviceaccount"),
        },
    )
    .map_err(Error::Message)?;
    creation.create(object, Some("failed to create rolebinding: ")).await
}
