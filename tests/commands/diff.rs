//! `diff`: what it asks the server, what it shows, and that nothing of it stays behind.

use super::{Outcome, Place, offers};
use crate::{
    program_file::write_program,
    server::{Asked, Reply, Server},
};

const MANIFEST: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"2"}}"#;
const LIVE: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop","uid":"u","resourceVersion":"7","managedFields":[],"annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"data\":{\"x\":\"1\",\"y\":\"1\"}}"}},"data":{"x":"1","y":"1"}}"#;
const MERGED: &str =
    r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"shop","managedFields":[]},"data":{"x":"2"}}"#;
const MAPS: &str = "/api/v1/namespaces/shop/configmaps";
const MAP: &str = "/api/v1/namespaces/shop/configmaps/a";

/// Runs a command line where a program that prints all files of both folders shows the differences. Checks that the
/// folders are gone afterwards.
fn run_with(server: &Server, words: &[&str], input: &str) -> Outcome {
    let mut place = Place::new(&server.url());
    let temporary = tempfile::tempdir().unwrap();
    let program = tempfile::tempdir().unwrap();
    let path = program.path().join("show");
    write_program(
        &path,
        "#!/bin/sh\nfor folder in \"$1\" \"$2\"; do cd \"$folder\"; for file in *; do echo \"== $file\"; cat \"$file\"; done; done\nexit 1\n",
    );
    for (name, value) in [
        ("PATH", "/usr/bin:/bin".to_owned()),
        ("TMPDIR", temporary.path().display().to_string()),
        ("KUBECTL_EXTERNAL_DIFF", path.display().to_string()),
    ] {
        place.env.entry(name.to_owned()).or_insert(value);
    }
    let outcome = place.run_with(words, input);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "what stays behind");
    outcome
}

/// A server of config maps and secrets that answers by method and path.
fn answers(answer: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked: &Asked| match asked.path.split('?').next().unwrap_or_default() {
        "/api" => offers::offer(&[("configmaps", "ConfigMap"), ("secrets", "Secret")]),
        path => offers::answer(asked).unwrap_or_else(|| answer(&asked.method, path)),
    })
}

/// Method, path and body of what was written.
fn written(server: &Server) -> Vec<(String, String, String)> {
    let writes = server.asked().into_iter().filter(|asked| asked.method != "GET");
    writes
        .map(|asked| (asked.method, asked.path, String::from_utf8(asked.body).unwrap()))
        .collect()
}

fn ok(body: &str) -> Reply {
    Reply::Json(200, body.to_owned())
}

#[test]
fn diff_of_a_changed_object_sends_the_patch_of_apply_as_a_dry_run_and_shows_both() {
    let server = answers(|method, _| ok(if method == "GET" { LIVE } else { MERGED }));
    let outcome = run_with(&server, &["diff", "-f", "-"], MANIFEST);
    assert_eq!((outcome.code, outcome.err.as_str()), (1, ""));
    assert_eq!(
        outcome.out,
        "== v1.ConfigMap.shop.a\napiVersion: v1\ndata:\n  x: \"1\"\n  \"y\": \"1\"\nkind: ConfigMap\nmetadata:\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{\"data\":{\"x\":\"1\",\"y\":\"1\"}}'\n  name: a\n  namespace: shop\n  resourceVersion: \"7\"\n  uid: u\n\
         == v1.ConfigMap.shop.a\napiVersion: v1\ndata:\n  x: \"2\"\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: shop\n"
    );
    assert_eq!(
        written(&server),
        [(
            "PATCH".to_owned(),
            format!("{MAP}?dryRun=All&fieldManager=kubectl-client-side-apply"),
            r#"{"data":{"x":"2","y":null},"metadata":{"resourceVersion":"7"}}"#.to_owned()
        )]
    );
}

#[test]
fn diff_of_an_object_that_is_as_its_manifest_says_writes_nothing() {
    let server = answers(|_, _| ok(LIVE));
    let manifest = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1","y":"1"}}"#;
    let outcome = run_with(&server, &["diff", "-f", "-", "--show-managed-fields"], manifest);
    assert_eq!(outcome.out.matches("  managedFields: []\n").count(), 2, "{}", outcome.out);
    assert_eq!(written(&server), []);
}

#[test]
fn diff_of_a_new_secret_hides_what_is_in_it_unless_told_to_show() {
    const SECRET: &str =
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"shop","resourceVersion":"1"},"data":{"x":"MQ=="}}"#;
    for (flags, out) in [
        (&[][..], "null\n== v1.Secret.shop.s\napiVersion: v1\ndata:\n  x: '***'\n"),
        (&["--show-secrets"], "== v1.Secret.shop.s\napiVersion: v1\ndata:\n  x: MQ==\n"),
    ] {
        let server = answers(|method, path| match (method, path) {
            ("POST", _) => Reply::Json(201, SECRET.to_owned()),
            (_, "/api/v1/namespaces/shop") => ok("{}"),
            _ => offers::refusal(404, "NotFound", "secrets \\\"s\\\" not found"),
        });
        let outcome = run_with(&server, &[&["diff", "-f", "-"], flags].concat(), SECRET);
        assert_eq!((outcome.code, outcome.err.as_str()), (1, ""));
        assert!(outcome.out.starts_with(&format!("== v1.Secret.shop.s\n{out}")), "{}", outcome.out);
        let [(method, path, body)] = written(&server).try_into().unwrap();
        assert_eq!(
            (method.as_str(), path.as_str()),
            (
                "POST",
                "/api/v1/namespaces/shop/secrets?dryRun=All&fieldManager=kubectl-client-side-apply"
            )
        );
        assert!(!body.contains("resourceVersion"), "{body}");
    }
}

#[test]
fn diff_on_the_servers_side_tries_a_conflict_four_times_and_says_so() {
    let server = answers(|method, _| match method {
        "GET" => ok(LIVE),
        _ => offers::refusal(409, "Conflict", "Apply failed with 1 conflict"),
    });
    let outcome = run_with(&server, &["diff", "-f", "-", "--server-side"], MANIFEST);
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    let mut lines = outcome.err.lines();
    let warning = lines.next().unwrap();
    assert!(
        warning.starts_with('W') && warning.ends_with("] Object (/v1, Kind=ConfigMap: a) keeps changing, diffing without lock"),
        "{warning}"
    );
    assert_eq!(
        lines.collect::<Vec<_>>(),
        ["Error from server (Conflict): Apply failed with 1 conflict"]
    );
    let path = format!("{MAP}?dryRun=All&fieldManager=kubectl&force=false");
    let body =
        "{\"apiVersion\":\"v1\",\"data\":{\"x\":\"2\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"shop\"}}\n";
    assert_eq!(written(&server), vec![("PATCH".to_owned(), path, body.to_owned()); 4]);
}

#[test]
fn diff_of_an_object_that_keeps_changing_ends_without_its_version() {
    let server = answers(|method, _| match method {
        "GET" => ok(LIVE),
        _ => offers::refusal(409, "Conflict", "the object has been modified"),
    });
    let outcome = run_with(&server, &["diff", "-f", "-"], MANIFEST);
    assert_eq!(outcome.code, 2);
    let bodies: Vec<String> = written(&server).into_iter().map(|(.., body)| body).collect();
    assert_eq!(bodies.last().unwrap(), r#"{"data":{"x":"2","y":null}}"#);
    assert!(bodies[0].contains(r#""resourceVersion":"7""#), "{bodies:?}");
}

#[test]
fn diff_that_fails_has_exit_codes_of_its_own_and_leaves_nothing_behind() {
    for (words, err) in [
        (
            &["--bogus"][..],
            "error: unknown flag: --bogus\nSee 'kubectl diff -h' for help and examples\n",
        ),
        (&[], "error: must specify one of -f and -k\n"),
        (
            &["-f", "-", "x"],
            "error: Unexpected args: [x]\nSee 'kubectl diff -h' for help and examples\n",
        ),
        (
            &["-f", "-", "--force-conflicts"],
            "error: --force-conflicts only works with --server-side\n",
        ),
        (&["-f", "nope"], "error: the path \"nope\" does not exist\n"),
        (
            &["-f", "-", "--prune", "--prune-allowlist=v1/Pod"],
            "error: invalid GroupVersionKind format: v1/Pod, please follow <group/version/kind>\n",
        ),
        (&["-f", "-"], "Error from server (Forbidden): no\n"),
    ] {
        let server = answers(|_, _| offers::refusal(403, "Forbidden", "no"));
        let outcome = run_with(&server, &[&["diff"], words].concat(), MANIFEST);
        assert_eq!(
            (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
            (2, "", err),
            "{words:?}"
        );
    }
}

#[test]
fn diff_with_a_program_that_fails_or_is_not_there_says_so() {
    for (program, code, err) in [
        ("true", 0, String::new()),
        ("false", 1, String::new()),
        ("ls --no-such-flag", 2, "error: failed to run \"ls\": exit status 2\n".to_owned()),
        (
            "no-such-program -x",
            2,
            "error: failed to run \"no-such-program\": executable file not found in $PATH\n".to_owned(),
        ),
        (" -x", 2, "error: failed to run \"\": exec: no command\n".to_owned()),
    ] {
        let server = answers(|_, _| ok(LIVE));
        let mut place = Place::new(&server.url());
        place.env.insert("PATH".to_owned(), "/usr/bin:/bin".to_owned());
        place.env.insert("KUBECTL_EXTERNAL_DIFF".to_owned(), program.to_owned());
        let outcome = place.run_with(&["diff", "-f", "-"], MANIFEST);
        assert_eq!(outcome.code, code, "{program}");
        assert!(outcome.err.ends_with(&err), "{program}: {}", outcome.err);
    }
}

#[test]
fn diff_with_prune_shows_what_was_applied_and_is_in_no_manifest_as_gone() {
    const OTHERS: &str = r#"{"kind":"ConfigMapList","apiVersion":"v1","items":[
        {"metadata":{"name":"a","namespace":"shop","uid":"u","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}}},
        {"metadata":{"name":"old","namespace":"shop","uid":"o","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{}"}}},
        {"metadata":{"name":"made","namespace":"shop","uid":"m"}}]}"#;
    let server = answers(|method, path| match (method, path) {
        ("GET", MAPS) => ok(OTHERS),
        ("GET", _) => ok(LIVE),
        _ => ok(MERGED),
    });
    let words = ["diff", "-f", "-", "--prune", "-l", "!x", "--prune-allowlist=core/v1/ConfigMap"];
    let outcome = run_with(&server, &words, MANIFEST);
    assert_eq!((outcome.code, outcome.err.as_str()), (1, ""));
    let files: Vec<&str> = outcome.out.lines().filter(|line| line.starts_with("==")).collect();
    assert_eq!(
        files,
        ["== v1.ConfigMap.shop.a", "== v1.ConfigMap.shop.old", "== v1.ConfigMap.shop.a"]
    );
    assert!(
        server.paths().contains(&format!("{MAPS}?labelSelector=%21x")),
        "{:?}",
        server.paths()
    );
}
