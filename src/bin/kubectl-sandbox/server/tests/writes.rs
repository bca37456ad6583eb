//! Patches of all kinds, server-side apply, and what else writes, as clients send them.

use std::rc::Rc;

use kubectl_rs::api::{OwnedValue, json};

use super::{CONFIG_MAPS, Server, answer, ask, config_map, request, route, server};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

const WEB: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"a","image":"nginx:1"},{"name":"b","image":"nginx:2"}],"tolerations":[{"key":"x","operator":"Exists"}]}}}}"#;

/// What a patch of a media type is answered with.
async fn patch(server: &Rc<Server>, path: &str, kind: &str, body: &str) -> (u16, OwnedValue) {
    let media_type = format!("application/{kind}");
    let request = request("PATCH", path, &[("content-type", &media_type)], body.to_owned());
    let (code, _, body) = answer(server, request).await;
    (code, json::parse(&body).unwrap().into_owned())
}

fn images(deployment: &OwnedValue) -> Vec<String> {
    let containers = deployment.items_at(&["spec", "template", "spec", "containers"]);
    let shown = |container: &OwnedValue| format!("{}={}", container.str_at(&["name"]), container.str_at(&["image"]));
    containers.iter().map(shown).collect()
}

#[tokio::test]
async fn a_strategic_patch_merges_lists_by_their_keys_and_a_merge_patch_does_not() {
    let server = server();
    assert_eq!(ask(&server, "POST", DEPLOYMENTS, WEB).await.0, 201);
    let web = format!("{DEPLOYMENTS}/web");
    let to_b = r#"{"spec":{"template":{"spec":{"containers":[{"name":"b","image":"nginx:3"}]}}}}"#;
    let (code, got) = patch(&server, &web, "strategic-merge-patch+json", to_b).await;
    assert_eq!((code, images(&got)), (200, vec!["a=nginx:1".to_owned(), "b=nginx:3".to_owned()]));
    let order = r#"{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"a"},{"name":"b"}],"containers":[{"name":"a","image":"nginx:4"}]}}}}"#;
    let (_, got) = patch(&server, &web, "strategic-merge-patch+json", order).await;
    assert_eq!(images(&got), ["a=nginx:4", "b=nginx:3"]);
    // A list without a key is replaced.
    let tolerations = r#"{"spec":{"template":{"spec":{"tolerations":[{"key":"y","operator":"Exists"}]}}}}"#;
    let (_, got) = patch(&server, &web, "strategic-merge-patch+json", tolerations).await;
    assert_eq!(got.items_at(&["spec", "template", "spec", "tolerations"]).len(), 1);
    let gone = r#"{"spec":{"template":{"spec":{"containers":[{"name":"a","$patch":"delete"}]}}}}"#;
    let (_, got) = patch(&server, &web, "strategic-merge-patch+json", gone).await;
    assert_eq!(images(&got), ["b=nginx:3"]);
    let (_, got) = patch(&server, &web, "merge-patch+json", &to_b.replace("\"b\"", "\"c\"")).await;
    assert_eq!(images(&got), ["c=nginx:3"]);
    assert_eq!(got.int_at(&["metadata", "generation"]), Some(6));
}

#[tokio::test]
async fn a_json_patch_tests_moves_and_removes_or_does_nothing_at_all() {
    let server = server();
    assert_eq!(ask(&server, "POST", CONFIG_MAPS, &config_map("x", "w")).await.0, 201);
    let x = format!("{CONFIG_MAPS}/x");
    let steps = r#"[{"op":"test","path":"/data/word","value":"w"},{"op":"add","path":"/data/other","value":"o"},{"op":"move","from":"/data/word","path":"/data/moved"}]"#;
    let (code, got) = patch(&server, &x, "json-patch+json", steps).await;
    assert_eq!(
        (code, got.str_at(&["data", "moved"]), got.str_at(&["data", "other"])),
        (200, "w", "o")
    );
    let fails = r#"[{"op":"remove","path":"/data/other"},{"op":"test","path":"/data/moved","value":"no"}]"#;
    assert_eq!(patch(&server, &x, "json-patch+json", fails).await.0, 422);
    assert_eq!(ask(&server, "GET", &x, "").await.1.str_at(&["data", "other"]), "o");
    // Nobody changes what an object is called.
    let renames = r#"[{"op":"replace","path":"/metadata/name","value":"y"}]"#;
    assert_eq!(patch(&server, &x, "json-patch+json", renames).await.0, 400);
}

#[tokio::test]
async fn a_patch_that_changes_nothing_keeps_the_version_and_one_of_an_old_version_conflicts() {
    let server = server();
    let (_, made) = ask(&server, "POST", CONFIG_MAPS, &config_map("x", "w")).await;
    let x = format!("{CONFIG_MAPS}/x");
    let version = |value: &OwnedValue| value.str_at(&["metadata", "resourceVersion"]).to_owned();
    let (_, same) = patch(&server, &x, "merge-patch+json", r#"{"data":{"word":"w"}}"#).await;
    assert_eq!(version(&same), version(&made));
    let (_, dry) = patch(
        &server,
        &format!("{x}?dryRun=All"),
        "merge-patch+json",
        r#"{"data":{"word":"dry"}}"#,
    )
    .await;
    assert_eq!(dry.str_at(&["data", "word"]), "dry");
    let (_, changed) = patch(&server, &x, "merge-patch+json", r#"{"data":{"word":"v"}}"#).await;
    assert_ne!(version(&changed), version(&made));
    let late = format!(
        r#"{{"metadata":{{"resourceVersion":"{}"}},"data":{{"word":"late"}}}}"#,
        version(&made)
    );
    let (code, status) = patch(&server, &x, "merge-patch+json", &late).await;
    assert_eq!((code, status.str_at(&["reason"])), (409, "Conflict"));
}

#[tokio::test]
async fn who_applies_owns_what_he_says_until_he_says_it_no_more_or_another_forces_it() {
    let server = server();
    let x = |manager: &str, more: &str| format!("{CONFIG_MAPS}/x?fieldManager={manager}{more}");
    let body = |data: &str| format!(r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"x"}},"data":{{{data}}}}}"#);
    let apply = async |manager: &str, more: &str, data: &str| patch(&server, &x(manager, more), "apply-patch+yaml", &body(data)).await;
    assert_eq!(apply("one", "", r#""a":"1","b":"1""#).await.0, 201);
    let (code, status) = apply("two", "", r#""b":"2""#).await;
    assert_eq!(
        (code, status.str_at(&["message"])),
        (409, "Apply failed with 1 conflict: conflict with \"one\": .data.b")
    );
    // The same value is shared, not fought over.
    assert_eq!(apply("two", "", r#""b":"1""#).await.0, 200);
    let (_, got) = apply("one", "", r#""a":"1""#).await;
    assert_eq!(got.str_at(&["data", "b"]), "1");
    let (_, got) = apply("three", "&force=true", r#""b":"3""#).await;
    assert_eq!(got.str_at(&["data", "b"]), "3");
    let managers: Vec<&str> = got
        .items_at(&["metadata", "managedFields"])
        .iter()
        .map(|entry| entry.str_at(&["manager"]))
        .collect();
    assert_eq!(managers, ["one", "three"]);
    assert!(got.at(&["metadata", "managedFields"]).is_some_and(|fields| {
        let mut text = Vec::new();
        json::to_compact(&mut text, fields);
        !String::from_utf8_lossy(&text).contains("f:metadata")
    }));
    let (_, got) = apply("three", "", "").await;
    assert!(got.at(&["data", "b"]).is_none());
    let (code, status) = patch(
        &server,
        &x("one", ""),
        "apply-patch+yaml",
        &body("").replace("\"data\"", "\"datum\""),
    )
    .await;
    assert_eq!(
        (code, status.str_at(&["message"])),
        (
            500,
            "failed to create typed patch object (default/x; /v1, Kind=ConfigMap): .datum: field not declared in schema"
        )
    );
}

#[tokio::test]
async fn an_update_of_what_is_not_there_creates_a_service_and_nothing_else() {
    let server = server();
    let service = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"},"spec":{"ports":[{"port":80}]}}"#;
    assert_eq!(ask(&server, "PUT", "/api/v1/namespaces/default/services/x", service).await.0, 201);
    assert_eq!(ask(&server, "PUT", &format!("{CONFIG_MAPS}/x"), &config_map("x", "w")).await.0, 404);
}

#[tokio::test]
async fn a_job_that_selects_the_pods_of_another_is_refused() {
    let server = server();
    let jobs = "/apis/batch/v1/namespaces/default/jobs";
    let job = |selector: &str| {
        format!(
            r#"{{"apiVersion":"batch/v1","kind":"Job","metadata":{{"name":"x"}},"spec":{{{selector}"template":{{"spec":{{"restartPolicy":"Never","containers":[{{"name":"a","image":"busybox"}}]}}}}}}}}"#
        )
    };
    let (code, status) = ask(&server, "POST", jobs, &job(r#""selector":{"matchLabels":{"a":"b"}},"#)).await;
    assert_eq!((code, status.str_at(&["reason"])), (422, "Invalid"));
    assert!(status.str_at(&["message"]).contains("`selector` not auto-generated"), "{status:?}");
    assert_eq!(ask(&server, "POST", jobs, &job("")).await.0, 201);
}

#[tokio::test]
async fn users_of_what_is_on_its_way_out_are_warned_whatever_they_ask() {
    let server = server();
    for (method, path) in [
        ("GET", "/api/v1/namespaces/default/endpoints"),
        ("GET", "/api/v1/namespaces/default/endpoints/kubernetes"),
        ("GET", "/api/v1/componentstatuses"),
    ] {
        let answer = route::answer(&server, request(method, path, &[], "")).await;
        assert_eq!(answer.warnings.len(), 1, "{method} {path}: {:?}", answer.warnings);
    }
    let answer = route::answer(&server, request("GET", CONFIG_MAPS, &[], "")).await;
    assert!(answer.warnings.is_empty());
}
