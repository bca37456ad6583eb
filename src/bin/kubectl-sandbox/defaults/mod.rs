//! What the server fills in, kind by kind (the `SetDefaults` functions of `k8s.io/kubernetes/pkg/apis`).

mod cluster;
mod network;
mod pod;
mod workloads;

use kubectl_rs::api::{OwnedValue, Value};

use crate::registry::Resource;

/// Fills in the defaults of the object's kind.
pub fn apply(resource: &Resource, value: &mut OwnedValue) {
    if let Some(custom) = &resource.custom {
        crate::schema::fill_custom(&custom.schema, value);
        return;
    }
    let key = (resource.group.as_str(), resource.plural.as_str());
    workloads::apply(key, value);
    network::apply(key, value);
    cluster::apply(key, value);
    if let ("", "pods") = key {
        pod::apply(value);
    }
}

/// Sets the value at the end of `path` where there is none.
fn fill(value: &mut OwnedValue, path: &[&str], default: impl Into<OwnedValue>) {
    if value.at(path).is_none_or(Value::is_null) {
        value.set(path, default);
    }
}

/// Sets an empty object at the end of `path` where there is nothing.
fn fill_object(value: &mut OwnedValue, path: &[&str]) {
    fill(value, path, kubectl_rs::api::Map::new());
}

/// The elements of the list at the end of `path`, for a change in place.
fn each<'v>(value: &'v mut OwnedValue, path: &[&str]) -> impl Iterator<Item = &'v mut OwnedValue> {
    value
        .at_mut(path)
        .and_then(Value::as_array_mut)
        .map(|items| items.iter_mut())
        .into_iter()
        .flatten()
}

/// Whether there is anything at the end of `path`.
fn has(value: &OwnedValue, path: &[&str]) -> bool {
    value.at(path).is_some_and(|value| !value.is_null())
}
