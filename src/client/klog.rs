//! The log that `-v` asks for, in klog's form: `I1120 19:46:00.000000   12345 loader.go:402] Config loaded …`.
//!
//! Lines go to standard error. Verbosity 6 names requests, 7 adds their headers, 8 the answers' headers and the
//! beginning of bodies, 9 more of them and a `curl` command, 10 whole bodies.

use std::{fmt::Write as _, io::Write as _};

use jiff::tz::TimeZone;

use crate::streams::Streams;

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// What happens.
    Info,
    /// What may be wrong.
    Warning,
    /// What went wrong. Written whatever the verbosity.
    Error,
    /// What ends the run. Written whatever the verbosity.
    Fatal,
}

/// A value in a structured line.
#[derive(Debug, Clone)]
pub enum Field<'a> {
    /// Text, quoted; several lines stand indented between `<` and `>`.
    Text(&'a str),
    /// Anything that is written bare.
    Bare(String),
}

/// Where lines go, and how many are wanted. Clones share it.
#[derive(Debug, Clone)]
pub struct Log {
    verbosity: u8,
    streams: Streams,
}

impl Log {
    /// A log of lines up to `verbosity`.
    pub fn new(verbosity: u8, streams: Streams) -> Self {
        Log { verbosity, streams }
    }

    /// Whether lines of this level are wanted.
    pub fn wants(&self, verbosity: u8) -> bool {
        self.verbosity >= verbosity
    }

    /// The level up to which lines are wanted.
    pub fn verbosity(&self) -> u8 {
        self.verbosity
    }

    /// Writes a sentence. `site` is the place in kubectl's source that says it, such as `loader.go:402`.
    pub fn line(&self, severity: Severity, site: &str, sentence: &str) {
        let mut line = self.header(severity, site);
        line.push_str(sentence);
        self.write(line);
    }

    /// Writes a sentence in quotes and named values: `"Response" status="200 OK" milliseconds=5`.
    pub fn fields(&self, severity: Severity, site: &str, sentence: &str, fields: &[(&str, Field<'_>)]) {
        let mut line = self.header(severity, site);
        go_quote(&mut line, sentence);
        for (name, value) in fields {
            line.push(' ');
            line.push_str(name);
            line.push('=');
            match value {
                Field::Bare(value) => line.push_str(value),
                Field::Text(text) if text.contains('\n') => {
                    line.push_str("<\n");
                    for part in text.split_terminator('\n') {
                        line.push('\t');
                        line.push_str(part);
                        line.push('\n');
                    }
                    line.push_str(" >");
                }
                Field::Text(text) => go_quote(&mut line, text),
            }
        }
        self.write(line);
    }

    fn header(&self, severity: Severity, site: &str) -> String {
        let letter = match severity {
            Severity::Info => 'I',
            Severity::Warning => 'W',
            Severity::Error => 'E',
            Severity::Fatal => 'F',
        };
        let now = self.streams.now().to_zoned(TimeZone::system());
        format!(
            "{letter}{:02}{:02} {:02}:{:02}:{:02}.{:06} {:>7} {site}] ",
            now.month(),
            now.day(),
            now.hour(),
            now.minute(),
            now.second(),
            now.subsec_nanosecond() / 1_000,
            std::process::id(),
        )
    }

    fn write(&self, mut line: String) {
        line.push('\n');
        // Nobody can be told that the log cannot be written.
        let _ = self.streams.err().write_all(line.as_bytes());
    }
}

/// `text` in Go's quotes.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    go_quote(&mut out, text);
    out
}

/// Adds `text` in Go's quotes (`strconv.Quote`).
pub fn go_quote(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            control if (control as u32) < 0x20 || control as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", control as u32);
            }
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(verbosity: u8) -> (Log, crate::streams::Captured) {
        let (streams, _, error) = Streams::captured("");
        let now = "2026-11-20T19:46:00.000123Z".parse().unwrap();
        (Log::new(verbosity, streams.with_time(now)), error)
    }

    /// What follows klog's header.
    fn message(error: &crate::streams::Captured) -> String {
        error.text().split_once("] ").unwrap().1.to_owned()
    }

    #[test]
    fn line_begins_with_klogs_header() {
        let (log, error) = log(0);
        log.line(Severity::Error, "memcache.go:265", "sorry");
        let text = error.text();
        assert!(text.starts_with("E1") && text.contains(":46:00.000123 "), "{text}");
        assert!(text.ends_with(" memcache.go:265] sorry\n"), "{text}");
    }

    #[test]
    fn fields_of_several_lines_are_indented() {
        let (log, error) = log(0);
        let fields = [
            ("verb", Field::Text("GET")),
            ("headers", Field::Text("A: b\nC: d\n")),
            ("milliseconds", Field::Bare("5".to_owned())),
        ];
        log.fields(Severity::Info, "x.go:1", "Response", &fields);
        assert_eq!(
            message(&error),
            "\"Response\" verb=\"GET\" headers=<\n\tA: b\n\tC: d\n > milliseconds=5\n"
        );
    }

    #[test]
    fn go_quote_escapes_what_go_escapes() {
        let mut text = String::new();
        go_quote(&mut text, "a\"b\\\n\t\u{1}é\u{85}");
        assert_eq!(text, "\"a\\\"b\\\\\\n\\t\\x01é\\u0085\"");
    }
}
