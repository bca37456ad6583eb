//! `describe` against servers that behave and servers that do not.

use std::{
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use super::{Outcome, Place, offers, run};
use crate::server::{Asked, Reply, Server};

fn pod(name: &str) -> String {
    format!(r#"{{"metadata":{{"name":"{name}","namespace":"shop","uid":"{name}-1"}},"spec":{{"containers":[]}},"status":{{}}}}"#)
}

fn pods(names: &[String], token: &str) -> String {
    let items: Vec<String> = names.iter().map(|name| pod(name)).collect();
    format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"continue":"{token}"}},"items":[{}]}}"#,
        items.join(",")
    )
}

/// An event about something, or none at all.
fn events(reason: Option<&str>) -> Reply {
    let event = reason.map_or(String::new(), |reason| {
        format!(r#"{{"type":"Normal","reason":"{reason}","message":"it was","source":{{"component":"kubelet"}}}}"#)
    });
    Reply::Json(
        200,
        format!(r#"{{"kind":"EventList","apiVersion":"v1","metadata":{{}},"items":[{event}]}}"#),
    )
}

fn ends(asked: &Asked, end: &str) -> bool {
    asked.path.split('?').next().is_some_and(|path| path.ends_with(end))
}

/// The names at the heads of the descriptions.
fn names(outcome: &Outcome) -> Vec<&str> {
    outcome
        .out
        .lines()
        .filter_map(|line| line.strip_prefix("Name:"))
        .map(str::trim)
        .collect()
}

#[test]
fn describe_of_several_objects_asks_for_the_list_alone_and_keeps_its_order() {
    let all: Vec<String> = (0..30).map(|at| format!("pod-{at}")).collect();
    let (first, second) = (pods(&all[..20], "more"), pods(&all[20..], ""));
    let server = Server::start(move |asked| {
        Reply::Json(
            200,
            if asked.path.contains("continue") {
                second.clone()
            } else {
                first.clone()
            },
        )
    });
    let outcome = run(&server, &["describe", "pods", "--chunk-size=20"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(names(&outcome), all);
    assert!(
        outcome.out.contains("Tolerations:     <none>\n\n\nName:         pod-1\n"),
        "{}",
        outcome.out
    );
    assert!(!outcome.out.contains("Events"));
    assert_eq!(
        server.paths(),
        [
            "/api/v1/namespaces/shop/pods?limit=20",
            "/api/v1/namespaces/shop/pods?continue=more&limit=20"
        ]
    );
}

#[test]
fn describe_of_one_object_asks_for_it_once_and_for_its_events() {
    let server = Server::start(|asked| match ends(asked, "/events") {
        true => events(Some("Started")),
        false => Reply::Json(200, pod("web")),
    });
    let outcome = run(&server, &["describe", "pod", "web"]);
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(
        outcome.out.contains("  Normal  Started  <unknown>  kubelet  it was\n"),
        "{}",
        outcome.out
    );
    assert_eq!(
        server.paths(),
        [
            "/api/v1/namespaces/shop/pods/web",
            "/api/v1/namespaces/shop/events?fieldSelector=involvedObject.name%3Dweb%2CinvolvedObject.namespace%3Dshop\
             %2CinvolvedObject.uid%3Dweb-1&limit=500"
        ]
    );
    let outcome = run(&server, &["describe", "pod", "web", "--show-events=false"]);
    assert!(!outcome.out.contains("Events"));
    assert_eq!(server.paths().len(), 3);
}

/// Lets requests through eight at a time, and counts how many were ever there at once.
#[derive(Default)]
struct Gate {
    state: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    here: usize,
    most: usize,
    /// How many came since the gate was last opened, and how often it was.
    came: usize,
    opened: usize,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock().unwrap();
        state.here += 1;
        state.most = state.most.max(state.here);
        state.came += 1;
        if state.came == 8 {
            state.came = 0;
            state.opened += 1;
            self.changed.notify_all();
        } else {
            let before = state.opened;
            let wait = self
                .changed
                .wait_timeout_while(state, Duration::from_secs(20), |state| state.opened == before);
            let (after, late) = wait.unwrap();
            assert!(!late.timed_out(), "fewer than eight requests came");
            state = after;
        }
        state.here -= 1;
    }
}

#[test]
fn describe_with_events_asks_eight_questions_at_once_and_prints_in_order() {
    const ALL: usize = 40;
    let all: Vec<String> = (0..ALL).map(|at| format!("pod-{at}")).collect();
    let list = pods(&all, "");
    let gate = Arc::new(Gate::default());
    let inner = gate.clone();
    let server = Server::start(move |asked| {
        if ends(asked, "/pods") {
            return Reply::Json(200, list.clone());
        }
        inner.pass();
        events(None)
    });
    let outcome = run(&server, &["describe", "pods", "--show-events"]);
    assert_eq!(names(&outcome), all);
    assert_eq!(outcome.out.matches("Events:          <none>\n").count(), ALL);
    assert_eq!(gate.state.lock().unwrap().most, 8);
}

#[test]
fn describe_of_a_name_that_nothing_has_takes_it_for_a_beginning() {
    let list = pods(&["web-1".to_owned(), "db".to_owned(), "web-2".to_owned()], "");
    let server = Server::start(move |asked| match asked.path.as_str() {
        path if path.contains("timeout=") => offers::answer(asked).unwrap(),
        path if path.ends_with("/pods?limit=500") => Reply::Json(200, list.clone()),
        "/api/v1/namespaces/shop" => Reply::Json(200, r#"{"metadata":{"name":"shop"}}"#.to_owned()),
        _ => offers::refusal(404, "NotFound", "pods \\\"we\\\" not found"),
    });
    let outcome = run(&server, &["describe", "po", "we"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(names(&outcome), ["web-1", "web-2"]);
    assert!(outcome.out.ends_with("Tolerations:     <none>\n\n"));
    let outcome = run(&server, &["describe", "po", "x"]);
    assert_eq!(outcome.err, "Error from server (NotFound): pods \"we\" not found\n");
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
}

#[test]
fn describe_of_nothing_says_where_there_is_nothing() {
    let server = Server::start(|_| Reply::Json(200, pods(&[], "")));
    let outcome = run(&server, &["describe", "pods"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, "No resources found in shop namespace.\n"));
    let outcome = run(&server, &["describe", "pods", "-A"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, "No resources found\n"));
}

#[test]
fn describe_where_pods_may_not_be_listed_fails_and_asks_for_nothing_more() {
    let server = Server::start(|asked| match ends(asked, "/pods") {
        true => offers::refusal(403, "Forbidden", "pods is forbidden"),
        false => Reply::Json(200, r#"{"metadata":{"name":"db","namespace":"shop"},"spec":{}}"#.to_owned()),
    });
    let outcome = run(&server, &["describe", "statefulset", "db"]);
    assert_eq!(
        outcome,
        Outcome {
            code: 1,
            out: String::new(),
            err: "Error from server (Forbidden): pods is forbidden\n".to_owned(),
        }
    );
    assert_eq!(server.paths().len(), 2);
}

#[test]
fn describe_of_a_file_whose_pod_is_gone_shows_its_events() {
    let server = Server::start(|asked| match ends(asked, "/events") {
        true => events(Some("Killing")),
        false => offers::refusal(404, "NotFound", "pods \\\"web\\\" not found"),
    });
    let manifest = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}"#;
    let outcome = Place::new(&server.url()).run_with(&["describe", "-f", "-"], manifest);
    assert_eq!(
        outcome.out,
        "Pod 'web': error 'pods \"web\" not found', but found events.\nEvents:\n  \
         Type    Reason   Age        From     Message\n  \
         ----    ------   ----       ----     -------\n  \
         Normal  Killing  <unknown>  kubelet  it was\n"
    );
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
}

#[test]
fn describe_of_an_old_autoscaler_asks_for_the_new_form_first() {
    let server = Server::start(|asked| {
        let body = r#"{"apiVersion":"autoscaling/v1","kind":"HorizontalPodAutoscaler","metadata":{"name":"web","namespace":"shop"},
            "spec":{"targetCPUUtilizationPercentage":80}}"#;
        match asked.path.as_str() {
            path if path.starts_with("/apis/autoscaling/v1/") => Reply::Json(200, body.to_owned()),
            path if path.starts_with("/apis/autoscaling/v2/") => offers::refusal(404, "NotFound", "no such version"),
            path if path.contains("/events?") => events(None),
            _ => offers::answer(asked).unwrap(),
        }
    });
    let outcome = run(&server, &["describe", "horizontalpodautoscalers.v1.autoscaling", "web"]);
    assert!(
        outcome.out.contains("Target CPU utilization:   80%\n"),
        "{}{}",
        outcome.out,
        outcome.err
    );
}

#[test]
fn describe_shows_events_where_a_type_has_one_object_and_where_one_of_several_is_found() {
    let server = Server::start(|asked| match asked.path.as_str() {
        path if path.contains("timeout=") => offers::answer(asked).unwrap(),
        _ if ends(asked, "/events") => events(None),
        path if path.ends_with("/pods?limit=500") => Reply::Json(200, pods(&["web-1".to_owned()], "")),
        path if path.ends_with("/pods/web-1") => Reply::Json(200, pod("web-1")),
        "/api/v1/namespaces/shop" => Reply::Json(200, r#"{"metadata":{"name":"shop"}}"#.to_owned()),
        _ => offers::refusal(404, "NotFound", "no such pod"),
    });
    for (line, err) in [
        (&["describe", "po", "web"][..], ""),
        (
            &["describe", "po", "web-1", "web-2", "web-3"],
            "Error from server (NotFound): no such pod\nError from server (NotFound): no such pod\n",
        ),
    ] {
        let outcome = run(&server, line);
        assert_eq!(outcome.err, err);
        assert_eq!(names(&outcome), ["web-1"]);
        assert!(outcome.out.contains("Events:          <none>\n"), "{}", outcome.out);
    }
}

#[test]
fn describe_of_a_file_with_names_that_no_path_holds_says_so_and_asks_for_nothing() {
    let server = Server::start(|asked| offers::answer(asked).unwrap_or_else(|| offers::refusal(404, "NotFound", "asked")));
    let manifest = r#"
{"apiVersion":"v1","kind":"Service","metadata":{"generateName":"web-"}}
---
{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a/b"}}
---
{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{}}
"#;
    let outcome = Place::new(&server.url()).run_with(&["describe", "-f", "-"], manifest);
    assert_eq!(
        outcome.err,
        "resource name may not be empty\ninvalid resource name \"a/b\": [may not contain '/']\nname is required\n"
    );
    assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    assert!(server.paths().iter().all(|path| path.contains("timeout=")), "{:?}", server.paths());
}
