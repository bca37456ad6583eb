//! A request as callers describe it: method, path, what is accepted, what is sent.

use std::{borrow::Cow, fmt::Write as _, time::Duration};

use bytes::Bytes;
use http::Method;

use crate::kubeconfig::address;

/// What an answer is for. It decides which failures are worth another try, and what is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// One object or list (client-go's `Do`). A cut connection is asked again where nothing is changed.
    #[default]
    Answer,
    /// The same, but where the server refuses, its own explanation is not looked at (client-go's `Do().Raw()`, which
    /// discovery and `version` use): `Error from server (Forbidden): unknown`.
    Raw,
    /// Bytes of any length, handed on as they come, such as logs (client-go's `Stream`).
    Stream,
    /// Events (client-go's `Watch`).
    Watch,
}

/// What a request is about, for the messages of servers that explain nothing: `(get pods web)`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subject {
    /// The resource's API group; empty for the core group.
    pub group: String,
    /// The resource, in the plural.
    pub resource: String,
    /// The object's name; may be empty.
    pub name: String,
}

/// A request, made with [`Request::get`] and its kin and changed with the functions that follow them.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// Path and query, both escaped, the query's keys sorted as Go sorts them.
    pub path: String,
    /// Whether `path` is used as it is, without the path of the server's URL before it.
    pub exact: bool,
    /// The `Accept` header; none where it is empty.
    pub accept: Cow<'static, str>,
    /// The `Content-Type` header.
    pub content_type: Option<Cow<'static, str>>,
    /// Further headers.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// What is sent.
    pub body: Bytes,
    /// How long the whole exchange may take where the user has set no limit. It is also told to the server.
    pub timeout: Option<Duration>,
    /// What the answer is for.
    pub purpose: Purpose,
    /// What the request is about, if it is about a resource.
    pub subject: Option<Subject>,
}

impl Request {
    /// A request with this method for `path` (path and query, escaped) that accepts JSON.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Request {
            method,
            path: path.into(),
            exact: false,
            accept: Cow::Borrowed("application/json"),
            content_type: None,
            headers: Vec::new(),
            body: Bytes::new(),
            timeout: None,
            purpose: Purpose::default(),
            subject: None,
        }
    }

    /// Asks for what is at `path`.
    pub fn get(path: impl Into<String>) -> Self {
        Request::new(Method::GET, path)
    }

    /// Creates at `path`.
    pub fn post(path: impl Into<String>) -> Self {
        Request::new(Method::POST, path)
    }

    /// Replaces what is at `path`.
    pub fn put(path: impl Into<String>) -> Self {
        Request::new(Method::PUT, path)
    }

    /// Changes what is at `path`.
    pub fn patch(path: impl Into<String>) -> Self {
        Request::new(Method::PATCH, path)
    }

    /// Deletes what is at `path`.
    pub fn delete(path: impl Into<String>) -> Self {
        Request::new(Method::DELETE, path)
    }

    /// A request for a path and query that a user typed (client-go's `RequestURI`): the query is sorted and escaped
    /// anew, the path is escaped anew, and the path of the server's URL does not come before it. The host of a whole URL
    /// counts for nothing: only the server of the kubeconfig is ever asked.
    pub fn typed(method: Method, uri: &str) -> Self {
        let uri = uri.split_once('#').map_or(uri, |(before, _)| before);
        let uri = match address::parse(uri) {
            // What follows a scheme without slashes is no path.
            Ok(url) if url.opaque => uri.find('?').map_or("", |query| &uri[query..]),
            _ => uri,
        };
        let uri = match uri.split_once("//") {
            Some((scheme, rest)) if scheme.is_empty() || (scheme.ends_with(':') && !scheme.contains('/')) => {
                rest.find('/').map_or("/", |slash| &rest[slash..])
            }
            _ => uri,
        };
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let path = if path.is_empty() { "/" } else { path };
        let mut pairs = query_pairs(query);
        // Stable: several values of one key keep their order.
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut target = String::new();
        escape_path(&mut target, &percent_decode(path));
        for (at, (key, value)) in pairs.iter().enumerate() {
            target.push(if at == 0 { '?' } else { '&' });
            escape_query(&mut target, key);
            target.push('=');
            escape_query(&mut target, value);
        }
        Request {
            exact: true,
            ..Request::new(method, target)
        }
    }

    /// Sets the `Accept` header.
    pub fn accept(mut self, accept: impl Into<Cow<'static, str>>) -> Self {
        self.accept = accept.into();
        self
    }

    /// Sets what is sent, and its type.
    pub fn body(mut self, content_type: impl Into<Cow<'static, str>>, body: impl Into<Bytes>) -> Self {
        self.content_type = Some(content_type.into());
        self.body = body.into();
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets how long the exchange may take where the user has set no limit.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Says what the answer is for.
    pub fn purpose(mut self, purpose: Purpose) -> Self {
        self.purpose = purpose;
        self
    }

    /// Asks for bytes that are handed on as they come, such as logs.
    pub fn streamed(mut self) -> Self {
        self.purpose = Purpose::Stream;
        self
    }

    /// Says what the request is about.
    pub fn about(mut self, group: impl Into<String>, resource: impl Into<String>, name: impl Into<String>) -> Self {
        self.subject = Some(Subject {
            group: group.into(),
            resource: resource.into(),
            name: name.into(),
        });
        self
    }

    /// Path and query with the time limit among the query's sorted keys, as client-go tells it to the server.
    pub(crate) fn target(&self, prefix: &str, timeout: Option<Duration>) -> String {
        let prefix = if self.exact { "" } else { prefix };
        let Some(timeout) = timeout else {
            return format!("{prefix}{}", self.path);
        };
        let (path, query) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let limit = format!("timeout={}", go_duration(timeout));
        let mut pairs: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("timeout="))
            .collect();
        let place = pairs.partition_point(|pair| pair.split('=').next().unwrap_or_default() < "timeout");
        pairs.insert(place, &limit);
        format!("{prefix}{path}?{}", pairs.join("&"))
    }
}

/// Adds `text` as Go escapes a whole path (`url.URL.EscapedPath`).
fn escape_path(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(byte as char),
            b'-' | b'_' | b'.' | b'~' | b'/' | b'$' | b'&' | b'+' | b',' | b':' | b';' | b'=' | b'@' => out.push(byte as char),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
}

/// Adds `text` as Go escapes it in a query (`url.QueryEscape`): a space becomes a plus sign.
pub fn escape_query(out: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            b' ' => out.push('+'),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
}

/// The keys and values of a query or a form, without escapes. What Go drops is dropped.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.contains(';'))
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .filter_map(|(key, value)| Some((unescape(key)?, unescape(value)?)))
        .collect()
}

/// Whether `byte` may stand in a header's name.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `text` without the escapes of a query; nothing where an escape is broken, as Go drops such a pair.
fn unescape(text: &str) -> Option<String> {
    decode(&text.replace('+', " "))
}

/// `text` without percent escapes; as it is where one is broken.
pub(crate) fn percent_decode(text: &str) -> String {
    decode(text).unwrap_or_else(|| text.to_owned())
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digit = |byte: u8| (byte as char).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A duration in Go's form: `32s`, `1m0s`, `1.5s`, `500ms`.
pub fn go_duration(duration: Duration) -> String {
    let nanoseconds = duration.as_nanos();
    let fraction = |number: u128, unit: u128, name: &str| {
        let digits = unit.ilog10() as usize;
        let (whole, part) = (number / unit, number % unit);
        match format!("{part:0digits$}").trim_end_matches('0') {
            "" => format!("{whole}{name}"),
            part => format!("{whole}.{part}{name}"),
        }
    };
    match nanoseconds {
        0 => "0s".to_owned(),
        1..1_000 => format!("{nanoseconds}ns"),
        1_000..1_000_000 => fraction(nanoseconds, 1_000, "µs"),
        1_000_000..1_000_000_000 => fraction(nanoseconds, 1_000_000, "ms"),
        _ => {
            let (minutes, rest) = (nanoseconds / 60_000_000_000, nanoseconds % 60_000_000_000);
            let seconds = fraction(rest, 1_000_000_000, "s");
            match (minutes / 60, minutes % 60) {
                (0, 0) => seconds,
                (0, minutes) => format!("{minutes}m{seconds}"),
                (hours, minutes) => format!("{hours}h{minutes}m{seconds}"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn target_puts_the_time_limit_among_the_sorted_keys() {
        let target = |path: &str| Request::get(path).target("/base", Some(Duration::from_secs(32)));
        assert_eq!(target("/api"), "/base/api?timeout=32s");
        assert_eq!(target("/api?limit=500&watch=true"), "/base/api?limit=500&timeout=32s&watch=true");
        assert_eq!(target("/api?timeout=1s&watch=true"), "/base/api?timeout=32s&watch=true");
        assert_eq!(Request::get("/api?a=1").target("/base", None), "/base/api?a=1");
    }

    #[test]
    fn typed_sorts_and_escapes_the_query_anew() {
        let request = Request::typed(Method::GET, "/x?b=1&a=2&b=0&c=%20y&d&bad=%z");
        assert_eq!(request.target("/base", None), "/x?a=2&b=1&b=0&c=+y&d=");
    }

    #[test]
    fn typed_escapes_the_path_anew_and_leaves_the_host_out() {
        let target = |uri| Request::typed(Method::GET, uri).target("/base", None);
        assert_eq!(target("/a b/%20c:d,e*"), "/a%20b/%20c:d,e%2A");
        assert_eq!(target("https://elsewhere:1/version?b=1"), "/version?b=1");
        assert_eq!(target("https://elsewhere"), "/");
        assert_eq!(target("opaque:path?b=1"), "/?b=1");
        assert_eq!(target("//elsewhere/version#part"), "/version");
    }

    #[test]
    fn go_duration_writes_what_go_writes() {
        let cases = [
            (0, "0s"),
            (5, "5ns"),
            (1_500, "1.5µs"),
            (500_000_000, "500ms"),
            (1_500_000_000, "1.5s"),
            (32_000_000_000, "32s"),
            (60_000_000_000, "1m0s"),
            (3_661_500_000_000, "1h1m1.5s"),
        ];
        for (nanoseconds, want) in cases {
            assert_eq!(go_duration(Duration::from_nanos(nanoseconds)), want);
        }
    }
}
