//! Hiding what is in secrets, so that changes can be seen all the same.

use std::collections::BTreeSet;

use crate::api::{Map, OwnedValue, Value, object};

const HIDDEN: &str = "***";
const BEFORE: &str = "*** (before)";
const AFTER: &str = "*** (after)";

/// Whether an object's `data` is hidden: as for kubectl, any `Secret` in a version `v1`, whatever its group.
pub fn is_secret(object: &Value<'_>) -> bool {
    let (_, version) = object::group_version(object);
    version == "v1" && object::kind(object) == "Secret"
}

/// Hides the values of both objects' `data`, each of which may be `null`. Values under one key that differ can still be
/// told apart.
pub fn mask(live: &mut OwnedValue, merged: &mut OwnedValue) {
    let mut none = Map::new();
    let mut other = Map::new();
    let live = live.at_mut(&["data"]).and_then(Value::as_object_mut).unwrap_or(&mut none);
    let merged = merged.at_mut(&["data"]).and_then(Value::as_object_mut).unwrap_or(&mut other);
    let keys: BTreeSet<String> = live.keys().chain(merged.keys()).map(str::to_owned).collect();
    for key in keys {
        let (before, after) = match (live.get(&key), merged.get(&key)) {
            (Some(before), Some(after)) if before != after => (BEFORE, AFTER),
            _ => (HIDDEN, HIDDEN),
        };
        for (data, word) in [(&mut *live, before), (&mut *merged, after)] {
            if let Some(value) = data.get_mut(&key) {
                *value = word.into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn object(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn mask_hides_every_value_and_tells_apart_those_that_differ() {
        let mut live = object(r#"{"data":{"gone":"1","other":"1","same":"1"},"type":"Opaque"}"#);
        let mut merged = object(r#"{"data":{"new":"1","other":"2","same":"1"},"type":"Opaque"}"#);
        mask(&mut live, &mut merged);
        assert_eq!(
            live,
            object(r#"{"data":{"gone":"***","other":"*** (before)","same":"***"},"type":"Opaque"}"#)
        );
        assert_eq!(
            merged,
            object(r#"{"data":{"new":"***","other":"*** (after)","same":"***"},"type":"Opaque"}"#)
        );
    }

    #[test]
    fn mask_where_one_side_is_missing_hides_the_other() {
        let (mut live, mut merged) = (Value::Null, object(r#"{"data":{"a":"1"}}"#));
        mask(&mut live, &mut merged);
        assert_eq!((live, merged), (Value::Null, object(r#"{"data":{"a":"***"}}"#)));
    }

    #[test]
    fn is_secret_looks_at_version_and_kind() {
        for (text, is) in [
            (r#"{"apiVersion":"v1","kind":"Secret"}"#, true),
            (r#"{"apiVersion":"example.com/v1","kind":"Secret"}"#, true),
            (r#"{"apiVersion":"example.com/v2","kind":"Secret"}"#, false),
            (r#"{"apiVersion":"v1","kind":"ConfigMap"}"#, false),
        ] {
            assert_eq!(is_secret(&object(text)), is, "{text}");
        }
    }
}
