//! What a server says of its types: the schemas of OpenAPI documents.
//!
//! * [`Index`]: which documents there are, one for each version of a group.
//! * [`Document`]: the schemas of one such document (OpenAPI v3). Nothing of it is made into values before it is asked for.
//! * [`older`]: the one document of servers from before there was an index (OpenAPI v2), in JSON or in protobuf.
//! * [`Source`]: where the documents come from: the disk, or the server. It alone does input and output.

mod document;
mod index;
pub mod older;
mod proto;
mod source;

pub use document::Document;
pub use index::{Index, path_of};
pub use source::Source;

use crate::api::Value;

/// The extension that names the kinds whose schema this is, and in an operation the kind that it is about.
pub const KIND_EXTENSION: &str = "x-kubernetes-group-version-kind";

/// The group, the version and the kind that a value of [`KIND_EXTENSION`] names; an empty text for what it leaves out.
pub fn kind_of<'v>(value: &'v Value<'_>) -> (&'v str, &'v str, &'v str) {
    (value.str_at(&["group"]), value.str_at(&["version"]), value.str_at(&["kind"]))
}

#[cfg(test)]
mod tests;
