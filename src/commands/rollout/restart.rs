//! `kubectl rollout restart`: replaces the pods of a workload by new ones.

use crate::{
    actions::{dry_run::DryRun, report::Report, rollout, selection},
    api::{OwnedValue, Value},
    args::{Command, Parsed, groups},
    context::Context,
    error::Result,
    printers::form::COMMON_FORMS,
    resource::{Info, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "restart",
    usage: "restart RESOURCE",
    short: "Replace the pods of workloads by new ones",
    long: "Replace the pods of workloads by new ones.",
    examples: "\
# All deployments of a namespace
kubectl rollout restart deployment -n test-namespace

# One deployment
kubectl rollout restart deployment/nginx

# One daemon set
kubectl rollout restart daemonset/abc

# By label
kubectl rollout restart deployment --selector=app=nginx",
    flags: &[
        groups::OUTPUT,
        groups::PRINT,
        groups::SELECTOR,
        &groups::files("A file, directory or URL with the manifests of the workloads."),
        &groups::field_manager("kubectl-rollout"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// Which workloads are meant.
///
/// # Errors
/// A kubeconfig that makes no sense, or nothing named.
pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Query> {
    let namespace = context.namespace()?;
    let query = selection::query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit));
    rollout::check(&query)?;
    // A type by itself stands for all of its objects.
    Ok(Query {
        type_means_all: true,
        ..query
    })
}

/// Does so with the workloads that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let query = resolve(&Args(parsed), context)?;
    let mut report = Report::new(context.streams(), context.chosen_printer(parsed, COMMON_FORMS)?, DryRun::None);
    let now = restarted_at(context);
    let change = |info: &Info, object: &mut OwnedValue| {
        if !rollout::is_one_of(info, &["Deployment", "DaemonSet", "StatefulSet"]) {
            return Err(rollout::unsupported(info, "restarting"));
        }
        if object.at(&["spec", "paused"]).and_then(Value::as_bool) == Some(true) {
            return Err(rollout::refusal(info, "can't restart paused deployment (run rollout resume first)"));
        }
        let path = ["spec", "template", "metadata", "annotations", RESTARTED_AT];
        object.set(&path, now.clone());
        Ok(())
    };
    let manager = parsed.string("field-manager");
    rollout::change(&query, manager, "restarted", "restart", &context.site()?, &mut report, change).await
}

/// The annotation that makes pods new ones.
const RESTARTED_AT: &str = "kubectl.kubernetes.io/restartedAt";

/// The time to note, in the zone that the person lives in.
fn restarted_at(context: &Context) -> String {
    let now = context.streams().now().to_zoned(context.world().zone());
    let text = now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
    match text.strip_suffix("+00:00") {
        Some(text) => format!("{text}Z"),
        None => text,
    }
}
