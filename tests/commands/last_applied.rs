//! `apply view-last-applied` and `apply set-last-applied`: what is noted in objects, and how.

use super::{Place, offers, run};
use crate::server::{Asked, Reply, Server};

const MANIFEST: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1"}}"#;
/// What is noted of the manifest above.
const NOTE: &str =
    r#"{\"apiVersion\":\"v1\",\"data\":{\"x\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\",\"namespace\":\"shop\"}}\n"#;

/// A server with a config map in which this is noted.
fn cluster(note: Option<&'static str>) -> Server {
    Server::start(move |asked: &Asked| {
        offers::answer(asked).unwrap_or_else(|| {
            let annotations = match note {
                Some(note) => format!(r#"{{"kubectl.kubernetes.io/last-applied-configuration":"{note}"}}"#),
                None => "{}".to_owned(),
            };
            Reply::Json(
                200,
                format!(
                    r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"a","namespace":"shop","annotations":{annotations}}}}}"#
                ),
            )
        })
    })
}

fn patches(server: &Server) -> Vec<(String, String)> {
    let patches = server.asked().into_iter().filter(|asked| asked.method == "PATCH");
    patches.map(|asked| (asked.path, String::from_utf8(asked.body).unwrap())).collect()
}

#[test]
fn view_last_applied_prints_the_note_in_either_form_and_refuses_others() {
    for (output, code, out, err) in [
        ("yaml", 0, "b: 1.5\nd: <\n", ""),
        ("json", 0, "{\n  \"d\": \"\\u003c\",\n  \"b\": 1.50\n}\n", ""),
        (
            "name",
            1,
            "",
            "error: Unexpected -o output mode: name, the flag 'output' must be one of yaml|json\nSee 'kubectl apply view-last-applied -h' for help and examples\n",
        ),
    ] {
        let server = cluster(Some(r#"{\"d\":\"\\u003c\", \"b\":1.50}\n"#));
        let outcome = Place::new(&server.url()).run(&["apply", "view-last-applied", "cm/a", "-o", output]);
        assert_eq!(
            (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
            (code, out, err),
            "{output}"
        );
    }
}

#[test]
fn view_last_applied_of_an_object_without_a_note_fails_only_for_files() {
    let server = cluster(None);
    let place = Place::new(&server.url());
    let outcome = place.run(&["apply", "view-last-applied", "cm/a"]);
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, "", ""));
    let outcome = place.run_with(&["apply", "view-last-applied", "-f", "-"], MANIFEST);
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (
            1,
            "error: error when no last-applied-configuration annotation found on resource: a\n \"STDIN\": <nil>\n"
        )
    );
}

#[test]
fn view_last_applied_with_all_and_a_selector_is_refused() {
    let server = cluster(None);
    let outcome = Place::new(&server.url()).run(&["apply", "view-last-applied", "cm", "--all", "-l", "a=b"]);
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (
            1,
            "error: found non-empty label selector \"a=b\" with previously set 'all' parameter. \n"
        )
    );
}

#[test]
fn set_last_applied_notes_the_manifest_unless_it_is_noted_already() {
    let patch = format!("{{\"metadata\":{{\"annotations\":{{\"kubectl.kubernetes.io/last-applied-configuration\":\"{NOTE}\"}}}}}}");
    let path = "/api/v1/namespaces/shop/configmaps/a";
    for (note, flags, out, sent) in [
        (Some("{}"), &[][..], "configmap/a configured\n", Some(path.to_owned())),
        (
            Some("{}"),
            &["--dry-run=server"],
            "configmap/a configured (server dry run)\n",
            Some(format!("{path}?dryRun=All")),
        ),
        (Some("{}"), &["--dry-run=client"], "configmap/a configured (dry run)\n", None),
        (None, &["--create-annotation", "-o", "name"], "configmap/a\n", Some(path.to_owned())),
        (Some(NOTE), &[], "set-last-applied a: no changes required.\n", None),
    ] {
        let server = cluster(note);
        let words = [&["apply", "set-last-applied", "-f", "-"], flags].concat();
        let outcome = Place::new(&server.url()).run_with(&words, MANIFEST);
        assert_eq!(
            (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
            (0, out, ""),
            "{flags:?}"
        );
        let sent: Vec<_> = sent.into_iter().map(|path| (path, patch.clone())).collect();
        assert_eq!(patches(&server), sent, "{flags:?}");
    }
}

#[test]
fn set_last_applied_where_one_object_has_no_note_changes_none() {
    let server = cluster(None);
    let outcome = Place::new(&server.url()).run_with(&["apply", "set-last-applied", "-f", "-"], MANIFEST);
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (
            1,
            "error: no last-applied-configuration annotation found on resource: a, to create the annotation, run the command with --create-annotation\n"
        )
    );
    assert_eq!(patches(&server), []);
}

#[test]
fn view_last_applied_of_all_in_a_namespace_that_is_named_is_refused() {
    let server = cluster(None);
    for words in [&["cm", "--all"][..], &["nope", "--all", "-l", "a=b"]] {
        let words = [&["apply", "view-last-applied", "-n", "shop"], words].concat();
        let outcome = run(&server, &words);
        let sentence = "error: setting 'all' parameter but found a non empty selector. \n";
        assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence), "{words:?}");
    }
    assert_eq!(server.paths(), [""; 0]);
}
