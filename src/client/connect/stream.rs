//! An open connection, with or without TLS, that notes what comes and gives Go's words to what fails.

use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::words;
use crate::client::{network, trace::Trace};

/// Anything that carries bytes both ways.
pub(crate) trait Carrier: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Carrier for T {}

/// A TCP connection.
#[derive(Debug)]
pub(crate) struct Socket {
    tcp: TcpStream,
    ends: Option<(SocketAddr, SocketAddr)>,
}

impl Socket {
    pub(super) fn new(tcp: TcpStream) -> Self {
        let ends = tcp.local_addr().ok().zip(tcp.peer_addr().ok());
        Socket { tcp, ends }
    }

    /// The other end.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.ends.map(|(_, peer)| peer)
    }

    fn named<T>(&self, verb: &str, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        result.map(|result| result.map_err(|error| network::on_connection(verb, self.ends, &error).into()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.tcp).poll_read(cx, buffer);
        self.named("read", result)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.tcp).poll_write(cx, bytes);
        self.named("write", result)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.tcp).poll_write_vectored(cx, pieces);
        self.named("write", result)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// A connection as hyper gets it.
pub(crate) struct Stream {
    carrier: Box<dyn Carrier>,
    trace: Trace,
    proxied: bool,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").finish_non_exhaustive()
    }
}

impl Stream {
    /// `proxied` says that requests on it are for a proxy to read.
    pub(super) fn new(carrier: Box<dyn Carrier>, trace: Trace, proxied: bool) -> Self {
        Stream { carrier, trace, proxied }
    }

    pub(super) fn is_proxied(&self) -> bool {
        self.proxied
    }

    pub(super) fn trace(&self) -> &Trace {
        &self.trace
    }
}

/// An alert that comes after the handshake, such as `certificate required`, in Go's words; anything else as it is.
fn tls_in_gos_words(error: io::Error) -> io::Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(inner) => words::of_tls(inner).into(),
        None => error,
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let result = match Pin::new(&mut self.carrier).poll_read(cx, buffer) {
            // TLS without a farewell. Go takes it for the end too: what an answer lacks is known from its length.
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(tls_in_gos_words(error))),
            result => result,
        };
        let new = &buffer.filled()[before..];
        if !new.is_empty() {
            self.trace.note_received(new);
        }
        result
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.trace.note_sent();
        Pin::new(&mut self.carrier).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, pieces: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.trace.note_sent();
        Pin::new(&mut self.carrier).poll_write_vectored(cx, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.carrier.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.carrier).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.carrier).poll_shutdown(cx)
    }
}
