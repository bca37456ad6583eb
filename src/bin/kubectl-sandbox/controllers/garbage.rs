//! Garbage collection: what becomes of objects whose owners go.

use std::rc::Rc;

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::pods;
use crate::{
    cluster::Cluster,
    meta,
    registry::CollectionId,
    store::Object,
    verbs::{self, FOREGROUND, ORPHAN, Propagation},
};

fn owned(cluster: &Cluster, uid: &str) -> Vec<(CollectionId, Rc<Object>)> {
    cluster
        .store
        .collections()
        .flat_map(|(id, collection)| collection.owned_by(uid).map(move |object| (id, Rc::clone(object))))
        .collect()
}

/// Deletes what an object owned that is gone, unless another owner is left.
pub fn orphans_of(cluster: &mut Cluster, uid: &str) -> Option<Timestamp> {
    for (id, object) in owned(cluster, uid) {
        let others = meta::owners(&object.value)
            .iter()
            .any(|owner| owner.str_at(&["uid"]) != uid && owner_lives(cluster, &object, owner));
        let Some(resource) = cluster.registry.stored(id).cloned() else {
            continue;
        };
        if others {
            cluster.edit(&resource, object.namespace(), object.name(), |value| pods::disown(value, uid));
        } else if !meta::is_deleting(&object.value) {
            cluster.delete(&resource, object.namespace(), object.name(), Some(Propagation::Background));
        }
    }
    None
}

fn owner_lives(cluster: &Cluster, object: &Object, owner: &OwnedValue) -> bool {
    let Some(resource) = cluster.registry.kind(owner.str_at(&["apiVersion"]), owner.str_at(&["kind"])) else {
        // Who knows what a kind is that is not known here.
        return true;
    };
    let namespace = if resource.namespaced() { object.namespace() } else { "" };
    cluster
        .store
        .get(resource.collection, namespace, owner.str_at(&["name"]))
        .is_some_and(|found| found.uid() == owner.str_at(&["uid"]))
}

/// Looks at an object that has owners or is being deleted. `place` is its collection's number and its name.
pub fn dependents(cluster: &mut Cluster, namespace: &str, place: &str) -> Option<Timestamp> {
    let (number, name) = place.split_once('/')?;
    let id = CollectionId(number.parse().ok()?);
    let object = cluster.store.get(id, namespace, name).cloned()?;
    if cluster.still.contains(object.uid()) {
        return None;
    }
    let resource = cluster.registry.stored(id).cloned()?;
    let owners = meta::owners(&object.value);
    if !owners.is_empty() && !meta::is_deleting(&object.value) {
        let lives = owners.iter().any(|owner| owner_lives(cluster, &object, owner));
        if !lives {
            cluster.delete(&resource, namespace, name, Some(Propagation::Background));
            return None;
        }
    }
    if !meta::is_deleting(&object.value) {
        return None;
    }
    let has = |finalizer: &str| meta::finalizers(&object.value).any(|have| have == finalizer);
    if has(ORPHAN) {
        for (owned_in, owned) in owned(cluster, object.uid()) {
            if let Some(resource) = cluster.registry.stored(owned_in).cloned() {
                cluster.edit(&resource, owned.namespace(), owned.name(), |value| {
                    pods::disown(value, object.uid());
                });
            }
        }
        cluster.edit(&resource, namespace, name, |value| drop_finalizer(value, ORPHAN));
    } else if has(FOREGROUND) {
        let mut blocked = false;
        for (owned_in, owned) in owned(cluster, object.uid()) {
            let blocks = meta::owners(&owned.value).iter().any(|owner| {
                owner.str_at(&["uid"]) == object.uid() && owner.get("blockOwnerDeletion").and_then(Value::as_bool) == Some(true)
            });
            if !meta::is_deleting(&owned.value)
                && let Some(resource) = cluster.registry.stored(owned_in).cloned()
            {
                cluster.delete(&resource, owned.namespace(), owned.name(), Some(Propagation::Foreground));
            }
            blocked |= blocks && cluster.store.get(owned_in, owned.namespace(), owned.name()).is_some();
        }
        if blocked {
            // What goes wakes its owners.
            return None;
        }
        cluster.edit(&resource, namespace, name, |value| drop_finalizer(value, FOREGROUND));
    }
    None
}

fn drop_finalizer(value: &mut OwnedValue, name: &str) {
    let others = meta::finalizers(value)
        .filter(|finalizer| *finalizer != name)
        .map(str::to_owned)
        .collect();
    verbs::set_finalizers(value, others);
}

/// The owners of an object that is gone which wait for what they own.
pub fn waiting_owners(cluster: &Cluster, object: &Object) -> Vec<(String, String)> {
    meta::owners(&object.value)
        .iter()
        .filter_map(|owner| {
            let resource = cluster.registry.kind(owner.str_at(&["apiVersion"]), owner.str_at(&["kind"]))?;
            let namespace = if resource.namespaced() { object.namespace() } else { "" };
            let found = cluster.store.get(resource.collection, namespace, owner.str_at(&["name"]))?;
            let waits = meta::finalizers(&found.value).any(|finalizer| finalizer == FOREGROUND);
            waits.then(|| (namespace.to_owned(), format!("{}/{}", resource.collection.0, found.name())))
        })
        .collect()
}
