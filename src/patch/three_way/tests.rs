use proptest::prelude::*;

use super::*;
use crate::{
    api::{OwnedValue, json},
    patch::{BuiltIn, strategic as strategic_patch},
};

fn value(text: &str) -> OwnedValue {
    json::parse(text.as_bytes()).unwrap().into_owned()
}

/// What kubectl would send for three states of an object of a kind.
fn patch_of(head: &str, original: &str, modified: &str, current: &str, overwrite: bool) -> Result<OwnedValue, Failure<'static>> {
    let object = |rest: &str| value(&format!("{{{head},{rest}}}"));
    let (original, modified, current) = (object(original), object(modified), object(current));
    strategic(&original, &modified, &current, BuiltIn::of(&modified).as_ref(), overwrite)
}

const DEPLOYMENT: &str = r#""apiVersion":"apps/v1","kind":"Deployment""#;
const POD: &str = r#""apiVersion":"v1","kind":"Pod""#;
const SERVICE: &str = r#""apiVersion":"v1","kind":"Service""#;

#[test]
fn strategic_gives_what_kubectl_sends() {
    let cases = [
        // From a recording: changes and deletions in one list, and a directive in the manifest.
        (
            DEPLOYMENT,
            r#""metadata":{"labels":{"a":"b"}},"spec":{"replicas":0,"template":{"spec":{"containers":[{"name":"three","image":"x"},{"name":"one","image":"1","env":[{"name":"B"}],"ports":[{"containerPort":81}]}],"tolerations":[{"key":"b"}]}}}"#,
            r#""metadata":{},"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"},"template":{"spec":{"containers":[{"name":"one","image":"1"}]}}}"#,
            r#""metadata":{"labels":{"a":"b"}},"spec":{"replicas":0,"strategy":{"type":"RollingUpdate","rollingUpdate":{}},"template":{"spec":{"containers":[{"name":"three","image":"x"},{"name":"one","image":"1","env":[{"name":"B"}],"ports":[{"containerPort":81}]}],"tolerations":[{"key":"b"}]}}}"#,
            r#"{"metadata":{"labels":null},"spec":{"replicas":null,"strategy":{"$retainKeys":["$retainKeys","type"],"type":"Recreate"},"template":{"spec":{"$setElementOrder/containers":[{"name":"one"}],"containers":[{"env":null,"name":"one","ports":null},{"$patch":"delete","name":"three"}],"tolerations":null}}}}"#,
        ),
        // What the manifest never had stays, and nothing has to be said of it.
        (
            POD,
            r#""spec":{"containers":[{"name":"a","image":"1"}]}"#,
            r#""spec":{"containers":[{"name":"a","image":"1"}]}"#,
            r#""spec":{"containers":[{"name":"a","image":"1","imagePullPolicy":"Always"}],"nodeName":"n"}"#,
            "{}",
        ),
        // An element of another's is no reason to delete it, but the order is told.
        (
            POD,
            r#""spec":{"containers":[{"name":"a"}]}"#,
            r#""spec":{"containers":[{"name":"a"}]}"#,
            r#""spec":{"containers":[{"name":"sidecar"},{"name":"a"}]}"#,
            r#"{"spec":{"$setElementOrder/containers":[{"name":"a"}]}}"#,
        ),
        (
            POD,
            r#""metadata":{"finalizers":["x/a","x/b"]}"#,
            r#""metadata":{"finalizers":["x/c","x/b"]}"#,
            r#""metadata":{"finalizers":["x/a","x/b"]}"#,
            r#"{"metadata":{"$deleteFromPrimitiveList/finalizers":["x/a"],"$setElementOrder/finalizers":["x/c","x/b"],"finalizers":["x/c"]}}"#,
        ),
        // Two ports with the same key are told apart by their place.
        (
            SERVICE,
            r#""spec":{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]}"#,
            r#""spec":{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]}"#,
            r#""spec":{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]}"#,
            "{}",
        ),
        (
            SERVICE,
            r#""spec":{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]}"#,
            r#""spec":{"ports":[{"port":53,"protocol":"TCP"}]}"#,
            r#""spec":{"ports":[{"port":53,"protocol":"UDP"},{"port":53,"protocol":"TCP"}]}"#,
            r#"{"spec":{"$setElementOrder/ports":[{"port":53}],"ports":[{"$patch":"delete","port":53}]}}"#,
        ),
        // A map that is replaced is sent even where it has not changed.
        (
            r#""apiVersion":"policy/v1","kind":"PodDisruptionBudget""#,
            r#""spec":{"selector":{"matchLabels":{"a":"b"}}}"#,
            r#""spec":{"selector":{"matchLabels":{"a":"b"}}}"#,
            r#""spec":{"selector":{"matchLabels":{"a":"b"}}}"#,
            r#"{"spec":{"selector":{"matchLabels":{"a":"b"}}}}"#,
        ),
        // A volume of another kind: what is left of the old one goes.
        (
            POD,
            r#""spec":{"volumes":[{"name":"v","emptyDir":{}}]}"#,
            r#""spec":{"volumes":[{"name":"v","hostPath":{"path":"/"}}]}"#,
            r#""spec":{"volumes":[{"name":"v","emptyDir":{}},{"name":"token","projected":{}}]}"#,
            r#"{"spec":{"$setElementOrder/volumes":[{"name":"v"}],"volumes":[{"$retainKeys":["hostPath","name"],"emptyDir":null,"hostPath":{"path":"/"},"name":"v"}]}}"#,
        ),
        // A null in the manifest removes.
        (
            POD,
            r#""spec":{}"#,
            r#""spec":{"nodeName":null,"hostname":null}"#,
            r#""spec":{"nodeName":"n"}"#,
            r#"{"spec":{"hostname":null,"nodeName":null}}"#,
        ),
        // Types that differ are replaced.
        (
            SERVICE,
            r#""spec":{"ports":[{"port":80,"targetPort":80}]}"#,
            r#""spec":{"ports":[{"port":80,"targetPort":"http"}]}"#,
            r#""spec":{"ports":[{"port":80,"targetPort":80}]}"#,
            r#"{"spec":{"$setElementOrder/ports":[{"port":80}],"ports":[{"port":80,"targetPort":"http"}]}}"#,
        ),
    ];
    for (head, original, modified, current, want) in cases {
        assert_eq!(
            patch_of(head, original, modified, current, true),
            Ok(value(want)),
            "{original} {modified} {current}"
        );
    }
}

#[test]
fn strategic_without_overwrite_refuses_what_others_have_changed() {
    let replicas = |count: u8| format!(r#""spec":{{"replicas":{count}}}"#);
    let tried =
        |original: u8, modified: u8, current: u8| patch_of(DEPLOYMENT, &replicas(original), &replicas(modified), &replicas(current), false);
    let Err(Failure::Conflict(conflict)) = tried(1, 2, 3) else {
        panic!("no conflict");
    };
    assert_eq!(conflict.patch, value(r#"{"spec":{"replicas":2}}"#));
    assert_eq!(conflict.changes, value(r#"{"spec":{"replicas":3}}"#));
    assert!(tried(1, 2, 1).is_ok(), "only the manifest has changed");
    assert_eq!(tried(1, 2, 2), Ok(value("{}")), "both have changed alike");
    let lists = |original: &str, modified: &str, current: &str| {
        let containers = |items: &str| format!(r#""spec":{{"containers":[{items}]}}"#);
        patch_of(POD, &containers(original), &containers(modified), &containers(current), false)
    };
    let (one, two, three) = (
        r#"{"name":"a","image":"1"}"#,
        r#"{"name":"a","image":"2"}"#,
        r#"{"name":"a","image":"3"}"#,
    );
    assert!(matches!(lists(one, two, three), Err(Failure::Conflict(_))));
    assert!(lists(one, two, one).is_ok());
    assert!(matches!(lists(one, r#"{"name":"b"}"#, two), Err(Failure::Conflict(_))));
    let mixed = patch_of(
        POD,
        r#""spec":{"containers":[{"image":"1"}]}"#,
        r#""spec":{"containers":[{"name":"a"}]}"#,
        r#""spec":{}"#,
        true,
    );
    let Err(Failure::Unfit(error)) = mixed else {
        panic!("no failure");
    };
    assert_eq!(error.message, "map: map[image:1] does not contain declared merge key: name");
}

#[test]
fn strategic_of_a_manifest_with_directives_leaves_them_out() {
    let pod = |spec: &str| value(&format!(r#"{{"apiVersion":"v1","kind":"Pod","spec":{spec}}}"#));
    let live = pod(r#"{"containers":[{"name":"a"},{"name":"b"}],"volumes":[{"name":"v","emptyDir":{}}]}"#);
    let manifest = pod(
        r#"{"containers":[{"name":"a"},{"name":"b","$patch":"delete"}],"volumes":[{"name":"v","$patch":"replace"}],
        "securityContext":{"$patch":"replace","a":1}}"#,
    );
    let before = pod(r#"{"containers":[{"name":"a","env":[]}]}"#);
    let schema = BuiltIn::of(&live);
    let patch = strategic(&before, &manifest, &live, schema.as_ref(), true).unwrap();
    assert_eq!(
        patch.get("spec"),
        Some(&value(
            r#"{"$setElementOrder/containers":[{"name":"a"},{"name":"b"}],"$setElementOrder/volumes":[{"name":"v"}],
                "containers":[{"name":"a","env":null}],"volumes":[]}"#
        ))
    );
}

#[test]
fn merge_gives_what_kubectl_sends() {
    let cases = [
        (r#"{"a":1,"b":2}"#, r#"{"a":1}"#, r#"{"a":3,"b":2,"c":4}"#, r#"{"a":1,"b":null}"#),
        (
            r#"{"spec":{"x":{"y":1}}}"#,
            r#"{"spec":{"x":{}}}"#,
            r#"{"spec":{"x":{"y":1}}}"#,
            r#"{"spec":{"x":{"y":null}}}"#,
        ),
        ("null", r#"{"spec":{"x":{}}}"#, r#"{"spec":{}}"#, r#"{"spec":{"x":{}}}"#),
        ("null", r#"{"a":null}"#, r#"{"a":1}"#, r#"{"a":null}"#),
        ("{}", r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, r#"{"a":[1,2]}"#),
        (r#"{"a":{"b":1}}"#, "{}", "{}", r#"{"a":null}"#),
        (r#"{"a":1}"#, r#"{"a":1}"#, r#"{"a":1,"z":1}"#, "{}"),
    ];
    for (original, modified, current, want) in cases {
        assert_eq!(
            merge(&value(original), &value(modified), &value(current)),
            Ok(value(want)),
            "{original} {modified} {current}"
        );
    }
}

#[test]
fn merge_that_would_rename_the_object_is_refused() {
    let named = |name: &str| value(&format!(r#"{{"metadata":{{"name":"{name}"}}}}"#));
    let error = merge(&Value::Null, &named("a"), &named("b")).unwrap_err();
    assert_eq!(error.message, "At least one of apiVersion, kind and name was changed");
}

#[path = "../../../tests/triples.rs"]
mod triples;

/// What must be there afterwards, by the rule of apply and nothing else.
fn demanded<S: Schema>(
    original: Option<&OwnedValue>,
    modified: Option<&OwnedValue>,
    live: Option<&OwnedValue>,
    place: Option<&S>,
) -> Option<OwnedValue> {
    let Some(modified) = modified else {
        // What the manifest no longer says is gone; what it never said stays.
        return if original.is_some() { None } else { live.cloned() };
    };
    match (modified, live) {
        (Value::Null, _) => None,
        (Value::Object(new), Some(Value::Object(have))) if !strategy(place).replace => {
            let old = original.and_then(Value::as_object);
            let keeps_only_new = strategy(place).retain_keys && new.iter().any(|(_, value)| !value.is_null());
            let mut names: Vec<&str> = new.keys().collect();
            names.extend(have.keys().filter(|name| !new.contains_key(name) && !keeps_only_new));
            let field = |name: &str| place.and_then(|place| place.field(name));
            let fields = names.into_iter().filter_map(|name| {
                let value = demanded(
                    old.and_then(|old| old.get(name)),
                    new.get(name),
                    have.get(name),
                    field(name).as_ref(),
                );
                value.map(|value| (name.to_owned(), value))
            });
            Some(Value::Object(fields.collect()))
        }
        (Value::Array(new), Some(Value::Array(have))) if strategy(place).merge => {
            let old = original.map(|original| original.as_array().unwrap_or_default()).unwrap_or_default();
            let key = strategy(place).merge_key;
            let find = |items: &[OwnedValue], wanted: &OwnedValue| items.iter().find(|item| id(item, &key) == id(wanted, &key)).cloned();
            let mut items: Vec<OwnedValue> = Vec::new();
            for item in new.iter().chain(have.iter().filter(|have| find(new, have).is_none())) {
                let (old, new, have) = (find(old, item), find(new, item), find(have, item));
                let element = place.and_then(Schema::element);
                items.extend(demanded(
                    old.as_ref(),
                    new.as_ref(),
                    have.as_ref(),
                    element.as_ref().filter(|_| !key.is_empty()),
                ));
            }
            Some(Value::Array(items))
        }
        _ => {
            let mut value = modified.clone();
            merge_patch::drop_nulls(&mut value);
            Some(value)
        }
    }
}

/// What an element is told apart by.
fn id<'v>(item: &'v OwnedValue, key: &str) -> &'v OwnedValue {
    item.get(key).unwrap_or(item)
}

/// An object whose merged lists are in the order of their elements' texts.
fn in_any_order<S: Schema>(value: &mut OwnedValue, place: Option<&S>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map.iter_mut() {
                in_any_order(value, place.and_then(|place| place.field(name)).as_ref());
            }
        }
        Value::Array(items) => {
            let element = place.and_then(Schema::element);
            items.iter_mut().for_each(|item| in_any_order(item, element.as_ref()));
            if strategy(place).merge {
                items.sort_by_cached_key(|item| format!("{item:?}"));
            }
        }
        _ => {}
    }
}

/// Takes the fields out that were `null` before and are `null` still: between these two a merge patch has nothing to
/// delete (kubectl's `CreateThreeWayJSONMergePatch`), so what is there stays.
fn without_old_nulls(original: &mut OwnedValue, modified: &mut OwnedValue) {
    if let (Value::Object(old), Value::Object(new)) = (original, modified) {
        let is_old = |name: &str, value: &OwnedValue| value.is_null() && old.get(name).is_some_and(Value::is_null);
        let gone: Vec<String> = new
            .iter()
            .filter(|(name, value)| is_old(name, value))
            .map(|(name, _)| name.to_owned())
            .collect();
        for name in &gone {
            old.remove(name);
            new.remove(name);
        }
        for (name, value) in new.iter_mut() {
            if let Some(before) = old.get_mut(name) {
                without_old_nulls(before, value);
            }
        }
    }
}

/// Takes empty objects out: a merge patch does not make an object of nothing but nulls.
fn without_empty(value: &mut OwnedValue) {
    if let Value::Object(map) = value {
        map.retain(|_, value| {
            without_empty(value);
            value.as_object().is_none_or(|inner| !inner.is_empty())
        });
    }
}

/// Whether merged lists have the manifest's elements in the manifest's order.
fn is_ordered<S: Schema>(modified: &OwnedValue, result: &OwnedValue, place: Option<&S>) -> bool {
    match (modified, result) {
        (Value::Object(new), Value::Object(result)) => new.iter().all(|(name, value)| {
            let field = place.and_then(|place| place.field(name));
            result.get(name).is_none_or(|result| is_ordered(value, result, field.as_ref()))
        }),
        (Value::Array(new), Value::Array(result)) if strategy(place).merge => {
            let key = strategy(place).merge_key;
            let in_result: Vec<_> = result
                .iter()
                .map(|item| id(item, &key))
                .filter(|item| new.iter().any(|new| id(new, &key) == *item))
                .collect();
            in_result == new.iter().map(|item| id(item, &key)).collect::<Vec<_>>()
        }
        _ => true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn patches_applied_give_what_the_rule_of_apply_demands(triple in triples::triples(triples::Oddities { nulls: true, twins: false, disorder: false })) {
        let [original, modified, live] = [&triple.original, &triple.modified, &triple.live].map(|object| value(&object.to_string()));
        let schema = BuiltIn::of(&live);
        let patched = |original: &OwnedValue, live: &OwnedValue| match &schema {
            Some(schema) => {
                let patch = strategic(original, &modified, live, Some(schema), true).unwrap();
                // What servers leave of directives in new elements is none of the rule's business.
                strategic_patch::apply_cleanly(live.clone(), patch, Some(schema)).unwrap()
            }
            None => merge_patch::apply(live.clone(), merge(original, &modified, live).unwrap()),
        };
        let result = patched(&original, &live);
        prop_assert!(is_ordered(&modified, &result, schema.as_ref()), "{:?}", result);
        let (mut before, mut said) = (original.clone(), modified.clone());
        if schema.is_none() {
            without_old_nulls(&mut before, &mut said);
        }
        let mut want = demanded(Some(&before), Some(&said), Some(&live), schema.as_ref()).unwrap();
        let mut have = result.clone();
        for value in [&mut want, &mut have] {
            in_any_order(value, schema.as_ref());
            if schema.is_none() {
                without_empty(value);
            }
        }
        prop_assert_eq!(have, want);
        prop_assert_eq!(patched(&modified, &result), result, "applied again");
    }
}
