//! `get` against servers that behave and servers that do not.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use super::{Outcome, Place, offers, run};
use crate::server::{Reply, Server};

const COLUMNS: &str =
    r#"[{"name":"Name","type":"string","format":"name"},{"name":"Ready","type":"string"},{"name":"IP","type":"string","priority":1}]"#;

fn table(rows: &[&str], token: &str) -> String {
    let rows: Vec<String> = rows
        .iter()
        .map(|name| {
            format!(r#"{{"cells":["{name}","1/1","10.0.0.1"],"object":{{"metadata":{{"name":"{name}","namespace":"shop","labels":{{"app":"a"}}}}}}}}"#)
        })
        .collect();
    format!(
        r#"{{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{{"resourceVersion":"7","continue":"{token}"}},"columnDefinitions":{COLUMNS},"rows":[{}]}}"#,
        rows.join(",")
    )
}

fn pods(names: &[&str], token: &str) -> String {
    let items: Vec<String> = names
        .iter()
        .map(|name| format!(r#"{{"metadata":{{"name":"{name}","managedFields":[]}}}}"#))
        .collect();
    format!(
        r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"7","continue":"{token}"}},"items":[{}]}}"#,
        items.join(",")
    )
}

fn ok(out: &str) -> Outcome {
    Outcome {
        code: 0,
        out: out.to_owned(),
        err: String::new(),
    }
}

#[test]
fn get_of_several_pages_aligns_them_as_one_table() {
    let server = Server::start(|asked| {
        Reply::Json(
            200,
            if asked.path.contains("continue") {
                table(&["a-much-longer-name"], "")
            } else {
                table(&["a", "b"], "next page")
            },
        )
    });
    let outcome = run(&server, &["get", "pods"]);
    assert_eq!(
        outcome,
        ok("NAME                 READY\na                    1/1\nb                    1/1\na-much-longer-name   1/1\n")
    );
    let expected = [
        "/api/v1/namespaces/shop/pods?limit=500",
        "/api/v1/namespaces/shop/pods?continue=next+page&limit=500",
    ];
    assert_eq!(server.paths(), expected);
}

#[test]
fn get_json_of_several_pages_is_one_list_with_kinds() {
    let server = Server::start(|asked| {
        Reply::Json(
            200,
            if asked.path.contains("continue") {
                pods(&["b"], "")
            } else {
                pods(&["a"], "x")
            },
        )
    });
    let outcome = run(&server, &["get", "pods", "-o", "json"]);
    let item = |name: &str| {
        format!(
            "        {{\n            \"apiVersion\": \"v1\",\n            \"kind\": \"Pod\",\n            \"metadata\": {{\n                \"name\": \"{name}\"\n            }}\n        }}"
        )
    };
    let list = format!(
        "{{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n{},\n{}\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {{\n        \"resourceVersion\": \"\"\n    }}\n}}\n",
        item("a"),
        item("b")
    );
    assert_eq!(outcome, ok(&list));
}

#[test]
fn get_of_a_plain_builtin_type_asks_for_nothing_but_the_list() {
    let server = Server::start(|_| Reply::Json(200, table(&["a"], "")));
    run(&server, &["get", "po"]);
    assert_eq!(server.paths(), ["/api/v1/namespaces/shop/pods?limit=500"]);
}

#[test]
fn get_from_a_server_that_hangs_up_within_a_list_fails_without_hanging() {
    for cut in [20, 200, 330] {
        let server = Server::start(move |_| {
            let body = table(&["a", "b", "c"], "");
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            Reply::Bytes([head.as_bytes(), &body.as_bytes()[..cut]].concat())
        });
        let outcome = run(&server, &["get", "pods"]);
        assert_eq!(outcome.code, 1, "cut at {cut}");
        assert!(outcome.err.contains("unexpected EOF"), "cut at {cut}: {}", outcome.err);
    }
}

#[test]
fn get_of_a_truncated_document_fails() {
    let server = Server::start(|_| Reply::Json(200, pods(&["a"], "")[..60].to_owned()));
    let outcome = run(&server, &["get", "pods", "-o", "name"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains("unexpected end of JSON input"), "{}", outcome.err);
}

#[test]
fn get_from_a_server_that_never_answers_ends_at_the_timeout() {
    let server = Server::start(|_| {
        Reply::Write(Box::new(|stream| {
            // Until the client goes away.
            let _ = std::io::Read::read(stream, &mut [0]);
            Ok(())
        }))
    });
    let start = Instant::now();
    let outcome = run(&server, &["get", "pods", "--request-timeout=300ms"]);
    assert_eq!(outcome.code, 1);
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(
        outcome.err.contains("Client.Timeout exceeded") || outcome.err.contains("context deadline exceeded"),
        "{}",
        outcome.err
    );
}

#[test]
fn get_of_a_list_without_end_holds_little_of_it() {
    // Two gigabytes would take long; what counts is that memory does not grow with the list, which a writer that is
    // refused after much less than the whole shows: what is printed so far must have left the process by then.
    const ITEMS: usize = 200_000;
    let server = Server::start(|_| {
        Reply::Write(Box::new(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
            stream.write_all(b"{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":[")?;
            let mut block = String::new();
            for i in 0..ITEMS {
                block.push_str(if i == 0 { "" } else { "," });
                block.push_str(&format!("{{\"metadata\":{{\"name\":\"p{i}\"}}}}"));
                if i % 1000 == 0 {
                    stream.write_all(block.as_bytes())?;
                    block.clear();
                }
            }
            block.push_str("]}");
            stream.write_all(block.as_bytes())
        }))
    });
    let outcome = run(&server, &["get", "pods", "-o", "name", "--chunk-size=0"]);
    assert_eq!((outcome.code, outcome.out.lines().count()), (0, ITEMS));
    assert_eq!(server.paths(), ["/api/v1/namespaces/shop/pods"]);
}

#[test]
fn get_watch_prints_events_until_the_server_ends_it() {
    let server = Server::start(|asked| {
        if !asked.path.contains("watch=true") {
            return Reply::Json(200, table(&["a"], ""));
        }
        Reply::Write(Box::new(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
            for name in ["a", "longer-name", "b"] {
                writeln!(stream, "{{\"type\":\"MODIFIED\",\"object\":{}}}", table(&[name], ""))?;
            }
            Ok(())
        }))
    });
    let outcome = run(&server, &["get", "pods", "-w"]);
    assert_eq!(
        outcome,
        ok("NAME   READY\na      1/1\na      1/1\nlonger-name   1/1\nb             1/1\n")
    );
    assert_eq!(server.paths()[1], "/api/v1/namespaces/shop/pods?resourceVersion=7&watch=true");
}

/// A server with the pod a, whose watch tells this and ends.
fn watched(told: String) -> Server {
    Server::start(move |asked| {
        if !asked.path.contains("watch=true") {
            return Reply::Json(200, table(&["a"], ""));
        }
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

const EXPIRED: &str =
    r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"too old","reason":"Expired","code":410}"#;

const POD: &str = r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b"}}"#;

// All as kubectl 1.33 has it.
#[test]
fn get_watch_shows_a_failure_in_a_table_of_its_own_and_goes_on() {
    let told = [
        change("MODIFIED", &table(&["a"], "")),
        change("ERROR", EXPIRED),
        change("MODIFIED", POD),
        change("ERROR", EXPIRED),
    ];
    let server = watched(told.concat());
    let watch = |more: &[&str]| run(&server, &[&["get", "pods", "-w", "-L", "app"], more].concat());
    assert_eq!(
        watch(&["--output-watch-events"]),
        ok("EVENT      NAME   READY   APP\n\
            ADDED      a      1/1     a\n\
            MODIFIED   a      1/1     a\n\
            EVENT      STATUS    REASON    MESSAGE   APP\n\
            ERROR      Failure   Expired   too old\n\
            \n\
            EVENT      NAME      AGE         APP\n\
            MODIFIED   b         <unknown>   \n\
            \n\
            EVENT      STATUS    REASON      MESSAGE   APP\n\
            ERROR      Failure   Expired     too old\n")
    );
    assert_eq!(
        watch(&["--no-headers"]),
        ok("a     1/1   a\na     1/1   a\nFailure   Expired   too old\nb         <unknown>   \nFailure   Expired     too old\n")
    );
}

#[test]
fn get_watch_of_what_cannot_be_read_tells_of_a_failure_and_ends() {
    let sentence = "unable to decode an event from the watch stream: ";
    for (event, reason) in [
        (change("FOO", POD), "got invalid watch event type: FOO"),
        ("garbage\n".to_owned(), "invalid character 'g' looking for beginning of value"),
    ] {
        let server = watched([change("BOOKMARK", POD), event, change("ADDED", POD)].concat());
        let outcome = run(&server, &["get", "pods", "--watch-only", "--no-headers"]);
        let told = format!("an error on the server (\"{sentence}{reason}\") has prevented the request from succeeding");
        assert_eq!(outcome, ok(&format!("b     <unknown>\nFailure   InternalError   {told}\n")));
        let outcome = run(&server, &["get", "pods", "--watch-only", "-o", "name"]);
        assert_eq!(outcome, ok("pod/b\nstatus/<unknown>\n"));
        let outcome = run(&server, &["get", "pods", "--watch-only", "-o", "name", "--output-watch-events"]);
        assert_eq!(outcome, ok("pod/b\n"));
        let outcome = run(&server, &["get", "pods", "--watch-only", "-o", "json"]);
        let start = "{\n    \"kind\": \"Status\",\n    \"apiVersion\": \"v1\",\n    \"metadata\": {},\n    \"status\": \"Failure\",\n";
        let (_, failure) = outcome.out.split_once("\n}\n").unwrap();
        assert!(
            failure.starts_with(start) && failure.ends_with("    \"code\": 500\n}\n"),
            "{failure}"
        );
    }
}

#[test]
fn get_watch_of_events_as_json_writes_a_line_for_each() {
    let server = watched([change("MODIFIED", POD), change("ERROR", EXPIRED)].concat());
    let outcome = run(&server, &["get", "pods", "--watch-only", "-o", "json", "--output-watch-events"]);
    let pod = r#"{"type":"MODIFIED","object":{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}}"#;
    assert_eq!(outcome, ok(&format!("{pod}\n{}", change("ERROR", EXPIRED))));
}

#[test]
fn get_sorted_asks_for_whole_objects_at_once() {
    let server = Server::start(|_| Reply::Json(200, table(&["b", "a9", "a10"], "")));
    let outcome = run(&server, &["get", "pods", "--sort-by=.metadata.name", "--no-headers"]);
    assert_eq!(outcome, ok("a10   1/1\na9    1/1\nb     1/1\n"));
    assert_eq!(server.paths(), ["/api/v1/namespaces/shop/pods?includeObject=Object"]);
}

/// Pods in manifests, of which the server has none.
const MANIFESTS: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}
---
{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}},
    {"apiVersion":"v1","kind":"Foo","metadata":{"name":"f"}},{"apiVersion":"v1","kind":"Pod","metadata":{"name":"c"}}]}
"#;

#[test]
fn get_of_manifests_names_all_that_is_not_there() {
    let server = Server::start(|asked| {
        offers::answer(asked).unwrap_or_else(|| {
            let name = asked.path.rsplit('/').next().unwrap();
            if name == "shop" {
                return Reply::Json(200, r#"{"metadata":{"name":"shop"}}"#.to_owned());
            }
            let details = format!(r#"{{"kind":"pods","name":"{name}"}}"#);
            let status =
                format!(r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods {name} not found","reason":"NotFound","details":{details},"code":404}}"#);
            Reply::Json(404, status)
        })
    });
    for words in [&["get", "-f", "-"][..], &["get", "-f", "-", "-o", "name"], &["describe", "-f", "-"]] {
        let outcome = Place::new(&server.url()).run_with(words, MANIFESTS);
        let said: Vec<&str> = outcome.err.lines().collect();
        let mut wanted = ["a", "b", "c"]
            .map(|name| format!("Error from server (NotFound): pods {name} not found"))
            .to_vec();
        wanted.push("unable to recognize no matches for kind \"Foo\" in version \"v1\"".to_owned());
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""), "{words:?}");
        assert!(wanted.iter().all(|line| said.contains(&line.as_str())), "{words:?}: {said:?}");
    }
}

#[test]
fn get_without_server_says_what_kubectl_says() {
    for words in [
        &["get", "pods", "-o", "json"][..],
        &["get", "pods", "-o", "json", "--sort-by=.kind"],
    ] {
        let outcome = Place::new("http://127.0.0.1:1").run(words);
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
    }
    let outcome = Place::new("http://127.0.0.1:1").run(&["get", "pods"]);
    assert_eq!(outcome.code, 1);
    let last = outcome.err.lines().last().unwrap_or_default();
    assert_eq!(
        last,
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"
    );
    assert_eq!(
        outcome.err.lines().filter(|line| line.contains("memcache.go:265]")).count(),
        5,
        "{}",
        outcome.err
    );
}

#[test]
fn get_rfc9535_selects_with_functions() {
    let server = Server::start(|_| Reply::Json(200, pods(&["web-1", "db-1", "web-2"], "")));
    let outcome = run(
        &server,
        &[
            "get",
            "pods",
            "-o",
            "jsonpath-rfc9535=$.items[?match(@.metadata.name, 'web-.*')].metadata.name",
        ],
    );
    assert_eq!(outcome, ok("web-1\nweb-2\n"));
}
#[test]
fn get_of_invalid_utf8_prints_replacement_characters() {
    let server = Server::start(|_| {
        let body = b"{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"data\":{\"a\":\"x\xffy\"}}";
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        Reply::Bytes([head.as_bytes(), body].concat())
    });
    assert_eq!(run(&server, &["get", "cm", "a", "-o", "jsonpath={.data.a}"]), ok("x\u{fffd}y"));
}

/// Two pods as the server's table, each with an object that has a name and a namespace only.
fn two_pods_or_one(asked: &crate::server::Asked) -> Reply {
    let names: &[&str] = if asked.path.contains("/pods/") { &["a"] } else { &["b", "a"] };
    Reply::Json(200, table(names, ""))
}

#[test]
fn get_sorted_by_a_field_that_no_row_has_prints_nothing_as_kubectl_does() {
    let server = Server::start(two_pods_or_one);
    let outcome = run(&server, &["get", "pods", "--sort-by=.spec.nope"]);
    assert_eq!(
        outcome,
        Outcome {
            code: 0,
            out: String::new(),
            err: "No resources found in shop namespace.\n".to_owned()
        }
    );
    let outcome = run(&server, &["get", "pods", "a", "--sort-by={.broken"]);
    assert_eq!(outcome, ok("NAME   READY\na      1/1\n"));
}

#[test]
fn get_sorted_of_several_answers_looks_for_the_field_in_the_tables() {
    let server = Server::start(two_pods_or_one);
    for words in [&["get", "pods,services"][..], &["get", "pods", "a", "c"]] {
        let outcome = run(&server, &[words, &["--sort-by=.metadata.name"]].concat());
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
        assert_eq!(
            outcome.err,
            "error: couldn't find any field with path \"{.metadata.name}\" in the list of objects\n"
        );
    }
    assert_eq!(run(&server, &["get", "pods", "a", "c", "--sort-by=.kind"]).code, 0);
}

#[test]
fn get_of_names_that_no_path_can_hold_asks_nothing_for_them() {
    let server = Server::start(two_pods_or_one);
    let outcome = run(&server, &["get", "pods", "a", "", ".."]);
    assert_eq!(outcome.out, "NAME   READY\na      1/1\n");
    assert_eq!(
        outcome.err,
        "resource name may not be empty\ninvalid resource name \"..\": [may not be '..']\n"
    );
    assert_eq!(server.paths(), ["/api/v1/namespaces/shop/pods/a"]);
}

#[test]
fn get_of_a_file_that_is_no_object_says_so_without_a_word_before_it() {
    let server = Server::start(two_pods_or_one);
    let file = std::env::temp_dir().join(format!("get-of-no-object-{}.yaml", std::process::id()));
    std::fs::write(&file, "metadata: {name: x}\n").unwrap();
    let name = file.to_str().unwrap();
    let fault = format!("unable to decode \"{name}\": Object 'Kind' is missing in '{{\"metadata\":{{\"name\":\"x\"}}}}'\n");
    assert_eq!(run(&server, &["get", "-f", name]).err, fault);
    assert_eq!(run(&server, &["get", "-f", name, "-o", "name"]).err, format!("error: {fault}"));
    std::fs::remove_file(&file).unwrap();
}

/// A server with the objects `a` and `b` of every type, each with its number.
fn two_of_each(asked: &crate::server::Asked) -> Reply {
    let numbered = |name: &str, number: u8| {
        format!(r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","labels":{{"n":"{number}"}}}},"n":{number}}}"#)
    };
    let path = asked.path.split('?').next().unwrap_or_default();
    if !path.starts_with("/api/v1") {
        return offers::answer(asked).unwrap_or(Reply::Json(404, "{}".to_owned()));
    }
    Reply::Json(
        200,
        match path.rsplit('/').next() {
            Some("a") => numbered("a", 1),
            Some("b") => numbered("b", 2),
            Some("nodes" | "services") => format!(
                r#"{{"kind":"List","apiVersion":"v1","items":[{},{}]}}"#,
                numbered("d", 4),
                numbered("b", 2)
            ),
            _ => format!(
                r#"{{"kind":"List","apiVersion":"v1","metadata":{{"resourceVersion":"7"}},"items":[{},{}]}}"#,
                numbered("c", 3),
                numbered("a", 1)
            ),
        },
    )
}

fn failed(out: &str, err: &str) -> Outcome {
    Outcome {
        code: 1,
        out: out.to_owned(),
        err: err.to_owned(),
    }
}

#[test]
fn get_of_objects_of_two_types_sorts_them_together() {
    let server = Server::start(two_of_each);
    let words = ["get", "pods,services", "--server-print=false", "--sort-by=.n"];
    assert_eq!(
        run(&server, &words),
        ok("NAME    AGE\npod/a   <unknown>\n\nNAME        AGE\nservice/b   <unknown>\n\n\
             NAME    AGE\npod/c   <unknown>\n\nNAME        AGE\nservice/d   <unknown>\n")
    );
}

#[test]
fn get_of_all_namespaces_keeps_their_column_for_types_without_any() {
    let server = Server::start(two_of_each);
    let words = ["get", "nodes,pods", "-A", "--server-print=false"];
    assert!(run(&server, &words).out.starts_with("NAME     AGE\nnode/d   <unknown>\n"));
    let words = ["get", "pods,nodes", "-A", "--server-print=false"];
    assert!(
        run(&server, &words)
            .out
            .ends_with("\n\nNAMESPACE   NAME     AGE\n            node/d   <unknown>\n            node/b   <unknown>\n")
    );
}

#[test]
fn get_sorted_by_what_has_no_order_ends_with_klogs_last_words() {
    let server = Server::start(two_of_each);
    let sorted = |words: &[&str]| {
        let outcome = run(&server, &[&["get", "pods"], words].concat());
        assert_eq!((outcome.code, outcome.out.as_str()), (1, ""));
        assert!(outcome.err.starts_with('F'), "{}", outcome.err);
        let (_, sentence) = outcome.err.split_once("sorter.go:").unwrap();
        sentence.to_owned()
    };
    assert_eq!(
        sorted(&["-o", "name", "--sort-by=.metadata.labels"]),
        "329] Field {.metadata.labels} in *unstructured.Unstructured is an unsortable type: interface, err: unsortable type: map[string]interface {}\n"
    );
    let server = Server::start(two_pods_or_one);
    let outcome = run(&server, &["get", "pods", "--sort-by={}"]);
    assert!(
        outcome
            .err
            .ends_with("sorter.go:375] Field {} in [][][]reflect.Value is an unsortable type: map, err: unsortable type: map\n")
    );
}

#[test]
fn get_watch_of_several_objects_prints_them_and_is_refused() {
    let server = Server::start(two_of_each);
    assert_eq!(
        run(&server, &["get", "pods", "a", "b", "-w", "-o", "name"]),
        failed(
            "pod/a\npod/b\n",
            "error: you may only watch a single resource or type of resource at a time\n"
        )
    );
}

#[test]
fn get_watch_with_tabs_in_a_template_aligns_them_as_a_table() {
    let told = [
        change("MODIFIED", POD),
        change("MODIFIED", &POD.replace("\"b\"", "\"longer-name\"")),
    ]
    .concat();
    let server = Server::start(move |asked| {
        if !asked.path.contains("watch=true") {
            return two_of_each(asked);
        }
        let told = told.clone();
        Reply::Write(Box::new(move |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n")?;
            stream.write_all(told.as_bytes())
        }))
    });
    assert_eq!(
        run(
            &server,
            &["get", "pods", "-w", "-o", "jsonpath={.metadata.name}{\"\\t\"}{.n}{\"\\n\"}"]
        ),
        ok("c     3\na     1\nb     \nlonger-name   \n")
    );
    assert_eq!(
        run(&server, &["get", "pods", "-w", "-o", "custom-columns=NAME:.metadata.name,N:.n"]),
        ok("NAME   N\nc      3\na      1\nb      <none>\nlonger-name   <none>\n")
    );
    // The first event is the object itself, which was there before, whether it was to be printed or not.
    assert_eq!(
        run(&server, &["get", "pods", "a", "--watch-only", "-o", "name"]),
        ok("pod/longer-name\n")
    );
    // What cannot be printed of an event ends the watch without a word.
    assert_eq!(
        run(&server, &["get", "pods", "--watch-only", "-o", "jsonpath={.metadata.name[0]}"]),
        ok("")
    );
    let outcome = run(&server, &["get", "pods", "-w", "-o", "jsonpath={.metadata.name[0]}"]);
    assert_eq!(outcome.code, 1);
    assert!(
        outcome
            .err
            .starts_with("error: unable to output the provided object: error executing jsonpath")
    );
}

#[test]
fn get_watch_sorted_sorts_the_table_that_is_there_at_first() {
    let server = Server::start(move |asked| {
        if asked.path.contains("watch=true") {
            return Reply::Json(200, String::new());
        }
        Reply::Json(200, table(&["b", "a"], ""))
    });
    let watch = |path: &str| run(&server, &["get", "pods", "-w", path]);
    let warning = "warning: --watch requested, --sort-by will be ignored for watch events received\n";
    let sorted = watch("--sort-by=.metadata.name");
    assert_eq!(
        (sorted.out.as_str(), sorted.err.as_str()),
        ("NAME   READY\na      1/1\nb      1/1\n", warning)
    );
    assert!(
        server.paths().iter().all(|path| path.contains("includeObject=Object")),
        "{:?}",
        server.paths()
    );
    assert_eq!(
        watch("--sort-by=.spec.nope"),
        failed(
            "",
            &format!(
                "{warning}error: unable to output the provided object: couldn't find any field with path \"{{.spec.nope}}\" in the list of objects\n"
            )
        )
    );
}

#[test]
fn get_of_a_manifest_without_a_name_shows_the_manifest() {
    let server = Server::start(two_of_each);
    let manifest = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"generateName":"x-"}}"#;
    let outcome = Place::new(&server.url()).run_with(&["get", "-f", "-", "-o", "jsonpath={.items[*].metadata}"], manifest);
    assert_eq!(outcome, ok(r#"{"generateName":"x-","namespace":"shop"}"#));
    assert!(server.paths().iter().all(|path| !path.contains("/pods")), "{:?}", server.paths());
}

#[test]
fn get_of_manifests_holds_what_the_server_has_to_the_selector() {
    let server = Server::start(two_of_each);
    let manifests = r#"{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}},
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"b"}}]}"#;
    let outcome = Place::new(&server.url()).run_with(&["get", "-f", "-", "-o", "name", "-l", "n=2"], manifests);
    assert_eq!(outcome, ok("pod/b\n"));
}

#[test]
fn get_of_an_answer_in_another_form_names_the_form() {
    let server = Server::start(|asked| {
        if let Some(offer) = offers::answer(asked) {
            return offer;
        }
        Reply::Write(Box::new(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n\r\n<html>")
        }))
    });
    let said = "error: serializer for text/html; charset=utf-8 doesn't exist\n";
    assert_eq!(run(&server, &["get", "pods", "a"]), failed("", said));
    assert_eq!(run(&server, &["get", "pods"]), failed("", said));
}

#[test]
fn get_checks_that_a_type_is_named_before_it_looks_at_other_flags() {
    let server = Server::start(two_pods_or_one);
    for words in [&["get", "--show-labels", "-o", "json"][..], &["get", "--output-watch-events"]] {
        let outcome = run(&server, words);
        assert!(outcome.err.starts_with("You must specify the type"), "{}", outcome.err);
    }
    assert_eq!(
        run(&server, &["get", "--raw", "/version", "--output-watch-events"]),
        failed(
            "",
            "error: --output-watch-events option can only be used with --watch or --watch-only\n"
        )
    );
    assert_eq!(
        run(&server, &["get", "--raw", "1a:b"]),
        failed(
            "",
            "error: --raw must be a valid URL path: parse \"1a:b\": invalid URI for request\n"
        )
    );
}
