//! The objects of one resource, with their recent history.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    ops::Bound,
    rc::Rc,
};

use tokio::sync::Notify;

use super::Object;
use crate::meta;

/// How many changes a collection remembers.
const HISTORY: usize = 20_000;

/// What a change did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The object is new.
    Added,
    /// The object is another than before.
    Modified,
    /// The object is gone.
    Deleted,
}

/// One change.
#[derive(Debug, Clone)]
pub struct Change {
    /// The version it made.
    pub revision: u64,
    /// What it did.
    pub kind: ChangeKind,
    /// The object after it; for a removal the object as it was last, with the removal's version.
    pub object: Rc<Object>,
    /// The object before it.
    pub previous: Option<Rc<Object>>,
}

/// The history does not reach back to the version that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expired {
    /// The oldest version from which changes are known.
    pub oldest: u64,
}

/// Objects by namespace and name, the history, and who owns whom.
#[derive(Debug, Default)]
pub struct Collection {
    namespaces: BTreeMap<String, BTreeMap<String, Rc<Object>>>,
    count: usize,
    history: VecDeque<Change>,
    /// The version after which the history is complete.
    complete_after: u64,
    /// By the owner's identifier: namespaces and names.
    owned: HashMap<String, BTreeSet<(String, String)>>,
    /// By the node: namespaces and names.
    placed: HashMap<String, BTreeSet<(String, String)>>,
    changed: Rc<Notify>,
}

impl Collection {
    /// One object.
    pub fn get(&self, namespace: &str, name: &str) -> Option<&Rc<Object>> {
        self.namespaces.get(namespace)?.get(name)
    }

    /// The objects of one namespace or of all, in the order of namespace and name.
    pub fn list<'s>(&'s self, namespace: Option<&'s str>) -> impl Iterator<Item = &'s Rc<Object>> {
        let one = namespace.map(|namespace| self.namespaces.get(namespace));
        let all = if namespace.is_none() { Some(&self.namespaces) } else { None };
        one.flatten()
            .into_iter()
            .chain(all.into_iter().flat_map(BTreeMap::values))
            .flat_map(BTreeMap::values)
    }

    /// The objects of one namespace or of all that follow the one at a namespace and a name, in that order.
    pub fn list_after<'s>(&'s self, listed: Option<&'s str>, namespace: &'s str, name: &'s str) -> impl Iterator<Item = &'s Rc<Object>> {
        let (here, beyond) = (
            (Bound::Excluded(name), Bound::Unbounded),
            (Bound::Excluded(namespace), Bound::Unbounded),
        );
        let wanted = move |namespace: &str| listed.is_none_or(|listed| listed == namespace);
        let rest = self.namespaces.get(namespace).filter(|_| wanted(namespace));
        let others = self
            .namespaces
            .range::<str, _>(beyond)
            .filter(move |(namespace, _)| wanted(namespace));
        rest.into_iter()
            .flat_map(move |names| names.range::<str, _>(here))
            .chain(others.flat_map(|(_, names)| names))
            .map(|(_, object)| object)
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// The objects that name `uid` as an owner.
    pub fn owned_by<'s>(&'s self, uid: &str) -> impl Iterator<Item = &'s Rc<Object>> {
        self.at_keys(self.owned.get(uid))
    }

    /// The pods that are on a node.
    pub fn placed_on<'s>(&'s self, node: &str) -> impl Iterator<Item = &'s Rc<Object>> {
        self.at_keys(self.placed.get(node))
    }

    fn at_keys<'s>(&'s self, keys: Option<&'s BTreeSet<(String, String)>>) -> impl Iterator<Item = &'s Rc<Object>> {
        keys.into_iter().flatten().filter_map(|(namespace, name)| self.get(namespace, name))
    }

    /// Woken at every change.
    pub fn changed(&self) -> Rc<Notify> {
        Rc::clone(&self.changed)
    }

    pub(super) fn put(&mut self, revision: u64, object: Rc<Object>) -> Change {
        let (namespace, name) = (object.namespace().to_owned(), object.name().to_owned());
        let previous = self.namespaces.entry(namespace).or_default().insert(name, Rc::clone(&object));
        self.count += usize::from(previous.is_none());
        self.index(previous.as_deref(), Some(&object));
        self.record(Change {
            revision,
            kind: if previous.is_some() {
                ChangeKind::Modified
            } else {
                ChangeKind::Added
            },
            object,
            previous,
        })
    }

    pub(super) fn remove(&mut self, revision: u64, last: Rc<Object>, previous: Rc<Object>) -> Change {
        if let Some(names) = self.namespaces.get_mut(previous.namespace()) {
            if names.remove(previous.name()).is_some() {
                self.count -= 1;
            }
            if names.is_empty() {
                self.namespaces.remove(previous.namespace());
            }
        }
        self.index(Some(&previous), None);
        self.record(Change {
            revision,
            kind: ChangeKind::Deleted,
            object: last,
            previous: Some(previous),
        })
    }

    /// Brings what objects are found by from what one was to what it is.
    fn index(&mut self, before: Option<&Object>, after: Option<&Object>) {
        let owners = |object: &Object| -> Vec<String> {
            let owners = meta::owners(&object.value).iter();
            owners.map(|owner| owner.str_at(&["uid"]).to_owned()).collect()
        };
        let node = |object: &Object| -> Vec<String> {
            let node = object.value.str_at(&["spec", "nodeName"]);
            (!node.is_empty()).then(|| node.to_owned()).into_iter().collect()
        };
        move_key(&mut self.owned, before, after, owners);
        move_key(&mut self.placed, before, after, node);
    }

    fn record(&mut self, change: Change) -> Change {
        if self.history.len() == HISTORY
            && let Some(oldest) = self.history.pop_front()
        {
            self.complete_after = oldest.revision;
        }
        self.history.push_back(change.clone());
        self.changed.notify_waiters();
        change
    }

    pub(super) fn compact(&mut self, revision: u64) {
        self.history.clear();
        self.complete_after = revision;
        self.changed.notify_waiters();
    }

    /// The changes after `revision`, oldest first.
    ///
    /// # Errors
    /// Where the history does not reach back that far.
    pub fn changes_after(&self, revision: u64) -> Result<impl Iterator<Item = &Change>, Expired> {
        if revision < self.complete_after {
            return Err(Expired {
                oldest: self.complete_after,
            });
        }
        let from = self.history.partition_point(|change| change.revision <= revision);
        Ok(self.history.range(from..))
    }

    /// The objects as they were at `revision`.
    ///
    /// # Errors
    /// Where the history does not reach back that far.
    pub fn at_revision(&self, namespace: Option<&str>, revision: u64) -> Result<Vec<Rc<Object>>, Expired> {
        let mut since: HashMap<(&str, &str), Option<&Rc<Object>>> = HashMap::new();
        for change in self.changes_after(revision)? {
            let key = (change.object.namespace(), change.object.name());
            since.entry(key).or_insert(change.previous.as_ref());
        }
        let wanted = |object: &Object| namespace.is_none_or(|namespace| object.namespace() == namespace);
        let mut objects: Vec<Rc<Object>> = self
            .list(namespace)
            .filter(|object| !since.contains_key(&(object.namespace(), object.name())))
            .chain(since.values().copied().flatten())
            .filter(|object| wanted(object))
            .cloned()
            .collect();
        if !since.is_empty() {
            objects.sort_by(|a, b| (a.namespace(), a.name()).cmp(&(b.namespace(), b.name())));
        }
        Ok(objects)
    }
}

/// Takes an object's key away from what it was found by, and puts it to what it is found by now.
fn move_key(
    index: &mut HashMap<String, BTreeSet<(String, String)>>,
    before: Option<&Object>,
    after: Option<&Object>,
    found_by: impl Fn(&Object) -> Vec<String>,
) {
    let (old, new) = (before.map(&found_by).unwrap_or_default(), after.map(&found_by).unwrap_or_default());
    if old == new {
        return;
    }
    let key = |object: &Object| (object.namespace().to_owned(), object.name().to_owned());
    for word in &old {
        if let (Some(keys), Some(object)) = (index.get_mut(word), before) {
            keys.remove(&key(object));
            if keys.is_empty() {
                index.remove(word);
            }
        }
    }
    for word in new {
        index.entry(word).or_default().extend(after.map(key));
    }
}

#[cfg(test)]
mod tests {
    use kubectl_rs::api::{OwnedValue, Value};

    use crate::{registry::CollectionId, store::Store};

    const ID: CollectionId = CollectionId(0);

    fn object(name: &str, data: &str) -> OwnedValue {
        let mut value = Value::default();
        value.set(&["metadata", "namespace"], "default");
        value.set(&["metadata", "name"], name.to_owned());
        value.set(&["data"], data.to_owned());
        value
    }

    fn names_and_data(store: &Store, revision: u64) -> Vec<String> {
        let objects = store.existing(ID).unwrap().at_revision(None, revision).unwrap();
        objects
            .iter()
            .map(|o| format!("{}={}", o.name(), o.value.str_at(&["data"])))
            .collect()
    }

    #[test]
    fn at_revision_shows_every_state_that_there_was() {
        let mut store = Store::default();
        store.put(ID, object("b", "1"));
        store.put(ID, object("a", "1"));
        store.put(ID, object("b", "2"));
        store.remove(ID, "default", "a");
        assert_eq!(names_and_data(&store, 1), ["b=1"]);
        assert_eq!(names_and_data(&store, 2), ["a=1", "b=1"]);
        assert_eq!(names_and_data(&store, 3), ["a=1", "b=2"]);
        assert_eq!(names_and_data(&store, 4), ["b=2"]);
    }

    #[test]
    fn changes_after_a_compacted_version_are_expired() {
        let mut store = Store::default();
        store.put(ID, object("a", "1"));
        store.compact();
        store.put(ID, object("a", "2"));
        let collection = store.existing(ID).unwrap();
        assert!(collection.changes_after(0).is_err());
        assert_eq!(collection.changes_after(1).unwrap().count(), 1);
    }

    #[test]
    fn owned_by_follows_owner_references_as_they_come_and_go() {
        let mut store = Store::default();
        let mut value = object("a", "1");
        let mut owner = Value::default();
        owner.set(&["uid"], "u1");
        value.set(&["metadata", "ownerReferences"], vec![owner]);
        store.put(ID, value);
        assert_eq!(store.existing(ID).unwrap().owned_by("u1").count(), 1);
        store.put(ID, object("a", "2"));
        assert_eq!(store.existing(ID).unwrap().owned_by("u1").count(), 0);
    }

    #[test]
    fn list_after_goes_on_where_it_left_off() {
        let mut store = Store::default();
        for (namespace, name) in [("a", "x"), ("a", "y"), ("b", "w"), ("b", "z"), ("c", "x")] {
            let mut value = object(name, "1");
            value.set(&["metadata", "namespace"], namespace);
            store.put(ID, value);
        }
        let collection = store.existing(ID).unwrap();
        let after = |listed: Option<&str>, namespace: &str, name: &str| -> Vec<String> {
            let objects = collection.list_after(listed, namespace, name);
            objects.map(|object| format!("{}/{}", object.namespace(), object.name())).collect()
        };
        assert_eq!(after(None, "a", "x"), ["a/y", "b/w", "b/z", "c/x"]);
        // What the place names may be gone.
        assert_eq!(after(None, "aa", "q"), ["b/w", "b/z", "c/x"]);
        assert_eq!(after(Some("b"), "b", "w"), ["b/z"]);
        assert_eq!(after(Some("b"), "a", "x"), ["b/w", "b/z"]);
        assert_eq!(after(None, "c", "x"), Vec::<String>::new());
    }

    #[test]
    fn placed_on_follows_pods_to_their_nodes() {
        let mut store = Store::default();
        let mut value = object("a", "1");
        store.put(ID, value.clone());
        assert_eq!(store.existing(ID).unwrap().placed_on("").count(), 0);
        value.set(&["spec", "nodeName"], "n");
        store.put(ID, value);
        assert_eq!(store.existing(ID).unwrap().placed_on("n").count(), 1);
        store.remove(ID, "default", "a");
        assert_eq!(store.existing(ID).unwrap().placed_on("n").count(), 0);
    }
}
