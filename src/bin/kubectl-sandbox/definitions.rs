//! Custom resource definitions: from a definition to resources that can be used at once, and back.

use std::rc::Rc;

use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{
    cluster::Cluster,
    meta,
    registry::{Resource, Scope, Subresource},
    schema::CustomVersion,
};

/// Writes the status of a definition whose names are accepted.
pub fn establish(cluster: &mut Cluster, value: &mut OwnedValue) {
    let now = meta::format_time(cluster.clock.now());
    let condition = |kind: &str, reason: &str, message: &str| {
        let mut condition = Map::new();
        condition.insert("type", kind.to_owned());
        condition.insert("status", "True");
        condition.insert("lastTransitionTime", now.clone());
        condition.insert("reason", reason.to_owned());
        condition.insert("message", message.to_owned());
        Value::Object(condition)
    };
    if value.items_at(&["status", "conditions"]).is_empty() {
        value.set(
            &["status", "conditions"],
            vec![
                condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            ],
        );
    }
    let mut names = value.at(&["spec", "names"]).cloned().unwrap_or_default();
    let kind = names.str_at(&["kind"]).to_owned();
    if names.str_at(&["singular"]).is_empty() {
        names.set(&["singular"], kind.to_lowercase());
    }
    if names.str_at(&["listKind"]).is_empty() {
        names.set(&["listKind"], format!("{kind}List"));
    }
    value.set(&["status", "acceptedNames"], names);
    let mut stored = value.items_at(&["status", "storedVersions"]).to_vec();
    let present = value
        .items_at(&["spec", "versions"])
        .iter()
        .find(|version| version.get("storage").and_then(Value::as_bool) == Some(true))
        .map(|version| Value::from(version.str_at(&["name"]).to_owned()));
    if let Some(present) = present.filter(|present| !stored.contains(present)) {
        stored.push(present);
    }
    value.set(&["status", "storedVersions"], stored);
}

/// Makes the resources of a definition, in place of those that it made before.
pub fn register(cluster: &mut Cluster, definition: &OwnedValue) {
    let (group, plural) = names(definition);
    cluster.registry.remove(&group, &plural);
    let collection = cluster.registry.collection(&group, &plural);
    let texts = |field: &str| -> Vec<String> {
        definition
            .items_at(&["spec", "names", field])
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let name = |field: &str| definition.str_at(&["spec", "names", field]).to_owned();
    let (kind, singular, list_kind) = (name("kind"), name("singular"), name("listKind"));
    for version in definition.items_at(&["spec", "versions"]) {
        if version.get("served").and_then(Value::as_bool) != Some(true) {
            continue;
        }
        let custom = CustomVersion::of(definition, version);
        let version_name = version.str_at(&["name"]);
        let mut subresources = Vec::new();
        if custom.status {
            subresources.push(Subresource::custom("status", &group, version_name, &kind));
        }
        if custom.scale.is_some() {
            subresources.push(Subresource::custom("scale", "autoscaling", "v1", "Scale"));
        }
        let verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
        cluster.registry.add(Resource {
            group: group.clone(),
            version: version_name.to_owned(),
            plural: plural.clone(),
            singular: if singular.is_empty() {
                kind.to_lowercase()
            } else {
                singular.clone()
            },
            list_kind: if list_kind.is_empty() {
                format!("{kind}List")
            } else {
                list_kind.clone()
            },
            kind: kind.clone(),
            scope: if definition.str_at(&["spec", "scope"]) == "Cluster" {
                Scope::Cluster
            } else {
                Scope::Namespaced
            },
            verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
            short_names: texts("shortNames"),
            categories: texts("categories"),
            subresources,
            collection,
            custom: Some(Rc::new(custom)),
        });
    }
    cluster.schemas_changed();
}

/// Removes the resources of a definition, and all their objects.
pub fn forget(cluster: &mut Cluster, definition: &OwnedValue) {
    let (group, plural) = names(definition);
    let id = cluster.registry.collection(&group, &plural);
    let objects: Vec<(String, String)> = cluster
        .store
        .list(id, None)
        .map(|object| (object.namespace().to_owned(), object.name().to_owned()))
        .collect();
    for (namespace, name) in objects {
        cluster.remove(id, &namespace, &name);
    }
    cluster.registry.remove(&group, &plural);
    cluster.schemas_changed();
}

fn names(definition: &OwnedValue) -> (String, String) {
    (
        definition.str_at(&["spec", "group"]).to_owned(),
        definition.str_at(&["spec", "names", "plural"]).to_owned(),
    )
}
