//! `create` and its children, `run`, `expose` and `autoscale`: what they send and say where flags are old, empty or odd.

use std::fs;

use super::{Outcome, Place, offers};
use crate::server::{Reply, Server};

const DEPLOYMENT: &str = r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web","namespace":"shop"},"spec":{"selector":{"matchLabels":{"app":"web"}},"template":{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80}]}]}}}}"#;

/// A server that takes whatever is created, and has a deployment and tokens.
fn server() -> Server {
    Server::start(|asked| {
        offers::answer(asked).unwrap_or_else(|| match asked.method.as_str() {
            "GET" => Reply::Json(200, DEPLOYMENT.to_owned()),
            _ if asked.path.contains("/token") => Reply::Json(201, r#"{"kind":"TokenRequest","status":{"token":"the.token"}}"#.to_owned()),
            _ => Reply::Json(201, String::from_utf8(asked.body.clone()).unwrap()),
        })
    })
}

/// Runs a line, and gives what was sent: method and path, and body.
fn sent(line: &str, input: &str) -> (Outcome, Vec<(String, String)>) {
    let server = server();
    let words: Vec<&str> = line.split(' ').collect();
    let outcome = Place::new(&server.url()).run_with(&words, input);
    let writes = server.asked().into_iter().filter(|asked| asked.method == "POST");
    let writes = writes.map(|asked| (asked.path, String::from_utf8(asked.body).unwrap())).collect();
    (outcome, writes)
}

/// Runs a line that must not send anything.
fn said(line: &str, input: &str) -> (u8, String, String) {
    let (outcome, writes) = sent(line, input);
    assert_eq!(writes, [], "{line}");
    (outcome.code, outcome.out, outcome.err)
}

#[test]
fn dry_run_in_its_old_forms_does_what_it_did_and_is_warned_of() {
    for (form, out, warning, writes) in [
        (
            "--dry-run",
            "namespace/x created (dry run)\n",
            "--dry-run is deprecated and can be replaced with --dry-run=client.\n",
            0,
        ),
        (
            "--dry-run=true",
            "namespace/x created (dry run)\n",
            "--dry-run=true is deprecated (boolean value) and can be replaced with --dry-run=client.\n",
            0,
        ),
        (
            "--dry-run=F",
            "namespace/x created\n",
            "--dry-run=F is deprecated (boolean value) and can be replaced with --dry-run=none.\n",
            1,
        ),
    ] {
        let (outcome, sent) = sent(&format!("create ns x {form}"), "");
        assert_eq!((outcome.code, outcome.out.as_str(), sent.len()), (0, out, writes), "{form}");
        let (head, sentence) = outcome.err.split_once("] ").unwrap();
        assert!(head.starts_with('W') && head.contains(" helpers.go:"), "{head}");
        assert_eq!(sentence, warning);
    }
    let (code, _, err) = said("create ns x --dry-run=maybe", "");
    assert_eq!(
        (code, err.as_str()),
        (
            1,
            "error: Invalid dry-run value (maybe). Must be \"none\", \"server\", or \"client\".\n"
        )
    );
}

#[test]
fn create_without_a_name_says_so_once_its_flags_make_sense() {
    for line in [
        "ns",
        "sa",
        "quota",
        "pdb",
        "configmap",
        "secret generic",
        "role",
        "clusterrole",
        "rolebinding",
    ] {
        let (_, _, err) = said(&format!("create {line} "), "");
        assert_eq!(err, "error: name must be specified\n", "{line}");
    }
    assert!(said("create ns  --dry-run=x", "").2.starts_with("error: Invalid dry-run value"));
    assert_eq!(said("create token ", "").2, "error: service account name is required\n");
    assert_eq!(said("run  --image=x", "").2, "error: Parameter: name is required\n");
}

#[test]
fn create_in_a_namespace_that_no_path_can_hold_sends_nothing() {
    let fault = "invalid namespace \"a/b\": [may not contain '/']\n";
    for (line, input, before) in [
        ("create deploy x --image=i -n a/b", "", "error: failed to create deployment: "),
        ("create token x -n a/b", "", "error: failed to create token: "),
        ("run x --image=i -n a/b", "", "error: "),
        (
            "create -f - -n a/b",
            "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}",
            "error: error when creating \"STDIN\": ",
        ),
    ] {
        assert_eq!(said(line, input), (1, String::new(), format!("{before}{fault}")));
    }
}

#[test]
fn create_service_forgets_to_save_its_configuration() {
    let (_, sent) = sent("create svc nodeport x --tcp=80 --node-port=4294967297 --save-config", "");
    assert_eq!(
        sent[0].1,
        "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\",\"labels\":{\"app\":\"x\"}},\"spec\":{\"ports\":[{\"name\":\"80\",\"protocol\":\"TCP\",\"port\":80,\"targetPort\":80,\"nodePort\":1}],\"selector\":{\"app\":\"x\"},\"type\":\"NodePort\"},\"status\":{\"loadBalancer\":{}}}\n"
    );
}

#[test]
fn create_token_prints_nothing_behind_it_unless_a_person_reads_it() {
    assert_eq!(sent("create token x", "").0.out, "the.token");
}

#[test]
fn create_docker_registry_from_files_keeps_the_keys_that_are_given() {
    let place = Place::new("http://127.0.0.1:1");
    fs::write(place.home().join("config"), "{}").unwrap();
    let data = |source: &str| {
        let words = [
            "create",
            "secret",
            "docker-registry",
            "x",
            "--dry-run=client",
            "-o",
            "jsonpath={.data}",
            source,
        ];
        place.run(&words).out
    };
    assert_eq!(data("--from-file=config"), r#"{".dockerconfigjson":"e30="}"#);
    assert_eq!(data("--from-file=other=config"), r#"{"other":"e30="}"#);
}

#[test]
fn record_notes_the_command_line_at_what_is_made() {
    let map = "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}";
    for (line, input, cause) in [
        ("create -f - --record", map, "kubectl create --filename=- --record=true"),
        ("run x --image=i --record", "", "kubectl run x --image=i --record=true"),
        ("expose deploy web --record", "", "kubectl expose deploy web --record=true"),
        (
            "autoscale deploy web --max=3 --record",
            "",
            "kubectl autoscale deploy web --max=3 --record=true",
        ),
    ] {
        let (_, sent) = sent(line, input);
        let note = format!(r#""annotations":{{"kubernetes.io/change-cause":"{cause}"}}"#);
        assert!(sent[0].1.contains(&note), "{line}: {}", sent[0].1);
    }
}

#[test]
fn run_with_overrides_sends_what_the_types_hold_to_where_pods_are() {
    let (_, sent) = sent(r#"run x --image=i --overrides={"kind":"Service","spec":{"bogus":1},"x":2}"#, "");
    let (path, body) = &sent[0];
    assert_eq!(path, "/api/v1/namespaces/shop/pods?fieldManager=kubectl-run");
    assert_eq!(
        body,
        "{\"kind\":\"Service\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"x\",\"labels\":{\"run\":\"x\"}},\"spec\":{},\"status\":{\"loadBalancer\":{}}}\n"
    );
}

#[test]
fn run_takes_its_name_from_behind_the_dashes_too() {
    let (outcome, _) = sent(
        "run --image=i -o jsonpath={.metadata.name}{.spec.containers[0].args} --dry-run=client -- a b",
        "",
    );
    assert_eq!((outcome.code, outcome.out.as_str()), (0, r#"a["b"]"#));
}

#[test]
fn create_of_metadata_that_go_cannot_hold_sends_nothing() {
    for (metadata, fault) in [
        ("{name: 5}", "number into Go struct field ObjectMeta.metadata.name of type string"),
        (
            "{name: a, labels: {x: true}}",
            "bool into Go struct field ObjectMeta.metadata.labels of type string",
        ),
        (
            "{name: a, generation: x}",
            "string into Go struct field ObjectMeta.metadata.generation of type int64",
        ),
        ("[]", "array into Go struct field metadataOnlyObject.metadata of type v1.ObjectMeta"),
    ] {
        let manifest = format!("{{apiVersion: v1, kind: ConfigMap, metadata: {metadata}}}");
        let (_, _, err) = said("create -f -", &manifest);
        assert_eq!(err, format!("error: unable to decode \"STDIN\": json: cannot unmarshal {fault}\n"));
    }
    let (_, _, err) = said("create -f - --validate=false", "[a]");
    assert_eq!(
        err,
        "error: unable to decode \"STDIN\": json: cannot unmarshal array into Go value of type unstructured.detector\n"
    );
}

#[test]
fn create_of_a_list_of_one_type_knows_its_items_and_of_any_list_wants_types() {
    let items = "items: [{metadata: {name: a}}, {kind: Secret, apiVersion: v1, metadata: {name: b}}]";
    let (outcome, _) = sent(
        "create -f - -o name --dry-run=client",
        &format!("{{apiVersion: v1, kind: ConfigMapList, {items}}}"),
    );
    assert_eq!(outcome.out, "configmap/a\nsecret/b\n");
    let (_, _, err) = said("create -f -", &format!("{{apiVersion: v1, kind: List, {items}}}"));
    assert!(
        err.contains("error validating data: [apiVersion not set, kind not set]; if you choose"),
        "{err}"
    );
    let (_, _, err) = said("create -f - --validate=false", "{apiVersion: v1, kind: List, items: [{kind: A}]}");
    assert_eq!(
        err,
        "unable to get type info from the object \"*unstructured.Unstructured\": Object 'apiVersion' is missing in 'object has no apiVersion field'\n"
    );
}

#[test]
fn create_of_what_lives_in_no_namespace_forgets_the_one_it_names() {
    let (_, sent) = sent(
        "create -f -",
        "{apiVersion: v1, kind: Namespace, metadata: {name: a, namespace: b}}",
    );
    assert_eq!(
        sent[0].1,
        "{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}\n"
    );
}

#[test]
fn create_from_a_url_that_does_not_answer_says_so_as_of_a_server() {
    let (code, _, err) = said("create -f http://127.0.0.1:1/x.yaml", "");
    assert_eq!(
        (code, err.as_str()),
        (
            1,
            "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?\n"
        )
    );
}
