//! The revisions of stateful sets and daemon sets: what `rollout history` shows and `rollout undo` goes back to.

use std::rc::Rc;

use kubectl_rs::api::{Map, OwnedValue, Value, json};

use crate::{
    cluster::Cluster,
    meta,
    random::{fnv, safe_encode},
    store::Object,
};

/// The label that ties a pod to its revision.
pub const HASH: &str = "controller-revision-hash";

/// The revisions of `owner`, oldest first.
pub fn of(cluster: &mut Cluster, owner: &OwnedValue) -> Vec<Rc<Object>> {
    let id = cluster.collection("apps", "controllerrevisions");
    let mut revisions: Vec<Rc<Object>> = match cluster.store.existing(id) {
        Some(collection) => collection.owned_by(meta::uid(owner)).cloned().collect(),
        None => Vec::new(),
    };
    revisions.sort_by_key(|revision| (number(revision), revision.name().to_owned()));
    revisions
}

/// A revision's number.
pub fn number(revision: &Object) -> i64 {
    revision.value.int_at(&["revision"]).unwrap_or_default()
}

/// The revision of the owner's present template, made where it is missing and the latest in any case.
pub fn current(cluster: &mut Cluster, owner: &OwnedValue) -> Option<Rc<Object>> {
    let resource = cluster.built_in("apps", "controllerrevisions")?;
    let mut template = owner.at(&["spec", "template"]).cloned().unwrap_or_default();
    template.set(&["$patch"], "replace");
    let mut data = Value::Object(Map::new());
    data.set(&["spec", "template"], template);
    let revisions = of(cluster, owner);
    let latest = revisions.last().map(|revision| number(revision)).unwrap_or_default();
    if let Some(found) = revisions.iter().find(|revision| revision.value.get("data") == Some(&data)) {
        if number(found) == latest {
            return Some(Rc::clone(found));
        }
        return cluster.edit(&resource, found.namespace(), found.name(), |value| {
            value.set(&["revision"], latest + 1)
        });
    }
    let mut text = Vec::new();
    json::to_compact(&mut text, &data);
    let hash = safe_encode(fnv(&text));
    let mut revision = Value::Object(Map::new());
    revision.set(&["metadata", "name"], format!("{}-{hash}", meta::name(owner)));
    revision.set(&["metadata", "namespace"], meta::namespace(owner).to_owned());
    if let Some(labels) = owner.at(&["spec", "template", "metadata", "labels"]) {
        revision.set(&["metadata", "labels"], labels.clone());
    }
    revision.set(&["metadata", "labels", HASH], hash);
    for (key, value) in owner
        .at(&["metadata", "annotations"])
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(Map::iter)
    {
        revision.set(&["metadata", "annotations", key], value.clone());
    }
    revision.set(&["metadata", "ownerReferences"], vec![meta::controller_reference(owner)]);
    revision.set(&["data"], data);
    revision.set(&["revision"], latest + 1);
    Some(cluster.create(&resource, revision))
}

/// Removes revisions beyond the owner's limit that no pod is of. `used` holds names or hashes: a daemon's pods bear the
/// hash, a stateful set's the whole name.
pub fn forget(cluster: &mut Cluster, owner: &OwnedValue, used: &[String]) {
    let Some(resource) = cluster.built_in("apps", "controllerrevisions") else {
        return;
    };
    let limit = usize::try_from(owner.int_at(&["spec", "revisionHistoryLimit"]).unwrap_or(10)).unwrap_or_default();
    let idle: Vec<Rc<Object>> = of(cluster, owner)
        .into_iter()
        .filter(|revision| !used.iter().any(|used| used == hash(revision) || used == revision.name()))
        .collect();
    let surplus = idle.len().saturating_sub(limit);
    for revision in &idle[..surplus] {
        cluster.delete(&resource, revision.namespace(), revision.name(), None);
    }
}

/// A revision's hash, which its pods bear as a label.
pub fn hash(revision: &Object) -> &str {
    meta::label(&revision.value, HASH).unwrap_or_default()
}
