//! JSON patch (RFC 6902), as `evanphx/json-patch` 4 applies it: negative positions count from a list's end, and the
//! whole document has no path.

use super::PatchError;
use crate::api::Value;

/// How many operations a server takes in one patch.
pub const MAX_OPERATIONS: usize = 10_000;

/// One operation of a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Operation<'a> {
    /// `add`, `remove`, `replace`, `move`, `copy` or `test`.
    pub op: String,
    /// Where.
    pub path: Option<String>,
    /// From where, for `move` and `copy`.
    pub from: Option<String>,
    /// What; none where the patch names no value.
    pub value: Option<Value<'a>>,
}

/// Reads the operations of a patch.
///
/// # Errors
/// Go's sentence where the patch is no list of objects.
pub fn operations<'a>(patch: Value<'a>) -> Result<Vec<Operation<'a>>, PatchError> {
    let kind = patch.json_type();
    if patch.is_null() {
        return Ok(Vec::new());
    }
    let Value::Array(items) = patch else {
        return Err(PatchError::malformed(format!(
            "json: cannot unmarshal {kind} into Go value of type jsonpatch.Patch"
        )));
    };
    items
        .into_iter()
        .map(|item| {
            let kind = item.json_type();
            let mut fields = match item {
                Value::Object(fields) => fields,
                Value::Null => crate::api::Map::new(),
                _ => {
                    return Err(PatchError::malformed(format!(
                        "json: cannot unmarshal {kind} into Go value of type jsonpatch.Operation"
                    )));
                }
            };
            let mut text = |key: &str| match fields.remove(key) {
                Some(Value::String(text)) => Some(text.into_owned()),
                _ => None,
            };
            Ok(Operation {
                op: text("op").unwrap_or_else(|| "unknown".to_owned()),
                path: text("path"),
                from: text("from"),
                value: fields.remove("value"),
            })
        })
        .collect()
}

/// Applies a patch, which is a list of operations, to `document`.
///
/// # Errors
/// The sentence of the first operation that cannot be done; the document is then lost.
pub fn apply<'a>(mut document: Value<'a>, patch: Value<'a>) -> Result<Value<'a>, PatchError> {
    for operation in operations(patch)? {
        apply_operation(&mut document, operation)?;
    }
    Ok(document)
}

/// Applies one operation.
///
/// # Errors
/// Why it cannot be done.
pub fn apply_operation<'a>(document: &mut Value<'a>, operation: Operation<'a>) -> Result<(), PatchError> {
    let Operation { op, path, from, value } = operation;
    let path = || {
        path.as_deref()
            .ok_or_else(|| missing(format!("{op} operation failed to decode path")))
    };
    match op.as_str() {
        "add" => {
            let path = path()?;
            let (here, key) =
                parent(document, path).ok_or_else(|| missing(format!("add operation does not apply: doc is missing path: \"{path}\"")))?;
            add(here, &key, value.unwrap_or_default()).map_err(|error| wrap(format!("error in add for path: '{path}'"), error))
        }
        "remove" => {
            let path = path()?;
            let (here, key) = parent(document, path)
                .ok_or_else(|| missing(format!("remove operation does not apply: doc is missing path: \"{path}\"")))?;
            remove(here, &key).map_err(|error| wrap(format!("error in remove for path: '{path}'"), error))?;
            Ok(())
        }
        "replace" => {
            let path = path()?;
            let (here, key) =
                parent(document, path).ok_or_else(|| missing(format!("replace operation does not apply: doc is missing path: {path}")))?;
            match get_mut(here, &key) {
                Ok(place) => {
                    *place = value.unwrap_or_default();
                    Ok(())
                }
                Err(_) => Err(missing(format!("replace operation does not apply: doc is missing key: {path}"))),
            }
        }
        "move" => {
            let from = from.ok_or_else(|| missing("move operation failed to decode from".to_owned()))?;
            let (here, key) = parent(document, &from)
                .ok_or_else(|| missing(format!("move operation does not apply: doc is missing from path: {from}")))?;
            let moved = remove(here, &key).map_err(|error| wrap(format!("error in move for path: '{key}'"), error))?;
            let path = path()?;
            let (here, key) = parent(document, path)
                .ok_or_else(|| missing(format!("move operation does not apply: doc is missing destination path: {path}")))?;
            add(here, &key, moved).map_err(|error| wrap(format!("error in move for path: '{path}'"), error))
        }
        "copy" => {
            let from = from.ok_or_else(|| missing("copy operation failed to decode from".to_owned()))?;
            let (here, key) = parent(document, &from)
                .ok_or_else(|| missing(format!("copy operation does not apply: doc is missing from path: {from}")))?;
            let copied = get_mut(here, &key)
                .map_err(|error| wrap(format!("error in copy for from: '{from}'"), error))?
                .clone();
            let path = path()?;
            let (here, key) = parent(document, path)
                .ok_or_else(|| missing(format!("copy operation does not apply: doc is missing destination path: {path}")))?;
            add(here, &key, copied).map_err(|error| wrap("error while adding value during copy".to_owned(), error))
        }
        "test" => {
            let path = path()?;
            let (here, key) = parent(document, path)
                .ok_or_else(|| missing(format!("test operation for path does not apply: doc is missing path: {path}")))?;
            let wanted = value.unwrap_or_default();
            let found = match get_mut(here, &key) {
                Ok(found) => &*found,
                Err(Lookup::NoKey(_)) => &Value::Null,
                Err(error) => return Err(wrap(format!("error in test for path: '{path}'"), error)),
            };
            if *found == wanted {
                Ok(())
            } else {
                Err(PatchError::unfit(format!("testing value {path} failed: test failed")))
            }
        }
        other => Err(PatchError::unfit(format!("Unexpected kind: {other}"))),
    }
}

/// Why a part of a document is not there.
enum Lookup {
    NoKey(String),
    NoIndex(i64),
    NotANumber(String),
    NotAContainer,
}

fn wrap(what: String, why: Lookup) -> PatchError {
    let why = match why {
        Lookup::NoKey(sentence) => format!("{sentence}: missing value"),
        Lookup::NoIndex(index) => format!("Unable to access invalid index: {index}: invalid index referenced"),
        Lookup::NotANumber(key) => format!("strconv.Atoi: parsing {key:?}: invalid syntax"),
        Lookup::NotAContainer => "unknown object type".to_owned(),
    };
    PatchError::unfit(format!("{what}: {why}"))
}

fn missing(what: String) -> PatchError {
    PatchError::unfit(format!("{what}: missing value"))
}

/// The container that holds what `path` names, and the last part of the path.
fn parent<'v, 'a>(document: &'v mut Value<'a>, path: &str) -> Option<(&'v mut Value<'a>, String)> {
    let rest = path.split_once('/')?.1;
    let (parents, last) = match rest.rsplit_once('/') {
        Some((parents, last)) => (Some(parents), last),
        None => (None, rest),
    };
    let mut here = document;
    for part in parents.into_iter().flat_map(|parents| parents.split('/')) {
        here = get_mut(here, &unescape(part)).ok()?;
    }
    matches!(here, Value::Array(_) | Value::Object(_)).then(|| (here, unescape(last)))
}

fn unescape(part: &str) -> String {
    part.replace("~1", "/").replace("~0", "~")
}

fn get_mut<'v, 'a>(container: &'v mut Value<'a>, key: &str) -> Result<&'v mut Value<'a>, Lookup> {
    match container {
        Value::Object(map) => map
            .get_mut(key)
            .ok_or_else(|| Lookup::NoKey(format!("unable to get nonexistent key: {key}"))),
        Value::Array(items) => {
            let at = index(key, items.len())?;
            items.get_mut(at).ok_or(Lookup::NoIndex(at as i64))
        }
        _ => Err(Lookup::NotAContainer),
    }
}

/// The position that `key` names in a list of `length` elements; it may lie behind the end.
fn index(key: &str, length: usize) -> Result<usize, Lookup> {
    let number: i64 = key.parse().map_err(|_| Lookup::NotANumber(key.to_owned()))?;
    let length = length as i64;
    let at = if number < 0 { number + length } else { number };
    usize::try_from(at).map_err(|_| Lookup::NoIndex(number))
}

fn add<'a>(container: &mut Value<'a>, key: &str, value: Value<'a>) -> Result<(), Lookup> {
    match container {
        Value::Object(map) => {
            map.insert(key.to_owned(), value);
            Ok(())
        }
        Value::Array(items) if key == "-" => {
            items.push(value);
            Ok(())
        }
        Value::Array(items) => {
            // Of the longer list that the new element makes, -1 is the end.
            let at = index(key, items.len() + 1)?;
            if at > items.len() {
                return Err(Lookup::NoIndex(at as i64));
            }
            items.insert(at, value);
            Ok(())
        }
        _ => Err(Lookup::NotAContainer),
    }
}

fn remove<'a>(container: &mut Value<'a>, key: &str) -> Result<Value<'a>, Lookup> {
    match container {
        Value::Object(map) => map
            .remove(key)
            .ok_or_else(|| Lookup::NoKey(format!("Unable to remove nonexistent key: {key}"))),
        Value::Array(items) => {
            let at = index(key, items.len())?;
            if at >= items.len() {
                return Err(Lookup::NoIndex(at as i64));
            }
            Ok(items.remove(at))
        }
        _ => Err(Lookup::NotAContainer),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::{OwnedValue, json::parse};

    /// Any small JSON value.
    pub(crate) fn any_value() -> impl Strategy<Value = OwnedValue> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            (-5i64..5).prop_map(Value::Int),
            "[a-c]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::vec(("[a-c~/]{1,2}", inner), 0..4).prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    pub(crate) fn any_object() -> impl Strategy<Value = OwnedValue> {
        prop::collection::vec(("[a-c~/]{1,2}", any_value()), 0..4).prop_map(|entries| Value::Object(entries.into_iter().collect()))
    }

    fn patched(document: &'static str, patch: &'static str) -> Result<Value<'static>, String> {
        let value = |text: &'static str| parse(text.as_bytes()).unwrap();
        apply(value(document), value(patch)).map_err(|error| error.message)
    }

    #[test]
    fn apply_does_what_each_operation_says() {
        let cases = [
            (r#"{"a":1}"#, r#"[{"op":"add","path":"/b","value":2}]"#, r#"{"a":1,"b":2}"#),
            (r#"{"a":[1,3]}"#, r#"[{"op":"add","path":"/a/1","value":2}]"#, r#"{"a":[1,2,3]}"#),
            (r#"{"a":[1]}"#, r#"[{"op":"add","path":"/a/-","value":2}]"#, r#"{"a":[1,2]}"#),
            (r#"{"a":[1]}"#, r#"[{"op":"add","path":"/a/-1","value":2}]"#, r#"{"a":[1,2]}"#),
            (r#"{"a":1,"b":2}"#, r#"[{"op":"remove","path":"/a"}]"#, r#"{"b":2}"#),
            (r#"{"a":[1,2,3]}"#, r#"[{"op":"remove","path":"/a/-1"}]"#, r#"{"a":[1,2]}"#),
            (
                r#"{"a":{"b":1}}"#,
                r#"[{"op":"replace","path":"/a/b","value":[]}]"#,
                r#"{"a":{"b":[]}}"#,
            ),
            (r#"{"a":1}"#, r#"[{"op":"move","from":"/a","path":"/b"}]"#, r#"{"b":1}"#),
            (r#"{"a":[1]}"#, r#"[{"op":"copy","from":"/a/0","path":"/a/0"}]"#, r#"{"a":[1,1]}"#),
            (
                r#"{"a/b":{"~":1}}"#,
                r#"[{"op":"test","path":"/a~1b/~0","value":1}]"#,
                r#"{"a/b":{"~":1}}"#,
            ),
            (
                r#"{"a":null}"#,
                r#"[{"op":"test","path":"/a","value":null},{"op":"test","path":"/b"}]"#,
                r#"{"a":null}"#,
            ),
        ];
        for (document, patch, want) in cases {
            assert_eq!(
                patched(document, patch),
                Ok(parse(want.as_bytes()).unwrap()),
                "{document} + {patch}"
            );
        }
    }

    #[test]
    fn apply_of_an_unfit_patch_says_what_go_says() {
        let cases = [
            (
                r#"[{"op":"replace","path":"/b","value":1}]"#,
                "replace operation does not apply: doc is missing key: /b: missing value",
            ),
            (
                r#"[{"op":"replace","path":"/b/c","value":1}]"#,
                "replace operation does not apply: doc is missing path: /b/c: missing value",
            ),
            (
                r#"[{"op":"add","path":"/b/c","value":1}]"#,
                "add operation does not apply: doc is missing path: \"/b/c\": missing value",
            ),
            (
                r#"[{"op":"add","path":"/l/9","value":1}]"#,
                "error in add for path: '/l/9': Unable to access invalid index: 9: invalid index referenced",
            ),
            (
                r#"[{"op":"remove","path":"/b"}]"#,
                "error in remove for path: '/b': Unable to remove nonexistent key: b: missing value",
            ),
            (r#"[{"op":"test","path":"/a","value":2}]"#, "testing value /a failed: test failed"),
            (
                r#"[{"op":"move","from":"/z/y","path":"/q"}]"#,
                "move operation does not apply: doc is missing from path: /z/y: missing value",
            ),
            (r#"[{"op":"jump","path":"/a"}]"#, "Unexpected kind: jump"),
            (r#"[{"path":"/a"}]"#, "Unexpected kind: unknown"),
            (r#"[{"op":"add"}]"#, "add operation failed to decode path: missing value"),
            (r#"{}"#, "json: cannot unmarshal object into Go value of type jsonpatch.Patch"),
        ];
        for (patch, want) in cases {
            assert_eq!(patched(r#"{"a":1,"l":[0]}"#, patch), Err(want.to_owned()), "{patch}");
        }
    }

    proptest! {
        #[test]
        fn apply_of_any_operation_never_panics(document in any_value(), path in "(/[a-c0-9~-]{0,2}){0,3}", op in prop::sample::select(vec!["add", "remove", "replace", "move", "copy", "test"]), value in any_value()) {
            let mut document = document;
            let _ = apply_operation(&mut document, Operation { op: op.to_owned(), path: Some(path.clone()), from: Some(path), value: Some(value) });
        }

        #[test]
        fn apply_of_add_then_remove_gives_the_document_back(document in any_object(), value in any_value()) {
            let mut changed = document.clone();
            let step = |op: &str, value| Operation { op: op.to_owned(), path: Some("/new~1field".to_owned()), from: None, value };
            apply_operation(&mut changed, step("add", Some(value))).unwrap();
            apply_operation(&mut changed, step("remove", None)).unwrap();
            prop_assert_eq!(changed, document);
        }
    }
}
