//! The server's `Warning` headers: read, written to standard error once each, counted.

use std::{
    cell::RefCell,
    collections::HashSet,
    future::Future,
    io::Write as _,
    sync::{Arc, Mutex, PoisonError},
};

use http::HeaderMap;

use crate::{streams::Streams, world::World};

/// The only code that warnings of an API server have: a lasting warning of any kind.
const MISCELLANEOUS: &str = "299";

tokio::task_local! {
    /// What the deed that is being done has to say, where it is not said at once.
    static HELD: RefCell<Vec<Note>>;
}

/// Something for standard error that has not been said yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A warning of the server.
    Warning(String),
    /// Any other line, without its line break.
    Line(String),
}

/// Does a deed, and keeps back what the server warns of meanwhile and what the deed says with [`Warnings::say`]. Where
/// several deeds are done at a time, each one's notes can so be written in the order of the deeds.
pub async fn hold<T>(deed: impl Future<Output = T>) -> (T, Vec<Note>) {
    HELD.scope(RefCell::default(), async {
        let result = deed.await;
        (result, HELD.with(RefCell::take))
    })
    .await
}

/// Who writes warnings, and has written which. Clones share it.
#[derive(Debug, Clone)]
pub struct Warnings {
    written: Arc<Mutex<HashSet<String>>>,
    streams: Streams,
    color: bool,
}

impl Warnings {
    /// Warnings go to the world's standard error, with colour where its terminal shows colours.
    pub fn new(world: &World) -> Self {
        let dumb = world.var("TERM") == Some("dumb") || world.env.contains_key("NO_COLOR");
        Warnings {
            written: Arc::default(),
            streams: world.streams.clone(),
            color: world.streams.facts().error.is_some() && !dumb,
        }
    }

    /// How many different warnings there were.
    pub fn count(&self) -> usize {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Writes the warnings in an answer's headers that have not been written before.
    pub(crate) fn take(&self, headers: &HeaderMap) {
        for header in headers.get_all(http::header::WARNING) {
            // What is no text ends the header like anything else that is wrong in it.
            let valid = header.as_bytes().utf8_chunks().next().map_or("", |chunk| chunk.valid());
            for text in parse(valid) {
                self.note(Note::Warning(text));
            }
        }
    }

    /// Writes a line to standard error, or keeps it for the deed that is being done.
    pub fn say(&self, line: String) {
        self.note(Note::Line(line));
    }

    /// Writes what a deed has kept back.
    pub fn release(&self, notes: Vec<Note>) {
        for note in notes {
            self.note(note);
        }
    }

    fn note(&self, note: Note) {
        let mut note = Some(note);
        let _ = HELD.try_with(|held| held.borrow_mut().extend(note.take()));
        match note {
            Some(Note::Warning(text)) => self.write(text),
            // Where standard error is gone, nobody can be told.
            Some(Note::Line(line)) => _ = writeln!(self.streams.err(), "{line}"),
            None => {}
        }
    }

    fn write(&self, text: String) {
        if text.is_empty() || self.written.lock().unwrap_or_else(PoisonError::into_inner).contains(&text) {
            return;
        }
        let (begin, end) = if self.color { ("\x1b[33;1m", "\x1b[0m") } else { ("", "") };
        // Where standard error is gone, nobody can be told.
        let _ = self.streams.err().write_all(format!("{begin}Warning:{end} {text}\n").as_bytes());
        self.written.lock().unwrap_or_else(PoisonError::into_inner).insert(text);
    }
}

/// The texts of code 299 in one header: `299 agent "text" "date", …` (RFC 7234, section 5.5). What follows a broken one
/// is not read.
fn parse(header: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut rest = header;
    while let Some((code, text, after)) = next(rest) {
        if code == MISCELLANEOUS {
            texts.push(text);
        }
        rest = after;
    }
    texts
}

/// The first warning's code and text, and what follows it.
fn next(header: &str) -> Option<(&str, String, &str)> {
    let (code, rest) = header.trim_start().split_once(' ')?;
    let (agent, rest) = rest.split_once(' ')?;
    if code.len() != 3 || !code.bytes().all(|byte| byte.is_ascii_digit()) || agent.is_empty() {
        return None;
    }
    let (text, mut rest) = quoted(rest)?;
    // Whoever wants to steer the terminal is not heard at all.
    if agent.contains(char::is_control) || text.contains(char::is_control) {
        return None;
    }
    // A date may follow; nobody reads it.
    if rest.trim_start().starts_with('"') {
        rest = quoted(rest.trim_start())?.1;
    }
    match rest.trim_start() {
        "" => Some((code, text, "")),
        more => Some((code, text, more.strip_prefix(',')?)),
    }
}

/// A string in quotes without its escapes, and what follows it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('"')?;
    let mut found = String::new();
    let mut characters = inside.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((found, &inside[at + 1..])),
            '\\' => found.push(characters.next()?.1),
            other => found.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams::{Captured, Facts, Terminal};

    #[test]
    fn parse_finds_every_warning_of_a_header() {
        assert_eq!(
            parse("299 - \"a, b\", 199 - \"no\",299 x \"c \\\"d\\\"\" \"Fri\""),
            ["a, b", "c \"d\""]
        );
    }

    #[test]
    fn parse_of_a_broken_header_finds_nothing() {
        for header in [
            "",
            "299",
            "299 -",
            "299 - d",
            "299 - \"e",
            "29 - \"a\"",
            "299 - \"\\",
            "299  \"no agent\"",
            "299 -  \"two spaces\"",
            "299 - \"\u{9b}31m\", 299 - \"behind it\"",
            "299 \u{7f} \"a\"",
        ] {
            assert!(parse(header).is_empty(), "{header}");
        }
    }

    fn world(terminal: bool, env: &[(&str, &str)]) -> (World, Captured) {
        let (streams, _, error) = Streams::captured("");
        let facts = Facts {
            error: terminal.then_some(Terminal { width: 80, height: 24 }),
            ..Facts::default()
        };
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let world = World {
            args: Vec::new(),
            env,
            directory: "/".into(),
            streams: streams.with_facts(facts),
        };
        (world, error)
    }

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in ["299 - \"old\"", "299 - \"old\", 299 - \"new\""] {
            headers.append(http::header::WARNING, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn take_writes_each_warning_once() {
        let (world, error) = world(false, &[]);
        let warnings = Warnings::new(&world);
        warnings.take(&headers());
        warnings.take(&headers());
        assert_eq!(error.text(), "Warning: old\nWarning: new\n");
        assert_eq!(warnings.count(), 2);
    }

    #[tokio::test]
    async fn hold_keeps_warnings_until_they_are_released() {
        let (world, error) = world(false, &[]);
        let warnings = Warnings::new(&world);
        let (result, notes) = hold(async {
            warnings.take(&headers());
            warnings.say("a line".to_owned());
            1
        })
        .await;
        assert_eq!((result, error.text().as_str()), (1, ""));
        warnings.say("before".to_owned());
        warnings.release(notes);
        assert_eq!(error.text(), "before\nWarning: old\nWarning: new\na line\n");
    }

    #[test]
    fn take_colours_on_a_terminal_that_allows_it() {
        let (allowed, error) = world(true, &[]);
        Warnings::new(&allowed).take(&headers());
        assert!(error.text().starts_with("\x1b[33;1mWarning:\x1b[0m old\n"), "{}", error.text());
        for env in [("TERM", "dumb"), ("NO_COLOR", "")] {
            let (forbidden, error) = world(true, &[env]);
            Warnings::new(&forbidden).take(&headers());
            assert!(error.text().starts_with("Warning: old\n"), "{}", error.text());
        }
    }
}
