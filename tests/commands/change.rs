//! The verbs that change objects, and what they send.

use super::{Place, offers, run};
use crate::server::{Reply, Server};

const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop","labels":{"app":"web"}},"spec":{"template":{"spec":{"containers":[{"name":"a","image":"one","env":[{"name":"A","value":"b"}]}]}}}}"#;
const NODE: &str = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"spec":{}}"#;

/// A server with a deployment and a node, which answers writes with what was there.
fn cluster() -> Server {
    Server::start(|asked| {
        offers::answer(asked).unwrap_or_else(|| {
            let body = if asked.path.contains("/nodes") { NODE } else { DEPLOYMENT };
            Reply::Json(200, body.to_owned())
        })
    })
}

/// Method, path and body of what was written.
fn written(server: &Server) -> Vec<(String, String, String)> {
    let writes = server.asked().into_iter().filter(|asked| asked.method != "GET");
    writes
        .map(|asked| (asked.method, asked.path, String::from_utf8(asked.body).unwrap()))
        .collect()
}

#[test]
fn verbs_send_what_kubectl_sends_and_say_what_was_done() {
    let deployment = "/apis/apps/v1/namespaces/shop/deployments/web";
    for (words, method, path, body, out) in [
        (
            &["label", "deploy", "web", "x=y", "app-"][..],
            "PATCH",
            format!("{deployment}?fieldManager=kubectl-label"),
            r#"{"metadata":{"labels":{"app":null,"x":"y"}}}"#,
            "deployment.apps/web unlabeled\n",
        ),
        (
            &["annotate", "deploy/web", "note=a=b"],
            "PATCH",
            format!("{deployment}?fieldManager=kubectl-annotate"),
            r#"{"metadata":{"annotations":{"note":"a=b"}}}"#,
            "deployment.apps/web annotated\n",
        ),
        (
            &["scale", "deploy/web", "--replicas=3"],
            "PATCH",
            format!("{deployment}/scale"),
            r#"{"spec":{"replicas":3}}"#,
            "deployment.apps/web scaled\n",
        ),
        (
            &["set", "image", "deploy/web", "*=two"],
            "PATCH",
            format!("{deployment}?fieldManager=kubectl-set"),
            r#"{"spec":{"template":{"spec":{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"image":"two","name":"a"}]}}}}"#,
            "deployment.apps/web image updated\n",
        ),
        (
            &["rollout", "pause", "deploy/web"],
            "PATCH",
            format!("{deployment}?fieldManager=kubectl-rollout"),
            r#"{"spec":{"paused":true}}"#,
            "deployment.apps/web paused\n",
        ),
        (
            &["delete", "deploy", "web", "--wait=false", "--now"],
            "DELETE",
            deployment.to_owned(),
            "{\"gracePeriodSeconds\":1,\"propagationPolicy\":\"Background\"}\n",
            "deployment.apps \"web\" deleted from shop namespace\n",
        ),
        (
            &["taint", "node", "n", "k=v:NoSchedule"],
            "PATCH",
            "/api/v1/nodes/n?fieldManager=kubectl-taint&fieldValidation=Strict".to_owned(),
            r#"{"spec":{"taints":[{"effect":"NoSchedule","key":"k","value":"v"}]}}"#,
            "node/n tainted\n",
        ),
        (
            &["cordon", "n"],
            "PATCH",
            "/api/v1/nodes/n".to_owned(),
            r#"{"spec":{"unschedulable":true}}"#,
            "node/n cordoned\n",
        ),
    ] {
        let server = cluster();
        let outcome = run(&server, words);
        assert_eq!(
            (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
            (0, out, ""),
            "{words:?}"
        );
        assert_eq!(written(&server), [(method.to_owned(), path, body.to_owned())], "{words:?}");
    }
}

#[test]
fn delete_of_several_reports_the_missing_and_goes_on() {
    let server = Server::start(|asked| {
        offers::answer(asked).unwrap_or_else(|| match asked.path.ends_with("/b") {
            true => Reply::Json(
                404,
                r#"{"kind":"Status","status":"Failure","reason":"NotFound","message":"pods \"b\" not found","code":404}"#.to_owned(),
            ),
            false => Reply::Json(200, r#"{"kind":"Status","status":"Success"}"#.to_owned()),
        })
    });
    let outcome = run(&server, &["delete", "pod", "a", "b", "c", "--wait=false"]);
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.out,
        "pod \"a\" deleted from shop namespace\npod \"c\" deleted from shop namespace\n"
    );
    assert_eq!(outcome.err, "Error from server (NotFound): pods \"b\" not found\n");
}

#[test]
fn scale_of_nothing_but_missing_objects_lists_them_in_one_sentence() {
    let server = Server::start(|asked| {
        offers::answer(asked).unwrap_or_else(|| {
            let name = asked.path.rsplit('/').next().unwrap_or_default();
            // Whether it is the namespace that is missing.
            if asked.path.ends_with("/namespaces/shop") {
                return Reply::Json(200, r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#.to_owned());
            }
            Reply::Json(
                404,
                format!(
                    r#"{{"kind":"Status","status":"Failure","reason":"NotFound","message":"deployments.apps \"{name}\" not found","code":404}}"#
                ),
            )
        })
    });
    for (line, reasons) in [
        (&["a"][..], "deployments.apps \"a\" not found"),
        (&["a", "b"], "[deployments.apps \"a\" not found, deployments.apps \"b\" not found]"),
    ] {
        let outcome = run(&server, &[&["scale", "--replicas=1", "deploy"], line].concat());
        assert_eq!(
            (outcome.code, outcome.err),
            (1, format!("error: no objects passed to scale {reasons}\n"))
        );
    }
}

#[test]
fn set_env_that_only_removes_by_flag_changes_and_then_complains_as_kubectl_does() {
    let server = cluster();
    let outcome = run(&server, &["set", "env", "deploy/web", "-e", "A-"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (1, "", "error: at least one environment variable must be provided\n")
    );
    assert_eq!(written(&server).len(), 1);
}

#[test]
fn set_env_from_a_secret_refers_to_its_keys() {
    const SECRET: &str = r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"db"},"data":{"pass-word":"eA==","user":"eA=="}}"#;
    let server = Server::start(|asked| {
        offers::answer(asked).unwrap_or_else(|| {
            let body = if asked.path.contains("/secrets") { SECRET } else { DEPLOYMENT };
            Reply::Json(200, body.to_owned())
        })
    });
    let outcome = run(
        &server,
        &["set", "env", "deploy/web", "--from=secret/db", "--prefix=X_", "--keys=pass-word"],
    );
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "deployment.apps/web env updated\n"));
    assert_eq!(outcome.err, "Warning: key pass-word transferred to PASS_WORD\n");
    let [(_, _, body)] = &written(&server)[..] else {
        panic!("one change")
    };
    assert!(
        body.contains(r#""env":[{"name":"X_PASS_WORD","valueFrom":{"secretKeyRef":{"key":"pass-word","name":"db"}}}]"#),
        "{body}"
    );
}

#[test]
fn set_env_list_resolves_what_it_can_and_names_what_it_cannot() {
    const DEPLOYMENT: &str = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},"spec":{"template":{"spec":{"containers":[{"name":"a","env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"c","key":"k"}}},{"name":"B","valueFrom":{"configMapKeyRef":{"name":"c","key":"nope"}}},{"name":"C","value":"1"}]}]}}}}"#;
    let server = Server::start(|asked| {
        offers::answer(asked).unwrap_or_else(|| {
            let body = match asked.path.contains("/configmaps") {
                true => r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"k":"v"}}"#,
                false => DEPLOYMENT,
            };
            Reply::Json(200, body.to_owned())
        })
    });
    let outcome = run(&server, &["set", "env", "deploy/web", "--list", "--resolve"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (
            0,
            "# Deployment web, container a\nA=v\n# B from configmap c, key nope\nC=1\n",
            "error retrieving reference for B: key nope not found in config map c\n"
        )
    );
    let asked = server.paths().iter().filter(|path| path.contains("/configmaps")).count();
    assert_eq!(asked, 1, "a config map is asked for once");
}

const NOT_FOUND: &str = r#"{"kind":"Status","status":"Failure","reason":"NotFound","message":"configmaps \"c\" not found","code":404}"#;

/// A server on which there is a config map, or is not, and which answers writes with what was sent.
fn config_map(there: bool) -> Server {
    Server::start(move |asked| {
        offers::answer(asked).unwrap_or_else(|| match asked.method.as_str() {
            "GET" if there => Reply::Json(
                200,
                r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","resourceVersion":"7"}}"#.to_owned(),
            ),
            "GET" | "DELETE" => Reply::Json(404, NOT_FOUND.to_owned()),
            _ => Reply::Json(200, String::from_utf8(asked.body.clone()).unwrap()),
        })
    })
}

#[test]
fn replace_names_the_version_that_is_there_unless_the_manifest_does() {
    let put = |version: &str| {
        format!("{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"c\",\"namespace\":\"shop\"{version}}}}}\n")
    };
    for (there, given, sent) in [
        (true, "", ",\"resourceVersion\":\"7\""),
        (true, ",\"resourceVersion\":\"3\"", ",\"resourceVersion\":\"3\""),
        (false, "", ""),
    ] {
        let server = config_map(there);
        let manifest = put(given);
        let outcome = Place::new(&server.url()).run_with(&["replace", "-f", "-"], &manifest);
        assert_eq!(
            (outcome.code, outcome.out.as_str()),
            (0, "configmap/c replaced\n"),
            "{}",
            outcome.err
        );
        let path = "/api/v1/namespaces/shop/configmaps/c?fieldManager=kubectl-replace&fieldValidation=Strict";
        assert_eq!(written(&server), [("PUT".to_owned(), path.to_owned(), put(sent))]);
    }
}

#[test]
fn replace_by_force_deletes_waits_and_creates_from_input_read_once() {
    let server = config_map(false);
    let manifest = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","resourceVersion":"3"}}"#;
    let outcome = Place::new(&server.url()).run_with(&["replace", "--force", "--grace-period=0", "-f", "-"], manifest);
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (0, "configmap/c replaced\n"),
        "{}",
        outcome.err
    );
    let writes: Vec<_> = written(&server).into_iter().map(|(method, _, body)| (method, body)).collect();
    assert_eq!(
        writes,
        [
            (
                "DELETE".to_owned(),
                "{\"gracePeriodSeconds\":1,\"propagationPolicy\":\"Background\"}\n".to_owned()
            ),
            (
                "POST".to_owned(),
                "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"c\",\"namespace\":\"shop\"}}\n".to_owned()
            ),
        ]
    );
}

#[test]
fn delete_and_replace_of_an_object_without_a_name_ask_for_nothing() {
    let manifest = r#"{"apiVersion":"v1","kind":"Pod","metadata":{}}"#;
    for (words, doing) in [
        (&["delete", "-f", "-"][..], "deleting \"STDIN\""),
        (&["replace", "-f", "-"], "replacing \"STDIN\""),
        (&["replace", "--force", "-f", "-"], "deleting"),
    ] {
        let server = config_map(false);
        let outcome = Place::new(&server.url()).run_with(words, manifest);
        assert_eq!(written(&server), [], "{words:?}");
        assert!(outcome.err.starts_with(&format!("error: error when {doing}")), "{}", outcome.err);
        assert!(outcome.err.ends_with(": resource name may not be empty\n"), "{}", outcome.err);
    }
}

#[test]
fn taint_takes_effects_without_values_and_says_what_it_cannot_take() {
    let server = cluster();
    let outcome = run(&server, &["taint", "node", "n", "k:NoSchedule"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "node/n tainted\n", "")
    );
    assert_eq!(written(&server)[0].2, r#"{"spec":{"taints":[{"effect":"NoSchedule","key":"k"}]}}"#);
    let usage = "See 'kubectl taint -h' for help and examples\n";
    for (words, sentence) in [
        (
            &["pods", "x", "k=v:NoSchedule"][..],
            "invalid resource type pods, only node types are supported\n".to_owned(),
        ),
        (
            &["node", "n", "k=v:Foo"],
            format!("invalid taint effect: Foo, unsupported taint effect\n{usage}"),
        ),
        (&["node", "n", "k=v"], format!("invalid taint spec: k=v\n{usage}")),
        (
            &["node", "-l", "a=b", "k:NoSchedule", "k-"],
            "can not both modify and remove the following taint(s) in the same command: k=\n".to_owned(),
        ),
        (
            &["node", "--all", "-l", "a=b", "k:NoSchedule"],
            "setting 'all' parameter with a non empty selector is prohibited\n".to_owned(),
        ),
        (
            &["node", "k:NoSchedule"],
            "at least one resource name must be specified since 'all' parameter is not set\n".to_owned(),
        ),
        (
            &["node", "k:NoSchedule", "n"],
            "all resources must be specified before taint changes: n\n".to_owned(),
        ),
    ] {
        let outcome = run(&server, &[&["taint"], words].concat());
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {sentence}")), "{words:?}");
    }
    assert_eq!(written(&server).len(), 1);
}
