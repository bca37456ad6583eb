//! `kubectl set subject`: adds users, groups and service accounts to bindings.

use std::collections::BTreeSet;

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        pod_specs::{self, Change},
        report::Report,
        selection,
    },
    api::{Map, OwnedValue, Value, object},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::{Info, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "subject",
    usage: "subject (-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] \
            [--serviceaccount=namespace:serviceaccountname] [--dry-run=server|client|none]",
    short: "Add users, groups and service accounts to bindings",
    long: "Add users, groups and service accounts to role bindings and cluster role bindings.",
    examples: "\
# A service account
kubectl set subject clusterrolebinding admin --serviceaccount=namespace:serviceaccount1

# Users and a group
kubectl set subject rolebinding admin --user=user1 --user=user2 --group=group1

# Print what it would be, without the server
kubectl create rolebinding admin --role=admin --user=admin -o yaml --dry-run=client | kubectl set subject \
--local -f - --user=foo -o yaml",
    flags: &[
        &[Flag::switch("all", false, "All objects of the given types in the namespace.")],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::LOCAL,
        groups::SUBJECTS,
        &groups::files("A file, directory or URL with the manifests of the bindings."),
        &groups::field_manager("kubectl-set"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which bindings.
    pub query: Query,
    /// Users to bind.
    pub users: BTreeSet<String>,
    /// Groups to bind.
    pub groups: BTreeSet<String>,
    /// Service accounts to bind, as typed: `NAMESPACE:NAME`.
    pub accounts: BTreeSet<String>,
    /// How they are changed.
    pub change: Change,
}

impl Options {
    /// Completes what was typed.
    ///
    /// # Errors
    /// A kubeconfig that makes no sense.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.namespace()?;
        let set = |name: &str| parsed.strings(name).iter().cloned().collect();
        Ok(Options {
            query: selection::query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit)),
            users: set("user"),
            groups: set("group"),
            accounts: set("serviceaccount"),
            change: Change {
                local: parsed.bool("local"),
                dry_run,
                field_manager: parsed.string("field-manager").to_owned(),
                done: "subjects updated",
                failed: "failed to patch subjects to rolebinding:",
                unchanged: false,
            },
        })
    }

    /// Checks what was typed; kubectl does so only once it has found the objects.
    fn check(&self, parsed: &Parsed, infos: &[Info]) -> Result<()> {
        check_local(self.change.local, self.change.dry_run)?;
        if parsed.bool("all") && self.query.labels.is_some() {
            return Err(Error::message("cannot set --all and --selector at the same time"));
        }
        if self.users.is_empty() && self.groups.is_empty() && self.accounts.is_empty() {
            return Err(Error::message(
                "you must specify at least one value of user, group or serviceaccount",
            ));
        }
        for account in &self.accounts {
            let (namespace, name) = account.split_once(':').unwrap_or_default();
            if name.is_empty() || name.contains(':') {
                return Err(Error::message("serviceaccount must be <namespace>:<name>"));
            }
            if namespace.is_empty() && infos.iter().any(|info| object::kind(&info.object) == "ClusterRoleBinding") {
                return Err(Error::message(
                    "serviceaccount must be <namespace>:<name>, namespace must be specified",
                ));
            }
        }
        Ok(())
    }

    /// The subjects to bind: users, groups, service accounts.
    fn subjects(&self) -> Vec<OwnedValue> {
        let subject = |kind: &str, group: &str, name: &str, namespace: &str| {
            let mut subject = Map::in_order();
            for (field, text) in [("kind", kind), ("apiGroup", group), ("name", name), ("namespace", namespace)] {
                if !text.is_empty() {
                    subject.insert(field, text.to_owned());
                }
            }
            Value::Object(subject)
        };
        let rbac = "rbac.authorization.k8s.io";
        let users = self.users.iter().map(|name| subject("User", rbac, name, ""));
        let groups = self.groups.iter().map(|name| subject("Group", rbac, name, ""));
        let accounts = self.accounts.iter().map(|account| {
            let (namespace, name) = account.split_once(':').unwrap_or_default();
            let namespace = if namespace.is_empty() { &self.query.namespace } else { namespace };
            subject("ServiceAccount", "", name, namespace)
        });
        users.chain(groups).chain(accounts).collect()
    }
}

/// Adds subjects to the bindings that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let mut report = Report::new(
        context.streams(),
        context.chosen_printer(parsed, COMMON_FORMS)?,
        options.change.dry_run,
    );
    let site = context.site_of(&options.query)?;
    let infos = pod_specs::infos(&options.query, options.change.local, &site).await?;
    options.check(parsed, &infos)?;
    let subjects = options.subjects();
    let change = |object: &mut OwnedValue, _: &_, _: &mut Vec<Error>| add(object, &subjects);
    options.change.apply(infos, &site, &mut report, Vec::new(), change).await
}

/// Adds the subjects that a binding lacks; whether there are any.
fn add(object: &mut OwnedValue, subjects: &[OwnedValue]) -> Result<bool> {
    if !matches!(object::kind(object), "RoleBinding" | "ClusterRoleBinding") {
        return Err(Error::message(
            "setting subjects is only supported for RoleBinding/ClusterRoleBinding",
        ));
    }
    let mut all = object.items_at(&["subjects"]).to_vec();
    let before = all.len();
    for subject in subjects {
        if !all.contains(subject) {
            all.push(subject.clone());
        }
    }
    let grown = all.len() > before;
    object.set(&["subjects"], all);
    Ok(grown)
}
