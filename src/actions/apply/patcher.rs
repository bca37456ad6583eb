//! The patch that brings an object to what a manifest says (kubectl's `apply.Patcher`).

use crate::{
    actions::{
        last_applied::noted,
        write::{MERGE_PATCH, STRATEGIC_PATCH, compact, document},
    },
    api::{OwnedValue, Value, json},
    client::Warnings,
    error::{Error, Result},
    patch::{BuiltIn, PatchError, merge, strategic, three_way},
    yaml,
};

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
    /// `openapi` says whether the server's description of its kinds counts. It is known beforehand; what it adds to the
    /// kinds that are built into kubectl are those by which a server is extended. kubectl tries two descriptions of it
    /// before what is built in, and says on standard error why each did not do.
    ///
    /// # Errors
    /// Notes that are no JSON, lists that cannot be merged, and conflicts.
    pub fn between(modified: &OwnedValue, live: &OwnedValue, overwrite: bool, openapi: bool, warnings: &Warnings) -> Result<Patch> {
        let text = noted(live).unwrap_or_default();
        let before = match text {
            "" => Ok(Value::Null),
            text => json::parse(text.as_bytes()).map_err(|_| "invalid JSON document".to_owned()),
        };
        let schema = if openapi { BuiltIn::of_served(live) } else { BuiltIn::of(live) };
        let value = before.and_then(|before| match &schema {
            Some(schema) => three_way::strategic(&before, modified, live, Some(schema), overwrite)
                .map(Value::into_owned)
                .map_err(|failure| sentence(&failure)),
            None => three_way::merge(&before, modified, live)
                .map(Value::into_owned)
                .map_err(|error| error.message),
        });
        let is_strategic = schema.is_some();
        value.map(|value| Patch { value, is_strategic }).map_err(|why| {
            if is_strategic && openapi {
                warnings.say(format!("warning: error calculating patch from openapi v3 spec: {why}"));
                warnings.say(format!("warning: error calculating patch from openapi spec: {why}"));
            }
            let shown = |value: &Value<'_>| String::from_utf8_lossy(&document(value)).into_owned();
            let (modified, live) = (shown(modified), shown(live));
            Error::message(format!(
                "creating patch with:\noriginal:\n{text}\nmodified:\n{modified}\ncurrent:\n{live}\nfor:: {why}"
            ))
        })
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
    /// A directive in the manifest that makes no sense.
    pub fn applied_to(&self, live: OwnedValue) -> Result<OwnedValue> {
        let patch = self.value.clone();
        if !self.is_strategic {
            return Ok(merge::apply(live, patch));
        }
        let schema = BuiltIn::of_served(&live);
        strategic::apply(live, patch, schema.as_ref())
            .map_err(|PatchError { message, .. }| Error::message(format!("applying patch locally: {message}")))
    }
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
