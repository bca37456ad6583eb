//! An answer whose body is read piece by piece, uncompressed on the way.

use std::io::{self, BufRead, Read};

use bytes::{Bytes, BytesMut};
use flate2::bufread::MultiGzDecoder;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::time::{Instant, timeout_at};

use super::{
    Log,
    klog::{Field, Severity},
    network::{self, NetworkError},
};
use crate::error::{Error, Result};

/// The size of uncompressed pieces, in bytes.
const PIECE: usize = 256 * 1024;

/// A server's answer that is no failure.
#[derive(Debug)]
pub struct Response {
    /// The status code.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    pub(super) body: Body,
    /// Where a broken body is reported as client-go reports it; none for a stream, whose readers have their own words.
    pub(super) log: Option<Log>,
}

/// The body of an answer, not yet read.
#[derive(Debug)]
pub(super) struct Body {
    source: Source,
    deadline: Option<Instant>,
}

#[derive(Debug)]
enum Source {
    /// Bytes that have been read.
    Read(Bytes),
    Plain(kube::client::Body),
    Gzip(Box<Gunzip>),
}

impl Response {
    /// A header's text; the empty string where there is none or it is no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The next piece of the body, up to some hundred kilobytes; nothing at its end.
    ///
    /// # Errors
    /// Where the body breaks off, or time runs out.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        match self.body.chunk().await {
            Ok(chunk) => Ok(chunk),
            Err(error) => Err(broken_body(&error, self.log.as_ref())),
        }
    }

    /// The whole rest of the body.
    ///
    /// # Errors
    /// As for [`Response::chunk`].
    pub async fn bytes(mut self) -> Result<Bytes> {
        match self.body.rest(usize::MAX).await {
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(broken_body(&error, self.log.as_ref())),
        }
    }
}

/// The failure of a body that breaks off. `log` as in [`Response`].
pub(super) fn broken_body(error: &NetworkError, log: Option<&Log>) -> Error {
    let Some(log) = log else {
        return Error::message(error.text());
    };
    let fields = [("err", Field::Text(error.text()))];
    log.fields(
        Severity::Error,
        "request.go:1360",
        "Unexpected error when reading response body",
        &fields,
    );
    Error::message(format!(
        "unexpected error when reading response body. Please retry. Original error: {error}"
    ))
}

impl Body {
    /// A body that arrives until `deadline`, uncompressed if `gzip`.
    pub(super) fn new(body: kube::client::Body, gzip: bool, deadline: Option<Instant>) -> Self {
        let source = if gzip {
            Source::Gzip(Box::new(Gunzip::new(body)))
        } else {
            Source::Plain(body)
        };
        Body { source, deadline }
    }

    /// A body that is at hand.
    pub(super) fn read(bytes: Bytes) -> Self {
        Body {
            source: Source::Read(bytes),
            deadline: None,
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, NetworkError> {
        let next = async {
            match &mut self.source {
                Source::Read(bytes) => Ok(Some(std::mem::take(bytes)).filter(|bytes| !bytes.is_empty())),
                Source::Plain(body) => frame(body).await,
                Source::Gzip(gunzip) => gunzip.chunk().await,
            }
        };
        match self.deadline {
            None => next.await,
            Some(deadline) => timeout_at(deadline, next)
                .await
                .unwrap_or(Err(NetworkError::new(network::TIMEOUT_READING_BODY))),
        }
    }

    /// What is left of the body; of one that is longer than `most` bytes, somewhat more than that.
    pub(super) async fn rest(&mut self, most: usize) -> Result<Bytes, NetworkError> {
        let Some(first) = self.chunk().await? else {
            return Ok(Bytes::new());
        };
        // Most bodies are one piece, which need not be copied.
        let Some(second) = self.chunk().await? else {
            return Ok(first);
        };
        let mut all = BytesMut::from(first);
        all.extend_from_slice(&second);
        while all.len() < most
            && let Some(chunk) = self.chunk().await?
        {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }
}

/// The next piece of data of a body.
async fn frame(body: &mut kube::client::Body) -> Result<Option<Bytes>, NetworkError> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| network::of_body(&error))?;
        // What is no data is a trailer, which nobody reads.
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Uncompresses a body in constant memory.
#[derive(Debug)]
struct Gunzip {
    body: kube::client::Body,
    decoder: MultiGzDecoder<Feed>,
    piece: BytesMut,
}

/// The compressed bytes at hand.
#[derive(Debug, Default)]
struct Feed {
    chunk: Bytes,
    /// Whether there have been bytes at all.
    begun: bool,
    ended: bool,
}

impl Gunzip {
    fn new(body: kube::client::Body) -> Self {
        Gunzip {
            body,
            decoder: MultiGzDecoder::new(Feed::default()),
            piece: BytesMut::new(),
        }
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>, NetworkError> {
        loop {
            if self.decoder.get_ref().wants_more() {
                let chunk = frame(&mut self.body).await?;
                let feed = self.decoder.get_mut();
                feed.ended = chunk.is_none();
                feed.begun |= chunk.is_some();
                feed.chunk = chunk.unwrap_or_default();
                if !feed.begun {
                    return Ok(None);
                }
            }
            self.piece.resize(PIECE, 0);
            match self.decoder.read(&mut self.piece) {
                Ok(0) => return Ok(None),
                Ok(length) => return Ok(Some(self.piece.split_to(length).freeze())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(gzip_error(&error)),
            }
        }
    }
}

impl Feed {
    fn wants_more(&self) -> bool {
        self.chunk.is_empty() && !self.ended
    }
}

impl Read for Feed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.fill_buf()?.read(into)?;
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Feed {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self.wants_more() {
            true => Err(io::ErrorKind::WouldBlock.into()),
            false => Ok(&self.chunk),
        }
    }

    fn consume(&mut self, length: usize) {
        bytes::Buf::advance(&mut self.chunk, length);
    }
}

/// Go's words for what is wrong with compressed bytes.
fn gzip_error(error: &io::Error) -> NetworkError {
    NetworkError::new(match error.kind() {
        io::ErrorKind::UnexpectedEof => network::UNEXPECTED_EOF,
        _ if error.to_string().contains("header") => "gzip: invalid header",
        _ if error.to_string().contains("checksum") => "gzip: invalid checksum",
        _ => "flate: corrupt input",
    })
}
