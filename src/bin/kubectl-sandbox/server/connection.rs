//! Connections, and the requests on them: how large they may be, how long they may take, who is let in.

use std::{convert::Infallible, pin::pin, rc::Rc, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::StreamExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use super::{Query, Request, Server, User, decode, route};
use crate::{
    answer::{Answer, Body, Content},
    failure,
};

/// How large a request's body may be, in bytes, as for a real server.
const LARGEST_BODY: usize = 3 * 1024 * 1024;
/// How large the lines of a request and its headers may be together, in bytes.
const LARGEST_HEAD: usize = 128 * 1024;
/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long a client may take for the head of a request, and how long it may say nothing: longer than Go's clients keep a
/// connection that they do not use.
const HEAD: Duration = Duration::from_secs(120);
/// How long a client may take to send a body.
const BODY: Duration = Duration::from_secs(60);
/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers connections until the server is asked to stop. Runs within a `LocalSet`.
pub async fn serve(server: Rc<Server>, listener: TcpListener, tls: Arc<rustls::ServerConfig>) {
    let acceptor = TlsAcceptor::from(tls);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => accepted,
            () = server.stop.asked() => return,
        };
        match stream {
            Ok((stream, _)) => {
                let (server, acceptor) = (Rc::clone(&server), acceptor.clone());
                tokio::task::spawn_local(async move { welcome(&server, stream, &acceptor).await });
            }
            // Out of descriptors, or a connection that is gone again: the next one may go better.
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Agrees on TLS with a client, and answers it.
async fn welcome(server: &Rc<Server>, mut stream: TcpStream, acceptor: &TlsAcceptor) {
    /// The first byte of every connection by TLS: a record that shakes hands.
    const GREETING: u8 = 22;
    let _guard = server.stop.enter();
    let _ = stream.set_nodelay(true);
    let greeted = timeout(HANDSHAKE, async {
        let mut first = [0];
        stream.peek(&mut first).await.map(|read| (read, first[0]))
    });
    match greeted.await {
        Ok(Ok((1, GREETING))) => {}
        Ok(Ok((1, _))) => {
            // As Go's server tells those who came by the wrong door.
            let _ = stream
                .write_all(b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
                .await;
            return;
        }
        _ => return,
    }
    if let Ok(Ok(stream)) = timeout(HANDSHAKE, acceptor.accept(stream)).await {
        converse(server, stream).await;
    }
}

/// Answers the requests of one connection.
pub(super) async fn converse(server: &Rc<Server>, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
    let service = service_fn(|request| async { Ok::<_, Infallible>(exchange(server, request).await) });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(LARGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades()
    );
    // A client that goes away in the middle is no failure of the server's.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = server.stop.asked() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn exchange(server: &Rc<Server>, request: http::Request<Incoming>) -> http::Response<Body> {
    let mut answer = answer(server, request).await;
    if let Content::Pieces(pieces) = answer.body {
        // What would go on for ever ends with the server.
        let server = Rc::clone(server);
        answer.body = Content::Pieces(Box::pin(pieces.take_until(Box::pin(async move { server.stop.asked().await }))));
    }
    answer.into_response()
}

async fn answer(server: &Rc<Server>, request: http::Request<Incoming>) -> Answer {
    let (parts, body) = request.into_parts();
    let path = decode(parts.uri.path());
    let known = route::is_known(&parts.headers, &server.token);
    if !known && !route::is_open(&path) {
        return failure::unauthorized().into();
    }
    // Nobody is listened to at length who is not known.
    let body = if known { read(body).await } else { Ok(Bytes::new()) };
    let body = match body {
        Ok(body) => body,
        Err(refusal) => return refusal,
    };
    server.answered.set(server.answered.get() + 1);
    let request = Request {
        method: parts.method,
        path,
        query: Query::parse(parts.uri.query().unwrap_or_default()),
        user: User::owner().impersonating(&parts.headers),
        headers: parts.headers,
        body,
    };
    route::answer(server, request).await
}

/// The whole body of a request, or the answer to one that is too large, too slow or broken.
async fn read(body: Incoming) -> Result<Bytes, Answer> {
    match timeout(BODY, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(failure::too_large(LARGEST_BODY).into()),
        Ok(Err(error)) => Err(failure::bad_request(error.to_string()).into()),
        Err(_) => Err(failure::timeout("the request's body did not arrive in time").into()),
    }
}
