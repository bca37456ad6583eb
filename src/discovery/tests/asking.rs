//! Discovery against a server within the test: what is asked, what is said, what is kept.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::super::*;
use crate::{
    client::{Client, Settings},
    error::{Connection, Error},
    kubeconfig::RestConfig,
    streams::{Captured, Streams},
    world::World,
};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const JSON: &str = "application/json";

/// Status, content type, body.
type Answer = (u16, &'static str, String);

#[derive(Clone, Default)]
struct Server {
    url: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(answers: &[(&str, u16, &'static str, &str)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            url: format!("http://{}", listener.local_addr().unwrap()),
            ..Server::default()
        };
        for (path, code, content_type, body) in answers {
            server.answer(path, *code, content_type, body);
        }
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answering.clone().serve(stream));
            }
        });
        server
    }

    /// A server of today, as the fixtures have it.
    async fn today() -> Server {
        let text = |bytes: &'static [u8]| std::str::from_utf8(bytes).unwrap();
        Server::start(&[
            (
                "/api",
                200,
                AGGREGATED,
                text(include_bytes!("../../../fixtures/discovery/api.aggregated.json")),
            ),
            (
                "/apis",
                200,
                AGGREGATED,
                text(include_bytes!("../../../fixtures/discovery/apis.aggregated.json")),
            ),
        ])
        .await
    }

    fn answer(&self, path: &str, code: u16, content_type: &'static str, body: &str) {
        let answer = (code, content_type, body.to_owned());
        self.answers.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// What has been asked since the last look.
    fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut head = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            head.extend_from_slice(&buffer[..length]);
            let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") else {
                continue;
            };
            let text = String::from_utf8_lossy(&head[..end]).into_owned();
            head.drain(..end + 4);
            let target = text.split(' ').nth(1).unwrap();
            self.asked.lock().unwrap().push(target.to_owned());
            let path = target.split('?').next().unwrap();
            let missing = (404, "text/plain", "404 page not found".to_owned());
            let (code, content_type, body) = self.answers.lock().unwrap().get(path).cloned().unwrap_or(missing);
            let head = format!(
                "HTTP/1.1 {code} x\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            if stream.write_all((head + &body).as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

/// Discovery in a run of its own, and its standard error.
fn discovery(url: &str, directory: Option<&Path>) -> (Discovery, Captured) {
    let (streams, _, error) = Streams::captured("");
    let world = World {
        args: Vec::new(),
        env: HashMap::new(),
        directory: "/".into(),
        streams,
    };
    let config = RestConfig {
        server: url.to_owned(),
        ..RestConfig::default()
    };
    let client = Client::new(&config, &world, Settings::default()).unwrap();
    let cache = directory.map(|directory| Cache::for_server(directory, &config));
    (Discovery::new(client, cache, &world), error)
}

/// Standard error without klog's heads, each line with how often it stands there in a row.
fn said(error: &Captured) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for line in error.text().lines() {
        let line = line.split_once(".go:").map_or(line, |(_, rest)| rest.split_once("] ").unwrap().1);
        match lines.last_mut() {
            Some((last, count)) if last == line => *count += 1,
            _ => lines.push((line.to_owned(), 1)),
        }
    }
    lines.into_iter().map(|(line, count)| format!("{count} {line}")).collect()
}

async fn text(discovery: &Discovery, argument: &str) -> String {
    match discovery.resolve(argument).await {
        Ok(mapping) => format!("{} {}", mapping.group_version(), mapping.resource),
        Err(error) => error.text(),
    }
}

const BOTH: [&str; 2] = ["/api?timeout=32s", "/apis?timeout=32s"];

#[tokio::test]
async fn resolve_of_a_built_in_name_asks_nothing() {
    let server = Server::today().await;
    let (discovery, _) = discovery(&server.url, None);
    for name in ["pods", "po", "deploy", "Ingress.v1.networking.k8s.io"] {
        assert!(discovery.resolve(name).await.unwrap().is_assumed(), "{name}");
    }
    assert_eq!(discovery.expand_categories("pods,deploy").await, "pods,deploy");
    assert!(discovery.mapping_for("apps", "v1", "Deployment").await.unwrap().is_assumed());
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn resolve_of_another_name_asks_once() {
    let server = Server::today().await;
    let (discovery, error) = discovery(&server.url, None);
    assert_eq!(text(&discovery, "wd").await, "factory.example.com/v1 widgets");
    assert_eq!(server.asked(), BOTH);
    assert_eq!(
        text(&discovery, "foo").await,
        "error: the server doesn't have a resource type \"foo\""
    );
    assert_eq!(text(&discovery, "ev").await, "v1 events");
    assert_eq!(
        discovery.expand_categories("all,pods").await,
        "pods,services,deployments.apps,horizontalpodautoscalers.autoscaling,widgets.factory.example.com,pods"
    );
    assert!(server.asked().is_empty());
    assert_eq!(
        said(&error),
        ["1 Warning: short name \"ev\" could also match lower priority resource events.events.k8s.io"]
    );
}

#[tokio::test]
async fn resource_named_knows_scopes_without_asking_where_it_can() {
    let server = Server::today().await;
    let (discovery, _) = discovery(&server.url, None);
    let nodes = discovery.resource_named("no").await.unwrap();
    assert_eq!(nodes.to_string(), "/v1, Resource=nodes");
    assert_eq!(discovery.is_namespaced(&nodes).await, Some(false));
    assert!(server.asked().is_empty());
    let plants = discovery.resource_named("plants.factory.example.com").await.unwrap();
    assert_eq!(discovery.is_namespaced(&plants).await, Some(false));
    let widgets = discovery.resource_named("widget.v1alpha1.factory.example.com").await.unwrap();
    assert_eq!(widgets.to_string(), "factory.example.com/v1alpha1, Resource=widgets");
    assert_eq!(discovery.is_namespaced(&widgets).await, Some(true));
    assert_eq!(server.asked(), BOTH);
    assert!(discovery.resource_named("foo").await.unwrap_err().is_no_match());
    let list = discovery.resource_named("podlists").await.unwrap();
    assert_eq!(discovery.is_namespaced(&list).await, None);
}

#[tokio::test]
async fn server_version_of_something_else_says_what_go_says() {
    let server = Server::start(&[("/version", 200, JSON, "[]")]).await;
    let (discovery, _) = discovery(&server.url, None);
    let text = async || discovery.server_version().await.unwrap_err().text();
    assert_eq!(
        text().await,
        "error: unable to parse the server version: json: cannot unmarshal array into Go value of type version.Info"
    );
    server.answer("/version", 200, JSON, r#"{"gitVersion":1}"#);
    assert_eq!(
        text().await,
        "error: unable to parse the server version: json: cannot unmarshal number into Go struct field Info.gitVersion of type string"
    );
    server.answer("/version", 200, JSON, "{");
    assert_eq!(
        text().await,
        "error: unable to parse the server version: unexpected end of JSON input"
    );
    server.answer("/version", 200, JSON, r#"{"gitVersion":"v1.2.3","extra":1}"#);
    assert_eq!(discovery.server_version().await.unwrap().str_at(&["gitVersion"]), "v1.2.3");
}

#[tokio::test]
async fn cache_of_an_earlier_run_answers_until_a_name_is_missing() {
    let server = Server::today().await;
    let directory = tempfile::tempdir().unwrap();
    let run = || discovery(&server.url, Some(directory.path())).0;
    assert_eq!(text(&run(), "widgets").await, "factory.example.com/v1 widgets");
    assert_eq!(server.asked(), BOTH);
    let second = run();
    assert_eq!(text(&second, "wd").await, "factory.example.com/v1 widgets");
    assert_eq!(text(&second, "deployments.apps").await, "apps/v1 deployments");
    assert!(!second.resolve("deploy").await.unwrap().is_assumed());
    assert!(server.asked().is_empty());
    // A resource that came after the cache was written, by its short name.
    server.answer(
        "/apis",
        200,
        AGGREGATED,
        r#"{"items":[{"metadata":{"name":"new.io"},"versions":[{"version":"v1","resources":[
            {"resource":"novelties","responseKind":{"kind":"Novelty"},"shortNames":["nov"]}]}]}]}"#,
    );
    let third = run();
    assert_eq!(text(&third, "nov").await, "new.io/v1 novelties");
    assert_eq!(server.asked(), BOTH);
    assert_eq!(text(&third, "foo").await, "error: the server doesn't have a resource type \"foo\"");
    assert!(server.asked().is_empty(), "what was just asked is not asked again");
    // kubectl would have asked for a name with two dots; a second look at it does.
    let late = run();
    let dotted = late.resolve("novelties.new.io").await.unwrap();
    assert!(dotted.is_assumed() && server.asked().is_empty());
    let error = late.reconsider(&dotted, Error::message("down")).await.unwrap_err();
    assert_eq!(error.text(), "error: down");
    assert_eq!(server.asked(), BOTH);
    let fourth = run();
    fourth.invalidate().await;
    fourth.all().await.unwrap();
    assert_eq!(server.asked(), BOTH);
}

// The counts are those of kubectl 1.33.
#[tokio::test]
async fn unreachable_server_is_complained_of_as_often_as_by_kubectl() {
    let refused = "\"Unhandled Error\" err=\"couldn't get current server API group list: Get \\\"http://127.0.0.1:1/api?timeout=32s\\\": \
                   dial tcp 127.0.0.1:1: connect: connection refused\"";
    let last = "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?";
    for (types, name, count) in [("", "foo", 4), ("foo", "foo", 5), ("foo,bar", "foo", 6), ("foo", "foo.v1.bar", 7)] {
        let (discovery, error) = discovery("http://127.0.0.1:1", None);
        if !types.is_empty() {
            discovery.expand_categories(types).await;
        }
        assert_eq!(text(&discovery, name).await, last);
        assert_eq!(said(&error), [format!("{count} {refused}")], "{name}");
    }
    // `get pods,svc`: assumed at first, asked about after the list could not be had.
    let (discovery, error) = discovery("http://127.0.0.1:1", None);
    discovery.expand_categories("pods,svc").await;
    let mapping = discovery.resolve("pods").await.unwrap();
    let failure = Error::Connection(Box::new(Connection {
        method: "Get".into(),
        url: "http://127.0.0.1:1/api/v1/pods".into(),
        host: "127.0.0.1:1".into(),
        cause: "EOF".into(),
    }));
    assert_eq!(discovery.reconsider(&mapping, failure).await.unwrap_err().text(), last);
    assert_eq!(said(&error), [format!("6 {refused}")]);
    // The second list has nothing new to say.
    assert!(discovery.is_over());
    let mapping = builtin::resolve("svc").unwrap();
    let failure = Error::message("whatever");
    assert_eq!(discovery.reconsider(&mapping, failure).await.unwrap_err().text(), last);
    assert_eq!(said(&error), [format!("6 {refused}")]);
}

#[tokio::test]
async fn refused_questions_are_told_without_the_servers_explanation() {
    for (code, body, sentence) in [
        (
            401,
            "{}",
            "error: You must be logged in to the server (the server has asked for the client to provide credentials)",
        ),
        (403, "{}", "Error from server (Forbidden): unknown"),
    ] {
        let server = Server::start(&[("/api", code, JSON, body), ("/apis", code, JSON, body)]).await;
        let (discovery, _) = discovery(&server.url, None);
        assert_eq!(text(&discovery, "foo").await, sentence);
    }
    let server = Server::start(&[("/api", 200, "text/html", "<html>")]).await;
    let (discovery, _) = discovery(&server.url, None);
    assert_eq!(
        text(&discovery, "foo").await,
        "error: invalid character '<' looking for beginning of value"
    );
}

#[tokio::test]
async fn reconsider_of_what_the_server_has_leaves_the_failure() {
    let server = Server::today().await;
    let (discovery, _) = discovery(&server.url, None);
    let missing = |name: &str| {
        Error::from(crate::api::Status {
            message: "no".into(),
            reason: "NotFound".into(),
            code: 404,
            details: Some(crate::api::StatusDetails {
                name: name.into(),
                ..Default::default()
            }),
        })
    };
    let pods = discovery.resolve("po").await.unwrap();
    let error = discovery.reconsider(&pods, missing("web")).await.unwrap_err();
    assert_eq!(error.text(), "Error from server (NotFound): no");
    assert!(server.asked().is_empty(), "an object that is missing says nothing about its type");
    let error = discovery.reconsider(&pods, missing("")).await.unwrap_err();
    assert_eq!(error.text(), "Error from server (NotFound): no");
    assert_eq!(server.asked(), BOTH);
    assert!(!discovery.is_over());
}

#[tokio::test]
async fn reconsider_of_what_the_server_has_elsewhere_finds_it() {
    let server = Server::today().await;
    server.answer(
        "/apis",
        200,
        AGGREGATED,
        r#"{"items":[{"metadata":{"name":"batch"},"versions":[{"version":"v1beta1","resources":[
            {"resource":"cronjobs","singularResource":"cronjob","scope":"Namespaced","responseKind":{"kind":"CronJob"}}]}]}]}"#,
    );
    let (discovery, _) = discovery(&server.url, None);
    let not_there = || {
        Error::from(crate::api::Status {
            code: 404,
            ..Default::default()
        })
    };
    let assumed = discovery.resolve("cronjob").await.unwrap();
    assert_eq!(assumed.group_version(), "batch/v1");
    let found = discovery.reconsider(&assumed, not_there()).await.unwrap();
    assert_eq!((found.group_version().as_str(), found.is_assumed()), ("batch/v1beta1", false));
    let assumed = discovery.resolve("deployments").await;
    assert_eq!(
        assumed.unwrap_err().text(),
        "error: the server doesn't have a resource type \"deployments\""
    );
    let kind = builtin::by_kind("batch", "v1", "CronJob").unwrap();
    let error = discovery.reconsider(&kind, not_there()).await.unwrap_err();
    assert_eq!(error.text(), "error: no matches for kind \"CronJob\" in version \"batch/v1\"");
}

fn old_server(metrics: (u16, &'static str, &'static str)) -> Vec<(&'static str, u16, &'static str, &'static str)> {
    let groups = r#"{"groups":[{"name":"factory.example.com","versions":[{"version":"v1"}],"preferredVersion":{"version":"v1"}},
        {"name":"metrics.k8s.io","versions":[{"version":"v1beta1"}]}]}"#;
    vec![
        ("/api", 200, JSON, r#"{"kind":"APIVersions","versions":["v1"]}"#),
        ("/apis", 200, JSON, groups),
        ("/api/v1", 200, JSON, include_str!("../../../fixtures/discovery/v1.json")),
        (
            "/apis/factory.example.com/v1",
            200,
            JSON,
            include_str!("../../../fixtures/discovery/factory.v1.json"),
        ),
        ("/apis/metrics.k8s.io/v1beta1", metrics.0, metrics.1, metrics.2),
    ]
}

#[tokio::test]
async fn old_server_is_asked_for_each_version() {
    let metrics = r#"{"resources":[{"name":"nodes","kind":"NodeMetrics"}]}"#;
    let server = Server::start(&old_server((200, JSON, metrics))).await;
    let directory = tempfile::tempdir().unwrap();
    let (first, error) = discovery(&server.url, Some(directory.path()));
    assert_eq!(text(&first, "wd").await, "factory.example.com/v1 widgets");
    assert_eq!(
        server.asked(),
        [
            "/api/v1?timeout=32s",
            "/api?timeout=32s",
            "/apis/factory.example.com/v1?timeout=32s",
            "/apis/metrics.k8s.io/v1beta1?timeout=32s",
            "/apis?timeout=32s",
        ]
    );
    assert!(said(&error).is_empty());
    let (second, _) = discovery(&server.url, Some(directory.path()));
    assert_eq!(text(&second, "nodemetrics").await, "metrics.k8s.io/v1beta1 nodes");
    assert!(server.asked().is_empty());
}

// kubectl 1.33 complains as often.
#[tokio::test]
async fn old_server_with_a_broken_version_is_used_but_not_kept() {
    let status = r#"{"kind":"Status","status":"Failure","message":"metrics are down","reason":"ServiceUnavailable","code":503}"#;
    let server = Server::start(&old_server((503, JSON, status))).await;
    let directory = tempfile::tempdir().unwrap();
    let (discovery, error) = discovery(&server.url, Some(directory.path()));
    discovery.expand_categories("widgets").await;
    assert_eq!(text(&discovery, "widgets").await, "factory.example.com/v1 widgets");
    let line = "\"Unhandled Error\" err=\"couldn't get resource list for metrics.k8s.io/v1beta1: metrics are down\"";
    assert_eq!(said(&error), [format!("4 {line}")]);
    assert_eq!(
        discovery.all().await.unwrap().failures(),
        ["metrics.k8s.io/v1beta1: metrics are down"]
    );
    assert!(!directory.path().join("kubectl-rs").exists());
}

#[tokio::test]
async fn old_server_with_an_empty_version_does_not_complain() {
    let server = Server::start(&old_server((200, JSON, r#"{"resources":[]}"#))).await;
    let (discovery, error) = discovery(&server.url, None);
    assert_eq!(text(&discovery, "widgets").await, "factory.example.com/v1 widgets");
    assert!(said(&error).is_empty());
    assert_eq!(
        discovery.all().await.unwrap().failures(),
        ["metrics.k8s.io/v1beta1: received empty response for: metrics.k8s.io/v1beta1"]
    );
}

#[tokio::test]
async fn first_servers_without_groups_have_the_core() {
    let server = Server::start(&[
        ("/api", 200, JSON, r#"{"versions":["v1beta3","v1"]}"#),
        (
            "/api/v1",
            200,
            JSON,
            r#"{"groupVersion":"v1","resources":[{"name":"pods","namespaced":true,"kind":"Pod"}]}"#,
        ),
    ])
    .await;
    let (discovery, _) = discovery(&server.url, None);
    discovery.all().await.unwrap();
    assert_eq!(text(&discovery, "pod").await, "v1 pods");
}
