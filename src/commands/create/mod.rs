//! `kubectl create`: creates objects from manifests; its children create objects of one type from flags.

pub mod clusterrole;
pub mod clusterrolebinding;
pub mod configmap;
pub mod cronjob;
pub mod deployment;
mod edited;
pub mod ingress;
pub mod job;
mod manifests;
pub mod namespace;
pub mod poddisruptionbudget;
pub mod priorityclass;
pub mod quota;
mod raw;
pub mod role;
pub mod rolebinding;
pub mod secret;
pub mod service;
pub mod serviceaccount;
pub mod token;

use crate::{
    actions::{dry_run::DryRun, output::Output, validation::field_validation},
    args::{AVAILABLE, Command, Flag, Group, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::FileSet,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "create",
    usage: "create -f FILENAME",
    short: "Create objects from manifests, or of one type from flags",
    long: "Create objects from manifests, which are JSON or YAML.",
    examples: "\
# From a file
kubectl create -f ./pod.json

# From what another program prints
cat pod.json | kubectl create -f -

# Edit before creating, as JSON
kubectl create -f registry.yaml --edit -o json",
    flags: &[
        &[
            Flag::switch("edit", false, "Edit the objects before they are created."),
            Flag::text("raw", "Send the manifest as it is to this path of the server, by POST."),
            Flag::switch(
                "windows-line-endings",
                false,
                "With --edit, give the editor lines that end as on Windows. The default is what the system uses.",
            ),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        groups::RECORD,
        groups::CONCURRENCY,
        &groups::files("A file, directory or URL with the manifests of the objects to create."),
        &groups::field_manager("kubectl-create"),
    ],
    children: &[Group {
        title: AVAILABLE,
        commands: &[
            &clusterrole::COMMAND,
            &clusterrolebinding::COMMAND,
            &configmap::COMMAND,
            &cronjob::COMMAND,
            &deployment::COMMAND,
            &ingress::COMMAND,
            &job::COMMAND,
            &namespace::COMMAND,
            &poddisruptionbudget::COMMAND,
            &priorityclass::COMMAND,
            &quota::COMMAND,
            &role::COMMAND,
            &rolebinding::COMMAND,
            &secret::COMMAND,
            &service::COMMAND,
            &serviceaccount::COMMAND,
            &token::COMMAND,
        ],
    }],
    ..Command::NEW
};

/// Creates what the manifests describe.
///
/// # Errors
/// What makes no sense on the command line, what cannot be read, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let usage = |message: String| Error::Usage {
        message,
        command: parsed.path().to_owned(),
    };
    let files = FileSet {
        filenames: parsed.strings("filename").to_vec(),
        kustomize: Some(parsed.string("kustomize").to_owned()).filter(|directory| !directory.is_empty()),
        recursive: parsed.bool("recursive"),
    };
    if !parsed.args().is_empty() {
        return Err(usage(format!("Unexpected args: [{}]", parsed.args().join(" "))));
    }
    let dry_run = DryRun::of(parsed, context.streams())?;
    field_validation(parsed)?;
    Output::resolve(parsed, context, "created", dry_run)?;
    if files.is_empty() {
        return Err(Error::message("must specify one of -f and -k"));
    }
    if !parsed.string("raw").is_empty() {
        return raw::run(parsed, &files, context).await;
    }
    if parsed.bool("edit") {
        return edited::run(parsed, files, context).await;
    }
    manifests::run(parsed, files, context).await
}
