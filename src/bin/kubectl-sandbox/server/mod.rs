//! The door: TLS on the loopback, one connection after another, every request to its verb.

mod connection;
mod request;
mod route;
mod stop;
#[cfg(test)]
mod tests;
mod tls;

pub use connection::serve;
pub use request::{Place, Query, Request, User, decode};
pub use tls::Authority;

use std::{
    cell::{Cell, RefCell},
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use jiff::Timestamp;
use stop::Stop;
use tokio::{net::TcpListener, sync::Notify};

use crate::{cluster::Shared, controllers::Manager, openapi::Documents};

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
    /// Whether the server is to stop.
    pub stop: Stop,
    /// Told each time the controllers have nothing to do for now.
    idle: Notify,
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
            stop: Stop::default(),
            idle: Notify::default(),
            started: Timestamp::now(),
            answered: Cell::new(0),
        })
    }

    /// Waits until the cluster has come to rest.
    pub async fn rest(&self) {
        loop {
            let idle = self.idle.notified();
            if self.manager.borrow().is_at_rest(&self.cluster.borrow()) {
                return;
            }
            idle.await;
        }
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
        server.idle.notify_waiters();
        tokio::select! {
            () = wake.notified() => {}
            () = tokio::time::sleep(next.unwrap_or(Duration::from_secs(3600))) => {}
        }
    }
}
