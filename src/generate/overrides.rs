//! Changes to a generated object that a person spelled out (`--overrides`).

use crate::{
    api::{OwnedValue, Value, json, object, quote, structs::Structs},
    patch::{self, built_in::BuiltIn},
};

/// The object with the changes, in the form that `kind` names: `json`, `strategic` or `merge` (also where it is empty).
/// What comes out is what kubectl's types can hold of it; `is_known` says whether they have a group's version and kind.
///
/// # Errors
/// Changes that cannot be read, that the object cannot take, or that the types cannot hold.
pub fn apply(object: OwnedValue, changes: &str, kind: &str, is_known: impl Fn(&str, &str, &str) -> bool) -> Result<OwnedValue, String> {
    if changes.is_empty() {
        return Ok(object);
    }
    if !matches!(kind, "" | "json" | "strategic" | "merge") {
        return Err(format!("invalid override type: {kind}"));
    }
    let parsed = json::parse(changes.as_bytes()).map_err(|error| match kind {
        "json" => error.message,
        _ => "Invalid JSON Patch".to_owned(),
    })?;
    let parsed = parsed.into_owned();
    let changed = match kind {
        "json" => patch::json::apply(object, parsed).map_err(|error| error.message)?,
        "strategic" => {
            let schema = BuiltIn::of(&object);
            patch::strategic::apply(object, parsed, schema.as_ref()).map_err(|error| error.message)?
        }
        _ if matches!(parsed, Value::Object(_) | Value::Array(_)) => patch::merge::apply(object, parsed),
        _ => return Err("Invalid JSON Patch".to_owned()),
    };
    decode(changed, is_known)
}

/// The object as kubectl's types hold it.
fn decode(object: OwnedValue, is_known: impl Fn(&str, &str, &str) -> bool) -> Result<OwnedValue, String> {
    if object.as_object().is_none() {
        return Err(format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \
             \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            object.json_type()
        ));
    }
    let missing = |what: &str| {
        let mut text = Vec::new();
        json::to_compact(&mut text, &object);
        format!("Object '{what}' is missing in '{}'", String::from_utf8_lossy(&text))
    };
    let (kind, version) = (object::kind(&object).to_owned(), object.str_at(&["apiVersion"]).to_owned());
    if kind.is_empty() {
        return Err(missing("Kind"));
    }
    if version.is_empty() {
        return Err(missing("apiVersion"));
    }
    let (group, of_group) = object::group_version(&object);
    if !is_known(group, of_group, &kind) {
        let (kind, version) = (quote(&kind), quote(&version));
        return Err(format!(
            "no kind {kind} is registered for version {version} in scheme \"pkg/scheme/scheme.go:28\""
        ));
    }
    let structs = Structs::new();
    if let Some(fault) = structs.misfit(&kind, "", &object) {
        return Err(fault);
    }
    Ok(structs.typed(object))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"},"spec":{"containers":[{"name":"p","image":"x","resources":{}}],"restartPolicy":"Always"},"status":{}}"#;

    fn applied(changes: &str, kind: &str) -> String {
        let object = json::parse(POD.as_bytes()).unwrap().into_owned();
        let known = |group: &str, version: &str, kind: &str| (group, version) == ("", "v1") && kind == "Pod";
        match apply(object, changes, kind, known) {
            Ok(object) => {
                let mut text = Vec::new();
                json::to_compact(&mut text, &object);
                String::from_utf8(text).unwrap()
            }
            Err(fault) => fault,
        }
    }

    #[test]
    fn apply_gives_what_the_types_hold_in_their_order() {
        assert_eq!(
            applied(
                r#"{"x":1,"spec":{"y":2,"hostNetwork":true,"containers":[{"image":"z","name":"c"}]}}"#,
                "merge"
            ),
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"z","resources":{}}],"restartPolicy":"Always","hostNetwork":true},"status":{}}"#
        );
    }

    #[test]
    fn apply_strategic_merges_containers_by_their_names() {
        assert!(
            applied(r#"{"spec":{"containers":[{"name":"p","tty":true}]}}"#, "strategic")
                .contains(r#"[{"name":"p","image":"x","resources":{},"tty":true}]"#)
        );
        assert!(applied(r#"{"spec":{"containers":[{"name":"q"}]}}"#, "strategic").contains(r#"{"name":"q","resources":{}},{"name":"p","#));
    }

    #[test]
    fn apply_refuses_what_kubectl_refuses() {
        for (changes, kind, fault) in [
            ("{}", "bogus", "invalid override type: bogus"),
            ("null", "", "Invalid JSON Patch"),
            ("x", "merge", "Invalid JSON Patch"),
            (
                r#"{"kind":"Bogus"}"#,
                "",
                r#"no kind "Bogus" is registered for version "v1" in scheme "pkg/scheme/scheme.go:28""#,
            ),
            (
                r#"{"apiVersion":"v2"}"#,
                "",
                r#"no kind "Pod" is registered for version "v2" in scheme "pkg/scheme/scheme.go:28""#,
            ),
            (
                r#"{"spec":{"hostNetwork":"yes"}}"#,
                "",
                "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool",
            ),
        ] {
            assert_eq!(applied(changes, kind), fault);
        }
        assert!(applied("[]", "").starts_with("couldn't get version/kind; json parse error: json: cannot unmarshal array into"));
    }
}
