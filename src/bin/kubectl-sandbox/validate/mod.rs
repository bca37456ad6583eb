//! Whether an object may be stored, and if not, every reason in the words of a real server
//! (`k8s.io/kubernetes/pkg/apis/*/validation`).

mod cluster;
mod config;
mod metadata;
pub mod names;
mod network;
mod path;
mod pod;
mod workloads;

pub use path::Path;

use kubectl_rs::api::{OwnedValue, Value};

use crate::{
    cluster::Cluster,
    failure::{self, Causes},
    registry::Resource,
    schema,
};

/// What is wrong with a new object.
pub fn create(_: &Cluster, resource: &Resource, value: &OwnedValue) -> Causes {
    let mut causes = metadata::check(resource, value);
    causes.extend(check(resource, value));
    causes
}

/// What is wrong with a change.
pub fn update(_: &Cluster, resource: &Resource, subresource: &str, old: &OwnedValue, value: &OwnedValue) -> Causes {
    let mut causes = metadata::check(resource, value);
    causes.extend(metadata::check_update(old, value));
    if subresource.is_empty() || resource.custom.is_some() {
        causes.extend(check_update(resource, old, value));
        causes.extend(check(resource, value));
    }
    causes
}

/// What is wrong with an object in itself.
fn check(resource: &Resource, value: &OwnedValue) -> Causes {
    if let Some(custom) = &resource.custom {
        return schema::check_custom(&custom.schema, value);
    }
    let mut causes = Vec::new();
    let key = (resource.group.as_str(), resource.plural.as_str());
    match key {
        ("", "pods") => pod::check_spec(value, &Path::of("spec"), &mut causes),
        ("apps" | "batch", _) | ("", "replicationcontrollers" | "podtemplates") | ("autoscaling", _) => {
            workloads::check(key, value, &mut causes);
        }
        ("", "services" | "endpoints") | ("networking.k8s.io" | "policy" | "discovery.k8s.io", _) => {
            network::check(key, value, &mut causes);
        }
        ("", "configmaps" | "secrets" | "limitranges" | "resourcequotas") | ("rbac.authorization.k8s.io", _) => {
            config::check(key, value, &mut causes);
        }
        _ => cluster::check(key, value, &mut causes),
    }
    causes
}

/// What is wrong with a change beyond what is wrong with the object.
fn check_update(resource: &Resource, old: &OwnedValue, value: &OwnedValue) -> Causes {
    let mut causes = Vec::new();
    let key = (resource.group.as_str(), resource.plural.as_str());
    match key {
        ("", "pods") => pod::check_update(old, value, &mut causes),
        ("apps" | "batch", _) => workloads::check_update(key, old, value, &mut causes),
        ("", "services") => network::check_update(old, value, &mut causes),
        ("", "configmaps" | "secrets") | ("rbac.authorization.k8s.io", _) => config::check_update(key, old, value, &mut causes),
        _ => cluster::check_update(key, old, value, &mut causes),
    }
    causes
}

/// What users should know of an object that is fine.
pub fn warnings(resource: &Resource, value: &OwnedValue) -> Vec<String> {
    let mut warnings = Vec::new();
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "secrets") => config::secret_warnings(value, &mut warnings),
        ("", "pods") => pod::warnings(value, &Path::of("spec"), &mut warnings),
        ("apps", _) | ("batch", "jobs") => {
            if let Some(template) = value.at(&["spec", "template"]) {
                pod::warnings(template, &Path::of("spec.template.spec"), &mut warnings);
            }
        }
        _ => {}
    }
    warnings
}

/// Refuses a change of the field at `path`.
fn unchanged(old: &OwnedValue, value: &OwnedValue, path: &[&str], causes: &mut Causes) {
    let (before, after) = (old.at(path), value.at(path));
    if before != after {
        let shown = after.cloned().unwrap_or_default();
        causes.push(failure::wrong(path.join("."), &shown, "field is immutable"));
    }
}

/// Requires a whole number that is not negative.
fn not_negative(value: &OwnedValue, path: &[&str], causes: &mut Causes) {
    if let Some(number) = value.int_at(path).filter(|number| *number < 0) {
        causes.push(failure::wrong(
            path.join("."),
            &Value::Int(number),
            "must be greater than or equal to 0",
        ));
    }
}

/// Requires one of some words, where there is any.
fn one_of(value: &OwnedValue, path: &[&str], words: &[&str], causes: &mut Causes) {
    let word = value.str_at(path);
    if !word.is_empty() && !words.contains(&word) {
        causes.push(failure::unsupported(path.join("."), &Value::from(word.to_owned()), words));
    }
}

/// Whether the field at `path` is missing or holds nothing.
fn is_empty(value: &OwnedValue, path: &[&str]) -> bool {
    match value.at(path) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(map)) => map.is_empty(),
        Some(_) => false,
    }
}

/// Requires a port's number.
fn port_number(value: &OwnedValue, path: &Path, causes: &mut Causes) {
    match value.as_int() {
        Some(1..=65_535) => {}
        _ => causes.push(failure::wrong(path.text(), value, "must be between 1 and 65535, inclusive")),
    }
}

#[cfg(test)]
mod tests;
