//! The fields by which objects can be selected.

use kubectl_rs::api::{OwnedValue, Value};

use crate::{path, registry::Resource, selector::FieldSelector};

/// Refuses a selector that speaks of fields by which the resource cannot be selected.
///
/// # Errors
/// The server's sentence.
pub fn check(resource: &Resource, selector: &FieldSelector) -> Result<(), String> {
    for key in selector.keys() {
        let common = key == "metadata.name" || key == "metadata.namespace";
        let selectable = resource
            .custom
            .as_ref()
            .is_some_and(|custom| custom.selectable.iter().any(|path| path.trim_start_matches('.') == key));
        if !common && !selectable && !known(resource).contains(&key) {
            return Err(match known(resource) {
                [] => format!("{key:?} is not a known field selector: only \"metadata.name\", \"metadata.namespace\""),
                _ => format!("field label not supported: {key}"),
            });
        }
    }
    Ok(())
}

fn known(resource: &Resource) -> &'static [&'static str] {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.podIPs",
            "status.nominatedNodeName",
        ],
        ("" | "events.k8s.io", "events") => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "regarding.kind",
            "regarding.namespace",
            "regarding.name",
            "regarding.uid",
            "regarding.apiVersion",
            "regarding.resourceVersion",
            "regarding.fieldPath",
            "reason",
            "reportingComponent",
            "reportingController",
            "source",
            "type",
        ],
        ("", "nodes") => &["spec.unschedulable"],
        ("", "namespaces") => &["status.phase"],
        ("", "secrets") => &["type"],
        ("", "services") => &["spec.clusterIP", "spec.type"],
        ("", "replicationcontrollers") | ("apps", "replicasets") => &["status.replicas"],
        ("batch", "jobs") => &["status.successful"],
        ("certificates.k8s.io", _) => &["spec.signerName"],
        _ => &[],
    }
}

/// The text of an object's field.
pub fn text(resource: &Resource, object: &OwnedValue, key: &str) -> String {
    match (resource.plural.as_str(), key) {
        ("events", "source") => {
            let source = object.str_at(&["source", "component"]);
            return match source {
                "" => object.str_at(&["reportingComponent"]).to_owned(),
                source => source.to_owned(),
            };
        }
        ("events", key) if key.starts_with("regarding.") => {
            return text(resource, object, &key.replacen("regarding", "involvedObject", 1));
        }
        ("events", "reportingController") => return object.str_at(&["reportingComponent"]).to_owned(),
        ("jobs", "status.successful") => return object.int_at(&["status", "succeeded"]).unwrap_or_default().to_string(),
        ("pods", "spec.hostNetwork") | ("nodes", "spec.unschedulable") => {
            let names: Vec<&str> = key.split('.').collect();
            return (object.at(&names).and_then(Value::as_bool) == Some(true)).to_string();
        }
        ("replicasets" | "replicationcontrollers", "status.replicas") => {
            return object.int_at(&["status", "replicas"]).unwrap_or_default().to_string();
        }
        ("pods", "status.podIPs") => {
            let ips: Vec<&str> = object.items_at(&["status", "podIPs"]).iter().map(|ip| ip.str_at(&["ip"])).collect();
            return ips.join(",");
        }
        _ => {}
    }
    match path::find(object, &format!(".{key}")).first() {
        Some(Value::String(text)) => text.clone().into_owned(),
        Some(Value::Bool(truth)) => truth.to_string(),
        Some(other) => other.as_int().map(|number| number.to_string()).unwrap_or_default(),
        None => String::new(),
    }
}
