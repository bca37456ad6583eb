//! What every Kubernetes object has: its type, its name, where it lives, and what is noted about it.

use super::{Map, OwnedValue, Value, gvk::GroupVersionKind};

/// The annotation in which `kubectl apply` notes the manifest that it applied last.
pub const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The group and the version in `apiVersion`: `("apps", "v1")`, `("", "v1")` for the core group.
pub fn group_version<'a>(object: &'a Value<'_>) -> (&'a str, &'a str) {
    let api_version = object.str_at(&["apiVersion"]);
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// `kind`; the empty string where there is none.
pub fn kind<'a>(object: &'a Value<'_>) -> &'a str {
    object.str_at(&["kind"])
}

/// The type.
pub fn group_version_kind(object: &Value<'_>) -> GroupVersionKind {
    let (group, version) = group_version(object);
    GroupVersionKind {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind(object).to_owned(),
    }
}

/// `metadata.name`; the empty string where there is none.
pub fn name<'a>(object: &'a Value<'_>) -> &'a str {
    object.str_at(&["metadata", "name"])
}

/// `metadata.namespace`; the empty string where there is none.
pub fn namespace<'a>(object: &'a Value<'_>) -> &'a str {
    object.str_at(&["metadata", "namespace"])
}

/// `metadata.uid`; the empty string where there is none.
pub fn uid<'a>(object: &'a Value<'_>) -> &'a str {
    object.str_at(&["metadata", "uid"])
}

/// `metadata.resourceVersion`; the empty string where there is none.
pub fn resource_version<'a>(object: &'a Value<'_>) -> &'a str {
    object.str_at(&["metadata", "resourceVersion"])
}

/// `metadata.labels`, if there are any.
pub fn labels<'a, 'v>(object: &'a Value<'v>) -> Option<&'a Map<'v>> {
    object.at(&["metadata", "labels"])?.as_object()
}

/// A label's value.
pub fn label<'a>(object: &'a Value<'_>, key: &str) -> Option<&'a str> {
    labels(object)?.get(key)?.as_str()
}

/// `metadata.annotations`, if there are any.
pub fn annotations<'a, 'v>(object: &'a Value<'v>) -> Option<&'a Map<'v>> {
    object.at(&["metadata", "annotations"])?.as_object()
}

/// An annotation's value.
pub fn annotation<'a>(object: &'a Value<'_>, key: &str) -> Option<&'a str> {
    annotations(object)?.get(key)?.as_str()
}

/// `metadata.ownerReferences`.
pub fn owners<'a, 'v>(object: &'a Value<'v>) -> &'a [Value<'v>] {
    object.items_at(&["metadata", "ownerReferences"])
}

/// The owner that controls the object, if one does.
pub fn controller<'a, 'v>(object: &'a Value<'v>) -> Option<&'a Value<'v>> {
    owners(object)
        .iter()
        .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
}

/// Whether the object is being deleted.
pub fn is_being_deleted(object: &Value<'_>) -> bool {
    object.at(&["metadata", "deletionTimestamp"]).is_some_and(|time| !time.is_null())
}

/// Whether the object is a list: its kind says so and it has items.
pub fn is_list(object: &Value<'_>) -> bool {
    kind(object).ends_with("List") && object.get("items").is_some_and(|items| items.as_array().is_some())
}

/// Takes `metadata.managedFields` out of the object and, if it is a list, out of its items, as kubectl prints them.
pub fn strip_managed_fields(object: &mut Value<'_>) {
    if let Some(metadata) = object.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    if is_list(object)
        && let Some(items) = object.at_mut(&["items"]).and_then(Value::as_array_mut)
    {
        items.iter_mut().for_each(strip_managed_fields);
    }
}

/// The manifest that `kubectl apply` noted, as it was written.
pub fn last_applied<'a>(object: &'a Value<'_>) -> Option<&'a str> {
    annotation(object, LAST_APPLIED).filter(|text| !text.is_empty())
}

/// The text that `kubectl apply` notes of a manifest: its JSON without the note itself, but with annotations even if there
/// are none, and a line break.
pub fn applied_text(object: &Value<'_>) -> String {
    let mut object: OwnedValue = object.clone().into_owned();
    object.object_at(&["metadata", "annotations"]).remove(LAST_APPLIED);
    let mut text = Vec::new();
    super::json::to_compact(&mut text, &object);
    text.push(b'\n');
    String::from_utf8(text).unwrap_or_default()
}

/// Takes an annotation away. The map of annotations stays, even if it is empty then.
pub fn remove_annotation(object: &mut Value<'_>, key: &str) {
    if let Some(annotations) = object.at_mut(&["metadata", "annotations"]).and_then(Value::as_object_mut) {
        annotations.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::parse;

    const POD: &[u8] = br#"{"apiVersion":"apps/v1","kind":"Pod","metadata":{"name":"n","namespace":"s","labels":{"a":"b"},"annotations":
        {"kubectl.kubernetes.io/last-applied-configuration":"{}\n","x":"y"},"managedFields":[{}],"ownerReferences":[{"name":"o"},
        {"name":"c","controller":true}],"deletionTimestamp":null}}"#;

    #[test]
    fn accessors_read_the_metadata() {
        let pod = parse(POD).unwrap();
        assert_eq!(
            (name(&pod), namespace(&pod), label(&pod, "a"), uid(&pod)),
            ("n", "s", Some("b"), "")
        );
        assert_eq!(controller(&pod).map(|owner| owner.str_at(&["name"])), Some("c"));
        assert_eq!(group_version_kind(&pod).to_string(), "apps/v1, Kind=Pod");
        assert_eq!(last_applied(&pod), Some("{}\n"));
        assert!(!is_being_deleted(&pod) && owners(&pod).len() == 2);
        assert_eq!(annotation(&Value::Null, "x"), None);
    }

    #[test]
    fn strip_managed_fields_goes_into_lists() {
        let text = format!("{{\"kind\":\"PodList\",\"items\":[{0},{0}]}}", String::from_utf8_lossy(POD));
        let mut list = parse(text.as_bytes()).unwrap();
        strip_managed_fields(&mut list);
        assert!(
            list.items_at(&["items"])
                .iter()
                .all(|pod| pod.at(&["metadata", "managedFields"]).is_none())
        );
    }

    #[test]
    fn applied_text_leaves_the_note_out_and_the_map_in() {
        assert_eq!(
            applied_text(&parse(b"{\"metadata\":{}}").unwrap()),
            "{\"metadata\":{\"annotations\":{}}}\n"
        );
        let pod = parse(br#"{"metadata":{"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"x"},"name":"<a>"}}"#).unwrap();
        assert_eq!(
            applied_text(&pod),
            "{\"metadata\":{\"annotations\":{},\"name\":\"\\u003ca\\u003e\"}}\n"
        );
    }
}
