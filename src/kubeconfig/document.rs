//! A file's bytes into one value: YAML, of which JSON is a part.

use super::plain;
use crate::{
    api::{Value, json},
    yaml,
};

/// Reads YAML or JSON, by the shortest way that the text allows.
///
/// # Errors
/// The YAML reader's sentence.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, String> {
    if let Some(document) = plain::parse(bytes) {
        return Ok(document);
    }
    // JSON is read much faster as what it is; what is wrong with it is said in YAML's words.
    if bytes.trim_ascii_start().starts_with(b"{")
        && let Ok(document) = json::parse(bytes)
    {
        return Ok(document);
    }
    yaml::parse(bytes).map_err(|error| error.message)
}
