//! What the server does with clients that behave and with those that do not. Here, how to ask it: without a door, as its
//! own parts ask it, or over a connection whose bytes a test writes.

mod clients;
mod consistency;
mod nonsense;
mod refusals;
mod watchers;
mod writes;

use std::{cell::RefCell, rc::Rc};

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use kubectl_rs::api::{OwnedValue, json};

use super::{Query, Request, Server, User, route};
use crate::{answer::Content, clock::Clock, cluster::Cluster, controllers::Manager, random::Random};

const TOKEN: &str = "0123456789abcdef";

/// A server with a cluster that holds what every cluster holds.
fn server() -> Rc<Server> {
    let mut cluster = Cluster::new(Clock::new(1.0), Random::seeded(1));
    let mut manager = Manager::default();
    crate::beginnings::fill(&mut cluster, &mut manager, true, &[]).unwrap();
    Server::new(Rc::new(RefCell::new(cluster)), manager, TOKEN.to_owned())
}

/// A request of the owner's, its body already there.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    Request {
        method: Method::from_bytes(method.as_bytes()).unwrap(),
        path: super::decode(path),
        query: Query::parse(query),
        headers: map,
        body: body.into(),
        user: User::owner(),
    }
}

/// What a request is answered with: the code, the media type, and the body as far as it is there at once.
async fn answer(server: &Rc<Server>, request: Request) -> (u16, &'static str, Bytes) {
    let answer = route::answer(server, request).await;
    let body = match answer.body {
        Content::Whole(bytes) => bytes,
        Content::Pieces(mut pieces) => {
            let mut all = BytesMut::new();
            while let Some(Some(piece)) = futures_util::FutureExt::now_or_never(pieces.next()) {
                all.extend_from_slice(&piece);
            }
            all.freeze()
        }
    };
    (answer.code, answer.content_type, body)
}

/// What a request with a body in JSON is answered with: the code, and the body as a value.
async fn ask(server: &Rc<Server>, method: &str, path: &str, body: &str) -> (u16, OwnedValue) {
    let media_type = match method {
        "PATCH" => "application/merge-patch+json",
        _ => "application/json",
    };
    let request = request(method, path, &[("content-type", media_type)], body.to_owned());
    let (code, _, body) = answer(server, request).await;
    let value = json::parse(&body).map(|value| value.into_owned());
    (
        code,
        value.unwrap_or_else(|_| OwnedValue::from(String::from_utf8_lossy(&body).into_owned())),
    )
}

/// A config map with one word of data.
fn config_map(name: &str, word: &str) -> String {
    format!(
        r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{name}","labels":{{"word":"{word}"}}}},"data":{{"word":"{word}"}}}}"#
    )
}

const CONFIG_MAPS: &str = "/api/v1/namespaces/default/configmaps";
