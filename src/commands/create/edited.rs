//! `create --edit`: a person edits each manifest before its object is created.

use crate::{
    actions::{
        dry_run::DryRun,
        edit::{Edit, Mode},
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
    if DryRun::of(parsed)? != DryRun::None {
        // kubectl creates the objects all the same, and says that it did not.
        return Err(Error::message("--dry-run and --edit are mutually exclusive"));
    }
    let validation = field_validation(parsed)?;
    let namespace = context.namespace()?;
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
        field_manager: parsed.string("field-manager"),
        subresource: "",
        save_config: parsed.bool("save-config"),
        change_cause: context.change_cause(parsed),
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
