//! `apply` and the pace of `create`: what is sent, in which order, and what is said of it.

use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use serde_json::{Value, json};

use super::{Outcome, Place, offers};
use crate::server::{Asked, Reply, Server};

/// A config map's manifest.
fn manifest(name: &str, value: &str) -> String {
    format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: shop}}\ndata: {{a: {value:?}}}\n")
}

/// What is noted of it.
fn note(name: &str, value: &str) -> String {
    let noted = json!({"apiVersion": "v1", "data": {"a": value}, "kind": "ConfigMap",
        "metadata": {"annotations": {}, "name": name, "namespace": "shop"}});
    format!("{noted}\n")
}

/// A config map as it is after that manifest was applied.
fn live(name: &str, value: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": value}, "metadata": {"name": name, "namespace": "shop",
        "resourceVersion": "7", "uid": format!("uid-{name}"),
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": note(name, value)}}})
}

fn refusal(code: u16, reason: &str, message: &str) -> Reply {
    offers::refusal(code, reason, message)
}

/// The server's word that there is no such config map.
fn not_found() -> Reply {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404,
        "message": "configmaps \"a\" not found", "details": {"name": "a", "kind": "configmaps"}});
    Reply::Json(404, status.to_string())
}

/// What was asked for, but for what every command asks for: the method, the path without its query, and the body.
fn asked(server: &Server) -> Vec<(String, String, Value)> {
    let asked = server
        .asked()
        .into_iter()
        .filter(|asked| !matches!(asked.path.split('?').next(), Some("/api" | "/apis")));
    asked
        .map(|asked| {
            let path = asked.path.split('?').next().unwrap_or_default().to_owned();
            (asked.method, path, serde_json::from_slice(&asked.body).unwrap_or_default())
        })
        .collect()
}

fn methods(server: &Server) -> Vec<String> {
    asked(server).into_iter().map(|(method, ..)| method).collect()
}

/// Applies a manifest with a few more words.
fn apply(server: &Server, manifest: &str, words: &[&str]) -> Outcome {
    let place = Place::new(&server.url());
    place.run_with(&[&["apply", "-f", "-"], words].concat(), manifest)
}

/// A server with one config map `a`, which answers what changes it as `write` does.
fn with_one(write: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked| match asked.method.as_str() {
        "GET" => offers::answer(asked).unwrap_or_else(|| Reply::Json(200, live("a", "1").to_string())),
        _ => write(asked),
    })
}

const NAME: &str = "/api/v1/namespaces/shop/configmaps/a";

#[test]
fn apply_of_what_is_missing_creates_it_with_its_manifest_noted_and_without_nulls() {
    let server = Server::start(|asked| match asked.method.as_str() {
        "GET" => offers::answer(asked).unwrap_or_else(not_found),
        _ => created(asked),
    });
    let text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: null}\ndata: {a: \"1\"}\n";
    let outcome = apply(&server, text, &[]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "configmap/a created\n", "")
    );
    let asked = asked(&server);
    assert_eq!(
        methods(&server),
        ["GET", "POST"],
        "whether the namespace is there, the creation shows"
    );
    let body = &asked[1].2;
    assert_eq!(body["metadata"].get("labels"), None);
    let noted = body["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"].as_str();
    let want = r#"{"apiVersion":"v1","data":{"a":"1"},"kind":"ConfigMap","metadata":{"annotations":{},"labels":null,"name":"a","namespace":"shop"}}"#;
    assert_eq!(noted, Some(format!("{want}\n").as_str()));
    assert!(
        server
            .paths()
            .iter()
            .any(|path| path.ends_with("?fieldManager=kubectl-client-side-apply&fieldValidation=Strict"))
    );
}

#[test]
fn apply_of_what_is_there_already_only_looks() {
    let server = with_one(|_| refusal(500, "InternalError", "nothing was to be written"));
    let outcome = apply(&server, &manifest("a", "1"), &[]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "configmap/a unchanged\n"));
    let printed = apply(&server, &manifest("a", "1"), &["-o", "jsonpath={.metadata.uid}"]);
    assert_eq!((printed.code, printed.out.as_str()), (0, "uid-a"));
    assert_eq!(methods(&server), ["GET", "GET"]);
}

#[test]
fn apply_dry_run_on_the_client_shows_what_the_patch_would_make() {
    let server = with_one(|_| refusal(500, "InternalError", "nothing was to be written"));
    let words = ["--dry-run=client", "-o", "jsonpath={.data.a} {.metadata.uid}"];
    let outcome = apply(&server, &manifest("a", "2"), &words);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "2 uid-a"));
    let said = apply(&server, &manifest("a", "2"), &["--dry-run=client"]);
    assert_eq!(said.out, "configmap/a configured (dry run)\n");
}

#[test]
fn apply_makes_the_patch_anew_where_the_object_has_changed_meanwhile() {
    let patches = AtomicUsize::new(0);
    let server = with_one(move |_| match patches.fetch_add(1, Ordering::SeqCst) {
        0 => refusal(409, "Conflict", "the object has been modified"),
        _ => Reply::Json(200, live("a", "2").to_string()),
    });
    let outcome = apply(&server, &manifest("a", "2"), &[]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "configmap/a configured\n"));
    assert_eq!(methods(&server), ["GET", "PATCH", "GET", "PATCH"]);
}

#[test]
fn apply_of_what_the_server_refuses_shows_the_patch_and_the_object() {
    let server = with_one(|_| refusal(403, "Forbidden", "not you"));
    let outcome = apply(&server, &manifest("a", "2"), &[]);
    let patch = json!({"data": {"a": "2"}, "metadata": {"annotations":
        {"kubectl.kubernetes.io/last-applied-configuration": note("a", "2")}}});
    let want = format!(
        "Error from server (Forbidden): error when applying patch:\n{patch}\nto:\nResource: \"/v1, Resource=configmaps\", \
         GroupVersionKind: \"/v1, Kind=ConfigMap\"\nName: \"a\", Namespace: \"shop\"\nfor: \"STDIN\": error when patching \"STDIN\": \
         not you\n"
    );
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err), (1, "", want));
}

#[test]
fn apply_without_overwrite_leaves_alone_what_others_have_changed() {
    let server = Server::start(|asked| {
        let mut changed = live("a", "1");
        changed["data"]["a"] = json!("another's");
        offers::answer(asked).unwrap_or_else(|| Reply::Json(200, changed.to_string()))
    });
    let outcome = apply(&server, &manifest("a", "2"), &["--overwrite=false"]);
    assert_eq!(outcome.code, 1);
    for part in [
        "warning: error calculating patch from openapi v3 spec: patch:\n",
        "conflicts with changes made from original to current:\ndata:\n  a: another's\n",
        "error when patching \"STDIN\": creating patch with:\noriginal:\n",
    ] {
        assert!(outcome.err.contains(part), "{part}: {}", outcome.err);
    }
    assert_eq!(methods(&server), ["GET"]);
}

/// A server with a config map that cannot be patched, only deleted, and creates one as `create` does.
fn with_one_immutable(create: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Server {
    let gone = AtomicUsize::new(0);
    Server::start(move |asked| match asked.method.as_str() {
        "GET" => offers::answer(asked).unwrap_or_else(|| match gone.load(Ordering::SeqCst) {
            0 => Reply::Json(200, live("a", "1").to_string()),
            _ => not_found(),
        }),
        "PATCH" => refusal(422, "Invalid", "immutable"),
        "DELETE" => {
            gone.store(1, Ordering::SeqCst);
            Reply::Json(200, json!({"kind": "Status", "status": "Success"}).to_string())
        }
        _ => create(asked),
    })
}

/// The answer to a creation.
fn created(asked: &Asked) -> Reply {
    Reply::Json(201, String::from_utf8(asked.body.clone()).unwrap())
}

#[test]
fn apply_force_replaces_what_cannot_be_patched() {
    let server = with_one_immutable(created);
    let outcome = apply(&server, &manifest("a", "2"), &["--force", "--grace-period=3", "--cascade=orphan"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (0, "configmap/a configured\n"));
    let asked = asked(&server);
    assert_eq!(methods(&server), ["GET", "PATCH", "DELETE", "GET", "POST"]);
    assert_eq!(asked[2].2, json!({"gracePeriodSeconds": 3, "propagationPolicy": "Orphan"}));
    assert_eq!(asked[4].2["data"]["a"], "2");
}

#[test]
fn apply_force_that_fails_puts_the_object_back() {
    let creations = AtomicUsize::new(0);
    let server = with_one_immutable(move |asked| match creations.fetch_add(1, Ordering::SeqCst) {
        0 => refusal(403, "Forbidden", "not you"),
        _ => created(asked),
    });
    let outcome = apply(&server, &manifest("a", "2"), &["--force"]);
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    assert!(outcome.err.ends_with("for: \"STDIN\": not you\n"), "{}", outcome.err);
    let back = asked(&server).pop().unwrap().2;
    assert_eq!((&back["data"]["a"], back["metadata"].get("resourceVersion")), (&json!("1"), None));
}

#[test]
fn apply_warns_of_objects_that_were_never_applied_or_are_on_their_way_out() {
    let bare = |deleted: bool| {
        let mut object = live("a", "1");
        object["metadata"]["annotations"] = json!({});
        if deleted {
            object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        }
        object.to_string()
    };
    let server = Server::start(move |asked| offers::answer(asked).unwrap_or_else(|| Reply::Json(200, bare(asked.method == "PATCH"))));
    let outcome = apply(&server, &manifest("a", "2"), &[]);
    let want = "Warning: resource configmaps/a is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is \
        required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create \
        --save-config or kubectl apply. The missing annotation will be patched automatically.\nWarning: Detected changes to \
        resource a which is currently being deleted.\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (0, want));
}

/// Fields that a manager owns.
fn owner(manager: &str, operation: &str, fields: &Value) -> Value {
    json!({"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields})
}

#[test]
fn apply_on_the_server_hands_over_what_was_applied_from_here() {
    let noted = json!({"f:metadata": {"f:annotations": {"f:kubectl.kubernetes.io/last-applied-configuration": {}}}, "f:data": {"f:b": {}}});
    let owned = json!({"f:data": {"f:a": {}}});
    let server = with_one(move |asked| {
        let mut object = live("a", "1");
        let is_note = asked.path.contains("fieldManager=kubectl-last-applied");
        let note = owner("kubectl-last-applied", "Apply", &json!({"f:metadata": noted["f:metadata"]}));
        let mut owners = vec![
            owner("kubectl", "Apply", &owned),
            owner("kubectl-client-side-apply", "Update", &noted),
        ];
        if is_note {
            owners.push(note);
        }
        object["metadata"]["managedFields"] = json!(owners);
        Reply::Json(200, object.to_string())
    });
    let outcome = apply(&server, &manifest("a", "1"), &["--server-side"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "configmap/a serverside-applied\n", "")
    );
    let sent: Vec<(String, String)> = server
        .asked()
        .into_iter()
        .map(|asked| (asked.header("content-type").to_owned(), asked.path.replace(NAME, "")))
        .collect();
    let (yaml, json_patch) = ("application/apply-patch+yaml", "application/json-patch+json");
    let applied = "?fieldManager=kubectl&fieldValidation=Strict&force=false";
    let want = [
        (yaml, applied),
        (yaml, "?fieldManager=kubectl-last-applied&fieldValidation=Strict"),
        (json_patch, "?fieldManager=kubectl&fieldValidation=Strict"),
        (yaml, applied),
    ];
    assert_eq!(sent, want.map(|(media, query)| (media.to_owned(), query.to_owned())));
    let bodies: Vec<Value> = asked(&server).into_iter().map(|(.., body)| body).collect();
    assert_eq!(bodies[1]["metadata"]["annotations"].as_object().unwrap().len(), 1);
    let moved = &bodies[2][0]["value"];
    assert_eq!(moved[0]["fieldsV1"]["f:data"], json!({"f:a": {}, "f:b": {}}));
    assert_eq!(moved.as_array().unwrap().len(), 2, "the old manager owns nothing any more");
    assert_eq!(
        bodies[2][1],
        json!({"op": "replace", "path": "/metadata/resourceVersion", "value": "7"})
    );
}

#[test]
fn apply_on_the_server_explains_conflicts_and_what_old_servers_say() {
    let conflict = with_one(|_| refusal(409, "Conflict", "Apply failed with 1 conflict"));
    let outcome = apply(&conflict, &manifest("a", "1"), &["--server-side"]);
    assert!(
        outcome
            .err
            .starts_with("error: Apply failed with 1 conflict\nPlease review the fields above"),
        "{}",
        outcome.err
    );
    let old = with_one(|_| refusal(415, "UnsupportedMediaType", "no such patch"));
    let outcome = apply(&old, &manifest("a", "1"), &["--server-side", "--force-conflicts"]);
    assert_eq!(
        outcome.err,
        "error: Server-side apply not available on the server: (no such patch)\n"
    );
    assert!(old.paths().last().unwrap().ends_with("&force=true"));
}

#[test]
fn apply_of_a_manifest_without_a_name_asks_for_nothing() {
    let server = with_one(|_| refusal(500, "InternalError", "nothing was to be asked"));
    let nameless = "apiVersion: v1\nkind: ConfigMap\nmetadata: {namespace: shop}\n";
    let sent = apply(&server, nameless, &["--server-side"]);
    assert_eq!((sent.code, sent.err.as_str()), (1, "error: resource name may not be empty\n"));
    let looked = apply(&server, nameless, &[]);
    let want = "from server for: \"STDIN\": resource name may not be empty\n";
    assert!(looked.err.ends_with(want), "{}", looked.err);
    let named_later = apply(&server, &nameless.replace("{", "{generateName: a-, "), &[]);
    assert_eq!(named_later.err, "error: from a-: cannot use generate name with apply\n");
    assert_eq!(methods(&server), [""; 0]);
}

#[test]
fn apply_prints_objects_only_where_all_went_well() {
    let server = with_one(|asked| match asked.body.windows(5).any(|part| part == b"\"bad\"") {
        true => refusal(400, "BadRequest", "bad"),
        false => Reply::Json(200, live("a", "2").to_string()),
    });
    let both = manifest("a", "2") + &manifest("b", "2");
    let outcome = apply(&server, &both, &["-o", "json"]);
    let list: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(
        (list["kind"].as_str(), list["items"].as_array().map(Vec::len)),
        (Some("List"), Some(2))
    );
    let keys: Vec<usize> = ["\"kind\": \"List\"", "\"apiVersion\": \"v1\",\n    \"metadata\": {}", "\"items\""]
        .into_iter()
        .map(|part| outcome.out.find(part).unwrap())
        .collect();
    assert!(keys.is_sorted(), "in the order of Go's struct: {}", outcome.out);
    let template = apply(&server, &both, &["--template", "{{.kind}} "]);
    assert_eq!(
        template.out, "ConfigMap ConfigMap ",
        "a template without a form is for each object by itself"
    );
    let unknown = apply(&server, &both, &["-o", "wide"]);
    assert!(unknown.err.starts_with("error: unable to match a printer"), "{}", unknown.err);
    assert_eq!(methods(&server).last().unwrap(), "PATCH", "kubectl finds that out last");
    let failed = apply(&server, &(manifest("a", "2") + &manifest("b", "bad")), &["-o", "json"]);
    assert_eq!((failed.code, failed.out.as_str()), (1, ""));
}

#[test]
fn apply_refuses_flags_that_exclude_each_other() {
    let server = with_one(|_| refusal(500, "InternalError", "nothing was to be asked"));
    for (words, sentence) in [
        (&["--force-conflicts"][..], "--force-conflicts only works with --server-side"),
        (&["--server-side", "--force"], "--force cannot be used with --server-side"),
        (&["--dry-run=server", "--force"], "--dry-run=server cannot be used with --force"),
        (&["--all", "-l", "a=b"], "cannot set --all and --selector at the same time"),
        (&["--subresource=status"], "--subresource can only be specified for --server-side"),
        (&["--concurrency=0"], "--concurrency must be at least 1"),
        (
            &["--server-side", "--dry-run=client"],
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ),
    ] {
        let outcome = apply(&server, &manifest("a", "1"), words);
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {sentence}\n")), "{words:?}");
    }
    assert!(server.asked().is_empty());
}

#[test]
fn apply_and_create_on_a_server_that_is_gone_say_so_once_for_each_source() {
    let url = with_one(|_| refusal(500, "InternalError", "gone")).url();
    let place = Place::new("http://127.0.0.1:1");
    assert_ne!(url, "http://127.0.0.1:1");
    let text = manifest("a", "1") + &manifest("b", "1");
    for verb in ["apply", "create"] {
        let outcome = place.run_with(&[verb, "-f", "-"], &text);
        let want = "error: error validating \"STDIN\": error validating data: failed to download openapi: Get \
            \"http://127.0.0.1:1/openapi/v2?timeout=32s\": dial tcp 127.0.0.1:1: connect: connection refused; if you choose to ignore \
            these errors, turn validation off with --validate=false\n";
        assert_eq!((outcome.code, outcome.err.as_str()), (1, want), "{verb}");
        let unchecked = place.run_with(&[verb, "-f", "-", "--validate=false"], &manifest("a", "1"));
        let last = unchecked.err.lines().last().unwrap();
        let want = "error: unable to recognize \"STDIN\": Get \"http://127.0.0.1:1/api?timeout=32s\": dial tcp 127.0.0.1:1: connect: \
            connection refused";
        assert_eq!((unchecked.code, last), (1, want), "{verb}");
    }
}

/// A server without objects that notes how many writes it has been asked at a time at most, and warns of each.
fn counting(most: &'static Mutex<(usize, usize)>) -> Server {
    Server::start(move |asked| match asked.method.as_str() {
        "GET" => offers::answer(asked).unwrap_or_else(not_found),
        _ => {
            let mut now = most.lock().unwrap();
            now.0 += 1;
            now.1 = now.1.max(now.0);
            drop(now);
            let body = String::from_utf8(asked.body.clone()).unwrap();
            let sent: Value = serde_json::from_str(&body).unwrap();
            let name = sent["metadata"]["name"].as_str().unwrap().to_owned();
            // The earlier ones take longer: who does not keep them in order mixes them up.
            let steps = 40_usize.saturating_sub(name[1..].parse().unwrap());
            (0..steps * 200).for_each(|_| std::thread::yield_now());
            most.lock().unwrap().0 -= 1;
            let head =
                format!("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nWarning: 299 - \"odd {name}\"\r\nConnection: close");
            Reply::Bytes(format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes())
        }
    })
}

#[test]
fn long_manifests_come_out_in_order_whatever_the_pace() {
    static APPLY: Mutex<(usize, usize)> = Mutex::new((0, 0));
    static CREATE: Mutex<(usize, usize)> = Mutex::new((0, 0));
    static SLOW: Mutex<(usize, usize)> = Mutex::new((0, 0));
    let text: String = (0..40).map(|number| manifest(&format!("n{number}"), "1")).collect();
    let out: String = (0..40).map(|number| format!("configmap/n{number} created\n")).collect();
    let err: String = (0..40).map(|number| format!("Warning: odd n{number}\n")).collect();
    for (verb, pace, most) in [("apply", "16", &APPLY), ("create", "16", &CREATE), ("apply", "1", &SLOW)] {
        let server = counting(most);
        let place = Place::new(&server.url());
        let outcome = place.run_with(&[verb, "-f", "-", "--concurrency", pace], &text);
        assert_eq!(
            (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
            (0, out.as_str(), err.as_str())
        );
        let names: Vec<String> = asked(&server)
            .into_iter()
            .filter(|(method, ..)| method == "POST")
            .map(|(.., body)| body["metadata"]["name"].as_str().unwrap().to_owned())
            .collect();
        let first: Vec<String> = (0..12).map(|number| format!("n{number}")).collect();
        assert_eq!(names[..12], first, "the first ones go one by one");
        let most = most.lock().unwrap().1;
        assert!(if pace == "1" { most == 1 } else { most > 1 }, "{verb} at {pace}: {most} at a time");
    }
}
