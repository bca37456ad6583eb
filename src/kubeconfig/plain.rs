//! The plain form of YAML in which kubectl writes a kubeconfig, read in one pass.
//!
//! Blocks of `key: value` and `- value`, each on a line of its own, are most of the YAML that is read at every start.
//! Whatever is not as plain as that (other quoting, folding, anchors, numbers, words that YAML gives a meaning) is left
//! to [`crate::yaml`]; what is read here means the same there.

use std::borrow::Cow;

use crate::api::{Map, Value};

/// How deep lists and maps may be in each other; a kubeconfig needs six.
const DEEPEST: usize = 16;

/// The value of a document, or nothing where it is not plain.
pub fn parse(bytes: &[u8]) -> Option<Value<'_>> {
    let mut lines = Lines::new(bytes)?;
    let value = lines.block(None, DEEPEST)?;
    lines.text.is_none().then_some(value)
}

/// A document's lines, from the current one on. Empty lines and comments are passed over.
struct Lines<'a> {
    rest: &'a [u8],
    /// Spaces before the current line's text.
    indent: usize,
    /// The current line's text; nothing at the end.
    text: Option<&'a str>,
}

impl<'a> Lines<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let mut lines = Lines {
            rest: bytes,
            indent: 0,
            text: None,
        };
        lines.advance()?;
        Some(lines)
    }

    /// Makes the next line the current one; nothing where it has letters that may need more than copying.
    fn advance(&mut self) -> Option<()> {
        loop {
            if self.rest.is_empty() {
                self.text = None;
                return Some(());
            }
            let end = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let line = &self.rest[..end];
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            if !line.iter().all(|byte| matches!(byte, b' '..=b'~')) {
                return None;
            }
            self.indent = line.iter().take_while(|byte| **byte == b' ').count();
            let text = &line[self.indent..];
            if !text.is_empty() && !text.starts_with(b"#") {
                self.text = Some(std::str::from_utf8(text).ok()?);
                return Some(());
            }
        }
    }

    /// The list or map that begins with the current line. `key` is the column of the key before it.
    fn block(&mut self, key: Option<usize>, depth: usize) -> Option<Value<'a>> {
        let depth = depth.checked_sub(1)?;
        if !self.text?.starts_with('-') {
            return self.map(self.indent, depth);
        }
        let indent = self.indent;
        let list = self.list(indent, depth)?;
        // Below a list only its key's map goes on in the same column.
        let ended = self.text.is_none() || self.indent < indent || (self.indent == indent && key == Some(indent));
        ended.then_some(list)
    }

    fn list(&mut self, indent: usize, depth: usize) -> Option<Value<'a>> {
        let mut items = Vec::new();
        while let Some(text) = self.text.filter(|text| self.indent == indent && text.starts_with('-')) {
            let item = text.strip_prefix("- ")?;
            if let Some(value) = scalar(item) {
                items.push(value);
                self.advance()?;
            } else {
                // The item's first field stands behind the dash, the others in the same column below it.
                key(item)?;
                (self.indent, self.text) = (indent + 2, Some(item));
                items.push(self.map(indent + 2, depth.checked_sub(1)?)?);
            }
        }
        Some(Value::Array(items))
    }

    fn map(&mut self, indent: usize, depth: usize) -> Option<Value<'a>> {
        let mut fields = Vec::new();
        while let Some(text) = self.text.filter(|text| self.indent == indent && !text.starts_with('-')) {
            let (key, value) = key(text)?;
            self.advance()?;
            let value = match (value, self.text) {
                ("", Some(next)) if self.indent > indent || (self.indent == indent && next.starts_with('-')) => {
                    self.block(Some(indent), depth)?
                }
                ("", _) => Value::Null,
                (value, _) => scalar(value)?,
            };
            fields.push((Cow::Borrowed(key), value));
        }
        let ended = self.text.is_none() || self.indent < indent;
        ended.then(|| Value::Object(Map::from_entries(fields)))
    }
}

/// A key and what follows its colon; nothing where the key is not a simple word.
fn key(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let simple = key.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if !simple || has_meaning(key) {
        return None;
    }
    match value.strip_prefix(' ') {
        Some(value) => Some((key, value.trim_start_matches(' '))).filter(|(_, value)| !value.is_empty()),
        None => value.is_empty().then_some((key, "")),
    }
}

/// The value that is written as `text`; nothing where that takes more than a look.
fn scalar(text: &str) -> Option<Value<'_>> {
    match text {
        "true" => return Some(Value::Bool(true)),
        "false" => return Some(Value::Bool(false)),
        "null" => return Some(Value::Null),
        "{}" => return Some(Value::Object(Map::new())),
        "[]" => return Some(Value::Array(Vec::new())),
        _ => {}
    }
    let quoted = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
    if let Some(inside) = quoted('"') {
        return (!inside.contains(['"', '\\'])).then_some(Value::from(inside));
    }
    if let Some(inside) = quoted('\'') {
        return (!inside.contains('\'')).then_some(Value::from(inside));
    }
    // Numbers, dates and marks begin otherwise.
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/') || text.starts_with("--");
    let plain = begins && !text.ends_with([' ', ':']) && !text.contains(": ") && !text.contains(" #") && !has_meaning(text);
    plain.then_some(Value::from(text))
}

/// Whether YAML takes the word for a truth or for nothing.
fn has_meaning(word: &str) -> bool {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    word.len() <= 5 && words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::yaml;

    #[test]
    fn parse_reads_what_kubectl_writes() {
        let file = b"apiVersion: v1\nclusters:\n- cluster:\n    server: https://h:6443\n  name: c\ncontexts: null\n\
            current-context: \"\"\nkind: Config\npreferences: {}\nusers:\n- name: u\n  user:\n    exec:\n      args:\n      - --flag\n\
            \x20     - word\n      env: null\n      provideClusterInfo: false\n";
        let value = parse(file).unwrap();
        assert_eq!(value, yaml::parse(file).unwrap());
    }

    #[test]
    fn parse_leaves_the_rest_to_yaml() {
        for text in [
            "",
            "a",
            "a: b: c",
            "a: yes",
            "y: a",
            "a: 1",
            "a: &x b",
            "a: *x",
            "a: |\n  b",
            "a: b\n c",
            "a: b # c",
            "a:\tb",
            "a: \"\\n\"",
            "a: é",
            "- - a",
            "-\n  a",
            "a: b ",
            "a: - b",
            "a:\n  b: c\n d: e",
            "a: {b: c}",
            "a: --- x\n...",
            "---\na: b",
            "a: -b",
            "a: ''''",
            "a:\n- b\n  c: d",
            "- a\nb: c",
        ] {
            assert!(parse(text.as_bytes()).is_none(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn parse_means_what_yaml_means(lines in proptest::collection::vec(line(), 1..12)) {
            let text = lines.join("\n");
            if let Some(value) = parse(text.as_bytes()) {
                let whole = yaml::parse(text.as_bytes());
                prop_assert_eq!(Ok(value), whole, "{}", text);
            }
        }
    }

    /// A line that is mostly plain.
    fn line() -> impl Strategy<Value = String> {
        let indent = prop_oneof![Just(0usize), Just(0), Just(2), Just(2), Just(4), 0..6usize];
        let dash = prop_oneof![Just(""), Just(""), Just("- "), Just("-"), Just("- - ")];
        let key = prop_oneof![
            Just(""),
            Just("a: "),
            Just("b: "),
            Just("a:"),
            Just("b:"),
            Just("no: "),
            Just("a b: "),
            Just("<<: ")
        ];
        let value = prop_oneof![
            Just(""),
            Just(""),
            Just("x"),
            Just("{}"),
            Just("true"),
            Just("--x"),
            Just("\"q\""),
            Just("'q'"),
            Just("# c"),
            Just("x #c"),
            Just("null"),
            Just("https://h:1"),
            Just("-x"),
            Just("on"),
            Just("1"),
            Just("x:"),
            Just("'a' b"),
            "[ -~]{0,6}".prop_map(|text| Box::leak(text.into_boxed_str()) as &str),
        ];
        (indent, dash, key, value).prop_map(|(indent, dash, key, value)| format!("{}{dash}{key}{value}", " ".repeat(indent)))
    }
}
