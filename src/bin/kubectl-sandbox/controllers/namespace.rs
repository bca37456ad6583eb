//! The life of namespaces: what every one begins with, and how one ends.

use std::time::Duration;

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{find, pods};
use crate::{cluster::Cluster, meta, registry::CollectionId};

/// Gives a namespace what belongs in it, or empties it.
pub fn look(cluster: &mut Cluster, name: &str) -> Option<Timestamp> {
    let namespace = find(cluster, "", "namespaces", "", name)?;
    if meta::is_deleting(&namespace.value) {
        return empty(cluster, name);
    }
    let accounts = cluster.built_in("", "serviceaccounts")?;
    if cluster.store.get(accounts.collection, name, "default").is_none() {
        let mut account = Value::Object(Map::new());
        account.set(&["metadata", "name"], "default");
        account.set(&["metadata", "namespace"], name.to_owned());
        cluster.create(&accounts, account);
    }
    let maps = cluster.built_in("", "configmaps")?;
    if cluster.store.get(maps.collection, name, "kube-root-ca.crt").is_none() {
        let mut map = Value::Object(Map::new());
        map.set(&["metadata", "name"], "kube-root-ca.crt");
        map.set(&["metadata", "namespace"], name.to_owned());
        map.set(
            &["metadata", "annotations", "kubernetes.io/description"],
            "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
        );
        map.set(&["data", "ca.crt"], cluster.authority.clone());
        cluster.create(&maps, map);
    }
    None
}

/// Deletes what is in a namespace, and lets the namespace go when nothing is left.
fn empty(cluster: &mut Cluster, name: &str) -> Option<Timestamp> {
    let contents: Vec<(CollectionId, String, bool)> = cluster
        .store
        .collections()
        .flat_map(|(id, collection)| {
            collection
                .list(Some(name))
                .map(move |object| (id, object.name().to_owned(), meta::is_deleting(&object.value)))
        })
        .collect();
    let mut left = 0;
    for (id, object, going) in &contents {
        let Some(resource) = cluster.registry.stored(*id).cloned() else {
            continue;
        };
        if !going {
            cluster.delete(&resource, name, object, Some(crate::verbs::Propagation::Background));
        }
        left += usize::from(cluster.store.get(*id, name, object).is_some());
    }
    let resource = cluster.built_in("", "namespaces")?;
    let remaining: Vec<OwnedValue> = cluster
        .store
        .collections()
        .flat_map(|(_, collection)| collection.list(Some(name)))
        .map(|object| object.value.clone())
        .collect();
    if left > 0 {
        conditions(cluster, name, &remaining);
        // Finalizers may hold things up for long: look again now and then.
        return Some(cluster.clock.after(Duration::from_secs(5)));
    }
    cluster.edit(&resource, "", name, |value| {
        let others: Vec<OwnedValue> = value
            .items_at(&["spec", "finalizers"])
            .iter()
            .filter(|finalizer| finalizer.as_str() != Some("kubernetes"))
            .cloned()
            .collect();
        if others.is_empty() {
            value.set(&["spec"], Map::new());
        } else {
            value.set(&["spec", "finalizers"], others);
        }
    });
    None
}

/// Says in the status what a namespace that is going waits for.
fn conditions(cluster: &mut Cluster, name: &str, remaining: &[OwnedValue]) {
    let Some(resource) = cluster.built_in("", "namespaces") else {
        return;
    };
    let now = cluster.clock.now();
    let mut kinds: Vec<(String, usize)> = Vec::new();
    let mut finalizers: Vec<(String, usize)> = Vec::new();
    let count = |list: &mut Vec<(String, usize)>, what: String| match list.iter_mut().find(|(known, _)| *known == what) {
        Some((_, number)) => *number += 1,
        None => list.push((what, 1)),
    };
    for object in remaining {
        if let Some(found) = cluster.registry.kind(object.str_at(&["apiVersion"]), object.str_at(&["kind"])) {
            count(&mut kinds, format!("{}.{}", found.plural, found.group));
        }
        for finalizer in meta::finalizers(object) {
            count(&mut finalizers, finalizer.to_owned());
        }
    }
    kinds.sort();
    let contents: Vec<String> = kinds
        .iter()
        .map(|(what, number)| format!("{what} has {number} resource instances"))
        .collect();
    let held: Vec<String> = finalizers
        .iter()
        .map(|(what, number)| format!("{what} in {number} resource instances"))
        .collect();
    cluster.edit(&resource, "", name, |value| {
        let mut set = |kind: &str, status: &str, reason: &str, message: &str| {
            pods::set_condition(value, kind, status, reason, message, now, false);
        };
        set(
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        );
        set(
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        );
        set(
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
        );
        set(
            "NamespaceContentRemaining",
            "True",
            "SomeResourcesRemain",
            &format!("Some resources are remaining: {}", contents.join(", ")),
        );
        if held.is_empty() {
            set(
                "NamespaceFinalizersRemaining",
                "False",
                "ContentHasNoFinalizers",
                "All content-preserving finalizers finished",
            );
        } else {
            set(
                "NamespaceFinalizersRemaining",
                "True",
                "SomeFinalizersRemain",
                &format!("Some content in the namespace has finalizers remaining: {}", held.join(", ")),
            );
        }
    });
}
