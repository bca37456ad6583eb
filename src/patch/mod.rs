//! Changing objects by patches: JSON patch, merge patch and strategic merge patch, as Kubernetes applies them. Pure:
//! values in, values out.
//!
//! | module | media type | source |
//! |---|---|---|
//! | [`json`] | `application/json-patch+json` | RFC 6902, with the habits and error texts of `evanphx/json-patch` 4 |
//! | [`merge`] | `application/merge-patch+json` | RFC 7386 |
//! | [`strategic`] | `application/strategic-merge-patch+json` | `k8s.io/apimachinery/pkg/util/strategicpatch` |
//!
//! [`two_way`] and [`three_way`] make such patches: between two states of an object, and between a manifest, the manifest
//! before it and the object as it is.
//!
//! What a strategic merge patch does to a list depends on the field: [`Schema`] is how it asks.

pub mod built_in;
mod diff;
pub mod json;
pub mod merge;
mod schema;
mod shown;
pub mod strategic;
pub mod three_way;
pub mod two_way;

pub use built_in::BuiltIn;
pub use schema::{NoSchema, Schema, Strategy};

use std::fmt;

/// Why a patch cannot be applied, in the words of Go's packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchError {
    /// The sentence.
    pub message: String,
    /// Whether the patch itself is broken, rather than unfit for the object.
    pub malformed: bool,
}

impl PatchError {
    /// A patch that no object can be patched with.
    pub(crate) fn malformed(message: impl Into<String>) -> Self {
        PatchError {
            message: message.into(),
            malformed: true,
        }
    }

    /// A patch that this object cannot be patched with.
    pub(crate) fn unfit(message: impl Into<String>) -> Self {
        PatchError {
            message: message.into(),
            malformed: false,
        }
    }
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatchError {}
