//! From what a client sent to an object of a type: unknown fields are dropped and told, wrong types refused in the
//! words of Go's decoder, amounts and times brought to their one form.

use std::borrow::Cow;

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value, quantity::Quantity};

use super::{Node, Shape, Struct};
use crate::meta;

/// What decoding found.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The paths of fields that the type does not have.
    pub unknown: Vec<String>,
    /// Why the value cannot be of the type.
    pub error: Option<String>,
}

/// Brings `value` to the form of `node`: see the module.
pub fn decode(node: Node<'_>, value: &mut OwnedValue) -> Decoded {
    let mut walk = Walk {
        found: Decoded::default(),
        path: Vec::new(),
        owner: "",
        custom: matches!(node.shape, Shape::Struct(_)),
    };
    walk.value(node, value);
    walk.found
}

struct Walk<'s> {
    found: Decoded,
    path: Vec<Step>,
    /// The name of the struct that is being read.
    owner: &'s str,
    /// Whether the object is a custom resource.
    custom: bool,
}

enum Step {
    Field(String),
    Index(usize),
}

impl<'s> Walk<'s> {
    fn value(&mut self, node: Node<'s>, value: &mut OwnedValue) {
        if self.found.error.is_some() {
            return;
        }
        match node.shape {
            Shape::Named(_) | Shape::Struct(_) => match node.as_struct() {
                Some(here) => self.fields(here, value),
                None => unreachable!("both shapes are structs"),
            },
            Shape::SchemaOrBool | Shape::SchemaOrList | Shape::SchemaOrStrings => match (value, node.as_struct()) {
                (value @ Value::Object(_), Some(here)) => self.fields(here, value),
                (Value::Array(items), _) => {
                    for (at, item) in items.iter_mut().enumerate() {
                        if item.as_object().is_some() {
                            self.path.push(Step::Index(at));
                            self.value(node, item);
                            self.path.pop();
                        }
                    }
                }
                _ => {}
            },
            Shape::List(element) => match value {
                Value::Null => {}
                Value::Array(items) => {
                    for (at, item) in items.iter_mut().enumerate() {
                        self.path.push(Step::Index(at));
                        self.value(Node::root(element), item);
                        self.path.pop();
                    }
                }
                other => self.mismatch(other, &go_type(node.shape)),
            },
            Shape::Map(element) => match value {
                Value::Null => {}
                Value::Object(map) => {
                    for (key, item) in map.iter_mut() {
                        self.path.push(Step::Field(key.to_owned()));
                        if item.is_null() {
                            // Go's maps hold the zero value there.
                            *item = zero(element);
                        } else {
                            self.value(Node::root(element), item);
                        }
                        self.path.pop();
                    }
                }
                other => self.mismatch(other, &go_type(node.shape)),
            },
            Shape::Raw | Shape::Fields | Shape::Json => {}
            scalar => self.scalar(scalar, value),
        }
    }

    fn fields(&mut self, here: &'s Struct, value: &mut OwnedValue) {
        let map = match value {
            Value::Null => return,
            Value::Object(map) => map,
            other => {
                let name = struct_type(here);
                return self.mismatch(other, &name);
            }
        };
        let before = std::mem::replace(&mut self.owner, here.name.as_ref());
        let mut entries = Vec::with_capacity(map.len());
        for (key, mut item) in std::mem::take(map) {
            let (key, node) = match here.field(&key) {
                Some(field) => {
                    let node = Node {
                        shape: &field.shape,
                        field: Some(field),
                    };
                    // The table's own name costs no memory.
                    match &field.name {
                        Cow::Borrowed(name) => (Cow::Borrowed(*name), node),
                        Cow::Owned(_) => (key, node),
                    }
                }
                None => match &here.rest {
                    Some(rest) => (key, Node::root(rest)),
                    None if here.embedded && matches!(key.as_ref(), "apiVersion" | "kind" | "metadata") => {
                        entries.push((key, item));
                        continue;
                    }
                    None => {
                        self.path.push(Step::Field(key.into_owned()));
                        let path = self.shown_path();
                        self.found.unknown.push(path);
                        self.path.pop();
                        continue;
                    }
                },
            };
            // Go's decoder leaves a field alone that is null; an optional one is then not written back.
            if item.is_null() && !matches!(node.shape, Shape::Json) {
                continue;
            }
            self.path.push(Step::Field(key.clone().into_owned()));
            self.value(node, &mut item);
            self.path.pop();
            if !self.custom && is_left_out(&here.name, &key, node, &item) {
                continue;
            }
            entries.push((key, item));
        }
        self.owner = before;
        *map = Map::from_entries(entries);
    }

    fn scalar(&mut self, shape: &Shape, value: &mut OwnedValue) {
        let wanted = go_type(shape);
        match (shape, &mut *value) {
            (_, Value::Null) => {}
            (Shape::String | Shape::Bytes, Value::String(_)) | (Shape::Bool, Value::Bool(_)) => {
                if let (Shape::Bytes, Value::String(text)) = (shape, &*value)
                    && let Err(error) = base64_error(text)
                {
                    self.fail(error);
                }
            }
            (Shape::Int32, number @ (Value::Int(_) | Value::Float(_))) => match number.as_int() {
                Some(whole) if i32::try_from(whole).is_ok() => *number = Value::Int(whole),
                _ => self.mismatch_number(value, &wanted),
            },
            (Shape::Int64, number @ (Value::Int(_) | Value::Float(_))) => match number.as_int() {
                Some(whole) => *number = Value::Int(whole),
                _ => self.mismatch_number(value, &wanted),
            },
            (Shape::Number, Value::Int(_) | Value::Float(_)) => {}
            (Shape::IntOrString, Value::Int(_) | Value::String(_)) => {}
            (Shape::IntOrString, number @ Value::Float(_)) => match number.as_int() {
                Some(whole) => *number = Value::Int(whole),
                None => self.mismatch_number(value, "int32"),
            },
            (Shape::Quantity, Value::Int(_) | Value::Float(_) | Value::String(_)) => {
                let text = match &*value {
                    Value::Int(number) => Cow::Owned(number.to_string()),
                    Value::Float(number) => Cow::Owned(kubectl_rs::api::json::write::float(*number)),
                    other => Cow::Borrowed(other.as_str().unwrap_or_default()),
                };
                match Quantity::parse(&text) {
                    Ok(quantity) => {
                        let canonical = quantity.to_string();
                        if value.as_str() != Some(canonical.as_str()) {
                            *value = Value::from(canonical);
                        }
                    }
                    Err(error) => self.fail(error.to_string()),
                }
            }
            (Shape::Time | Shape::MicroTime, Value::String(text)) => match text.parse::<Timestamp>() {
                Ok(at) => {
                    let canonical = match shape {
                        Shape::Time => meta::format_time(at),
                        _ => meta::format_micro_time(at),
                    };
                    if canonical != *text {
                        *text = Cow::Owned(canonical);
                    }
                }
                Err(_) => {
                    let error = format!("parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text:?} as \"2006\"");
                    self.fail(error);
                }
            },
            (_, other) => self.mismatch(other, &wanted),
        }
    }

    fn fail(&mut self, error: String) {
        self.found.error.get_or_insert(error);
    }

    fn mismatch(&mut self, value: &OwnedValue, wanted: &str) {
        // Of a custom resource the types are checked with all else that its schema says.
        if self.custom {
            return;
        }
        self.cannot(value.json_type(), wanted);
    }

    fn mismatch_number(&mut self, value: &OwnedValue, wanted: &str) {
        let number = match value {
            Value::Float(number) => kubectl_rs::api::json::write::float(*number),
            other => other.as_int().unwrap_or_default().to_string(),
        };
        self.cannot(&format!("number {number}"), wanted);
    }

    fn cannot(&mut self, kind: &str, wanted: &str) {
        let fields: Vec<&str> = self
            .path
            .iter()
            .filter_map(|step| match step {
                Step::Field(name) => Some(name.as_str()),
                Step::Index(_) => None,
            })
            .collect();
        let place = match fields.is_empty() {
            true => "Go value".to_owned(),
            false => format!("Go struct field {}.{}", self.owner, fields.join(".")),
        };
        self.fail(format!("json: cannot unmarshal {kind} into {place} of type {wanted}"));
    }

    fn shown_path(&self) -> String {
        let mut out = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) => {
                    if !out.is_empty() {
                        out.push('.');
                    }
                    out.push_str(name);
                }
                Step::Index(at) => out.push_str(&format!("[{at}]")),
            }
        }
        out
    }
}

/// Whether Go's encoder leaves a field out that a client gave: an optional list or map that is empty, and of what is not
/// behind a pointer what is `false` or no text.
fn is_left_out(owner: &str, name: &str, node: Node<'_>, value: &OwnedValue) -> bool {
    let required = node.field.is_some_and(|field| field.required || field.always);
    match (node.shape, value) {
        (Shape::List(_), Value::Array(items)) => items.is_empty() && !required && (owner, name) != ("ClusterRole", "rules"),
        (Shape::Map(_), Value::Object(map)) => map.is_empty() && !required,
        (Shape::Bool, Value::Bool(false)) => match name {
            "hostNetwork"
            | "hostPID"
            | "hostIPC"
            | "stdin"
            | "stdinOnce"
            | "tty"
            | "paused"
            | "unschedulable"
            | "publishNotReadyAddresses" => true,
            "readOnly" => owner != "CSIVolumeSource",
            _ => false,
        },
        (Shape::String, Value::String(text)) => {
            text.is_empty() && matches!((owner, name), ("EnvVar", "value") | ("PersistentVolumeSpec", "storageClassName"))
        }
        _ => false,
    }
}

fn base64_error(text: &str) -> Result<(), String> {
    use base64::Engine;
    match base64::engine::general_purpose::STANDARD.decode(text) {
        Ok(_) => Ok(()),
        Err(base64::DecodeError::InvalidByte(at, _) | base64::DecodeError::InvalidLastSymbol(at, _)) => {
            Err(format!("illegal base64 data at input byte {at}"))
        }
        Err(_) => Err(format!(
            "illegal base64 data at input byte {}",
            text.len().saturating_sub(text.len() % 4)
        )),
    }
}

fn zero(shape: &Shape) -> OwnedValue {
    match shape {
        Shape::String | Shape::Bytes => Value::from(""),
        Shape::Quantity => Value::from("0"),
        Shape::Bool => Value::Bool(false),
        Shape::Int32 | Shape::Int64 | Shape::Number => Value::Int(0),
        _ => Value::Null,
    }
}

/// The name of a type in Go, as its decoder's messages give it.
fn go_type(shape: &Shape) -> String {
    match shape {
        Shape::String | Shape::Quantity | Shape::Time | Shape::MicroTime => "string".to_owned(),
        Shape::Bool => "bool".to_owned(),
        Shape::Int32 => "int32".to_owned(),
        Shape::Int64 => "int64".to_owned(),
        Shape::Number => "float64".to_owned(),
        Shape::Bytes => "[]uint8".to_owned(),
        Shape::IntOrString => "intstr.IntOrString".to_owned(),
        Shape::List(element) => format!("[]{}", go_type(element)),
        Shape::Map(element) => format!("map[string]{}", go_type(element)),
        Shape::Named(id) => struct_type(super::types().get(*id)),
        Shape::Raw | Shape::Fields | Shape::Json => "interface {}".to_owned(),
        Shape::Struct(_) | Shape::SchemaOrBool | Shape::SchemaOrList | Shape::SchemaOrStrings => "object".to_owned(),
    }
}

fn struct_type(here: &Struct) -> String {
    match here.package.rsplit('/').next() {
        Some(version) if !version.is_empty() => format!("{version}.{}", here.name),
        _ => "object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use kubectl_rs::api::json;

    use super::*;
    use crate::schema::built_in_shape;

    fn decoded(group: &str, kind: &str, text: &str) -> (String, Decoded) {
        let shape = built_in_shape(group, "v1", kind).unwrap();
        let mut value = json::parse(text.as_bytes()).unwrap().into_owned();
        let found = decode(Node::root(&shape), &mut value);
        let mut out = Vec::new();
        json::to_compact(&mut out, &value);
        (String::from_utf8(out).unwrap(), found)
    }

    #[test]
    fn decode_of_unknown_fields_drops_and_names_them() {
        let (text, found) = decoded(
            "",
            "Pod",
            r#"{"spec":{"bogusField":1,"containers":[{"name":"a","imagePullpolicy":"x"}]}}"#,
        );
        assert_eq!(text, r#"{"spec":{"containers":[{"name":"a"}]}}"#);
        assert_eq!(found.unknown, ["spec.bogusField", "spec.containers[0].imagePullpolicy"]);
        assert_eq!(found.error, None);
    }

    #[test]
    fn decode_of_a_wrong_type_says_what_go_says() {
        let (_, found) = decoded("apps", "Deployment", r#"{"spec":{"replicas":"two"}}"#);
        assert_eq!(
            found.error.as_deref(),
            Some("json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")
        );
        let (_, found) = decoded("", "Pod", r#"{"spec":{"containers":[{"image":{}}]}}"#);
        assert_eq!(
            found.error.as_deref(),
            Some("json: cannot unmarshal object into Go struct field Container.spec.containers.image of type string")
        );
        let (_, found) = decoded("", "Pod", r#"{"spec":{"containers":{}}}"#);
        assert_eq!(
            found.error.as_deref(),
            Some("json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container")
        );
    }

    #[test]
    fn decode_leaves_out_what_go_does_not_write_back() {
        let (text, _) = decoded(
            "",
            "Pod",
            r#"{"metadata":{"labels":{}},"spec":{"hostNetwork":false,"securityContext":{},"volumes":[{"name":"a","emptyDir":{}}],"containers":[{"args":[],"env":[{"name":"A","value":""}],"name":"a","resources":{},"stdin":true}]}}"#,
        );
        assert_eq!(
            text,
            r#"{"metadata":{},"spec":{"containers":[{"env":[{"name":"A"}],"name":"a","resources":{},"stdin":true}],"securityContext":{},"volumes":[{"emptyDir":{},"name":"a"}]}}"#
        );
        let (text, _) = decoded("", "PersistentVolumeClaim", r#"{"spec":{"storageClassName":""}}"#);
        assert_eq!(text, r#"{"spec":{"storageClassName":""}}"#);
    }

    #[test]
    fn decode_brings_amounts_and_times_to_their_one_form() {
        let (text, found) = decoded(
            "",
            "Pod",
            r#"{"metadata":{"creationTimestamp":"2024-01-02T03:04:05.678+01:00"},"spec":{"containers":[{"resources":{"limits":{"cpu":0.5,"memory":"1024Mi"}}}]}}"#,
        );
        assert_eq!(found.error, None);
        assert_eq!(
            text,
            r#"{"metadata":{"creationTimestamp":"2024-01-02T02:04:05Z"},"spec":{"containers":[{"resources":{"limits":{"cpu":"500m","memory":"1Gi"}}}]}}"#
        );
    }
}
