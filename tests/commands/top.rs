//! `top node` and `top pod` against servers that measure, and servers that do not.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use kubectl_rs::streams::Streams;

use super::{Outcome, Place, offers, run};
use crate::server::{Asked, Reply, Server};

/// A server that says what it offers, and answers paths (without their queries) with these bodies.
fn server(answers: &'static [(&'static str, &'static str)]) -> Server {
    Server::start(move |asked: &Asked| {
        let path = asked.path.split('?').next().unwrap();
        let own = answers.iter().find(|(have, _)| *have == path);
        match own {
            Some((_, body)) => Reply::Json(200, (*body).to_owned()),
            None => offers::answer(asked).unwrap_or_else(|| offers::refusal(404, "NotFound", "nothing here")),
        }
    })
}

fn ok(out: &str) -> Outcome {
    Outcome {
        code: 0,
        out: out.to_owned(),
        err: String::new(),
    }
}

fn failed(sentence: &str) -> Outcome {
    Outcome {
        code: 1,
        out: String::new(),
        err: format!("{sentence}\n"),
    }
}

const NODE_METRICS: &str = "/apis/metrics.k8s.io/v1beta1/nodes";

const POD_METRICS: &str = "/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods";

const NODES: &[(&str, &str)] = &[
    (
        NODE_METRICS,
        r#"{"items":[
            {"metadata":{"name":"b"},"usage":{"cpu":"250500000n","memory":"1100Ki","swap":"3Mi"}},
            {"metadata":{"name":"a"},"usage":{"cpu":"1","memory":"2Gi"}},
            {"metadata":{"name":"gone"},"usage":{"cpu":"3m","memory":"1Mi"}}]}"#,
    ),
    (
        "/api/v1/nodes",
        r#"{"kind":"NodeList","items":[
            {"metadata":{"name":"new"},"status":{"allocatable":{"cpu":"1"}}},
            {"metadata":{"name":"a"},"status":{"allocatable":{"cpu":"3","memory":"0"},"capacity":{"cpu":"4","memory":"8Gi"}}},
            {"metadata":{"name":"b"},"status":{"allocatable":{"cpu":"1","memory":"4Mi"},"nodeInfo":{"swap":{"capacity":12582912}}}}]}"#,
    ),
];

#[test]
fn top_node_shows_shares_of_what_there_is() {
    let server = server(NODES);
    assert_eq!(
        run(&server, &["top", "node"]),
        ok("NAME   CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   \n\
            a      1000m        33%         2048Mi          0%          \n\
            b      251m         25%         1Mi             26%         \n\
            gone   3m           1Mi         \n\
            new    <unknown>    <unknown>   <unknown>       <unknown>   \n")
    );
    assert_eq!(server.paths()[2..], [NODE_METRICS, "/api/v1/nodes"]);
    assert_eq!(
        run(&server, &["top", "no", "--show-capacity", "--no-headers", "--sort-by=cpu"]),
        ok("a      1000m       25%         2048Mi   25%   \n\
            b      251m        1Mi         \n\
            gone   3m          1Mi         \n\
            new    <unknown>   <unknown>   <unknown>   <unknown>   \n")
    );
}

#[test]
fn top_node_with_swap_says_where_there_is_none() {
    let outcome = run(&server(NODES), &["top", "node", "--show-swap", "--sort-by=memory"]);
    assert_eq!(
        outcome,
        ok(
            "NAME   CPU(cores)   CPU(%)      MEMORY(bytes)   MEMORY(%)   SWAP(bytes)   SWAP(%)     \n\
            a      1000m        33%         2048Mi          0%          <unknown>     <unknown>   \n\
            b      251m         25%         1Mi             26%         3Mi           25%         \n\
            gone   3m           1Mi         0Mi             \n\
            new    <unknown>    <unknown>   <unknown>       <unknown>   <unknown>     <unknown>   \n"
        )
    );
}

#[test]
fn top_node_of_one_asks_for_one() {
    let server = server(&[
        (
            "/apis/metrics.k8s.io/v1beta1/nodes/a",
            r#"{"metadata":{"name":"a"},"usage":{"cpu":"10m","memory":"1Mi"}}"#,
        ),
        (
            "/api/v1/nodes/a",
            r#"{"metadata":{"name":"a"},"status":{"allocatable":{"cpu":"1","memory":"10Mi"}}}"#,
        ),
    ]);
    assert_eq!(
        run(&server, &["top", "node", "a", "--no-headers"]),
        ok("a     10m   1%    1Mi   10%   \n")
    );
    let sentence = "Error from server (NotFound): nothing here";
    assert_eq!(run(&server, &["top", "node", "b"]), failed(sentence));
}

const PODS: &[(&str, &str)] = &[(
    POD_METRICS,
    r#"{"items":[
        {"metadata":{"name":"web","namespace":"shop"},"containers":[
            {"name":"side","usage":{"cpu":"1m","memory":"30Mi"}},{"name":"main","usage":{"cpu":"20m","memory":"10Mi"}}]},
        {"metadata":{"name":"db","namespace":"shop"},"containers":[{"name":"db","usage":{"cpu":"30m","memory":"1Gi","swap":"2Mi"}}]}]}"#,
)];

#[test]
fn top_pod_sums_containers_and_pods() {
    let server = server(PODS);
    assert_eq!(
        run(&server, &["top", "pod", "--sum"]),
        ok("NAME   CPU(cores)   MEMORY(bytes)   \n\
            db     30m          1024Mi          \n\
            web    21m          40Mi            \n\
            \x20      ________     ________        \n\
            \x20      51m          1064Mi          \n")
    );
    assert_eq!(
        run(&server, &["top", "pod", "--containers", "--sort-by=memory", "--show-swap"]),
        ok("POD   NAME   CPU(cores)   MEMORY(bytes)   SWAP(bytes)   \n\
            db    db     30m          1024Mi          2Mi           \n\
            web   side   1m           30Mi            0Mi           \n\
            web   main   20m          10Mi            0Mi           \n")
    );
    // Without headers kubectl reckons the sum's place from the columns of the plain table.
    assert_eq!(
        run(&server, &["top", "pod", "--containers", "--no-headers", "--sum"]),
        ok("db    db         30m        1024Mi   \n\
            web   main       20m        10Mi     \n\
            web   side       1m         30Mi     \n\
            \x20     ________   ________   \n\
            \x20     51m        1064Mi     \n")
    );
}

#[test]
fn top_pod_sends_selectors_in_their_canonical_form() {
    let server = server(PODS);
    let outcome = run(&server, &["top", "pod", "-l", "b in (x,a),a==1", "--field-selector", "z=1,y!=2"]);
    assert_eq!(outcome.err, "");
    assert_eq!(
        server.paths()[2],
        format!("{POD_METRICS}?fieldSelector=y%21%3D2%2Cz%3D1&labelSelector=a%3D%3D1%2Cb+in+%28a%2Cx%29")
    );
}

#[test]
fn top_of_mistakes_on_the_command_line_says_what_kubectl_says() {
    let server = server(&[]);
    for (line, sentence) in [
        (
            "pod a b",
            "error: pod [NAME | -l label]\nSee 'kubectl top pod -h' for help and examples",
        ),
        ("node a -l b=c", "error: only one of NAME or --selector can be provided"),
        ("pod a --field-selector b=c", "error: only one of NAME or selector can be provided"),
        ("pod --sort-by=x", "error: --sort-by accepts only cpu or memory"),
        ("pod -n a/b", "error: invalid namespace \"a/b\": [may not contain '/']"),
        ("node a/b", "error: invalid resource name \"a/b\": [may not contain '/']"),
    ] {
        let words: Vec<&str> = ["top"].into_iter().chain(line.split(' ')).collect();
        assert_eq!(run(&server, &words), failed(sentence), "{line}");
    }
}

/// What a server without metrics API answers.
fn without_metrics(asked: &Asked) -> Reply {
    match asked.path.split('?').next() {
        Some("/apis") => Reply::Json(200, r#"{"kind":"APIGroupList","groups":[]}"#.to_owned()),
        Some("/api") => Reply::Json(200, r#"{"kind":"APIVersions","versions":["v1"]}"#.to_owned()),
        _ => offers::refusal(404, "NotFound", "the server could not find the requested resource"),
    }
}

#[test]
fn top_without_a_metrics_api_says_so_and_asks_for_nothing_more() {
    let server = Server::start(without_metrics);
    assert_eq!(run(&server, &["top", "node"]), failed("error: Metrics API not available"));
    let mut paths = server.paths();
    paths.sort();
    assert_eq!(paths, ["/api?timeout=32s", "/apis?timeout=32s"]);
}

#[test]
fn top_with_an_old_cache_finds_out_that_the_metrics_api_is_gone() {
    let gone = Arc::new(AtomicBool::new(false));
    let is_gone = gone.clone();
    let server = Server::start(move |asked| match is_gone.load(Ordering::SeqCst) {
        false if asked.path == POD_METRICS => Reply::Json(200, PODS[0].1.to_owned()),
        false => offers::answer(asked).unwrap(),
        true => without_metrics(asked),
    });
    let place = Place::new(&server.url());
    assert_eq!(place.run(&["top", "pod"]).code, 0);
    assert_eq!(place.run(&["top", "pod"]).code, 0);
    assert_eq!(server.paths()[2..], [POD_METRICS; 2], "the cache knows what there is");
    gone.store(true, Ordering::SeqCst);
    assert_eq!(place.run(&["top", "pod"]), failed("error: Metrics API not available"));
    assert_eq!(server.paths()[4], POD_METRICS);
}

#[test]
fn top_of_nothing_measured_says_why() {
    let pods = |created: &str| {
        let created = created.to_owned();
        Server::start(move |asked| match asked.path.as_str() {
            path if path.starts_with("/apis/metrics") => Reply::Json(200, r#"{"items":[]}"#.to_owned()),
            "/api/v1/namespaces/shop/pods" if created.is_empty() => Reply::Json(200, r#"{"items":[]}"#.to_owned()),
            "/api/v1/namespaces/shop/pods" => {
                let pod = format!(r#"{{"metadata":{{"name":"web","namespace":"shop","creationTimestamp":"{created}"}}}}"#);
                Reply::Json(200, format!(r#"{{"items":[{pod}]}}"#))
            }
            _ => offers::answer(asked).unwrap(),
        })
    };
    let top = |created: &str, words: &[&str]| {
        let server = pods(created);
        let (streams, out, err) = Streams::captured("");
        let streams = streams.with_time("2026-01-01T00:10:00.5Z".parse().unwrap());
        let code = Place::new(&server.url()).run_on(words, streams);
        assert_eq!(out.text(), "");
        (code, err.text())
    };
    let said = |code, sentence: &str| (code, format!("{sentence}\n"));
    let pod = &["top", "pod"][..];
    assert_eq!(top("", pod), said(0, "No resources found in shop namespace."));
    assert_eq!(top("", &["top", "pod", "-A"]), said(0, "No resources found"));
    assert_eq!(
        top("2026-01-01T00:00:00Z", pod),
        said(1, "error: Metrics not available for pod shop/web, age: 10m0.5s")
    );
    assert_eq!(top("2026-01-01T00:08:30Z", pod), said(1, "error: metrics not available yet"));
    assert_eq!(top("", &["top", "node"]), said(1, "error: metrics not available yet"));
}
