//! Managed fields and apply, end to end over values.

use kubectl_rs::api::json;

use super::*;
use crate::{clock::Clock, cluster::Cluster, random::Random};

fn object(text: &str) -> OwnedValue {
    json::parse(text.as_bytes()).unwrap().into_owned()
}

fn compact(value: &OwnedValue) -> String {
    let mut out = Vec::new();
    json::to_compact(&mut out, value);
    String::from_utf8(out).unwrap()
}

fn resource(group: &str, plural: &str) -> std::rc::Rc<Resource> {
    Cluster::new(Clock::new(1.0), Random::seeded(1)).built_in(group, plural).unwrap()
}

fn writer(resource: &Resource, manager: &str) -> Writer {
    Writer::of(resource, manager, "", "2026-01-02T03:04:05Z".parse().unwrap())
}

fn fields(value: &OwnedValue, manager: &str) -> String {
    value
        .items_at(&["metadata", "managedFields"])
        .iter()
        .find(|entry| entry.str_at(&["manager"]) == manager)
        .map_or_else(|| "none".to_owned(), |entry| compact(entry.get("fieldsV1").unwrap()))
}

const SET: &str = r#"{"kind":"ConfigMap","metadata":{"name":"a","labels":{"l":"1"}},"data":{"x":"1","y":"2"}}"#;

#[test]
fn update_of_a_new_object_owns_what_it_has() {
    let maps = resource("", "configmaps");
    let mut value = object(SET);
    update(&maps, None, &mut value, &writer(&maps, "kubectl-create"));
    assert_eq!(
        fields(&value, "kubectl-create"),
        r#"{"f:data":{".":{},"f:x":{},"f:y":{}},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}"#
    );
}

#[test]
fn update_of_a_deployment_keys_its_lists_and_marks_what_was_not_there() {
    let deployments = resource("apps", "deployments");
    let mut value = object(
        r#"{"metadata":{"name":"a"},"spec":{"replicas":1,"selector":{"matchLabels":{"app":"a"}},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}},"template":{"metadata":{"labels":{"app":"a"}},"spec":{"containers":[{"name":"c","image":"i","resources":{},"ports":[{"containerPort":80,"protocol":"TCP"}]}]}}},"status":{}}"#,
    );
    update(&deployments, None, &mut value, &writer(&deployments, "m"));
    assert_eq!(
        fields(&value, "m"),
        r#"{"f:spec":{"f:replicas":{},"f:selector":{},"f:strategy":{"f:rollingUpdate":{".":{},"f:maxSurge":{}},"f:type":{}},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"c\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{},"f:protocol":{}}},"f:resources":{}}}}}}}"#
    );
}

#[test]
fn update_takes_what_it_changes_from_others() {
    let maps = resource("", "configmaps");
    let mut old = object(SET);
    update(&maps, None, &mut old, &writer(&maps, "one"));
    let mut new = old.clone();
    new.set(&["data", "x"], "changed");
    if let Some(Value::Object(data)) = new.at_mut(&["data"]) {
        data.remove("y");
    }
    update(&maps, Some(&old), &mut new, &writer(&maps, "two"));
    assert_eq!(fields(&new, "two"), r#"{"f:data":{"f:x":{}}}"#);
    assert_eq!(fields(&new, "one"), r#"{"f:data":{},"f:metadata":{"f:labels":{".":{},"f:l":{}}}}"#);
}

#[test]
fn apply_owns_removes_and_respects() {
    let maps = resource("", "configmaps");
    let apply = |live: Option<&OwnedValue>, text: &str, manager: &str, force: bool| {
        apply(&maps, live, &object(text), &writer(&maps, manager), force)
    };
    let first = apply(None, SET, "kubectl", false).unwrap();
    assert_eq!(
        fields(&first, "kubectl"),
        r#"{"f:data":{"f:x":{},"f:y":{}},"f:metadata":{"f:labels":{"f:l":{}}}}"#
    );
    // The same again changes nothing.
    assert_eq!(apply(Some(&first), SET, "kubectl", false).unwrap(), first);
    // Another wants another value.
    let failure = apply(Some(&first), r#"{"data":{"x":"9"}}"#, "other", false).unwrap_err();
    assert_eq!(failure.message, "Apply failed with 1 conflict: conflict with \"kubectl\": .data.x");
    assert_eq!(failure.details.unwrap().causes[0].field, ".data.x");
    let forced = apply(Some(&first), r#"{"data":{"x":"9"}}"#, "other", true).unwrap();
    assert_eq!(forced.str_at(&["data", "x"]), "9");
    assert_eq!(
        fields(&forced, "kubectl"),
        r#"{"f:data":{"f:y":{}},"f:metadata":{"f:labels":{"f:l":{}}}}"#
    );
    // The first no longer wants one field, which nobody else has, and one that another has.
    let third = apply(Some(&forced), r#"{"metadata":{"labels":{"l":"1"}}}"#, "kubectl", false).unwrap();
    assert_eq!(compact(third.get("data").unwrap()), r#"{"x":"9"}"#);
    // The same value is shared without a quarrel.
    let shared = apply(Some(&first), r#"{"data":{"x":"1"}}"#, "other", false).unwrap();
    assert_eq!(fields(&shared, "other"), r#"{"f:data":{"f:x":{}}}"#);
}

#[test]
fn apply_over_an_update_conflicts_in_its_words() {
    let deployments = resource("apps", "deployments");
    let mut live = object(r#"{"metadata":{"name":"a"},"spec":{"replicas":1,"paused":true}}"#);
    update(&deployments, None, &mut live, &writer(&deployments, "kubectl-client-side-apply"));
    let wanted = object(r#"{"spec":{"replicas":2,"paused":false}}"#);
    let failure = apply(&deployments, Some(&live), &wanted, &writer(&deployments, "kubectl"), false).unwrap_err();
    assert_eq!(
        failure.message,
        "Apply failed with 2 conflicts: conflicts with \"kubectl-client-side-apply\" using apps/v1:\n- .spec.paused\n- .spec.replicas"
    );
}

#[test]
fn apply_merges_elements_by_their_keys_in_the_applied_order() {
    let services = resource("", "services");
    let mut live = object(
        r#"{"metadata":{"name":"a"},"spec":{"ports":[{"name":"a","port":1,"protocol":"TCP","targetPort":1},{"name":"b","port":2,"protocol":"TCP"}]}}"#,
    );
    update(&services, None, &mut live, &writer(&services, "other"));
    let wanted = object(r#"{"spec":{"ports":[{"name":"c","port":3},{"name":"b","port":2}]}}"#);
    let merged = apply(&services, Some(&live), &wanted, &writer(&services, "kubectl"), false).unwrap();
    let names: Vec<&str> = merged
        .items_at(&["spec", "ports"])
        .iter()
        .map(|port| port.str_at(&["name"]))
        .collect();
    assert_eq!(names, ["a", "c", "b"]);
    // Without them again they go, but for the one that another has too.
    let gone = apply(
        &services,
        Some(&merged),
        &object(r#"{"spec":{}}"#),
        &writer(&services, "kubectl"),
        false,
    )
    .unwrap();
    let names: Vec<&str> = gone
        .items_at(&["spec", "ports"])
        .iter()
        .map(|port| port.str_at(&["name"]))
        .collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn managers_beyond_the_tenth_are_thrown_together() {
    let maps = resource("", "configmaps");
    let mut value = object(SET);
    for number in 0..15 {
        let old = value.clone();
        value.set(&["data", &format!("k{number}")], "v");
        update(&maps, Some(&old), &mut value, &writer(&maps, &format!("m{number}")));
    }
    assert_eq!(value.items_at(&["metadata", "managedFields"]).len(), MOST_UPDATERS);
    assert!(fields(&value, "ancient-changes").contains("f:k0"));
}
