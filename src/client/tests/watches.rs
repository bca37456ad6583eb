//! Watches: events as the server sends them, and every way in which they end.

use super::{
    client, config,
    server::{Answer, Server, answer},
};
use crate::client::{Change, Request};

const HEAD: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// What a watch tells, event by event, and how it ends.
async fn told(answer: Answer) -> (Vec<String>, String) {
    let server = Server::new([answer]).await;
    let (client, _) = client(&config(&server));
    let mut watch = match client.watch(Request::get("/x?watch=true")).await {
        Ok(watch) => watch,
        Err(error) => return (Vec::new(), error.text()),
    };
    let mut told = Vec::new();
    loop {
        match watch.next().await {
            Ok(Some(event)) => told.push(format!("{:?} {}", event.change, String::from_utf8_lossy(event.object))),
            Ok(None) => return (told, "end".to_owned()),
            Err(error) => {
                assert_eq!(watch.next().await.unwrap(), None);
                return (told, error.text());
            }
        }
    }
}

#[tokio::test]
async fn watch_tells_events_wherever_they_are_cut() {
    let text = "{\"type\":\"ADDED\",\"object\":{\"a\":1}}\n{\"type\":\"BOOKMARK\",\"object\":{\"b\":{}}}\n";
    for size in [1, 7, 40, 100] {
        let chunks: String = text
            .as_bytes()
            .chunks(size)
            .map(|part| chunk(&String::from_utf8_lossy(part)))
            .collect();
        assert_eq!(
            told(Answer::Close(format!("{HEAD}{chunks}0\r\n\r\n").into())).await,
            (
                vec!["Added {\"a\":1}".to_owned(), "Bookmark {\"b\":{}}".to_owned()],
                "end".to_owned()
            )
        );
    }
}

#[tokio::test]
async fn watch_tells_an_event_before_the_next_one_comes() {
    let first = chunk("{\"type\":\"ADDED\",\"object\":{\"name\":\"a long enough one\"") + &chunk("}}\n");
    let server = Server::new([Answer::Hang(format!("{HEAD}{first}").into())]).await;
    let (client, _) = client(&config(&server));
    let mut watch = client.watch(Request::get("/x?watch=true")).await.unwrap();
    assert_eq!(watch.next().await.unwrap().unwrap().change, Change::Added);
}

#[tokio::test]
async fn watch_ends_with_its_connection() {
    let whole = chunk("{\"type\":\"DELETED\",\"object\":{}}\n");
    let cut = chunk("{\"type\":\"ADDED\",\"obj");
    for answer in [
        Answer::Close(format!("{HEAD}{whole}").into()),
        Answer::Close(format!("{HEAD}{whole}{cut}").into()),
        Answer::Reset(format!("{HEAD}{whole}{cut}").into()),
    ] {
        let (events, end) = told(answer).await;
        assert!(events.is_empty() || events == ["Deleted {}"], "{events:?}");
        assert_eq!(end, "end");
    }
}

#[tokio::test(start_paused = true)]
async fn watch_ends_with_the_time_limit() {
    let server = Server::new([Answer::Hang(HEAD.into())]).await;
    let mut config = config(&server);
    config.timeout = std::time::Duration::from_secs(1);
    let (client, _) = client(&config);
    let mut watch = client.watch(Request::get("/x?watch=true")).await.unwrap();
    assert_eq!(watch.next().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn watch_of_a_server_that_only_hangs_up_has_no_events() {
    assert_eq!(told(Answer::Close(Vec::new())).await, (Vec::new(), "end".to_owned()));
}

#[tokio::test]
async fn watch_that_is_refused_or_cannot_be_read_says_why() {
    let gone = answer(
        "410 Gone",
        &["Content-Type: application/json"],
        "{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"too old\",\"reason\":\"Expired\",\"code\":410}",
    );
    assert_eq!(
        told(Answer::Bytes(gone)).await,
        (Vec::new(), "Error from server (Expired): too old".to_owned())
    );
    let (events, end) = told(Answer::Close(
        format!("{HEAD}{}", chunk("{\"type\":\"ADDED\",\"object\":{}}junk")).into(),
    ))
    .await;
    assert_eq!(events, ["Added {}"]);
    assert_eq!(
        end,
        "Error from server (InternalError): an error on the server (\"unable to decode an event from the watch stream: \
         invalid character 'j' looking for beginning of value\") has prevented the request from succeeding"
    );
}
