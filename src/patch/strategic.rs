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

use super::{
    PatchError, Schema, Strategy,
    diff::{no_merge_key, of_objects},
    merge::drop_nulls,
    shown::{go_text, go_type, go_value},
};
use crate::api::{Map, Value};

const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const ORDER_MARK: &str = "$setElementOrder";
const ORDER_PREFIX: &str = "$setElementOrder/";
const DELETE_MARK: &str = "$deleteFromPrimitiveList";
const DELETE_PREFIX: &str = "$deleteFromPrimitiveList/";

/// Applies `patch` to `original`. Where nothing is known of the type, objects are merged and lists replaced.
///
/// What has nothing to be merged with loses its `null` fields, and objects with directives; what takes the place of a
/// list, or is new in one, does not.
///
/// # Errors
/// A patch that is no object, a directive that makes no sense, or an element without its merge key.
pub fn apply<'a, S: Schema>(original: Value<'a>, patch: Value<'a>, schema: Option<&S>) -> Result<Value<'a>, PatchError> {
    apply_with(original, patch, schema, Rest::Stays)
}

/// As [`apply`], but nothing is left of directives and `null` fields, and objects may say that they are merged: so
/// kustomizations understand such patches.
///
/// # Errors
/// As for [`apply`].
pub fn apply_cleanly<'a, S: Schema>(original: Value<'a>, patch: Value<'a>, schema: Option<&S>) -> Result<Value<'a>, PatchError> {
    apply_with(original, patch, schema, Rest::Goes)
}

/// What becomes of directives and `null` fields in what is taken over as it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rest {
    Stays,
    Goes,
}

fn apply_with<'a, S: Schema>(original: Value<'a>, patch: Value<'a>, schema: Option<&S>, rest: Rest) -> Result<Value<'a>, PatchError> {
    match (original, patch) {
        (original, Value::Null) => Ok(original),
        (Value::Object(original), Value::Object(patch)) => merge_objects(original, patch, schema, rest).map(Value::Object),
        _ => Err(PatchError::malformed("invalid JSON document")),
    }
}

fn merge_objects<'a, S: Schema>(mut original: Map<'a>, mut patch: Map<'a>, schema: Option<&S>, rest: Rest) -> Result<Map<'a>, PatchError> {
    if let Some(directive) = patch.get(DIRECTIVE) {
        match directive.as_str() {
            Some("replace") => {
                patch.remove(DIRECTIVE);
                return Ok(patch);
            }
            Some("delete") => return Ok(Map::new()),
            Some("merge") if rest == Rest::Goes => _ = patch.remove(DIRECTIVE),
            _ => return Err(unknown_directive(&patch)),
        }
    }
    retain_keys(&mut original, &mut patch)?;
    order_lists(&mut original, &mut patch, schema, rest)?;
    for (key, change) in patch {
        let deletes = key.starts_with(DELETE_MARK);
        let key = match key.strip_prefix(DELETE_PREFIX) {
            Some(name) => name.to_owned().into(),
            None if deletes => return Err(PatchError::malformed("invalid patch format of primitive list")),
            None => key,
        };
        if change.is_null() {
            original.remove(&key);
            continue;
        }
        let before = original.remove(&key);
        let merged = match (before, change) {
            (Some(Value::Object(before)), Value::Object(change)) => {
                let place = schema.and_then(|schema| schema.field(&key));
                Some(match strategy(place.as_ref()).replace {
                    true => taken(Value::Object(change), rest),
                    false => Value::Object(merge_objects(before, change, place.as_ref(), rest)?),
                })
            }
            (Some(Value::Array(before)), Value::Array(change)) => {
                let place = schema.and_then(|schema| schema.field(&key));
                Some(match deletes || strategy(place.as_ref()).merge {
                    true => Value::Array(merge_lists(before, change, place.as_ref(), deletes, rest)?),
                    false => taken(Value::Array(change), rest),
                })
            }
            (before, _) if deletes => before,
            (_, change) => alone(change, rest),
        };
        if let Some(merged) = merged {
            original.insert(key, merged);
        }
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
    let invalid = || PatchError::malformed("invalid patch format of retainKeys");
    let Value::Array(list) = directive else {
        return Err(invalid());
    };
    let kept = |key: &str| list.iter().any(|item| item.as_str() == Some(key));
    for (key, value) in patch.iter() {
        let is_directive = key.starts_with(ORDER_MARK) || key.starts_with(DELETE_MARK);
        if !value.is_null() && !is_directive && !kept(key) {
            return Err(invalid());
        }
    }
    original.retain(|key, _| kept(key));
    Ok(())
}

/// Deals with the lists whose order the patch sets: they are merged here, and leave the patch.
fn order_lists<'a, S: Schema>(original: &mut Map<'a>, patch: &mut Map<'a>, schema: Option<&S>, rest: Rest) -> Result<(), PatchError> {
    let ordered: Vec<String> = patch.keys().filter(|key| key.starts_with(ORDER_MARK)).map(str::to_owned).collect();
    for directive in ordered {
        let Some(Value::Array(order)) = patch.get(&directive) else {
            return Err(no_list(patch.get(&directive).unwrap_or(&Value::Null)));
        };
        let order = order.clone();
        patch.remove(&directive);
        let Some(name) = directive.strip_prefix(ORDER_PREFIX) else {
            return Err(PatchError::malformed("invalid patch format of setElementOrder list"));
        };
        let place = schema.and_then(|schema| schema.field(name));
        let strategy = strategy(place.as_ref());
        if let Some(other) = [&*original, &*patch]
            .into_iter()
            .filter_map(|map| map.get(name))
            .find(|value| value.as_array().is_none())
        {
            return Err(no_list(other));
        }
        let list = |map: &mut Map<'a>| match map.remove(name) {
            Some(Value::Array(items)) => Some(items),
            _ => None,
        };
        let (before, changes) = (list(original), list(patch));
        if let Some(changes) = &changes {
            check_order(changes, &order, &strategy)?;
        }
        let server_order = before.clone().unwrap_or_default();
        let merged = match (before, changes) {
            (Some(before), Some(changes)) if strategy.merge => merge_lists(before, changes, place.as_ref(), false, rest)?,
            (Some(_), Some(changes)) => changes,
            (Some(before), None) => before,
            (None, Some(changes)) => match rest {
                Rest::Stays => changes.into_iter().filter_map(without_directives).collect(),
                Rest::Goes => match taken(Value::Array(changes), rest) {
                    Value::Array(items) => items,
                    _ => Vec::new(),
                },
            },
            (None, None) => continue,
        };
        let key = strategy.merge_key.as_ref();
        with_keys(&merged, key)?;
        original.insert(name.to_owned(), in_order(merged, &order, &server_order, key));
    }
    Ok(())
}

/// Where elements are told apart by a field, all must have it.
fn with_keys(items: &[Value<'_>], key: &str) -> Result<(), PatchError> {
    match items.iter().find(|item| !key.is_empty() && item.get(key).is_none()) {
        Some(item) => Err(no_merge_key(item, key)),
        None => Ok(()),
    }
}

/// The elements of a patch must come in the order that it sets.
pub(super) fn check_order(changes: &[Value<'_>], order: &[Value<'_>], strategy: &Strategy) -> Result<(), PatchError> {
    if order.is_empty() {
        return Ok(());
    }
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

/// Merges lists whose elements are told apart, or takes plain values out of the first.
fn merge_lists<'a, S: Schema>(
    mut original: Vec<Value<'a>>,
    patch: Vec<Value<'a>>,
    place: Option<&S>,
    deletes: bool,
    rest: Rest,
) -> Result<Vec<Value<'a>>, PatchError> {
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    if !of_objects(&original, &patch)? {
        if deletes {
            original.retain(|item| !patch.contains(item));
            return Ok(original);
        }
        let mut merged: Vec<Value<'a>> = Vec::with_capacity(original.len() + patch.len());
        for item in original.iter().chain(&patch) {
            if !merged.contains(item) {
                merged.push(item.clone());
            }
        }
        return Ok(in_order(merged, &patch, &original, ""));
    }
    let Strategy { merge_key, .. } = strategy(place);
    let merge_key = merge_key.as_ref();
    if merge_key.is_empty() {
        return Err(PatchError::unfit("cannot merge lists without merge key for struct"));
    }
    let (changes, replace) = directed(&mut original, patch, merge_key, rest)?;
    if replace {
        with_keys(&changes, merge_key)?;
        return Ok(changes.into_iter().map(|change| taken(change, rest)).collect());
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
                original[at] = apply_with(before, change, element.as_ref(), rest)?;
            }
            None => original.push(taken(change, rest)),
        }
    }
    with_keys(&original, merge_key)?;
    Ok(in_order(original, &patch_order, &server_order, merge_key))
}

/// Does to a list what elements of a patch say by directives: the other elements, and whether they take the list's place.
pub(super) fn directed<'a>(
    original: &mut Vec<Value<'a>>,
    patch: Vec<Value<'a>>,
    merge_key: &str,
    rest: Rest,
) -> Result<(Vec<Value<'a>>, bool), PatchError> {
    let (mut changes, mut replace) = (Vec::new(), false);
    for mut item in patch {
        let Some(directive) = item.get(DIRECTIVE) else {
            changes.push(item);
            continue;
        };
        match directive.as_str() {
            Some("delete") => {
                let key = item.get(merge_key).ok_or_else(|| no_merge_key(&item, merge_key))?;
                original.retain(|have| have.get(merge_key) != Some(key));
            }
            // The elements without a directive take the list's place.
            Some("replace") => {
                replace = true;
                if rest == Rest::Goes
                    && let Some(map) = item.as_object_mut()
                    && map.len() > 1
                {
                    map.remove(DIRECTIVE);
                    changes.push(item);
                }
            }
            Some("merge") => {
                return Err(PatchError::malformed("merging lists cannot yet be specified in the patch"));
            }
            _ => return Err(unknown_directive(item.as_object().unwrap_or(&Map::new()))),
        }
    }
    Ok((changes, replace))
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

/// A part of a patch as it is where there is nothing to merge it with; nothing where it is only a directive.
fn alone(mut value: Value<'_>, rest: Rest) -> Option<Value<'_>> {
    if rest == Rest::Goes {
        return Some(taken(value, rest));
    }
    drop_nulls(&mut value);
    without_directives(value)
}

/// A part of a patch that is taken over as it is given.
fn taken(mut value: Value<'_>, rest: Rest) -> Value<'_> {
    if rest == Rest::Goes {
        drop_directives(&mut value);
        drop_nulls(&mut value);
    }
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

/// A part of a patch without the objects in it that have a directive. Lists may still say how they would be merged.
pub(super) fn without_directives(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let fields = map
                .into_iter()
                .filter_map(|(key, value)| without_directives(value).map(|value| (key, value)));
            Some(Value::Object(fields.collect()))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(without_directives).collect())),
        other => Some(other),
    }
}

/// What is said of a patch whose directive is none (`mergepatch.ErrBadPatchType`).
pub(super) fn unknown_directive(patch: &Map<'_>) -> PatchError {
    let directive = patch.get(DIRECTIVE).map(go_text).unwrap_or_default();
    let shown = go_value(&Value::Object(patch.clone())).into_owned();
    PatchError::malformed(format!("unknown patch type: {directive} in map: {shown}"))
}

/// What is said of a value that should be a list (`mergepatch.ErrBadArgType`).
fn no_list(value: &Value<'_>) -> PatchError {
    PatchError::malformed(format!("expected a []interface {{}}, but received a {}", go_type(value)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        api::json::{self, parse},
        patch::{NoSchema, json::tests::any_object},
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
                r#"{"containers":[{"name":"z","env":[{"name":"E"}]}]}"#,
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
        let cases = [
            (
                r#"{"containers":[{"name":"a","$patch":"bogus"}]}"#,
                "unknown patch type: bogus in map: map[$patch:bogus name:a]",
            ),
            (r#"{"$patch":"merge"}"#, "unknown patch type: merge in map: map[$patch:merge]"),
            (
                r#"{"$patch":[7,null,{"a":1.5}]}"#,
                "unknown patch type: [%!s(int64=7) %!s(<nil>) map[a:%!s(float64=1.5)]] in map: map[$patch:[7 <nil> map[a:1.5]]]",
            ),
            (r#"{"$retainKeys":["a"],"b":1}"#, "invalid patch format of retainKeys"),
            (r#"{"$retainKeys":"a"}"#, "invalid patch format of retainKeys"),
            (r#"{"$deleteFromPrimitiveList":["a"]}"#, "invalid patch format of primitive list"),
            (
                r#"{"$setElementOrder/containers":"a"}"#,
                "expected a []interface {}, but received a string",
            ),
            (
                r#"{"$setElementOrder/containers":[{"name":"a"}],"containers":null}"#,
                "expected a []interface {}, but received a %!s(<nil>)",
            ),
            (r#"{"$setElementOrder":["a"]}"#, "invalid patch format of setElementOrder list"),
            (
                r#"{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"name":"q"}]}"#,
                "The order in patch list:\n[map[name:q]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n",
            ),
            (
                r#"{"containers":["x"]}"#,
                "list element types are not identical: [[map[name:a]] [x]]",
            ),
            ("[]", "invalid JSON document"),
        ];
        for (patch, fault) in cases {
            assert_eq!(patched(original, patch), Err(fault.to_owned()), "{patch}");
        }
        assert_eq!(patched(original, "null").as_deref(), Ok(original));
    }

    #[test]
    fn apply_keeps_of_what_is_new_what_kubectl_keeps() {
        let cases = [
            // Of a new field, `null` and objects with directives go; other directives are taken for fields.
            (
                r#"{"x":{"a":null,"b":{"$patch":"delete"},"$retainKeys":[1]}}"#,
                r#"{"x":{"$retainKeys":[1]}}"#,
            ),
            (r#"{"x":{"$patch":"replace","a":1}}"#, "{}"),
            (r#"{"x":[{"$patch":"delete"},{"a":null}]}"#, r#"{"x":[{}]}"#),
            // A list, and what is new in one, is as it is given.
            (
                r#"{"args":[{"$patch":"delete","a":null}]}"#,
                r#"{"args":[{"$patch":"delete","a":null}]}"#,
            ),
            (
                r#"{"containers":[{"name":"z","a":null,"b":{"$patch":"delete"}}]}"#,
                r#"{"containers":[{"a":null,"b":{"$patch":"delete"},"name":"z"},{"name":"a"}]}"#,
            ),
            (
                r#"{"containers":[{"$patch":"replace","name":"w"},{"name":"k"}]}"#,
                r#"{"containers":[{"name":"k"}]}"#,
            ),
            (
                r#"{"$setElementOrder/env":[{"name":"q"}],"env":[{"name":"q","a":null,"b":{"$patch":"delete"}}]}"#,
                r#"{"env":[{"a":null,"name":"q"}]}"#,
            ),
            (
                r#"{"blob":{"$patch":"delete","a":null}}"#,
                r#"{"blob":{"$patch":"delete","a":null}}"#,
            ),
        ];
        for (patch, want) in cases {
            let mut fields: Vec<(&str, &str)> = vec![("args", "[1]"), ("containers", r#"[{"name":"a"}]"#), ("blob", "{}")];
            fields.retain(|(name, _)| patch.starts_with(&format!("{{\"{name}\"")));
            let original = match fields.first() {
                Some((name, value)) => format!(r#"{{"{name}":{value}}}"#),
                None => "{}".to_owned(),
            };
            let merged = apply(
                parse(original.as_bytes()).unwrap(),
                parse(patch.as_bytes()).unwrap(),
                Some(&Sample(String::new())),
            );
            assert_eq!(merged, Ok(parse(want.as_bytes()).unwrap()), "{patch}");
        }
    }

    proptest! {
        #[test]
        fn apply_without_a_schema_is_a_merge_patch(original in any_object(), patch in any_object()) {
            let patch = settled(patch);
            let merged = apply(original.clone(), patch.clone(), None::<&NoSchema>).unwrap();
            prop_assert_eq!(merged, crate::patch::merge::apply(original, patch));
        }

        #[test]
        fn apply_twice_is_apply_once(original in any_object(), patch in any_object()) {
            let patch = settled(patch);
            let once = apply(original, patch.clone(), None::<&NoSchema>).unwrap();
            let twice = apply(once.clone(), patch, None::<&NoSchema>).unwrap();
            prop_assert_eq!(once, twice);
        }
    }

    /// A patch whose lists hold no `null` fields: those of a list stay or go by where it comes to stand.
    fn settled(mut patch: Value<'static>) -> Value<'static> {
        fn settle(value: &mut Value<'_>) {
            match value {
                Value::Array(items) => items.iter_mut().for_each(drop_nulls),
                Value::Object(map) => map.iter_mut().for_each(|(_, value)| settle(value)),
                _ => {}
            }
        }
        settle(&mut patch);
        patch
    }
}
