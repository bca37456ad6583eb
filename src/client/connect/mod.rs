//! Connections for hyper's pool: a name is looked up, an address dialled, a proxy asked for the way, TLS begun.

mod certificate;
mod dial;
mod pem;
mod proxy;
mod stream;
pub(crate) mod tls;
mod tunnel;
mod verify;
mod words;

use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderValue, Uri, uri::Scheme};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};

use self::{
    proxy::{Kind, Proxies, Proxy},
    stream::Carrier,
};
use tokio::time::timeout;

pub use self::dial::name_server;
pub(crate) use self::{stream::Stream, tls::Tls};
use super::{Log, klog::quoted, network::NetworkError, trace::Trace};
use crate::error::{Error, Result};

/// How long a proxy may take to open a way.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes connections. Clones share what they know of TLS and proxies.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    tls: Arc<Tls>,
    proxies: Arc<Proxies>,
    log: Log,
}

impl Connector {
    /// Connections through the proxy `proxy_url`, or the environment's proxies where that is empty.
    ///
    /// # Errors
    /// Where the proxy's URL is none.
    pub(crate) fn new(tls: Tls, proxy_url: &str, env: &HashMap<String, String>, log: Log) -> Result<Self> {
        let proxies = Proxies::new(proxy_url, env).map_err(|reason| Error::message(format!("parse {}: {reason}", quoted(proxy_url))))?;
        Ok(Connector {
            tls: Arc::new(tls),
            proxies: Arc::new(proxies),
            log,
        })
    }

    /// How TLS is spoken.
    pub(crate) fn tls(&self) -> &Tls {
        &self.tls
    }

    /// What a request itself tells its proxy: one without TLS is read by it.
    pub(crate) fn proxy_authorization(&self, uri: &Uri) -> Option<HeaderValue> {
        if uri.scheme() == Some(&Scheme::HTTPS) {
            return None;
        }
        let proxy = self.proxies.for_uri(uri).ok()??;
        proxy.authorization().filter(|_| proxy.kind != Kind::Socks)
    }

    async fn connect(self, uri: Uri) -> Result<TokioIo<Stream>, NetworkError> {
        let trace = Trace::default();
        let host = uri.host().unwrap_or_default();
        let secure = uri.scheme() == Some(&Scheme::HTTPS);
        if !secure && uri.scheme() != Some(&Scheme::HTTP) {
            let scheme = quoted(uri.scheme_str().unwrap_or_default());
            return Err(NetworkError::new(format!("unsupported protocol scheme {scheme}")));
        }
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let (carrier, spoken_through) = match self.proxies.for_uri(&uri)? {
            None => (
                Box::new(dial::dial(host, port, &trace, &self.log).await?) as Box<dyn Carrier>,
                false,
            ),
            Some(proxy) => self.through(&proxy, host, port, secure, &trace).await?,
        };
        let carrier = match secure {
            false => carrier,
            true => Box::new(self.tls.handshake(carrier, host, &trace).await?),
        };
        Ok(TokioIo::new(Stream::new(carrier, trace, spoken_through)))
    }

    /// A connection to a proxy, and whether requests are for the proxy to read: those without TLS, unless they go
    /// through SOCKS.
    async fn through(
        &self,
        proxy: &Proxy,
        host: &str,
        port: u16,
        secure: bool,
        trace: &Trace,
    ) -> Result<(Box<dyn Carrier>, bool), NetworkError> {
        let unreachable = |error: NetworkError| NetworkError::new(format!("proxyconnect tcp: {error}"));
        let socket = dial::dial(&proxy.host, proxy.port, trace, &self.log).await.map_err(unreachable)?;
        let address = socket.peer();
        let mut carrier: Box<dyn Carrier> = match proxy.kind {
            Kind::Https => Box::new(
                self.tls
                    .handshake(Box::new(socket), &proxy.host, &Trace::default())
                    .await
                    .map_err(unreachable)?,
            ),
            Kind::Http | Kind::Socks => Box::new(socket),
        };
        match proxy.kind {
            Kind::Socks => tunnel::socks(&mut *carrier, proxy, address, host, port).await?,
            Kind::Http | Kind::Https if secure => {
                let target = format!("{host}:{port}");
                timeout(CONNECT_TIMEOUT, tunnel::connect(&mut *carrier, proxy, &target))
                    .await
                    .unwrap_or(Err(NetworkError::new("context deadline exceeded")))?;
            }
            Kind::Http | Kind::Https => return Ok((carrier, true)),
        }
        Ok((carrier, false))
    }
}

/// The URL of the proxy for requests to `server`; empty where there is none.
pub(crate) fn proxy_for(server: &str, proxy_url: &str, env: &HashMap<String, String>) -> String {
    if !proxy_url.is_empty() {
        return proxy_url.to_owned();
    }
    let proxy = server.parse().ok().and_then(|uri| Proxies::new("", env).ok()?.for_uri(&uri).ok()?);
    proxy.map(|proxy| proxy.url).unwrap_or_default()
}

impl tower::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = NetworkError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new().proxy(self.is_proxied()).extra(self.trace().clone())
    }
}
