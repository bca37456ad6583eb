//! `patch`: what is sent, and what is said of what cannot be patched.

use serde_json::{Value, json};

use super::{Outcome, Place, offers};
use crate::server::{Asked, Reply, Server};

/// A config map `a`, whatever is asked of it.
fn server() -> Server {
    Server::start(|asked: &Asked| match asked.method.as_str() {
        "GET" if asked.path.starts_with("/api/v1/") => Reply::Json(200, map(json!({})).to_string()),
        "GET" if asked.path.starts_with("/api?") => offers::offer(&[("configmaps", "ConfigMap")]),
        "GET" => offers::aggregated(""),
        _ if asked.path.contains("/configmaps/gone") => offers::refusal(404, "NotFound", "configmaps \\\"gone\\\" not found"),
        _ => Reply::Json(200, map(json!({"patched": "yes"})).to_string()),
    })
}

fn map(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}, "data": data})
}

fn patch(server: &Server, words: &[&str], input: &str) -> Outcome {
    Place::new(&server.url()).run_with(&[&["patch", "-n", "shop"], words].concat(), input)
}

/// The bodies of the patches that were sent.
fn sent(server: &Server) -> Vec<Value> {
    let patches = server.asked().into_iter().filter(|asked| asked.method == "PATCH");
    patches.map(|asked| serde_json::from_slice(&asked.body).unwrap()).collect()
}

#[test]
fn patch_that_is_recorded_notes_the_command_line_in_a_patch_of_its_own() {
    let server = server();
    let outcome = patch(&server, &["cm", "a", "-p", "{\"data\":{\"b\":\"c\"}}", "--record"], "");
    assert_eq!(outcome.out, "configmap/a patched\n");
    let patches = sent(&server);
    assert_eq!(patches[0], json!({"data": {"b": "c"}}));
    let cause = patches[1]["metadata"]["annotations"]["kubernetes.io/change-cause"]
        .as_str()
        .unwrap();
    assert!(cause.starts_with("kubectl patch cm a --namespace=shop --patch={"), "{cause}");
    assert_eq!(patches.len(), 2);
}

#[test]
fn patch_of_files_says_what_could_not_be_read_behind_what_could_not_be_patched() {
    let text = "{apiVersion: v1, metadata: {name: x}}\n---\n{apiVersion: v1, kind: Nope, metadata: {name: nope}}\n---\n\
                {apiVersion: v1, kind: ConfigMap, metadata: {name: gone}}\n";
    let outcome = patch(&server(), &["-f", "-", "-p", "{}"], text);
    assert_eq!(
        outcome.err,
        "Error from server (NotFound): configmaps \"gone\" not found\n[unable to decode \"STDIN\": Object 'Kind' is missing in \
         '{\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\"}}', resource mapping not found for name: \"nope\" namespace: \"\" \
         from \"STDIN\": no matches for kind \"Nope\" in version \"v1\"\nensure CRDs are installed first]\n"
    );
}

#[test]
fn patch_in_a_form_that_is_none_is_sent_before_that_is_said() {
    let server = server();
    let outcome = patch(&server, &["cm", "a", "-p", "{}", "-o", "wide"], "");
    assert!(
        outcome
            .err
            .starts_with("error: unable to match a printer suitable for the output format \"wide\"")
    );
    assert_eq!((outcome.code, sent(&server).len()), (1, 1));
}

#[test]
fn patch_applied_here_must_be_one_and_leave_an_object() {
    let cases = [
        ("strategic", "{bad", "invalid JSON document"),
        ("strategic", "[]", "invalid JSON document"),
        ("merge", "{bad", "Invalid JSON Patch"),
        ("merge", "\"x\"", "Invalid JSON Patch"),
        (
            "merge",
            "[]",
            "json: cannot unmarshal array into Go value of type unstructured.detector",
        ),
        ("json", "[null]", "Unexpected kind: unknown"),
    ];
    for (kind, text, fault) in cases {
        let outcome = patch(&server(), &["cm", "a", "--type", kind, "-p", text, "--dry-run=client"], "");
        assert_eq!(outcome.err, format!("error: {fault}\n"), "{kind} {text}");
    }
    let outcome = patch(&server(), &["cm", "a", "-p", "{\"kind\":null}", "--dry-run=client"], "");
    assert!(
        outcome
            .err
            .starts_with("error: Object 'Kind' is missing in '{\"apiVersion\":\"v1\","),
        "{}",
        outcome.err
    );
    let outcome = patch(&server(), &["cm", "a", "--type=json", "-p", "null", "--dry-run=client"], "");
    assert_eq!(outcome.out, "configmap/a patched (no change)\n");
}
