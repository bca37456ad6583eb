//! `kubectl edit`: edits objects in an editor.

use crate::{
    actions::{
        dry_run::DryRun,
        edit::{Edit, Mode, chosen},
        selection::query,
        validation::field_validation,
    },
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "edit",
    usage: "edit (RESOURCE/NAME | -f FILENAME)",
    short: "Edit objects in an editor",
    long: "\
Edit objects in an editor, as they are on the server.

The editor is the program in KUBE_EDITOR or EDITOR, or else vi. Several objects are edited in one file. The \
objects are shown as YAML; -o json shows them as JSON. A type in several API versions is edited in the one \
that is asked for: deployments.v1.apps.

What cannot be stored comes back into the editor with the reason on top, and stays behind in a temporary \
file. The most common reason is that someone else has changed the object meanwhile.",
    examples: r#"# A service
kubectl edit svc/registry

# With another editor
KUBE_EDITOR="nano" kubectl edit svc/registry

# A job, as JSON
kubectl edit job.v1.batch/myjob -o json

# A deployment, noted for apply
kubectl edit deployment/mydeployment -o yaml --save-config

# A subresource
kubectl edit deployment mydeployment --subresource=status"#,
    flags: &[
        &[
            Flag::switch("output-patch", false, "Print the patch that was sent."),
            Flag::text("subresource", "Edit this subresource of the objects."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        groups::RECORD,
        groups::WINDOWS_LINE_ENDINGS,
        &groups::files("A file, directory or URL with the manifests of the objects to edit."),
        &groups::field_manager("kubectl-edit"),
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
    /// The name under which the server notes who owns the changed fields.
    pub field_manager: String,
    /// Whether the objects remember what they were edited to, for apply.
    pub save_config: bool,
    /// Whether the patches are printed.
    pub output_patch: bool,
    /// Whether lines end as on Windows.
    pub windows_line_endings: bool,
}

impl Options {
    /// Completes what was typed.
    ///
    /// # Errors
    /// A kubeconfig that makes no sense.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let namespace = context.namespace()?;
        Ok(Options {
            query: Query {
                subresource: parsed.string("subresource").to_owned(),
                type_means_all: true,
                ..query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit))
            },
            field_manager: parsed.string("field-manager").to_owned(),
            save_config: parsed.bool("save-config"),
            output_patch: parsed.bool("output-patch"),
            windows_line_endings: parsed.bool("windows-line-endings"),
        })
    }
}

/// Lets a person edit what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, an editor that fails, what cannot be stored.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site_of(&options.query)?;
    let plan = options.query.plan(&site).await?;
    // kubectl looks at this only once it knows the types of the objects.
    let validation = field_validation(parsed)?;
    let infos = chosen(&options.query, plan, &site).await?;
    if infos.is_empty() {
        return Err(Error::message("edit cancelled, no objects found"));
    }
    let edit = Edit {
        mode: Mode::Objects,
        context,
        site: &site,
        parsed,
        namespace: &options.query.namespace,
        validation,
        field_manager: &options.field_manager,
        subresource: &options.query.subresource,
        save_config: options.save_config,
        change_cause: context.change_cause(parsed),
        dry_run: DryRun::None,
        shows_patch: options.output_patch,
        windows_line_endings: options.windows_line_endings,
    };
    edit.run(infos).await
}
