//! Talking to the server: connections, TLS, credentials, retries, requests, watches.
//!
//! A [`Client`] is made from a [`RestConfig`] and is cheap to clone. A [`Request`] names a method and a path; what
//! comes back is a [`Response`] whose body is read piece by piece, or an error in the words that kubectl has for it.
//!
//! The way of a request: [`send`](mod@send) (retries, redirects, time limits, logs) → `kube::Client` → hyper's pool of
//! connections → [`connect`] (addresses, proxies, TLS).

pub mod auth;
pub mod connect;
mod exchange_log;
pub mod failure;
pub mod klog;
pub mod network;
pub mod request;
pub mod response;
pub mod send;
#[cfg(test)]
mod tests;
mod trace;
pub mod warning;
pub mod watch;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue, uri::Scheme};
use hyper_util::rt::{TokioExecutor, TokioTimer};

pub use self::{
    auth::policy::PluginPolicy,
    klog::Log,
    request::{Purpose, Request, Subject},
    response::Response,
    warning::Warnings,
    watch::{Change, Event, Watch},
};
use crate::{
    error::{Error, Result},
    kubeconfig::RestConfig,
    world::World,
};

/// The largest piece in which a body is read, in bytes. Each connection in use holds one such buffer.
const READ_BUFFER: usize = 512 * 1024;

/// How many header lines an answer may have. A server that warns of every field of a large manifest sends hundreds.
const MAX_HEADERS: usize = 1_000;

/// What a client is told besides the kubeconfig.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Further headers of every request, such as `Kubectl-Command`. They are not logged, as kubectl does not log them.
    pub headers: Vec<(String, String)>,
    /// `-v`: what is logged; see [`Log`].
    pub verbosity: u8,
    /// Where new tokens of an auth provider are kept; nowhere, where there is none.
    pub save_tokens: Option<SaveTokens>,
    /// Which credential plugins may run.
    pub plugin_policy: PluginPolicy,
}

/// Keeps an auth provider's new settings.
#[derive(Clone)]
pub struct SaveTokens(Arc<Save>);

type Save = dyn Fn(&str, &BTreeMap<String, String>) -> Result<()> + Send + Sync;

impl SaveTokens {
    /// `save` is called with the user's name and all the settings of the auth provider.
    pub fn new(save: impl Fn(&str, &BTreeMap<String, String>) -> Result<()> + Send + Sync + 'static) -> Self {
        SaveTokens(Arc::new(save))
    }

    fn save(&self, user: &str, settings: &BTreeMap<String, String>) -> Result<()> {
        (self.0)(user, settings)
    }
}

impl fmt::Debug for SaveTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SaveTokens(…)")
    }
}

/// A connection to one server, for as many requests at once as there are. Clones share it.
///
/// Requests are sent on the current tokio runtime, which needs its timer and its input and output.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

/// What the clones of a client share.
struct Inner {
    /// Made with the first request: it starts a task, and a command that asks nothing needs none.
    kube: Mutex<Option<kube::Client>>,
    connector: connect::Connector,
    auth: auth::Auth,
    server: Server,
    /// Headers of every request, in the order in which Go writes them.
    headers: HeaderMap,
    /// Headers of every request to the server itself that say whom to act as.
    impersonation: HeaderMap,
    /// Headers of every request that no log shows.
    silent_headers: HeaderMap,
    compression: bool,
    timeout: Option<Duration>,
    log: Log,
    warnings: Warnings,
}

/// The server's URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) scheme: Scheme,
    pub(crate) authority: http::uri::Authority,
    /// Name and password before the host.
    pub(crate) user: Option<(String, String)>,
    /// The path before every path, without a slash at its end; often empty.
    pub(crate) prefix: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &self.inner.server).finish_non_exhaustive()
    }
}

impl Client {
    /// A client for the server that `config` names. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the configuration contradicts itself, or certificates and keys cannot be read.
    pub fn new(config: &RestConfig, world: &World, settings: Settings) -> Result<Client> {
        let server = Server::parse(&config.server)?;
        let log = Log::new(settings.verbosity, world.streams.clone());
        let tls = connect::Tls::new(&config.tls, world, log.clone())?;
        let mut headers = HeaderMap::new();
        set(&mut headers, "user-agent", &settings.user_agent)?;
        let mut impersonation = HeaderMap::new();
        auth::impersonate(&mut impersonation, &config.impersonate)?;
        let auth = auth::Auth::new(config, world, &log, &settings)?;
        let mut silent_headers = HeaderMap::new();
        for (name, value) in &settings.headers {
            set(&mut silent_headers, name, value)?;
        }
        if let Some(session) = session() {
            set(&mut silent_headers, "kubectl-session", &session)?;
        }
        Ok(Client {
            inner: Arc::new(Inner {
                kube: Mutex::new(None),
                auth,
                connector: connect::Connector::new(tls, &config.proxy_url, &world.env, log.clone())?,
                server,
                headers,
                impersonation,
                silent_headers,
                compression: !config.disable_compression,
                timeout: (!config.timeout.is_zero()).then_some(config.timeout),
                log,
                warnings: Warnings::new(world),
            }),
        })
    }

    /// The server's URL, without a slash at its end.
    pub fn server_url(&self) -> String {
        let Server {
            scheme, authority, prefix, ..
        } = &self.inner.server;
        format!("{scheme}://{authority}{prefix}")
    }

    /// How many different warnings the server has sent.
    pub fn warning_count(&self) -> usize {
        self.inner.warnings.count()
    }

    /// Who writes what the server warns of.
    pub fn warnings(&self) -> &Warnings {
        &self.inner.warnings
    }

    /// The log, for others who write to it.
    pub fn log(&self) -> &Log {
        &self.inner.log
    }

    /// Notes that a command reads standard input, so that no credential plugin does.
    pub fn set_input_used(&self) {
        self.inner.auth.set_input_used();
    }

    /// The client that carries requests.
    fn kube(&self) -> kube::Client {
        let mut kube = self.inner.kube.lock().unwrap_or_else(PoisonError::into_inner);
        let made = kube.get_or_insert_with(|| {
            let pool = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
                .http1_max_buf_size(READ_BUFFER)
                .http1_max_headers(MAX_HEADERS)
                .http1_title_case_headers(true)
                .timer(TokioTimer::new())
                .build::<_, kube::client::Body>(self.inner.connector.clone());
            kube::Client::new(pool, "")
        });
        made.clone()
    }

    /// Lets no request use a connection that has been made so far: another certificate counts.
    fn forget_connections(&self) {
        *self.inner.kube.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A random UUID (RFC 4122, version 4) by which a server knows the requests of one run.
fn session() -> Option<String> {
    let mut bytes = [0; 16];
    rustls::crypto::ring::default_provider().secure_random.fill(&mut bytes).ok()?;
    let number = (u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62)) | (4 << 76) | (2 << 62);
    let digits = format!("{number:032x}");
    Some([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}

/// Adds a header that comes from settings.
fn set(headers: &mut HeaderMap, name: &str, value: &str) -> Result<()> {
    if value.is_empty() {
        return Ok(());
    }
    let name =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| Error::message(format!("net/http: invalid header field name {name:?}")))?;
    let value = HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| Error::message(format!("net/http: invalid header field value for {name:?}")))?;
    headers.append(name, value);
    Ok(())
}

impl Server {
    /// What name and password before the host stand for, as Go's client takes them.
    fn authorization(&self) -> Option<HeaderValue> {
        let (name, password) = self.user.as_ref()?;
        let mut value = HeaderValue::from_str(&auth::basic(name, password)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes a URL of scheme, host and path apart.
    fn parse(url: &str) -> Result<Server> {
        let wrong = || Error::message(format!("host must be a URL or a host:port pair: {url:?}"));
        let uri: http::Uri = url.parse().map_err(|_| wrong())?;
        let parts = uri.into_parts();
        let mut authority = parts.authority.ok_or_else(wrong)?;
        let mut user = None;
        if let Some((before, host)) = authority.as_str().rsplit_once('@') {
            let (name, password) = before.split_once(':').unwrap_or((before, ""));
            user = Some((request::percent_decode(name), request::percent_decode(password)));
            authority = host.parse().map_err(|_| wrong())?;
        }
        Ok(Server {
            scheme: parts.scheme.ok_or_else(wrong)?,
            authority,
            user,
            prefix: parts
                .path_and_query
                .map(|path| path.path().trim_end_matches('/').to_owned())
                .unwrap_or_default(),
        })
    }
}
