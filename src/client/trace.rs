//! What is known of a connection: what came on it, and how long its beginning took.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hyper_util::client::legacy::connect::Connected;

/// How much is kept of the first bytes of all.
const OPENING: usize = 8;

/// How much of an answer's beginning is kept for messages about it, in bytes.
const HEAD: usize = 256;

/// What is known of a connection, for messages and logs. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Trace(Arc<Mutex<Facts>>);

/// What is known of a connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facts {
    /// How many bytes have come since the last were sent.
    received: u64,
    /// The first of them.
    head: Vec<u8>,
    /// The first bytes of all that came.
    opening: Vec<u8>,
    /// How long the name's lookup took.
    pub(crate) lookup: Option<Duration>,
    /// How long dialling took.
    pub(crate) dial: Option<Duration>,
    /// How long the TLS handshake took.
    pub(crate) handshake: Option<Duration>,
    /// Whether something was sent after something had come.
    pub(crate) reused: bool,
}

impl Trace {
    /// What is known of the connection behind a failed or answered request.
    pub(crate) fn of(connected: &Connected) -> Option<Trace> {
        let mut extensions = http::Extensions::new();
        connected.get_extras(&mut extensions);
        extensions.remove()
    }

    /// How many bytes have come since the last were sent.
    pub(crate) fn received(&self) -> u64 {
        self.with(|facts| facts.received)
    }

    /// The first bytes that have come since the last were sent.
    pub(crate) fn head(&self) -> Vec<u8> {
        self.with(|facts| facts.head.clone())
    }

    /// Whether a request was answered on it before the last one.
    pub(crate) fn is_reused(&self) -> bool {
        self.with(|facts| facts.reused)
    }

    /// The first few bytes of all that came.
    pub(crate) fn opening(&self) -> Vec<u8> {
        self.with(|facts| facts.opening.clone())
    }

    /// Reads or notes facts.
    pub(crate) fn with<T>(&self, with: impl FnOnce(&mut Facts) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Notes what came.
    pub(crate) fn note_received(&self, bytes: &[u8]) {
        self.with(|facts| {
            facts.received += bytes.len() as u64;
            if facts.opening.len() < OPENING {
                let wanted = bytes.len().min(OPENING - facts.opening.len());
                facts.opening.extend_from_slice(&bytes[..wanted]);
            }
            if facts.head.len() < HEAD {
                let wanted = bytes.len().min(HEAD - facts.head.len());
                facts.head.extend_from_slice(&bytes[..wanted]);
            }
        });
    }

    /// Notes that something was sent.
    pub(crate) fn note_sent(&self) {
        self.with(|facts| {
            facts.reused |= facts.received > 0;
            facts.received = 0;
            facts.head.clear();
        });
    }
}
