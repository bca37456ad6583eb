//! The door: TLS on the loopback, one connection after another, every request to its verb.

mod answer;
mod request;
mod route;
mod tls;

pub use answer::{Answer, JSON};
pub use request::{Place, Query, Request, User, decode};
pub use tls::Authority;

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::{net::TcpListener, sync::Notify};
use tokio_rustls::TlsAcceptor;

use crate::{cluster::Shared, controllers::Manager, failure, openapi::Documents};

/// How large a request's body may be, in bytes, as for a real server.
const LARGEST_BODY: usize = 3 * 1024 * 1024;

/// What all connections share.
pub struct Server {
    /// The cluster.
    pub cluster: Shared,
    /// Its controllers.
    pub manager: RefCell<Manager>,
    /// The secret that clients must know.
    pub token: String,
    /// The OpenAPI documents.
    pub documents: Documents,
    /// Woken when somebody asked the server to stop.
    pub stop: Notify,
    /// When it began.
    pub started: Timestamp,
    /// How many requests were answered.
    pub answered: Cell<u64>,
}

impl Server {
    /// A server for `cluster` that answers who knows `token`.
    pub fn new(cluster: Shared, manager: Manager, token: String) -> Rc<Self> {
        Rc::new(Server {
            cluster,
            manager: RefCell::new(manager),
            token,
            documents: Documents::default(),
            stop: Notify::new(),
            started: Timestamp::now(),
            answered: Cell::new(0),
        })
    }
}

/// A listener on the loopback; port 0 takes any free one.
///
/// # Errors
/// Where the port is taken.
pub async fn listen(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await
}

/// Lets the cluster live: controllers look at what changed, and at what is due.
pub async fn live(server: Rc<Server>) {
    loop {
        let wake = Rc::clone(&server.cluster.borrow().wake);
        let (more, next) = {
            let mut manager = server.manager.borrow_mut();
            let mut cluster = server.cluster.borrow_mut();
            let more = manager.work(&mut cluster);
            let wait = manager
                .next_timer()
                .map(|due| Duration::try_from(due.duration_since(cluster.clock.now())).unwrap_or_default());
            (more, wait)
        };
        if more {
            // Requests have waited long enough.
            tokio::task::yield_now().await;
            continue;
        }
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(next.unwrap_or(Duration::from_secs(3600))) => {}
        }
    }
}

/// Answers connections until the server is asked to stop. Runs within a `LocalSet`.
pub async fn serve(server: Rc<Server>, listener: TcpListener, tls: Arc<rustls::ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // Out of descriptors or a connection that was dropped: the next one may go better.
                Err(_) => {
                    tokio::task::yield_now().await;
                    continue;
                }
            },
            () = server.stop.notified() => return,
        };
        let _ = stream.set_nodelay(true);
        let (server, acceptor) = (Rc::clone(&server), acceptor.clone());
        tokio::task::spawn_local(async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let service = service_fn(move |request| {
                let server = Rc::clone(&server);
                async move { Ok::<_, std::convert::Infallible>(exchange(&server, request).await.into_response()) }
            });
            // A client that goes away in the middle is no failure of the server's.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
                .await;
        });
    }
}

async fn exchange(server: &Rc<Server>, request: http::Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let path = decode(parts.uri.path());
    let known = route::is_open(&path) || route::is_known(&parts.headers, &server.token);
    if !known {
        return failure::unauthorized().into();
    }
    let body = match Limited::new(body, LARGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            return Answer::text(413, format!("http: request body too large: limit is {LARGEST_BODY}"));
        }
        Err(error) => return failure::bad_request(error.to_string()).into(),
    };
    server.answered.set(server.answered.get() + 1);
    let request = Request {
        method: parts.method,
        path,
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        user: User::owner().impersonating(&parts.headers),
        headers: parts.headers,
        body,
    };
    route::answer(server, request).await
}
