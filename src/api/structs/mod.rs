//! Objects of built-in types as Go prints them once it has decoded them into its structs: fields in the order of the
//! struct's declaration, unknown ones gone, empty ones gone or there as the declaration says.
//!
//! `fields.txt` has a line for each struct, `Name: field=type …`, in the order of the declaration. A mark behind a
//! field's name says when it is printed: without a mark when it is not empty (`omitempty`), with `!` always, with `?` when
//! it is there (a pointer). A type is `s`, `i`, `b`, `f` (text, whole number, truth, float), `time`, `microtime`,
//! `quantity`, `intstr`, `any`, a struct's name, a list `[type]` or a map `{type}`.

pub mod misfit;

use std::collections::HashMap;

use jiff::Timestamp;

use super::{Map, OwnedValue, Value, quantity::Quantity, rfc3339};

static TABLE: &str = include_str!("fields.txt");

/// The structs, read from the table when they are first needed.
#[derive(Debug)]
pub struct Structs {
    lines: HashMap<&'static str, &'static str>,
}

impl Default for Structs {
    fn default() -> Self {
        Structs::new()
    }
}

/// A field of a struct.
struct Field {
    name: &'static str,
    mark: Mark,
    kind: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    NotEmpty,
    Always,
    Given,
}

impl Structs {
    /// All structs.
    pub fn new() -> Self {
        Structs {
            lines: TABLE.lines().filter_map(|line| line.split_once(": ")).collect(),
        }
    }

    /// Whether there is a struct for a kind.
    pub fn knows(&self, kind: &str) -> bool {
        self.lines.contains_key(kind)
    }

    /// An object as Go prints it. One of a kind that has no struct here stays as it is.
    pub fn typed(&self, object: OwnedValue) -> OwnedValue {
        let kind = object.str_at(&["kind"]).to_owned();
        self.decode(&kind, object)
    }

    /// As [`Structs::typed`], for an object that need not say its kind.
    pub fn decode(&self, kind: &str, object: OwnedValue) -> OwnedValue {
        match (self.fields(kind), object) {
            (Some(fields), Value::Object(object)) => Value::Object(self.fill(fields, object)),
            (_, object) => object,
        }
    }

    fn fields(&self, name: &str) -> Option<impl Iterator<Item = Field> + use<>> {
        let line = *self.lines.get(name)?;
        Some(line.split(' ').filter_map(|field| {
            let (name, kind) = field.split_once('=')?;
            let (name, mark) = match (name.strip_suffix('!'), name.strip_suffix('?')) {
                (Some(name), _) => (name, Mark::Always),
                (_, Some(name)) => (name, Mark::Given),
                _ => (name, Mark::NotEmpty),
            };
            Some(Field { name, mark, kind })
        }))
    }

    fn fill(&self, fields: impl Iterator<Item = Field>, mut from: Map<'static>) -> Map<'static> {
        let mut object = Map::in_order();
        for field in fields {
            let given = from.remove(field.name).filter(|value| !value.is_null());
            let value = given.map(|value| self.value(field.kind, value));
            let value = match (field.mark, value) {
                (Mark::NotEmpty, Some(value)) => Some(value).filter(|value| !is_empty(value)),
                (Mark::Always, None) => Some(self.zero(field.kind)),
                (_, value) => value,
            };
            if let Some(value) = value {
                object.insert(field.name, value);
            }
        }
        object
    }

    fn value(&self, kind: &str, value: OwnedValue) -> OwnedValue {
        match (kind, value) {
            ("quantity", Value::Int(number)) => self.value(kind, Value::from(number.to_string())),
            ("quantity", Value::String(text)) => match Quantity::parse(&text) {
                Ok(quantity) => Value::from(quantity.to_string()),
                Err(_) => Value::String(text),
            },
            ("time", Value::String(text)) => reformatted(text.into_owned(), rfc3339::format),
            ("microtime", Value::String(text)) => {
                reformatted(text.into_owned(), |time| time.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
            }
            ("any", mut value) => {
                value.sort_keys();
                value
            }
            (kind, Value::Array(items)) if kind.starts_with('[') => {
                let kind = inner(kind);
                Value::Array(items.into_iter().map(|item| self.value(kind, item)).collect())
            }
            (kind, Value::Object(entries)) if kind.starts_with('{') => {
                let kind = inner(kind);
                let entries = entries.into_iter().map(|(key, value)| (key, self.value(kind, value)));
                Value::Object(entries.collect())
            }
            (kind, value) => self.decode(kind, value),
        }
    }

    /// What Go prints where nothing was given.
    fn zero(&self, kind: &str) -> OwnedValue {
        match kind {
            "s" => Value::from(""),
            "i" | "intstr" => Value::Int(0),
            "f" => Value::Int(0),
            "b" => Value::Bool(false),
            "quantity" => Value::from("0"),
            kind => self
                .fields(kind)
                .map_or(Value::Null, |fields| Value::Object(self.fill(fields, Map::new()))),
        }
    }
}

/// The type within a list's or a map's.
fn inner(kind: &str) -> &str {
    kind.get(1..kind.len() - 1).unwrap_or_default()
}

fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// A time in the form in which Go prints it; what is no time stays as it is.
fn reformatted(text: String, format: impl Fn(Timestamp) -> String) -> OwnedValue {
    Value::from(rfc3339::parse(&text).map_or(text, format))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn typed(text: &str) -> String {
        let object = json::parse(text.as_bytes()).unwrap().into_owned();
        let mut out = Vec::new();
        json::to_compact(&mut out, &Structs::new().typed(object));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn typed_orders_fields_as_they_are_declared() {
        let pod = r#"{"spec":{"containers":[{"image":"i","name":"c","resources":{"limits":{"memory":"1024Mi","cpu":"1000m"}}}],"nodeName":""},
            "metadata":{"creationTimestamp":null,"labels":{"b":"2","a":"1"},"name":"p"},"kind":"Pod","apiVersion":"v1","unknown":1}"#;
        assert_eq!(
            typed(pod),
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","labels":{"a":"1","b":"2"}},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"1","memory":"1Gi"}}}]},"status":{}}"#
        );
    }

    #[test]
    fn typed_keeps_what_a_pointer_points_to_and_prints_what_is_never_left_out() {
        let pod = r#"{"kind":"Pod","spec":{"priority":0,"hostNetwork":false,"volumes":[{"name":"v","emptyDir":{}}]}}"#;
        assert_eq!(
            typed(pod),
            r#"{"kind":"Pod","metadata":{},"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":null,"priority":0},"status":{}}"#
        );
        let event = r#"{"kind":"Event","eventTime":"2026-01-01T01:00:00.5+01:00","lastTimestamp":"2026-01-01T00:00:00Z"}"#;
        assert_eq!(
            typed(event),
            r#"{"kind":"Event","metadata":{},"involvedObject":{},"source":{},"firstTimestamp":null,"lastTimestamp":"2026-01-01T00:00:00Z","eventTime":"2026-01-01T00:00:00.500000Z","reportingComponent":"","reportingInstance":""}"#
        );
    }

    #[test]
    fn typed_of_odd_values_keeps_them() {
        let pod = r#"{"kind":"Pod","metadata":"x","spec":[1],"status":{"startTime":"soon","phase":3}}"#;
        assert_eq!(
            typed(pod),
            r#"{"kind":"Pod","metadata":"x","spec":[1],"status":{"phase":3,"startTime":"soon"}}"#
        );
        assert_eq!(typed(r#"{"kind":"Widget","b":1,"a":2}"#), r#"{"a":2,"b":1,"kind":"Widget"}"#);
    }

    #[test]
    fn every_type_in_the_table_is_known() {
        let structs = Structs::new();
        for name in structs.lines.keys() {
            for field in structs.fields(name).unwrap() {
                let kind = field.kind.trim_matches(['[', ']', '{', '}']);
                let plain = ["s", "i", "b", "f", "time", "microtime", "quantity", "intstr", "any"];
                assert!(plain.contains(&kind) || structs.knows(kind), "{name}.{}: {kind}", field.name);
            }
        }
    }
}
