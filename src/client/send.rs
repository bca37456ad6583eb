//! Sending a request: time limits, redirects, retries, logs (client-go's `rest.Request` over Go's `http.Client`).

use std::time::Duration;

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, PROXY_AUTHORIZATION},
};
use tokio::time::{Instant, sleep, timeout_at};

use super::{
    Client, Purpose, Request, Response, exchange_log, failure,
    klog::{Field, Severity},
    network::{self, NetworkError},
    request::go_duration,
    response::{Body, broken_body},
};
use crate::error::{Connection, Error, Result};

/// How often a request is sent again.
const MAX_RETRIES: u32 = 10;

/// How many answers may say that another place should be asked.
const MAX_REDIRECTS: usize = 10;

/// How long is waited before a cut connection is tried again.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// How much of a failure's body is read, in bytes.
const MAX_FAILURE_BODY: usize = 16 * 1024 * 1024;

/// A request that got no answer: where it was sent last, and why.
pub(super) struct Lost {
    url: String,
    pub(super) error: NetworkError,
}

/// Why a request brought no response.
pub(super) enum Failed {
    /// There was no answer. Why the attempt before ended, if there was one, comes second.
    Lost(Lost, Option<NetworkError>),
    /// There was one, or the request could not be made.
    Other(Error),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Failed::Other(error)
    }
}

/// One HTTP exchange, redirects included, before anything is made of it.
struct Exchange {
    parts: http::response::Parts,
    body: Body,
}

impl Client {
    /// Sends a request and waits for the answer's headers.
    ///
    /// # Errors
    /// [`Error::Status`] where the server refuses, [`Error::Connection`] where it cannot be asked, and messages about
    /// answers that break off.
    pub async fn send(&self, request: Request) -> Result<Response> {
        let result = self.attempt(&request).await;
        result.map_err(|failed| failed.into_error(&request.method))
    }

    /// Sends a request as often as it is worth while.
    pub(super) async fn attempt(&self, request: &Request) -> Result<Response, Failed> {
        let timeout = self.inner.timeout.or(request.timeout);
        let url = self.url(request, timeout)?;
        let headers = self.headers(request)?;
        let started = Instant::now();
        let mut previous: Option<NetworkError> = None;
        if self.inner.log.wants(8) {
            exchange_log::body(&self.inner.log, "Request Body", &request.body);
        }
        for attempt in 1.. {
            // client-go limits all attempts at an answer together, but each at a stream by itself.
            let begin = match request.purpose {
                Purpose::Answer | Purpose::Raw => started,
                Purpose::Stream | Purpose::Watch => Instant::now(),
            };
            let deadline = timeout.map(|timeout| begin + timeout);
            let result = self.exchange(request, url.clone(), headers.clone(), deadline).await;
            let wait = match &result {
                _ if attempt > MAX_RETRIES => None,
                Ok(exchange) => failure::retry_after(exchange.parts.status, &exchange.parts.headers).map(Duration::from_secs),
                Err(lost) => is_worth_another_try(request, &lost.error).then_some(RETRY_DELAY),
            };
            let Some(wait) = wait else {
                return match result {
                    Ok(exchange) => Ok(self.answer(request, exchange).await?),
                    Err(lost) => Err(Failed::Lost(lost, previous)),
                };
            };
            if let Err(lost) = result {
                previous = Some(lost.error);
            }
            let delay = deadline.map_or(wait, |deadline| wait.min(deadline.saturating_duration_since(Instant::now())));
            sleep(delay).await;
            if self.inner.log.wants(4) {
                let fields = [
                    ("delay", Field::Text(&go_duration(wait))),
                    ("attempt", Field::Bare(attempt.to_string())),
                    ("url", Field::Text(&url.to_string())),
                ];
                let sentence = "Got a Retry-After response";
                self.inner.log.fields(Severity::Info, "with_retry.go:234", sentence, &fields);
            }
        }
        Err(Error::message("the loop of attempts ends by returning").into())
    }

    /// The URL that a request is sent to.
    fn url(&self, request: &Request, timeout: Option<Duration>) -> Result<Uri> {
        let server = &self.inner.server;
        let target = request.target(&server.prefix, timeout);
        Uri::builder()
            .scheme(server.scheme.clone())
            .authority(server.authority.clone())
            .path_and_query(target.as_str())
            .build()
            .map_err(|_| Error::message(format!("parse {target:?}: invalid URL")))
    }

    /// The headers of a request but for those that no log shows.
    fn headers(&self, request: &Request) -> Result<HeaderMap> {
        let wrong = |name: &str| Error::message(format!("net/http: invalid header field value for {name:?}"));
        let mut headers = self.inner.headers.clone();
        if !request.accept.is_empty() {
            headers.insert(ACCEPT, HeaderValue::from_str(&request.accept).map_err(|_| wrong("Accept"))?);
        }
        if let Some(content_type) = &request.content_type {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_str(content_type).map_err(|_| wrong("Content-Type"))?,
            );
        }
        for (name, value) in &request.headers {
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong(name))?;
            headers.append(key, HeaderValue::from_str(value).map_err(|_| wrong(name))?);
        }
        Ok(headers)
    }

    /// Sends a request once and follows where the answers lead.
    async fn exchange(&self, request: &Request, mut url: Uri, headers: HeaderMap, deadline: Option<Instant>) -> Result<Exchange, Lost> {
        let mut method = request.method.clone();
        let mut body = request.body.clone();
        let mut hops = 0;
        loop {
            let lost = |error| Lost {
                url: url.to_string(),
                error,
            };
            let exchange = self
                .round_trip(&method, &url, &headers, body.clone(), deadline)
                .await
                .map_err(lost)?;
            let Some((next_method, next)) = redirection(&exchange.parts, &method, &url) else {
                return Ok(exchange);
            };
            hops += 1;
            if hops >= MAX_REDIRECTS {
                let location = exchange
                    .parts
                    .headers
                    .get(LOCATION)
                    .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
                return Err(Lost {
                    url: location.unwrap_or_default(),
                    error: NetworkError::new(format!("stopped after {MAX_REDIRECTS} redirects")),
                });
            }
            if next_method != method {
                body = Bytes::new();
            }
            (method, url) = (next_method, next);
        }
    }

    /// Sends a request once.
    async fn round_trip(
        &self,
        method: &Method,
        url: &Uri,
        headers: &HeaderMap,
        body: Bytes,
        deadline: Option<Instant>,
    ) -> Result<Exchange, NetworkError> {
        // Nobody but the server that they are meant for gets credentials, wherever it leads.
        let at_home = url.authority() == Some(&self.inner.server.authority) && url.scheme() == Some(&self.inner.server.scheme);
        let mut shown = headers.clone();
        if at_home && !shown.contains_key("impersonate-user") {
            shown.extend(self.inner.impersonation.clone());
        }
        if at_home
            && !shown.contains_key(AUTHORIZATION)
            && let Some(value) = self.inner.auth.known()?
        {
            shown.insert(AUTHORIZATION, value);
        }
        let mut outgoing = http::Request::new(kube::client::Body::empty());
        *outgoing.method_mut() = method.clone();
        *outgoing.uri_mut() = url.clone();
        *outgoing.headers_mut() = shown.clone();
        let own = outgoing.headers_mut();
        own.extend(self.inner.silent_headers.clone());
        if self.inner.compression && !own.contains_key(ACCEPT_ENCODING) {
            own.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if body.is_empty() && matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
            own.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        if let Some(value) = self.inner.connector.proxy_authorization(url) {
            own.insert(PROXY_AUTHORIZATION, value);
        }
        *outgoing.body_mut() = body.into();
        let log = &self.inner.log;
        exchange_log::request(log, method, url, &shown);
        let started = Instant::now();
        let sent = self.send_with_credentials(outgoing, at_home);
        let result = match deadline {
            None => sent.await,
            Some(deadline) => timeout_at(deadline, sent)
                .await
                .unwrap_or(Err(NetworkError::new(network::TIMEOUT_AWAITING_HEADERS))),
        };
        exchange_log::response(log, method, url, result.as_ref().ok(), started.elapsed());
        let (mut parts, body) = result?.into_parts();
        network::check_transfer_encoding(&parts.headers)?;
        let gzip = self.inner.compression
            && parts
                .headers
                .get(CONTENT_ENCODING)
                .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"gzip"));
        if gzip {
            // As from Go's transport: nobody behind it sees that the body was compressed.
            parts.headers.remove(CONTENT_ENCODING);
            parts.headers.remove(CONTENT_LENGTH);
        }
        Ok(Exchange {
            parts,
            body: Body::new(body, gzip, deadline),
        })
    }

    /// Sends a request with what a plugin or a provider brings, where nothing else says who the client is.
    async fn send_with_credentials(
        &self,
        mut outgoing: http::Request<kube::client::Body>,
        at_home: bool,
    ) -> Result<http::Response<kube::client::Body>, NetworkError> {
        let identity = self.inner.connector.tls().identity();
        let mut fetched = None;
        if at_home && !outgoing.headers().contains_key(AUTHORIZATION) {
            let (value, changed) = self.inner.auth.fetch(identity).await?;
            if changed {
                self.forget_connections();
            }
            fetched = value.or_else(|| self.inner.server.authorization());
            if let Some(value) = &fetched {
                outgoing.headers_mut().insert(AUTHORIZATION, value.clone());
            }
        }
        let response = self.send_on_any_connection(outgoing).await?;
        if at_home && response.status() == StatusCode::UNAUTHORIZED && self.inner.auth.refused(fetched.as_ref(), identity).await {
            self.forget_connections();
        }
        Ok(response)
    }

    /// Sends a request. Where the server closed a connection just as it was used again, one that changes nothing is sent
    /// on a new connection, as Go's transport does.
    async fn send_on_any_connection(
        &self,
        outgoing: http::Request<kube::client::Body>,
    ) -> Result<http::Response<kube::client::Body>, NetworkError> {
        let (parts, body) = outgoing.into_parts();
        let again = matches!(parts.method, Method::GET | Method::HEAD).then(|| parts.clone());
        let error = match self.kube().send(http::Request::from_parts(parts, body)).await {
            Ok(response) => return Ok(response),
            Err(error) => error,
        };
        if let Some(parts) = again.filter(|_| network::is_closed_before_answer(&error)) {
            let outgoing = http::Request::from_parts(parts, kube::client::Body::empty());
            return self.kube().send(outgoing).await.map_err(|error| network::of_request(&error));
        }
        Err(network::of_request(&error))
    }

    /// Makes a response of an answer, or the failure that it reports.
    async fn answer(&self, request: &Request, mut exchange: Exchange) -> Result<Response> {
        let http::response::Parts { status, headers, .. } = exchange.parts;
        let log = matches!(request.purpose, Purpose::Answer | Purpose::Raw).then(|| self.inner.log.clone());
        if !failure::is_failure(status, request.purpose) {
            if let Some(log) = log.as_ref().filter(|log| log.wants(8)) {
                // The whole body is shown, so it is read first, as client-go reads it.
                let body = exchange.body.rest(usize::MAX).await;
                let body = body.map_err(|error| broken_body(&error, Some(log)))?;
                exchange_log::body(log, "Response Body", &body);
                exchange.body = Body::read(body);
            }
            self.inner.warnings.take(&headers);
            return Ok(Response {
                status,
                headers,
                body: exchange.body,
                log,
            });
        }
        let body = exchange.body.rest(MAX_FAILURE_BODY).await;
        let body = body.map_err(|error| broken_body(&error, Some(&self.inner.log)))?;
        if self.inner.log.wants(8) {
            exchange_log::body(&self.inner.log, "Response Body", &body);
        }
        self.inner.warnings.take(&headers);
        let subject = request.subject.as_ref();
        Err(failure::of_answer(
            status,
            &headers,
            &body,
            &request.method,
            subject,
            request.purpose,
        ))
    }
}

/// Whether a request that got no answer is sent again.
fn is_worth_another_try(request: &Request, error: &NetworkError) -> bool {
    match request.purpose {
        Purpose::Answer | Purpose::Raw => request.method == Method::GET && error.is_probable_eof(),
        Purpose::Stream => false,
        Purpose::Watch => error.is_probable_eof() || error.is_timeout(),
    }
}

/// Where an answer says that the request should go, and with which method (Go's `redirectBehavior`).
fn redirection(parts: &http::response::Parts, method: &Method, url: &Uri) -> Option<(Method, Uri)> {
    let method = match parts.status {
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER if *method == Method::HEAD => Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => Method::GET,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => method.clone(),
        _ => return None,
    };
    let location = parts.headers.get(LOCATION)?.to_str().ok()?;
    let base = url::Url::parse(&url.to_string()).ok()?;
    let next = base.join(location).ok()?;
    Some((method, next.as_str().parse().ok()?))
}

impl Failed {
    /// The failure that callers see. Where an earlier attempt failed in another way, that is told too.
    pub(super) fn into_error(self, method: &Method) -> Error {
        let (lost, previous) = match self {
            Failed::Other(error) => return error,
            Failed::Lost(lost, previous) => (lost, previous),
        };
        let host = lost.url.split_once("://").map_or(lost.url.as_str(), |(_, rest)| rest);
        let host = host.split(['/', '?']).next().unwrap_or_default().to_owned();
        let connection = Connection {
            method: go_method(method),
            host,
            cause: lost.error.text().to_owned(),
            url: lost.url,
        };
        let error = Error::Connection(Box::new(connection));
        match previous {
            Some(previous) if previous != lost.error => Error::message(format!("{error} - error from a previous attempt: {previous}")),
            _ => error,
        }
    }
}

/// A method as Go's URL errors name it: `Get`.
fn go_method(method: &Method) -> String {
    let (first, rest) = method.as_str().split_at(1);
    format!("{first}{}", rest.to_ascii_lowercase())
}
