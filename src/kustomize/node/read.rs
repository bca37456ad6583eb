//! Text into trees, as kustomize reads its files.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Fields, Node, Scalar, Tag, tag_of};
use crate::{
    api::{Value, json},
    yaml::read::{self, Tree},
};

/// The first document in `text`; nothing where there is none.
///
/// # Errors
/// goyaml's sentence.
pub(in crate::kustomize) fn parse(text: &str) -> Result<Option<Node>, String> {
    let tree = read::tree(text.as_bytes()).map_err(|error| error.message)?;
    Ok(tree.map(node))
}

/// All documents in a file, those without content left out. They are parted by lines that begin with `---`, of which
/// the first line of the file is none.
///
/// # Errors
/// goyaml's sentence; what stands behind a separator.
pub(in crate::kustomize) fn documents(text: &str) -> Result<Vec<Node>, String> {
    let text = text.replace("\r\n", "\n");
    let mut found = Vec::new();
    let mut rest = text.as_str();
    loop {
        let (chunk, next) = chunk(rest)?;
        if let Some(node) = parse(chunk)?.filter(|node| !node.is_null()) {
            found.push(node);
        }
        match next {
            Some(next) => rest = next,
            None => return Ok(found),
        }
    }
}

/// The text up to the next separator, and what follows that.
fn chunk(text: &str) -> Result<(&str, Option<&str>), String> {
    let Some(at) = text.find("\n---") else {
        return Ok((text, None));
    };
    let Some(length) = text[at + 1..].find('\n') else {
        return Ok((text, None));
    };
    let end = at + 1 + length + 1;
    let after = text[at + 4..end].trim();
    if !after.is_empty() && !after.starts_with('#') {
        return Err(format!("invalid document separator: {}", text[at..end].trim()));
    }
    // The line break belongs to the document: a literal text at its end needs it.
    Ok((&text[..=at], Some(&text[end..])))
}

fn node(tree: Tree<'_>) -> Node {
    match tree {
        Tree::Scalar { .. } => Node::Scalar(scalar(tree)),
        Tree::List(items) => Node::List(items.into_iter().map(node).collect()),
        Tree::Map(fields) => Node::Map(Fields(fields.into_iter().map(|(key, value)| (scalar(key), node(value))).collect())),
    }
}

fn scalar(tree: Tree<'_>) -> Scalar {
    let Tree::Scalar { text, tag, plain } = tree else {
        return Scalar::open("");
    };
    let (tag, quoted) = match (tag.as_str(), plain) {
        ("", true) => (tag_of(&text), false),
        ("" | "!", _) => (Tag::Text, true),
        ("str", _) => (Tag::Text, false),
        ("null", _) => (Tag::Null, false),
        ("bool", _) => (Tag::Bool, false),
        ("int", _) => (Tag::Int, false),
        ("float", _) => (Tag::Float, false),
        ("timestamp", _) => (Tag::Timestamp, false),
        ("binary", _) => (Tag::Binary, false),
        (_, _) => (Tag::Other(tag), false),
    };
    Scalar {
        text: text.into_owned(),
        tag,
        quoted,
    }
}

/// The tree of a value.
pub(in crate::kustomize) fn from_value(value: &Value<'_>) -> Node {
    let scalar = |text: String, tag: Tag| Node::Scalar(Scalar { text, tag, quoted: false });
    match value {
        Value::Null => scalar("null".to_owned(), Tag::Null),
        Value::Bool(truth) => scalar(truth.to_string(), Tag::Bool),
        Value::Int(whole) => scalar(whole.to_string(), Tag::Int),
        Value::Float(float) => {
            let text = json::write::float(*float);
            let tag = tag_of(&text);
            scalar(text, tag)
        }
        Value::String(text) => Node::text(text.as_ref()),
        Value::Array(items) => Node::List(items.iter().map(from_value).collect()),
        Value::Object(map) => Node::Map(Fields(
            map.iter().map(|(key, value)| (Scalar::text(key), from_value(value))).collect(),
        )),
    }
}

/// A date as Go writes the time that it has read from it. One with a time behind it stays as it is written.
pub(super) fn timestamp(text: &str) -> String {
    let parts: Vec<&str> = text.split('-').collect();
    match parts[..] {
        [year, month, day] if parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit())) => {
            format!("{year}-{month:0>2}-{day:0>2}T00:00:00Z")
        }
        _ => text.to_owned(),
    }
}

/// The text in base64 that is tagged as binary.
///
/// # Errors
/// Go's sentence where it is none.
pub(super) fn binary(text: &str) -> Result<String, String> {
    let bytes: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let data = STANDARD
        .decode(bytes)
        .map_err(|_| "yaml: !!binary value contains invalid base64 data".to_owned())?;
    Ok(String::from_utf8_lossy(&data).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_parted_by_lines_of_dashes() {
        let found = documents("---\na: 1\n---  # x\n---\nb: |\n  t\n---\n# nothing\n").unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].word(&["b"]), "t\n");
        assert_eq!(documents("a: 1\n--- b\nc: 2\n").unwrap_err(), "invalid document separator: --- b");
        assert_eq!(documents("").unwrap(), []);
    }

    #[test]
    fn timestamp_of_dates_alone_is_a_time() {
        for (text, time) in [
            ("2001-01-01", "2001-01-01T00:00:00Z"),
            ("2001-1-2", "2001-01-02T00:00:00Z"),
            ("2001-12-14 21:59:43", "2001-12-14 21:59:43"),
            ("2001-12-14t21:59:43.10-05:00", "2001-12-14t21:59:43.10-05:00"),
        ] {
            assert_eq!(timestamp(text), time);
        }
    }
}
