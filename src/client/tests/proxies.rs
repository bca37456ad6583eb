//! Proxies: the way through them, and what is said of those that refuse.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use super::{
    body, client, config,
    server::{Answer, Server, answer},
    world,
};
use crate::{
    client::{Client, Request, Settings},
    kubeconfig::RestConfig,
};

/// What a proxy hears and says, and whether it then leads on.
struct Script {
    steps: Vec<(usize, &'static [u8])>,
    leads_to: Option<SocketAddr>,
}

/// A proxy that reads as many bytes as each step says, answers with the step's bytes, and at last leads on or hangs up.
/// The bytes that it read come back from the channel.
async fn proxy(script: Script) -> (SocketAddr, tokio::sync::mpsc::UnboundedReceiver<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heard, hearing) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            for (wanted, says) in &script.steps {
                let mut bytes = vec![0; *wanted];
                if tcp.read_exact(&mut bytes).await.is_err() {
                    break;
                }
                let _ = heard.send(bytes);
                let _ = tcp.write_all(says).await;
            }
            if let Some(target) = script.leads_to {
                let mut onward = TcpStream::connect(target).await.unwrap();
                let _ = copy_bidirectional(&mut tcp, &mut onward).await;
            }
        }
    });
    (address, hearing)
}

async fn outcome(config: &RestConfig) -> String {
    match body(&client(config).0, Request::get("/x").streamed()).await {
        Ok(body) => String::from_utf8_lossy(&body).into_owned(),
        Err(error) => error.text().replace("Unable to connect to the server: ", ""),
    }
}

fn ok() -> Answer {
    Answer::Bytes(answer("200 OK", &[], "{}"))
}

#[tokio::test]
async fn request_without_tls_is_for_the_http_proxy_to_read() {
    let proxy = Server::new([ok()]).await;
    let config = RestConfig {
        server: "http://server.example:8080/base".to_owned(),
        proxy_url: format!("http://u:p%40@{}", proxy.address),
        ..RestConfig::default()
    };
    assert_eq!(outcome(&config).await, "{}");
    let request = proxy.requests().remove(0);
    assert!(
        request.starts_with("GET http://server.example:8080/base/x HTTP/1.1\r\n"),
        "{request}"
    );
    assert!(request.contains("\r\nHost: server.example:8080\r\n"), "{request}");
    assert!(request.contains("\r\nProxy-Authorization: Basic dTpwQA==\r\n"), "{request}");
}

#[tokio::test]
async fn request_with_tls_is_led_through_the_http_proxy() {
    let server = super::tls::trusted_server().await;
    let target = format!("127.0.0.1:{}", server.address.port());
    let head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: Go-http-client/1.1\r\n\r\n");
    let (address, mut heard) = proxy(Script {
        steps: vec![(head.len(), b"HTTP/1.1 200 Connection established\r\n\r\n")],
        leads_to: Some(server.address),
    })
    .await;
    let mut config = server.config();
    config.proxy_url = format!("http://{address}");
    assert_eq!(outcome(&config).await, "{}");
    assert_eq!(String::from_utf8(heard.recv().await.unwrap()).unwrap(), head);
}

#[tokio::test]
async fn http_proxy_that_refuses_is_named_as_go_names_it() {
    let cases: [(&[u8], &str); 5] = [
        (
            b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
            "Proxy Authentication Required",
        ),
        (b"HTTP/1.1 502\r\n\r\n", "unknown status code"),
        (b"", "unexpected EOF"),
        (b"HTTP/1.1 200", "unexpected EOF"),
        (b"junk junk\r\n\r\n", "malformed HTTP status code \"junk\""),
    ];
    let head = "CONNECT server.example:443 HTTP/1.1\r\nHost: server.example:443\r\nUser-Agent: Go-http-client/1.1\r\n\r\n";
    for (says, want) in cases {
        let (address, _heard) = proxy(Script {
            steps: vec![(head.len(), says)],
            leads_to: None,
        })
        .await;
        let config = RestConfig {
            server: "https://server.example".to_owned(),
            proxy_url: format!("http://{address}"),
            ..RestConfig::default()
        };
        assert_eq!(outcome(&config).await, want);
    }
}

#[tokio::test]
async fn socks_proxy_leads_names_and_addresses() {
    let server = Server::new([ok()]).await;
    let port = server.address.port().to_be_bytes();
    let consent = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
    let (address, mut heard) = proxy(Script {
        steps: vec![(3, b"\x05\x00"), (10, consent)],
        leads_to: Some(server.address),
    })
    .await;
    let mut by_address = config(&server);
    by_address.proxy_url = format!("socks5://{address}");
    assert_eq!(outcome(&by_address).await, "{}");
    assert_eq!(heard.recv().await.unwrap(), b"\x05\x01\x00");
    assert_eq!(
        heard.recv().await.unwrap(),
        [&b"\x05\x01\x00\x01\x7f\x00\x00\x01"[..], &port].concat()
    );
    assert!(server.requests()[0].starts_with("GET /x HTTP/1.1\r\n"));

    let (address, mut heard) = proxy(Script {
        steps: vec![(4, b"\x05\x02"), (5, b"\x01\x00"), (11, b"\x05\x00\x00\x03\x01a\x00\x00")],
        leads_to: Some(server.address),
    })
    .await;
    let by_name = RestConfig {
        server: "http://name:80".to_owned(),
        proxy_url: format!("socks5://u:p@{address}"),
        ..RestConfig::default()
    };
    assert_eq!(outcome(&by_name).await, "{}");
    assert_eq!(heard.recv().await.unwrap(), b"\x05\x02\x00\x02");
    assert_eq!(heard.recv().await.unwrap(), b"\x01\x01u\x01p");
    assert_eq!(heard.recv().await.unwrap(), b"\x05\x01\x00\x03\x04name\x00\x50");
}

#[tokio::test]
async fn socks_proxy_that_refuses_is_named_as_go_names_it() {
    let cases: [(&[u8], &[u8], &str); 5] = [
        (b"", b"", "EOF"),
        (b"\x05\xff", b"", "no acceptable authentication methods"),
        (b"\x04\x00", b"", "unexpected protocol version 4"),
        (b"\x05\x00", b"\x05\x02\x00\x01", "unknown error connection not allowed by ruleset"),
        (b"\x05\x00", b"\x05\x09\x00\x01", "unknown error unknown code: 9"),
    ];
    for (first, second, want) in cases {
        let steps = match second {
            b"" => vec![(3, first)],
            second => vec![(3, first), (10, second)],
        };
        let (address, _heard) = proxy(Script { steps, leads_to: None }).await;
        let config = RestConfig {
            server: "http://10.0.0.1:80".to_owned(),
            proxy_url: format!("socks5://{address}"),
            ..RestConfig::default()
        };
        assert_eq!(outcome(&config).await, format!("socks connect tcp {address}->10.0.0.1:80: {want}"));
    }
}

#[tokio::test]
async fn proxy_that_cannot_be_reached_is_told_from_the_server() {
    let config = RestConfig {
        server: "https://server.example:6443".to_owned(),
        proxy_url: "http://127.0.0.1:1".to_owned(),
        ..RestConfig::default()
    };
    let error = body(&client(&config).0, Request::get("/x")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "Get \"https://server.example:6443/x\": proxyconnect tcp: dial tcp 127.0.0.1:1: connect: connection refused"
    );
    assert_eq!(
        error.text(),
        "The connection to the server server.example:6443 was refused - did you specify the right host or port?"
    );
}

#[tokio::test]
async fn proxies_of_the_environment_are_used_but_for_what_they_except() {
    let proxy = Server::new([ok()]).await;
    let (mut world, _) = world();
    world.env.insert("HTTP_PROXY".to_owned(), proxy.address.to_string());
    world.env.insert("NO_PROXY".to_owned(), "spared.example".to_owned());
    let ask = async |server: &str| {
        let config = RestConfig {
            server: server.to_owned(),
            ..RestConfig::default()
        };
        let client = Client::new(&config, &world, Settings::default()).unwrap();
        body(&client, Request::get("/x").streamed()).await.map_err(|error| error.text())
    };
    assert!(ask("http://server.example").await.is_ok());
    assert!(ask("http://spared.example").await.unwrap_err().contains("lookup spared.example"));
    assert_eq!(proxy.requests().len(), 1);
}
