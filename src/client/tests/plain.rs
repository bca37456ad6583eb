//! Plain HTTP: what is sent, what is retried, and every way in which an answer can be broken.

use std::{io::Write as _, time::Duration};

use flate2::{Compression, write::GzEncoder};

use super::{
    body, client, config, failure,
    server::{Answer, Server, answer},
    world,
};
use crate::client::{Client, Purpose, Request, Settings};

const JSON: &str = "Content-Type: application/json";

fn ok(body: &str) -> Answer {
    Answer::Bytes(answer("200 OK", &[JSON], body))
}

/// The failures of one answer read as one object, and as a stream.
async fn failures(broken: Answer) -> [String; 2] {
    let server = Server::new([broken]).await;
    let (client, _) = client(&config(&server));
    [
        failure(&client, &server, Request::get("/x")).await,
        failure(&client, &server, Request::get("/x").streamed()).await,
    ]
}

#[tokio::test]
async fn send_asks_as_kubectl_asks() {
    let server = Server::new([ok("{}")]).await;
    let mut config = config(&server);
    config.server.push_str("/base");
    let (world, _) = world();
    let settings = Settings {
        user_agent: "kubectl/v1.36.2".to_owned(),
        headers: vec![("Kubectl-Command".to_owned(), "kubectl get".to_owned())],
        ..Settings::default()
    };
    let client = Client::new(&config, &world, settings).unwrap();
    body(&client, Request::get("/api/v1/pods?limit=500")).await.unwrap();
    let request = server.requests().remove(0);
    let (first, headers) = request.split_once("\r\n").unwrap();
    assert_eq!(first, "GET /base/api/v1/pods?limit=500 HTTP/1.1");
    let mut headers: Vec<&str> = headers.trim_end().split("\r\n").collect();
    headers.sort_unstable();
    let at = headers.iter().position(|header| header.starts_with("Kubectl-Session: ")).unwrap();
    let session = headers.remove(at).split_once(": ").unwrap().1;
    assert_eq!(session.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
    assert_eq!(session.as_bytes()[14], b'4');
    assert!(b"89ab".contains(&session.as_bytes()[19]), "{session}");
    let host = format!("Host: {}", server.address);
    assert_eq!(
        headers,
        [
            "Accept-Encoding: gzip",
            "Accept: application/json",
            &host,
            "Kubectl-Command: kubectl get",
            "User-Agent: kubectl/v1.36.2",
        ]
    );
}

#[tokio::test]
async fn send_of_a_body_sends_type_and_length() {
    let server = Server::new([ok("{}")]).await;
    let (client, _) = client(&config(&server));
    body(&client, Request::post("/x").body("application/json", "{\"a\":1}"))
        .await
        .unwrap();
    let request = server.requests().remove(0);
    assert!(request.contains("\r\nContent-Type: application/json\r\n"), "{request}");
    assert!(request.contains("\r\nContent-Length: 7\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"a\":1}"), "{request}");
}

#[tokio::test]
async fn send_one_after_the_other_uses_one_connection() {
    let server = Server::new([ok("{}")]).await;
    let (client, _) = client(&config(&server));
    for _ in 0..3 {
        assert_eq!(body(&client, Request::get("/x")).await.unwrap(), "{}");
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn send_of_several_at_once_answers_them_all() {
    let server = Server::new([ok("{}")]).await;
    let (client, _) = client(&config(&server));
    let requests = (0..5).map(|_| body(&client, Request::get("/x")));
    for result in futures_util::future::join_all(requests).await {
        assert_eq!(result.unwrap(), "{}");
    }
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn send_on_a_connection_that_the_server_closed_meanwhile_is_answered() {
    let closed = Answer::Close(answer("200 OK", &[JSON], "1"));
    let server = Server::new([closed, ok("2")]).await;
    let (client, _) = client(&config(&server));
    assert_eq!(body(&client, Request::get("/x")).await.unwrap(), "1");
    assert_eq!(body(&client, Request::post("/x")).await.unwrap(), "2");
}

#[tokio::test(start_paused = true)]
async fn send_on_a_connection_that_the_server_closes_just_then_is_sent_again_at_once() {
    let server = Server::new([ok("1"), Answer::Close(Vec::new()), ok("2"), Answer::Reset(Vec::new()), ok("3")]).await;
    let (client, _) = client(&config(&server));
    let started = tokio::time::Instant::now();
    for want in ["1", "2", "3"] {
        assert_eq!(body(&client, Request::get("/x").streamed()).await.unwrap(), want);
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
    let server = Server::new([ok("1"), Answer::Close(Vec::new()), ok("2")]).await;
    let (client, _) = super::client(&config(&server));
    body(&client, Request::get("/x")).await.unwrap();
    // Whether what changes something has been done is not known, so it is not sent again.
    let change = Request::post("/x").body("text/plain", "x");
    assert_eq!(failure(&client, &server, change).await, "Unable to connect to the server: EOF");
}

#[tokio::test]
async fn timeout_is_told_to_the_server() {
    let server = Server::new([ok("{}")]).await;
    let mut config = config(&server);
    let (patient, _) = client(&config);
    body(&patient, Request::get("/api").timeout(Duration::from_secs(32))).await.unwrap();
    config.timeout = Duration::from_millis(1_500);
    let (hasty, _) = client(&config);
    body(&hasty, Request::get("/api?watch=true").timeout(Duration::from_secs(32)))
        .await
        .unwrap();
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /api?timeout=32s HTTP/1.1\r\n"), "{requests:?}");
    assert!(
        requests[1].starts_with("GET /api?timeout=1.5s&watch=true HTTP/1.1\r\n"),
        "{requests:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn send_to_a_silent_server_ends_with_the_time_limit() {
    let server = Server::new([Answer::Hang(Vec::new())]).await;
    let mut config = config(&server);
    config.timeout = Duration::from_secs(1);
    let (client, _) = client(&config);
    assert_eq!(
        failure(&client, &server, Request::get("/x")).await,
        "Unable to connect to the server: context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    );
}

#[tokio::test(start_paused = true)]
async fn body_that_stops_coming_ends_with_the_time_limit() {
    let begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec();
    let server = Server::new([Answer::Hang(begun)]).await;
    let mut config = config(&server);
    config.timeout = Duration::from_secs(1);
    let (client, error) = client(&config);
    let limit = "context deadline exceeded (Client.Timeout or context cancellation while reading body)";
    assert_eq!(
        failure(&client, &server, Request::get("/x")).await,
        format!("error: unexpected error when reading response body. Please retry. Original error: {limit}")
    );
    assert!(error.text().ends_with(&format!(
        " request.go:1360] \"Unexpected error when reading response body\" err=\"{limit}\"\n"
    )));
    let stream = Request::get("/x").streamed();
    assert_eq!(failure(&client, &server, stream).await, format!("error: {limit}"));
}

#[tokio::test]
async fn refused_connection_is_named_as_kubectl_names_it() {
    let server = Server::new([]).await;
    let mut config = config(&server);
    config.server = "http://127.0.0.1:1".to_owned();
    let (client, _) = client(&config);
    let error = body(&client, Request::get("/api?timeout=32s")).await.unwrap_err();
    assert_eq!(
        error.text(),
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"
    );
    assert_eq!(
        error.to_string(),
        "Get \"http://127.0.0.1:1/api?timeout=32s\": dial tcp 127.0.0.1:1: connect: connection refused"
    );
}

#[tokio::test]
async fn unknown_host_is_named_as_go_names_it() {
    let server = Server::new([]).await;
    let mut config = config(&server);
    config.server = "http://nohost.invalid".to_owned();
    let (client, _) = client(&config);
    let text = body(&client, Request::get("/")).await.unwrap_err().text();
    assert!(
        text.starts_with("Unable to connect to the server: dial tcp: lookup nohost.invalid"),
        "{text}"
    );
    assert!(text.ends_with(": no such host"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn cut_connections_are_tried_again_for_get_alone() {
    let server = Server::new([Answer::Close(Vec::new()), Answer::Reset(Vec::new()), ok("{}")]).await;
    let (client, _) = client(&config(&server));
    assert_eq!(body(&client, Request::get("/x")).await.unwrap(), "{}");
    assert_eq!(server.requests().len(), 3);

    let server = Server::new([Answer::Close(Vec::new())]).await;
    let (client, _) = super::client(&config(&server));
    for request in [Request::post("/x"), Request::get("/x").streamed()] {
        assert_eq!(failure(&client, &server, request).await, "Unable to connect to the server: EOF");
    }
    assert_eq!(server.requests().len(), 2);
    assert_eq!(
        failure(&client, &server, Request::get("/x")).await,
        "Unable to connect to the server: EOF"
    );
    assert_eq!(server.requests().len(), 13);
}

#[tokio::test(start_paused = true)]
async fn attempts_that_fail_differently_are_both_told() {
    let server = Server::new([Answer::Reset(Vec::new())]).await;
    let (client, _) = client(&config(&server));
    assert_eq!(
        failure(&client, &server, Request::get("/x")).await,
        "error: Get \"http://127.0.0.1:PORT/x\": read tcp 127.0.0.1:OWN to 127.0.0.1:PORT: read: connection reset by peer - \
         error from a previous attempt: read tcp 127.0.0.1:OWN to 127.0.0.1:PORT: read: connection reset by peer"
    );
}

#[tokio::test(start_paused = true)]
async fn busy_servers_are_asked_again_when_they_say_when() {
    let busy = |status: &str, headers: &[&str]| Answer::Bytes(answer(status, headers, "slow"));
    let retry = busy("429 Too Many Requests", &["Retry-After: 7"]);
    let server = Server::new([retry.clone(), busy("503 Busy", &["Retry-After: 1"]), ok("{}")]).await;
    let (client, _) = client(&config(&server));
    let started = tokio::time::Instant::now();
    let request = Request::post("/x").body("text/plain", "again");
    assert_eq!(body(&client, request).await.unwrap(), "{}");
    assert_eq!(started.elapsed().as_secs(), 8);
    assert!(server.requests().iter().all(|request| request.ends_with("\r\n\r\nagain")));

    for busy in [
        busy("429 Busy", &[]),
        busy("429 Busy", &["Retry-After: soon"]),
        busy("404 No", &["Retry-After: 1"]),
    ] {
        let server = Server::new([busy, ok("{}")]).await;
        let (client, _) = super::client(&config(&server));
        assert!(body(&client, Request::get("/x")).await.unwrap_err().status().is_some());
        assert_eq!(server.requests().len(), 1);
    }

    let server = Server::new([retry]).await;
    let (client, _) = super::client(&config(&server));
    assert!(
        failure(&client, &server, Request::get("/x"))
            .await
            .starts_with("Error from server (TooManyRequests): ")
    );
    assert_eq!(server.requests().len(), 11);
}

#[tokio::test]
async fn broken_heads_are_named_as_go_names_them() {
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n", "y".repeat(20_000_000));
    let cases = [
        ("garbage here\r\n\r\n", "malformed HTTP status code \"here\""),
        ("HTTP/1.1 20x OK\r\n\r\n", "malformed HTTP status code \"20x\""),
        (
            "HTTP/1.1 200 OK\r\nfoo bar\r\n\r\n",
            "malformed MIME header: missing colon: \"foo bar\"",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", "bad Content-Length \"abc\""),
        ("HTTP/1.1 200 OK\r\nfoo: b", "unexpected EOF"),
        (long.as_str(), "net/http: server response headers exceeded 10485760 bytes; aborted"),
    ];
    for (head, want) in cases {
        let want = format!("Unable to connect to the server: net/http: HTTP/1.x transport connection broken: {want}");
        assert_eq!(failures(Answer::Close(head.into())).await, [want.clone(), want]);
    }
}

#[tokio::test]
async fn broken_bodies_are_named_as_go_names_them() {
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let cases = [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"kind\":".to_owned(),
            "unexpected EOF",
        ),
        (format!("{chunked}10\r\n{{\"kind\":"), "unexpected EOF"),
        (format!("{chunked}zz\r\n{{\"kind\":"), "invalid byte in chunk length"),
        (format!("{chunked}2\r\n{{\"kind\":\r\n"), "malformed chunked encoding"),
        (format!("{chunked}fffffffffffffffff\r\n"), "http chunk length too large"),
    ];
    for (text, want) in cases {
        assert_eq!(
            failures(Answer::Close(text.into())).await,
            [
                format!("error: unexpected error when reading response body. Please retry. Original error: {want}"),
                format!("error: {want}"),
            ]
        );
    }
    let reset = Answer::Reset(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"kind\":".to_vec());
    assert_eq!(
        failures(reset).await[1],
        "error: read tcp 127.0.0.1:OWN to 127.0.0.1:PORT: read: connection reset by peer"
    );
}

#[tokio::test]
async fn body_longer_than_it_says_is_cut_there() {
    let long = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{} and more".to_vec();
    let server = Server::new([Answer::Bytes(long)]).await;
    let (client, _) = client(&config(&server));
    for _ in 0..3 {
        assert_eq!(body(&client, Request::get("/x")).await.unwrap(), "{}");
    }
}

#[tokio::test(start_paused = true)]
async fn send_without_a_time_limit_waits_as_long_as_it_takes() {
    let server = Server::new([Answer::Hang(Vec::new())]).await;
    let (client, _) = client(&config(&server));
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(tokio::time::timeout(day, client.send(Request::get("/x"))).await.is_err());
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn compressed(bytes: impl AsRef<[u8]>) -> Answer {
    Answer::Bytes(answer("200 OK", &["Content-Encoding: gzip", JSON], bytes))
}

#[tokio::test]
async fn compressed_bodies_come_uncompressed() {
    let text: String = (0..200_000).map(|i| format!("{i},")).collect();
    let mut twice = gzip(text.as_bytes());
    twice.extend(gzip(b"end"));
    let server = Server::new([compressed(twice), compressed("")]).await;
    let (client, _) = client(&config(&server));
    assert_eq!(body(&client, Request::get("/x")).await.unwrap(), format!("{text}end"));
    assert_eq!(body(&client, Request::get("/x")).await.unwrap(), "");
}

#[tokio::test]
async fn broken_compression_is_named_as_go_names_it() {
    let whole = gzip(b"hello hello hello hello");
    let mut sum = whole.clone();
    let last = sum.len() - 6;
    sum[last] ^= 1;
    let cases = [
        (b"0123456789".to_vec(), "gzip: invalid header"),
        (whole[..whole.len() - 4].to_vec(), "unexpected EOF"),
        (whole[..14].to_vec(), "unexpected EOF"),
        (sum, "gzip: invalid checksum"),
    ];
    for (bytes, want) in cases {
        assert_eq!(failures(compressed(bytes)).await[1], format!("error: {want}"));
    }
}

#[tokio::test]
async fn disabled_compression_is_neither_asked_for_nor_undone() {
    let server = Server::new([compressed("raw")]).await;
    let mut config = config(&server);
    config.disable_compression = true;
    let (client, _) = client(&config);
    assert_eq!(body(&client, Request::get("/x")).await.unwrap(), "raw");
    assert!(!server.requests()[0].contains("Accept-Encoding"));
}

#[tokio::test]
async fn redirects_are_followed_as_go_follows_them() {
    let to = |status: &str, place: &str| Answer::Bytes(answer(status, &[&format!("Location: {place}")], ""));
    let server = Server::new([to("302 Found", "/other?a=1"), ok("there")]).await;
    let (client, _) = client(&config(&server));
    let request = Request::post("/x").body("text/plain", "body");
    assert_eq!(body(&client, request).await.unwrap(), "there");
    assert!(server.requests()[1].starts_with("GET /other?a=1 HTTP/1.1\r\n"));
    assert!(!server.requests()[1].contains("body"));

    let server = Server::new([to("307 Temporary Redirect", "/other"), ok("there")]).await;
    let (client, _) = super::client(&config(&server));
    let request = Request::post("/x").body("text/plain", "body");
    assert_eq!(body(&client, request).await.unwrap(), "there");
    assert!(server.requests()[1].starts_with("POST /other HTTP/1.1\r\n"));
    assert!(server.requests()[1].ends_with("body"));

    let server = Server::new([to("302 Found", "/again")]).await;
    let (client, _) = super::client(&config(&server));
    let error = body(&client, Request::get("/x")).await.unwrap_err();
    assert_eq!(error.text(), "Unable to connect to the server: stopped after 10 redirects");
    assert_eq!(error.to_string(), "Get \"/again\": stopped after 10 redirects");
    assert_eq!(server.requests().len(), 10);
}

#[tokio::test]
async fn refusals_become_statuses() {
    let refused = r#"{"kind":"Status","status":"Failure","message":"gone fishing","reason":"NotFound","code":404}"#;
    let server = Server::new([Answer::Bytes(answer("404 Not Found", &[JSON], refused))]).await;
    let (client, _) = client(&config(&server));
    assert_eq!(
        failure(&client, &server, Request::get("/x")).await,
        "Error from server (NotFound): gone fishing"
    );
    assert_eq!(
        failure(&client, &server, Request::get("/x").purpose(Purpose::Raw)).await,
        "Error from server (NotFound): the server could not find the requested resource"
    );
    let cut = b"HTTP/1.1 500 No\r\nContent-Length: 100\r\n\r\n{\"kind\":\"Sta".to_vec();
    assert_eq!(
        failures(Answer::Close(cut)).await[0],
        "error: unexpected error when reading response body. Please retry. Original error: unexpected EOF"
    );
}

#[tokio::test]
async fn protocol_that_nobody_asked_to_switch_is_a_failure() {
    let switched = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n".to_vec();
    let want = "Error from server: the server responded with the status code 101 but did not return more information";
    assert_eq!(failures(Answer::Hang(switched)).await, [want, want]);
}

#[tokio::test]
async fn warnings_go_to_standard_error_also_with_refusals() {
    let server = Server::new([
        Answer::Bytes(answer("200 OK", &["Warning: 299 - \"old\""], "")),
        Answer::Bytes(answer("500 No", &["Warning: 299 - \"new\", 299 - \"old\""], "")),
    ])
    .await;
    let (client, error) = client(&config(&server));
    body(&client, Request::get("/x")).await.unwrap();
    body(&client, Request::get("/x")).await.unwrap_err();
    assert_eq!(error.text(), "Warning: old\nWarning: new\n");
    assert_eq!(client.warning_count(), 2);
}

#[tokio::test]
async fn answers_with_very_many_headers_are_read() {
    let lines: Vec<String> = (0..500).map(|i| format!("Warning: 299 - \"{i}\"")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let server = Server::new([Answer::Bytes(answer("200 OK", &lines, "{}"))]).await;
    let (client, _) = client(&config(&server));
    body(&client, Request::get("/x")).await.unwrap();
    assert_eq!(client.warning_count(), 500);
}
