//! `events` against servers that behave and servers that do not.

use std::io::Write;

use kubectl_rs::streams::Streams;

use super::{Outcome, Place, offers, run};
use crate::server::{Asked, Reply, Server};

/// An event with a name that says when it was, in seconds after a minute.
fn event(second: u8, kind: &str, more: &str) -> String {
    format!(
        r#"{{"metadata":{{"name":"e{second}","namespace":"shop","managedFields":[{{}}]}},"involvedObject":{{"kind":"Pod","name":"web"}},"reason":"R{second}","message":" m{second}\n","lastTimestamp":"2026-01-01T00:00:{second:02}Z","firstTimestamp":"2026-01-01T00:00:00Z","type":"{kind}"{more}}}"#
    )
}

fn list(events: &[String], token: &str) -> Reply {
    let items = events.join(",");
    Reply::Json(
        200,
        format!(r#"{{"kind":"EventList","apiVersion":"v1","metadata":{{"continue":"{token}"}},"items":[{items}]}}"#),
    )
}

/// Runs a command line an hour after the events.
fn later(server: &Server, words: &[&str]) -> Outcome {
    let (streams, out, err) = Streams::captured("");
    let streams = streams.with_time("2026-01-01T01:00:00Z".parse().unwrap());
    let code = Place::new(&server.url()).run_on(words, streams);
    Outcome {
        code,
        out: out.text(),
        err: err.text(),
    }
}

fn failed(sentence: &str) -> Outcome {
    Outcome {
        code: 1,
        out: String::new(),
        err: format!("{sentence}\n"),
    }
}

#[test]
fn events_of_several_pages_are_sorted_and_aligned() {
    let server = Server::start(|asked| match asked.path.contains("continue=more") {
        false => list(&[event(30, "Normal", r#","count":2"#), event(10, "\\u001b[31m", "")], "more"),
        true => list(&[event(20, "Warning", "")], ""),
    });
    let outcome = later(&server, &["events", "--chunk-size=2"]);
    assert_eq!(outcome.err, "");
    assert_eq!(
        outcome.out,
        "LAST SEEN           TYPE      REASON   OBJECT    MESSAGE\n\
         60m                 ^[[31m    R10      Pod/web   m10\n\
         60m                 Warning   R20      Pod/web   m20\n\
         59m (x2 over 60m)   Normal    R30      Pod/web   m30\n"
    );
    let pages = ["events?limit=500", "events?continue=more&limit=500"].map(|page| format!("/api/v1/namespaces/shop/{page}"));
    assert_eq!(server.paths(), pages);
}

#[test]
fn events_in_all_namespaces_have_a_column_for_them_unless_there_is_none() {
    let server = Server::start(|_| list(&[event(10, "Normal", "")], ""));
    let outcome = later(&server, &["events", "-A", "--no-headers"]);
    assert_eq!(outcome.out, "shop   60m   Normal   R10   Pod/web   m10\n");
    let outcome = later(&server, &["events", "-A", "--types=warning"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, "No events found.\n"));
    let outcome = later(&server, &["events", "--types=warning"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, "No events found in shop namespace.\n"));
    assert_eq!(server.paths()[0], "/api/v1/events?limit=500");
}

#[test]
fn events_as_json_are_what_go_makes_of_them() {
    let server = Server::start(|_| list(&[event(10, "Normal", r#","unknown":1"#)], ""));
    let json = later(&server, &["events", "-o", "json"]).out;
    let place = |what: &str| json.find(what).unwrap_or_else(|| panic!("{what} is missing in {json}"));
    assert!(json.starts_with("{\n    \"kind\": \"EventList\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {},\n"));
    assert!(place("\"involvedObject\"") < place("\"reason\"") && place("\"eventTime\": null") < place("\"reportingComponent\": \"\""));
    assert!(!json.contains("unknown") && !json.contains("managedFields"));
    let yaml = later(&server, &["events", "-o", "yaml"]).out;
    assert!(
        yaml.starts_with("apiVersion: v1\nitems:\n- apiVersion: v1\n  eventTime: null\n"),
        "{yaml}"
    );
}

#[test]
fn events_in_other_forms_are_aligned_and_their_failures_are_not_told() {
    let server = Server::start(|_| list(&[event(10, "Normal", ""), event(20, "Warning", "")], ""));
    let template = r#"-o=jsonpath={range .items[*]}{.type}{"\t"}{.reason}{"\n"}{end}"#;
    assert_eq!(later(&server, &["events", template]).out, "Normal    R10\nWarning   R20\n");
    assert_eq!(
        later(&server, &["events", "-o", "jsonpath={.items[0].involvedObject}"]).out,
        r#"{"kind":"Pod","name":"web"}"#
    );
    for form in ["name", "jsonpath={.nope.x}"] {
        let outcome = later(&server, &["events", "-o", form, "--allow-missing-template-keys=false"]);
        assert_eq!((outcome.code, outcome.out.as_str(), outcome.err.as_str()), (0, "", ""), "{form}");
    }
}

#[test]
fn events_for_an_object_ask_for_those_about_it() {
    let server = Server::start(|asked| offers::answer(asked).unwrap_or_else(|| list(&[event(10, "Normal", "")], "")));
    for named in ["Deployment/web", "deploy/web", "deployments.v1.apps/web"] {
        assert_eq!(later(&server, &["events", "--for", named]).err, "");
    }
    let about = "/api/v1/namespaces/shop/events?fieldSelector=involvedObject.kind%3DDeployment%2CinvolvedObject.apiVersion%3Dapps\
                 %2Fv1%2CinvolvedObject.name%3Dweb&limit=500";
    assert_eq!(
        server.paths(),
        [about; 3],
        "nobody needs to be asked about types that every server has"
    );
    assert_eq!(later(&server, &["events", "--for", "pod/"]).err, "");
    assert_eq!(server.paths()[3], "/api/v1/namespaces/shop/events?limit=500");
}

#[test]
fn events_for_what_there_is_not_say_so() {
    let server = Server::start(|asked| offers::answer(asked).unwrap());
    for (named, sentence) in [
        ("foo/x", "the server doesn't have a resource type \"foo\""),
        (
            "foo.bar.baz/x",
            "the server doesn't have a resource type \"foo\" in group \"bar.baz\"",
        ),
        ("foo", "error: --for must be in resource/name form"),
        ("a/b/c", "error: arguments in resource/name form may not have more than one slash"),
    ] {
        assert_eq!(run(&server, &["events", "--for", named]), failed(sentence));
    }
    let sentence = "error: valid --types are Normal or Warning";
    assert_eq!(run(&server, &["events", "--types=Normal,x"]), failed(sentence));
}

#[test]
fn events_for_an_object_of_a_server_that_cannot_be_asked_fail_where_kubectl_fails() {
    let server = Server::start(|asked: &Asked| match asked.path.contains("timeout=") {
        true => offers::refusal(403, "Forbidden", "not for you"),
        false => offers::refusal(403, "Forbidden", "events is forbidden"),
    });
    let outcome = run(&server, &["events", "--for", "pod/web"]);
    let complaints = outcome.err.matches("couldn't get current server API group list").count();
    assert_eq!((outcome.code, complaints), (1, 2), "{}", outcome.err);
    assert!(outcome.err.ends_with("Error from server (Forbidden): unknown\n"), "{}", outcome.err);
    assert_eq!(
        run(&server, &["events"]),
        failed("Error from server (Forbidden): events is forbidden")
    );
}

#[test]
fn events_that_may_not_be_listed_so_are_explained() {
    let server = Server::start(|_| offers::refusal(400, "BadRequest", "what?"));
    let sentence = "Error from server (BadRequest): Unable to list \"events\": what?";
    assert_eq!(run(&server, &["events"]), failed(sentence));
    let sentence = "error: invalid namespace \"a/b\": [may not contain '/']";
    assert_eq!(run(&server, &["events", "-n", "a/b"]), failed(sentence));
}

/// A server whose watch tells this and ends.
fn watched(told: String) -> Server {
    Server::start(move |_| {
        let told = told.clone();
        Reply::Write(Box::new(move |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
            stream.write_all(told.as_bytes())
        }))
    })
}

fn change(kind: &str, object: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"object\":{object}}}\n")
}

fn whole(event: &str) -> String {
    event.replacen('{', r#"{"kind":"Event","apiVersion":"v1","#, 1)
}

#[test]
fn events_of_a_watch_come_as_the_server_tells_them_until_it_ends() {
    let server = watched(
        [
            change("ADDED", &whole(&event(30, "Warning", ""))),
            change("DELETED", &whole(&event(11, "Normal", ""))),
            change("ERROR", r#"{"kind":"Status","apiVersion":"v1","code":500}"#),
            change("MODIFIED", &whole(&event(20, "Normal", r#","count":3"#))),
            change("ADDED", &whole(&event(10, "Other", ""))),
        ]
        .concat(),
    );
    let outcome = later(&server, &["events", "-w", "--for", "pod/web", "--types=normal,warning"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(
        outcome.out,
        "LAST SEEN   TYPE      REASON   OBJECT    MESSAGE\n\
         60m         Warning   R30      Pod/web   m30\n\
         59m (x3 over 60m)   Normal    R20      Pod/web   m20\n"
    );
    assert_eq!(
        server.paths(),
        [
            "/api/v1/namespaces/shop/events?fieldSelector=involvedObject.kind%3DPod%2CinvolvedObject.apiVersion%3Dv1\
          %2CinvolvedObject.name%3Dweb&limit=500&watch=true"
        ]
    );
    let outcome = later(&server, &["events", "-w", "-o", "name"]);
    assert_eq!(outcome.out, "event/e30\nevent/e20\nevent/e10\n");
}

#[test]
fn events_of_a_watch_that_breaks_off_within_an_event_end_well() {
    let server = watched(change("ADDED", &whole(&event(30, "Normal", ""))) + r#"{"type":"ADDED","obj"#);
    let outcome = later(&server, &["events", "-w", "--no-headers"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
    assert_eq!(outcome.out, "60m   Normal   R30   Pod/web   m30\n");
}
