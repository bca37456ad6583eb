//! What `-v=6` to `-v=9` say of requests and answers, line by line as client-go's debugging round tripper says it.

use std::time::Duration;

use http::{HeaderMap, Method, Uri};

use super::{
    Log,
    klog::{Field, Severity, go_quote},
    trace::Trace,
};

/// How many characters of a body level 8 shows, and level 9.
const BODY_LIMITS: [(u8, usize); 2] = [(8, 1_024), (9, 10_240)];

/// Writes what is sent.
pub(super) fn request(log: &Log, method: &Method, url: &Uri, headers: &HeaderMap) {
    let url = url.to_string();
    if log.wants(9) {
        let curl = curl(method, &url, headers);
        log.fields(
            Severity::Info,
            "round_trippers.go:527",
            "Request",
            &[("curlCommand", Field::Text(&curl))],
        );
    } else if log.wants(7) {
        let headers = sorted(headers);
        let fields = [
            ("verb", Field::Text(method.as_str())),
            ("url", Field::Text(&url)),
            ("headers", Field::Text(&headers)),
        ];
        log.fields(Severity::Info, "round_trippers.go:527", "Request", &fields);
    }
}

/// Writes what came: the answer, or nothing where there was none.
pub(super) fn response<B>(log: &Log, method: &Method, url: &Uri, answer: Option<&http::Response<B>>, took: Duration) {
    if !log.wants(6) {
        return;
    }
    let url = url.to_string();
    let status = answer.map(status_line).unwrap_or_default();
    let headers = answer.map(|answer| sorted(answer.headers())).unwrap_or_default();
    let milliseconds = |duration: Duration| Field::Bare(duration.as_millis().to_string());
    let mut fields = Vec::new();
    if log.wants(9) || !log.wants(7) {
        fields.extend([("verb", Field::Text(method.as_str())), ("url", Field::Text(&url))]);
    }
    fields.push(("status", Field::Text(&status)));
    if log.wants(8) {
        fields.push(("headers", Field::Text(&headers)));
    }
    fields.push(("milliseconds", milliseconds(took)));
    if log.wants(9) {
        let facts = answer
            .and_then(|answer| answer.extensions().get::<Trace>())
            .map(|trace| trace.with(|facts| facts.clone()));
        let made = facts.as_ref().filter(|facts| !facts.reused);
        let lookup = made.and_then(|facts| facts.lookup).unwrap_or_default();
        let dial = made.and_then(|facts| facts.dial).unwrap_or_default();
        let handshake = made.and_then(|facts| facts.handshake).unwrap_or_default();
        if facts.as_ref().is_some_and(|facts| facts.reused) {
            fields.push(("getConnectionMilliseconds", milliseconds(Duration::ZERO)));
        } else {
            fields.extend([
                ("dnsLookupMilliseconds", milliseconds(lookup)),
                ("dialMilliseconds", milliseconds(dial)),
                ("tlsHandshakeMilliseconds", milliseconds(handshake)),
            ]);
        }
        if answer.is_some() {
            let server = took.saturating_sub(lookup + dial + handshake);
            fields.push(("serverProcessingMilliseconds", milliseconds(server)));
        }
    }
    log.fields(Severity::Info, "round_trippers.go:632", "Response", &fields);
}

/// Writes a body. `name` says whose it is.
pub(super) fn body(log: &Log, name: &str, body: &[u8]) {
    let text = if body.iter().any(|byte| *byte < b'\n') {
        hex_dump(body)
    } else {
        String::from_utf8_lossy(body).into_owned()
    };
    let limit = BODY_LIMITS
        .iter()
        .find(|(level, _)| *level == log.verbosity())
        .map(|(_, limit)| *limit);
    let text = match limit {
        Some(limit) if text.len() > limit => {
            let cut = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            format!("{} [truncated {} chars]", &text[..cut], text.len() - cut)
        }
        _ => text,
    };
    log.fields(Severity::Info, "request.go:1460", name, &[("body", Field::Text(&text))]);
}

/// A status line without its version: `200 OK`. The reason is the server's own.
fn status_line<B>(answer: &http::Response<B>) -> String {
    let status = answer.status();
    let reason = match answer.extensions().get::<hyper::ext::ReasonPhrase>() {
        Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    format!("{} {reason}", status.as_str())
}

/// Headers by name, one a line, credentials masked.
fn sorted(headers: &HeaderMap) -> String {
    let mut lines: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| (canonical(name.as_str()), masked(name.as_str(), value)))
        .collect();
    lines.sort_by(|(a, _), (b, _)| a.cmp(b));
    lines.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
}

/// The request as a command for a shell, without its body.
fn curl(method: &Method, url: &str, headers: &HeaderMap) -> String {
    let mut command = format!("curl -v -X{method} ");
    for (name, value) in headers {
        command.push_str(" -H ");
        go_quote(
            &mut command,
            &format!("{}: {}", canonical(name.as_str()), masked(name.as_str(), value)),
        );
    }
    // The line break makes the log show it unquoted.
    format!("{command} '{url}'\n")
}

/// A header's name as Go writes it: `Content-Type`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|letter| {
            let written = if upper { letter.to_ascii_uppercase() } else { letter };
            upper = letter == '-';
            written
        })
        .collect()
}

/// A header's value, of credentials only the kind.
fn masked(name: &str, value: &http::HeaderValue) -> String {
    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
    if !matches!(name, "authorization" | "proxy-authorization") || value.is_empty() {
        return value;
    }
    let kind = value.split(' ').next().unwrap_or_default();
    if !["bearer", "basic", "negotiate"].contains(&kind.to_ascii_lowercase().as_str()) {
        return "<masked>".to_owned();
    }
    match value.len() > kind.len() + 1 {
        true => format!("{kind} <masked>"),
        false => kind.to_owned(),
    }
}

/// Bytes in hexadecimal and as text, sixteen a line (Go's `hex.Dump`).
fn hex_dump(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (line, part) in bytes.chunks(16).enumerate() {
        text.push_str(&format!("{:08x} ", line * 16));
        for at in 0..16 {
            if at == 8 {
                text.push(' ');
            }
            match part.get(at) {
                Some(byte) => text.push_str(&format!(" {byte:02x}")),
                None => text.push_str("   "),
            }
        }
        text.push_str("  |");
        text.extend(
            part.iter()
                .map(|byte| if (0x20..0x7f).contains(byte) { *byte as char } else { '.' }),
        );
        text.push_str("|\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::{Captured, Streams};

    fn log(verbosity: u8) -> (Log, Captured) {
        let (streams, _, error) = Streams::captured("");
        (Log::new(verbosity, streams), error)
    }

    /// The lines without klog's headers.
    fn lines(error: &Captured) -> String {
        let text = error.text();
        let lines = text.lines().map(|line| match line.split_once(".go:") {
            Some((_, rest)) if line.starts_with('I') => rest.split_once("] ").unwrap().1,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-b", "1".parse().unwrap());
        headers.insert("authorization", "Bearer secret".parse().unwrap());
        headers
    }

    fn exchange(verbosity: u8) -> String {
        let (log, error) = log(verbosity);
        let url: Uri = "http://h/x?a=1".parse().unwrap();
        request(&log, &Method::GET, &url, &headers());
        let mut answer = http::Response::new(());
        *answer.headers_mut() = headers();
        response(&log, &Method::GET, &url, Some(&answer), Duration::from_millis(5));
        lines(&error)
    }

    #[test]
    fn exchange_says_more_with_each_level() {
        assert_eq!(exchange(5), "");
        assert_eq!(
            exchange(6),
            "\"Response\" verb=\"GET\" url=\"http://h/x?a=1\" status=\"200 OK\" milliseconds=5"
        );
        let asked = "\"Request\" verb=\"GET\" url=\"http://h/x?a=1\" headers=<\n\tAuthorization: Bearer <masked>\n\tX-B: 1\n >\n";
        assert_eq!(exchange(7), format!("{asked}\"Response\" status=\"200 OK\" milliseconds=5"));
        let answered = "\"Response\" status=\"200 OK\" headers=<\n\tAuthorization: Bearer <masked>\n\tX-B: 1\n > milliseconds=5";
        assert_eq!(exchange(8), format!("{asked}{answered}"));
        let nine = exchange(9);
        assert!(nine.starts_with(
            "\"Request\" curlCommand=<\n\tcurl -v -XGET  -H \"X-B: 1\" -H \"Authorization: Bearer <masked>\" 'http://h/x?a=1'\n >\n"
        ));
        assert!(nine.ends_with(
            " milliseconds=5 dnsLookupMilliseconds=0 dialMilliseconds=0 tlsHandshakeMilliseconds=0 serverProcessingMilliseconds=5"
        ));
    }

    #[test]
    fn masked_shows_no_unknown_credentials() {
        for (value, want) in [
            ("Basic abc", "Basic <masked>"),
            ("Bearer", "Bearer"),
            ("Secret abc", "<masked>"),
            ("abc", "<masked>"),
        ] {
            assert_eq!(masked("authorization", &value.parse().unwrap()), want);
        }
    }

    #[test]
    fn body_is_cut_by_level() {
        let long = "é".repeat(10_000);
        for (level, shown) in [(8, 1_024), (9, 10_240), (10, 20_000)] {
            let (log, error) = log(level);
            body(&log, "Response Body", long.as_bytes());
            let text = lines(&error);
            assert_eq!(text.contains(&format!("[truncated {} chars]", 20_000 - shown)), level < 10);
            assert_eq!(text.matches('é').count(), shown / 2);
        }
    }

    #[test]
    fn body_of_bytes_is_dumped() {
        let (log, error) = log(8);
        body(&log, "Response Body", b"ab\x01\x02cd");
        assert_eq!(
            lines(&error),
            "\"Response Body\" body=<\n\t00000000  61 62 01 02 63 64                                 |ab..cd|\n >"
        );
    }
}
