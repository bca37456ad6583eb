//! `drain` and `cordon` against a server that evicts, refuses and forgets.

use std::{sync::Mutex, time::Duration};

use kubectl_rs::{
    args,
    commands::{ROOT, drain},
    context::Context,
    streams::Streams,
    world::World,
};

use super::{Outcome, Place, offers, run};
use crate::server::{Asked, Reply, Server};

/// A pod of a replica set on the node `n1`.
fn pod(name: &str, rest: &str) -> String {
    format!(
        r#"{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{name}","namespace":"shop","uid":"{name}","ownerReferences":[{{"kind":"ReplicaSet","name":"r","controller":true}}]{rest}}}}}"#
    )
}

fn status(code: u16, reason: &str, message: &str, cause: &str) -> Reply {
    let body = format!(
        r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{reason}","message":"{message}","details":{{"causes":[{{"reason":"{cause}"}}]}},"code":{code}}}"#
    );
    Reply::Json(code, body)
}

fn missing() -> Reply {
    status(404, "NotFound", "gone", "")
}

fn forbidden() -> Reply {
    status(403, "Forbidden", "no", "")
}

const V1: &str = r#"{"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods/eviction","kind":"Eviction","group":"policy","version":"v1"}]}"#;

/// A server with nodes and two pods, `a` and `b`. `answer` may answer what is asked about a pod; else evictions and
/// deletions are taken, and the pods are gone.
fn cluster(answer: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Server {
    Server::start(move |asked| {
        let path = asked.path.split('?').next().unwrap_or_default();
        if let Some(reply) = offers::answer(asked).or_else(|| answer(asked)) {
            return reply;
        }
        let ok = |body: String| Reply::Json(200, body);
        match (asked.method.as_str(), path) {
            (_, "/api/v1") => ok(V1.to_owned()),
            (_, "/api/v1/pods") => ok(format!(
                r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{}},"items":[{},{}]}}"#,
                pod("a", ""),
                pod("b", "")
            )),
            ("GET", path) if path.contains("/pods/") => missing(),
            (_, path) if path.starts_with("/api/v1/nodes/") => {
                let name = path.rsplit('/').next().unwrap_or_default();
                ok(format!(
                    r#"{{"kind":"Node","apiVersion":"v1","metadata":{{"name":"{name}"}},"spec":{{}}}}"#
                ))
            }
            _ => ok(r#"{"kind":"Status","apiVersion":"v1","status":"Success"}"#.to_owned()),
        }
    })
}

/// Answers the first question of this kind with `first`, and no other.
fn once(method: &'static str, end: &'static str, first: Reply) -> impl Fn(&Asked) -> Option<Reply> {
    let first = Mutex::new(Some(first));
    move |asked| (asked.method == method && asked.path.ends_with(end)).then(|| first.lock().unwrap().take())?
}

/// The lines about the pod `a`, and all others: which of two pods is gone first is up to the server.
fn parted(out: &str) -> (Vec<&str>, Vec<&str>) {
    out.lines().partition(|line| line.contains("/a"))
}

/// Drains `n1` with hardly any time between two looks.
fn hurried(server: &Server, words: &[&str]) -> Outcome {
    let place = Place::new(&server.url());
    let (streams, out, err) = Streams::captured("");
    let words: Vec<String> = ["drain", "n1"].iter().chain(words).map(|word| (*word).to_owned()).collect();
    let parsed = args::parse(&args::find(&ROOT, &words)).unwrap();
    let world = World {
        args: words,
        env: place.env.clone(),
        directory: "/".into(),
        streams: streams.clone(),
    };
    let context = Context::new(world, &parsed);
    let mut options = drain::Options::resolve(&drain::Args(&parsed), &context).unwrap();
    options.settings.pace = kubectl_rs::actions::drain::Pace {
        look: Duration::from_millis(1),
        retry: Duration::from_millis(2),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = runtime.block_on(drain::drain(&options, &context));
    streams.flush().unwrap();
    Outcome {
        code: u8::from(result.is_err()),
        out: out.text(),
        err: err.text(),
    }
}

/// Method, path and body of what was written.
fn written(server: &Server) -> Vec<String> {
    let writes = server.asked().into_iter().filter(|asked| asked.method != "GET");
    let mut lines: Vec<String> = writes
        .map(|Asked { method, path, body, .. }| format!("{method} {path} {}", String::from_utf8(body).unwrap().trim_end()))
        .collect();
    // Evictions are sent all at once.
    lines.sort();
    lines
}

fn count(server: &Server, method: &str, path: &str) -> usize {
    server
        .asked()
        .iter()
        .filter(|asked| asked.method == method && asked.path == path)
        .count()
}

#[test]
fn drain_evicts_the_pods_and_waits_until_they_are_gone() {
    let server = cluster(once("GET", "/pods/a", Reply::Json(200, pod("a", ""))));
    let outcome = hurried(&server, &["--grace-period=7", "--pod-selector=x in (b,a)"]);
    let out = "node/n1 cordoned\nevicting pod shop/b\nevicting pod shop/a\npod/b evicted\npod/a evicted\nnode/n1 drained\n";
    assert_eq!((outcome.code, parted(&outcome.out), outcome.err.as_str()), (0, parted(out), ""));
    let eviction = |name: &str| {
        format!(
            r#"POST /api/v1/namespaces/shop/pods/{name}/eviction {{"kind":"Eviction","apiVersion":"policy/v1","metadata":{{"name":"{name}","namespace":"shop"}},"deleteOptions":{{"gracePeriodSeconds":7}}}}"#
        )
    };
    assert_eq!(
        written(&server),
        [
            r#"PATCH /api/v1/nodes/n1 {"spec":{"unschedulable":true}}"#.to_owned(),
            eviction("a"),
            eviction("b")
        ]
    );
    let list = "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&labelSelector=x+in+%28a%2Cb%29&limit=500";
    assert_eq!(count(&server, "GET", list), 1);
    assert_eq!(count(&server, "GET", "/api/v1/namespaces/shop/pods/a"), 2);
}

#[test]
fn drain_against_a_budget_tries_again() {
    let full = status(429, "TooManyRequests", "the budget is spent", "DisruptionBudget");
    let server = cluster(once("POST", "/pods/a/eviction", full));
    let outcome = hurried(&server, &[]);
    let out =
        "node/n1 cordoned\nevicting pod shop/b\nevicting pod shop/a\npod/b evicted\nevicting pod shop/a\npod/a evicted\nnode/n1 drained\n";
    let err = "error when evicting pods/\"a\" -n \"shop\" (will retry after 2ms): the budget is spent\n";
    assert_eq!((outcome.code, parted(&outcome.out), outcome.err.as_str()), (0, parted(out), err));
}

#[test]
fn drain_in_a_namespace_that_goes_tries_until_the_pod_goes_too() {
    let end = |cause| status(403, "Forbidden", "the end", cause);
    let server = cluster(move |asked| (asked.method == "POST").then(|| end("NamespaceTerminating")));
    let outcome = hurried(&server, &["--timeout=20ms"]);
    assert_eq!(outcome.code, 1);
    let retried = "error when evicting pod \"a\" from terminating namespace \"shop\" (will retry after 2ms): the end\n";
    assert!(outcome.err.contains(retried), "{}", outcome.err);
    assert!(
        outcome
            .err
            .contains("error when evicting pods/\"a\" -n \"shop\": global timeout reached: 20ms"),
        "{}",
        outcome.err
    );
    // Marked as deleted from the second look on.
    let deleted = pod("a", r#","deletionTimestamp":"2026-11-20T12:00:00Z""#);
    let looked = Mutex::new(0);
    let server = cluster(move |asked| {
        if asked.method == "POST" {
            return Some(end("NamespaceTerminating"));
        }
        let mut looked = looked.lock().unwrap();
        let one = asked
            .path
            .starts_with("/api/v1/pods?")
            .then(|| format!(r#"{{"kind":"PodList","items":[{}]}}"#, pod("a", "")));
        let again = asked.path.ends_with("/pods/a") && *looked == 0;
        *looked += usize::from(again);
        one.or(again.then(|| deleted.clone())).map(|body| Reply::Json(200, body))
    });
    let outcome = hurried(&server, &[]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, retried));
    assert!(
        outcome
            .out
            .ends_with("evicting pod shop/a\nevicting pod shop/a\npod/a evicted\nnode/n1 drained\n")
    );
}

#[test]
fn drain_that_fails_tells_what_is_left_and_goes_on_with_the_next_node() {
    let server = cluster(|asked| asked.path.ends_with("/a/eviction").then(forbidden));
    let outcome = run(&server, &["drain", "n1", "n2"]);
    let reason = "error when evicting pods/\"a\" -n \"shop\": no";
    let one = |node: &str| {
        format!(
            "There are pending pods in node \"{node}\" when an error occurred: {reason}\npod/a\npod/b\n\
             error: unable to drain node \"{node}\" due to error: {reason}, continuing command...\n"
        )
    };
    let err = format!(
        "{}{}There are pending nodes to be drained:\n n1\n n2\n{reason}\n{reason}\n",
        one("n1"),
        one("n2")
    );
    assert_eq!((outcome.code, outcome.err), (1, err));
    assert_eq!(count(&server, "GET", "/api/v1"), 1);
}

#[test]
fn drain_of_pods_that_must_stay_ends_before_it_begins() {
    let server = cluster(|asked| {
        let items = format!(
            r#"{{"kind":"PodList","items":[{},{{"metadata":{{"name":"alone","namespace":"shop"}}}}]}}"#,
            pod("d", "").replace("ReplicaSet", "DaemonSet")
        );
        asked.path.starts_with("/api/v1/pods?").then(|| Reply::Json(200, items))
    });
    let outcome = run(&server, &["drain", "n1"]);
    let alone = "cannot delete Pods that declare no controller (use --force to override): shop/alone";
    let daemon = "cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): shop/d";
    let err = format!(
        "error: unable to drain node \"n1\" due to error: [{daemon}, {alone}], continuing command...\n\
         There are pending nodes to be drained:\n n1\n{daemon}\n{alone}\n"
    );
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err), (1, "node/n1 cordoned\n", err));
    let outcome = run(&server, &["drain", "n1", "--force", "--ignore-daemonsets", "--dry-run=client"]);
    let out = "node/n1 cordoned (dry run)\nevicting pod shop/alone (dry run)\nnode/n1 drained (dry run)\n";
    let err = "Warning: ignoring DaemonSet-managed Pods: shop/d; deleting Pods that declare no controller: shop/alone\n";
    assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, out, err));
}

#[test]
fn drain_without_evictions_deletes() {
    let old = |asked: &Asked| (asked.path == "/api/v1").then(|| Reply::Json(200, r#"{"resources":[]}"#.to_owned()));
    for (server, words) in [
        (cluster(|_| None), &["--disable-eviction", "--grace-period=0"][..]),
        (cluster(old), &["--grace-period=0"]),
    ] {
        let outcome = hurried(&server, words);
        let out = "node/n1 cordoned\npod/a deleted\npod/b deleted\nnode/n1 drained\n";
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, out, ""));
        let deletion = |name: &str| {
            format!(r#"DELETE /api/v1/namespaces/shop/pods/{name} {{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0}}"#)
        };
        assert_eq!(written(&server)[..2], [deletion("a"), deletion("b")]);
    }
}

#[test]
fn drain_with_a_timeout_ends_while_pods_are_there() {
    let here = |asked: &Asked| (asked.method == "GET" && asked.path.contains("/pods/")).then(|| Reply::Json(200, pod("b", "")));
    let server = cluster(move |asked| here(asked).filter(|_| asked.path.ends_with("/b")));
    let late = "error when waiting for pod \"b\" in namespace \"shop\" to terminate: context deadline exceeded";
    let outcome = hurried(&server, &["--timeout=20ms"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome.err.contains(&format!("due to error: {late}, continuing")),
        "{}",
        outcome.err
    );
    let outcome = hurried(&server, &["--timeout=20ms", "--disable-eviction"]);
    assert!(
        outcome.err.contains("due to error: context deadline exceeded, continuing"),
        "{}",
        outcome.err
    );
}

#[test]
fn drain_passes_over_pods_that_have_been_stopping_for_long() {
    let stopping = pod("a", r#","deletionTimestamp":"2026-11-20T12:00:00Z""#);
    let server = cluster(move |asked| asked.path.ends_with("/pods/a").then(|| Reply::Json(200, stopping.clone())));
    let outcome = run(&server, &["drain", "n1", "--skip-wait-for-delete-timeout=3"]);
    let skipped = "pod \"a\" has DeletionTimestamp older than 3 seconds, skipping\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert!(outcome.out.contains(skipped), "{}", outcome.out);
}

#[test]
fn drain_asks_older_servers_for_evictions_in_their_version() {
    let beta = |asked: &Asked| (asked.path == "/api/v1").then(|| Reply::Json(200, V1.replace("\"v1\"}", "\"v1beta1\"}")));
    let server = cluster(beta);
    assert_eq!(run(&server, &["drain", "n1"]).code, 0);
    assert!(written(&server)[1].contains(r#""apiVersion":"policy/v1beta1""#));
}

#[test]
fn cordon_that_the_server_refuses_is_said_and_nothing_else() {
    let server = cluster(|asked| (asked.method == "PATCH" && asked.path.ends_with("/n1")).then(forbidden));
    let outcome = run(&server, &["cordon", "n1", "n2"]);
    let err = "error: unable to cordon node \"n1\": no\n";
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (0, "node/n2 cordoned\n", err)
    );
}

#[test]
fn drain_of_nothing_and_of_too_much_is_a_mistake() {
    let server = cluster(|asked| asked.path.ends_with("/pods/n").then(|| Reply::Json(200, pod("n", ""))));
    for (words, sentence) in [
        (&[][..], "USAGE: drain NODE [flags]\nSee 'kubectl drain -h' for help and examples"),
        (
            &["n", "-l", "a=b"],
            "cannot specify both a node name and a --selector option\nSee 'kubectl drain -h' for help and examples",
        ),
        (
            &["n", "--pod-selector=a in ("],
            "--pod-selector=<pod_selector> must be a valid label selector",
        ),
        (&["node/n", "pod/n"], "you may only specify a single resource type"),
        (&["pod/n"], "expected resource of type node, got \"/v1, Resource=pods\""),
    ] {
        let outcome = run(&server, &[&["drain"], words].concat());
        assert_eq!((outcome.code, outcome.err), (1, format!("error: {sentence}\n")), "{words:?}");
    }
    assert_eq!(written(&server), Vec::<String>::new());
}
