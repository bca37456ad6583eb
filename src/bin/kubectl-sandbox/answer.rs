//! What the server answers: a whole body, or one that goes on.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::{HeaderValue, StatusCode, header};
use http_body::Frame;
use http_body_util::{Either, Full, StreamBody};
use kubectl_rs::api::{Status, Value, json};

use crate::failure;

/// A body that is written while it comes into being.
pub type Pieces = Pin<Box<dyn Stream<Item = Bytes>>>;

/// The body of an answer, as the HTTP library takes it.
pub type Body = Either<Full<Bytes>, StreamBody<Pin<Box<dyn Stream<Item = Result<Frame<Bytes>, std::convert::Infallible>>>>>>;

/// An answer.
pub struct Answer {
    /// The code.
    pub code: u16,
    /// The media type.
    pub content_type: &'static str,
    /// Warnings for the user.
    pub warnings: Vec<String>,
    /// The body.
    pub body: Content,
}

/// The body of an answer.
pub enum Content {
    /// All of it.
    Whole(Bytes),
    /// Piece by piece.
    Pieces(Pieces),
}

/// The media type of most answers.
pub const JSON: &str = "application/json";

impl Answer {
    /// A value as JSON, with a line break at its end as Go's encoder writes one.
    pub fn json(code: u16, value: &Value<'_>) -> Self {
        let mut out = Vec::with_capacity(1024);
        json::to_compact(&mut out, value);
        out.push(b'\n');
        Answer::bytes(code, JSON, out)
    }

    /// Bytes of any kind.
    pub fn bytes(code: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Answer {
            code,
            content_type,
            warnings: Vec::new(),
            body: Content::Whole(body.into()),
        }
    }

    /// Plain text.
    pub fn text(code: u16, text: impl Into<String>) -> Self {
        Answer::bytes(code, "text/plain; charset=utf-8", text.into())
    }

    /// A failure.
    pub fn failure(status: &Status) -> Self {
        Answer::json(status.code, &failure::to_value(status))
    }

    /// A body that goes on.
    pub fn pieces(content_type: &'static str, pieces: Pieces) -> Self {
        Answer {
            code: 200,
            content_type,
            warnings: Vec::new(),
            body: Content::Pieces(pieces),
        }
    }

    /// The answer with warnings for the user.
    pub fn with_warnings(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// The answer as the HTTP library takes it.
    pub fn into_response(self) -> http::Response<Body> {
        let body = match self.body {
            Content::Whole(bytes) => Either::Left(Full::new(bytes)),
            Content::Pieces(pieces) => {
                let frames: Pin<Box<dyn Stream<Item = _>>> = Box::pin(pieces.map(|piece| Ok(Frame::data(piece))));
                Either::Right(StreamBody::new(frames))
            }
        };
        let mut response = http::Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, private"));
        for warning in self.warnings {
            let text = warning.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
            if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{text}\"")) {
                headers.append(header::WARNING, value);
            }
        }
        response
    }
}

impl From<failure::Failure> for Answer {
    fn from(status: failure::Failure) -> Self {
        Answer::failure(&status)
    }
}
