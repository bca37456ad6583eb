//! What storage, classes and definitions must be.

use kubectl_rs::api::{OwnedValue, Value};

use super::{Path, is_empty, names, unchanged};
use crate::failure::{self, Causes};

/// What is wrong with an object of one of these kinds.
pub fn check(key: (&str, &str), value: &OwnedValue, causes: &mut Causes) {
    match key {
        ("", "persistentvolumes") => volume(value, causes),
        ("", "persistentvolumeclaims") => claim(value, causes),
        ("storage.k8s.io", "storageclasses") if is_empty(value, &["provisioner"]) => {
            causes.push(failure::required("provisioner", ""));
        }
        ("apiextensions.k8s.io", _) => definition(value, causes),
        ("node.k8s.io", "runtimeclasses") => {
            let handler = value.str_at(&["handler"]);
            if let Some(problem) = names::dns_label(handler) {
                causes.push(failure::wrong("handler", &Value::from(handler.to_owned()), &problem));
            }
        }
        ("", "nodes") => {
            let mut seen: Vec<(&str, &str)> = Vec::new();
            for (at, taint) in value.items_at(&["spec", "taints"]).iter().enumerate() {
                let here = Path::of("spec.taints").index(at);
                let (name, effect) = (taint.str_at(&["key"]), taint.str_at(&["effect"]));
                if let Some(problem) = names::qualified_name(name) {
                    causes.push(failure::wrong(here.field("key").text(), &Value::from(name.to_owned()), &problem));
                }
                if !matches!(effect, "NoSchedule" | "PreferNoSchedule" | "NoExecute") {
                    causes.push(failure::unsupported(
                        here.field("effect").text(),
                        &Value::from(effect.to_owned()),
                        &["NoSchedule", "PreferNoSchedule", "NoExecute"],
                    ));
                }
                if seen.contains(&(name, effect)) {
                    causes.push(failure::duplicate(here.text(), taint));
                }
                seen.push((name, effect));
            }
        }
        ("certificates.k8s.io", _) => {
            for field in ["request", "signerName"] {
                if is_empty(value, &["spec", field]) {
                    causes.push(failure::required(format!("spec.{field}"), ""));
                }
            }
            if is_empty(value, &["spec", "usages"]) {
                causes.push(failure::required("spec.usages", ""));
            }
        }
        _ => {}
    }
}

fn volume(value: &OwnedValue, causes: &mut Causes) {
    if is_empty(value, &["spec", "accessModes"]) {
        causes.push(failure::required("spec.accessModes", ""));
    }
    if is_empty(value, &["spec", "capacity"]) {
        causes.push(failure::required("spec.capacity", ""));
    }
    const PLAIN: [&str; 10] = [
        "accessModes",
        "capacity",
        "claimRef",
        "mountOptions",
        "nodeAffinity",
        "persistentVolumeReclaimPolicy",
        "storageClassName",
        "volumeMode",
        "volumeAttributesClassName",
        "",
    ];
    let sources = value
        .get("spec")
        .and_then(Value::as_object)
        .map_or(0, |spec| spec.keys().filter(|key| !PLAIN.contains(key)).count());
    if sources == 0 {
        causes.push(failure::required("spec", "must specify a volume type"));
    }
}

fn claim(value: &OwnedValue, causes: &mut Causes) {
    if is_empty(value, &["spec", "accessModes"]) {
        causes.push(failure::required("spec.accessModes", "at least 1 access mode is required"));
    }
    for (at, mode) in value.items_at(&["spec", "accessModes"]).iter().enumerate() {
        const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
        if !MODES.contains(&mode.as_str().unwrap_or_default()) {
            causes.push(failure::unsupported(Path::of("spec.accessModes").index(at).text(), mode, &MODES));
        }
    }
    if is_empty(value, &["spec", "resources", "requests", "storage"]) {
        causes.push(failure::required("spec.resources[storage]", ""));
    }
}

fn definition(value: &OwnedValue, causes: &mut Causes) {
    let group = value.str_at(&["spec", "group"]);
    let plural = value.str_at(&["spec", "names", "plural"]);
    let name = value.str_at(&["metadata", "name"]);
    if name != format!("{plural}.{group}") {
        causes.push(failure::wrong(
            "metadata.name",
            &Value::from(name.to_owned()),
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    if group.is_empty() {
        causes.push(failure::required("spec.group", ""));
    } else if !group.contains('.') {
        causes.push(failure::wrong(
            "spec.group",
            &Value::from(group.to_owned()),
            "should be a domain with at least one dot",
        ));
    }
    if plural.is_empty() {
        causes.push(failure::required("spec.names.plural", ""));
    }
    if is_empty(value, &["spec", "names", "kind"]) {
        causes.push(failure::required("spec.names.kind", ""));
    }
    match value.str_at(&["spec", "scope"]) {
        "" => causes.push(failure::required("spec.scope", "")),
        "Namespaced" | "Cluster" => {}
        other => causes.push(failure::unsupported(
            "spec.scope",
            &Value::from(other.to_owned()),
            &["Cluster", "Namespaced"],
        )),
    }
    let versions = value.items_at(&["spec", "versions"]);
    let stored = versions
        .iter()
        .filter(|version| version.get("storage").and_then(Value::as_bool) == Some(true))
        .count();
    if stored != 1 {
        let shown = Value::Array(versions.to_vec());
        causes.push(failure::wrong(
            "spec.versions",
            &shown,
            "must have exactly one version marked as storage version",
        ));
    }
    for (at, version) in versions.iter().enumerate() {
        let here = Path::of("spec.versions").index(at);
        if let Some(problem) = names::dns_1035_label(version.str_at(&["name"])) {
            let shown = version.get("name").cloned().unwrap_or_default();
            causes.push(failure::wrong(here.field("name").text(), &shown, &problem));
        }
        let schema = here.field("schema").field("openAPIV3Schema");
        if is_empty(version, &["schema", "openAPIV3Schema"]) {
            causes.push(failure::required(schema.text(), "schemas are required"));
        } else if version.str_at(&["schema", "openAPIV3Schema", "type"]) != "object" {
            let shown = version
                .at(&["schema", "openAPIV3Schema", "type"])
                .cloned()
                .unwrap_or(Value::from(""));
            causes.push(failure::wrong(schema.field("type").text(), &shown, "must be object at the root"));
        }
    }
}

/// What may not change about an object of one of these kinds.
pub fn check_update(key: (&str, &str), old: &OwnedValue, value: &OwnedValue, causes: &mut Causes) {
    match key {
        ("", "persistentvolumeclaims") => {
            let fixed = |value: &OwnedValue| {
                let mut spec = value.get("spec").cloned().unwrap_or_default();
                if let Some(map) = spec.as_object_mut() {
                    for field in ["resources", "volumeAttributesClassName", "volumeName"] {
                        map.remove(field);
                    }
                }
                spec
            };
            if fixed(old) != fixed(value) {
                causes.push(failure::not_allowed(
                    "spec",
                    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims",
                ));
            }
        }
        ("storage.k8s.io", "storageclasses") => {
            for field in ["provisioner", "parameters", "reclaimPolicy", "volumeBindingMode"] {
                if old.get(field) != value.get(field) {
                    causes.push(failure::not_allowed(field, &format!("updates to {field} are forbidden.")));
                }
            }
        }
        ("scheduling.k8s.io", "priorityclasses") => {
            for field in ["value", "preemptionPolicy"] {
                if old.get(field) != value.get(field) {
                    causes.push(failure::not_allowed(field, "may not be changed in an update."));
                }
            }
        }
        ("apiextensions.k8s.io", _) => {
            for path in [["spec", "group"], ["spec", "scope"]] {
                unchanged(old, value, &path, causes);
            }
            unchanged(old, value, &["spec", "names", "kind"], causes);
        }
        ("node.k8s.io", "runtimeclasses") => unchanged(old, value, &["handler"], causes),
        _ => {}
    }
}
