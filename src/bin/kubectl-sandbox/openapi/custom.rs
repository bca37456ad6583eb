//! The schemas of custom resources, as their definitions give them.

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::Reference;
use crate::registry::Resource;

const META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1";
const API_VERSION: &str = "The version of the schema that this object is written in, as group and version.";
const KIND: &str = "The kind of the resource that this object is.";

/// The full name of a custom type: its group backwards, its version, its kind.
pub fn full_name(resource: &Resource, kind: &str) -> String {
    let mut parts: Vec<&str> = resource.group.split('.').collect();
    parts.reverse();
    format!("{}.{}.{kind}", parts.join("."), resource.version)
}

/// Adds the schemas of a custom resource's objects and lists.
pub fn write(resource: &Resource, reference: Reference, out: &mut Map<'static>) {
    let Some(custom) = &resource.custom else { return };
    let mut schema = custom.schema.clone();
    if reference == Reference::Definitions {
        simplify(&mut schema);
    }
    schema.set(&["type"], "object");
    schema.set(&["properties", "apiVersion"], text(API_VERSION));
    schema.set(&["properties", "kind"], text(KIND));
    schema.set(
        &["properties", "metadata"],
        refer(reference, &format!("{META}.ObjectMeta"), "Standard object's metadata."),
    );
    schema.set(&["x-kubernetes-group-version-kind"], kind(resource, &resource.kind));
    out.insert(full_name(resource, &resource.kind), schema);

    let mut items = Map::new();
    items.insert("$ref", reference.to(&full_name(resource, &resource.kind)));
    let mut list = Value::Object(Map::new());
    list.set(&["description"], format!("{} is a list of {}", resource.list_kind, resource.kind));
    list.set(&["type"], "object");
    list.set(&["required"], vec![Value::from("items")]);
    list.set(&["properties", "apiVersion"], text(API_VERSION));
    list.set(&["properties", "kind"], text(KIND));
    list.set(&["properties", "items", "description"], format!("List of {}.", resource.plural));
    list.set(&["properties", "items", "type"], "array");
    list.set(&["properties", "items", "items"], items);
    list.set(
        &["properties", "metadata"],
        refer(reference, &format!("{META}.ListMeta"), "Standard list metadata."),
    );
    list.set(&["x-kubernetes-group-version-kind"], kind(resource, &resource.list_kind));
    out.insert(full_name(resource, &resource.list_kind), list);
}

fn text(description: &'static str) -> OwnedValue {
    let mut schema = Map::new();
    schema.insert("description", description);
    schema.insert("type", "string");
    Value::Object(schema)
}

fn refer(reference: Reference, name: &str, description: &'static str) -> OwnedValue {
    let mut schema = Map::new();
    schema.insert("description", description);
    match reference {
        Reference::Definitions => {
            schema.insert("$ref", reference.to(name));
        }
        Reference::Components => {
            let mut inner = Map::new();
            inner.insert("$ref", reference.to(name));
            schema.insert("allOf", vec![Value::Object(inner)]);
        }
    }
    Value::Object(schema)
}

fn kind(resource: &Resource, kind: &str) -> Vec<OwnedValue> {
    let mut entry = Map::new();
    entry.insert("group", resource.group.clone());
    entry.insert("kind", kind.to_owned());
    entry.insert("version", resource.version.clone());
    vec![Value::Object(entry)]
}

/// OpenAPI 2 has no words for alternatives and nothing: those go.
fn simplify(schema: &mut OwnedValue) {
    match schema {
        Value::Object(map) => {
            for word in ["oneOf", "anyOf", "allOf", "not", "nullable"] {
                map.remove(word);
            }
            map.iter_mut().for_each(|(_, value)| simplify(value));
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        _ => {}
    }
}
