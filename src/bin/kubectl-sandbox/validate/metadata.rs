//! What every object's metadata must be.

use kubectl_rs::api::{OwnedValue, Value};

use super::{Path, names};
use crate::{
    failure::{self, Causes},
    meta,
    registry::Resource,
};

/// How many bytes all annotations may have.
const MOST_ANNOTATIONS: usize = 256 * 1024;

/// What is wrong with an object's metadata.
pub fn check(resource: &Resource, value: &OwnedValue) -> Causes {
    let mut causes = Vec::new();
    let name = meta::name(value);
    let prefix = value.str_at(&["metadata", "generateName"]);
    if !prefix.is_empty()
        && let Some(problem) = name_problem(resource, &format!("{prefix}x"))
    {
        causes.push(failure::wrong("metadata.generateName", &Value::from(prefix.to_owned()), &problem));
    }
    if name.is_empty() {
        causes.push(failure::required("metadata.name", "name or generateName is required"));
    } else if let Some(problem) = name_problem(resource, name) {
        causes.push(failure::wrong("metadata.name", &Value::from(name.to_owned()), &problem));
    }
    labels(value.at(&["metadata", "labels"]), &Path::of("metadata.labels"), &mut causes);
    annotations(value.at(&["metadata", "annotations"]), &mut causes);
    for (at, finalizer) in value.items_at(&["metadata", "finalizers"]).iter().enumerate() {
        let text = finalizer.as_str().unwrap_or_default();
        if let Some(problem) = names::qualified_name(text) {
            causes.push(failure::wrong(
                Path::of("metadata.finalizers").index(at).text(),
                finalizer,
                &problem,
            ));
        }
    }
    owners(value, &mut causes);
    causes
}

/// What may not change about an object's metadata.
pub fn check_update(old: &OwnedValue, value: &OwnedValue) -> Causes {
    let mut causes = Vec::new();
    for field in ["name", "namespace"] {
        super::unchanged(old, value, &["metadata", field], &mut causes);
    }
    if meta::is_deleting(old) {
        for added in meta::finalizers(value).filter(|new| !meta::finalizers(old).any(|old| old == *new)) {
            causes.push(failure::not_allowed(
                "metadata.finalizers",
                &format!(
                    "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                    kubectl_rs::api::quote(added)
                ),
            ));
        }
    }
    causes
}

fn name_problem(resource: &Resource, name: &str) -> Option<String> {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => names::dns_label(name),
        ("", "services") => names::dns_1035_label(name),
        ("rbac.authorization.k8s.io", _) => names::path_segment(name),
        ("batch", "cronjobs") => {
            names::dns_subdomain(name).or_else(|| (name.len() > 52).then(|| "must be no more than 52 characters".to_owned()))
        }
        _ => names::dns_subdomain(name),
    }
}

/// What is wrong with a map of labels.
pub fn labels(labels: Option<&OwnedValue>, path: &Path, causes: &mut Causes) {
    for (key, value) in labels.and_then(Value::as_object).into_iter().flat_map(|map| map.iter()) {
        if let Some(problem) = names::qualified_name(key) {
            causes.push(failure::wrong(path.text(), &Value::from(key.to_owned()), &problem));
        }
        if let Some(problem) = names::label_value(value.as_str().unwrap_or_default()) {
            causes.push(failure::wrong(path.text(), value, &problem));
        }
    }
}

fn annotations(annotations: Option<&OwnedValue>, causes: &mut Causes) {
    let mut size = 0;
    for (key, value) in annotations.and_then(Value::as_object).into_iter().flat_map(|map| map.iter()) {
        size += key.len() + value.as_str().map_or(0, str::len);
        if let Some(problem) = names::qualified_name(&key.to_lowercase()) {
            causes.push(failure::wrong("metadata.annotations", &Value::from(key.to_owned()), &problem));
        }
    }
    if size > MOST_ANNOTATIONS {
        causes.push(failure::too_long("metadata.annotations", MOST_ANNOTATIONS));
    }
}

fn owners(value: &OwnedValue, causes: &mut Causes) {
    let path = Path::of("metadata.ownerReferences");
    let mut controllers = 0;
    for (at, owner) in meta::owners(value).iter().enumerate() {
        for field in ["apiVersion", "kind", "name", "uid"] {
            if owner.str_at(&[field]).is_empty() {
                let detail = if field == "apiVersion" {
                    "version must not be empty"
                } else {
                    "must not be empty"
                };
                causes.push(failure::wrong(path.index(at).field(field).text(), &Value::from(""), detail));
            }
        }
        controllers += usize::from(owner.get("controller").and_then(Value::as_bool) == Some(true));
    }
    if controllers > 1 {
        let shown = Value::Array(meta::owners(value).to_vec());
        causes.push(failure::wrong(
            path.text(),
            &shown,
            "Only one reference can have Controller set to true",
        ));
    }
}
