//! Changes to a generated object that a person spelled out (`--overrides`).

use crate::{
    api::{OwnedValue, json},
    patch::{self, NoSchema},
};

/// The object with the changes, in the form that `kind` names: `json`, `strategic` or `merge` (also for any other word).
///
/// # Errors
/// Changes that cannot be read, or that the object cannot take.
pub fn apply(object: OwnedValue, changes: &str, kind: &str) -> Result<OwnedValue, String> {
    if changes.is_empty() {
        return Ok(object);
    }
    let parsed = json::parse(changes.as_bytes()).map_err(|error| match kind {
        "json" => error.message,
        _ => "Invalid JSON Patch".to_owned(),
    })?;
    let parsed = parsed.into_owned();
    match kind {
        "json" => patch::json::apply(object, parsed).map_err(|error| error.message),
        "strategic" => patch::strategic::apply::<NoSchema>(object, parsed, None).map_err(|error| error.message),
        _ => Ok(patch::merge::apply(object, parsed)),
    }
}
