//! `certificate approve` and `certificate deny` against a server with requests in all states.

use std::sync::Mutex;

use super::{Place, offers, run};
use crate::server::{Asked, Reply, Server};

const COLLECTION: &str = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

fn request(name: &str) -> String {
    let condition = match name {
        "approved" => r#"{"type":"Approved","status":"True"}"#,
        "denied" => r#"{"type":"Denied","status":"True"}"#,
        _ => "",
    };
    format!(
        r#"{{"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{{"name":"{name}"}},"spec":{{"request":"eA==","signerName":"example.com/s","usages":["client auth"]}},"status":{{"conditions":[{condition}]}}}}"#
    )
}

/// A server with requests of any name. `refusals` answer the first writes.
fn server(refusals: Vec<Reply>) -> Server {
    let refusals = Mutex::new(refusals);
    Server::start(move |asked: &Asked| {
        offers::answer(asked).unwrap_or_else(|| {
            if asked.method == "PUT"
                && let Some(refusal) = refusals.lock().unwrap().pop()
            {
                return refusal;
            }
            let name = asked.path.trim_end_matches("/approval").rsplit('/').next().unwrap_or_default();
            Reply::Json(200, request(name))
        })
    })
}

/// Paths and bodies of what was written, times left out.
fn written(server: &Server) -> Vec<(String, String)> {
    let writes = server.asked().into_iter().filter(|asked| asked.method != "GET");
    writes
        .map(|asked| {
            let body = String::from_utf8(asked.body).unwrap();
            let at = body.find("lastUpdateTime\":\"2").map(|at| at + 17..at + 37);
            let body = at.map_or(body.clone(), |at| body.replace(&body[at], "now"));
            (asked.path, body.trim_end().to_owned())
        })
        .collect()
}

#[test]
fn approve_and_deny_add_a_condition() {
    for (verb, condition, reason) in [("approve", "Approved", "KubectlApprove"), ("deny", "Denied", "KubectlDeny")] {
        let server = server(Vec::new());
        let outcome = run(&server, &["certificate", verb, "new"]);
        let done = condition.to_lowercase();
        let out = format!("certificatesigningrequest.certificates.k8s.io/new {done}\n");
        assert_eq!((outcome.code, outcome.out, outcome.err.as_str()), (0, out, ""));
        let body = format!(
            r#"{{"kind":"CertificateSigningRequest","apiVersion":"certificates.k8s.io/v1","metadata":{{"name":"new"}},"spec":{{"request":"eA==","signerName":"example.com/s","usages":["client auth"]}},"status":{{"conditions":[{{"type":"{condition}","status":"True","reason":"{reason}","message":"This CSR was {done} by kubectl certificate {verb}.","lastUpdateTime":"now","lastTransitionTime":null}}]}}}}"#
        );
        assert_eq!(written(&server), [(format!("{COLLECTION}/new/approval"), body)]);
    }
}

#[test]
fn approve_of_what_is_approved_writes_only_if_forced() {
    for (force, writes) in [(false, 0), (true, 1)] {
        let server = server(Vec::new());
        let outcome = run(&server, &["certificate", "approve", "approved", &format!("--force={force}")]);
        let out = "certificatesigningrequest.certificates.k8s.io/approved approved\n";
        assert_eq!((outcome.code, outcome.out.as_str()), (0, out));
        assert_eq!(written(&server).len(), writes);
    }
}

#[test]
fn deny_of_several_says_what_is_wrong_with_some_and_goes_on() {
    let server = server(Vec::new());
    let outcome = run(
        &server,
        &["certificate", "deny", "approved", "certificatesigningrequests/new", "-o", "name"],
    );
    let err = "error: certificate signing request \"approved\" is already Approved\n";
    let out = "certificatesigningrequest.certificates.k8s.io/new\n";
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (1, out, err));
    assert_eq!(written(&server).len(), 1);
    assert_eq!(server.paths().iter().filter(|path| path.ends_with("/new")).count(), 1);
}

#[test]
fn approve_against_conflicts_looks_again_but_not_for_ever() {
    let conflict = || offers::refusal(409, "Conflict", "somebody else");
    for (conflicts, code) in [(10, 0), (11, 1)] {
        let server = server((0..conflicts).map(|_| conflict()).collect());
        let outcome = run(&server, &["certificate", "approve", "new"]);
        assert_eq!((outcome.code, written(&server).len()), (code, 11), "{}", outcome.err);
    }
}

#[test]
fn approve_of_nothing_and_of_something_else_is_a_mistake() {
    let server = server(Vec::new());
    let place = Place::new(&server.url());
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}}"#;
    let outcome = place.run_with(&["certificate", "approve", "-f", "-"], pod);
    let sentence = "no namespace set on resource /v1, Resource=pods \"p\"\n";
    assert!(outcome.code == 1 && outcome.err.ends_with(sentence), "{}", outcome.err);
    let namespace = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"p"}}"#;
    for (words, sentence) in [
        (&[][..], "one or more CSRs must be specified as <name> or -f <filename>"),
        (&["pod/p"], "namespace may not be empty when retrieving a resource by name"),
    ] {
        let outcome = place.run(&[&["certificate", "approve"], words].concat());
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {sentence}\n")), "{words:?}");
    }
    let other = Server::start(move |asked| offers::answer(asked).unwrap_or_else(|| Reply::Json(200, namespace.to_owned())));
    let outcome = Place::new(&other.url()).run_with(&["certificate", "deny", "-f", "-"], namespace);
    let sentence = "error: can only handle CertificateSigningRequest.certificates.k8s.io objects, got Namespace\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence));
    let outcome = place.run_with(
        &["certificate", "deny", "-f", "-"],
        r#"{"apiVersion":"v1","kind":"List","items":[]}"#,
    );
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "No resources found\n"));
    assert!(written(&server).is_empty() && written(&other).is_empty());
}
