//! `kubectl apply edit-last-applied`: edits the manifest that apply has noted in an object.

use crate::{
    actions::{
        dry_run::DryRun,
        edit::{Edit, Mode, chosen},
        last_applied::noted,
        selection::query,
        validation::field_validation,
    },
    args::{Command, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "edit-last-applied",
    usage: "edit-last-applied (RESOURCE/NAME | -f FILENAME)",
    short: "Edit the manifest that apply has noted in objects",
    long: "\
Edit the manifest that \"kubectl apply\" has noted in objects, in your editor.

Only the note is changed, not the object itself. Several objects are edited one after the other. The editor \
is the program in KUBE_EDITOR or EDITOR, or else vi. The objects are shown as YAML; -o json shows them as \
JSON.

What cannot be stored comes back into the editor with the reason on top, and stays behind in a temporary file.",
    examples: "\
# Edit by type and name
kubectl apply edit-last-applied deployment/nginx

# Edit by file, as JSON
kubectl apply edit-last-applied -f deploy.yaml -o json",
    flags: &[
        groups::OUTPUT,
        groups::PRINT,
        groups::VALIDATE,
        groups::RECORD,
        groups::WINDOWS_LINE_ENDINGS,
        &groups::files("A file, directory or URL with the manifests of the objects to edit."),
        &groups::field_manager("kubectl-client-side-apply"),
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
    /// The name under which the server notes who owns the note.
    pub field_manager: String,
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
                type_means_all: true,
                ..query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit))
            },
            field_manager: parsed.string("field-manager").to_owned(),
            windows_line_endings: parsed.bool("windows-line-endings"),
        })
    }
}

/// Lets a person edit the manifests that apply has noted in what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, objects without a note, an editor that fails, what cannot be stored.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let plan = options.query.plan(&site).await?;
    let validation = field_validation(parsed)?;
    let edit = Edit {
        mode: Mode::Notes,
        context,
        site: &site,
        parsed,
        namespace: &options.query.namespace,
        validation,
        field_manager: &options.field_manager,
        subresource: "",
        save_config: false,
        change_cause: context.change_cause(parsed),
        dry_run: DryRun::None,
        shows_patch: false,
        windows_line_endings: options.windows_line_endings,
    };
    let infos = chosen(&options.query, plan, &site).await?;
    let mut manifests = Vec::new();
    for note in infos.iter().filter_map(|info| noted(&info.object)) {
        manifests.extend(edit.read(note.as_bytes()).await?.into_iter().next());
    }
    if manifests.is_empty() {
        return Err(Error::message(
            "no last-applied-configuration annotation found on resources, to create the annotation, use command `kubectl apply \
             set-last-applied --create-annotation`",
        ));
    }
    edit.run(manifests).await
}
