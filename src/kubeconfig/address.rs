//! Addresses of servers and proxies, read as Go's `net/url` reads them.

use std::borrow::Cow;

use crate::{
    api::quote,
    error::{Connection, Error, Result},
};

/// The parts of a URL that matter here. Nothing is normalised but the scheme, which is lower-cased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url<'a> {
    /// In lower case; empty where the text has none.
    pub scheme: String,
    /// Whether the text behind the scheme does not begin with a slash (`localhost:8080` has a scheme and such text).
    pub opaque: bool,
    /// Name and password before an `@`, still escaped.
    pub userinfo: &'a str,
    /// `host` or `host:port`, still escaped.
    pub host: &'a str,
    /// The path, still escaped; empty or from its first slash.
    pub path: &'a str,
}

/// Reads a URL as Go does.
///
/// # Errors
/// Go's reason, without `parse "…": ` before it.
pub fn parse(text: &str) -> Result<Url<'_>, String> {
    if text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let text = text.split_once('#').map_or(text, |(before, _)| before);
    let (scheme, rest) = split_scheme(text)?;
    let scheme = scheme.to_ascii_lowercase();
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    let mut url = Url {
        scheme,
        opaque: false,
        userinfo: "",
        host: "",
        path: rest,
    };
    if !rest.starts_with('/') {
        if !url.scheme.is_empty() {
            url.opaque = !rest.is_empty();
            url.path = "";
            return Ok(url);
        }
        let segment = rest.split('/').next().unwrap_or_default();
        if segment.contains(':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let authority_wanted = !url.scheme.is_empty() || !rest.starts_with("///");
    if let Some(after) = rest.strip_prefix("//").filter(|_| authority_wanted) {
        let end = after.find('/').unwrap_or(after.len());
        (url.userinfo, url.host) = after[..end].rsplit_once('@').unwrap_or(("", &after[..end]));
        url.path = &after[end..];
        check_host(url.host)?;
    }
    check_escapes(url.path)?;
    Ok(url)
}

/// Checks a URL, or a path on a server, as Go's `url.ParseRequestURI` does.
///
/// # Errors
/// As for [`parse`].
pub fn request_uri(text: &str) -> Result<(), String> {
    if text == "*" {
        return Ok(());
    }
    if !text.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
        let (scheme, rest) = split_scheme(text)?;
        if scheme.is_empty() && !rest.starts_with('/') {
            return Err("invalid URI for request".to_owned());
        }
    }
    // What Go takes for a fragment elsewhere is a part of the path here.
    parse(&text.replace('#', "%23")).map(|_| ())
}

/// The scheme and what follows its colon; an empty scheme where the text cannot have one.
fn split_scheme(text: &str) -> Result<(&str, &str), String> {
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok(("", text))
}

/// Refuses what Go refuses in `host:port`.
fn check_host(host: &str) -> Result<(), String> {
    let after_brackets = if host.starts_with('[') {
        let Some(end) = host.rfind(']') else {
            return Err("missing ']' in host".to_owned());
        };
        Some(&host[end + 1..])
    } else {
        host.rfind(':').map(|colon| &host[colon..])
    };
    if let Some(port) = after_brackets.filter(|port| !port.is_empty()) {
        let digits = port
            .strip_prefix(':')
            .is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        if !digits {
            return Err(format!("invalid port {} after host", quote(port)));
        }
    }
    check_escapes(host)?;
    for character in host.chars() {
        if matches!(character, ' ' | '\\' | '^' | '`' | '{' | '|' | '}') {
            return Err(format!("invalid character {} in host name", quote(&character.to_string())));
        }
    }
    Ok(())
}

/// Refuses a percent sign without two hexadecimal digits.
fn check_escapes(text: &str) -> Result<(), String> {
    let bytes = text.as_bytes();
    for (at, _) in bytes.iter().enumerate().filter(|(_, byte)| **byte == b'%') {
        let escape = &bytes[at..bytes.len().min(at + 3)];
        if escape.len() < 3 || !escape[1..].iter().all(u8::is_ascii_hexdigit) {
            return Err(format!("invalid URL escape {}", quote(&String::from_utf8_lossy(escape))));
        }
    }
    Ok(())
}

/// A server's address as requests are made from it: scheme, host and path without a slash at its end. Text without a
/// scheme means `http`; nothing at all means `localhost`.
///
/// # Errors
/// kubectl's sentences for text that is neither a URL nor `host:port`.
pub fn server(text: &str) -> Result<String> {
    let base = if text.is_empty() { "localhost" } else { text };
    let with_scheme: Cow<'_, str> = match parse(base) {
        Ok(url) if !url.scheme.is_empty() && !url.host.is_empty() => Cow::Borrowed(base),
        _ => Cow::Owned(format!("http://{base}")),
    };
    let url = parse(&with_scheme).map_err(|cause| {
        Error::Connection(Box::new(Connection {
            method: "parse".to_owned(),
            url: with_scheme.to_string(),
            host: String::new(),
            cause,
        }))
    })?;
    if matches!(with_scheme, Cow::Owned(_)) && !matches!(url.path, "" | "/") {
        return Err(Error::message(format!("host must be a URL or a host:port pair: {}", quote(base))));
    }
    let user = if url.userinfo.is_empty() {
        String::new()
    } else {
        format!("{}@", url.userinfo)
    };
    Ok(format!("{}://{user}{}{}", url.scheme, url.host, url.path.trim_end_matches('/')))
}

/// Whether requests to a server go through TLS, as kubectl decides before it looks for credentials.
pub fn is_tls(text: &str) -> bool {
    server(text).is_ok_and(|server| server.starts_with("https:"))
}

/// A proxy's address.
///
/// # Errors
/// kubectl's sentence for another scheme, or for what is no URL.
pub fn proxy(text: &str) -> Result<Url<'_>, String> {
    let url = parse(text).map_err(|_| format!("could not parse: {text}"))?;
    match url.scheme.as_str() {
        "http" | "https" | "socks5" => Ok(url),
        other => Err(format!("unsupported scheme {}, must be http, https, or socks5", quote(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_uri_is_a_path_a_star_or_a_url() {
        for uri in ["/a?b#c", "//x", "*", "a:b", "https://host/x", "/a:b"] {
            assert_eq!(request_uri(uri), Ok(()), "{uri}");
        }
        for (uri, fault) in [
            ("api", "invalid URI for request"),
            ("1a:b", "invalid URI for request"),
            ("%", "invalid URI for request"),
            (":", "missing protocol scheme"),
            ("/a%zz", "invalid URL escape \"%zz\""),
            ("/\u{7f}", "net/url: invalid control character in URL"),
        ] {
            assert_eq!(request_uri(uri), Err(fault.to_owned()), "{uri}");
        }
    }

    #[test]
    fn server_keeps_host_and_path_and_drops_the_rest() {
        for (text, want) in [
            ("https://127.0.0.1:1", "https://127.0.0.1:1"),
            ("HTTPS://LOCALHOST:1/", "https://LOCALHOST:1"),
            ("https://h/a/b/?x=y#z", "https://h/a/b"),
            ("localhost:1", "http://localhost:1"),
            ("127.0.0.1:1", "http://127.0.0.1:1"),
            ("", "http://localhost"),
            ("https://u:p@h:1", "https://u:p@h:1"),
            ("https://[::1]:8", "https://[::1]:8"),
            ("ftp://h", "ftp://h"),
        ] {
            assert_eq!(server(text).unwrap(), want, "{text}");
        }
    }

    #[test]
    fn server_of_what_is_no_address_says_what_kubectl_says() {
        for text in ["http://foo bar", "foo/bar", "https://[::1", "http://x:abc", "://x", "unix:///x"] {
            let want = format!("error: host must be a URL or a host:port pair: {text:?}");
            assert_eq!(server(text).unwrap_err().text(), want);
        }
        let error = server("http://%zz").unwrap_err();
        assert_eq!(error.text(), "Unable to connect to the server: invalid URL escape \"%zz\"");
        assert_eq!(error.to_string(), "parse \"http://http://%zz\": invalid URL escape \"%zz\"");
    }
}
