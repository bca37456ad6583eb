//! Why no answer came, in the words of Go's `net` and `net/http`.

use std::{borrow::Cow, error::Error as StdError, fmt, io, net::SocketAddr};

use super::{klog::quoted, request::is_token, trace::Trace};

/// The end of a connection where an answer should have begun.
pub const EOF: &str = "EOF";
/// The end of a connection within an answer.
pub const UNEXPECTED_EOF: &str = "unexpected EOF";
/// What the client's own time limit is called while no answer has begun.
pub const TIMEOUT_AWAITING_HEADERS: &str = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
/// What the client's own time limit is called within an answer.
pub const TIMEOUT_READING_BODY: &str = "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

/// Before everything that is wrong with the form of an answer.
const BROKEN: &str = "net/http: HTTP/1.x transport connection broken: ";

/// How many bytes an answer's head may have, in Go's words; hyper stops earlier.
const HEADERS_TOO_LONG: &str = "net/http: server response headers exceeded 10485760 bytes; aborted";

/// A failure on the way to the server or back, in Go's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkError(pub Cow<'static, str>);

impl NetworkError {
    /// A failure with these words.
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        NetworkError(text.into())
    }

    /// Go's words.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether the server closed the connection, as client-go's `net.IsProbableEOF` decides.
    pub fn is_probable_eof(&self) -> bool {
        self.0 == EOF || self.0 == UNEXPECTED_EOF || self.is_reset() || self.0.contains("use of closed network connection")
    }

    /// Whether the connection was reset, as client-go's `net.IsConnectionReset` decides.
    pub fn is_reset(&self) -> bool {
        self.0.contains("connection reset by peer")
    }

    /// Whether time ran out, as client-go's `net.IsTimeout` decides.
    pub fn is_timeout(&self) -> bool {
        self.0.contains("Client.Timeout") || self.0.ends_with("i/o timeout") || self.0.ends_with("TLS handshake timeout")
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for NetworkError {}

impl From<NetworkError> for io::Error {
    fn from(error: NetworkError) -> Self {
        io::Error::other(error)
    }
}

/// The system's word for `error`, as Go spells it: `connection refused`.
pub fn system_word(error: &io::Error) -> String {
    if let Some(inner) = error.get_ref().and_then(|inner| inner.downcast_ref::<NetworkError>()) {
        return inner.0.clone().into_owned();
    }
    if error.kind() == io::ErrorKind::TimedOut && error.raw_os_error().is_none() {
        return "i/o timeout".to_owned();
    }
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_lowercase().chain(characters).collect())
        .unwrap_or_default()
}

/// A failed read or write on an open connection: `read tcp 127.0.0.1:4000->127.0.0.1:6443: read: connection reset by peer`.
pub fn on_connection(verb: &str, ends: Option<(SocketAddr, SocketAddr)>, error: &io::Error) -> NetworkError {
    let word = system_word(error);
    match ends {
        Some((local, peer)) => NetworkError::new(format!("{verb} tcp {local}->{peer}: {verb}: {word}")),
        None => NetworkError::new(format!("{verb} tcp: {verb}: {word}")),
    }
}

/// The words for a request that hyper gave up.
pub fn of_request(error: &(dyn StdError + 'static)) -> NetworkError {
    let mut trace = None;
    for cause in causes(error) {
        if let Some(known) = known(cause) {
            return known;
        }
        if let Some(pool) = cause.downcast_ref::<hyper_util::client::legacy::Error>() {
            trace = trace.or_else(|| Trace::of(pool.connect_info()?));
        }
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>() {
            if hyper.is_parse() && hyper.to_string().contains("too large") {
                return NetworkError::new(format!("{BROKEN}{HEADERS_TOO_LONG}"));
            }
            if hyper.is_parse() {
                let head = trace.as_ref().map(Trace::head).unwrap_or_default();
                return NetworkError::new(format!("{BROKEN}{}", malformed_head(&head)));
            }
            if hyper.is_incomplete_message() || hyper.is_canceled() || hyper.is_closed() {
                return match trace.as_ref().is_some_and(|trace| trace.received() > 0) {
                    true => NetworkError::new(format!("{BROKEN}{UNEXPECTED_EOF}")),
                    false => NetworkError::new(EOF),
                };
            }
        }
    }
    NetworkError::new(last(error).to_string())
}

/// Refuses an answer whose body comes in a form that Go does not know, and hyper takes as it is.
///
/// # Errors
/// Go's words.
pub fn check_transfer_encoding(headers: &http::HeaderMap) -> Result<(), NetworkError> {
    let encodings: Vec<String> = headers
        .get_all(http::header::TRANSFER_ENCODING)
        .iter()
        .map(|value| quoted(&String::from_utf8_lossy(value.as_bytes())))
        .collect();
    let reason = match encodings.as_slice() {
        [] => return Ok(()),
        [only] if only.eq_ignore_ascii_case("\"chunked\"") => return Ok(()),
        [only] => format!("unsupported transfer encoding: {only}"),
        several => format!("too many transfer encodings: [{}]", several.join(" ")),
    };
    Err(NetworkError::new(format!("{BROKEN}{reason}")))
}

/// Whether the server closed a connection, which had carried answers before, without a word to this request.
pub fn is_closed_before_answer(error: &(dyn StdError + 'static)) -> bool {
    let silent = causes(error).any(|cause| {
        let pool = cause.downcast_ref::<hyper_util::client::legacy::Error>();
        let trace = pool.and_then(|pool| Trace::of(pool.connect_info()?));
        trace.is_some_and(|trace| trace.is_reused() && trace.received() == 0)
    });
    silent && of_request(error).is_probable_eof()
}

/// The words for an answer's body that broke off.
pub fn of_body(error: &(dyn StdError + 'static)) -> NetworkError {
    for cause in causes(error) {
        if let Some(known) = known(cause) {
            return known;
        }
        if let Some(hyper) = cause.downcast_ref::<hyper::Error>()
            && (hyper.is_incomplete_message() || hyper.is_canceled() || hyper.is_closed())
        {
            return NetworkError::new(UNEXPECTED_EOF);
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            // hyper's decoder of chunks says what is wrong in words of its own.
            let text = io.to_string();
            return NetworkError::new(match io.kind() {
                io::ErrorKind::UnexpectedEof => UNEXPECTED_EOF,
                _ if text.contains("overflow") => "http chunk length too large",
                _ if text.contains("body") || text.contains("trailer") => "malformed chunked encoding",
                _ => "invalid byte in chunk length",
            });
        }
    }
    NetworkError::new(last(error).to_string())
}

/// `error` and what caused it, outermost first.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The innermost cause.
fn last<'a>(error: &'a (dyn StdError + 'static)) -> &'a (dyn StdError + 'static) {
    causes(error).last().unwrap_or(error)
}

/// A failure that has its words already, itself or wrapped by the reader of a connection.
fn known(cause: &(dyn StdError + 'static)) -> Option<NetworkError> {
    if let Some(known) = cause.downcast_ref::<NetworkError>() {
        return Some(known.clone());
    }
    let io = cause.downcast_ref::<io::Error>()?;
    io.get_ref()?.downcast_ref::<NetworkError>().cloned()
}

/// What Go's `net/http` says of the beginning of an answer that is none (`ReadResponse`, `textproto.ReadMIMEHeader`).
pub fn malformed_head(head: &[u8]) -> String {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split('\n').map(|line| line.trim_end_matches('\r'));
    let status_line = lines.next().unwrap_or_default();
    let Some((version, rest)) = status_line.split_once(' ') else {
        return format!("malformed HTTP response {}", quoted(status_line));
    };
    let code = rest.trim_start_matches(' ').split(' ').next().unwrap_or_default();
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return format!("malformed HTTP status code {}", quoted(code));
    }
    if !is_version(version) {
        return format!("malformed HTTP version {}", quoted(version));
    }
    let mut lengths: Vec<&str> = Vec::new();
    for line in lines.take_while(|line| !line.is_empty()) {
        let Some((name, value)) = line.split_once(':') else {
            return format!("malformed MIME header: missing colon: {}", quoted(line));
        };
        let value = value.trim();
        if name.is_empty() || name.bytes().any(|byte| !is_token(byte)) {
            return format!("malformed MIME header line: {}", quoted(line));
        }
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
                    return format!("bad Content-Length {}", quoted(value));
                }
                lengths.push(value);
            }
            "transfer-encoding" if !value.eq_ignore_ascii_case("chunked") => {
                return format!("unsupported transfer encoding: {}", quoted(value));
            }
            _ => {}
        }
    }
    if lengths.windows(2).any(|pair| pair[0] != pair[1]) {
        let lengths: Vec<String> = lengths.iter().map(|length| quoted(length)).collect();
        return format!(
            "http: message cannot contain multiple Content-Length headers; got [{}]",
            lengths.join(" ")
        );
    }
    format!("malformed HTTP response {}", quoted(status_line))
}

/// Whether `text` has the form `HTTP/1.1`.
fn is_version(text: &str) -> bool {
    let digits = text.strip_prefix("HTTP/").and_then(|numbers| numbers.split_once('.'));
    digits
        .is_some_and(|(major, minor)| major.len() == 1 && minor.len() == 1 && format!("{major}{minor}").bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn system_word_of_a_refused_connection_is_gos() {
        let refused = io::Error::from_raw_os_error(rustix::io::Errno::CONNREFUSED.raw_os_error());
        assert_eq!(system_word(&refused), "connection refused");
    }

    #[test]
    fn malformed_head_names_what_go_names() {
        let cases: [(&[u8], &str); 8] = [
            (b"garbage\r\n", "malformed HTTP response \"garbage\""),
            (b"garbage here\r\n\r\n", "malformed HTTP status code \"here\""),
            (b"HTTP/1.1 20x OK\r\n\r\n", "malformed HTTP status code \"20x\""),
            (b"HTTX/1.1 200 OK\r\n\r\n", "malformed HTTP version \"HTTX/1.1\""),
            (
                b"HTTP/1.1 200 OK\r\nfoo bar\r\n\r\n",
                "malformed MIME header: missing colon: \"foo bar\"",
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n", "bad Content-Length \"abc\""),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\n",
                "unsupported transfer encoding: \"foo\"",
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
                "http: message cannot contain multiple Content-Length headers; got [\"5\" \"6\"]",
            ),
        ];
        for (head, want) in cases {
            assert_eq!(malformed_head(head), want);
        }
    }
}
