//! Clients at the door: who is let in, how large and how slow they may be. Time is made by the runtime, which lets it pass
//! when everybody waits.

use std::{rc::Rc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream},
    task::LocalSet,
    time::Instant,
};

use super::{TOKEN, server};
use crate::server::{Server, connection::converse};

/// A connection to a server, with nothing said yet.
fn connect(server: &Rc<Server>) -> DuplexStream {
    let (client, stream) = tokio::io::duplex(64 * 1024);
    let server = Rc::clone(server);
    tokio::task::spawn_local(async move { converse(&server, stream).await });
    client
}

/// Says something, and gives all that is answered until the server closes the connection.
async fn say(server: &Rc<Server>, bytes: &[u8]) -> String {
    let mut client = connect(server);
    // The server need not listen to the end.
    let _ = client.write_all(bytes).await;
    rest(&mut client).await
}

async fn rest(client: &mut DuplexStream) -> String {
    let mut answer = Vec::new();
    client.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn head(method: &str, path: &str, headers: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

fn known(method: &str, path: &str, headers: &str) -> Vec<u8> {
    head(method, path, &format!("Authorization: Bearer {TOKEN}\r\n{headers}"))
}

/// Runs a test with a server, on a clock that jumps.
async fn with_server(test: impl AsyncFnOnce(&Rc<Server>)) {
    let server = server();
    LocalSet::new().run_until(test(&server)).await;
}

#[tokio::test(start_paused = true)]
async fn a_stranger_is_told_the_version_and_the_health_and_nothing_else() {
    with_server(async |server| {
        for path in ["/version", "/healthz", "/livez", "/readyz?verbose", "/readyz/ping"] {
            let answer = say(server, &head("GET", path, "")).await;
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {answer}");
        }
        let tokens = [
            String::new(),
            "Authorization: Bearer\r\n".to_owned(),
            "Authorization: Bearer 0123456789abcdee\r\n".to_owned(),
            format!("Authorization: Bearer {TOKEN}0\r\n"),
            format!("Authorization: Basic {TOKEN}\r\n"),
            format!("Authorization: {TOKEN}\r\n"),
            format!("Token: {TOKEN}\r\n"),
        ];
        let places = [
            ("GET", "/"),
            ("GET", "/api"),
            ("GET", "/apis/apps/v1"),
            ("GET", "/api/v1/pods"),
            ("GET", "/api/v1/pods?watch=true"),
            ("GET", "/openapi/v2"),
            ("GET", "/metrics"),
            ("GET", "/nowhere"),
            ("GET", "//api/v1/pods"),
            ("GET", "/version/../api/v1/pods"),
            ("GET", "/%2e%2e/api/v1/pods"),
            ("POST", "/api/v1/namespaces"),
            ("DELETE", "/api/v1/namespaces/default"),
            ("GET", "/sandbox/status"),
            ("POST", "/sandbox/stop"),
        ];
        for (method, path) in places {
            for token in &tokens {
                let answer = say(server, &head(method, path, token)).await;
                // The path below an open one is open itself, but leads nowhere else.
                let leads_nowhere = path.starts_with("/version/") && answer.starts_with("HTTP/1.1 404");
                let refused = answer.starts_with("HTTP/1.1 401 Unauthorized\r\n") && answer.contains(r#""reason":"Unauthorized""#);
                assert!(refused || leads_nowhere, "{method} {path} {token}: {answer}");
                assert!(!answer.contains("kube-system"), "{answer}");
            }
        }
        assert!(say(server, &known("GET", "/api/v1/namespaces", "")).await.contains("kube-system"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_stranger_s_body_is_not_waited_for() {
    with_server(async |server| {
        let begun = Instant::now();
        for path in ["/api/v1/namespaces", "/version"] {
            let answer = say(server, &head("POST", path, "Content-Length: 1000000\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        }
        assert!(begun.elapsed() < Duration::from_secs(1));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_is_refused_with_413() {
    const MEBIBYTE: usize = 1024 * 1024;
    with_server(async |server| {
        for headers in ["Content-Length: 4194304\r\n", "Transfer-Encoding: chunked\r\n"] {
            let mut client = connect(server);
            let words = format!("Content-Type: application/json\r\n{headers}");
            client.write_all(&known("POST", "/api/v1/namespaces", &words)).await.unwrap();
            let (mut reading, mut writing) = tokio::io::split(client);
            let chunked = headers.starts_with("Transfer");
            let write = async move {
                for _ in 0..4 {
                    let block = vec![b' '; MEBIBYTE];
                    if chunked {
                        writing.write_all(b"100000\r\n").await?;
                    }
                    writing.write_all(&block).await?;
                    if chunked {
                        writing.write_all(b"\r\n").await?;
                    }
                }
                std::io::Result::Ok(())
            };
            let mut answer = Vec::new();
            // The server may stop listening before all is said.
            let (_, read) = tokio::join!(write, reading.read_to_end(&mut answer));
            read.unwrap();
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
            assert!(
                answer.contains(r#""message":"Request entity too large: limit is 3145728""#),
                "{answer}"
            );
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_finish_its_head_is_left() {
    with_server(async |server| {
        let begun = Instant::now();
        let answer = say(server, b"GET /version HTTP/1.1\r\nHost:").await;
        assert!(!answer.contains("200"), "{answer}");
        let waited = begun.elapsed();
        assert!((Duration::from_secs(30)..Duration::from_secs(300)).contains(&waited), "{waited:?}");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_writes_one_byte_a_second_is_left_too() {
    with_server(async |server| {
        let mut client = connect(server);
        let begun = Instant::now();
        for byte in known("GET", "/version", &format!("X: {}\r\n", "y".repeat(1000))) {
            if client.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        assert!(begun.elapsed() < Duration::from_secs(300), "{:?}", begun.elapsed());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_answered_with_408() {
    with_server(async |server| {
        let mut bytes = known(
            "POST",
            "/api/v1/namespaces",
            "Content-Type: application/json\r\nContent-Length: 100\r\n",
        );
        bytes.extend_from_slice(b"{");
        let answer = say(server, &bytes).await;
        assert!(
            answer.starts_with("HTTP/1.1 408 ") && answer.contains(r#""reason":"Timeout""#),
            "{answer}"
        );
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_closes_its_side_keeps_nothing_open() {
    with_server(async |server| {
        let bodyless = known("POST", "/api/v1/namespaces", "Content-Length: 100\r\n");
        let watch = known("GET", "/api/v1/pods?watch=true", "");
        for bytes in [&b""[..], b"GET", b"GET / HTTP/1.1\r\n", &bodyless, &watch] {
            let mut client = connect(server);
            client.write_all(bytes).await.unwrap();
            client.shutdown().await.unwrap();
            let begun = Instant::now();
            rest(&mut client).await;
            assert!(begun.elapsed() < Duration::from_secs(1), "{}", String::from_utf8_lossy(bytes));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn absurd_heads_are_refused() {
    with_server(async |server| {
        let many: String = (0..2000).map(|number| format!("X-{number}: y\r\n")).collect();
        let long = format!("X: {}\r\n", "y".repeat(200_000));
        let far = format!("/api/v1/pods?labelSelector={}", "a".repeat(200_000));
        for (bytes, codes) in [
            (known("GET", "/version", &many), &["431"][..]),
            (known("GET", "/version", &long), &["431"]),
            (known("GET", &far, ""), &["414", "431"]),
            (b"\x00\x01\x02\x03\r\n\r\n".to_vec(), &["400"]),
            (b"GET /version HTTP/9.9\r\n\r\n".to_vec(), &["400"]),
            (b"GET /version HTTP/1.1\r\nBad Header: x\r\n\r\n".to_vec(), &["400"]),
            (b"GET /version HTTP/1.1\r\nX: \x00\r\n\r\n".to_vec(), &["400"]),
            (known("POST", "/api/v1/namespaces", "Content-Length: -1\r\n"), &["400"]),
            (
                known("POST", "/api/v1/namespaces", "Content-Length: 99999999999999999999999\r\n"),
                &["400"],
            ),
            (
                known("POST", "/api/v1/namespaces", "Content-Length: 1\r\nContent-Length: 2\r\n"),
                &["400"],
            ),
            (known("POST", "/api/v1/namespaces", "Transfer-Encoding: nonsense\r\n"), &["400"]),
        ] {
            let answer = say(server, &bytes).await;
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
            let good = codes.iter().any(|code| answer.starts_with(&format!("HTTP/1.1 {code} ")));
            assert!(good, "{shown}: {answer}");
        }
        // It still answers who behaves.
        assert!(say(server, &known("GET", "/version", "")).await.starts_with("HTTP/1.1 200"));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_closes_its_watches_and_finishes_its_answers() {
    with_server(async |server| {
        let mut watch = connect(server);
        watch.write_all(&known("GET", "/api/v1/namespaces?watch=true", "")).await.unwrap();
        let mut first = [0; 12];
        watch.read_exact(&mut first).await.unwrap();
        let begun = Instant::now();
        let answer = say(server, &known("POST", "/sandbox/stop", "")).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("stopping\n"), "{answer}");
        rest(&mut watch).await;
        server.stop.asked().await;
        assert!(begun.elapsed() < Duration::from_secs(1));
    })
    .await;
}
