//! YAML as kustomize holds it: a tree whose words keep their text, their tag and whether they stand in quotes.
//!
//! What a word means is decided once, when the tree becomes a value: `1.10` that is copied into a text stays `1.10`.

mod path;
mod read;
mod show;
mod spec;

pub(super) use self::{
    path::{lookup, lookup_mut, matching, split},
    read::{documents, from_value, parse},
    spec::{FieldSpec, Made},
};
use crate::{
    api::{Map, OwnedValue, Value},
    yaml::scalar::{self, resolve},
};

/// One place of a tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A word or text.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// Fields in order.
    Map(Fields),
}

/// A word or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scalar {
    /// As it was written, without quotes.
    pub(super) text: String,
    /// What it is said to be.
    pub(super) tag: Tag,
    /// Whether it stands in quotes.
    pub(super) quoted: bool,
}

/// What a scalar is said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tag {
    /// Nothing: the text says it, unless it stands in quotes.
    Open,
    Text,
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    Binary,
    /// A tag that nobody knows; text.
    Other(String),
}

/// The fields of a map. Keys may be repeated until the tree becomes a value.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fields(pub(super) Vec<(Scalar, Node)>);

impl Scalar {
    /// Text that says itself what it means.
    pub(super) fn open(text: impl Into<String>) -> Scalar {
        Scalar {
            text: text.into(),
            tag: Tag::Open,
            quoted: false,
        }
    }

    /// Text, whatever it says.
    pub(super) fn text(text: impl Into<String>) -> Scalar {
        Scalar {
            text: text.into(),
            tag: Tag::Text,
            quoted: false,
        }
    }

    /// Whether this is text and nothing else.
    pub(super) fn is_text(&self) -> bool {
        match self.tag {
            Tag::Open => self.quoted || matches!(tag_of(&self.text), Tag::Text),
            Tag::Text | Tag::Other(_) => true,
            _ => false,
        }
    }

    /// What it means.
    ///
    /// # Errors
    /// Go's sentence where the tag says one thing and the text another, or where JSON has no such thing.
    fn value(&self) -> Result<OwnedValue, String> {
        let tag = match &self.tag {
            Tag::Open if self.quoted => &Tag::Text,
            Tag::Open => &tag_of(&self.text),
            tag => tag,
        };
        let wrong = |wanted: &str| {
            let have = match tag_of(&self.text) {
                Tag::Null => "null",
                Tag::Bool => "bool",
                Tag::Int => "int",
                Tag::Float => "float",
                Tag::Timestamp => "timestamp",
                _ => "str",
            };
            Err(format!("yaml: cannot decode !!{have} `{}` as a !!{wanted}", self.text))
        };
        let number = |number: f64| match number {
            number if number.is_nan() => Err("json: unsupported value: NaN".to_owned()),
            f64::INFINITY => Err("json: unsupported value: +Inf".to_owned()),
            f64::NEG_INFINITY => Err("json: unsupported value: -Inf".to_owned()),
            number => Ok(Value::Float(number)),
        };
        match (tag, resolve(&self.text)) {
            (Tag::Text | Tag::Other(_) | Tag::Open, _) => Ok(Value::from(self.text.clone())),
            (Tag::Null, scalar::Scalar::Null) => Ok(Value::Null),
            (Tag::Bool, scalar::Scalar::Bool(truth)) => Ok(Value::Bool(truth)),
            (Tag::Int, scalar::Scalar::Int(whole)) => Ok(Value::Int(whole)),
            (Tag::Int | Tag::Float, scalar::Scalar::Uint(whole)) => Ok(Value::Float(whole as f64)),
            (Tag::Float, scalar::Scalar::Int(whole)) => Ok(Value::Float(whole as f64)),
            (Tag::Float, scalar::Scalar::Float(float)) => number(float),
            (Tag::Timestamp, scalar::Scalar::Timestamp) => Ok(Value::from(read::timestamp(&self.text))),
            (Tag::Binary, _) => read::binary(&self.text).map(Value::from),
            (Tag::Null, _) => wrong("null"),
            (Tag::Bool, _) => wrong("bool"),
            (Tag::Int, _) => wrong("int"),
            (Tag::Float, _) => wrong("float"),
            (Tag::Timestamp, _) => wrong("timestamp"),
        }
    }
}

/// What a word without quotes means to goyaml.v3: YAML 1.1, but of the words for truth only `true` and `false`.
pub(super) fn tag_of(text: &str) -> Tag {
    match resolve(text) {
        scalar::Scalar::Null => Tag::Null,
        scalar::Scalar::Bool(_) if matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") => Tag::Bool,
        scalar::Scalar::Bool(_) | scalar::Scalar::Text => Tag::Text,
        scalar::Scalar::Int(_) | scalar::Scalar::Uint(_) => Tag::Int,
        scalar::Scalar::Float(_) => Tag::Float,
        scalar::Scalar::Timestamp => Tag::Timestamp,
    }
}

impl Fields {
    /// The field `key`.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.0.iter().find(|(have, _)| have.text == key).map(|(_, node)| node)
    }

    /// The field `key`, for a change in place.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.0.iter_mut().find(|(have, _)| have.text == key).map(|(_, node)| node)
    }

    /// Puts `node` at `key`.
    pub(super) fn set(&mut self, key: &str, node: Node) -> &mut Node {
        let at = match self.0.iter().position(|(have, _)| have.text == key) {
            Some(at) => {
                self.0[at].1 = node;
                at
            }
            None => {
                // A key that was not read says itself what it is.
                self.0.push((Scalar::open(key), node));
                self.0.len() - 1
            }
        };
        &mut self.0[at].1
    }

    /// Takes the field `key` away.
    pub(super) fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.0.iter().position(|(have, _)| have.text == key)?;
        Some(self.0.remove(at).1)
    }
}

impl Default for Node {
    /// `null`, as it is where nothing is written.
    fn default() -> Node {
        Node::Scalar(Scalar {
            text: String::new(),
            tag: Tag::Null,
            quoted: false,
        })
    }
}

impl Node {
    /// A map without fields.
    pub(super) fn map() -> Node {
        Node::Map(Fields::default())
    }

    /// Text, whatever it says.
    pub(super) fn text(text: impl Into<String>) -> Node {
        Node::Scalar(Scalar::text(text))
    }

    /// Whether there is nothing here but `null`.
    pub(super) fn is_null(&self) -> bool {
        match self {
            Node::Scalar(scalar) => match scalar.tag {
                Tag::Null => true,
                Tag::Open => !scalar.quoted && tag_of(&scalar.text) == Tag::Null,
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether there is nothing here: `null`, an empty text, list or map.
    pub(super) fn is_empty(&self) -> bool {
        match self {
            Node::Scalar(scalar) => self.is_null() || scalar.text.is_empty(),
            Node::List(items) => items.is_empty(),
            Node::Map(fields) => fields.0.is_empty(),
        }
    }

    /// The fields, if this is a map.
    pub(super) fn fields(&self) -> Option<&Fields> {
        match self {
            Node::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// The fields for a change in place.
    pub(super) fn fields_mut(&mut self) -> Option<&mut Fields> {
        match self {
            Node::Map(fields) => Some(fields),
            _ => None,
        }
    }

    /// The elements, if this is a list.
    pub(super) fn items(&self) -> Option<&[Node]> {
        match self {
            Node::List(items) => Some(items),
            _ => None,
        }
    }

    /// The field `key`, if this is a map that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        self.fields()?.get(key)
    }

    /// The node at the end of `path`, one field a step.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// As [`Node::at`], for a change in place.
    pub(super) fn at_mut(&mut self, path: &[&str]) -> Option<&mut Node> {
        path.iter().try_fold(self, |node, key| node.fields_mut()?.get_mut(key))
    }

    /// The text of the scalar at the end of `path`, whatever its type; empty where there is none.
    pub(super) fn word(&self, path: &[&str]) -> &str {
        match self.at(path) {
            Some(node @ Node::Scalar(scalar)) if !node.is_null() => &scalar.text,
            _ => "",
        }
    }

    /// The fields of the map at the end of `path`, made where it is missing.
    pub(super) fn map_at(&mut self, path: &[&str]) -> &mut Fields {
        if !matches!(self, Node::Map(_)) {
            *self = Node::map();
        }
        match (self, path) {
            (Node::Map(fields), []) => fields,
            (Node::Map(fields), [key, rest @ ..]) => {
                if fields.get(key).is_none() {
                    fields.set(key, Node::map());
                }
                match fields.get_mut(key) {
                    Some(inner) => inner.map_at(rest),
                    None => unreachable!("just set"),
                }
            }
            _ => unreachable!("just made a map"),
        }
    }

    /// What the tree means, as JSON has it.
    ///
    /// # Errors
    /// Go's sentence for repeated keys, keys that are no text and words that JSON has not.
    pub(super) fn value(&self) -> Result<OwnedValue, String> {
        match self {
            Node::Scalar(scalar) => scalar.value(),
            Node::List(items) => items.iter().map(Node::value).collect::<Result<_, _>>().map(Value::Array),
            Node::Map(fields) => {
                let mut map = Map::new();
                for (key, node) in &fields.0 {
                    if !key.is_text() {
                        return Err("json: unsupported type: map[interface {}]interface {}".to_owned());
                    }
                    if map.insert(key.text.clone(), node.value()?).is_some() {
                        return Err(format!("yaml: unmarshal errors:\n  mapping key {:?} already defined", key.text));
                    }
                }
                Ok(Value::Object(map))
            }
        }
    }

    /// The sentence for a node that is not what it must be: `MappingNode`.
    pub(super) fn is_no(&self, wanted: &str) -> String {
        format!(
            "wrong node kind: expected {wanted} but got {}: node contents:\n{self}\n",
            self.kind_name()
        )
    }

    /// What this is to Go's YAML library: `MappingNode`.
    pub(super) fn kind_name(&self) -> &'static str {
        match self {
            Node::Scalar(_) => "ScalarNode",
            Node::List(_) => "SequenceNode",
            Node::Map(_) => "MappingNode",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(yaml: &str) -> Result<OwnedValue, String> {
        parse(yaml).unwrap().unwrap().value()
    }

    #[test]
    fn value_of_plain_words_is_what_goyaml_v3_makes_of_them() {
        let have = value("{a: yes, b: 0777, c: 1.10, d: 2001-01-01, e: '1', f: true, g: ~, h: 1e3, i: !!str 1}").unwrap();
        let mut text = Vec::new();
        crate::api::json::to_compact(&mut text, &have);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            r#"{"a":"yes","b":511,"c":1.1,"d":"2001-01-01T00:00:00Z","e":"1","f":true,"g":null,"h":1000,"i":"1"}"#
        );
    }

    #[test]
    fn value_of_what_json_has_not_fails_in_go_s_words() {
        assert_eq!(value("a: .inf").unwrap_err(), "json: unsupported value: +Inf");
        assert_eq!(
            value("{1: a}").unwrap_err(),
            "json: unsupported type: map[interface {}]interface {}"
        );
        assert!(value("{a: 1, a: 2}").unwrap_err().contains("mapping key \"a\" already defined"));
        assert_eq!(value("a: !!int b").unwrap_err(), "yaml: cannot decode !!str `b` as a !!int");
    }
}
