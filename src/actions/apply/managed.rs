//! Who owns which fields of an object (`metadata.managedFields`), and how fields that were applied from here become the
//! server-side manager's (client-go's `csaupgrade`).

use crate::api::{Map, OwnedValue, Value, object::LAST_APPLIED};

/// The note of what was applied from here, as a path of fields.
pub const NOTE: &[&str] = &["metadata", "annotations", LAST_APPLIED];

/// The mark of a field that is owned itself and has owned fields in it.
const ITSELF: &str = ".";

/// The managers that own a field by an operation: `Update` or `Apply`.
pub fn owners<'a>(object: &'a OwnedValue, operation: &'a str, path: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    entries(object)
        .iter()
        .filter(move |entry| entry.str_at(&["operation"]) == operation && owns(entry, path))
        .map(|entry| entry.str_at(&["manager"]))
}

fn entries(object: &OwnedValue) -> &[OwnedValue] {
    object.items_at(&["metadata", "managedFields"])
}

/// Whether a field itself is among those that an entry names.
fn owns(entry: &OwnedValue, path: &[&str]) -> bool {
    let mut here = entry.get("fieldsV1");
    for name in path {
        here = here.and_then(|fields| fields.get(&format!("f:{name}")));
    }
    here.and_then(Value::as_object)
        .is_some_and(|fields| fields.is_empty() || fields.contains_key(ITSELF))
}

/// The entries of an object in which what these managers own by `Update` belongs to `owner` by `Apply`; nothing where
/// that is so already.
pub fn moved(object: &OwnedValue, managers: &[String], owner: &str) -> Option<Vec<OwnedValue>> {
    let before = entries(object);
    let mut after = before.to_vec();
    for manager in managers {
        move_one(&mut after, manager, owner);
    }
    (after != before).then_some(after)
}

fn move_one(entries: &mut Vec<OwnedValue>, manager: &str, owner: &str) {
    let has = |entry: &OwnedValue, name: &str, operation: &str| {
        entry.str_at(&["manager"]) == name && entry.str_at(&["operation"]) == operation && entry.str_at(&["subresource"]).is_empty()
    };
    let at = match entries.iter().position(|entry| has(entry, owner, "Apply")) {
        Some(at) => at,
        // The most recent entry of the old manager comes first.
        None => match entries.iter().position(|entry| has(entry, manager, "Update")) {
            Some(at) => {
                entries[at].set(&["operation"], "Apply");
                entries[at].set(&["manager"], owner.to_owned());
                at
            }
            None => return,
        },
    };
    let version = entries[at].str_at(&["apiVersion"]);
    let same = entries
        .iter()
        .find(|entry| has(entry, manager, "Update") && entry.str_at(&["apiVersion"]) == version);
    if let Some(fields) = same.and_then(|entry| entry.at(&["fieldsV1"])).and_then(Value::as_object).cloned() {
        let mut own = entries[at]
            .at(&["fieldsV1"])
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        unite(&mut own, fields);
        entries[at].set(&["fieldsV1"], own);
    }
    entries.retain(|entry| !has(entry, manager, "Update"));
}

/// Adds the fields of one set to another. A field without fields in it is owned itself, and stays so.
fn unite(fields: &mut Map<'static>, others: Map<'static>) {
    for (name, other) in others {
        let Value::Object(mut other) = other else { continue };
        match fields.get_mut(&name) {
            Some(Value::Object(own)) => {
                let itself = |set: &Map<'_>| set.is_empty() || set.contains_key(ITSELF);
                let is_owned = itself(own) || itself(&other);
                other.remove(ITSELF);
                unite(own, other);
                own.remove(ITSELF);
                if is_owned && !own.is_empty() {
                    own.insert(ITSELF, Map::new());
                }
            }
            _ => {
                fields.insert(name, other);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::parse;

    fn object(fields: &str) -> OwnedValue {
        let text = format!(r#"{{"metadata":{{"managedFields":{fields}}}}}"#);
        parse(text.as_bytes()).unwrap().into_owned()
    }

    fn entry(manager: &str, operation: &str, fields: &str) -> String {
        format!(r#"{{"manager":"{manager}","operation":"{operation}","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{fields}}}"#)
    }

    const NOTED: &str =
        r#"{"f:metadata":{"f:annotations":{".":{},"f:kubectl.kubernetes.io/last-applied-configuration":{}}},"f:data":{".":{},"f:a":{}}}"#;

    fn after(entries: &[String], managers: &[&str]) -> Option<Vec<OwnedValue>> {
        let object = object(&format!("[{}]", entries.join(",")));
        let managers: Vec<String> = managers.iter().map(|name| (*name).to_owned()).collect();
        moved(&object, &managers, "kubectl")
    }

    fn value(text: &str) -> OwnedValue {
        parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn owners_are_those_of_the_field_itself() {
        let entries = [
            entry("a", "Update", NOTED),
            entry("b", "Apply", NOTED),
            entry("c", "Update", r#"{"f:metadata":{"f:annotations":{"f:x":{}}}}"#),
        ];
        let object = object(&format!("[{}]", entries.join(",")));
        assert_eq!(owners(&object, "Update", NOTE).collect::<Vec<_>>(), ["a"]);
        assert_eq!(owners(&object, "Update", &["metadata", "annotations"]).collect::<Vec<_>>(), ["a"]);
        assert_eq!(owners(&object, "Update", &["metadata"]).count(), 0);
    }

    #[test]
    fn moved_unites_what_both_managers_own() {
        let entries = [
            entry("kubectl", "Apply", r#"{"f:data":{"f:a":{},"f:b":{"f:c":{}}}}"#),
            entry("old", "Update", r#"{"f:data":{".":{},"f:b":{},"f:d":{}}}"#),
            entry("other", "Update", r#"{"f:data":{"f:z":{}}}"#),
        ];
        let want = entry(
            "kubectl",
            "Apply",
            r#"{"f:data":{".":{},"f:a":{},"f:b":{".":{},"f:c":{}},"f:d":{}}}"#,
        );
        assert_eq!(after(&entries, &["old"]), Some(vec![value(&want), value(&entries[2])]));
    }

    #[test]
    fn moved_makes_the_old_manager_s_entry_the_new_one_s() {
        let entries = [entry("old", "Update", NOTED), entry("old", "Update", r#"{"f:data":{"f:a":{}}}"#)];
        assert_eq!(after(&entries, &["old"]), Some(vec![value(&entry("kubectl", "Apply", NOTED))]));
    }

    #[test]
    fn moved_of_what_is_moved_is_nothing() {
        let entries = [entry("kubectl", "Apply", NOTED)];
        assert_eq!(after(&entries, &[]), None);
        assert_eq!(after(&entries, &["old"]), None);
        assert_eq!(after(&[entry("other", "Update", NOTED)], &["old"]), None);
    }
}
