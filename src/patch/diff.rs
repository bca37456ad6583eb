//! How two states of an object differ, as a strategic merge patch (`strategicpatch.diffMaps`).
//!
//! Go's order of comparing shows in the patch, and so it is kept: elements of merged lists are paired in the order of their
//! keys' texts, which tells elements with the same key apart (a port for TCP and for UDP), and lists of plain values are
//! compared in the order that Go has sorted the original into.

use std::{borrow::Cow, cmp::Ordering};

use super::{PatchError, Schema, Strategy, shown::go_value};
use crate::api::{Map, Value, sort};

/// What of the differences a patch takes note of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    /// What the later state has and the earlier one has not, or has otherwise.
    pub changes: bool,
    /// What only the earlier state has.
    pub deletions: bool,
    /// The order of merged lists.
    pub order: bool,
}

/// The patch that makes `modified` of `original`, as far as `scope` goes; empty where there is nothing to do.
///
/// # Errors
/// Lists that cannot be merged: elements without their key, or of several types.
pub(super) fn objects<'a, S: Schema>(
    original: &Map<'a>,
    modified: &Map<'a>,
    schema: Option<&S>,
    scope: Scope,
    retain: bool,
) -> Result<Map<'a>, PatchError> {
    let mut patch = Map::new();
    for (key, after) in modified.iter() {
        let Some(before) = original.get(key) else {
            if scope.changes {
                patch.insert(key.to_owned(), after.clone());
            }
            continue;
        };
        if key == "$patch" {
            directive(before, after, &mut patch)?;
            continue;
        }
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                let place = schema.and_then(|schema| schema.field(key));
                let strategy = place.as_ref().map(Schema::strategy).unwrap_or_default();
                if strategy.replace {
                    // Even where nothing has changed.
                    if scope.changes {
                        patch.insert(key.to_owned(), after.clone());
                    }
                    continue;
                }
                let change = objects(before, after, place.as_ref(), scope, strategy.retain_keys)?;
                if !change.is_empty() {
                    patch.insert(key.to_owned(), change);
                }
            }
            (Value::Array(before), Value::Array(after)) => {
                let place = schema.and_then(|schema| schema.field(key));
                let strategy = place.as_ref().map(Schema::strategy).unwrap_or_default();
                if strategy.merge {
                    lists(key, before, after, place.as_ref(), &strategy, scope, &mut patch)?;
                } else if scope.changes && before != after {
                    patch.insert(key.to_owned(), after.clone());
                }
            }
            _ if scope.changes && before != after => {
                patch.insert(key.to_owned(), after.clone());
            }
            _ => {}
        }
    }
    if scope.deletions {
        for key in original.keys().filter(|key| !modified.contains_key(key)) {
            patch.insert(key.to_owned(), Value::Null);
        }
    }
    if retain {
        name_kept(original, modified, &mut patch);
    }
    Ok(patch)
}

/// A manifest may hold directives of its own: they are compared as texts.
fn directive<'a>(before: &Value<'a>, after: &Value<'a>, patch: &mut Map<'a>) -> Result<(), PatchError> {
    if before.as_str().is_none() || after.as_str().is_none() {
        return Err(PatchError::malformed("invalid value for special key: $patch"));
    }
    if before != after {
        patch.insert("$patch", after.clone());
    }
    Ok(())
}

/// Names the fields that stay, where the patch changes anything or the earlier state has fields that go.
fn name_kept<'a>(original: &Map<'a>, modified: &Map<'a>, patch: &mut Map<'a>) {
    let mut kept: Vec<&str> = modified.iter().filter(|(_, value)| !value.is_null()).map(|(key, _)| key).collect();
    let is_more = original.iter().any(|(key, value)| !value.is_null() && !modified.contains_key(key));
    if kept.is_empty() || (patch.is_empty() && !is_more) {
        return;
    }
    kept.sort_unstable();
    let kept: Vec<Value<'a>> = kept.into_iter().map(|key| Value::from(key.to_owned())).collect();
    patch.insert("$retainKeys", kept);
}

/// Adds to `patch` what makes one merged list of the other.
fn lists<'a, S: Schema>(
    key: &str,
    before: &[Value<'a>],
    after: &[Value<'a>],
    place: Option<&S>,
    strategy: &Strategy,
    scope: Scope,
    patch: &mut Map<'a>,
) -> Result<(), PatchError> {
    if before.is_empty() {
        if !after.is_empty() && scope.changes {
            patch.insert(key.to_owned(), after.to_vec());
        }
        return Ok(());
    }
    let (changes, order) = if of_objects(before, after)? {
        elements(before, after, place, strategy, scope)?
    } else {
        let (added, gone, reordered) = plain(before, after, scope);
        if !gone.is_empty() {
            patch.insert(format!("$deleteFromPrimitiveList/{key}"), gone);
        }
        (added, if reordered { after.to_vec() } else { Vec::new() })
    };
    if !changes.is_empty() {
        patch.insert(key.to_owned(), changes);
    }
    if !order.is_empty() {
        patch.insert(format!("$setElementOrder/{key}"), order);
    }
    Ok(())
}

/// Whether the elements are objects; all of them must be of one type.
///
/// # Errors
/// Elements of several types, and lists in lists.
pub(super) fn of_objects(a: &[Value<'_>], b: &[Value<'_>]) -> Result<bool, PatchError> {
    let mut all = a.iter().chain(b);
    let Some(first) = all.next() else {
        return Err(PatchError::unfit("no elements in any of the given slices"));
    };
    if matches!(first, Value::Array(_)) {
        return Err(PatchError::unfit("lists of lists are not supported"));
    }
    match all.all(|item| std::mem::discriminant(item) == std::mem::discriminant(first)) {
        true => Ok(matches!(first, Value::Object(_))),
        false => Err(PatchError::unfit(format!(
            "list element types are not identical: [{} {}]",
            go_value(&Value::Array(a.to_vec())),
            go_value(&Value::Array(b.to_vec()))
        ))),
    }
}

/// The changes of a list of objects in the order of `after`, those that go at the end; and the order, where it must be
/// said.
#[allow(clippy::type_complexity, reason = "two lists, named above")]
fn elements<'a, S: Schema>(
    before: &[Value<'a>],
    after: &[Value<'a>],
    place: Option<&S>,
    strategy: &Strategy,
    scope: Scope,
) -> Result<(Vec<Value<'a>>, Vec<Value<'a>>), PatchError> {
    let key = strategy.merge_key.as_ref();
    let (old, new) = (by_key(before, key), by_key(after, key));
    let element = place.and_then(Schema::element);
    let (mut changes, mut gone) = (Vec::new(), Vec::new());
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let side = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        if side != Ordering::Greater
            && let Some((_, had)) = old.next()
        {
            let (had, id) = keyed(had, key)?;
            if side == Ordering::Less {
                if scope.deletions {
                    gone.push(Value::Object(
                        [("$patch".to_owned(), Value::from("delete")), (key.to_owned(), id.clone())]
                            .into_iter()
                            .collect(),
                    ));
                }
            } else if let Some((_, has)) = new.next() {
                let (has, id) = keyed(has, key)?;
                let mut change = objects(had, has, element.as_ref(), scope, strategy.retain_keys)?;
                if !change.is_empty() {
                    change.insert(key.to_owned(), id.clone());
                    changes.push(Value::Object(change));
                }
            }
        } else if let Some((_, has)) = new.next() {
            keyed(has, key)?;
            if scope.changes {
                changes.push((*has).clone());
            }
        }
    }
    for item in after {
        keyed(item, key)?;
    }
    let changes = {
        let mut changes = changes;
        changes.sort_by_key(|change| after.iter().position(|item| item.get(key) == change.get(key)));
        changes.extend(gone);
        changes
    };
    let same_order = before.len() == after.len() && before.iter().zip(after).all(|(a, b)| a.get(key) == b.get(key));
    // What is there already in this order need not be told so where only deletions are wanted.
    let order = match scope.order && (!changes.is_empty() || (scope.changes && !same_order)) {
        true => after
            .iter()
            .filter_map(|item| item.get(key))
            .map(|id| Value::Object([(key.to_owned(), id.clone())].into_iter().collect()))
            .collect(),
        false => Vec::new(),
    };
    Ok((changes, order))
}

/// The elements in the order of their keys' texts.
fn by_key<'v, 'a>(items: &'v [Value<'a>], key: &str) -> Vec<(Cow<'v, str>, &'v Value<'a>)> {
    let mut items: Vec<_> = items
        .iter()
        .map(|item| (go_value(item.get(key).unwrap_or(&Value::Null)), item))
        .collect();
    // What is equal counts as less: Go's insertion turns elements with the same key around.
    sort::sort(&mut items, |a, b| a.0 <= b.0);
    items
}

/// An element's fields, and what it is told apart by.
fn keyed<'v, 'a>(item: &'v Value<'a>, key: &str) -> Result<(&'v Map<'a>, &'v Value<'a>), PatchError> {
    let map = item.as_object().ok_or_else(|| no_merge_key(item, key))?;
    let id = map.get(key).ok_or_else(|| no_merge_key(item, key))?;
    Ok((map, id))
}

/// What is said of an element that lacks the field by which it is told apart (`mergepatch.ErrNoMergeKey`).
pub(super) fn no_merge_key(item: &Value<'_>, key: &str) -> PatchError {
    PatchError::unfit(format!("map: {} does not contain declared merge key: {key}", go_value(item)))
}

/// Of a list of plain values: those that are new, in the order of `after`; those that go; and whether the order must be
/// said.
fn plain<'a>(before: &[Value<'a>], after: &[Value<'a>], scope: Scope) -> (Vec<Value<'a>>, Vec<Value<'a>>, bool) {
    let sorted = |items: &[Value<'a>]| {
        let mut items: Vec<(String, Value<'a>)> = items.iter().map(|item| (go_value(item).into_owned(), item.clone())).collect();
        sort::sort(&mut items, |a, b| a.0 < b.0);
        items
    };
    let (old, new) = (sorted(before), sorted(after));
    let (mut added, mut gone) = (Vec::new(), Vec::new());
    let (mut at_old, mut at_new) = (0, 0);
    loop {
        let side = match (old.get(at_old), new.get(at_new)) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((a, _)), Some((b, _))) => a.cmp(b),
        };
        if side != Ordering::Greater {
            let item = &old[at_old].1;
            if side == Ordering::Less && scope.deletions && !gone.contains(item) {
                gone.push(item.clone());
            }
            at_old += 1;
        }
        if side != Ordering::Less {
            if side == Ordering::Greater && scope.changes {
                added.push(new[at_new].1.clone());
            }
            at_new += 1;
        }
    }
    added.sort_by_key(|item| after.iter().position(|other| other == item));
    // Go compares with the original as it has sorted it: an unsorted list is always told its order.
    let same = old.len() == after.len() && old.iter().zip(after).all(|((_, a), b)| a == b);
    let reordered = scope.order && (!gone.is_empty() || (scope.changes && !same));
    (added, gone, reordered)
}
