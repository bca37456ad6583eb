//! `apply` of kinds that are neither built into kubectl nor custom resources: those of other servers behind the server,
//! which says itself how they are merged.

use serde_json::{Value, json};

use super::{Outcome, Place, offers};
use crate::server::{Asked, Reply, Server};

const GROUP: &str = r#"{"metadata":{"name":"wardle.example.com"},"versions":[{"version":"v1","resources":[{"resource":"flunders",
    "responseKind":{"group":"wardle.example.com","version":"v1","kind":"Flunder"},"scope":"Namespaced","verbs":["get","patch"]}]}]}"#;

/// What the server says of the kind: what patches it takes, and that parts are merged by their names.
fn types(media: &str) -> String {
    let kind = json!({"group": "wardle.example.com", "kind": "Flunder", "version": "v1"});
    json!({
        "paths": {
            "/apis/wardle.example.com/v1/namespaces/{namespace}/flunders": {"get": {}},
            "/apis/wardle.example.com/v1/namespaces/{namespace}/flunders/{name}": {"patch": {
                "x-kubernetes-group-version-kind": kind, "requestBody": {"content": {media: {}, "application/merge-patch+json": {}}}}},
        },
        "components": {"schemas": {
            "Flunder": {"x-kubernetes-group-version-kind": [kind], "properties": {
                "metadata": {"properties": {"annotations": {"additionalProperties": {"type": "string"}}}},
                "spec": {"allOf": [{"$ref": "#/components/schemas/Spec"}]}}},
            "Spec": {"properties": {"parts": {"items": {"$ref": "#/components/schemas/Part"},
                "x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "name"}}},
            "Part": {"properties": {"name": {}, "size": {}}},
        }},
    })
    .to_string()
}

fn flunder(parts: Value) -> Value {
    json!({"apiVersion": "wardle.example.com/v1", "kind": "Flunder", "metadata": {"name": "f", "namespace": "shop"},
        "spec": {"parts": parts}})
}

/// A server with one object, to which the parts `a` and `c` were applied and which has `b` besides.
fn server(media: &'static str) -> Server {
    Server::start(move |asked: &Asked| {
        let path = asked.path.split('?').next().unwrap_or_default();
        match (asked.method.as_str(), path) {
            ("GET", "/api" | "/apis") => offers::aggregated(GROUP),
            ("GET", "/openapi/v3") => {
                let url = json!({"serverRelativeURL": "/openapi/v3/apis/wardle.example.com/v1?hash=A"});
                Reply::Json(200, json!({"paths": {"apis/wardle.example.com/v1": url}}).to_string())
            }
            ("GET", "/openapi/v3/apis/wardle.example.com/v1") => Reply::Json(200, types(media)),
            ("GET", _) => Reply::Json(200, live().to_string()),
            _ => Reply::Json(200, flunder(json!([])).to_string()),
        }
    })
}

fn live() -> Value {
    let before = flunder(json!([{"name": "a", "size": 1}, {"name": "c"}]));
    let mut live = flunder(json!([{"name": "a", "size": 1}, {"name": "b"}, {"name": "c"}]));
    live["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": before.to_string()});
    live
}

fn apply(server: &Server, words: &[&str]) -> Outcome {
    let manifest = flunder(json!([{"name": "a", "size": 2}])).to_string();
    Place::new(&server.url()).run_with(&[&["apply", "-f", "-"], words].concat(), &manifest)
}

/// How the patch was to be understood, and what it makes of the specification.
fn sent(server: &Server) -> (String, Value) {
    let asked = server.asked();
    let patch = asked.iter().find(|asked| asked.method == "PATCH").expect("a patch");
    let body: Value = serde_json::from_slice(&patch.body).unwrap();
    (patch.header("content-type").to_owned(), body["spec"].clone())
}

const STRATEGIC: &str = "application/strategic-merge-patch+json";

#[test]
fn apply_of_a_kind_that_the_server_merges_by_its_types_sends_a_strategic_patch() {
    let server = server(STRATEGIC);
    let outcome = apply(&server, &[]);
    assert_eq!(
        (outcome.out.as_str(), outcome.err.as_str()),
        ("flunder.wardle.example.com/f configured\n", "")
    );
    let parts = json!([{"name": "a", "size": 2}, {"$patch": "delete", "name": "c"}]);
    let want = json!({"$setElementOrder/parts": [{"name": "a"}], "parts": parts});
    assert_eq!(sent(&server), (STRATEGIC.to_owned(), want));
}

#[test]
fn apply_of_a_kind_that_the_server_merges_otherwise_sends_a_merge_patch() {
    for (media, words) in [
        ("application/json-patch+json", &[][..]),
        (STRATEGIC, &["--openapi-patch=false"][..]),
    ] {
        let server = server(media);
        let outcome = apply(&server, words);
        assert_eq!(outcome.err, "");
        let want = json!({"parts": [{"name": "a", "size": 2}]});
        assert_eq!(sent(&server), ("application/merge-patch+json".to_owned(), want));
    }
}

#[test]
fn apply_without_the_server_cannot_merge_what_it_does_not_know() {
    let outcome = apply(&server(STRATEGIC), &["--dry-run=client"]);
    assert!(
        outcome
            .err
            .ends_with("for: \"STDIN\": applying patch locally: expected a struct, but received a nil\n"),
        "{}",
        outcome.err
    );
    assert_eq!(outcome.code, 1);
}
