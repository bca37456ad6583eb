//! `apply --prune`, by labels and by apply sets: what it asks for, what it deletes, and in what order.

use super::{Outcome, Place, offers};
use crate::server::{Asked, Reply, Server};

const MANIFEST: &str = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"x":"1"}}"#;
const MAPS: &str = "/api/v1/namespaces/shop/configmaps";
/// The identity of the set that the secret `mine` in the namespace `shop` keeps.
const ID: &str = "applyset-8SPwihOVuQrUGyG8YArxCyrdIYj9DyfNu_fMSj5NnuE-v1";

/// A server of config maps and secrets that answers by method and path.
fn answers(answer: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked: &Asked| match asked.path.split('?').next().unwrap_or_default() {
        "/api" => offers::offer(&[("configmaps", "ConfigMap"), ("secrets", "Secret")]),
        path => offers::answer(asked).unwrap_or_else(|| answer(&asked.method, path)),
    })
}

/// Applies the manifest to a server that has apply sets.
fn apply(server: &Server, flags: &[&str]) -> Outcome {
    let mut place = Place::new(&server.url());
    place.env.insert("KUBECTL_APPLYSET".to_owned(), "True".to_owned());
    place.run_with(&[&["apply", "-f", "-"], flags].concat(), MANIFEST)
}

/// Method, path and body of what was written, or listed, in order.
fn deeds(server: &Server) -> Vec<String> {
    let is_deed = |asked: &Asked| asked.method != "GET" || asked.path.contains("labelSelector");
    let deeds = server.asked().into_iter().filter(is_deed);
    deeds
        .map(|asked| {
            let body = String::from_utf8(asked.body).unwrap();
            format!("{} {} {}", asked.method, asked.path, body.trim_end()).trim_end().to_owned()
        })
        .collect()
}

fn ok(body: &str) -> Reply {
    Reply::Json(200, body.to_owned())
}

/// A config map in which it is noted that it is applied, or not.
fn map(name: &str, is_noted: bool) -> String {
    let note = if is_noted {
        r#""kubectl.kubernetes.io/last-applied-configuration":"{\"apiVersion\":\"v1\",\"data\":{\"x\":\"1\"},\"kind\":\"ConfigMap\",\"metadata\":{\"annotations\":{},\"name\":\"a\",\"namespace\":\"shop\"}}\n""#
    } else {
        ""
    };
    format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}","namespace":"shop","uid":"{name}","annotations":{{{note}}}}},"data":{{"x":"1"}}}}"#
    )
}

fn maps(items: &[String]) -> Reply {
    ok(&format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMapList","items":[{}]}}"#,
        items.join(",")
    ))
}

#[test]
fn apply_with_prune_deletes_what_was_applied_and_is_in_no_manifest() {
    for (flags, said, deleted) in [
        (
            &[][..],
            "",
            Some(r#"{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}"#),
        ),
        (
            &["--cascade=orphan", "--grace-period=5"],
            "",
            Some(r#"{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":5,"propagationPolicy":"Orphan"}"#),
        ),
        (
            &["--dry-run=server"],
            " (server dry run)",
            Some(r#"{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background","dryRun":["All"]}"#),
        ),
        (&["--dry-run=client"], " (dry run)", None),
    ] {
        let server = answers(|method, path| match (method, path) {
            ("GET", MAPS) => maps(&[map("a", true), map("old", true), map("made", false)]),
            ("GET", _) => ok(&map("a", true)),
            _ => ok("{}"),
        });
        let words = [&["--prune", "-l", "!x", "--prune-allowlist=core/v1/ConfigMap"], flags].concat();
        // The selector is for what is read, too.
        let outcome = apply(&server, &words);
        assert_eq!(
            (outcome.code, outcome.out, outcome.err.as_str()),
            (0, format!("configmap/a unchanged{said}\nconfigmap/old pruned{said}\n"), ""),
            "{flags:?}"
        );
        let mut deeds_wanted = vec![format!("GET {MAPS}?labelSelector=%21x")];
        deeds_wanted.extend(deleted.map(|body| format!("DELETE {MAPS}/old {body}")));
        assert_eq!(deeds(&server), deeds_wanted, "{flags:?}");
    }
}

#[test]
fn apply_with_prune_names_the_kind_that_it_may_not_list() {
    let server = answers(|method, path| match (method, path) {
        ("GET", MAPS) => offers::refusal(403, "Forbidden", "configmaps is forbidden"),
        _ => ok(&map("a", true)),
    });
    let outcome = apply(&server, &["--prune", "--all", "--prune-allowlist=core/v1/ConfigMap"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (
            1,
            "configmap/a unchanged\n",
            "error: error pruning namespaced object /v1, Kind=ConfigMap: configmaps is forbidden\n"
        )
    );
}

#[test]
fn apply_with_prune_of_the_usual_kinds_warns_and_looks_at_those_without_namespaces_last() {
    let server = answers(|method, path| match (method, path.ends_with("/a")) {
        ("GET", false) => ok(r#"{"apiVersion":"v1","kind":"List","items":[]}"#),
        _ => ok(&map("a", true)),
    });
    let outcome = apply(&server, &["--prune", "-l", "!x"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str()),
        (0, "configmap/a unchanged\n"),
        "{}",
        outcome.err
    );
    assert!(
        outcome.err.starts_with('W')
            && outcome
                .err
                .contains("] Deprecated: kubectl apply will no longer prune non-namespaced resources"),
        "{}",
        outcome.err
    );
    let mut lists = deeds(&server);
    assert_eq!(lists.len(), 16);
    lists.sort();
    assert_eq!(lists[0], "GET /api/v1/namespaces/shop/configmaps?labelSelector=%21x");
    assert!(
        lists.contains(&"GET /api/v1/persistentvolumes?labelSelector=%21x".to_owned()),
        "{lists:?}"
    );
}

#[test]
fn apply_with_flags_that_do_not_go_with_pruning_is_refused() {
    for (flags, err) in [
        (
            &["--prune"][..],
            "all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector",
        ),
        (&["--prune", "--all", "-l", "a"], "cannot set --all and --selector at the same time"),
        (&["--prune", "--all", "--force"], "--force cannot be used with --prune"),
        (
            &["--prune", "--all", "--prune-allowlist=x"],
            "invalid GroupVersionKind format: x, please follow <group/version/kind>",
        ),
        (&["--applyset=mine", "-n", "shop"], "--applyset requires --prune"),
        (
            &["--applyset=mine", "--prune"],
            "namespace is required to use namespace-scoped ApplySet",
        ),
        (&["--applyset=/", "--prune"], "invalid parent reference \"/\": name cannot be blank"),
        (
            &["--applyset=mine", "-n", "shop", "--prune", "--all"],
            "--all is incompatible with --applyset",
        ),
        (
            &["--applyset=mine", "-n", "shop", "--prune", "-l", "a"],
            "--selector is incompatible with --applyset",
        ),
        (
            &["--applyset=mine", "-n", "shop", "--prune", "--prune-allowlist=core/v1/ConfigMap"],
            "--prune-allowlist is incompatible with --applyset",
        ),
    ] {
        let server = answers(|_, _| ok("{}"));
        let outcome = apply(&server, flags);
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {err}\n")), "{flags:?}");
        assert_eq!(deeds(&server), [""; 0], "{flags:?}");
    }
}

#[test]
fn apply_with_applyset_is_known_only_where_the_environment_says_so() {
    let server = answers(|_, _| ok("{}"));
    let outcome = Place::new(&server.url()).run_with(&["apply", "-f", "-", "--applyset=x"], MANIFEST);
    assert_eq!(
        (outcome.code, outcome.err.as_str()),
        (1, "error: unknown flag: --applyset\nSee 'kubectl apply --help' for usage.\n")
    );
}

/// The parent of the set `mine`, with kinds and namespaces.
fn parent(tooling: &str, id: &str, kinds: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"Secret","metadata":{{"name":"mine","namespace":"shop","labels":{{"applyset.kubernetes.io/id":"{id}"}},"annotations":{{"applyset.kubernetes.io/additional-namespaces":"other","applyset.kubernetes.io/contains-group-kinds":"{kinds}","applyset.kubernetes.io/tooling":"{tooling}"}}}}}}"#
    )
}

/// What is sent to the parent.
fn noted(kinds: &str, namespaces: &str, force: bool) -> String {
    format!(
        r#"PATCH /api/v1/namespaces/shop/secrets/mine?fieldManager=kubectl-applyset&fieldValidation=Strict&force={force} {{"kind":"Secret","apiVersion":"v1","metadata":{{"name":"mine","namespace":"shop","labels":{{"applyset.kubernetes.io/id":"{ID}"}},"annotations":{{"applyset.kubernetes.io/additional-namespaces":"{namespaces}","applyset.kubernetes.io/contains-group-kinds":"{kinds}","applyset.kubernetes.io/tooling":"kubectl/v1.36.2"}}}}}}"#
    )
}

#[test]
fn apply_of_a_set_widens_the_parent_before_and_narrows_it_after_pruning() {
    let server = answers(|method, path| match (method, path) {
        ("GET", "/api/v1/namespaces/shop/secrets/mine") => ok(&parent("kubectl/v1.30", ID, "ConfigMap,Secret")),
        ("GET", MAPS) => maps(&[map("a", true), map("old", false)]),
        ("GET", path) if path.ends_with("s") => ok(r#"{"apiVersion":"v1","kind":"List","items":[]}"#),
        _ => ok(&map("a", true)),
    });
    let outcome = apply(&server, &["--prune", "--applyset=mine", "-n", "shop"]);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "configmap/a configured\nconfigmap/old pruned\n", "")
    );
    let mut deeds = deeds(&server);
    let (first, last) = (deeds.remove(0), deeds.pop().unwrap());
    assert_eq!(first, noted("ConfigMap,Secret", "other", false));
    assert_eq!(last, noted("ConfigMap", "", false));
    let applied = deeds.remove(0);
    assert!(
        applied.contains(&format!(r#""labels":{{"applyset.kubernetes.io/part-of":"{ID}"}}"#)),
        "{applied}"
    );
    let delete = deeds.pop().unwrap();
    assert_eq!(
        delete,
        format!(r#"DELETE {MAPS}/old {{"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}}"#)
    );
    deeds.sort();
    let list = |namespace: &str, kind: &str| {
        format!("GET /api/v1/namespaces/{namespace}/{kind}?labelSelector=applyset.kubernetes.io%2Fpart-of%3D{ID}")
    };
    assert_eq!(
        deeds,
        [
            list("other", "configmaps"),
            list("other", "secrets"),
            list("shop", "configmaps"),
            list("shop", "secrets")
        ]
    );
}

#[test]
fn apply_of_a_set_whose_parent_is_not_there_makes_it_and_prunes_nothing() {
    let server = answers(|method, path| match (method, path) {
        ("GET", "/api/v1/namespaces/shop/secrets/mine") => offers::refusal(404, "NotFound", "secrets \\\"mine\\\" not found"),
        _ => ok(&map("a", true)),
    });
    let outcome = apply(&server, &["--prune", "--applyset=mine", "-n", "shop"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    let deeds = deeds(&server);
    assert_eq!(deeds.len(), 3, "{deeds:?}");
    assert_eq!([&deeds[0], &deeds[2]], [&noted("ConfigMap", "", false); 2]);
}

#[test]
fn apply_of_a_set_whose_parent_others_have_changed_takes_it_over_with_a_warning() {
    let server = Server::start(|asked: &Asked| {
        offers::answer(asked).unwrap_or_else(|| match asked.path.as_str() {
            path if path.contains("force=false") => offers::refusal(409, "Conflict", "Apply failed"),
            path if path.ends_with("/secrets/mine") => ok(&parent("kubectl/v1.30", ID, "")),
            _ => ok(&map("a", true)),
        })
    });
    let outcome = apply(&server, &["--prune", "--applyset=mine", "-n", "shop"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let warning = "] WARNING: failed to update ApplySet: Apply failed\nApplySet field manager kubectl-applyset should own these fields. Retrying with conflicts forced.\n";
    assert_eq!(outcome.err.matches(warning).count(), 2, "{}", outcome.err);
    let deeds = deeds(&server);
    assert_eq!(
        [&deeds[0], &deeds[1]],
        [&noted("ConfigMap", "other", false), &noted("ConfigMap", "other", true)]
    );
}

#[test]
fn apply_of_a_set_whose_parent_is_not_ours_changes_nothing() {
    for (parent, err) in [
        (
            parent("helm/v3", ID, ""),
            "ApplySet parent object \"secrets./mine\" already exists and is managed by tooling \"helm\" instead of \"kubectl\"".to_owned(),
        ),
        (
            parent("kubectl/v1", "x", ""),
            format!(
                "ApplySet parent object \"secrets./mine\" exists and has incorrect value for label \"applyset.kubernetes.io/id\" (got: x, want: {ID})"
            ),
        ),
        (
            parent("kubectl/v1", ID, "Foo.bar"),
            "parsing ApplySet annotation on \"secrets./mine\": could not find mapping for kind in \"applyset.kubernetes.io/contains-group-kinds\" annotation: no matches for kind \"Foo\" in group \"bar\"".to_owned(),
        ),
        (
            "{}".to_owned(),
            "ApplySet parent object \"secrets./mine\" already exists and is missing required annotation \"applyset.kubernetes.io/tooling\"".to_owned(),
        ),
    ] {
        let server = answers(move |_, _| ok(&parent));
        let outcome = apply(&server, &["--prune", "--applyset=mine", "-n", "shop"]);
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err), (1, "", format!("error: {err}\n")));
        assert_eq!(deeds(&server), [""; 0]);
    }
}
