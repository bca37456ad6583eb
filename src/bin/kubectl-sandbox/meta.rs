//! Reading and writing what every object has: its metadata.

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value, time};

/// The object's name.
pub fn name<'v>(value: &'v Value<'_>) -> &'v str {
    value.str_at(&["metadata", "name"])
}

/// The object's namespace; empty where it has none.
pub fn namespace<'v>(value: &'v Value<'_>) -> &'v str {
    value.str_at(&["metadata", "namespace"])
}

/// The object's unique identifier.
pub fn uid<'v>(value: &'v Value<'_>) -> &'v str {
    value.str_at(&["metadata", "uid"])
}

/// Sets the resource version.
pub fn set_resource_version(value: &mut OwnedValue, revision: u64) {
    value.set(&["metadata", "resourceVersion"], revision.to_string());
}

/// The generation; 0 where there is none.
pub fn generation(value: &Value<'_>) -> i64 {
    value.int_at(&["metadata", "generation"]).unwrap_or_default()
}

/// The owner references.
pub fn owners<'v, 'a>(value: &'v Value<'a>) -> &'v [Value<'a>] {
    value.items_at(&["metadata", "ownerReferences"])
}

/// The owner that manages the object.
pub fn controller<'v, 'a>(value: &'v Value<'a>) -> Option<&'v Value<'a>> {
    owners(value)
        .iter()
        .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
}

/// Whether the owner that manages the object is `uid`.
pub fn controlled_by(value: &Value<'_>, uid: &str) -> bool {
    controller(value).is_some_and(|owner| owner.str_at(&["uid"]) == uid)
}

/// Whether the object is being deleted.
pub fn is_deleting(value: &Value<'_>) -> bool {
    value.at(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_null())
}

/// The finalizers.
pub fn finalizers<'v>(value: &'v Value<'_>) -> impl Iterator<Item = &'v str> {
    value.items_at(&["metadata", "finalizers"]).iter().filter_map(Value::as_str)
}

/// The label `key`.
pub fn label<'v>(value: &'v Value<'_>, key: &str) -> Option<&'v str> {
    value.at(&["metadata", "labels", key]).and_then(Value::as_str)
}

/// The annotation `key`.
pub fn annotation<'v>(value: &'v Value<'_>, key: &str) -> Option<&'v str> {
    value.at(&["metadata", "annotations", key]).and_then(Value::as_str)
}

/// A reference to `owner` as the one that manages an object.
pub fn controller_reference(owner: &Value<'_>) -> OwnedValue {
    let mut reference = Map::new();
    for (key, text) in [
        ("apiVersion", owner.str_at(&["apiVersion"])),
        ("kind", owner.str_at(&["kind"])),
        ("name", name(owner)),
        ("uid", uid(owner)),
    ] {
        reference.insert(key, text.to_owned());
    }
    reference.insert("controller", true);
    reference.insert("blockOwnerDeletion", true);
    Value::Object(reference)
}

/// A time as objects carry it: whole seconds.
pub fn format_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time as events and leases carry it: microseconds.
pub fn format_micro_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The time at the end of `path`.
pub fn time_at(value: &Value<'_>, path: &[&str]) -> Option<Timestamp> {
    value.str_at(path).parse().ok()
}

/// How long ago `then` was, as tables show it; `<unknown>` where there is no time.
pub fn age(then: Option<Timestamp>, now: Timestamp) -> String {
    match then {
        Some(then) => time::human(now.duration_since(then)),
        None => time::UNKNOWN.to_owned(),
    }
}
