//! Objects from flags: what `create`, `run`, `expose` and `autoscale` send. Pure: options in, an object out.
//!
//! An object has its fields in the order of Go's structs, in which kubectl prints JSON and sends it. Fields without a
//! value are there only where Go's structs have no `omitempty` for them.

pub mod access;
pub mod autoscaler;
pub mod budget;
pub mod certificate;
pub mod deployment;
pub mod envfile;
pub mod hash;
pub mod image;
pub mod ingress;
pub mod job;
pub mod keyed;
pub mod labels;
pub mod overrides;
pub mod pod;
pub mod quota;
pub mod service;
pub mod simple;
#[cfg(test)]
mod tests;

use crate::api::{Map, OwnedValue, Value, json, object::LAST_APPLIED};

/// Fields in the order in which they are added.
#[derive(Debug, Clone)]
pub struct Fields(Map<'static>);

impl Default for Fields {
    fn default() -> Self {
        Fields::new()
    }
}

impl Fields {
    /// No fields.
    pub const fn new() -> Self {
        Fields(Map::in_order())
    }

    /// The same fields and this one.
    pub fn set(mut self, name: &'static str, value: impl Into<OwnedValue>) -> Self {
        self.0.insert(name, value);
        self
    }

    /// The same fields and this one, if it has a value.
    pub fn some(self, name: &'static str, value: Option<impl Into<OwnedValue>>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// The same fields and this one, unless it is the empty text.
    pub fn text(self, name: &'static str, text: &str) -> Self {
        self.some(name, Some(text).filter(|text| !text.is_empty()).map(str::to_owned))
    }

    /// The same fields and this one, unless the list is empty.
    pub fn list(self, name: &'static str, items: Vec<OwnedValue>) -> Self {
        self.some(name, Some(items).filter(|items| !items.is_empty()))
    }

    /// The same fields and this list of texts, unless it is empty.
    pub fn texts(self, name: &'static str, texts: &[String]) -> Self {
        self.list(name, texts.iter().map(|text| Value::from(text.clone())).collect())
    }

    /// The same fields and this map, unless it is empty.
    pub fn map(self, name: &'static str, map: Map<'static>) -> Self {
        self.some(name, Some(map).filter(|map| !map.is_empty()))
    }

    /// The same fields and this switch, if it is on.
    pub fn switch(self, name: &'static str, on: bool) -> Self {
        self.some(name, on.then_some(true))
    }
}

impl From<Fields> for OwnedValue {
    fn from(fields: Fields) -> Self {
        Value::Object(fields.0)
    }
}

/// An object without anything in it.
pub fn nothing() -> OwnedValue {
    Fields::new().into()
}

/// An object's name and what goes with it.
#[derive(Debug, Clone, Default)]
pub struct Metadata<'a> {
    /// The name.
    pub name: &'a str,
    /// The namespace; empty where the object does not say it.
    pub namespace: &'a str,
    /// Labels.
    pub labels: Map<'static>,
    /// Annotations.
    pub annotations: Map<'static>,
}

impl<'a> Metadata<'a> {
    /// A name, in a namespace unless that is empty.
    pub fn new(name: &'a str, namespace: &'a str) -> Self {
        Metadata {
            name,
            namespace,
            ..Metadata::default()
        }
    }

    /// The same with one label.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.labels.insert(key.to_owned(), value.to_owned());
        self
    }

    /// The fields.
    pub fn fields(self) -> Fields {
        Fields::new()
            .text("name", self.name)
            .text("namespace", self.namespace)
            .map("labels", self.labels)
            .map("annotations", self.annotations)
    }
}

/// What every object begins with.
pub fn begin(api_version: &'static str, kind: &'static str, metadata: Metadata<'_>) -> Fields {
    Fields::new()
        .set("kind", kind)
        .set("apiVersion", api_version)
        .set("metadata", metadata.fields())
}

/// A map of one entry.
pub fn pair(key: &str, value: &str) -> Map<'static> {
    let mut map = Map::new();
    map.insert(key.to_owned(), value.to_owned());
    map
}

/// Notes in an object what it was made as, for `kubectl apply` to compare with later. Where `always` is not set, only an
/// object that has such a note already gets a new one (kubectl's `CreateOrUpdateAnnotation`).
pub fn note_applied(object: &mut OwnedValue, always: bool) {
    let noted = object.at(&["metadata", "annotations", LAST_APPLIED]).is_some();
    if !always && !noted {
        return;
    }
    if let Some(annotations) = object.at_mut(&["metadata", "annotations"]).and_then(Value::as_object_mut) {
        annotations.remove(LAST_APPLIED);
        if annotations.is_empty()
            && let Some(metadata) = object.at_mut(&["metadata"]).and_then(Value::as_object_mut)
        {
            metadata.remove("annotations");
        }
    }
    let mut text = Vec::new();
    json::to_compact(&mut text, object);
    text.push(b'\n');
    let text = String::from_utf8(text).unwrap_or_default();
    annotate(object, LAST_APPLIED, text);
}

/// Sets an annotation, in an object whose fields are in the order of Go's structs.
pub fn annotate(object: &mut OwnedValue, key: &str, text: String) {
    let metadata = object.object_at(&["metadata"]);
    // What Go has behind the annotations goes behind them.
    let behind: Vec<_> = match metadata.contains_key("annotations") {
        true => Vec::new(),
        false => ["ownerReferences", "finalizers", "managedFields"]
            .into_iter()
            .filter_map(|field| Some((field, metadata.remove(field)?)))
            .collect(),
    };
    let annotations = metadata.entry("annotations");
    if !matches!(annotations, Value::Object(_)) {
        *annotations = Value::Object(Map::new());
    }
    annotations.set(&[key], text);
    for (field, value) in behind {
        metadata.insert(field, value);
    }
}

/// Puts an object into a namespace.
pub fn set_namespace(object: &mut OwnedValue, namespace: &str) {
    let metadata = std::mem::take(object.object_at(&["metadata"]));
    let mut placed = Map::in_order();
    let mut pending = Some(namespace.to_owned());
    for (field, value) in metadata {
        if field != "name"
            && field != "generateName"
            && let Some(namespace) = pending.take()
        {
            placed.insert("namespace", namespace);
        }
        if field != "namespace" {
            placed.insert(field, value);
        }
    }
    if let Some(namespace) = pending {
        placed.insert("namespace", namespace);
    }
    *object.object_at(&["metadata"]) = placed;
}
