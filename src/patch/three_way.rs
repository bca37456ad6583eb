//! The patch of `kubectl apply`: from a manifest (modified), the manifest that was applied before it (original) and the
//! object as it is (current).
//!
//! The rule is that of kubectl: what the manifest says is so afterwards; what the manifest before said and this one does
//! not say is gone; all else stays. Hence the patch is what the object lacks of the manifest, and the deletions between
//! the two manifests.
//!
//! | function | for | source |
//! |---|---|---|
//! | [`strategic`] | kinds that the server merges by their types | `strategicpatch.CreateThreeWayMergePatch` |
//! | [`merge`] | all others: custom resources | `jsonmergepatch.CreateThreeWayJSONMergePatch` |

use super::{
    PatchError, Schema, Strategy,
    diff::{Scope, no_merge_key, objects, of_objects},
    merge as merge_patch,
    strategic::{Rest, check_order, directed, in_order, unknown_directive, without_directives},
};
use crate::api::{Map, Value};

/// What the object lacks of the manifest.
const ADDITIONS: Scope = Scope {
    changes: true,
    deletions: false,
    order: true,
};

/// What the manifest before had and this one has not.
const DELETIONS: Scope = Scope {
    changes: false,
    deletions: true,
    order: true,
};

/// What others have changed since the manifest before.
const CHANGES: Scope = Scope {
    changes: true,
    deletions: true,
    order: false,
};

/// What stands in a patch for a list's order.
const ORDER: &str = "$setElementOrder/";

/// A patch that would undo what others have changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict<'a> {
    /// The patch.
    pub patch: Value<'a>,
    /// What has changed from the manifest before to the object as it is, as a patch.
    pub changes: Value<'a>,
}

/// Why there is no patch.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure<'a> {
    /// The three cannot be compared.
    Unfit(PatchError),
    /// What others have changed is not to be overwritten.
    Conflict(Box<Conflict<'a>>),
}

impl From<PatchError> for Failure<'_> {
    fn from(error: PatchError) -> Self {
        Failure::Unfit(error)
    }
}

/// The strategic merge patch; an empty object where there is nothing to do. `original` is `null` where nothing was applied
/// before. Without `overwrite`, a patch that changes what has been changed since the manifest before is refused.
///
/// # Errors
/// Lists that cannot be merged, and without `overwrite` a conflict.
pub fn strategic<'a, S: Schema>(
    original: &Value<'a>,
    modified: &Value<'a>,
    current: &Value<'a>,
    schema: Option<&S>,
    overwrite: bool,
) -> Result<Value<'a>, Failure<'a>> {
    let empty = Map::new();
    let [original, modified, current] = [original, modified, current].map(|value| value.as_object().unwrap_or(&empty));
    let additions = objects(current, modified, schema, ADDITIONS, false)?;
    let deletions = objects(original, modified, schema, DELETIONS, false)?;
    let patch = join(deletions, additions, schema)?;
    if !overwrite {
        let changes = objects(original, current, schema, CHANGES, false)?;
        if maps_conflict(&patch, &changes, schema)? {
            let (patch, changes) = (Value::Object(patch), Value::Object(changes));
            return Err(Failure::Conflict(Box::new(Conflict { patch, changes })));
        }
    }
    Ok(Value::Object(patch))
}

/// The JSON merge patch; an empty object where there is nothing to do. `original` is `null` where nothing was applied
/// before.
///
/// # Errors
/// A patch that would change the object's type or name.
pub fn merge<'a>(original: &Value<'a>, modified: &Value<'a>, current: &Value<'a>) -> Result<Value<'a>, PatchError> {
    let empty = Value::Object(Map::new());
    let original = if original.is_null() { &empty } else { original };
    let mut additions = merge_patch::create(current, modified);
    keep(&mut additions, false);
    let mut deletions = merge_patch::create(original, modified);
    keep(&mut deletions, true);
    let patch = merge_patch::apply(deletions, additions);
    match patch.get("apiVersion").or(patch.get("kind")).or(patch.at(&["metadata", "name"])) {
        Some(_) => Err(PatchError::unfit("At least one of apiVersion, kind and name was changed")),
        None => Ok(patch),
    }
}

/// Keeps of a merge patch only the deletions, or only all else.
fn keep(patch: &mut Value<'_>, deletions: bool) {
    let Value::Object(map) = patch else { return };
    map.retain(|_, value| match value {
        Value::Null => deletions,
        // An empty object is a value, no patch.
        Value::Object(inner) if inner.is_empty() => !deletions,
        Value::Object(_) => {
            keep(value, deletions);
            value.as_object().is_some_and(|inner| !inner.is_empty())
        }
        _ => !deletions,
    });
}

/// Two patches as one (`mergeMap`, which leaves directives where they are): deletions, and additions over them.
fn join<'a, S: Schema>(mut deletions: Map<'a>, mut additions: Map<'a>, schema: Option<&S>) -> Result<Map<'a>, PatchError> {
    if let Some(directive) = additions.get("$patch") {
        return match directive.as_str() {
            Some("replace") => {
                additions.remove("$patch");
                Ok(additions)
            }
            Some("delete") => Ok(Map::new()),
            _ => Err(unknown_directive(&additions)),
        };
    }
    if let Some(kept) = additions.remove("$retainKeys") {
        deletions.insert("$retainKeys", kept);
    }
    join_ordered(&mut deletions, &mut additions, schema)?;
    for (key, addition) in additions {
        if key.starts_with("$deleteFromPrimitiveList/") {
            deletions.insert(key, addition);
            continue;
        }
        // Only of what is merged anything needs to be known.
        let place = || schema.and_then(|schema| schema.field(&key));
        let joined = match (deletions.remove(&key), addition) {
            (Some(Value::Object(deletions)), Value::Object(additions)) => {
                let place = place();
                Value::Object(match strategy(place.as_ref()).replace {
                    true => additions,
                    false => join(deletions, additions, place.as_ref())?,
                })
            }
            (Some(Value::Array(deletions)), Value::Array(additions)) => Value::Array(join_lists(deletions, additions, place().as_ref())?),
            // What is new has no directives, even where the manifest has some.
            (_, addition) => match without_directives(addition) {
                Some(addition) => addition,
                None => continue,
            },
        };
        deletions.insert(key, joined);
    }
    Ok(deletions)
}

fn strategy<S: Schema>(place: Option<&S>) -> Strategy {
    place.map(Schema::strategy).unwrap_or_default()
}

/// Joins the lists whose order the additions set, and puts their elements into that order.
fn join_ordered<'a, S: Schema>(deletions: &mut Map<'a>, additions: &mut Map<'a>, schema: Option<&S>) -> Result<(), PatchError> {
    let ordered: Vec<String> = additions
        .keys()
        .filter_map(|key| key.strip_prefix(ORDER))
        .map(str::to_owned)
        .collect();
    for name in ordered {
        let directive = format!("{ORDER}{name}");
        let Some(Value::Array(order)) = additions.remove(&directive) else {
            return Err(PatchError::malformed("invalid patch format of setElementOrder list"));
        };
        if deletions.get(&directive).is_some_and(|other| other.as_array() != Some(&order)) {
            return Err(PatchError::malformed("invalid patch format of setElementOrder list"));
        }
        let place = schema.and_then(|schema| schema.field(&name));
        let strategy = strategy(place.as_ref());
        let gone = match deletions.remove(&name) {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        };
        let new = match additions.remove(&name) {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        };
        if let Some(new) = &new {
            check_order(new, &order, &strategy)?;
        }
        let before = gone.clone().unwrap_or_default();
        let joined = match (gone, new) {
            (None, None) => None,
            (Some(items), None) => Some(items),
            (None, Some(items)) => Some(items.into_iter().filter_map(without_directives).collect()),
            (Some(gone), Some(new)) => Some(join_lists(gone, new, place.as_ref())?),
        };
        if let Some(joined) = joined {
            deletions.insert(name, sorted(joined, &order, &before, &strategy.merge_key));
        }
        deletions.insert(directive, order);
    }
    Ok(())
}

/// The elements in `order`, all others as they were `before`, deletions last among them.
fn sorted<'a>(items: Vec<Value<'a>>, order: &[Value<'_>], before: &[Value<'a>], key: &str) -> Vec<Value<'a>> {
    let is_deletion = |item: &Value<'a>| item.get("$patch").and_then(Value::as_str) == Some("delete");
    let (gone, stay): (Vec<_>, Vec<_>) = items.into_iter().partition(is_deletion);
    let mut sorted = in_order(stay, order, before, key);
    sorted.extend(gone);
    sorted
}

fn join_lists<'a, S: Schema>(
    mut deletions: Vec<Value<'a>>,
    additions: Vec<Value<'a>>,
    place: Option<&S>,
) -> Result<Vec<Value<'a>>, PatchError> {
    let Strategy { merge, merge_key, .. } = strategy(place);
    let key = merge_key.as_ref();
    if !merge {
        return Ok(additions);
    }
    if deletions.is_empty() && additions.is_empty() {
        return Ok(deletions);
    }
    if !of_objects(&deletions, &additions)? {
        let before = deletions.clone();
        for item in &additions {
            if !deletions.contains(item) {
                deletions.push(item.clone());
            }
        }
        return Ok(in_order(deletions, &additions, &before, ""));
    }
    let element = place.and_then(Schema::element);
    let (additions, replace) = directed(&mut deletions, additions, key, Rest::Stays)?;
    if replace {
        return Ok(additions);
    }
    let (before, order) = (deletions.clone(), additions.clone());
    for addition in additions {
        let id = addition.get(key).ok_or_else(|| no_merge_key(&addition, key))?;
        match deletions.iter().position(|have| have.get(key) == Some(id)) {
            Some(at) => {
                let Value::Object(addition) = addition else { continue };
                if let Value::Object(deletion) = std::mem::take(&mut deletions[at]) {
                    deletions[at] = Value::Object(join(deletion, addition, element.as_ref())?);
                }
            }
            None => deletions.push(addition),
        }
    }
    Ok(sorted(deletions, &order, &before, key))
}

/// Whether two patches do different things to the same field (`MergingMapsHaveConflicts`).
fn maps_conflict<S: Schema>(left: &Map<'_>, right: &Map<'_>, schema: Option<&S>) -> Result<bool, PatchError> {
    if left.get("$patch") != right.get("$patch") {
        return Ok(true);
    }
    for (key, mine) in left.iter().filter(|(key, _)| !matches!(*key, "$patch" | "$retainKeys")) {
        if let Some(theirs) = right.get(key) {
            let is_plain = !matches!(mine, Value::Object(_) | Value::Array(_));
            let place = schema.filter(|_| !is_plain).and_then(|schema| schema.field(key));
            if values_conflict(mine, theirs, place.as_ref())? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn values_conflict<S: Schema>(left: &Value<'_>, right: &Value<'_>, place: Option<&S>) -> Result<bool, PatchError> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => {
            Ok(left.get("$patch") != right.get("$patch") || (!strategy(place).replace && maps_conflict(left, right, place)?))
        }
        (Value::Array(left), Value::Array(right)) => lists_conflict(left, right, place),
        _ => Ok(left != right),
    }
}

fn lists_conflict<S: Schema>(left: &[Value<'_>], right: &[Value<'_>], place: Option<&S>) -> Result<bool, PatchError> {
    let are_objects = of_objects(left, right)?;
    let Strategy { merge, merge_key, .. } = strategy(place);
    let element = place.and_then(Schema::element);
    if merge && !are_objects {
        return Ok(false);
    }
    if merge {
        let key = merge_key.as_ref();
        for (at, mine) in left.iter().enumerate() {
            let id = mine.get(key).ok_or_else(|| no_merge_key(mine, key))?;
            // Of several with the same key the last one counts.
            let is_last = left[at + 1..].iter().all(|other| other.get(key) != Some(id));
            if is_last
                && let Some(theirs) = right.iter().rfind(|theirs| theirs.get(key) == Some(id))
                && let (Value::Object(mine), Value::Object(theirs)) = (mine, theirs)
                && maps_conflict(mine, theirs, element.as_ref())?
            {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    if left.len() != right.len() {
        return Ok(true);
    }
    let unordered = !are_objects && left.iter().all(|item| right.contains(item)) && right.iter().all(|item| left.contains(item));
    Ok(!unordered && left != right)
}

#[cfg(test)]
mod tests;
