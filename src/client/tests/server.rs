//! A server that answers as it is told, or worse.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// What happens after a request has been read.
#[derive(Debug, Clone)]
pub enum Answer {
    /// These bytes, and the connection stays open for the next request.
    Bytes(Vec<u8>),
    /// These bytes, and the connection ends.
    Close(Vec<u8>),
    /// These bytes, and the connection is reset.
    Reset(Vec<u8>),
    /// These bytes, and then nothing more for ever.
    Hang(Vec<u8>),
}

/// A server; it ends with the test's runtime.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    tls: Option<TlsAcceptor>,
    followed: Option<Box<Server>>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    answers: Vec<Answer>,
    /// The head and body of every request.
    requests: Vec<String>,
    connections: usize,
}

impl Server {
    /// A server that gives these answers in turn, the last one again and again.
    pub async fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Server::with_tls(answers, None).await
    }

    /// The same behind TLS, where such is given.
    pub async fn with_tls(answers: impl IntoIterator<Item = Answer>, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            address: listener.local_addr().unwrap(),
            tls,
            followed: None,
            state: Arc::new(Mutex::new(State {
                answers: answers.into_iter().collect(),
                ..State::default()
            })),
        };
        let accepting = server.clone();
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                accepting.state.lock().unwrap().connections += 1;
                tokio::spawn(accepting.clone().serve(tcp));
            }
        });
        server
    }

    /// Remembers a server that this one leads to.
    pub fn follow(mut self, other: Server) -> Self {
        self.followed = Some(Box::new(other));
        self
    }

    /// The requests that have come to the server that this one leads to.
    pub fn followed(&self) -> Vec<String> {
        self.followed.as_ref().map(|server| server.requests()).unwrap_or_default()
    }

    /// The requests that have come, each as text.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }

    /// How many connections there have been.
    pub fn connections(&self) -> usize {
        self.state.lock().unwrap().connections
    }

    async fn serve(self, mut tcp: TcpStream) {
        if let Some(tls) = &self.tls {
            // A client that does not like what it sees goes away; the test is about what it says.
            if let Ok(mut stream) = tls.accept(tcp).await {
                while let Some(Answer::Bytes(_)) = self.exchange(&mut stream).await {}
                let _ = stream.shutdown().await;
            }
            return;
        }
        while let Some(answer) = self.exchange(&mut tcp).await {
            match answer {
                Answer::Bytes(_) => {}
                Answer::Close(_) => return,
                Answer::Reset(_) => {
                    tcp.set_zero_linger().unwrap();
                    return;
                }
                Answer::Hang(_) => std::future::pending().await,
            }
        }
    }

    /// Reads one request and writes what is to be answered; nothing where the client has gone.
    pub async fn exchange(&self, io: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Option<Answer> {
        let request = read_request(io).await?;
        let answer = {
            let mut state = self.state.lock().unwrap();
            state.requests.push(request);
            match state.answers.len() {
                0 => return None,
                1 => state.answers[0].clone(),
                _ => state.answers.remove(0),
            }
        };
        let (Answer::Bytes(bytes) | Answer::Close(bytes) | Answer::Reset(bytes) | Answer::Hang(bytes)) = &answer;
        // A client that has seen enough may be gone already.
        let _ = io.write_all(bytes).await;
        let _ = io.flush().await;
        Some(answer)
    }
}

async fn read_request(io: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut wanted = None;
    loop {
        if wanted.is_none()
            && let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n")
        {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map(|text| text.parse().unwrap());
            wanted = Some(end + 4 + length.unwrap_or(0));
        }
        if wanted.is_some_and(|wanted| bytes.len() >= wanted) {
            return Some(String::from_utf8_lossy(&bytes).into_owned());
        }
        if io.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}

/// A whole answer with a length.
pub fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\n");
    for header in headers {
        bytes.push_str(&format!("{header}\r\n"));
    }
    bytes.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut bytes = bytes.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
