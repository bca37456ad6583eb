//! `kubectl rollout resume`: lets a paused workload go on.

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
    name: "resume",
    usage: "resume RESOURCE",
    short: "Let paused workloads go on",
    long: "Let paused workloads go on to the state that they were changed to meanwhile. Only deployments can be paused.",
    examples: "\
# Let a deployment go on
kubectl rollout resume deployment/nginx",
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
    let change = |info: &Info, object: &mut OwnedValue| {
        if !rollout::is_one_of(info, &["Deployment"]) {
            return Err(rollout::unsupported(info, "resuming"));
        }
        if object.at(&["spec", "paused"]).and_then(Value::as_bool) != Some(true) {
            return Err(rollout::refusal(info, "is not paused"));
        }
        object.object_at(&["spec"]).remove("paused");
        Ok(())
    };
    let manager = parsed.string("field-manager");
    rollout::change(&query, manager, "resumed", "resume", &context.site()?, &mut report, change).await
}
