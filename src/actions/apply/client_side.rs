//! Applying from here: the object is looked at, the patch is computed and sent.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    actions::{
        delete::with_source,
        dry_run::DryRun,
        first_failure::{Failure, reconsider},
        last_applied,
        write::document,
    },
    api::{OwnedValue, Value, object::LAST_APPLIED},
    error::{Error, Result},
    resource::{Info, Site},
};

use super::{Applied, Options, get, patcher::Patch, warn_if_deleting};

/// How often a patch is made anew because the object has changed meanwhile.
const RETRIES: u32 = 5;

/// How long is waited before each but the first of these attempts, and between two looks whether an object is gone.
const PAUSE: Duration = Duration::from_secs(1);

/// What is there to be changed.
pub struct Found {
    /// The object's type and place, and the manifest.
    info: Info,
    /// The object as it is; none where there is none yet.
    live: Option<OwnedValue>,
}

/// Looks at the object whose manifest `info` holds, and notes the manifest in itself. `validation` is the query's
/// `fieldValidation`.
///
/// # Errors
/// Where the server cannot be asked.
pub async fn look(mut info: Info, validation: &str, site: &Site<'_>) -> Result<Found> {
    last_applied::note(&mut info.object);
    let live = loop {
        match get(&info, site).await {
            Ok(live) => break Some(live),
            Err(error) => match reconsider(&mut info, error, validation, site.client, site.discovery).await {
                Ok(()) => {}
                // Whether even the namespace is missing, its creation shows.
                Err(Failure::Own(error)) if error.is_not_found() => break None,
                Err(failure) => {
                    let doing = format!("retrieving current configuration of:\n{info}\nfrom server for:");
                    return Err(failure.when(&doing, &info.source));
                }
            },
        }
    };
    Ok(Found { info, live })
}

/// Creates what is not there, and patches what is.
///
/// # Errors
/// What kubectl says of what the server refuses, and of what cannot be merged.
pub async fn apply(found: Found, options: &Options, site: &Site<'_>) -> Result<Applied> {
    let Found { mut info, live } = found;
    match live {
        Some(live) => patch(info, live, options, site).await,
        None => {
            prune_nulls(&mut info.object);
            if options.dry_run != DryRun::Client {
                let created = create(&info, info.object.clone(), options, site).await;
                info.object = created.map_err(|error| with_source("creating", &info.source, error))?;
            }
            Ok(Applied { info, done: "created" })
        }
    }
}

/// Creates an object; a version that it names is of no use.
async fn create(info: &Info, mut object: OwnedValue, options: &Options, site: &Site<'_>) -> Result<OwnedValue> {
    if let Some(metadata) = object.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
        metadata.remove("resourceVersion");
    }
    options.writer(site).create(info, &object).await
}

/// Takes the fields out that are `null`, as a patch would.
fn prune_nulls(value: &mut Value<'_>) {
    match value {
        Value::Object(map) => map.retain(|_, value| {
            prune_nulls(value);
            !value.is_null()
        }),
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}

/// Why an object could not be patched: the patch, if one was sent, and the failure.
type Failed = (Vec<u8>, Error);

/// Brings an object to what its manifest says.
async fn patch(mut info: Info, live: OwnedValue, options: &Options, site: &Site<'_>) -> Result<Applied> {
    if last_applied::noted(&live).is_none() {
        site.client.warnings().say(format!(
            "Warning: resource {} is missing the {LAST_APPLIED} annotation which is required by kubectl apply. kubectl apply \
             should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. \
             The missing annotation will be patched automatically.",
            info.resource_and_name()
        ));
    }
    let modified = std::mem::take(&mut info.object);
    match send(&info, live, &modified, options, site).await {
        Ok((patched, unchanged)) => {
            info.object = patched;
            warn_if_deleting(&info, site);
            let silent = unchanged && !options.prints_objects;
            Ok(Applied {
                info,
                done: if silent { "unchanged" } else { "configured" },
            })
        }
        Err((patch, error)) => {
            let patch = String::from_utf8_lossy(&patch);
            let doing = format!("applying patch:\n{patch}\nto:\n{info}\nfor:");
            Err(with_source(&doing, &info.source, error))
        }
    }
}

/// Sends patches until one fits; the object as it is then, and whether nothing was to be done.
async fn send(
    info: &Info,
    mut live: OwnedValue,
    modified: &OwnedValue,
    options: &Options,
    site: &Site<'_>,
) -> Result<(OwnedValue, bool), Failed> {
    let mut attempt = 0;
    let (patch, error) = loop {
        let patch = Patch::between(modified, &live, options.overwrite, &options.served, site.client.warnings()).await;
        let patch = match patch {
            Ok(patch) => patch,
            // What is done locally has no server to name.
            Err(error) if options.dry_run == DryRun::Client => return Err((Vec::new(), error)),
            Err(error) => return Err((Vec::new(), with_source("patching", &info.source, error))),
        };
        if patch.is_empty() {
            return Ok((live, true));
        }
        if options.dry_run == DryRun::Client {
            return patch
                .applied_to(live)
                .map(|patched| (patched, false))
                .map_err(|error| (Vec::new(), error));
        }
        let bytes = patch.bytes();
        let error = match options.writer(site).patch(info, patch.media(), bytes.clone()).await {
            Ok(patched) => return Ok((patched, false)),
            Err(error) => error,
        };
        if attempt == RETRIES || !is(&error, "Conflict") {
            break (bytes, error);
        }
        attempt += 1;
        if attempt > 1 {
            sleep(PAUSE).await;
        }
        live = get(info, site).await.map_err(|error| (Vec::new(), error))?;
    };
    match &options.replacement {
        Some(_) if is(&error, "Conflict") || is(&error, "Invalid") => match replace(info, live, modified, options, site).await {
            Ok(created) => Ok((created, false)),
            Err(error) => Err((document(modified), error)),
        },
        _ => Err((patch, with_source("patching", &info.source, error))),
    }
}

/// Whether the server gave this reason.
fn is(error: &Error, reason: &str) -> bool {
    error.status().is_some_and(|status| status.is(reason))
}

/// Deletes the object and creates it anew. Where that fails, the one that was there is put back.
async fn replace(info: &Info, live: OwnedValue, modified: &OwnedValue, options: &Options, site: &Site<'_>) -> Result<OwnedValue> {
    let Some(deletion) = &options.replacement else {
        return Err(Error::message("an object that must not make way was asked to"));
    };
    deletion.send(info, site.client).await?;
    let (mut look, end) = (Instant::now(), Instant::now() + options.timeout);
    loop {
        match get(info, site).await {
            Err(error) if error.is_not_found() => break,
            Err(error) => return Err(error),
            Ok(_) => look += PAUSE,
        }
        // Without a limit kubectl looks only once, too.
        if look > end {
            sleep_until(end).await;
            return Err(Error::message("context deadline exceeded"));
        }
        sleep_until(look).await;
    }
    let error = match create(info, modified.clone(), options, site).await {
        Ok(created) => return Ok(created),
        Err(error) => error,
    };
    match create(info, live, options, site).await {
        Ok(_) => Err(error),
        Err(again) => Err(Error::message(format!(
            "An error occurred force-replacing the existing object with the newly provided one:\n\n{error}.\n\nAdditionally, an \
             error occurred attempting to restore the original object:\n\n{again}"
        ))),
    }
}
