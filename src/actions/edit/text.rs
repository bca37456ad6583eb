//! What a person finds in the file that is edited, and what of it counts.

use crate::{
    api::{Value, json, quote},
    yaml,
};

use super::Mode;

/// Why a file has to be edited again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reason {
    /// What is wrong.
    pub(super) head: String,
    /// Where, in single sentences.
    pub(super) causes: Vec<String>,
}

/// The comment at the top of the file, in kubectl's words.
pub(super) fn header(mode: Mode, reasons: &[Reason]) -> String {
    let mut text = match mode {
        Mode::Notes => {
            "# Please edit the 'last-applied-configuration' annotations below.\n\
             # Lines beginning with a '#' will be ignored, and an empty file will abort the edit.\n\
             #\n"
        }
        Mode::Objects | Mode::Manifests => {
            "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
             # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
             # reopened with the relevant failures.\n\
             #\n"
        }
    }
    .to_owned();
    for Reason { head, causes } in reasons {
        let colon = if causes.is_empty() { "" } else { ":" };
        text.push_str(&format!("# {}{colon}\n", commented(head)));
        for cause in causes {
            text.push_str(&format!("# * {}\n", commented(cause)));
        }
        text.push_str("#\n");
    }
    text
}

/// A sentence whose further lines are comments, too.
fn commented(sentence: &str) -> String {
    let mut lines = sentence.split('\n');
    let mut text = lines.next().unwrap_or_default().to_owned();
    let mut rest = lines.peekable();
    while let Some(line) = rest.next() {
        let is_last_break = line.is_empty() && rest.peek().is_none();
        text.push_str(if line.starts_with('#') || is_last_break { "\n" } else { "\n# " });
        text.push_str(line);
    }
    text
}

/// A file without the lines that are comments.
pub(super) fn without_comments(file: &[u8]) -> Vec<u8> {
    let is_comment = |line: &[u8]| {
        let line = line.trim_ascii_start();
        line.starts_with(b"#") && !line.starts_with(b"#!")
    };
    let mut kept = Vec::with_capacity(file.len());
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        if !is_comment(line) {
            kept.extend_from_slice(line);
        }
    }
    kept
}

/// What of a file counts: its first document as JSON, or where it cannot be read, its lines without comments. A file that
/// begins like JSON counts as it is.
pub(super) fn essence(file: &[u8]) -> Vec<u8> {
    if is_json(file) {
        return file.to_vec();
    }
    match yaml::read::parse(file) {
        Ok(value) => {
            let mut text = Vec::new();
            json::to_compact(&mut text, &value);
            text
        }
        Err(_) => without_comments(file),
    }
}

/// Reads what [`essence`] left.
///
/// # Errors
/// What is wrong with it, in the words of Go's libraries.
pub(super) fn read(essence: &[u8]) -> Result<Value<'_>, String> {
    if is_json(essence) {
        return json::parse(essence).map_err(|error| error.message);
    }
    yaml::read::parse(essence).map_err(|error| error.message)
}

fn is_json(file: &[u8]) -> bool {
    file.trim_ascii_start().starts_with(b"{")
}

/// Whether there is anything in a file but comments and space.
pub(super) fn has_lines(file: &[u8]) -> bool {
    file.split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii)
        .any(|line| !line.is_empty() && !line.starts_with(b"#"))
}

/// Lines that end as on Windows.
pub(super) fn with_windows_line_endings(text: &[u8]) -> Vec<u8> {
    let mut converted = Vec::with_capacity(text.len());
    for &byte in text {
        if byte == b'\n' {
            converted.push(b'\r');
        }
        converted.push(byte);
    }
    converted
}

/// An object as Go writes it for programmers (`%#v`): kubectl shows it so where it does not know whose change it is.
pub(super) fn in_go(value: &Value<'_>) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(_) => crate::template::format::plain_text(value),
        Value::String(text) => quote(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(in_go).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| *key);
            let fields: Vec<String> = fields
                .into_iter()
                .map(|(key, value)| format!("{}:{}", quote(key), in_go(value)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", fields.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[test]
    fn header_gives_reasons_and_keeps_their_lines_comments() {
        let reasons = [
            Reason {
                head: "pods \"a\" was not valid".to_owned(),
                causes: vec!["spec: one\ntwo".to_owned(), "x: y\n".to_owned()],
            },
            Reason {
                head: "a\n# b".to_owned(),
                causes: Vec::new(),
            },
        ];
        let text = header(Mode::Objects, &reasons);
        assert!(
            text.ends_with("failures.\n#\n# pods \"a\" was not valid:\n# * spec: one\n# two\n# * x: y\n\n#\n# a\n# b\n#\n"),
            "{text}"
        );
        assert!(header(Mode::Notes, &[]).contains("'last-applied-configuration' annotations"));
    }

    #[test]
    fn essence_disregards_comments_and_layout_of_yaml_but_not_of_json() {
        assert_eq!(essence(b"# a\nb: 1 # c\na:   x\n"), essence(b"a: x\nb: 1"));
        assert_ne!(essence(b"{\"a\": 1}"), essence(b"{\"a\": 1}\n"));
        assert_eq!(text(&essence(b"  # no\na: b: c\n#!yes\n# no")), "a: b: c\n#!yes\n");
        assert_eq!(text(&essence(b"")), "null");
    }

    #[test]
    fn read_of_what_is_no_document_says_what_go_says() {
        let fault = |file: &[u8]| read(&essence(file)).unwrap_err();
        assert_eq!(fault(b"a: b: c"), "yaml: mapping values are not allowed in this context");
        assert!(fault(b"{\"a\" 1}").starts_with("invalid character '1' after object key"));
    }

    #[test]
    fn has_lines_finds_what_is_no_comment() {
        assert!(!has_lines(b"# a\n   \n\t# b\n"));
        assert!(has_lines(b"# a\n  b"));
    }

    #[test]
    fn with_windows_line_endings_ends_each_line_so() {
        assert_eq!(text(&with_windows_line_endings(b"a\nb\n")), "a\r\nb\r\n");
    }

    #[test]
    fn in_go_sorts_fields_and_quotes_text() {
        let value = json::parse(br#"{"b":[1,null,true],"a":{"c":"x\"y"}}"#).unwrap();
        assert_eq!(
            in_go(&value),
            r#"map[string]interface {}{"a":map[string]interface {}{"c":"x\"y"}, "b":[]interface {}{1, interface {}(nil), true}}"#
        );
    }
}
