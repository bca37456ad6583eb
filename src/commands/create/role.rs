//! `kubectl create role`: creates a role.

use crate::{
    actions::{
        creation::{Creation, check_name, only_name},
        named_resources::look_up,
    },
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::access::{self, Named},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "role",
    usage: "role NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename] \
            [--dry-run=server|client|none]",
    short: "Create a role",
    long: "Create a role.",
    examples: "\
# Read pods
kubectl create role pod-reader --verb=get --verb=list --verb=watch --resource=pods

# Read some pods
kubectl create role pod-reader --verb=get --resource=pods --resource-name=readablepod \
--resource-name=anotherpod

# A type of a named group
kubectl create role foo --verb=get,list,watch --resource=rs.apps

# A subresource
kubectl create role foo --verb=get,list,watch --resource=pods,pods/status",
    flags: &[
        &[
            Flag::slice(
                "resource",
                "The type that the rule is about, with group and subresource where it has them.",
            ),
            Flag::array("resource-name", "The one object that the rule is about; repeat it for several."),
            Flag::slice("verb", "What the rule allows."),
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
    let verbs = access::verbs(parsed.strings("verb"));
    if verbs.is_empty() {
        return Err(Error::message("at least one verb must be specified"));
    }
    access::unusual_verbs(&verbs).try_for_each(|verb| context.warn(&format!("Warning: '{verb}' is not a standard resource verb")))?;
    let typed = Named::several(parsed.strings("resource"));
    if typed.is_empty() {
        return Err(Error::message("at least one resource must be specified"));
    }
    let resources = look_up(&typed, &verbs, context).await?;
    let rules = access::rules(&verbs, &resources, &access::once(parsed.strings("resource-name")), &[]);
    let object = access::role(name, creation.own_namespace(), rules);
    creation.create(object, None).await
}
