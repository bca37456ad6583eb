//! A stream of documents, split and tried as Kubernetes' `YAMLOrJSONDecoder` does it.

use super::{SyntaxError, one};
use crate::api::{Value, json};

/// The values in a stream of JSON or YAML documents.
///
/// A stream that begins with `{` is JSON, objects one after the other; where that fails on the first or second object,
/// the rest is tried as YAML. YAML documents are split at lines that begin with `---`, so their lines count from there.
/// Documents that are empty or `null` are passed over. After a failure nothing more comes.
///
/// The bytes of a file or of standard input belong through [`text`](super::text) first.
#[derive(Debug)]
pub struct Documents<'a> {
    rest: &'a [u8],
    mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// JSON, after so many objects in so many bytes.
    Json {
        count: usize,
        consumed: usize,
    },
    Yaml,
    Ended,
}

impl<'a> Documents<'a> {
    /// The documents in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        // Go peeks at as much as fits its buffer; a longer run of white space makes the stream YAML.
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
        let json = start.trim_start().starts_with('{');
        Documents {
            rest: bytes,
            mode: if json { Mode::Json { count: 0, consumed: 0 } } else { Mode::Yaml },
        }
    }

    /// The next document, `null` included; nothing at the end.
    fn document(&mut self) -> Result<Option<Value<'a>>, SyntaxError> {
        let Mode::Json { count, consumed } = self.mode else {
            return self.yaml();
        };
        let rest = self.rest;
        let error = match json::parse_prefix(rest) {
            Ok((value, length)) => {
                self.rest = &rest[length..];
                self.mode = Mode::Json {
                    count: count + 1,
                    consumed: consumed + length,
                };
                return Ok(Some(value));
            }
            Err(error) => error,
        };
        if rest.trim_ascii_start().is_empty() {
            return Ok(None);
        }
        let sentence = match &error {
            error if error.incomplete => "unexpected EOF".to_owned(),
            error if count > 1 => error.message.clone(),
            error => format!("json: offset {}: {}", consumed + error.offset, error.message),
        };
        if count > 1 {
            return Err(SyntaxError::new(sentence));
        }
        // The line break behind the last object does not belong to what follows.
        let blank = rest.iter().take_while(|byte| byte.is_ascii_whitespace() && **byte != b'\n').count();
        self.rest = &rest[blank..];
        self.rest = self.rest.strip_prefix(b"\n").unwrap_or(self.rest);
        self.mode = Mode::Yaml;
        self.yaml().map_err(|_| SyntaxError::new(sentence))
    }

    fn yaml(&mut self) -> Result<Option<Value<'a>>, SyntaxError> {
        match chunk(&mut self.rest)? {
            None => Ok(None),
            Some(chunk) => match one(chunk, true, false) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(SyntaxError::new(format!("error converting YAML to JSON: {error}"))),
            },
        }
    }
}

/// Takes the lines up to the next separator (`---`) off `rest`; nothing at the end. A separator at the very start belongs to
/// them (apimachinery's `YAMLReader`).
///
/// # Errors
/// A separator with something behind it.
pub fn chunk<'a>(rest: &mut &'a [u8]) -> Result<Option<&'a [u8]>, SyntaxError> {
    let bytes = *rest;
    let mut at = 0;
    while at < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |length| at + length + 1);
        let line = &bytes[at..end];
        if let Some(after) = line.strip_prefix(b"---") {
            let after = String::from_utf8_lossy(after);
            let after = after.trim();
            if !after.is_empty() && !after.starts_with('#') {
                return Err(SyntaxError::new(format!("invalid Yaml document separator: {after}")));
            }
            if at > 0 {
                *rest = &bytes[end..];
                return Ok(Some(&bytes[..at]));
            }
        }
        at = end;
    }
    *rest = &[];
    Ok((!bytes.is_empty()).then_some(bytes))
}

impl<'a> Iterator for Documents<'a> {
    type Item = Result<Value<'a>, SyntaxError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.mode != Mode::Ended {
            match self.document() {
                Ok(Some(value)) if value.is_null() => {}
                Ok(Some(value)) => return Some(Ok(value)),
                Ok(None) => self.mode = Mode::Ended,
                Err(error) => {
                    self.mode = Mode::Ended;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}
