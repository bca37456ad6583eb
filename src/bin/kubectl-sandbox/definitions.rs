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
    announce_all(cluster, &group);
    cluster.schemas_changed();
}

/// Says that the server itself serves a version of a group. `kept` is how long the record is looked after, and
/// `priority` that of the group and that of the version within it.
pub fn announce(cluster: &mut Cluster, services: &Rc<Resource>, (group, version): (&str, &str), kept: &str, priority: (i64, i64)) {
    let name = format!("{version}.{group}");
    if cluster.store.get(services.collection, "", &name).is_some() {
        return;
    }
    let mut condition = Value::default();
    condition.set(&["type"], "Available");
    condition.set(&["status"], "True");
    condition.set(&["reason"], "Local");
    condition.set(&["message"], "Local APIServices are always available");
    condition.set(&["lastTransitionTime"], meta::format_time(cluster.clock.now()));
    let mut service = Value::default();
    service.set(&["metadata", "name"], name);
    service.set(
        &["metadata", "labels", "kube-aggregator.kubernetes.io/automanaged"],
        kept.to_owned(),
    );
    if !group.is_empty() {
        service.set(&["spec", "group"], group.to_owned());
    }
    service.set(&["spec", "version"], version.to_owned());
    service.set(&["spec", "groupPriorityMinimum"], priority.0);
    service.set(&["spec", "versionPriority"], priority.1);
    service.set(&["status", "conditions"], vec![condition]);
    cluster.create(services, service);
}

/// Announces the versions of a group that custom resources have, and takes back those that none has any more.
fn announce_all(cluster: &mut Cluster, group: &str) {
    let Some(services) = cluster.built_in("apiregistration.k8s.io", "apiservices") else {
        return;
    };
    let versions: Vec<String> = cluster
        .registry
        .groups()
        .iter()
        .filter(|known| known.name == group)
        .flat_map(|known| known.versions.iter().map(|version| version.name.clone()))
        .collect();
    let old: Vec<String> = cluster
        .store
        .list(services.collection, None)
        .filter(|service| service.value.str_at(&["spec", "group"]) == group)
        .filter(|service| !versions.iter().any(|version| version == service.value.str_at(&["spec", "version"])))
        .map(|service| service.name().to_owned())
        .collect();
    for name in old {
        cluster.remove(services.collection, "", &name);
    }
    for version in versions {
        announce(cluster, &services, (group, &version), "true", (1000, 100));
    }
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
    announce_all(cluster, &group);
    cluster.schemas_changed();
}

fn names(definition: &OwnedValue) -> (String, String) {
    (
        definition.str_at(&["spec", "group"]).to_owned(),
        definition.str_at(&["spec", "names", "plural"]).to_owned(),
    )
}
