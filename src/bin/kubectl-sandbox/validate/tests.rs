//! The sentences of validation, as a real server says them.

use kubectl_rs::api::json;

use super::*;
use crate::{clock::Clock, defaults, random::Random};

fn object(text: &str) -> OwnedValue {
    json::parse(text.as_bytes()).unwrap().into_owned()
}

fn sentences(group: &str, plural: &str, text: &str) -> Vec<String> {
    let cluster = Cluster::new(Clock::new(1.0), Random::seeded(1));
    let resource = cluster.built_in(group, plural).unwrap();
    let mut value = object(text);
    defaults::apply(&resource, &mut value);
    create(&cluster, &resource, &value)
        .into_iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect()
}

fn update_sentences(group: &str, plural: &str, old: &str, new: &str) -> Vec<String> {
    let cluster = Cluster::new(Clock::new(1.0), Random::seeded(1));
    let resource = cluster.built_in(group, plural).unwrap();
    let (mut old, mut new) = (object(old), object(new));
    defaults::apply(&resource, &mut old);
    defaults::apply(&resource, &mut new);
    update(&cluster, &resource, "", &old, &new)
        .into_iter()
        .map(|cause| format!("{}: {}", cause.field, cause.message))
        .collect()
}

#[test]
fn create_of_a_bad_pod_names_every_fault() {
    assert_eq!(
        sentences(
            "",
            "pods",
            r#"{"metadata":{"name":"a"},"spec":{"containers":[{"name":"A","volumeMounts":[{"name":"x","mountPath":"/x"}],"ports":[{"containerPort":70000}]}],"restartPolicy":"Sometimes"}}"#
        ),
        [
            format!("spec.containers[0].name: Invalid value: \"A\": {}", names::LABEL_RULE),
            "spec.containers[0].image: Required value".to_owned(),
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive".to_owned(),
            "spec.containers[0].volumeMounts[0].name: Not found: \"x\"".to_owned(),
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", \"Never\"".to_owned(),
        ]
    );
    assert_eq!(
        sentences("", "pods", r#"{"metadata":{"name":"a"},"spec":{}}"#),
        ["spec.containers: Required value"]
    );
}

#[test]
fn create_of_a_request_above_its_limit_says_so() {
    assert_eq!(
        sentences(
            "",
            "pods",
            r#"{"metadata":{"name":"a"},"spec":{"containers":[{"name":"a","image":"b","resources":{"limits":{"cpu":"0"},"requests":{"cpu":"100m"}}}]}}"#
        ),
        ["spec.containers[0].resources.requests: Invalid value: \"100m\": must be less than or equal to cpu limit of 0"]
    );
}

#[test]
fn create_of_a_deployment_whose_selector_misses_its_template_says_so() {
    assert_eq!(
        sentences(
            "apps",
            "deployments",
            r#"{"metadata":{"name":"a"},"spec":{"selector":{"matchLabels":{"app":"a"}},"template":{"metadata":{"labels":{"app":"b"}},"spec":{"containers":[{"name":"a","image":"b"}]}}}}"#
        ),
        ["spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: `selector` does not match template `labels`"]
    );
}

#[test]
fn update_of_a_selector_says_that_it_cannot_change() {
    let with = |label: &str| {
        format!(
            r#"{{"metadata":{{"name":"a"}},"spec":{{"selector":{{"matchLabels":{{"app":"{label}"}}}},"template":{{"metadata":{{"labels":{{"app":"{label}"}}}},"spec":{{"containers":[{{"name":"a","image":"b"}}]}}}}}}}}"#
        )
    };
    assert_eq!(
        update_sentences("apps", "deployments", &with("layered"), &with("other")),
        ["spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"other\"}}: field is immutable"]
    );
}

#[test]
fn create_of_a_service_with_unnamed_ports_says_so() {
    assert_eq!(
        sentences(
            "",
            "services",
            r#"{"metadata":{"name":"a"},"spec":{"ports":[{"port":80},{"port":443}]}}"#
        ),
        ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"]
    );
    assert_eq!(
        sentences("", "services", r#"{"metadata":{"name":"a"},"spec":{}}"#),
        ["spec.ports: Required value"]
    );
}

#[test]
fn create_without_a_name_says_so() {
    assert_eq!(
        sentences("", "configmaps", r#"{"metadata":{}}"#),
        ["metadata.name: Required value: name or generateName is required"]
    );
    assert_eq!(
        sentences(
            "",
            "configmaps",
            r#"{"metadata":{"name":"a","labels":{"a b":"c"}},"data":{"x/y":""}}"#
        )
        .len(),
        2
    );
}

#[test]
fn update_of_a_pod_may_change_its_image_only() {
    let with = |image: &str, node: &str| {
        format!(r#"{{"metadata":{{"name":"a"}},"spec":{{"nodeName":"{node}","containers":[{{"name":"a","image":"{image}"}}]}}}}"#)
    };
    assert_eq!(
        update_sentences("", "pods", &with("b:1", "n"), &with("b:2", "n")),
        Vec::<String>::new()
    );
    let sentences = update_sentences("", "pods", &with("b:1", "n"), &with("b:1", "m"));
    assert!(sentences[0].starts_with("spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`"));
}

#[test]
fn update_of_an_immutable_config_map_is_forbidden() {
    assert_eq!(
        update_sentences(
            "",
            "configmaps",
            r#"{"metadata":{"name":"a"},"immutable":true,"data":{"a":"1"}}"#,
            r#"{"metadata":{"name":"a"},"immutable":true,"data":{"a":"2"}}"#
        ),
        ["data: Forbidden: field is immutable when `immutable` is set"]
    );
}
