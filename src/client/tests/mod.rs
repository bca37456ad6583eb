//! The client against servers within the test, most of them hostile.

mod credentials;
mod differential;
mod plain;
#[path = "../../../tests/program_file.rs"]
mod program_file;
mod providers;
mod proxies;
mod server;
mod tls;
mod watches;

use std::collections::HashMap;

use bytes::Bytes;

use self::server::Server;
use super::{Client, Request, Settings};
use crate::{
    error::{Error, Result},
    kubeconfig::RestConfig,
    streams::{Captured, Streams},
    world::World,
};

/// A world without arguments and environment, and its standard error.
pub fn world() -> (World, Captured) {
    let (streams, _, error) = Streams::captured("");
    let world = World {
        args: vec!["kubectl".to_owned()],
        env: HashMap::new(),
        directory: "/".into(),
        streams,
    };
    (world, error)
}

/// A configuration for a server without TLS.
pub fn config(server: &Server) -> RestConfig {
    RestConfig {
        server: format!("http://{}", server.address),
        ..RestConfig::default()
    }
}

/// A client with default settings, and its standard error.
pub fn client(config: &RestConfig) -> (Client, Captured) {
    let (world, error) = world();
    let settings = Settings {
        user_agent: "test/1".to_owned(),
        ..Settings::default()
    };
    (Client::new(config, &world, settings).unwrap(), error)
}

/// The body of the answer to `request`.
pub async fn body(client: &Client, request: Request) -> Result<Bytes, Error> {
    client.send(request).await?.bytes().await
}

/// What kubectl would print for the failure of `request`, with the port left out.
pub async fn failure(client: &Client, server: &Server, request: Request) -> String {
    let text = body(client, request).await.unwrap_err().text();
    let mut text = text.replace(&server.address.port().to_string(), "PORT");
    // The client's own port, in `read tcp 127.0.0.1:49152->127.0.0.1:PORT`.
    while let Some(arrow) = text.find("->127.0.0.1:PORT") {
        let begin = text[..arrow].rfind(':').unwrap();
        text.replace_range(begin..arrow + 2, ":OWN to ");
    }
    text
}
