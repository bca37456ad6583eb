//! `kubectl set serviceaccount`: sets the service account of workloads.

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        metadata,
        pod_specs::{self, Change},
        report::Report,
        selection,
    },
    api::OwnedValue,
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "serviceaccount",
    aliases: &["sa"],
    usage: "serviceaccount (-f FILENAME | TYPE NAME) SERVICE_ACCOUNT",
    short: "Set the service account of workloads",
    long: "Set the service account that the pods of workloads run under.",
    examples: "\
# Of a deployment
kubectl set serviceaccount deployment nginx-deployment serviceaccount1

# In a manifest, without the server
kubectl set sa -f nginx-deployment.yaml serviceaccount1 --local --dry-run=client -o yaml",
    flags: &[
        &[Flag::switch("all", false, "All objects of the given types in the namespace.")],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::RECORD,
        groups::LOCAL,
        &groups::files("A file, directory or URL with the manifests of the workloads."),
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
    /// Which objects.
    pub query: Query,
    /// The service account.
    pub account: String,
    /// How they are changed.
    pub change: Change,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No service account.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.namespace()?;
        context.chosen_printer(parsed, COMMON_FORMS)?;
        let local = parsed.bool("local");
        check_local(local, dry_run)?;
        let Some((account, resources)) = parsed.args().split_last() else {
            return Err(Error::message("serviceaccount is required"));
        };
        Ok(Options {
            // Without the server, words name nothing.
            query: selection::query(
                parsed,
                if local { Vec::new() } else { resources.to_vec() },
                (namespace.name, namespace.explicit),
            ),
            account: account.clone(),
            change: Change {
                local,
                dry_run,
                field_manager: parsed.string("field-manager").to_owned(),
                done: "serviceaccount updated",
                failed: "failed to patch ServiceAccountName",
                unchanged: true,
            },
        })
    }
}

/// Sets the service account of what the command line names.
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
    let cause = context.change_cause(parsed);
    let change = |object: &mut OwnedValue, _: &_, _: &mut Vec<Error>| {
        pod_specs::spec(object)?.set(&["serviceAccountName"], options.account.clone());
        metadata::note(object, cause.as_deref());
        Ok(true)
    };
    options.change.apply(infos, &site, &mut report, Vec::new(), change).await
}
