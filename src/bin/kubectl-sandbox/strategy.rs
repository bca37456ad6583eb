//! What each kind does on its way into the store and out of it.

use std::rc::Rc;

use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{
    cluster::Cluster,
    definitions,
    failure::{self, Result},
    meta,
    registry::Resource,
    store::Object,
};

const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

/// Brings a new object to its beginning: no status but what new objects have.
pub fn before_create(cluster: &mut Cluster, resource: &Resource, value: &mut OwnedValue, user: &str) {
    let is_custom = resource.custom.is_some();
    if resource.subresource("status").is_some()
        && let Some(map) = value.as_object_mut()
    {
        map.remove("status");
    }
    if is_custom {
        return;
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => {
            value.set(&["status", "phase"], "Active");
            value.set(&["spec", "finalizers"], vec![Value::from("kubernetes")]);
        }
        ("batch", "jobs") => select_own_pods(value),
        ("apps", "daemonsets") => value.set(&["metadata", "annotations", TEMPLATE_GENERATION], "1"),
        ("certificates.k8s.io", _) if !user.is_empty() => {
            value.set(&["spec", "username"], user.to_owned());
            value.set(
                &["spec", "groups"],
                vec![Value::from("system:masters"), Value::from("system:authenticated")],
            );
        }
        ("apiextensions.k8s.io", _) => definitions::establish(cluster, value),
        ("policy", "poddisruptionbudgets") => {
            value.set(&["status"], Map::new());
        }
        _ => {}
    }
}

/// A job's pods bear its identifier, and it selects them by that.
fn select_own_pods(value: &mut OwnedValue) {
    if value.at(&["spec", "manualSelector"]).and_then(Value::as_bool) == Some(true) {
        return;
    }
    let (uid, name) = (meta::uid(value).to_owned(), meta::name(value).to_owned());
    for (key, text) in [
        ("batch.kubernetes.io/controller-uid", &uid),
        ("batch.kubernetes.io/job-name", &name),
        ("controller-uid", &uid),
        ("job-name", &name),
    ] {
        // What is there and says otherwise, validation refuses.
        if value.at(&["spec", "template", "metadata", "labels", key]).is_none() {
            value.set(&["spec", "template", "metadata", "labels", key], text.clone());
        }
    }
    if value.at(&["spec", "selector"]).is_none_or(Value::is_null) {
        value.set(&["spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"], uid);
    }
    let labels = value
        .at(&["metadata", "labels"])
        .and_then(Value::as_object)
        .is_none_or(Map::is_empty);
    if labels && let Some(labels) = value.at(&["spec", "template", "metadata", "labels"]).cloned() {
        value.set(&["metadata", "labels"], labels);
    }
}

/// Keeps apart what belongs to an object and what belongs to its parts.
pub fn before_update(cluster: &mut Cluster, resource: &Resource, subresource: &str, old: &OwnedValue, value: &mut OwnedValue) {
    match subresource {
        "" if resource.subresource("status").is_some() => {
            keep(old, value, &["status"]);
        }
        "status" | "approval" => only(old, value, &["status"]),
        "finalize" => only(old, value, &["spec"]),
        "ephemeralcontainers" => only_in_spec(old, value, "ephemeralContainers"),
        "resize" => {
            let wanted: Vec<(String, OwnedValue)> = value
                .items_at(&["spec", "containers"])
                .iter()
                .map(|container| {
                    let resources = container.get("resources").cloned().unwrap_or_default();
                    (container.str_at(&["name"]).to_owned(), resources)
                })
                .collect();
            only(old, value, &[]);
            if let Some(containers) = value.at_mut(&["spec", "containers"]).and_then(Value::as_array_mut) {
                for container in containers {
                    if let Some((_, resources)) = wanted.iter().find(|(name, _)| name == container.str_at(&["name"])) {
                        container.set(&["resources"], resources.clone());
                    }
                }
            }
        }
        _ => {}
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("apps", "daemonsets") if subresource.is_empty() => {
            let before: i64 = meta::annotation(old, TEMPLATE_GENERATION)
                .and_then(|text| text.parse().ok())
                .unwrap_or(1);
            let changed = old.at(&["spec", "template"]) != value.at(&["spec", "template"]);
            let now = before + i64::from(changed);
            value.set(&["metadata", "annotations", TEMPLATE_GENERATION], now.to_string());
        }
        ("apiextensions.k8s.io", _) if subresource.is_empty() => definitions::establish(cluster, value),
        _ => {}
    }
}

/// Sets a field back to what it was.
fn keep(old: &OwnedValue, value: &mut OwnedValue, path: &[&str]) {
    match old.at(path) {
        Some(kept) => value.set(path, kept.clone()),
        None => {
            if let Some((last, parents)) = path.split_last()
                && let Some(map) = value.at_mut(parents).and_then(Value::as_object_mut)
            {
                map.remove(last);
            }
        }
    }
}

/// Sets everything back to what it was but these fields and who manages them.
fn only(old: &OwnedValue, value: &mut OwnedValue, fields: &[&str]) {
    let mut kept = old.clone();
    for field in fields.iter().copied() {
        match value.get(field) {
            Some(new) => kept.set(&[field], new.clone()),
            None => {
                if let Some(map) = kept.as_object_mut() {
                    map.remove(field);
                }
            }
        }
    }
    if let Some(managers) = value.at(&["metadata", "managedFields"]) {
        kept.set(&["metadata", "managedFields"], managers.clone());
    }
    *value = kept;
}

fn only_in_spec(old: &OwnedValue, value: &mut OwnedValue, field: &str) {
    let wanted = value.at(&["spec", field]).cloned();
    only(old, value, &[]);
    if let Some(wanted) = wanted {
        value.set(&["spec", field], wanted);
    }
}

/// What follows from a write.
pub fn after_write(cluster: &mut Cluster, resource: &Rc<Resource>, _old: Option<&Rc<OwnedValue>>, object: &Rc<Object>) {
    if resource.is("apiextensions.k8s.io", "customresourcedefinitions") {
        definitions::register(cluster, &object.value);
    }
}

/// What follows from a removal.
pub fn after_delete(cluster: &mut Cluster, resource: &Rc<Resource>, object: &Rc<Object>) {
    if resource.is("apiextensions.k8s.io", "customresourcedefinitions") {
        definitions::forget(cluster, &object.value);
    }
}

/// What changes in an object that is about to be deleted.
pub fn deleting(resource: &Resource, value: &mut OwnedValue) {
    if resource.is("", "namespaces") {
        value.set(&["status", "phase"], "Terminating");
    }
}

/// Whether something in the object's own fields holds up its removal.
pub fn has_own_finalizer(resource: &Resource, value: &OwnedValue) -> bool {
    resource.is("", "namespaces") && !value.items_at(&["spec", "finalizers"]).is_empty()
}

/// Refuses to delete what must stay.
///
/// # Errors
/// 403 for the namespaces of the system.
pub fn before_delete(resource: &Resource, object: &Object) -> Result<()> {
    if resource.is("", "namespaces") && matches!(object.name(), "default" | "kube-system" | "kube-public") {
        return Err(failure::forbidden(resource, object.name(), "this namespace may not be deleted"));
    }
    Ok(())
}
