//! Bodies that cannot be read, and forms that are not spoken here.

use kubectl_rs::api::json;

use super::{CONFIG_MAPS, answer, ask, config_map, request, server};

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

#[tokio::test]
async fn bodies_that_cannot_be_read_are_refused_with_a_status() {
    let server = server();
    let brackets = "[".repeat(100_000);
    let braces = r#"{"a":"#.repeat(100_000);
    let flow = format!("a: {}", "[".repeat(20_000));
    let aliases: String = (0..30)
        .map(|level| format!("a{}: &a{} [*a{level}, *a{level}, *a{level}]\n", level + 1, level + 1))
        .collect();
    let bomb = format!("a0: &a0 [x]\n{aliases}");
    let cases: [(&str, &[u8]); 21] = [
        (JSON, b""),
        (JSON, b"{"),
        (JSON, b"nonsense"),
        (JSON, b"[]"),
        (JSON, b"null"),
        (JSON, b"42"),
        (JSON, b"\"text\""),
        (JSON, br#"{"kind":"ConfigMap"}{"kind":"ConfigMap"}"#),
        (JSON, b"{\"kind\":\"\xff\xfe\"}"),
        (JSON, b"\xff\xfe\x00\x00"),
        (JSON, b"{\"a\":\"\x00\"}"),
        (JSON, br#"{"a":"\ud800"}"#),
        (JSON, br#"{"metadata":1e999999}"#),
        (JSON, brackets.as_bytes()),
        (JSON, braces.as_bytes()),
        (YAML, b"a: [unclosed"),
        (YAML, b"a: \xff\xfe"),
        (YAML, b"\ta: b"),
        (YAML, b"a: *nobody"),
        (YAML, flow.as_bytes()),
        (YAML, bomb.as_bytes()),
    ];
    for (media_type, body) in cases {
        for (method, path) in [("POST", CONFIG_MAPS.to_owned()), ("PUT", format!("{CONFIG_MAPS}/x"))] {
            let request = request(method, &path, &[("content-type", media_type)], body.to_vec());
            let (code, _, answer) = answer(&server, request).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let status = json::parse(&answer).unwrap();
            assert_eq!(status.str_at(&["kind"]), "Status", "{method} {shown}");
            assert!(matches!(code, 400 | 404 | 415 | 422), "{method} {shown}: {code}");
        }
    }
}

#[tokio::test]
async fn patches_that_cannot_be_read_or_applied_are_refused_with_a_status() {
    let server = server();
    assert_eq!(ask(&server, "POST", CONFIG_MAPS, &config_map("x", "w")).await.0, 201);
    let path = format!("{CONFIG_MAPS}/x");
    let deep = r#"{"data":"#.repeat(5000);
    let nested = format!("{}1{}", r#"{"a":"#.repeat(900), "}".repeat(900));
    for media_type in [
        "application/json-patch+json",
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
    ] {
        let bodies: [&[u8]; 14] = [
            b"",
            b"{",
            b"null",
            b"[]x",
            b"\xff",
            br#"{"data":7}"#,
            br#"{"metadata":{"name":"other"}}"#,
            br#"[{"op":"dance","path":"/data"}]"#,
            br#"[{"op":"remove","path":"/nothing/there"}]"#,
            br#"[{"op":"add","path":"no slash","value":1}]"#,
            br#"[{"op":"add","path":"/data/-/-/18446744073709551616","value":1}]"#,
            br#"{"$patch":"dance","metadata":{"$retainKeys":7,"$setElementOrder/x":{}}}"#,
            deep.as_bytes(),
            nested.as_bytes(),
        ];
        for body in bodies {
            let query = "fieldManager=test&fieldValidation=Strict";
            let request = request("PATCH", &format!("{path}?{query}"), &[("content-type", media_type)], body.to_vec());
            let (code, _, answer) = answer(&server, request).await;
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            let value = json::parse(&answer).unwrap();
            // A few of these say nothing, which is no mistake.
            assert!(
                matches!(code, 200 | 400 | 415 | 422 | 500),
                "{media_type} {shown}: {code} {value:?}"
            );
            assert_eq!(code == 200, value.str_at(&["kind"]) == "ConfigMap", "{media_type} {shown}");
        }
    }
}

#[tokio::test]
async fn an_object_as_deep_as_can_be_read_goes_through_every_verb() {
    let server = server();
    let definition = r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"holes.example.com"},
        "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"holes","singular":"hole","kind":"Hole","listKind":"HoleList"},
        "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}"#;
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    assert_eq!(ask(&server, "POST", definitions, definition).await.0, 201);
    let deep = format!("{}1{}", r#"{"a":"#.repeat(950), "}".repeat(950));
    let object = format!(r#"{{"apiVersion":"example.com/v1","kind":"Hole","metadata":{{"name":"h"}},"spec":{deep}}}"#);
    let holes = "/apis/example.com/v1/namespaces/default/holes";
    assert_eq!(ask(&server, "POST", holes, &object).await.0, 201);
    let path = format!("{holes}/h");
    for (method, path, body) in [
        ("GET", &*path, ""),
        ("GET", holes, ""),
        ("PATCH", &path, &*format!(r#"{{"spec":{deep}}}"#)),
        ("GET", &format!("{path}?watch=true"), ""),
        ("DELETE", &path, ""),
    ] {
        let (code, _) = ask(&server, method, path, body).await;
        assert_eq!(code, 200, "{method} {path}");
    }
    let apply = request(
        "PATCH",
        &format!("{path}?fieldManager=me"),
        &[("content-type", "application/apply-patch+yaml")],
        object,
    );
    assert_eq!(answer(&server, apply).await.0, 201);
}

#[tokio::test]
async fn a_protobuf_body_is_refused_with_a_status_that_says_so() {
    let server = server();
    assert_eq!(ask(&server, "POST", CONFIG_MAPS, &config_map("x", "w")).await.0, 201);
    let path = format!("{CONFIG_MAPS}/x");
    for (method, path) in [("POST", CONFIG_MAPS), ("PUT", &*path), ("PATCH", &path), ("DELETE", &path)] {
        let body = b"k8s\x00\x0a\x0f\x0a\x02v1".to_vec();
        let (code, media_type, answer) = answer(&server, request(method, path, &[("content-type", PROTOBUF)], body)).await;
        let status = json::parse(&answer).unwrap();
        assert_eq!((code, media_type), (415, JSON), "{method}");
        assert_eq!(status.str_at(&["reason"]), "UnsupportedMediaType", "{method}");
        if method != "PATCH" {
            assert!(
                status.str_at(&["message"]).contains("application/vnd.kubernetes.protobuf"),
                "{status:?}"
            );
        }
    }
}

#[tokio::test]
async fn who_would_rather_have_protobuf_gets_json() {
    let server = server();
    let accepts = [
        PROTOBUF,
        "application/vnd.kubernetes.protobuf,application/json",
        "application/vnd.kubernetes.protobuf;q=1.0, application/json;q=0.5",
    ];
    for accept in accepts {
        for path in ["/api/v1/namespaces", "/api/v1/namespaces/default", "/version", "/api/v1", "/apis"] {
            let (code, media_type, body) = answer(&server, request("GET", path, &[("accept", accept)], "")).await;
            assert_eq!(code, 200, "{path}");
            assert!(media_type.starts_with(JSON), "{path}: {media_type}");
            assert!(json::parse(&body).is_ok(), "{path}");
        }
        let refused = answer(&server, request("GET", "/api/v1/namespaces/none", &[("accept", accept)], "")).await;
        assert_eq!((refused.0, refused.1), (404, JSON));
    }
    let (code, ..) = answer(&server, request("GET", "/api/v1/pods", &[("accept", "text/html")], "")).await;
    assert_eq!(code, 406);
}
