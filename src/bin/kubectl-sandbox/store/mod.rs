//! The objects, and what happened to them: what etcd and the watch cache are to a real server.
//!
//! Every change takes the next resource version and goes to its collection's history, from which watches read and old
//! states are rebuilt. Objects are shared, never changed in place.

mod collection;
mod object;

pub use collection::{Change, ChangeKind, Collection};
pub use object::Object;

use std::rc::Rc;

use kubectl_rs::api::OwnedValue;

use crate::{meta, registry::CollectionId};

/// All collections and the version that the next change follows.
#[derive(Debug, Default)]
pub struct Store {
    revision: u64,
    collections: Vec<Collection>,
    /// What the controllers have not heard of yet.
    unheard: Vec<(CollectionId, Change)>,
}

impl Store {
    /// The version of the latest change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The collection `id`; an empty one where nothing was ever put.
    pub fn collection(&mut self, id: CollectionId) -> &mut Collection {
        while self.collections.len() <= id.0 {
            self.collections.push(Collection::default());
        }
        &mut self.collections[id.0]
    }

    /// The collection `id`, if anything was ever put there.
    pub fn existing(&self, id: CollectionId) -> Option<&Collection> {
        self.collections.get(id.0)
    }

    /// All collections that hold or held anything.
    pub fn collections(&self) -> impl Iterator<Item = (CollectionId, &Collection)> {
        self.collections
            .iter()
            .enumerate()
            .map(|(at, collection)| (CollectionId(at), collection))
    }

    /// One object. Cluster-wide objects have the namespace "".
    pub fn get(&self, id: CollectionId, namespace: &str, name: &str) -> Option<&Rc<Object>> {
        self.existing(id)?.get(namespace, name)
    }

    /// The objects of one namespace or of all.
    pub fn list<'s>(&'s self, id: CollectionId, namespace: Option<&'s str>) -> impl Iterator<Item = &'s Rc<Object>> {
        self.existing(id).into_iter().flat_map(move |collection| collection.list(namespace))
    }

    /// Puts an object in, new or in place of the one with its name, and gives it the next resource version.
    pub fn put(&mut self, id: CollectionId, mut value: OwnedValue) -> Rc<Object> {
        self.revision += 1;
        meta::set_resource_version(&mut value, self.revision);
        let object = Rc::new(Object::new(value));
        let revision = self.revision;
        let change = self.collection(id).put(revision, Rc::clone(&object));
        self.unheard.push((id, change));
        object
    }

    /// Takes an object out. What watches see last carries the version of the removal.
    pub fn remove(&mut self, id: CollectionId, namespace: &str, name: &str) -> Option<Rc<Object>> {
        let previous = Rc::clone(self.get(id, namespace, name)?);
        self.revision += 1;
        let mut value = previous.value.clone();
        meta::set_resource_version(&mut value, self.revision);
        let last = Rc::new(Object::new(value));
        let revision = self.revision;
        let change = self.collection(id).remove(revision, Rc::clone(&last), previous);
        self.unheard.push((id, change));
        Some(last)
    }

    /// The changes since the last call, for those who live by them.
    pub fn take_changes(&mut self) -> Vec<(CollectionId, Change)> {
        std::mem::take(&mut self.unheard)
    }

    /// Whether there were changes since then.
    pub fn has_changes(&self) -> bool {
        !self.unheard.is_empty()
    }

    /// Forgets the history of all collections, as a compaction of etcd does: older versions are expired from now on.
    pub fn compact(&mut self) {
        let revision = self.revision;
        for collection in &mut self.collections {
            collection.compact(revision);
        }
    }
}
