//! `create --edit`: a person edits each manifest before its object is created.

use crate::{
    actions::{
        dry_run::DryRun,
        edit::{Edit, Mode},
        output::Output,
        validation::field_validation,
    },
    args::Parsed,
    context::Context,
    error::{Error, Result},
    resource::{FileSet, Query, documents::read, infos::placed},
};

/// Lets a person edit what the manifests in `files` describe, one object after the other, and creates it.
///
/// # Errors
/// What cannot be read, an editor that fails, and what the server reports.
pub async fn run(parsed: &Parsed, files: FileSet, context: &Context) -> Result<()> {
    // kubectl creates the objects whatever the flag says; here it keeps its word.
    let dry_run = DryRun::of(parsed, context.streams())?;
    Output::resolve(parsed, context, "created", dry_run)?;
    let validation = field_validation(parsed)?;
    let namespace = context.client_namespace()?;
    let query = Query {
        files,
        namespace: namespace.name,
        enforce_namespace: namespace.explicit,
        ..Query::default()
    };
    let places = query.files.expand(context.directory())?.places;
    let site = context.site()?;
    let edit = Edit {
        mode: Mode::Manifests,
        context,
        site: &site,
        parsed,
        namespace: &query.namespace,
        validation,
        // kubectl does not look at the flag.
        field_manager: "kubectl-create",
        subresource: "",
        save_config: parsed.bool("save-config"),
        change_cause: context.change_cause(parsed),
        dry_run,
        shows_patch: false,
        windows_line_endings: parsed.bool("windows-line-endings"),
    };
    let mut errors = Vec::new();
    for place in &places {
        let documents = match read(place, &site).await {
            Ok(documents) => documents,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        for document in documents {
            let edited = match document {
                Ok(object) => match placed(object, &place.name(), &query, &site).await {
                    Ok(info) => edit.run(vec![info]).await,
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            match edited {
                // An interrupt is meant for all that is left.
                Err(error @ Error::Exit(_)) => return Err(error),
                edited => errors.extend(edited.err()),
            }
        }
    }
    Error::collect(errors)
}
