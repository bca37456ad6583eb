//! Trees into text, for messages and for texts that hold YAML themselves: fields stay in their order.

use std::fmt;

use super::{Node, Scalar, Tag, tag_of};
use crate::{
    api::{Value, json, quote},
    yaml::to_yaml,
};

/// As YAML in blocks of two columns, without a line break at its end.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        block(&mut out, self, 0);
        f.write_str(out.trim_end_matches('\n'))
    }
}

impl Node {
    /// What the tree means, as Go prints it with `%#v`.
    pub(in crate::kustomize) fn go_syntax(&self) -> String {
        match self {
            Node::Scalar(scalar) => match scalar.value() {
                Ok(Value::Null) => "interface {}(nil)".to_owned(),
                Ok(Value::String(text)) => quote(&text),
                Ok(value) => {
                    let mut out = Vec::new();
                    json::to_compact(&mut out, &value);
                    String::from_utf8_lossy(&out).into_owned()
                }
                // What JSON has not, Go has.
                Err(error) => error.rsplit(' ').next().unwrap_or_default().to_owned(),
            },
            Node::List(items) => {
                let items: Vec<String> = items.iter().map(Node::go_syntax).collect();
                format!("[]interface {{}}{{{}}}", items.join(", "))
            }
            Node::Map(fields) => {
                let key = |key: &Scalar| match key.is_text() {
                    true => quote(&key.text),
                    false => key.text.clone(),
                };
                let of_texts = fields.0.iter().all(|(key, _)| key.is_text());
                // Numbers and texts come before truth.
                let mut sorted: Vec<_> = fields.0.iter().collect();
                sorted.sort_by_key(|(key, _)| (tag_of(&key.text) == Tag::Bool && !key.is_text(), key.text.as_str()));
                let fields: Vec<String> = sorted
                    .iter()
                    .map(|(name, value)| format!("{}:{}", key(name), value.go_syntax()))
                    .collect();
                let of = if of_texts { "string" } else { "interface {}" };
                format!("map[{of}]interface {{}}{{{}}}", fields.join(", "))
            }
        }
    }
}

/// A node whose first line begins at the end of `out`, which stands at column `indent`.
fn block(out: &mut String, node: &Node, indent: usize) {
    match node {
        Node::Scalar(scalar) => word(out, scalar, indent),
        Node::List(items) if items.is_empty() => out.push_str("[]\n"),
        Node::Map(fields) if fields.0.is_empty() => out.push_str("{}\n"),
        Node::List(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(&" ".repeat(indent));
                }
                out.push_str("- ");
                block(out, item, indent + 2);
            }
        }
        Node::Map(fields) => {
            for (at, (key, value)) in fields.0.iter().enumerate() {
                if at > 0 {
                    out.push_str(&" ".repeat(indent));
                }
                let mut name = String::new();
                word(&mut name, key, indent);
                out.push_str(name.trim_end_matches('\n'));
                let (between, inner) = match value {
                    Node::Map(fields) if !fields.0.is_empty() => (format!(":\n{}", " ".repeat(indent + 2)), indent + 2),
                    Node::List(items) if !items.is_empty() => (format!(":\n{}", " ".repeat(indent)), indent),
                    Node::Scalar(scalar) if scalar.text.is_empty() && scalar.tag == Tag::Null => (":".to_owned(), indent),
                    _ => (": ".to_owned(), indent),
                };
                out.push_str(&between);
                block(out, value, inner);
            }
        }
    }
}

/// A scalar and the line break behind it.
fn word(out: &mut String, scalar: &Scalar, indent: usize) {
    let is_plain = !scalar.quoted && (scalar.tag == Tag::Open || scalar.tag == tag_of(&scalar.text)) && !scalar.text.contains('\n');
    let is_word = match scalar.tag {
        Tag::Open => tag_of(&scalar.text) != Tag::Text,
        Tag::Text => false,
        _ => true,
    };
    if scalar.quoted && !scalar.text.contains(['\n', '"', '\\']) {
        out.push_str(&format!("\"{}\"\n", scalar.text));
    } else if is_plain && is_word {
        out.push_str(&scalar.text);
        out.push('\n');
    } else {
        let mut bytes = Vec::new();
        to_yaml(&mut bytes, &Value::from(scalar.text.as_str()));
        let text = String::from_utf8_lossy(&bytes);
        let mut lines = text.split_inclusive('\n');
        out.push_str(lines.next().unwrap_or_default());
        for line in lines {
            out.push_str(&" ".repeat(indent));
            out.push_str(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    #[test]
    fn to_string_keeps_fields_in_their_order() {
        let text = "b: 1\na:\n- x: \"2\"\n  w: []\n- z\nc:\n  e: 1.10\n  d: {}";
        assert_eq!(parse(text).unwrap().unwrap().to_string(), text);
    }

    #[test]
    fn go_syntax_is_what_go_prints() {
        let node = parse("{b: [1, x, null], a: {true: y, 1: .inf}}").unwrap().unwrap();
        assert_eq!(
            node.go_syntax(),
            r#"map[string]interface {}{"a":map[interface {}]interface {}{1:+Inf, true:"y"}, "b":[]interface {}{1, "x", interface {}(nil)}}"#
        );
    }
}
