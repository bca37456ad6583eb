//! The room as a whole: files on the disk, and a real kubectl to compare with.

use std::{collections::HashMap, fs, path::Path};

use super::{Sources, edit, load, load::load_as_written, property};
use crate::{
    api::tests::{ask, difference},
    kubeconfig::edit::{Paths, to_bytes},
};

fn sources(folder: &Path, names: &str) -> Sources {
    let env = HashMap::from([
        ("KUBECONFIG".to_owned(), names.to_owned()),
        ("HOME".to_owned(), folder.to_string_lossy().into_owned()),
    ]);
    Sources::new(None, &env, folder)
}

/// Files as a person might break them.
const BROKEN: &[&str] = &[
    "kind: Foo",
    "kind: Config\napiVersion: v2",
    "apiVersion: foo/v1\nkind: Config",
    "apiVersion: a/b/c",
    "apiVersion: 1",
    "apiVersion: /v1",
    "apiVersion: v1/",
    "kind: [a]",
    "kind: {}",
    "clusters: 3",
    "clusters: [3]",
    "clusters: {a: b}",
    "clusters: [{name: 3}]",
    "clusters: [{name: a, cluster: [b]}]",
    "clusters: [{name: a, cluster: {server: 3, insecure-skip-tls-verify: \"yes\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"a$b\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YWJ\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YWJj=\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YW=j\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YW==YWJj\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YWJ\\nj\\nYQ\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YW=\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YQ=\\n=\\n\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"YZ==\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: \"=\"}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: [97, \"x\", 300]}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: [300]}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: [1.5]}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: [97, null]}}]",
    "clusters: [{name: a, cluster: {certificate-authority-data: {}}}]",
    "clusters: [{name: a, cluster: {extensions: [{name: e}, {name: e}]}}]",
    "clusters: [{name: a, cluster: {extensions: [{name: e, extension: 1}, {name: e}]}}]",
    "clusters: [{name: a, cluster: {extensions: [{name: e, extension: \"a<b\"}, {name: f, extension: {b: 1, a: [x]}}]}}]",
    "users: [{name: a, user: {as-user-extra: {a: b}}}]",
    "users: [{name: a, user: {as-user-extra: {a: [b, 1]}}}]",
    "users: [{name: a, user: {as-user-extra: [a]}}]",
    "users: [{name: a, user: {as-user-extra: {a: null, b: [], c: [null]}, as-groups: [null]}}]",
    "users: [{name: a, user: {exec: 3}}]",
    "users: [{name: a, user: {exec: {args: [1], env: [3]}}}]",
    "users: [{name: a, user: {exec: {env: [{name: 3}]}}}]",
    "users: [{name: a, user: {exec: {interactiveMode: 3}}}]",
    "users: [{name: a, user: {exec: {}}}]",
    "users: [{name: a, user: {exec: {args: [], env: [], apiVersion: client.authentication.k8s.io/v1beta1}}}]",
    "users: [{name: a, user: {exec: null, auth-provider: {name: x}}}]",
    "users: [{name: a, user: {auth-provider: {config: {a: 1}}}}]",
    "users: [{name: a, user: {auth-provider: {config: {}}}}]",
    "users: [{name: a, user: {auth-provider: {config: [a]}}}]",
    "users: [{name: a}, null]",
    "users: [{name: a}, {name: a, user: {as: b, as-uid: c, as-groups: [d, e], as-user-extra: {f: [g, h]}, tokenFile: i, username: j}}]",
    "users: [{name: a, user: {client-certificate: k, client-certificate-data: YQ==, client-key: l}}, {name: a}]",
    "clusters: [{name: a, cluster: {server: s, certificate-authority-data: YWI=, proxy-url: p}}, {name: a}]",
    "contexts: [{name: a, context: {extensions: [{name: b, extension: {c: d}}, {name: e}]}}, {name: a}]",
    "current-context: 3\nclusters: 4",
    "preferences: 3",
    "preferences: {colors: \"a\"}",
    "preferences: {colors: true, extensions: []}",
    "preferences: {colors: false, extensions: [{name: x, extension: {a: 1}}]}",
    "extensions: [{name: x, extension: {a: 1.0, b: 1e30, c: -0.5}}]",
    "a: b: c",
    "[1",
    "\tclusters: []",
    "clusters: []\n---\ncurrent-context: x",
    "clusters: []\ncurrent-context: a\ncurrent-context: b",
    "contexts: [{name: y}]",
    "contexts: [{name: 0777}]",
    "contexts: [{name: 1.5}]",
    "contexts: [{name: 2001-01-01}]",
    "clusters: [{name: a, cluster: {insecure-skip-tls-verify: yes, disable-compression: on}}]",
    "clusters: [{name: &n a, cluster: &c {server: *n}}, {name: b, cluster: *c}, {name: c, cluster: {<<: *c, proxy-url: p}}]",
    "? [a]\n: b",
    "1: []\ntrue: 3\nnull: 4\n2.5: 3",
    "{\"a\": 1,}",
    "{\"a\": }",
    "a: \u{7}",
    "a: \"\\xg\"",
    "a: *b",
    "%YAML 1.2\n---\nclusters: []",
    "\u{feff}current-context: x",
    "foo",
    "[]",
    "null",
    " ",
    "# c\n",
    "\"a\"",
    "3",
    "true",
    "Clusters: [{name: x}]",
    "{\"clusters\": [{\"name\": \"x\", \"cluster\": {\"server\": \"s\"}}]}",
    "{\"clusters\": [{\"name\": \"a\", \"name\": \"b\"}], \"clusters\": [{\"name\": \"z\"}]}",
];

#[test]
fn files_however_broken_read_as_kubectl_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("config").to_string_lossy().into_owned();
    for text in BROKEN {
        fs::write(&name, text).unwrap();
        let Some(theirs) = ask(&["config", "view", "--raw", "--kubeconfig", &name], b"") else {
            return;
        };
        let mut sources = sources(folder.path(), "");
        sources.explicit = Some(name.clone());
        let ours = match load_as_written(&sources) {
            Ok(config) => String::from_utf8(to_bytes(&config)).unwrap(),
            Err(error) => format!("{}\n", error.text()),
        };
        // Settings that say nothing are written up to 1.35 and left out from 1.36 on.
        let theirs = format!("{}{}", theirs.out.replace("preferences: {}\n", ""), theirs.err);
        assert_eq!(difference(&ours, &theirs), None, "{text}");
    }
}

#[test]
fn load_of_a_file_that_explodes_ends() {
    let mut bomb = String::from("a: &a [x,x,x,x,x,x,x,x,x]\n");
    for (name, before) in ('b'..='i').zip('a'..) {
        let star = format!("*{before}");
        bomb.push_str(&format!("{name}: &{name} [{}]\n", [star.as_str(); 9].join(",")));
    }
    assert_eq!(
        load::parse(bomb.as_bytes(), "").unwrap_err(),
        "yaml: document contains excessive aliasing"
    );
}

#[test]
fn load_of_what_is_no_text_says_so() {
    assert_eq!(load::parse(b"a: \xff\xfe", "").unwrap_err(), "yaml: invalid leading UTF-8 octet");
}

#[test]
fn load_of_several_files_takes_an_entry_from_the_first_that_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a", "clusters: [{name: c, cluster: {server: one}}]");
    fs::create_dir(folder.path().join("sub")).unwrap();
    write(
        "sub/b",
        "clusters: [{name: c, cluster: {server: two}}, {name: d, cluster: {certificate-authority: ../ca.crt}}]\ncurrent-context: x",
    );
    let config = load::load(&sources(folder.path(), "missing:a::sub/b")).unwrap();
    assert_eq!(config.clusters["c"].server, "one");
    assert_eq!(config.current_context, "x");
    let authority = folder.path().join("ca.crt").to_string_lossy().into_owned();
    assert_eq!(config.clusters["d"].certificate_authority, authority);
    assert_eq!(config.clusters["d"].origin, "sub/b");
}

#[test]
fn load_of_several_broken_files_complains_of_each() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), "kind: Foo").unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    let error = load::load(&sources(folder.path(), "a:b")).unwrap_err();
    assert_eq!(
        error.text(),
        "error loading config file \"a\": no kind \"Foo\" is registered for version \"v1\" in scheme \
         \"k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50\"\n\
         error loading config file \"b\": read b: is a directory"
    );
    let mut asked_for = sources(folder.path(), "a:b");
    asked_for.explicit = Some("nope".to_owned());
    let error = load::load(&asked_for).unwrap_err();
    assert_eq!(error.text(), "error: stat nope: no such file or directory");
}

#[test]
fn load_of_an_endless_file_ends() {
    let folder = tempfile::tempdir().unwrap();
    let error = load::load(&sources(folder.path(), "/dev/zero")).unwrap_err();
    assert_eq!(
        error.text(),
        "error: error loading config file \"/dev/zero\": the file is larger than 100 MiB"
    );
}

#[test]
fn load_moves_the_file_of_the_first_releases() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".kube")).unwrap();
    fs::write(folder.path().join(".kube/.kubeconfig"), "current-context: old").unwrap();
    let config = load::load(&sources(folder.path(), "")).unwrap();
    assert_eq!(config.current_context, "old");
    assert!(folder.path().join(".kube/config").exists());
}

#[test]
fn duplicate_users_are_reported_without_their_credentials() {
    let file = b"users: [{name: u, user: {token: s1, password: s1, client-key-data: c2VjcmV0}}, {name: u, user: {token: s2}}]";
    let sentence = load::parse(file, "").unwrap_err();
    assert!(sentence.contains("duplicate name \"u\" in list"), "{sentence}");
    assert!(
        !sentence.contains("s1") && !sentence.contains("s2") && !sentence.contains("115"),
        "{sentence}"
    );
}

#[test]
fn edit_writes_each_entry_to_its_own_file_and_new_ones_to_the_first_that_exists() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    write("a", "contexts: [{name: x, context: {cluster: c}}]\n");
    write("b", "contexts: [{name: \"y\", context: {cluster: d}}]\ncurrent-context: \"y\"\n");
    let sources = sources(folder.path(), "none:a:b");
    edit(&sources, Paths::Relative, |config| {
        property::set(config, "contexts.y.namespace", "n1", false)?;
        property::set(config, "clusters.new.server", "s", false)
    })
    .unwrap();
    assert_eq!(
        read("a"),
        "apiVersion: v1\nclusters:\n- cluster:\n    server: s\n  name: new\ncontexts:\n- context:\n    cluster: c\n    user: \"\"\n  \
         name: x\ncurrent-context: \"\"\nkind: Config\nusers: null\n"
    );
    assert_eq!(
        read("b"),
        "apiVersion: v1\nclusters: null\ncontexts:\n- context:\n    cluster: d\n    namespace: n1\n    user: \"\"\n  name: \"y\"\n\
         current-context: \"y\"\nkind: Config\nusers: null\n"
    );
    assert!(!folder.path().join("none").exists());
    let before = read("b");
    edit(&sources, Paths::Relative, |config| property::unset(config, "current-context")).unwrap();
    assert_eq!(read("b"), before.replace("\"y\"\nkind", "\"\"\nkind"));
}

#[test]
fn edit_without_effect_leaves_the_file_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let text = "{\"current-context\":   \"x\"}";
    fs::write(folder.path().join("a"), text).unwrap();
    edit(&sources(folder.path(), "a"), Paths::Relative, |config| {
        property::set(config, "current-context", "x", false)
    })
    .unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("a")).unwrap(), text);
    assert!(!folder.path().join("a.lock").exists());
}

#[test]
fn edits_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sources = sources(folder.path(), "a");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let sources = &sources;
            scope.spawn(move || {
                for round in 0..5 {
                    let path = format!("contexts.c{thread}-{round}.cluster");
                    // Who waits too long for the others is told so, and tries again.
                    while let Err(error) = edit(sources, Paths::Relative, |config| property::set(config, &path, "c", false)) {
                        assert_eq!(error.text(), "error: open a.lock: file exists");
                    }
                }
            });
        }
    });
    assert_eq!(load::load(&sources).unwrap().contexts.len(), 20);
}

#[test]
fn edit_makes_file_names_relative_to_their_file() {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().to_string_lossy().into_owned();
    let sources = sources(folder.path(), "sub/a");
    edit(&sources, Paths::Relative, |config| {
        property::set(
            config,
            "clusters.in.certificate-authority",
            &format!("{base}/sub/pki/ca.crt"),
            false,
        )?;
        property::set(config, "clusters.out.certificate-authority", &format!("{base}/ca.crt"), false)
    })
    .unwrap();
    let config = load_as_written(&sources).unwrap();
    assert_eq!(config.clusters["in"].certificate_authority, "pki/ca.crt");
    assert_eq!(config.clusters["out"].certificate_authority, format!("{base}/ca.crt"));
}
