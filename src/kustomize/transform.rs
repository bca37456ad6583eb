//! What a kustomization does to all of its objects, in kustomize's order.

use super::{
    fields::{each, is_namespaced, pod_spec, references, selectors, template_annotations, template_labels, typed_references},
    item::Item,
};
use crate::{
    api::{Map, OwnedValue, Value, object},
    error::{Error, Result},
    generate::hash,
};

/// Kinds whose names are not changed.
const NAMED_FOR_GOOD: [&str; 3] = ["CustomResourceDefinition", "APIService", "Namespace"];

/// All that needs nothing but the kustomization itself, between its patches.
pub(super) fn namespace(items: &mut [Item], namespace: &str) {
    if namespace.is_empty() {
        return;
    }
    for item in items {
        match item.kind() {
            "Namespace" => item.rename(namespace.to_owned()),
            "RoleBinding" | "ClusterRoleBinding" => each(&mut item.object, "subjects/[]", false, &mut |subject| {
                if subject.str_at(&["kind"]) == "ServiceAccount" && subject.str_at(&["name"]) == "default" {
                    subject.set(&["namespace"], namespace.to_owned());
                }
            }),
            _ => {}
        }
        if is_namespaced(&item.object) {
            item.relocate(namespace);
        }
    }
}

/// Puts something before and behind the names.
pub(super) fn names(items: &mut [Item], prefix: &str, suffix: &str) {
    for item in items.iter_mut().filter(|item| !NAMED_FOR_GOOD.contains(&item.kind())) {
        item.rename(format!("{prefix}{}{suffix}", item.name()));
    }
}

/// Adds labels: to the objects, and as far as is asked for to the templates in them and to what they select.
pub(super) fn labels(items: &mut [Item], pairs: &Map<'static>, in_templates: bool, in_selectors: bool) {
    if pairs.is_empty() {
        return;
    }
    for item in items {
        let kind = item.kind().to_owned();
        add(&mut item.object, "metadata/labels", true, pairs);
        if in_templates || in_selectors {
            template_labels(&kind)
                .iter()
                .for_each(|path| add(&mut item.object, path, true, pairs));
        }
        if in_selectors {
            selectors(&kind)
                .iter()
                .for_each(|(path, create)| add(&mut item.object, path, *create, pairs));
        }
    }
}

/// Adds annotations to the objects and to the templates in them.
pub(super) fn annotations(items: &mut [Item], pairs: &Map<'static>) {
    if pairs.is_empty() {
        return;
    }
    for item in items {
        let kind = item.kind().to_owned();
        add(&mut item.object, "metadata/annotations", true, pairs);
        template_annotations(&kind)
            .iter()
            .for_each(|path| add(&mut item.object, path, true, pairs));
    }
}

fn add(object: &mut OwnedValue, path: &str, create: bool, pairs: &Map<'static>) {
    each(object, path, create, &mut |map| {
        let map = map.object_at(&[]);
        for (key, value) in pairs.iter() {
            map.insert(key.to_owned(), value.clone());
        }
    });
}

/// Sets the numbers of replicas.
///
/// # Errors
/// A name that no object has.
pub(super) fn replicas(items: &mut [Item], replicas: &[Value<'_>]) -> Result<()> {
    for wanted in replicas {
        let (name, count) = (wanted.str_at(&["name"]), wanted.int_at(&["count"]).unwrap_or_default());
        let mut found = false;
        for item in items.iter_mut() {
            let kind = item.kind();
            let scales = matches!(kind, "Deployment" | "ReplicationController" | "ReplicaSet" | "StatefulSet");
            if scales && item.names.iter().any(|have| have == name) {
                item.object.set(&["spec", "replicas"], count);
                found = true;
            }
        }
        if !found {
            return Err(Error::message(format!(
                "resource with name {name} does not match a config with the following GVK [Deployment.[noVer].[noGrp] \
                 StatefulSet.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] ReplicationController.[noVer].[noGrp]]"
            )));
        }
    }
    Ok(())
}

/// Sets names, tags and digests of images.
pub(super) fn images(items: &mut [Item], images: &[Value<'_>]) {
    for item in items {
        let spec = pod_spec(item.kind());
        if spec.is_empty() {
            continue;
        }
        for containers in ["containers", "initContainers", "ephemeralContainers"] {
            each(&mut item.object, &format!("{spec}/{containers}/[]/image"), false, &mut |image| {
                for wanted in images {
                    if let Some(changed) = image.as_str().and_then(|image| changed_image(image, wanted)) {
                        *image = Value::from(changed);
                    }
                }
            });
        }
    }
}

/// The image as `wanted` has it; none where another one is meant.
fn changed_image(image: &str, wanted: &Value<'_>) -> Option<String> {
    let (name, tag) = split_image(image);
    if name != wanted.str_at(&["name"]) {
        return None;
    }
    let name = Some(wanted.str_at(&["newName"])).filter(|name| !name.is_empty()).unwrap_or(name);
    let new_tag = wanted.get("newTag").map(crate::template::format::plain_text).unwrap_or_default();
    let tag = match (new_tag.as_str(), wanted.str_at(&["digest"])) {
        ("", "") => tag.to_owned(),
        ("", digest) => format!("@{digest}"),
        (new, "") => format!(":{new}"),
        (new, digest) => format!(":{new}@{digest}"),
    };
    Some(format!("{name}{tag}"))
}

/// An image's name, and its tag and digest with the marks before them.
fn split_image(image: &str) -> (&str, &str) {
    let behind_registry = image.rfind('/').map_or(0, |slash| slash + 1);
    match image[behind_registry..].find([':', '@']) {
        Some(at) => image.split_at(behind_registry + at),
        None => (image, ""),
    }
}

/// Puts digests behind the names of what was generated.
pub(super) fn hashes(items: &mut [Item]) {
    for item in items.iter_mut().filter(|item| item.hashed) {
        let map = |field: &str| item.object.get(field).and_then(Value::as_object).cloned().unwrap_or_default();
        let digest = match item.kind() {
            "Secret" => hash::secret("", item.object.str_at(&["type"]), &map("data")),
            _ => hash::config_map("", &map("data"), &map("binaryData")),
        };
        item.rename(format!("{}-{digest}", item.name()));
    }
}

/// Makes objects name each other by the names that they have come to have.
pub(super) fn follow_names(items: &mut [Item]) {
    let all = items.to_vec();
    for item in items {
        let (kind, namespace) = (item.kind().to_owned(), object::namespace(&item.object).to_owned());
        let named = |kind: &str, name: &str| {
            let mut found = all.iter().filter(|other| {
                let is_near = !is_namespaced(&other.object) || namespace.is_empty() || object::namespace(&other.object) == namespace;
                other.kind() == kind && is_near && other.names.iter().any(|have| have == name)
            });
            match (found.next(), found.next()) {
                (Some(one), None) => Some(one),
                _ => None,
            }
        };
        for (other, path) in references(&kind) {
            each(&mut item.object, &path, false, &mut |name| {
                if let Some(found) = name.as_str().and_then(|name| named(other, name)) {
                    *name = Value::from(found.name().to_owned());
                }
            });
        }
        // Whoever is bound may live elsewhere. kustomize takes every subject for a service account.
        if matches!(kind.as_str(), "RoleBinding" | "ClusterRoleBinding") {
            each(&mut item.object, "subjects/[]", false, &mut |subject| {
                let (name, space) = (subject.str_at(&["name"]), subject.str_at(&["namespace"]));
                let found = all.iter().find(|other| {
                    other.kind() == "ServiceAccount"
                        && other.names.iter().any(|have| have == name)
                        && other.namespaces.iter().any(|have| have == space || have.is_empty())
                });
                let Some(found) = found else { return };
                subject.set(&["name"], found.name().to_owned());
                let namespace = object::namespace(&found.object);
                if !namespace.is_empty() {
                    subject.set(&["namespace"], namespace.to_owned());
                }
            });
        }
        for path in typed_references(&kind) {
            each(&mut item.object, path, false, &mut |reference| {
                let (kind, name) = (reference.str_at(&["kind"]), reference.str_at(&["name"]));
                if let Some(found) = named(kind, name) {
                    reference.set(&["name"], found.name().to_owned());
                }
            });
        }
    }
}
