//! The strategic merge patch between two states of an object (`strategicpatch.CreateTwoWayMergePatch`).

use super::{
    PatchError, Schema,
    diff::{Scope, objects},
};
use crate::api::Value;

/// The patch that makes `modified` of `original`; empty where they are the same.
///
/// # Errors
/// A list whose elements lack the field by which they are told apart, or are of several types.
pub fn create<'a, S: Schema>(original: &Value<'a>, modified: &Value<'a>, schema: Option<&S>) -> Result<Value<'a>, PatchError> {
    const ALL: Scope = Scope {
        changes: true,
        deletions: true,
        order: true,
    };
    match (original, modified) {
        (Value::Object(original), Value::Object(modified)) => objects(original, modified, schema, ALL, false).map(Value::Object),
        _ => Ok(modified.clone()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, strategy::Strategy};

    use super::*;
    use crate::{
        api::{Map, OwnedValue, json},
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
    fn create_compares_plain_values_with_the_original_as_go_has_sorted_it() {
        let pod = |finalizers: &str| {
            let text = format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"finalizers":{finalizers}}}}}"#);
            json::parse(text.as_bytes()).unwrap().into_owned()
        };
        let patch = |before: &str, after: &str| {
            let (before, after) = (pod(before), pod(after));
            create(&before, &after, BuiltIn::of(&before).as_ref())
        };
        assert_eq!(patch(r#"["b","a"]"#, r#"["a","b"]"#), Ok(value("{}")));
        let same = patch(r#"["b","a"]"#, r#"["b","a"]"#);
        assert_eq!(same, Ok(value(r#"{"metadata":{"$setElementOrder/finalizers":["b","a"]}}"#)));
    }

    #[test]
    fn create_of_elements_without_their_key_says_so() {
        let (before, after) = (pod(r#"{"containers":[{"image":"1"}]}"#), pod(r#"{"containers":[{"name":"a"}]}"#));
        let error = create(&before, &after, BuiltIn::of(&before).as_ref()).unwrap_err();
        assert_eq!(error.message, "map: map[image:1] does not contain declared merge key: name");
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
        // In order: of plain values in another order Go's patch does not always tell the truth.
        let finalizers = prop::sample::subsequence(vec!["f", "g", "h"], 0..3)
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
