//! Reading YAML as `sigs.k8s.io/yaml` does on its way to JSON: goyaml.v2's YAML 1.1, its limits and its sentences.
//!
//! * [`text`]: a file's bytes as kubectl takes them, whatever their encoding.
//! * [`Documents`]: a stream of YAML or JSON documents, split as Kubernetes splits it.
//! * [`parse`], [`parse_strict`]: one document.
//! * [`tree`](fn@tree): one document with its quotes, tags and order.
//!
//! The way inside: [`scan`] makes tokens, [`nodes`] makes a tree of them, [`decode`] resolves words, aliases and merges.

mod cursor;
mod decode;
mod documents;
mod nodes;
mod properties;
mod scalars;
mod scan;
mod steps;
#[cfg(test)]
mod tests;
mod tree;

use std::{borrow::Cow, fmt};

pub use documents::{Documents, chunk};
pub use tree::{Tree, tree};

use crate::api::Value;

/// Why bytes cannot be read, in the words of Go's libraries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The sentence, such as `yaml: line 4: did not find expected key`.
    pub message: String,
}

impl SyntaxError {
    fn new(message: impl Into<String>) -> Self {
        SyntaxError { message: message.into() }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Reads the first document in `bytes`; what follows it is not looked at. Text without escapes or folded lines is
/// borrowed. Of a repeated key the last value counts.
///
/// # Errors
/// goyaml's sentence behind `yaml: `, with the line where goyaml names one; or what keeps the value from being JSON.
pub fn parse(bytes: &[u8]) -> Result<Value<'_>, SyntaxError> {
    one(bytes, false, false)
}

/// As [`parse`], but a repeated key is an error: `UnmarshalStrict`.
///
/// # Errors
/// As for [`parse`], and `yaml: unmarshal errors:` with a line for every repeated key.
pub fn parse_strict(bytes: &[u8]) -> Result<Value<'_>, SyntaxError> {
    one(bytes, false, true)
}

fn one(bytes: &[u8], final_break: bool, strict: bool) -> Result<Value<'_>, SyntaxError> {
    let text = cursor::checked(bytes)?;
    match nodes::Nodes::read(text, final_break)? {
        Some(nodes) => decode::value(nodes, strict),
        None => Ok(Value::Null),
    }
}

/// The bytes of a file or of standard input as kubectl takes them: a byte order mark says that they are UTF-16 or is
/// dropped, and what is no UTF-8 becomes U+FFFD.
pub fn text(bytes: &[u8]) -> Cow<'_, [u8]> {
    let utf16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let odd = if rest.len() % 2 == 1 { "\u{fffd}" } else { "" };
        let units = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
        let text: String = char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        Cow::Owned((text + odd).into_bytes())
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        },
    }
}
