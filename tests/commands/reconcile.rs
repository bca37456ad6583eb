//! `auth reconcile` against a server with some roles and bindings.

use std::sync::Mutex;

use super::{Outcome, Place, offers};
use crate::server::{Asked, Reply, Server};

const GROUP: &str = "/apis/rbac.authorization.k8s.io/v1";
const ROLE: &str = r#"{"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"there","uid":"u"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}"#;
const BINDING: &str = r#"{"kind":"RoleBinding","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"there","namespace":"n","uid":"u"},"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"jane"}],"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"r"}}"#;

/// A server with a cluster role and a role binding, both called `there`. `refusals` answer the first writes of a method.
fn server(refusals: Vec<(&'static str, Reply)>) -> Server {
    let refusals = Mutex::new(refusals);
    Server::start(move |asked: &Asked| {
        let mut refusals = refusals.lock().unwrap();
        if let Some(at) = refusals.iter().position(|(method, _)| asked.method == *method) {
            return refusals.remove(at).1;
        }
        match (asked.method.as_str(), asked.path.as_str()) {
            ("GET", path) if path.ends_with("/clusterroles/there") => Reply::Json(200, ROLE.to_owned()),
            ("GET", path) if path.ends_with("/rolebindings/there") => Reply::Json(200, BINDING.to_owned()),
            ("GET", _) => offers::refusal(404, "NotFound", "not there"),
            _ => Reply::Json(200, String::from_utf8(asked.body.clone()).unwrap()),
        }
    })
}

fn reconcile(server: &Server, manifest: &str, words: &[&str]) -> Outcome {
    Place::new(&server.url()).run_with(&[&["auth", "reconcile", "-f", "-"], words].concat(), manifest)
}

/// Method, path and body of what was written.
fn written(server: &Server) -> Vec<String> {
    let writes = server.asked().into_iter().filter(|asked| asked.method != "GET");
    writes
        .map(|Asked { method, path, body, .. }| format!("{method} {path} {}", String::from_utf8(body).unwrap().trim_end()))
        .collect()
}

fn role(rules: &str) -> String {
    format!(r#"{{"kind":"ClusterRole","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{{"name":"there"}},"rules":[{rules}]}}"#)
}

#[test]
fn reconcile_of_a_role_adds_what_is_missing() {
    let server = server(Vec::new());
    let manifest = role(r#"{"verbs":["get","list"],"apiGroups":[""],"resources":["pods"]}"#);
    let outcome = reconcile(&server, &manifest, &[]);
    let err = "\treconciliation required update\n\tmissing rules added:\n\
               \t\t{Verbs:[list] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}\n";
    let out = "clusterrole.rbac.authorization.k8s.io/there reconciled\n";
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, out, err));
    let body = ROLE.replace("]}]}", r#"]},{"verbs":["list"],"apiGroups":[""],"resources":["pods"]}]}"#);
    assert_eq!(written(&server), [format!("PUT {GROUP}/clusterroles/there {body}")]);
}

#[test]
fn reconcile_of_a_role_removes_what_is_extra_if_told() {
    let server = server(Vec::new());
    let outcome = reconcile(&server, &role(""), &["--remove-extra-permissions"]);
    let err = "\treconciliation required update\n\textra rules removed:\n\
               \t\t{Verbs:[get] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (0, err));
    assert!(written(&server)[0].ends_with(r#""rules":[]}"#), "{:?}", written(&server));
}

#[test]
fn reconcile_of_what_is_as_it_should_be_writes_nothing() {
    let server = server(Vec::new());
    for (manifest, name) in [(ROLE, "clusterrole"), (BINDING, "rolebinding")] {
        let outcome = reconcile(&server, manifest, &["--remove-extra-permissions", "--remove-extra-subjects"]);
        let out = format!("{name}.rbac.authorization.k8s.io/there reconciled\n");
        assert_eq!((outcome.code, outcome.out, outcome.err.as_str()), (0, out, ""));
    }
    assert_eq!(written(&server), Vec::<String>::new());
}

#[test]
fn reconcile_of_a_binding_adds_and_removes_subjects() {
    let server = server(Vec::new());
    let manifest = BINDING.replace("jane", "joe");
    let outcome = reconcile(&server, &manifest, &["--remove-extra-subjects"]);
    let subject = |name: &str| format!("\t\t{{Kind:User APIGroup:rbac.authorization.k8s.io Name:{name} Namespace:}}\n");
    let err = format!(
        "\treconciliation required update\n\tmissing subjects added:\n{}\textra subjects removed:\n{}",
        subject("joe"),
        subject("jane")
    );
    assert_eq!((outcome.code, outcome.err), (0, err));
    assert_eq!(
        written(&server),
        [format!("PUT {GROUP}/namespaces/n/rolebindings/there {manifest}")]
    );
}

#[test]
fn reconcile_of_a_binding_to_another_role_makes_it_anew() {
    let server = server(Vec::new());
    let manifest = BINDING.replace("\"r\"", "\"other\"").replace(",\"uid\":\"u\"", "");
    let outcome = reconcile(&server, &manifest, &[]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, "\treconciliation required recreate\n"));
    assert_eq!(
        written(&server),
        [
            format!(
                r#"DELETE {GROUP}/namespaces/n/rolebindings/there {{"kind":"DeleteOptions","apiVersion":"rbac.authorization.k8s.io/v1","preconditions":{{"uid":"u"}}}}"#
            ),
            r#"POST /api/v1/namespaces {"kind":"Namespace","apiVersion":"v1","metadata":{"name":"n"},"spec":{},"status":{}}"#.to_owned(),
            format!("POST {GROUP}/namespaces/n/rolebindings {manifest}"),
        ]
    );
}

#[test]
fn reconcile_goes_on_where_the_namespace_is_none_of_its_business() {
    let manifest = BINDING.replace("there", "new");
    let forbidden = offers::refusal(403, "Forbidden", "no");
    let server = server(vec![("POST", forbidden)]);
    let outcome = reconcile(&server, &manifest, &[]);
    assert_eq!((outcome.code, written(&server).len()), (0, 2), "{}", outcome.err);
    assert!(
        outcome
            .err
            .starts_with("\treconciliation required create\n\tmissing subjects added:\n")
    );
}

#[test]
fn reconcile_begins_anew_where_others_are_quicker_but_not_for_ever() {
    let missing = || ("PUT", offers::refusal(404, "NotFound", "not there"));
    let manifest = role(r#"{"verbs":["list"],"apiGroups":[""],"resources":["pods"]}"#);
    for (refusals, code, err) in [
        (2, 0, "\treconciliation required update"),
        (3, 1, "error: exceeded maximum attempts\n"),
    ] {
        let server = server((0..refusals).map(|_| missing()).collect());
        let outcome = reconcile(&server, &manifest, &[]);
        assert_eq!((outcome.code, written(&server).len()), (code, 3));
        assert!(outcome.err.starts_with(err), "{}", outcome.err);
    }
}

#[test]
fn reconcile_leaves_alone_what_asks_for_it() {
    let server = Server::start(|_| {
        let metadata = r#""metadata":{"annotations":{"rbac.authorization.kubernetes.io/autoupdate":"false"},"#;
        Reply::Json(200, ROLE.replace(r#""metadata":{"#, metadata))
    });
    let outcome = reconcile(&server, &role(r#"{"verbs":["list"],"apiGroups":[""],"resources":["pods"]}"#), &[]);
    let caveat = "\treconciliation required update, but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)\n";
    assert!(outcome.err.starts_with(caveat), "{}", outcome.err);
    assert_eq!(written(&server), Vec::<String>::new());
}

#[test]
fn reconcile_of_what_it_cannot_take_says_so() {
    let server = server(Vec::new());
    let map = r#"{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"c"}}"#;
    let old = ROLE.replace("/v1\"", "/v1beta1\"");
    let foreign = r#"{"kind":"Role","apiVersion":"example.com/v1","metadata":{"name":"c"}}"#;
    for (manifest, words, sentence) in [
        (map, &[][..], ""),
        (
            &old,
            &[],
            "only rbac.authorization.k8s.io/v1 is supported: not *v1beta1.ClusterRole",
        ),
        (
            foreign,
            &[],
            "unable to decode \"STDIN\": no kind \"Role\" is registered for version \"example.com/v1\" in scheme \"pkg/scheme/scheme.go:28\"",
        ),
        (map, &["x"], "no arguments are allowed"),
        (
            map,
            &["--dry-run=server"],
            "--dry-run=server for command reconcile is not supported yet",
        ),
        (
            map,
            &["--dry-run=x"],
            "error accessing --dry-run flag for command reconcile: Invalid dry-run value (x). Must be \"none\", \"server\", or \"client\".",
        ),
    ] {
        let outcome = reconcile(&server, manifest, words);
        let err = if sentence.is_empty() {
            String::new()
        } else {
            format!("error: {sentence}\n")
        };
        assert_eq!((outcome.code, outcome.err), (u8::from(!sentence.is_empty()), err));
    }
    let outcome = Place::new(&server.url()).run(&["auth", "reconcile"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (1, "error: must specify one of -f and -k\n"));
    let unplaced = BINDING.replace(r#""namespace":"n","#, "").replace("there", "new");
    let outcome = reconcile(&server, &unplaced, &["-n", "n"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (1, "error: resource name may not be empty\n"));
    assert_eq!(written(&server), Vec::<String>::new());
}
