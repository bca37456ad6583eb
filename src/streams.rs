//! Standard input, output and error as values: a command writes to them the same whether they are the process's own, a
//! terminal, or a test's buffers.
//!
//! Standard output is collected and written in large pieces. To keep the order in which a person sees the two, every
//! write to standard error first empties what output has collected; a command that is about to wait (a watch, a
//! prompt) calls [`Streams::flush`].

use std::{
    fmt,
    io::{self, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

/// How much output is collected before it is written, in bytes.
const COLLECT: usize = 64 * 1024;

/// What is known of the terminal behind a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Columns.
    pub width: usize,
    /// Lines.
    pub height: usize,
}

/// Facts about the streams that do not change while the process runs.
#[derive(Debug, Clone, Copy, Default)]
pub struct Facts {
    /// The terminal behind standard input, if there is one.
    pub input: Option<Terminal>,
    /// The terminal behind standard output, if there is one.
    pub output: Option<Terminal>,
    /// The terminal behind standard error, if there is one.
    pub error: Option<Terminal>,
    /// Whether the streams are the process's own, so that a program that is started inherits them.
    pub own: bool,
}

/// The three streams and the clock. Clones share them.
#[derive(Clone)]
pub struct Streams {
    inner: Arc<Mutex<Inner>>,
    facts: Facts,
    clock: Clock,
}

/// Where the time comes from.
#[derive(Debug, Clone, Copy)]
enum Clock {
    System,
    Fixed(Timestamp),
}

struct Inner {
    input: Box<dyn Read + Send>,
    output: Box<dyn Write + Send>,
    error: Box<dyn Write + Send>,
    collected: Vec<u8>,
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("facts", &self.facts).finish_non_exhaustive()
    }
}

impl Streams {
    /// Streams over any reader and writers, with the system's clock.
    pub fn new(input: Box<dyn Read + Send>, output: Box<dyn Write + Send>, error: Box<dyn Write + Send>, facts: Facts) -> Self {
        Streams {
            inner: Arc::new(Mutex::new(Inner {
                input,
                output,
                error,
                collected: Vec::new(),
            })),
            facts,
            clock: Clock::System,
        }
    }

    /// Streams for a test: `input` to be read, and two buffers that collect what is written.
    pub fn captured(input: impl Into<Vec<u8>>) -> (Self, Captured, Captured) {
        let (output, error) = (Captured::default(), Captured::default());
        let streams = Streams::new(
            Box::new(io::Cursor::new(input.into())),
            Box::new(output.clone()),
            Box::new(error.clone()),
            Facts::default(),
        );
        (streams, output, error)
    }

    /// The same streams with other facts, for a test of terminals.
    pub fn with_facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    /// The same streams with a clock that stands still.
    pub fn with_time(mut self, now: Timestamp) -> Self {
        self.clock = Clock::Fixed(now);
        self
    }

    /// What is known of the terminals.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        match self.clock {
            Clock::System => Timestamp::now(),
            Clock::Fixed(now) => now,
        }
    }

    /// Standard output, as a writer.
    pub fn out(&self) -> Out<'_> {
        Out(self)
    }

    /// Standard error, as a writer.
    pub fn err(&self) -> Err<'_> {
        Err(self)
    }

    /// Writes `Warning: ` and a sentence to standard error, the word in yellow if `color`.
    pub fn warn(&self, color: bool, sentence: &str) {
        let (begin, end) = if color { ("\x1b[33;1m", "\x1b[0m") } else { ("", "") };
        // Where standard error is gone, nobody can be told.
        let _ = writeln!(self.err(), "{begin}Warning:{end} {sentence}");
    }

    /// Reads all of standard input.
    ///
    /// # Errors
    /// What the reader reports.
    pub fn read_input(&self) -> io::Result<Vec<u8>> {
        self.flush()?;
        let mut bytes = Vec::new();
        self.lock().input.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads one line of standard input, without its line break; nothing at its end. For answers to a prompt.
    ///
    /// # Errors
    /// What the reader reports.
    pub fn read_line(&self) -> io::Result<Option<String>> {
        self.flush()?;
        let mut line = Vec::new();
        let mut byte = [0];
        // Byte by byte: what follows the line is for the next reader, which may be a child process.
        loop {
            if self.lock().input.read(&mut byte)? == 0 {
                if line.is_empty() {
                    return Ok(None);
                }
                break;
            }
            if byte[0] == b'\n' {
                break;
            }
            line.push(byte[0]);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end_matches('\r').to_owned()))
    }

    /// Writes what output has collected.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn flush(&self) -> io::Result<()> {
        self.lock().flush()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn flush(&mut self) -> io::Result<()> {
        if !self.collected.is_empty() {
            let written = self.output.write_all(&self.collected);
            self.collected.clear();
            written?;
        }
        self.output.flush()
    }
}

/// Standard output; see [`Streams::out`].
#[derive(Debug)]
pub struct Out<'a>(&'a Streams);

impl Write for Out<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.lock();
        if inner.collected.len() + bytes.len() > COLLECT {
            inner.flush()?;
            if bytes.len() >= COLLECT {
                inner.output.write_all(bytes)?;
                return Ok(bytes.len());
            }
        }
        inner.collected.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Standard error; see [`Streams::err`].
#[derive(Debug)]
pub struct Err<'a>(&'a Streams);

impl Write for Err<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut inner = self.0.lock();
        inner.flush()?;
        inner.error.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().error.flush()
    }
}

/// A buffer that several owners can look into, for tests.
#[derive(Debug, Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    /// What has been written so far. What [`Streams`] still collects is not in it: flush first.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What has been written so far, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn err_after_out_writes_what_out_collected_first() {
        let order = Captured::default();
        let streams = Streams::new(
            Box::new(io::empty()),
            Box::new(order.clone()),
            Box::new(order.clone()),
            Facts::default(),
        );
        write!(streams.out(), "one ").unwrap();
        write!(streams.err(), "two").unwrap();
        assert_eq!(order.text(), "one two");
    }

    #[test]
    fn warn_colours_the_word_only_where_it_may() {
        let (streams, _, error) = Streams::captured("");
        streams.warn(false, "old");
        streams.warn(true, "new");
        assert_eq!(error.text(), "Warning: old\n\u{1b}[33;1mWarning:\u{1b}[0m new\n");
    }

    #[test]
    fn read_line_leaves_the_rest_for_the_next_reader() {
        let (streams, _, _) = Streams::captured("yes\r\nrest");
        assert_eq!(streams.read_line().unwrap().as_deref(), Some("yes"));
        assert_eq!(streams.read_input().unwrap(), b"rest");
    }
}
