//! JSON merge patch (RFC 7386), as `evanphx/json-patch` 4 applies it.

use crate::api::Value;

/// Applies `patch` to `original`: objects are merged field by field, `null` removes, all else replaces.
///
/// Kubernetes' implementation goes further than the RFC in one thing, and so does this: `null` fields vanish also from
/// objects within the patch's lists.
pub fn apply<'a>(original: Value<'a>, patch: Value<'a>) -> Value<'a> {
    match (original, patch) {
        (Value::Object(mut original), Value::Object(patch)) => {
            for (key, change) in patch {
                if change.is_null() {
                    original.remove(&key);
                    continue;
                }
                let before = original.remove(&key).unwrap_or_default();
                original.insert(key, apply(before, change));
            }
            Value::Object(original)
        }
        (_, mut patch) => {
            drop_nulls(&mut patch);
            patch
        }
    }
}

/// Takes the `null` fields out of every object in `value`.
pub(super) fn drop_nulls(value: &mut Value<'_>) {
    match value {
        Value::Object(map) => map.retain(|_, value| {
            drop_nulls(value);
            !value.is_null()
        }),
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// The merge patch that makes `after` of `before`, as `CreateMergePatch` does: changed and new fields, and `null` for
/// those that are gone. Lists that differ are given whole. Both are objects; anything else gives `after`.
pub fn create<'a>(before: &Value<'a>, after: &Value<'a>) -> Value<'a> {
    let (Value::Object(before), Value::Object(after)) = (before, after) else {
        return after.clone();
    };
    let mut patch = crate::api::Map::new();
    for (key, value) in after.iter() {
        match before.get(key) {
            Some(old) if old == value => {}
            Some(old @ Value::Object(_)) if value.as_object().is_some() => {
                patch.insert(key.to_owned(), create(old, value));
            }
            _ => {
                patch.insert(key.to_owned(), value.clone());
            }
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(key)) {
        patch.insert(key.to_owned(), Value::Null);
    }
    Value::Object(patch)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{api::json::parse, patch::json::tests::any_object};

    #[test]
    fn apply_gives_what_the_rfc_gives() {
        // RFC 7386, appendix A.
        let cases = [
            (r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#),
            (r#"{"a":"b"}"#, r#"{"a":null}"#, r#"{}"#),
            (r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#),
            (r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#),
            (r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#),
            (r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#),
            (r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#),
            (r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#),
            (r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#),
            (r#"{"a":"foo"}"#, "null", "null"),
            (r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#),
            (r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#),
            (r#"[1,2]"#, r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#),
            (r#"{}"#, r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#),
        ];
        for (original, patch, want) in cases {
            let value = |text: &'static str| parse(text.as_bytes()).unwrap();
            assert_eq!(apply(value(original), value(patch)), value(want), "{original} + {patch}");
        }
    }

    proptest! {
        #[test]
        fn apply_of_a_created_patch_makes_the_other_value(before in any_object(), after in any_object()) {
            // A merge patch cannot make a null, so neither side holds one.
            let (mut before, mut after) = (before, after);
            drop_nulls(&mut before);
            drop_nulls(&mut after);
            let patch = create(&before, &after);
            prop_assert_eq!(apply(before, patch), after);
        }
    }
}
