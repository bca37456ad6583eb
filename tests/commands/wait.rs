//! `wait` and `rollout status` against servers that behave and servers that do not.

use std::{
    io::Write,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{Outcome, Place, run};
use crate::server::{Asked, Reply, Server};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";

fn deployment(version: u32, updated: u32) -> String {
    format!(
        r#"{{"kind":"Deployment","apiVersion":"apps/v1","metadata":{{"name":"d","namespace":"shop","generation":1,"resourceVersion":"{version}"}},"spec":{{"replicas":2}},"status":{{"observedGeneration":1,"replicas":2,"updatedReplicas":{updated},"availableReplicas":2,"conditions":[{{"type":"Available","status":"True"}}]}}}}"#
    )
}

fn event(kind: &str, object: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
}

/// The event behind all that was there at first.
fn end_of_initial_events() -> String {
    event(
        "BOOKMARK",
        r#"{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"resourceVersion":"11","annotations":{"k8s.io/initial-events-end":"true"}}}"#,
    )
}

fn status(code: u16, reason: &str, message: &str) -> String {
    format!(r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{reason}","message":"{message}","code":{code}}}"#)
}

/// What one watch tells before it ends; if it does.
struct Told {
    code: u16,
    events: String,
    stays: bool,
}

fn told(events: &[String]) -> Told {
    Told {
        code: 200,
        events: events.concat(),
        stays: false,
    }
}

fn stays(events: &[String]) -> Told {
    Told {
        stays: true,
        ..told(events)
    }
}

/// A server with one deployment, whose watches tell one after the other.
fn server(watches: Vec<Told>) -> Server {
    let next = AtomicUsize::new(0);
    let watches = Mutex::new(watches.into_iter().map(Some).collect::<Vec<_>>());
    Server::start(move |asked: &Asked| {
        if !asked.path.contains("watch=true") {
            let single = asked.path.ends_with("/deployments/d");
            let list = format!(
                r#"{{"kind":"DeploymentList","apiVersion":"apps/v1","metadata":{{"resourceVersion":"10"}},"items":[{}]}}"#,
                deployment(10, 1)
            );
            return Reply::Json(200, if single { deployment(10, 1) } else { list });
        }
        let at = next.fetch_add(1, Ordering::SeqCst);
        let told = watches.lock().unwrap().get_mut(at).and_then(Option::take);
        let Some(Told { code, events, stays }) = told else {
            return Reply::Json(500, status(500, "InternalError", "no more watches"));
        };
        if code != 200 {
            return Reply::Json(code, events);
        }
        Reply::Write(Box::new(move |stream| {
            stream.write_all(HEAD)?;
            stream.write_all(events.as_bytes())?;
            if stays {
                // Until the client goes away.
                _ = std::io::Read::read(stream, &mut [0]);
            }
            Ok(())
        }))
    })
}

/// The queries of the watches that were asked for, their times left out.
fn queries(server: &Server) -> Vec<String> {
    let paths = server.paths().into_iter().filter(|path| path.contains('?'));
    paths
        .map(|path| {
            let query = path.split_once('?').unwrap().1;
            let kept: Vec<&str> = query.split('&').filter(|part| !part.starts_with("timeoutSeconds=")).collect();
            kept.join("&")
        })
        .collect()
}

const FROM_THE_START: &str =
    "allowWatchBookmarks=true&fieldSelector=metadata.name%3Dd&resourceVersionMatch=NotOlderThan&sendInitialEvents=true&watch=true";

fn ok(out: &str) -> Outcome {
    Outcome {
        code: 0,
        out: out.to_owned(),
        err: String::new(),
    }
}

const STATUS: [&str; 3] = ["rollout", "status", "deploy/d"];

const HALF: &str = "Waiting for deployment \"d\" rollout to finish: 1 out of 2 new replicas have been updated...\n";

const DONE: &str = "deployment \"d\" successfully rolled out\n";

#[test]
fn rollout_status_follows_through_a_watch_that_ends() {
    let server = server(vec![
        told(&[
            event("ADDED", &deployment(10, 1)),
            end_of_initial_events(),
            event("MODIFIED", &deployment(12, 1)),
        ]),
        stays(&[event("MODIFIED", &deployment(13, 2))]),
    ]);
    assert_eq!(run(&server, &STATUS), ok(&format!("{HALF}{HALF}{DONE}")));
    let resumed = "allowWatchBookmarks=true&fieldSelector=metadata.name%3Dd&resourceVersion=12&watch=true";
    assert_eq!(queries(&server), [FROM_THE_START, resumed]);
}

#[test]
fn rollout_status_of_a_server_without_initial_events_lists_first() {
    let refusal = Told {
        code: 422,
        ..told(&[status(422, "Invalid", "sendInitialEvents is forbidden")])
    };
    let server = server(vec![refusal, stays(&[event("MODIFIED", &deployment(13, 2))])]);
    assert_eq!(run(&server, &STATUS), ok(&format!("{HALF}{DONE}")));
    let listed = "fieldSelector=metadata.name%3Dd&limit=500&resourceVersion=0";
    let resumed = "allowWatchBookmarks=true&fieldSelector=metadata.name%3Dd&resourceVersion=10&watch=true";
    assert_eq!(queries(&server), [FROM_THE_START, listed, resumed]);
}

#[test]
fn rollout_status_of_a_watch_that_fails_looks_again_and_says_so() {
    let server = server(vec![
        told(&[
            event("ADDED", &deployment(10, 1)),
            end_of_initial_events(),
            event("ERROR", &status(500, "InternalError", "etcd is gone")),
        ]),
        stays(&[event("ADDED", &deployment(12, 2)), end_of_initial_events()]),
    ]);
    let outcome = run(&server, &STATUS);
    assert_eq!((outcome.code, outcome.out), (0, format!("{HALF}{DONE}")));
    assert!(
        outcome.err.contains("\"Warning: watch ended with error\"") && outcome.err.contains("err=\"etcd is gone\""),
        "{}",
        outcome.err
    );
    assert!(queries(&server)[1].contains("resourceVersion=11&resourceVersionMatch=NotOlderThan&sendInitialEvents=true"));
}

#[test]
fn rollout_status_of_a_deployment_that_is_deleted_fails() {
    let gone = event("DELETED", &deployment(12, 1));
    let server = server(vec![stays(&[event("ADDED", &deployment(10, 1)), end_of_initial_events(), gone])]);
    let outcome = run(&server, &STATUS);
    assert_eq!(
        (outcome.code, outcome.out.as_str(), outcome.err.as_str()),
        (1, HALF, "error: object has been deleted\n")
    );
}

#[test]
fn rollout_status_with_a_timeout_ends() {
    let server = server(vec![stays(&[event("ADDED", &deployment(10, 1)), end_of_initial_events()])]);
    let outcome = run(&server, &["rollout", "status", "deploy/d", "--timeout=100ms"]);
    let sentence = "error: timed out waiting for the condition\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence));
}

#[test]
fn rollout_status_once_says_it_once() {
    let server = server(vec![stays(&[event("ADDED", &deployment(10, 1)), end_of_initial_events()])]);
    assert_eq!(run(&server, &["rollout", "status", "deploy/d", "--watch=false"]), ok(HALF));
}

#[test]
fn wait_for_several_conditions_prints_the_object_once() {
    let watch = || stays(&[event("ADDED", &deployment(10, 1)), end_of_initial_events()]);
    let server = server(vec![watch(), watch()]);
    let words = [
        "wait",
        "deploy/d",
        "--for=condition=available",
        "--for=jsonpath={.status.updatedReplicas}=1",
        "--for=create",
    ];
    assert_eq!(run(&server, &words), ok("deployment.apps/d condition met\n"));
}

#[test]
fn wait_for_an_object_that_is_not_there_fails_at_once() {
    let server = server(vec![stays(&[end_of_initial_events()])]);
    let outcome = run(&server, &["wait", "deploy/d", "--for=condition=Available"]);
    let sentence = "Error from server (NotFound): deployments.apps \"d\" not found\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence));
}

#[test]
fn wait_for_deletion_ends_with_it_whether_it_is_told_or_found() {
    for watches in [
        vec![stays(&[
            event("ADDED", &deployment(10, 1)),
            end_of_initial_events(),
            event("DELETED", &deployment(12, 1)),
        ])],
        vec![stays(&[end_of_initial_events()])],
    ] {
        let server = server(watches);
        let outcome = run(&server, &["wait", "deploy/d", "--for=delete"]);
        assert_eq!(outcome, ok("deployment.apps/d condition met\n"));
    }
}

#[test]
fn wait_with_a_timeout_names_what_was_not_met() {
    let server = server(vec![stays(&[event("ADDED", &deployment(10, 1)), end_of_initial_events()])]);
    let words = ["wait", "deploy/d", "deploy/d", "--for=condition=Available=False", "--timeout=100ms"];
    let outcome = run(&server, &words);
    let sentence = "timed out waiting for the condition on deployments/d\n";
    assert_eq!((outcome.code, outcome.err), (1, sentence.repeat(2)));
}

#[test]
fn wait_without_time_looks_once() {
    let server = server(Vec::new());
    let met = run(&server, &["wait", "deploy/d", "--for=condition=Available", "--timeout=0"]);
    assert_eq!(met, ok("deployment.apps/d condition met\n"));
    let unmet = run(&server, &["wait", "deploy/d", "--for=jsonpath={.nope}", "--timeout=0"]);
    assert_eq!(
        (unmet.code, unmet.err.as_str()),
        (1, "error: condition not met for deployments/d\n")
    );
}

#[test]
fn wait_for_manifests_says_last_and_bare_what_is_not_there() {
    let server = Server::start(|asked: &Asked| match asked.path.rsplit('/').next() {
        Some("d") => Reply::Json(200, deployment(10, 1)),
        _ => {
            let details = r#"{"kind":"deployments","name":"e"}"#;
            let status = status(404, "NotFound", "deployments.apps e not found");
            Reply::Json(404, status.replacen('{', &format!("{{\"details\":{details},"), 1))
        }
    });
    let manifest =
        |name: &&str| format!("{{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{{\"name\":\"{name}\"}}}}\n---\n");
    let wait = |names: &[&str]| {
        let manifests: String = names.iter().map(manifest).collect();
        let words = ["wait", "-f", "-", "--for=jsonpath={.nope}", "--timeout=0"];
        Place::new(&server.url()).run_with(&words, &manifests).err
    };
    assert_eq!(
        wait(&["e", "d"]),
        "condition not met for deployments/d\ndeployments.apps e not found\n"
    );
    let alone = "Error from server (NotFound): deployments.apps e not found\n";
    assert_eq!(wait(&["e"]), alone);
    assert_eq!(wait(&["e", "e"]), alone.repeat(2));
}

#[test]
fn wait_for_all_counts_names_and_demands_a_type() {
    let server = server(Vec::new());
    let words = |rest: &[&'static str]| [&["wait", "--for=condition=Available", "--timeout=0", "--all"], rest].concat();
    for named in [&["deploy/d"][..], &["deploy", "d"]] {
        assert_eq!(run(&server, &words(named)), ok("deployment.apps/d condition met\n"), "{named:?}");
    }
    let nothing = run(&server, &words(&[]));
    assert!(
        nothing
            .err
            .starts_with("error: You must provide one or more resources by argument or filename.\n")
    );
}

#[test]
fn rollout_status_with_less_time_than_none_complains_and_goes_on() {
    let server = server(Vec::new());
    let outcome = run(&server, &["rollout", "status", "deploy/d", "--timeout=-1s", "--watch=false"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    let complaint = " until.go:159] \"Timeout for context shall not be negative\"";
    assert!(
        outcome.err.lines().next().is_some_and(|line| line.ends_with(complaint)),
        "{}",
        outcome.err
    );
}

#[test]
fn wait_for_manifests_without_a_server_says_whose_type_is_not_known() {
    let manifest = r#"{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"w"}}"#;
    let words = ["wait", "-f", "-", "--for=delete"];
    let outcome = Place::new("http://127.0.0.1:1").run_with(&words, manifest);
    let sentence = "\nerror: unable to recognize \"STDIN\": Get \"http://127.0.0.1:1/api?timeout=32s\": dial tcp 127.0.0.1:1: connect: connection refused\n";
    assert!(outcome.code == 1 && outcome.err.ends_with(sentence), "{}", outcome.err);
}
