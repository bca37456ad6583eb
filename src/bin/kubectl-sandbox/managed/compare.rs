//! What changed between two objects, field by field, and which fields an object has
//! (`sigs.k8s.io/structured-merge-diff`).

use kubectl_rs::api::{Map, OwnedValue, Value, json};

use super::set::{FieldSet, Step};
use crate::schema::{ListType, Node, Shape};

/// The fields that differ between two objects.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Only the second has them.
    pub added: FieldSet,
    /// Both have them, with different values.
    pub modified: FieldSet,
    /// Only the first has them.
    pub removed: FieldSet,
}

/// How a value falls into parts.
pub enum Parts {
    /// Not at all.
    Whole,
    /// Into fields or entries.
    Fields,
    /// Into elements that are told apart.
    Elements,
}

/// How a value at `node` falls into parts.
pub fn parts(node: Option<Node<'_>>, value: &OwnedValue) -> Parts {
    match (value, node) {
        // Of what is not known, objects have parts and lists none.
        (Value::Object(_), None) => Parts::Fields,
        (Value::Object(_), Some(node)) => match node.shape {
            Shape::Json | Shape::Raw => Parts::Fields,
            _ if node.is_atomic() => Parts::Whole,
            _ => Parts::Fields,
        },
        (Value::Array(_), Some(node)) => match node.list_type() {
            ListType::Atomic => Parts::Whole,
            _ => Parts::Elements,
        },
        _ => Parts::Whole,
    }
}

/// The step that tells an element from the others of its list; none where it lacks a key.
pub fn step_of(node: Node<'_>, element: &OwnedValue) -> Option<Step> {
    match node.list_type() {
        ListType::Atomic => None,
        ListType::Set => Some(Step::element(element)),
        ListType::Map(keys) => {
            let place = node.element();
            let mut fields = Map::new();
            for key in keys {
                let value = match element.get(key) {
                    Some(value) if !value.is_null() => value.clone(),
                    _ => {
                        let default = place?.child(key)?.field?.default;
                        json::parse(default.as_bytes()).ok()?.into_owned()
                    }
                };
                fields.insert(key.clone().into_owned(), value);
            }
            Some(Step::key(&Value::Object(fields)))
        }
    }
}

/// What changed from `old` to `new`.
pub fn compare(node: Node<'_>, old: &OwnedValue, new: &OwnedValue) -> Comparison {
    let mut walk = Walk {
        found: Comparison::default(),
        path: Vec::new(),
    };
    walk.values(Some(node), Some(old), Some(new), true);
    walk.found
}

struct Walk {
    found: Comparison,
    path: Vec<Step>,
}

impl Walk {
    /// `there` says whether the place itself was there before, with or without a value.
    fn values(&mut self, node: Option<Node<'_>>, old: Option<&OwnedValue>, new: Option<&OwnedValue>, there: bool) {
        let Some(sample) = new.or(old) else { return };
        match parts(node, sample) {
            Parts::Whole => self.whole(old, new),
            Parts::Fields => {
                let (old_map, new_map) = (old.and_then(Value::as_object), new.and_then(Value::as_object));
                // One is an object, the other is not.
                if (old.is_some() && old_map.is_none()) || (new.is_some() && new_map.is_none()) {
                    return self.whole(old, new);
                }
                let mut keys: Vec<&str> = new_map.into_iter().chain(old_map).flat_map(Map::keys).collect();
                keys.sort_unstable();
                keys.dedup();
                for key in keys {
                    let child = node.and_then(|node| node.child(key));
                    let (old, new) = (old_map.and_then(|map| map.get(key)), new_map.and_then(|map| map.get(key)));
                    let there = old.is_some() || (there && child.is_some_and(is_always_written));
                    self.part(Step::Field(key.to_owned()), child, old, new, there);
                }
            }
            Parts::Elements => {
                let Some(node) = node else { return };
                let items = |value: Option<&OwnedValue>| -> Vec<(Step, OwnedValue)> {
                    let items = value.and_then(Value::as_array).unwrap_or_default();
                    items
                        .iter()
                        .filter_map(|item| step_of(node, item).map(|step| (step, item.clone())))
                        .collect()
                };
                let (old, new) = (items(old), items(new));
                let find = |list: &[(Step, OwnedValue)], step: &Step| list.iter().position(|(have, _)| have == step);
                for (step, item) in &new {
                    let before = find(&old, step).map(|at| &old[at].1);
                    self.part(step.clone(), node.element(), before, Some(item), before.is_some());
                }
                for (step, item) in old.iter().filter(|(step, _)| find(&new, step).is_none()) {
                    self.part(step.clone(), node.element(), Some(item), None, true);
                }
            }
        }
    }

    fn part(&mut self, step: Step, node: Option<Node<'_>>, old: Option<&OwnedValue>, new: Option<&OwnedValue>, there: bool) {
        self.path.push(step);
        self.values(node, old, new, there);
        match (old, new) {
            (None, Some(_)) if !there => self.found.added.insert(&self.path),
            (Some(_), None) => self.found.removed.insert(&self.path),
            _ => {}
        }
        self.path.pop();
    }

    fn whole(&mut self, old: Option<&OwnedValue>, new: Option<&OwnedValue>) {
        match (old, new) {
            (None, Some(_)) => self.found.added.insert(&self.path),
            (Some(_), None) => self.found.removed.insert(&self.path),
            (Some(old), Some(new)) if old != new => self.found.modified.insert(&self.path),
            _ => {}
        }
    }
}

/// Whether the server writes a field also where it holds nothing: a struct within a struct, a list that must be there.
fn is_always_written(node: Node<'_>) -> bool {
    node.field
        .is_some_and(|field| field.always || (field.required && matches!(field.shape, Shape::List(_) | Shape::Map(_))))
}

/// The fields that an object has, as an applier owns them.
pub fn fields_of(node: Node<'_>, value: &OwnedValue) -> FieldSet {
    let mut set = FieldSet::default();
    collect(Some(node), value, &mut Vec::new(), &mut set);
    set.member = false;
    set
}

fn collect(node: Option<Node<'_>>, value: &OwnedValue, path: &mut Vec<Step>, set: &mut FieldSet) {
    match parts(node, value) {
        Parts::Whole => set.insert(path),
        Parts::Fields => {
            for (key, item) in value.as_object().into_iter().flat_map(Map::iter) {
                let child = node.and_then(|node| node.child(key));
                path.push(Step::Field(key.to_owned()));
                collect(child, item, path, set);
                let is_named = child.and_then(|child| child.field).is_some();
                let is_empty = item.is_null() || item.as_object().is_some_and(Map::is_empty);
                // Nobody owns metadata as such, of which everything may have been taken out.
                let is_metadata = path.len() == 1 && key == "metadata";
                if (is_empty || !is_named) && !is_metadata {
                    set.insert(path);
                }
                path.pop();
            }
        }
        Parts::Elements => {
            let Some(node) = node else { return };
            let items = value.as_array().unwrap_or_default();
            if items.is_empty() {
                set.insert(path);
            }
            for item in items {
                if let Some(step) = step_of(node, item) {
                    path.push(step);
                    collect(node.element(), item, path, set);
                    set.insert(path);
                    path.pop();
                }
            }
        }
    }
}
