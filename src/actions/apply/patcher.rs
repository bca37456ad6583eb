//! The patch that brings an object to what a manifest says (kubectl's `apply.Patcher`).

use std::cell::RefCell;

use crate::{
    actions::{
        last_applied::noted,
        write::{MERGE_PATCH, STRATEGIC_PATCH, compact, document},
    },
    api::{Map, OwnedValue, Value, json, object, quote},
    client::Warnings,
    error::{Error, Result},
    openapi::Document,
    patch::{BuiltIn, PatchError, Schema, merge, strategic, three_way},
    yaml,
};

use super::served::{Place, Served};

/// A patch and how it is to be understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// The patch; an empty object where there is nothing to do.
    pub value: OwnedValue,
    /// Whether it is a strategic merge patch rather than a JSON merge patch.
    pub is_strategic: bool,
}

impl Patch {
    /// The patch between the manifest before (which is noted in the live object), the manifest with itself noted in it,
    /// and the live object. Without `overwrite`, what others have changed is not changed back.
    ///
    /// `served` is the server's description of its kinds, if that counts. What it says of the kinds that are built into
    /// kubectl, and of those by which a server is extended, is known beforehand; of all others it is asked where there is
    /// anything to do. kubectl tries two descriptions of it before what is built in, and says on standard error why each
    /// did not do.
    ///
    /// # Errors
    /// Notes that are no JSON, lists that cannot be merged, and conflicts.
    pub async fn between(modified: &OwnedValue, live: &OwnedValue, overwrite: bool, served: &Served, warnings: &Warnings) -> Result<Patch> {
        let text = noted(live).unwrap_or_default();
        let schema = match served.counts() {
            true => BuiltIn::of_served(live),
            false => BuiltIn::of(live),
        };
        let before = match text {
            "" => Ok(Value::Null),
            text => match json::parse(text.as_bytes()) {
                Ok(before @ (Value::Object(_) | Value::Null)) => Ok(before),
                _ if schema.is_some() => Err("invalid JSON document".to_owned()),
                // The other library has words of its own.
                Ok(Value::Array(_)) => Err("Mismatched JSON Documents".to_owned()),
                _ => Err("Invalid JSON Document".to_owned()),
            },
        };
        let refused = |why: String| {
            let shown = |value: &Value<'_>| String::from_utf8_lossy(&document(value)).into_owned();
            let (modified, live) = (shown(modified), shown(live));
            Error::message(format!(
                "creating patch with:\noriginal:\n{text}\nmodified:\n{modified}\ncurrent:\n{live}\nfor:: {why}"
            ))
        };
        let warn = |why: &str| {
            warnings.say(format!("warning: error calculating patch from openapi v3 spec: {why}"));
            warnings.say(format!("warning: error calculating patch from openapi spec: {why}"));
        };
        if let Some(schema) = &schema {
            let value = before.and_then(|before| strategic_patch(&before, modified, live, schema, overwrite));
            return match value {
                Ok(value) => Ok(Patch { value, is_strategic: true }),
                Err(why) => {
                    if served.counts() {
                        warn(&why);
                    }
                    Err(refused(why))
                }
            };
        }
        let before = before.map_err(refused)?;
        let merge = three_way::merge(&before, modified, live).map_err(|error| refused(error.message));
        // What has nothing to do one way has nothing to do the other way.
        if merge
            .as_ref()
            .is_ok_and(|patch| patch.as_object().is_some_and(|map| map.is_empty()))
        {
            return Ok(Patch::merging(Value::Object(Map::new())));
        }
        let (group, version) = object::group_version(live);
        if let Some(bytes) = served.document(group, version).await
            && let Ok(types) = Document::parse(&bytes)
        {
            let missing = RefCell::default();
            if let Some(place) = Place::of(live, &types, &missing) {
                let value = strategic_patch(&before, modified, live, &place, overwrite);
                let unknown = missing
                    .borrow()
                    .as_ref()
                    .map(|name| format!("unable to find api field {}", quote(name)));
                match unknown.map_or(value, Err) {
                    Ok(value) => return Ok(Patch { value, is_strategic: true }),
                    Err(why) => warn(&why),
                }
            }
        }
        merge.map(|value| Patch::merging(value.into_owned()))
    }

    /// A JSON merge patch.
    fn merging(value: OwnedValue) -> Patch {
        Patch {
            value,
            is_strategic: false,
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.value.as_object().is_some_and(|map| map.is_empty())
    }

    /// Its media type.
    pub fn media(&self) -> &'static str {
        if self.is_strategic { STRATEGIC_PATCH } else { MERGE_PATCH }
    }

    /// It as it is sent.
    pub fn bytes(&self) -> Vec<u8> {
        compact(&self.value)
    }

    /// What it makes of the live object, without the server.
    ///
    /// # Errors
    /// A directive in the manifest that makes no sense; a kind that the server merges by strategic patches although it is
    /// not built into kubectl, which can then not do the same.
    pub fn applied_to(&self, live: OwnedValue) -> Result<OwnedValue> {
        let patch = self.value.clone();
        if !self.is_strategic {
            return Ok(merge::apply(live, patch));
        }
        let fail = |why: &str| Error::message(format!("applying patch locally: {why}"));
        let schema = BuiltIn::of(&live).ok_or_else(|| fail("expected a struct, but received a nil"))?;
        strategic::apply(live, patch, Some(&schema)).map_err(|PatchError { message, .. }| fail(&message))
    }
}

/// The strategic merge patch, or why there is none.
fn strategic_patch<S: Schema>(
    before: &Value<'_>,
    modified: &OwnedValue,
    live: &OwnedValue,
    schema: &S,
    overwrite: bool,
) -> Result<OwnedValue, String> {
    three_way::strategic(before, modified, live, Some(schema), overwrite)
        .map(Value::into_owned)
        .map_err(|failure| sentence(&failure))
}

/// Why there is no patch, in the words of `mergepatch`.
fn sentence(failure: &three_way::Failure<'_>) -> String {
    match failure {
        three_way::Failure::Unfit(error) => error.message.clone(),
        three_way::Failure::Conflict(conflict) => {
            let shown = |value: &Value<'_>| {
                let mut text = Vec::new();
                yaml::write::to_yaml(&mut text, value);
                String::from_utf8_lossy(&text).into_owned()
            };
            format!(
                "patch:\n{}\nconflicts with changes made from original to current:\n{}\n",
                shown(&conflict.patch),
                shown(&conflict.changes)
            )
        }
    }
}
