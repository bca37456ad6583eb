//! `logs` against servers that behave and servers that do not.

use std::io::Write;

use super::{Outcome, offers::refusal, run};
use crate::server::{Asked, Reply, Server};

fn pod(name: &str, containers: &[&str]) -> String {
    let containers: Vec<String> = containers.iter().map(|name| format!(r#"{{"name":"{name}"}}"#)).collect();
    format!(
        r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{"nodeName":"n","containers":[{}]}},"status":{{"phase":"Running"}}}}"#,
        containers.join(",")
    )
}

fn list(pods: &[String]) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"PodList","metadata":{{"resourceVersion":"5"}},"items":[{}]}}"#,
        pods.join(",")
    )
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";

/// A log of some bytes.
fn log(bytes: &[u8]) -> Reply {
    Reply::Bytes([HEAD, bytes].concat())
}

/// Whether a log is asked for: of which pod.
fn log_of(asked: &Asked) -> Option<&str> {
    asked.path.split('?').next()?.strip_suffix("/log")?.rsplit('/').next()
}

fn ok(out: &str, err: &str) -> Outcome {
    Outcome {
        code: 0,
        out: out.to_owned(),
        err: err.to_owned(),
    }
}

#[test]
fn logs_of_a_pod_pass_its_bytes_through() {
    const BYTES: &[u8] = b"\x1b[31mred\r\n\n no end";
    let server = Server::start(|asked| match log_of(asked) {
        Some(_) => log(BYTES),
        None => Reply::Json(200, pod("p", &["a", "b"])),
    });
    let outcome = run(&server, &["logs", "p", "--tail=7", "--since=90s", "-p", "--timestamps"]);
    let said = "Defaulted container \"a\" out of: a, b\n";
    assert_eq!(outcome, ok(std::str::from_utf8(BYTES).unwrap(), said));
    let path = "/api/v1/namespaces/shop/pods/p/log?container=a&previous=true&sinceSeconds=90&tailLines=7&timestamps=true";
    assert_eq!(server.paths(), ["/api/v1/namespaces/shop/pods/p", path]);
}

#[test]
fn logs_of_a_selector_print_ten_lines_of_each_pod_in_the_lists_order() {
    let server = Server::start(|asked| match log_of(asked) {
        Some(name) => log(format!("{name}\n").as_bytes()),
        None => Reply::Json(200, list(&[pod("z", &["c"]), pod("a", &["c"])])),
    });
    let outcome = run(&server, &["logs", "-l", "app=x", "--prefix"]);
    assert_eq!(outcome, ok("[pod/z/c] z\n[pod/a/c] a\n", ""));
    assert!(server.paths()[1].ends_with("?container=c&tailLines=10"), "{:?}", server.paths());
}

#[test]
fn logs_of_a_selector_without_pods_say_so_and_succeed() {
    let server = Server::start(|_| Reply::Json(200, list(&[])));
    let outcome = run(&server, &["logs", "-l", "app=x"]);
    assert_eq!(outcome, ok("", "No resources found in shop namespace.\n"));
}

#[test]
fn logs_that_are_followed_together_are_mixed_line_by_line() {
    let server = Server::start(|asked| match log_of(asked) {
        Some(name) => {
            let name = name.to_owned();
            Reply::Write(Box::new(move |stream| {
                stream.write_all(HEAD)?;
                for part in ["1", "2\n3", "4\n", "end\n"] {
                    stream.write_all(format!("{name}{part}").as_bytes())?;
                }
                Ok(())
            }))
        }
        None => Reply::Json(200, list(&[pod("a", &["c"]), pod("b", &["c"])])),
    });
    let outcome = run(&server, &["logs", "-l", "app=x", "-f"]);
    let mut lines: Vec<&str> = outcome.out.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["3a4", "3b4", "a1a2", "aend", "b1b2", "bend"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (0, ""));
}

#[test]
fn logs_that_break_off_print_what_came_and_fail_unless_errors_are_ignored() {
    let server = Server::start(|asked| match log_of(asked) {
        Some(_) => Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\none\ntw".to_vec()),
        None => Reply::Json(200, pod("p", &["c"])),
    });
    let outcome = run(&server, &["logs", "p", "--prefix"]);
    assert_eq!((outcome.code, outcome.err.as_str()), (1, "error: unexpected EOF\n"));
    assert_eq!(outcome.out, "[pod/p/c] one\n[pod/p/c] tw");
    let outcome = run(&server, &["logs", "p", "--ignore-errors"]);
    assert_eq!(outcome, ok("one\ntwerror: unexpected EOF\n", ""));
}

#[test]
fn logs_of_a_workload_wait_for_its_first_pod() {
    let job = r#"{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j","namespace":"shop"},"spec":{"selector":{"matchLabels":{"job":"j"}}}}"#;
    let server = Server::start(move |asked| {
        if log_of(asked).is_some() {
            return log(b"here\n");
        }
        if asked.path.contains("/jobs/") {
            return Reply::Json(200, job.to_owned());
        }
        if !asked.path.contains("watch=true") {
            return Reply::Json(200, list(&[]));
        }
        Reply::Json(200, format!(r#"{{"type":"ADDED","object":{}}}"#, pod("p", &["c"])))
    });
    assert_eq!(run(&server, &["logs", "job/j"]), ok("here\n", ""));
    let watch = "/api/v1/namespaces/shop/pods?labelSelector=job%3Dj&resourceVersion=5&watch=true";
    assert_eq!(server.paths()[2], watch);
}

#[test]
fn logs_of_a_workload_whose_watch_ends_fail() {
    let service = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s","namespace":"shop"},"spec":{"selector":{"a":"b"}}}"#;
    for broken in ["", "{\"type\":\"ADDED\",\"obj", "{\"type\":\"ODD\",\"object\":{}}\n", "nonsense"] {
        let server = Server::start(move |asked| {
            if asked.path.contains("/services/") {
                return Reply::Json(200, service.to_owned());
            }
            match asked.path.contains("watch=true") {
                true => Reply::Json(200, broken.to_owned()),
                false => Reply::Json(200, list(&[])),
            }
        });
        let outcome = run(&server, &["logs", "svc/s"]);
        let sentence = "error: watch closed before UntilWithoutRetry timeout\n";
        assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence), "{broken:?}");
    }
}

#[test]
fn logs_of_a_kind_that_is_not_built_in_are_refused() {
    let widget = r#"{"apiVersion":"example.com/v1","kind":"Node","metadata":{"name":"w"}}"#;
    let server = Server::start(move |_| Reply::Json(200, widget.to_owned()));
    let outcome = run(&server, &["logs", "node/w"]);
    let sentence = "error: no kind \"Node\" is registered for version \"example.com/v1\" in scheme \"pkg/scheme/scheme.go:28\"\n";
    assert_eq!((outcome.code, outcome.err.as_str()), (1, sentence));
}

#[test]
fn logs_behind_one_that_cannot_be_there_are_not_asked_for() {
    let states = [("a", "running"), ("b", "waiting"), ("c", "running")];
    let pods = states.map(|(name, state)| {
        let status = format!(r#""status":{{"containerStatuses":[{{"name":"c","state":{{"{state}":{{}}}}}}],"#);
        pod(name, &["c"]).replace(r#""status":{"#, &status)
    });
    let server = Server::start(move |asked| match log_of(asked) {
        Some("b") => refusal(400, "BadRequest", "waiting to start"),
        Some(name) => log(format!("{name}\n").as_bytes()),
        None => Reply::Json(200, list(&pods)),
    });
    let asked = |words: &[&str]| {
        let before = server.paths().len();
        let outcome = run(&server, words);
        let logs = server.asked()[before..]
            .iter()
            .filter_map(|asked| log_of(asked).map(str::to_owned))
            .collect::<Vec<_>>();
        (outcome.code, outcome.out, logs.concat())
    };
    assert_eq!(asked(&["logs", "-l", "app=x"]), (1, "a\n".to_owned(), "ab".to_owned()));
    let (code, out, mut logs) = asked(&["logs", "-l", "app=x", "--ignore-errors"]);
    assert_eq!((code, out.as_str()), (0, "a\nerror: waiting to start\nc\n"));
    // All are on their way together.
    logs = logs.chars().filter(|name| "abc".contains(*name)).collect();
    assert_eq!(logs.len(), 3);
}
