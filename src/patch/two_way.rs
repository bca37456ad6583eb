//! The strategic merge patch between two states of an object (`strategicpatch.CreateTwoWayMergePatch`).

use super::{PatchError, Schema, Strategy};
use crate::api::{Map, Value};

/// The patch that makes `modified` of `original`; empty where they are the same.
///
/// # Errors
/// A list whose elements lack the field by which they are told apart.
pub fn create<'a, S: Schema>(original: &Value<'a>, modified: &Value<'a>, schema: Option<&S>) -> Result<Value<'a>, PatchError> {
    match (original, modified) {
        (Value::Object(original), Value::Object(modified)) => objects(original, modified, schema, false).map(Value::Object),
        _ => Ok(modified.clone()),
    }
}

fn objects<'a, S: Schema>(original: &Map<'a>, modified: &Map<'a>, schema: Option<&S>, retain: bool) -> Result<Map<'a>, PatchError> {
    let mut patch = Map::new();
    for (key, after) in modified.iter() {
        let before = match original.get(key) {
            Some(before) => before,
            None => {
                patch.insert(key.to_owned(), after.clone());
                continue;
            }
        };
        let place = schema.and_then(|schema| schema.field(key));
        let strategy = place.as_ref().map(Schema::strategy).unwrap_or_default();
        match (before, after) {
            (Value::Object(before), Value::Object(after)) if !strategy.replace => {
                let change = objects(before, after, place.as_ref(), strategy.retain_keys)?;
                if !change.is_empty() {
                    patch.insert(key.to_owned(), change);
                }
            }
            (Value::Array(before), Value::Array(after)) if strategy.merge => {
                lists(key, before, after, place.as_ref(), &strategy, &mut patch)?;
            }
            _ if before == after => {}
            _ => {
                patch.insert(key.to_owned(), after.clone());
            }
        }
    }
    for key in original.keys().filter(|key| !modified.contains_key(key)) {
        patch.insert(key.to_owned(), Value::Null);
    }
    let kept: Vec<Value<'a>> = modified
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, _)| Value::from(key.to_owned()))
        .collect();
    if retain && !kept.is_empty() && !patch.is_empty() {
        let mut kept = kept;
        kept.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
        patch.insert("$retainKeys", kept);
    }
    Ok(patch)
}

/// Adds to `patch` what makes one list of the other.
fn lists<'a, S: Schema>(
    key: &str,
    before: &[Value<'a>],
    after: &[Value<'a>],
    place: Option<&S>,
    strategy: &Strategy,
    patch: &mut Map<'a>,
) -> Result<(), PatchError> {
    if before.is_empty() {
        if !after.is_empty() {
            patch.insert(key.to_owned(), after.to_vec());
        }
        return Ok(());
    }
    let of_objects = before.iter().chain(after).any(|item| item.as_object().is_some());
    let (changes, order) = if of_objects {
        elements(before, after, place, strategy)?
    } else {
        let added: Vec<_> = after.iter().filter(|item| !before.contains(item)).cloned().collect();
        let gone: Vec<_> = before.iter().filter(|item| !after.contains(item)).cloned().collect();
        if !gone.is_empty() {
            patch.insert(format!("$deleteFromPrimitiveList/{key}"), gone);
        }
        (added, if before == after { Vec::new() } else { after.to_vec() })
    };
    if !changes.is_empty() {
        patch.insert(key.to_owned(), changes);
    }
    if !order.is_empty() {
        patch.insert(format!("$setElementOrder/{key}"), order);
    }
    Ok(())
}

/// The changes of a list of objects, in the order of `after`, what goes at the end; and the order, if it must be said.
#[allow(clippy::type_complexity, reason = "two lists, named above")]
fn elements<'a, S: Schema>(
    before: &[Value<'a>],
    after: &[Value<'a>],
    place: Option<&S>,
    strategy: &Strategy,
) -> Result<(Vec<Value<'a>>, Vec<Value<'a>>), PatchError> {
    let name = &strategy.merge_key;
    let key = |item: &Value<'a>| {
        item.get(name)
            .cloned()
            .ok_or_else(|| PatchError::unfit(format!("map does not contain declared merge key: {name}")))
    };
    let old: Vec<Value<'a>> = before.iter().map(key).collect::<Result<_, _>>()?;
    let new: Vec<Value<'a>> = after.iter().map(key).collect::<Result<_, _>>()?;
    let element = place.and_then(Schema::element);
    let retain = strategy.retain_keys;
    let mut changes = Vec::new();
    for (item, id) in after.iter().zip(&new) {
        let had = old.iter().position(|old| old == id).and_then(|at| before[at].as_object());
        match (had, item.as_object()) {
            (Some(had), Some(has)) => {
                let mut change = objects(had, has, element.as_ref(), retain)?;
                if !change.is_empty() {
                    change.insert(name.clone(), id.clone());
                    changes.push(Value::Object(change));
                }
            }
            _ => changes.push(item.clone()),
        }
    }
    for id in old.iter().filter(|id| !new.contains(id)) {
        changes.push(Value::Object(
            [("$patch".to_owned(), Value::from("delete")), (name.clone(), id.clone())]
                .into_iter()
                .collect(),
        ));
    }
    let order = if changes.is_empty() && old == new {
        Vec::new()
    } else {
        new.into_iter()
            .map(|id| Value::Object([(name.clone(), id)].into_iter().collect()))
            .collect()
    };
    Ok((changes, order))
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, strategy::Strategy};

    use super::*;
    use crate::{
        api::{OwnedValue, json},
        patch::{BuiltIn, strategic},
    };

    fn value(text: &'static str) -> Value<'static> {
        json::parse(text.as_bytes()).unwrap()
    }

    fn pod(spec: &str) -> OwnedValue {
        let text = format!(r#"{{"apiVersion":"v1","kind":"Pod","spec":{spec}}}"#);
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn create_gives_what_kubectl_sends() {
        let cases = [
            // set image
            (
                r#"{"containers":[{"name":"a","image":"1"},{"name":"b","image":"2"}]}"#,
                r#"{"containers":[{"name":"a","image":"1"},{"name":"b","image":"3"}]}"#,
                r#"{"spec":{"$setElementOrder/containers":[{"name":"a"},{"name":"b"}],"containers":[{"image":"3","name":"b"}]}}"#,
            ),
            // set env A-
            (
                r#"{"containers":[{"name":"n","env":[{"name":"A","value":"b"},{"name":"C","value":"d"}]}]}"#,
                r#"{"containers":[{"name":"n","env":[{"name":"C","value":"d"}]}]}"#,
                r#"{"spec":{"$setElementOrder/containers":[{"name":"n"}],"containers":[{"$setElementOrder/env":[{"name":"C"}],"env":[{"$patch":"delete","name":"A"}],"name":"n"}]}}"#,
            ),
            (r#"{"a":1}"#, r#"{"a":1}"#, "{}"),
            (
                r#"{"tolerations":[{"key":"a"}]}"#,
                r#"{"tolerations":[{"key":"b"}]}"#,
                r#"{"spec":{"tolerations":[{"key":"b"}]}}"#,
            ),
        ];
        for (before, after, want) in cases {
            let (before, after) = (pod(before), pod(after));
            let schema = BuiltIn::of(&before);
            assert_eq!(create(&before, &after, schema.as_ref()), Ok(value(want)));
        }
    }

    #[test]
    fn create_of_a_strategy_names_what_stays() {
        let deployment = |strategy: &str| {
            let text = format!(r#"{{"apiVersion":"apps/v1","kind":"Deployment","spec":{{"strategy":{strategy}}}}}"#);
            json::parse(text.as_bytes()).unwrap().into_owned()
        };
        let (before, after) = (
            deployment(r#"{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}"#),
            deployment(r#"{"type":"Recreate"}"#),
        );
        assert_eq!(
            create(&before, &after, BuiltIn::of(&before).as_ref()),
            Ok(value(
                r#"{"spec":{"strategy":{"$retainKeys":["type"],"rollingUpdate":null,"type":"Recreate"}}}"#
            ))
        );
    }

    #[test]
    fn create_of_elements_without_their_key_says_so() {
        let (before, after) = (pod(r#"{"containers":[{"image":"1"}]}"#), pod(r#"{"containers":[{"name":"a"}]}"#));
        let error = create(&before, &after, BuiltIn::of(&before).as_ref()).unwrap_err();
        assert_eq!(error.message, "map does not contain declared merge key: name");
    }

    /// A list of objects, each named once.
    fn named(prefix: &'static str, inner: BoxedStrategy<OwnedValue>) -> BoxedStrategy<OwnedValue> {
        (
            prop::sample::subsequence(vec!["a", "b", "c", "d"], 0..4).prop_shuffle(),
            prop::collection::vec(inner, 4),
        )
            .prop_map(move |(names, inner)| {
                let items = names
                    .into_iter()
                    .zip(inner)
                    .map(|(name, inner)| Value::Object([("name", Value::from(name)), (prefix, inner)].into_iter().collect()));
                Value::Array(items.collect())
            })
            .boxed()
    }

    fn spec() -> impl Strategy<Value = OwnedValue> {
        let text = "[xy]{1}".prop_map(Value::from).boxed();
        let env = named("value", text.clone());
        let containers = named("env", env);
        let volumes = named(
            "emptyDir",
            prop::collection::vec(("[a-c]", text.clone()), 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect()))
                .boxed(),
        );
        let finalizers = prop::sample::subsequence(vec!["f", "g", "h"], 0..3)
            .prop_shuffle()
            .prop_map(|items| Value::Array(items.into_iter().map(Value::from).collect()))
            .boxed();
        let args = prop::collection::vec(text, 0..3).prop_map(Value::Array).boxed();
        (containers, volumes, finalizers, args).prop_map(|(containers, volumes, finalizers, args)| {
            let spec: Map<'static> = [("containers", containers), ("volumes", volumes), ("args", args)]
                .into_iter()
                .collect();
            let metadata: Map<'static> = [("finalizers", finalizers)].into_iter().collect();
            let mut object = pod("{}");
            object.set(&["spec"], spec);
            object.set(&["metadata"], metadata);
            object
        })
    }

    proptest! {
        #[test]
        fn create_applied_to_the_original_gives_the_modified(before in spec(), after in spec()) {
            let schema = BuiltIn::of(&before);
            let patch = create(&before, &after, schema.as_ref()).unwrap();
            let result = strategic::apply(before, patch, schema.as_ref()).unwrap();
            prop_assert_eq!(result, after);
        }

        #[test]
        fn create_between_equals_is_empty(object in spec()) {
            let patch = create(&object, &object, BuiltIn::of(&object).as_ref()).unwrap();
            prop_assert_eq!(patch, Value::Object(Map::new()));
        }
    }
}
