//! The client's words beside those of a real kubectl, for answers that are broken and servers that refuse.

use std::{ffi::OsStr, path::PathBuf};

use tokio::process::Command;

use super::{
    body, client, config,
    server::{Answer, Server, answer},
    tls,
};
use crate::{
    client::{Purpose, Request},
    kubeconfig::RestConfig,
};

/// The real kubectl, if there is one: the newest of several releases that lie beside each other.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn real_kubectl() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path)
        .map(|folder| folder.join("kubectl"))
        .find(|path| path.is_file());
    let Some(found) = found else {
        eprintln!("SKIPPED: there is no kubectl on PATH to compare with");
        return None;
    };
    let found = found.canonicalize().unwrap_or(found);
    let releases = (33..=36).rev().map(|minor| found.with_file_name(format!("kubectl.1.{minor}")));
    Some(releases.into_iter().find(|path| path.is_file()).unwrap_or(found))
}

/// What a real kubectl says on standard error, without the places and times of log lines.
async fn real(arguments: &[&OsStr]) -> Option<String> {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(real_kubectl()?)
        .args(arguments)
        .env("HOME", home.path())
        .env("KUBECONFIG", home.path().join("none"))
        .env_remove("HTTP_PROXY")
        .env_remove("HTTPS_PROXY")
        .output()
        .await
        .unwrap();
    Some(comparable(&String::from_utf8_lossy(&output.stderr)))
}

/// Text without the client's own ports, and log lines without their headers. Lines of Go's own log are left out.
fn comparable(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.contains(" log.go:")) {
        let line = match line.split_once(".go:").and_then(|(_, rest)| rest.split_once("] ")) {
            Some((_, message)) if line.starts_with(['E', 'I']) => message,
            _ => line,
        };
        let mut line = line.to_owned();
        while let Some(arrow) = line.find("->127.0.0.1") {
            let begin = line[..arrow].rfind(':').unwrap();
            line.replace_range(begin..arrow + 2, " to ");
        }
        lines.push(line);
    }
    lines.join("\n").trim_end().to_owned()
}

/// What this client says.
async fn own(config: &RestConfig, request: Request) -> String {
    let (client, error) = client(config);
    let said = match body(&client, request).await {
        Ok(_) => String::new(),
        Err(error) => error.text(),
    };
    comparable(&format!("{}{said}", error.text()))
}

fn refusal(code: u16, content_type: &str, body: &str) -> Answer {
    let status = format!("{code} Reason");
    let content_type = format!("Content-Type: {content_type}");
    Answer::Close(answer(&status, &[&content_type], body))
}

fn answers() -> Vec<Answer> {
    const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let status = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"gone fishing","reason":"NotFound","code":404}"#;
    let mut answers: Vec<Answer> = [
        "",
        "garbage\r\n\r\n",
        "garbage here\r\n\r\n",
        "HTTP/1.1 20x OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nfoo bar\r\n\r\n",
        "HTTP/1.1 200 OK\r\nfoo: b",
        "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"kind\":",
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\n\r\n0123456789",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nWarning: 299 - \"a\", 299 - \"b \\\"c\\\"\"\r\nWarning: 199 - \"no\"\r\n\r\n{}",
        "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n",
    ]
    .map(|text| Answer::Close(text.into()))
    .into();
    for chunks in ["10\r\n{\"kind\":", "zz\r\n{\"kind\":", "2\r\n{\"kind\":\r\n"] {
        answers.push(Answer::Close(format!("{CHUNKED}{chunks}").into()));
    }
    answers.push(Answer::Reset(Vec::new()));
    answers.push(refusal(404, "application/json", status));
    answers.push(refusal(404, "text/plain", status));
    answers.push(refusal(404, "application/json", &status.replace("Failure", "Success")));
    for code in [
        400, 401, 403, 404, 405, 406, 409, 410, 415, 418, 422, 429, 500, 502, 503, 504, 600, 301,
    ] {
        answers.push(refusal(code, "text/plain; charset=utf-8", " oh \"no\"\n"));
        answers.push(refusal(code, "application/json", "{}"));
    }
    answers
}

#[tokio::test]
async fn streams_fail_with_kubectls_words() {
    for answer in answers() {
        let server = Server::new([answer.clone()]).await;
        let url = format!("http://{}", server.address);
        let Some(real) = real(&["get", "--raw", "/x", "-s", &url].map(OsStr::new)).await else {
            return;
        };
        let own = own(&config(&server), Request::get("/x").streamed()).await;
        assert_eq!(own, real, "{answer:?}");
    }
}

#[tokio::test]
async fn answers_fail_with_kubectls_words() {
    for answer in answers() {
        // kubectl would try these again for ten seconds.
        if matches!(&answer, Answer::Reset(_)) || matches!(&answer, Answer::Close(bytes) if bytes.is_empty()) {
            continue;
        }
        let server = Server::new([answer.clone()]).await;
        let url = format!("http://{}", server.address);
        let Some(real) = real(&["version", "-s", &url].map(OsStr::new)).await else {
            return;
        };
        // Bodies that are no version and what kubectl says of them are for `version`.
        let real = real
            .lines()
            .filter(|line| !line.contains("as version") && !line.contains("the server version"));
        let real = real.collect::<Vec<_>>().join("\n");
        // This kubectl reads the body of an answer that Go has given up.
        if real.contains("stopped after 10 redirects") {
            continue;
        }
        let own = own(&config(&server), Request::get("/version").purpose(Purpose::Raw)).await;
        assert_eq!(own, real, "{answer:?}");
    }
}

#[tokio::test]
async fn servers_behind_tls_are_refused_with_kubectls_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    for (what, server) in tls::untrusted_servers().await {
        std::fs::write(&file, &server.authority).unwrap();
        let config = server.config();
        let arguments = [
            OsStr::new("get"),
            OsStr::new("--raw"),
            OsStr::new("/x"),
            OsStr::new("--token=t"),
            OsStr::new("-s"),
            OsStr::new(&config.server),
            OsStr::new("--certificate-authority"),
            file.as_os_str(),
        ];
        let Some(real) = real(&arguments).await else {
            return;
        };
        let own = own(&config, Request::get("/x").streamed()).await;
        // The two ask within the same second or the next.
        let timeless = |text: &str| match text.split_once("current time ") {
            Some((before, after)) => format!("{before}{}", after.split_once(' ').unwrap().1),
            None => text.to_owned(),
        };
        assert_eq!(timeless(&own), timeless(&real), "{what}");
    }
}
