//! `auth can-i` and `auth whoami`.

use super::{Place, offers, run};
use crate::server::{Reply, Server};

/// A server that answers every question about access with `status`.
fn reviewing(status: &'static str) -> Server {
    Server::start(move |asked| {
        offers::answer(asked).unwrap_or_else(|| Reply::Json(201, format!(r#"{{"kind":"SelfSubjectAccessReview","status":{status}}}"#)))
    })
}

/// The bodies of the questions that were asked.
fn questions(server: &Server) -> Vec<String> {
    let asked = server.asked().into_iter().filter(|asked| asked.method == "POST");
    asked.map(|asked| String::from_utf8(asked.body).unwrap()).collect()
}

#[test]
fn can_i_asks_about_what_was_meant() {
    for (words, attributes) in [
        (
            &["get", "pods"][..],
            r#""resourceAttributes":{"namespace":"shop","verb":"get","resource":"pods"}"#,
        ),
        (
            &["GET", "PO/web"],
            r#""resourceAttributes":{"namespace":"shop","verb":"GET","resource":"pods","name":"web"}"#,
        ),
        (
            &["get", "deploy.apps/a/b", "--subresource=scale", "-n", "x"],
            r#""resourceAttributes":{"namespace":"x","verb":"get","group":"apps","resource":"deployments","subresource":"scale","name":"a/b"}"#,
        ),
        (
            &["get", "wd", "-A"],
            r#""resourceAttributes":{"verb":"get","group":"factory.example.com","resource":"widgets"}"#,
        ),
        (
            &["*", "*"],
            r#""resourceAttributes":{"namespace":"shop","verb":"*","resource":"*"}"#,
        ),
        (
            &["use", "Fuu.bar"],
            r#""resourceAttributes":{"namespace":"shop","verb":"use","resource":"Fuu.bar"}"#,
        ),
        (&["get", "/logs/"], r#""nonResourceAttributes":{"path":"/logs/","verb":"get"}"#),
    ] {
        let server = reviewing(r#"{"allowed":true}"#);
        let outcome = run(&server, &[&["auth", "can-i"], words].concat());
        assert_eq!((outcome.code, outcome.out.as_str()), (0, "yes\n"), "{words:?}");
        let body = format!(
            r#"{{"kind":"SelfSubjectAccessReview","apiVersion":"authorization.k8s.io/v1","metadata":{{}},"spec":{{{attributes}}},"status":{{"allowed":false}}}}"#
        );
        assert_eq!(questions(&server), [body + "\n"], "{words:?}");
    }
}

#[test]
fn can_i_warns_of_odd_questions() {
    for (words, warning) in [
        (&["get", "pods"][..], ""),
        (&["get", "nodes"], "Warning: resource 'nodes' is not namespace scoped\n\n"),
        (&["get", "nodes", "-A"], ""),
        (
            &["get", "plants"],
            "Warning: resource 'plants' is not namespace scoped in group 'factory.example.com'\n\n",
        ),
        (&["eat", "pods"], "Warning: verb 'eat' is not a known verb\n\n"),
        (&["eat", "/x"], "Warning: verb 'eat' is not a known verb\n\n"),
        (&["get", "fuu"], "Warning: the server doesn't have a resource type 'fuu'\n\n"),
        (
            &["get", "fuu.bar"],
            "Warning: the server doesn't have a resource type 'fuu' in group 'bar'\n\n",
        ),
        (&["get", "users"], ""),
        (
            &["get", "ev"],
            "Warning: short name \"ev\" could also match lower priority resource events.events.k8s.io\n",
        ),
    ] {
        let outcome = run(&reviewing(r#"{"allowed":true}"#), &[&["auth", "can-i"], words].concat());
        assert_eq!((outcome.code, outcome.err.as_str()), (0, warning), "{words:?}");
    }
}

#[test]
fn can_i_not_ends_in_exit_code_1_and_says_why() {
    let server = reviewing(r#"{"allowed":false,"reason":"because","evaluationError":"oops"}"#);
    let outcome = run(&server, &["auth", "can-i", "get", "pods"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (1, "no - because - oops\n", "")
    );
    let outcome = run(&server, &["auth", "can-i", "get", "pods", "-q"]);
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (1, "", ""));
}

#[test]
fn can_i_called_wrongly_says_how() {
    let server = reviewing("{}");
    let two = "error: you must specify two arguments: verb resource or verb resource/resourceName.\n\
               See 'kubectl auth can-i -h' for help and examples.\n";
    let list = "error: list option can't be specified with neither quiet, all-namespaces nor subresource options\n";
    for (words, expected) in [
        (&["get"][..], two),
        (&[], two),
        (&["get", "pods", "x"], two),
        (
            &["get", "/x", "--subresource=log"],
            "error: --subresource can not be used with NonResourceURL\n",
        ),
        (
            &["get", "pods", "--no-headers"],
            "error: --no-headers cannot be set without --list specified\n",
        ),
        (&["--list", "x"], "error: list option must be specified with no arguments\n"),
        (&["--list", "-q"], list),
        (&["--list", "-A"], list),
        (&["--list", "--subresource=log"], list),
    ] {
        let outcome = run(&server, &[&["auth", "can-i"], words].concat());
        assert_eq!((outcome.code, outcome.err.as_str()), (1, expected), "{words:?}");
    }
    assert!(questions(&server).is_empty());
}

// kubectl 1.33 says the same.
#[test]
fn can_i_without_a_server_complains_as_often_as_kubectl() {
    let outcome = Place::new("http://127.0.0.1:1").run(&["auth", "can-i", "get", "pods"]);
    let lines: Vec<&str> = outcome.err.lines().collect();
    assert_eq!(lines.len(), 5, "{}", outcome.err);
    assert!(
        lines[..2]
            .iter()
            .all(|line| line.contains("couldn't get current server API group list"))
    );
    assert_eq!(lines[2..4], ["Warning: the server doesn't have a resource type 'pods'", ""]);
    assert!(lines[4].starts_with("The connection to the server 127.0.0.1:1 was refused"));
}

#[test]
fn can_i_list_prints_rules_one_by_one() {
    let server = reviewing(
        r#"{"incomplete":true,"evaluationError":"half","resourceRules":[{"verbs":["get","list"],"apiGroups":["apps",""],"resources":["pods/log"]}],
            "nonResourceRules":[{"verbs":["get"],"nonResourceURLs":["/healthz"]}]}"#,
    );
    let outcome = run(&server, &["auth", "can-i", "--list"]);
    assert_eq!(
        outcome.out,
        "\
Resources       Non-Resource URLs   Resource Names   Verbs
pods/log        []                  []               [get list]
pods.apps/log   []                  []               [get list]
                [/healthz]          []               [get]
"
    );
    assert_eq!(outcome.err, "Warning: the list may be incomplete: half\n");
    assert_eq!(run(&server, &["auth", "can-i", "--list", "--no-headers"]).out.lines().count(), 3);
    assert!(questions(&server)[0].contains(r#""spec":{"namespace":"shop"}"#));
}

#[test]
fn whoami_prints_what_is_known_of_the_user() {
    let server = Server::start(|_| {
        Reply::Json(
            201,
            r#"{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","metadata":{"creationTimestamp":null},
                "status":{"userInfo":{"groups":["a","b"],"username":"jane","extra":{"z":["1","2"],"b":[]}}}}"#
                .into(),
        )
    });
    assert_eq!(
        run(&server, &["auth", "whoami"]).out,
        "ATTRIBUTE   VALUE\nUsername    jane\nGroups      [a b]\nExtra: b    []\nExtra: z    [1 2]\n"
    );
    let json = run(&server, &["auth", "whoami", "-o", "json"]).out;
    assert!(
        json.starts_with(
            "{\n    \"kind\": \"SelfSubjectReview\",\n    \"apiVersion\": \"authentication.k8s.io/v1\",\n    \"metadata\": {},\n"
        ),
        "{json}"
    );
    let places = ["\"username\"", "\"groups\"", "\"extra\"", "\"b\": []", "\"z\""].map(|word| json.find(word).unwrap());
    assert!(places.is_sorted(), "{json}");
}

#[test]
fn whoami_of_older_servers_asks_for_older_versions() {
    let server = Server::start(|asked| {
        if asked.path.contains("v1alpha1") {
            Reply::Json(201, r#"{"status":{"userInfo":{"username":"jane"}}}"#.into())
        } else {
            offers::refusal(404, "NotFound", "no")
        }
    });
    assert_eq!(run(&server, &["auth", "whoami"]).out, "ATTRIBUTE   VALUE\nUsername    jane\n");
    assert_eq!(server.paths().len(), 3);
}

#[test]
fn whoami_that_is_refused_says_what_may_be_missing() {
    for (code, reason, expected) in [
        (
            404,
            "NotFound",
            "error: the selfsubjectreviews API is not enabled in the cluster\n\
             enable APISelfSubjectReview feature gate and authentication.k8s.io/v1alpha1 or authentication.k8s.io/v1beta1 API\n",
        ),
        (
            403,
            "Forbidden",
            "error: the selfsubjectreviews API is not enabled in the cluster or you do not have permission to call it\n",
        ),
        (401, "Unauthorized", "error: You must be logged in to the server (no)\n"),
    ] {
        let server = Server::start(move |_| offers::refusal(code, reason, "no"));
        let outcome = run(&server, &["auth", "whoami"]);
        assert_eq!((outcome.code, outcome.err.as_str()), (1, expected));
    }
}

#[test]
fn whoami_in_an_unknown_form_is_refused_before_anything_is_asked() {
    let server = reviewing("{}");
    let outcome = run(&server, &["auth", "whoami", "-o", "wide"]);
    assert_eq!(
        outcome.err,
        "error: unable to match a printer suitable for the output format \"wide\", allowed formats are: \
         go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,yaml\n"
    );
    assert!(server.asked().is_empty());
}
