//! Strategic merge patch (`k8s.io/apimachinery/pkg/util/strategicpatch`): a merge patch that knows which lists are maps
//! in disguise.
//!
//! | in the patch | means |
//! |---|---|
//! | `$patch: replace` in an object | this object stands in place of the other |
//! | `$patch: delete` in an object | the object goes; in a list, the element with its key |
//! | `$patch: replace` as an element | the other elements stand in place of the list |
//! | `$retainKeys: [..]` | all other fields of the object go |
//! | `$setElementOrder/list: [..]` | the order of the list's elements |
//! | `$deleteFromPrimitiveList/list: [..]` | these plain values go from the list |

use super::{PatchError, Schema, Strategy, diff::no_merge_key, merge::drop_nulls, shown::go_value};
use crate::api::{Map, Value};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const ORDER_PREFIX: &str = "$setElementOrder/";
const DELETE_PREFIX: &str = "$deleteFromPrimitiveList/";

/// Applies `patch` to `original`. Where nothing is known of the type, objects are merged and lists replaced.
///
/// # Errors
/// A directive that makes no sense, or an element without its merge key.
pub fn apply<'a, S: Schema>(original: Value<'a>, patch: Value<'a>, schema: Option<&S>) -> Result<Value<'a>, PatchError> {
    match (original, patch) {
        (Value::Object(original), Value::Object(patch)) => merge_objects(original, patch, schema).map(Value::Object),
        (_, patch) => Ok(without_directives(patch)),
    }
}

fn merge_objects<'a, S: Schema>(mut original: Map<'a>, mut patch: Map<'a>, schema: Option<&S>) -> Result<Map<'a>, PatchError> {
    if let Some(directive) = patch.remove(DIRECTIVE) {
        return match directive.as_str() {
            Some("replace") => Ok(patch),
            Some("delete") => Ok(Map::new()),
            Some("merge") => merge_objects(original, patch, schema),
            _ => Err(unknown_directive(&directive, "map")),
        };
    }
    retain_keys(&mut original, &mut patch)?;
    order_lists(&mut original, &mut patch, schema)?;
    for (key, change) in patch {
        if let Some(name) = key.strip_prefix(DELETE_PREFIX) {
            if let (Some(Value::Array(items)), Value::Array(gone)) = (original.get_mut(name), &change) {
                items.retain(|item| !gone.contains(item));
            }
            continue;
        }
        if change.is_null() {
            original.remove(&key);
            continue;
        }
        let place = schema.and_then(|schema| schema.field(&key));
        let merged = match (original.remove(&key), change) {
            (Some(Value::Object(before)), Value::Object(change)) => match strategy(place.as_ref()) {
                Strategy { replace: true, .. } => without_directives(Value::Object(change)),
                _ => Value::Object(merge_objects(before, change, place.as_ref())?),
            },
            (Some(Value::Array(before)), Value::Array(change)) => Value::Array(merge_lists(before, change, place.as_ref())?),
            (_, change) => without_directives(change),
        };
        original.insert(key, merged);
    }
    Ok(original)
}

fn strategy<S: Schema>(place: Option<&S>) -> Strategy {
    place.map(Schema::strategy).unwrap_or_default()
}

/// Takes out of `original` the fields that `$retainKeys` does not name.
fn retain_keys<'a>(original: &mut Map<'a>, patch: &mut Map<'a>) -> Result<(), PatchError> {
    let Some(directive) = patch.remove(RETAIN_KEYS) else {
        return Ok(());
    };
    let Value::Array(list) = directive else {
        return Err(PatchError::malformed("invalid patch format of retainKeys list"));
    };
    let kept = |key: &str| list.iter().any(|item| item.as_str() == Some(key));
    for (key, value) in patch.iter() {
        let name = key.strip_prefix(ORDER_PREFIX).or(key.strip_prefix(DELETE_PREFIX)).unwrap_or(key);
        if !value.is_null() && !kept(name) {
            return Err(PatchError::malformed(
                "invalid patch format of retainKeys list: fields in the patch are missing from it",
            ));
        }
    }
    original.retain(|key, _| kept(key));
    Ok(())
}

/// Deals with the lists whose order the patch sets: they are merged here, and leave the patch.
fn order_lists<'a, S: Schema>(original: &mut Map<'a>, patch: &mut Map<'a>, schema: Option<&S>) -> Result<(), PatchError> {
    let ordered: Vec<String> = patch
        .keys()
        .filter_map(|key| key.strip_prefix(ORDER_PREFIX))
        .map(str::to_owned)
        .collect();
    for name in ordered {
        let Some(Value::Array(order)) = patch.remove(&format!("{ORDER_PREFIX}{name}")) else {
            return Err(PatchError::malformed("invalid patch format of setElementOrder list"));
        };
        let place = schema.and_then(|schema| schema.field(&name));
        let strategy = strategy(place.as_ref());
        let changes = match patch.get(&name) {
            None => None,
            Some(Value::Array(_)) => match patch.remove(&name) {
                Some(Value::Array(changes)) => Some(changes),
                _ => None,
            },
            // A list that the patch removes or makes something else needs no order.
            Some(_) => continue,
        };
        if let Some(changes) = &changes {
            check_order(changes, &order, &strategy)?;
        }
        let before = match original.remove(&name) {
            Some(Value::Array(before)) => Some(before),
            Some(_) | None => None,
        };
        let server_order = before.clone().unwrap_or_default();
        let merged = match (before, changes) {
            (Some(before), Some(changes)) => merge_lists(before, changes, place.as_ref())?,
            (Some(before), None) => before,
            (None, Some(changes)) => match without_directives(Value::Array(changes)) {
                Value::Array(items) => items,
                _ => Vec::new(),
            },
            (None, None) => continue,
        };
        original.insert(name, in_order(merged, &order, &server_order, &strategy.merge_key));
    }
    Ok(())
}

/// The elements of a patch must come in the order that it sets.
pub(super) fn check_order(changes: &[Value<'_>], order: &[Value<'_>], strategy: &Strategy) -> Result<(), PatchError> {
    let mut at = 0;
    for change in changes.iter().filter(|change| change.get(DIRECTIVE).is_none()) {
        match order[at..].iter().position(|element| same(element, change, &strategy.merge_key)) {
            Some(found) => at += found + 1,
            None => {
                return Err(PatchError::malformed(format!(
                    "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                    go_value(&Value::Array(changes.to_vec())),
                    go_value(&Value::Array(order.to_vec()))
                )));
            }
        }
    }
    Ok(())
}

fn merge_lists<'a, S: Schema>(
    mut original: Vec<Value<'a>>,
    patch: Vec<Value<'a>>,
    place: Option<&S>,
) -> Result<Vec<Value<'a>>, PatchError> {
    let Strategy { merge, merge_key, .. } = strategy(place);
    let merge_key = merge_key.as_ref();
    if !merge {
        return Ok(match without_directives(Value::Array(patch)) {
            Value::Array(items) => items,
            _ => Vec::new(),
        });
    }
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    let objects = original.iter().chain(&patch).any(|item| item.as_object().is_some());
    if !objects {
        let server_order = original.clone();
        let patch_order = patch.clone();
        for item in patch {
            if !original.contains(&item) {
                original.push(item);
            }
        }
        return Ok(in_order(original, &patch_order, &server_order, ""));
    }
    if merge_key.is_empty() {
        return Err(PatchError::unfit("cannot merge lists without merge key"));
    }
    let (mut changes, mut replace) = (Vec::new(), false);
    for mut item in patch {
        let directive = item.as_object_mut().and_then(|map| map.remove(DIRECTIVE));
        match directive.as_ref().map(|directive| directive.as_str().unwrap_or_default()) {
            None => changes.push(item),
            Some("delete") => {
                let key = item.get(merge_key).ok_or_else(|| no_merge_key(&item, merge_key))?.clone();
                original.retain(|have| have.get(merge_key) != Some(&key));
            }
            // The other elements take the list's place; an element may say so of itself too.
            Some("replace") => {
                replace = true;
                if item.as_object().is_some_and(|map| !map.is_empty()) {
                    changes.push(item);
                }
            }
            Some("merge") => {
                return Err(PatchError::malformed("merging lists cannot yet be specified in the patch"));
            }
            Some(_) => return Err(unknown_directive(&directive.unwrap_or_default(), "list")),
        }
    }
    if replace {
        return Ok(changes.into_iter().map(without_directives).collect());
    }
    let server_order = original.clone();
    let element = place.and_then(Schema::element);
    let mut patch_order = Vec::new();
    for change in changes {
        let key = change.get(merge_key).ok_or_else(|| no_merge_key(&change, merge_key))?.clone();
        let mut marker = Map::new();
        marker.insert(merge_key.to_owned(), key.clone());
        patch_order.push(Value::Object(marker));
        match original.iter().position(|have| have.get(merge_key) == Some(&key)) {
            Some(at) => {
                let before = std::mem::take(&mut original[at]);
                original[at] = apply(before, change, element.as_ref())?;
            }
            None => original.push(without_directives(change)),
        }
    }
    Ok(in_order(original, &patch_order, &server_order, merge_key))
}

/// Puts the elements that `order` names into that order, and lets all others keep their place among them as the
/// server had it.
pub(super) fn in_order<'a>(merged: Vec<Value<'a>>, order: &[Value<'_>], server_order: &[Value<'_>], key: &str) -> Vec<Value<'a>> {
    let place_in = |list: &[Value<'_>], item: &Value<'_>| list.iter().position(|element| same(element, item, key));
    let (mut named, mut others): (Vec<_>, Vec<_>) = merged.into_iter().partition(|item| place_in(order, item).is_some());
    named.sort_by_key(|item| place_in(order, item));
    others.sort_by_key(|item| place_in(server_order, item).unwrap_or(usize::MAX));
    let mut out = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let other_first = match (others.peek(), named.peek()) {
            (None, None) => return out,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(item)) => match (place_in(server_order, other), place_in(server_order, item)) {
                (Some(other), Some(item)) => other < item,
                _ => false,
            },
        };
        out.extend(if other_first { others.next() } else { named.next() });
    }
}

fn same(a: &Value<'_>, b: &Value<'_>, key: &str) -> bool {
    match key {
        "" => a == b,
        key => a.get(key).is_some() && a.get(key) == b.get(key),
    }
}

/// A part of a patch as it is where there is nothing to merge it with.
fn without_directives(mut value: Value<'_>) -> Value<'_> {
    drop_directives(&mut value);
    drop_nulls(&mut value);
    value
}

fn drop_directives(value: &mut Value<'_>) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| {
                key != DIRECTIVE && key != RETAIN_KEYS && !key.starts_with(ORDER_PREFIX) && !key.starts_with(DELETE_PREFIX)
            });
            map.iter_mut().for_each(|(_, value)| drop_directives(value));
        }
        Value::Array(items) => {
            items.retain(|item| item.get(DIRECTIVE).and_then(Value::as_str) != Some("delete") && !only_directive(item));
            items.iter_mut().for_each(drop_directives);
        }
        _ => {}
    }
}

fn only_directive(item: &Value<'_>) -> bool {
    item.as_object().is_some_and(|map| map.len() == 1 && map.contains_key(DIRECTIVE))
}

fn unknown_directive(directive: &Value<'_>, place: &str) -> PatchError {
    PatchError::malformed(format!("unknown patch type: {} in {place}", go_value(directive)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        api::json::{self, parse},
        patch::{NoSchema, json::tests::any_value},
    };

    /// A type in which `containers` and `env` merge by name, `ports` by `containerPort`, `finalizers` by themselves,
    /// `strategy` retains keys, and `blob` is replaced.
    #[derive(Clone)]
    struct Sample(String);

    impl Schema for Sample {
        fn field(&self, name: &str) -> Option<Self> {
            Some(Sample(name.to_owned()))
        }

        fn element(&self) -> Option<Self> {
            Some(Sample(format!("{}[]", self.0)))
        }

        fn strategy(&self) -> crate::patch::Strategy {
            let (merge, key) = match self.0.as_str() {
                "containers" | "env" => (true, "name"),
                "ports" => (true, "containerPort"),
                "finalizers" => (true, ""),
                _ => (false, ""),
            };
            crate::patch::Strategy {
                merge,
                merge_key: key.into(),
                replace: self.0 == "blob",
                retain_keys: self.0 == "strategy",
            }
        }
    }

    fn patched(original: &'static str, patch: &'static str) -> Result<String, String> {
        let value = |text: &'static str| parse(text.as_bytes()).unwrap();
        let merged = apply(value(original), value(patch), Some(&Sample(String::new()))).map_err(|error| error.message)?;
        let mut out = Vec::new();
        json::to_compact(&mut out, &merged);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn apply_merges_lists_by_their_keys() {
        let cases = [
            (
                r#"{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}"#,
                r#"{"containers":[{"name":"b","image":"3"}]}"#,
                r#"{"containers":[{"image":"1","name":"a"},{"image":"3","name":"b"}]}"#,
            ),
            // New elements come first, as the server puts them.
            (
                r#"{"containers":[{"name":"a"}]}"#,
                r#"{"containers":[{"name":"z","env":[{"name":"E","value":null}]}]}"#,
                r#"{"containers":[{"env":[{"name":"E"}],"name":"z"},{"name":"a"}]}"#,
            ),
            (
                r#"{"containers":[{"name":"a"},{"name":"b"}]}"#,
                r#"{"containers":[{"name":"a","$patch":"delete"}]}"#,
                r#"{"containers":[{"name":"b"}]}"#,
            ),
            (
                r#"{"containers":[{"name":"a"},{"name":"b"}]}"#,
                r#"{"containers":[{"name":"c"},{"$patch":"replace"}]}"#,
                r#"{"containers":[{"name":"c"}]}"#,
            ),
            (
                r#"{"containers":[{"name":"a"},{"name":"b"},{"name":"c"}]}"#,
                r#"{"$setElementOrder/containers":[{"name":"c"},{"name":"a"}],"containers":[{"name":"b","$patch":"delete"}]}"#,
                r#"{"containers":[{"name":"c"},{"name":"a"}]}"#,
            ),
            (
                r#"{"finalizers":["a","b"]}"#,
                r#"{"finalizers":["c","a"]}"#,
                r#"{"finalizers":["c","a","b"]}"#,
            ),
            (
                r#"{"finalizers":["a","b","c"]}"#,
                r#"{"$deleteFromPrimitiveList/finalizers":["b"],"$setElementOrder/finalizers":["c","a"]}"#,
                r#"{"finalizers":["c","a"]}"#,
            ),
            (r#"{"args":["a"]}"#, r#"{"args":["b"]}"#, r#"{"args":["b"]}"#),
            (
                r#"{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}"#,
                r#"{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}"#,
                r#"{"strategy":{"type":"Recreate"}}"#,
            ),
            (
                r#"{"labels":{"a":"1","b":"2"}}"#,
                r#"{"labels":{"$patch":"replace","c":"3"}}"#,
                r#"{"labels":{"c":"3"}}"#,
            ),
            (r#"{"labels":{"a":"1"}}"#, r#"{"labels":{"$patch":"delete"}}"#, r#"{"labels":{}}"#),
            (r#"{"blob":{"a":1}}"#, r#"{"blob":{"b":2}}"#, r#"{"blob":{"b":2}}"#),
            (r#"{"a":1}"#, r#"{"a":null,"b":null,"c":{"d":null}}"#, r#"{"c":{}}"#),
        ];
        for (original, patch, want) in cases {
            assert_eq!(patched(original, patch).as_deref(), Ok(want), "{original} + {patch}");
        }
    }

    #[test]
    fn apply_of_a_broken_patch_says_why() {
        let original = r#"{"containers":[{"name":"a"}]}"#;
        assert_eq!(
            patched(original, r#"{"containers":[{"image":"x"}]}"#),
            Err("map: map[image:x] does not contain declared merge key: name".to_owned())
        );
        assert!(patched(original, r#"{"containers":[{"name":"a","$patch":"bogus"}]}"#).is_err());
        assert!(patched(original, r#"{"$patch":"bogus"}"#).is_err());
        assert!(patched(original, r#"{"x":{"$retainKeys":"no"}}"#).is_ok());
        assert!(patched(r#"{"x":{}}"#, r#"{"x":{"$retainKeys":["a"],"b":1}}"#).is_err());
        assert!(
            patched(
                original,
                r#"{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"name":"q"}]}"#
            )
            .is_err()
        );
    }

    proptest! {
        #[test]
        fn apply_without_a_schema_is_a_merge_patch(original in any_value(), patch in any_value()) {
            let merged = apply(original.clone(), patch.clone(), None::<&NoSchema>).unwrap();
            prop_assert_eq!(merged, crate::patch::merge::apply(original, patch));
        }

        #[test]
        fn apply_twice_is_apply_once(original in any_value(), patch in any_value()) {
            let once = apply(original, patch.clone(), None::<&NoSchema>).unwrap();
            let twice = apply(once.clone(), patch, None::<&NoSchema>).unwrap();
            prop_assert_eq!(once, twice);
        }
    }
}
