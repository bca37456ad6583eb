//! What a request asks for: the place in its URL, its parameters, who asks.

use bytes::Bytes;
use http::{HeaderMap, Method};

/// A request with its body read.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The path of the URL, decoded.
    pub path: String,
    /// The parameters of the URL.
    pub query: Query,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Who asks.
    pub user: User,
}

impl Request {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The media type of the body, without parameters.
    pub fn content_type(&self) -> &str {
        self.header("content-type").split(';').next().unwrap_or_default().trim()
    }
}

/// Who a request comes from, or whom it pretends to come from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The name.
    pub name: String,
    /// The identifier; may be empty.
    pub uid: String,
    /// The groups.
    pub groups: Vec<String>,
    /// More about the user.
    pub extra: Vec<(String, Vec<String>)>,
}

impl User {
    /// The holder of the token.
    pub fn owner() -> Self {
        User {
            name: "sandbox-admin".to_owned(),
            groups: vec!["system:masters".to_owned(), "system:authenticated".to_owned()],
            ..User::default()
        }
    }

    /// The user that the request's headers ask to be taken for, or `self`.
    pub fn impersonating(self, headers: &HeaderMap) -> Self {
        let text = |value: &http::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let Some(name) = headers.get("impersonate-user").map(text) else {
            return self;
        };
        let mut groups: Vec<String> = headers.get_all("impersonate-group").iter().map(text).collect();
        if let Some((namespace, _)) = name.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'))
            && groups.is_empty()
        {
            groups = vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")];
        }
        if !groups.iter().any(|group| group == "system:authenticated") {
            groups.push("system:authenticated".to_owned());
        }
        let mut extra: Vec<(String, Vec<String>)> = Vec::new();
        for (header, value) in headers {
            if let Some(key) = header.as_str().strip_prefix("impersonate-extra-") {
                let key = decode(key);
                match extra.iter_mut().find(|(have, _)| *have == key) {
                    Some((_, values)) => values.push(text(value)),
                    None => extra.push((key, vec![text(value)])),
                }
            }
        }
        User {
            name,
            uid: headers.get("impersonate-uid").map(text).unwrap_or_default(),
            groups,
            extra,
        }
    }
}

/// The parameters of a URL.
#[derive(Debug, Clone, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// The parameters in the part of the URL behind the question mark.
    pub fn parse(text: &str) -> Self {
        Query(
            text.split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (decode(key), decode(value))
                })
                .collect(),
        )
    }

    /// The first value of `key`.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == key).map(|(_, value)| value.as_str())
    }

    /// The first value of `key`; empty where there is none.
    pub fn text(&self, key: &str) -> &str {
        self.get(key).unwrap_or_default()
    }

    /// All values of `key`.
    pub fn all<'q>(&'q self, key: &'q str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(have, _)| have == key).map(|(_, value)| value.as_str())
    }

    /// Whether `key` says yes, as Go's clients write it.
    pub fn flag(&self, key: &str) -> bool {
        matches!(self.get(key), Some("true" | "1" | "t" | "T" | "TRUE" | "True" | ""))
    }

    /// The whole number of `key`.
    pub fn number(&self, key: &str) -> Option<i64> {
        self.get(key)?.parse().ok()
    }
}

/// Takes the percent signs and plus signs out of a URL's part.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A place among the resources.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The group; empty for the core group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The namespace, where the URL names one.
    pub namespace: Option<String>,
    /// The plural name of the resource.
    pub plural: String,
    /// The object's name; empty for all objects.
    pub name: String,
    /// The subresource; empty for the object itself.
    pub subresource: String,
    /// Whether the URL has the old `watch` in it.
    pub watch: bool,
}

impl Place {
    /// The place that `path` names, if it is below `/api` or `/apis` and names a resource.
    pub fn parse(path: &str) -> Option<Place> {
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        let mut place = Place::default();
        match parts.next()? {
            "api" => {}
            "apis" => parts.next()?.clone_into(&mut place.group),
            _ => return None,
        }
        parts.next()?.clone_into(&mut place.version);
        if parts.peek() == Some(&"watch") {
            parts.next();
            place.watch = true;
        }
        let first = parts.next()?;
        if first == "namespaces" {
            let Some(name) = parts.next() else {
                "namespaces".clone_into(&mut place.plural);
                return Some(place);
            };
            match parts.peek() {
                // A namespace's own parts come after its name as resources in it do.
                None | Some(&"status" | &"finalize") => {
                    "namespaces".clone_into(&mut place.plural);
                    name.clone_into(&mut place.name);
                }
                Some(_) => {
                    place.namespace = Some(name.to_owned());
                    parts.next()?.clone_into(&mut place.plural);
                    parts.next().unwrap_or_default().clone_into(&mut place.name);
                }
            }
        } else {
            first.clone_into(&mut place.plural);
            parts.next().unwrap_or_default().clone_into(&mut place.name);
        }
        parts.next().unwrap_or_default().clone_into(&mut place.subresource);
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_parse_finds_every_part() {
        let place = Place::parse("/apis/apps/v1/namespaces/shop/deployments/till/scale").unwrap();
        assert_eq!((place.group.as_str(), place.version.as_str()), ("apps", "v1"));
        assert_eq!(place.namespace.as_deref(), Some("shop"));
        assert_eq!(
            (place.plural.as_str(), place.name.as_str(), place.subresource.as_str()),
            ("deployments", "till", "scale")
        );
        let place = Place::parse("/api/v1/namespaces/shop/status").unwrap();
        assert_eq!(
            (place.plural.as_str(), place.name.as_str(), place.subresource.as_str()),
            ("namespaces", "shop", "status")
        );
        let place = Place::parse("/api/v1/nodes").unwrap();
        assert_eq!((place.plural.as_str(), place.name.as_str()), ("nodes", ""));
        assert_eq!(Place::parse("/api/v1"), None);
        assert_eq!(Place::parse("/version"), None);
    }

    #[test]
    fn query_parse_decodes_and_keeps_all_values() {
        let query = Query::parse("labelSelector=app%3Dtill%2Cx&a=1&a=2+3&watch=1&empty");
        assert_eq!(query.text("labelSelector"), "app=till,x");
        assert_eq!(query.all("a").collect::<Vec<_>>(), ["1", "2 3"]);
        assert!(query.flag("watch") && query.flag("empty") && !query.flag("nothing"));
    }

    #[test]
    fn decode_of_broken_escapes_keeps_them() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%é"), "%é");
    }
}
