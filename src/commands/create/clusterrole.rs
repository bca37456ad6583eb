//! `kubectl create clusterrole`: creates a cluster role.

use crate::{
    actions::{
        creation::{Creation, check_name, only_name},
        named_resources::look_up,
    },
    api::OwnedValue,
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::access::{self, Named},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "clusterrole",
    usage: "clusterrole NAME --verb=verb --resource=resource.group [--resource-name=resourcename] \
            [--dry-run=server|client|none]",
    short: "Create a cluster role",
    long: "Create a cluster role.",
    examples: "\
# Read pods
kubectl create clusterrole pod-reader --verb=get,list,watch --resource=pods

# Read some pods
kubectl create clusterrole pod-reader --verb=get --resource=pods --resource-name=readablepod \
--resource-name=anotherpod

# A type of a named group
kubectl create clusterrole foo --verb=get,list,watch --resource=rs.apps

# A subresource
kubectl create clusterrole foo --verb=get,list,watch --resource=pods,pods/status

# A path of the server
kubectl create clusterrole foo --verb=get --non-resource-url=/logs/*

# All permissions of other cluster roles
kubectl create clusterrole monitoring --aggregation-rule=\"rbac.example.com/aggregate-to-monitoring=true\"",
    flags: &[
        &[
            Flag::new(
                "aggregation-rule",
                Kind::MapStringString,
                "",
                "Gather the permissions of all cluster roles with these labels, as key=value.",
            ),
            Flag::slice("non-resource-url", "A path of the server that the rule is about."),
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
    let labels = parsed.pairs("aggregation-rule");
    let object = if labels.is_empty() {
        access::cluster_role(name, rules(parsed, context).await?)
    } else {
        if ["verb", "resource", "resource-name", "non-resource-url"]
            .iter()
            .any(|flag| !parsed.strings(flag).is_empty())
        {
            return Err(Error::message(
                "aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames",
            ));
        }
        let labels = labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        access::gathering_cluster_role(name, labels)
    };
    creation.create(object, None).await
}

/// The rules that the flags name.
async fn rules(parsed: &Parsed, context: &Context) -> Result<Vec<OwnedValue>> {
    let verbs = access::verbs(parsed.strings("verb"));
    if verbs.is_empty() {
        return Err(Error::message("at least one verb must be specified"));
    }
    let typed = Named::several(parsed.strings("resource"));
    let paths = access::once(parsed.strings("non-resource-url"));
    if typed.is_empty() && paths.is_empty() {
        return Err(Error::message("one of resource or nonResourceURL must be specified"));
    }
    let mut resources = Vec::new();
    if !typed.is_empty() {
        access::unusual_verbs(&verbs).try_for_each(|verb| context.warn(&format!("Warning: '{verb}' is not a standard resource verb")))?;
        resources = look_up(&typed, &verbs, context).await?;
    }
    if !paths.is_empty() {
        access::check_paths(&paths, &verbs).map_err(Error::Message)?;
    }
    let names = access::once(parsed.strings("resource-name"));
    Ok(access::rules(&verbs, &resources, &names, &paths))
}
