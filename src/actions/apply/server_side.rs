//! Applying by the server: the manifest is sent, and the server merges it. What was applied from here before is handed
//! over to the server's way (kubectl's `migrateToSSAIfNecessary`).

use crate::{
    actions::{
        first_failure::{Failure, reconsider},
        write::{APPLY_PATCH, JSON_PATCH, Writer, compact, document},
    },
    api::{
        OwnedValue, Value,
        object::{self, LAST_APPLIED},
    },
    error::{Error, Result},
    resource::{Info, Site},
};

use super::{
    Applied, Options, Takeover, get,
    managed::{self, NOTE},
    warn_if_deleting,
};

/// Who applies on the server where nobody says otherwise.
pub const MANAGER: &str = "kubectl";

/// Who owns the note of what was applied from here, once the server merges.
const NOTE_MANAGER: &str = "kubectl-last-applied";

/// How often the owners of fields are written anew because the object has changed meanwhile.
const RETRIES: u32 = 5;

/// Sends the manifest that `info` holds for the server to merge.
///
/// # Errors
/// What kubectl says of what the server refuses.
pub async fn apply(mut info: Info, takeover: Takeover, options: &Options, site: Site<'_>) -> Result<Applied> {
    let body = document(&info.object);
    let writer = Writer {
        force: Some(takeover == Takeover::Force),
        ..options.writer(&site)
    };
    info.object = loop {
        match writer.patch(&info, APPLY_PATCH, body.clone()).await {
            Ok(object) => break object,
            Err(error) => match reconsider(&mut info, error, options.validation, site.client, site.discovery).await {
                Ok(()) => {}
                Err(Failure::Own(error)) => return Err(refused(error)),
                Err(Failure::Before(error)) => return Err(error),
            },
        }
    };
    hand_over(&mut info, &writer, body, options, &site).await;
    warn_if_deleting(&info, &site);
    Ok(Applied {
        info,
        done: "serverside-applied",
    })
}

/// What is said of a manifest that the server does not merge.
fn refused(error: Error) -> Error {
    let (code, is_conflict) = error.status().map_or((0, false), |status| (status.code, status.is("Conflict")));
    if code == 415 {
        return Error::message(format!("Server-side apply not available on the server: ({error})"));
    }
    if !is_conflict {
        return error;
    }
    Error::message(format!(
        "{error}\nPlease review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"
    ))
}

/// Makes the fields that were applied from here the server-side manager's own. What goes wrong with that is only warned
/// of: the next apply tries again.
async fn hand_over(info: &mut Info, writer: &Writer<'_>, body: Vec<u8>, options: &Options, site: &Site<'_>) {
    let warn = |what: &str, error: &Error| {
        site.client.warnings().say(format!(
            "Warning: {what}. This is non-fatal and will be retried next time you apply. Error: {error}"
        ));
    };
    if let Err(error) = keep_note(info, writer, options).await {
        let what = format!("failed to migrate {LAST_APPLIED} for Server-Side Apply");
        return warn(&what, &error);
    }
    match move_owners(info, writer, options, site).await {
        Ok(false) => {}
        Ok(true) => match writer.patch(info, APPLY_PATCH, body).await {
            Ok(object) => info.object = object,
            // Fields that nobody owns any more go with this patch only.
            Err(error) => warn(
                "failed to re-apply configuration after performing Server-Side Apply migration",
                &error,
            ),
        },
        Err(error) => warn("server rejected managed fields migration to Server-Side Apply", &error),
    }
}

/// Gives the note of what was applied from here an owner of its own, so that it does not go with its old one.
async fn keep_note(info: &mut Info, writer: &Writer<'_>, options: &Options) -> Result<()> {
    if options.manager != MANAGER {
        return Ok(());
    }
    let Some(note) = object::annotation(&info.object, LAST_APPLIED) else {
        return Ok(());
    };
    if managed::owners(&info.object, "Apply", NOTE).next().is_some() {
        return Ok(());
    }
    let mut only_note = Value::Null;
    only_note.set(&["apiVersion"], info.object.str_at(&["apiVersion"]).to_owned());
    only_note.set(&["kind"], info.mapping.kind.as_str().to_owned());
    only_note.set(&["metadata", "name"], object::name(&info.object).to_owned());
    if !object::namespace(&info.object).is_empty() {
        only_note.set(&["metadata", "namespace"], object::namespace(&info.object).to_owned());
    }
    only_note.set(&["metadata", "annotations", LAST_APPLIED], note.to_owned());
    let writer = Writer {
        field_manager: NOTE_MANAGER,
        force: None,
        ..*writer
    };
    info.object = writer.patch(info, APPLY_PATCH, document(&only_note)).await?;
    Ok(())
}

/// Moves the fields of those who applied from here to the server-side manager; whether there were any.
async fn move_owners(info: &mut Info, writer: &Writer<'_>, options: &Options, site: &Site<'_>) -> Result<bool> {
    let managers: Vec<String> = {
        let mut names: Vec<&str> = managed::owners(&info.object, "Update", NOTE).collect();
        names.sort_unstable();
        names.dedup();
        names.into_iter().map(str::to_owned).collect()
    };
    let writer = Writer { force: None, ..*writer };
    let mut attempt = 0;
    loop {
        attempt += 1;
        let Some(fields) = managed::moved(&info.object, &managers, &options.manager) else {
            return Ok(false);
        };
        let error = match writer.patch(info, JSON_PATCH, compact(&owners_patch(&info.object, fields))).await {
            Ok(object) => {
                info.object = object;
                return Ok(true);
            }
            Err(error) => error,
        };
        if !error.status().is_some_and(|status| status.is("Conflict")) {
            return Err(error);
        }
        info.object = get(info, site).await?;
        if attempt == RETRIES {
            // Nobody is told: the next apply tries again.
            return Ok(false);
        }
    }
}

/// The patch that replaces who owns what. It names the version that it is meant for, so that another one is a conflict.
fn owners_patch(object: &OwnedValue, fields: Vec<OwnedValue>) -> OwnedValue {
    let replace = |path: &'static str, value: OwnedValue| {
        let operation = [("op", Value::from("replace")), ("path", Value::from(path)), ("value", value)];
        Value::Object(operation.into_iter().collect())
    };
    Value::Array(vec![
        replace("/metadata/managedFields", Value::Array(fields)),
        replace(
            "/metadata/resourceVersion",
            Value::from(object::resource_version(object).to_owned()),
        ),
    ])
}
