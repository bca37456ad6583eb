//! The patches that `apply` sends for random objects, and those that a real kubectl sends for the same.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde_json::{Value, json};

use super::Place;
use crate::{
    server::{Asked, Reply, Server},
    triples::{Oddities, Triple, triples},
};

/// How many runs there are, each with so many objects: kubectl asks for 300 things at once before it slows itself down.
const RUNS: usize = 4;
const OBJECTS: usize = 145;

/// The release to compare with. Later ones make the same patches.
const RELEASE: &str = "kubectl.1.31";

/// What the server offers: group and version, kind, resource.
const OFFERED: &[(&str, &str, &str)] = &[
    ("v1", "ConfigMap", "configmaps"),
    ("v1", "Pod", "pods"),
    ("v1", "Service", "services"),
    ("v1", "ServiceAccount", "serviceaccounts"),
    ("apps/v1", "Deployment", "deployments"),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    ("factory.example.com/v1", "Widget", "widgets"),
];

/// The real kubectl: beside the file that the one on the path links to, or that one itself.
fn real_kubectl() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("kubectl"))
        .find(|file| file.is_file())?;
    let beside = found.canonicalize().ok()?.with_file_name(RELEASE);
    Some(if beside.is_file() { beside } else { found })
}

/// What the server says that it offers.
fn discovery(path: &str) -> Option<Value> {
    let grouped = || OFFERED.iter().filter(|(version, ..)| version.contains('/'));
    let resources = |wanted: &str| -> Vec<Value> {
        OFFERED
            .iter()
            .filter(|(version, ..)| *version == wanted)
            .map(|(_, kind, resource)| {
                json!({"name": resource, "singularName": "", "namespaced": true, "kind": kind, "verbs": ["create", "get", "patch"]})
            })
            .collect()
    };
    let group = |version: &str| {
        let one = json!({"groupVersion": version, "version": version.split('/').next_back()});
        json!({"name": version.split('/').next(), "versions": [one], "preferredVersion": one})
    };
    match path {
        "/api" => Some(json!({"kind": "APIVersions", "versions": ["v1"]})),
        "/apis" => {
            let groups: Vec<Value> = grouped().map(|(version, ..)| group(version)).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        _ => {
            let version = path.strip_prefix("/apis/").or(path.strip_prefix("/api/"))?;
            let found = resources(version);
            (!found.is_empty()).then(|| json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": found}))
        }
    }
}

/// The path of an object.
fn path_of(object: &Value) -> String {
    let (version, kind) = (object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap());
    let (.., resource) = OFFERED.iter().find(|offered| offered.1 == kind).unwrap();
    let root = if version.contains('/') { "/apis" } else { "/api" };
    format!(
        "{root}/{version}/namespaces/shop/{resource}/{}",
        object["metadata"]["name"].as_str().unwrap()
    )
}

/// A server that has these objects, and takes every patch without doing anything about it.
fn server(objects: HashMap<String, String>) -> Server {
    Server::start(move |asked: &Asked| {
        let path = asked.path.split('?').next().unwrap();
        match discovery(path)
            .map(|document| document.to_string())
            .or_else(|| objects.get(path).cloned())
        {
            Some(body) => Reply::Json(200, body),
            None => Reply::Json(
                404,
                json!({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}).to_string(),
            ),
        }
    })
}

/// Each patch that was sent: what it is for, how it is to be understood, and the patch.
fn patches(server: &Server) -> BTreeMap<String, (String, Value)> {
    let patches = server.asked().into_iter().filter(|asked| asked.method == "PATCH");
    patches
        .map(|asked| {
            let body = serde_json::from_slice(&asked.body).unwrap();
            (asked.path.clone(), (asked.header("content-type").to_owned(), body))
        })
        .collect()
}

/// Gives an object a name, and notes in what is there what was applied before.
fn finish(triple: &mut Triple, number: usize) {
    for object in [&mut triple.original, &mut triple.modified, &mut triple.live] {
        object["metadata"]["name"] = json!(format!("n{number}"));
        object["metadata"]["namespace"] = json!("shop");
    }
    // Some were never applied before.
    if !number.is_multiple_of(10) {
        let annotations = &mut triple.live["metadata"]["annotations"];
        if annotations.is_null() {
            *annotations = json!({});
        }
        annotations["kubectl.kubernetes.io/last-applied-configuration"] = json!(format!("{}\n", triple.original));
    }
}

#[test]
#[allow(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn apply_sends_the_patches_that_kubectl_sends() {
    let Some(kubectl) = real_kubectl() else {
        eprintln!("SKIPPED: there is no kubectl on the path to compare with");
        return;
    };
    let mut random = TestRunner::deterministic();
    let odd = Oddities {
        nulls: true,
        twins: true,
        disorder: true,
    };
    let mut sent = 0;
    let runs: Vec<_> = (0..RUNS)
        .map(|_| {
            let mut triples: Vec<Triple> = (0..OBJECTS)
                .map(|_| triples(odd).new_tree(&mut random).unwrap().current())
                .collect();
            triples.iter_mut().enumerate().for_each(|(number, triple)| finish(triple, number));
            triples
        })
        .map(|triples| {
            let kubectl = kubectl.clone();
            thread::spawn(move || {
                let manifests: String = triples.iter().map(|triple| format!("---\n{}\n", triple.modified)).collect();
                let live = || {
                    triples
                        .iter()
                        .map(|triple| (path_of(&triple.live), triple.live.to_string()))
                        .collect()
                };
                let (theirs, ours) = (server(live()), server(live()));
                let place = Place::new(&theirs.url());
                let file = place.write("objects.yaml", &manifests);
                let words = ["apply", "--validate=false", "-f", &file];
                let output = Command::new(kubectl)
                    .args(words)
                    .env_clear()
                    .envs(&place.env)
                    .stdin(Stdio::null())
                    .output()
                    .unwrap();
                let outcome = Place::new(&ours.url()).run(&words);
                let theirs = (patches(&theirs), String::from_utf8(output.stdout).unwrap());
                (triples, theirs, (patches(&ours), outcome.out))
            })
        })
        .collect();
    for run in runs {
        let (triples, (theirs, their_words), (ours, our_words)) = run.join().unwrap();
        for triple in triples {
            let path = path_of(&triple.live);
            let of = |patches: &BTreeMap<String, (String, Value)>| {
                let key = format!("{path}?fieldManager=kubectl-client-side-apply&fieldValidation=Ignore");
                patches.get(&key).cloned()
            };
            let (ours, theirs) = (of(&ours), of(&theirs));
            let shown = |patch: &Option<(String, Value)>| patch.as_ref().map(|(media, patch)| format!("{media}\n{patch:#}"));
            assert!(
                ours == theirs,
                "before: {}\nnow: {}\nthere: {}\nours: {}\ntheirs: {}",
                triple.original,
                triple.modified,
                triple.live,
                shown(&ours).unwrap_or_default(),
                shown(&theirs).unwrap_or_default(),
            );
            sent += usize::from(theirs.is_some());
        }
        assert_eq!(our_words, their_words);
    }
    assert!(sent > RUNS * OBJECTS / 2, "{sent} patches are too few to tell");
}
