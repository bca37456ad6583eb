//! The column writer behind every description: indentation by levels over elastic tabs.

use std::fmt;

use crate::printers::tabs::TabWriter;

/// Spaces between a column and the next.
const PADDING: usize = 2;

/// Spaces of one level.
const LEVEL: &str = "  ";

/// Collects a description. Tabs end cells, line breaks end lines; what could steer a terminal is made harmless
/// (kubectl's `PrefixWriter` over Go's `tabwriter`, `printers.WriteEscaped`).
#[derive(Debug)]
pub struct Writer {
    sink: Sink,
    /// How many levels everything is indented by.
    base: usize,
}

impl Default for Writer {
    fn default() -> Self {
        Writer {
            sink: Sink::Aligned(TabWriter::new(0, PADDING)),
            base: 0,
        }
    }
}

/// Where a description is collected.
#[derive(Debug)]
enum Sink {
    Aligned(TabWriter),
    /// Tabs stay as they are.
    Plain(Vec<u8>),
}

impl Sink {
    fn write(&mut self, text: &[u8]) {
        match self {
            Sink::Aligned(tabs) => tabs.write(text),
            Sink::Plain(collected) => collected.extend_from_slice(text),
        }
    }
}

impl Writer {
    /// A writer that leaves tabs as they are.
    pub fn unaligned() -> Self {
        Writer {
            sink: Sink::Plain(Vec::new()),
            base: 0,
        }
    }

    /// Adds a piece of text, indented by `level`. Every piece is indented, also one in the middle of a line.
    pub fn write(&mut self, level: usize, text: fmt::Arguments<'_>) {
        self.indent(level);
        // A writer that only collects does not fail.
        _ = fmt::write(&mut Escaped(&mut self.sink), text);
    }

    /// As [`Writer::write`], for text that was cut between the bytes of a character.
    pub fn bytes(&mut self, level: usize, text: &[u8]) {
        self.indent(level);
        escape(&mut self.sink, text);
    }

    /// Adds text and a line break without a level of its own.
    pub fn line(&mut self, text: &str) {
        self.write(0, format_args!("{text}\n"));
    }

    /// Lets `describe` write with everything indented by `levels` more.
    pub fn nested(&mut self, levels: usize, describe: impl FnOnce(&mut Writer)) {
        self.base += levels;
        describe(self);
        self.base -= levels;
    }

    /// Appends the description to `out`, aligned.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        match &mut self.sink {
            Sink::Aligned(tabs) => tabs.flush(out),
            Sink::Plain(collected) => out.append(collected),
        }
    }

    fn indent(&mut self, level: usize) {
        for _ in 0..self.base + level {
            self.sink.write(LEVEL.as_bytes());
        }
    }
}

/// Passes formatted text on without escape sequences.
struct Escaped<'a>(&'a mut Sink);

impl fmt::Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text.as_bytes());
        Ok(())
    }
}

/// Writes `text` with escape characters as `^[` and carriage returns as `\r`.
fn escape(sink: &mut Sink, text: &[u8]) {
    let mut rest = text;
    while let Some(at) = memchr::memchr2(0x1b, b'\r', rest) {
        sink.write(&rest[..at]);
        sink.write(if rest[at] == b'\r' { b"\\r" } else { b"^[" });
        rest = &rest[at + 1..];
    }
    sink.write(rest);
}

/// Writes a formatted piece at a level: `put!(w, 0, "Name:\t{}\n", name)`.
macro_rules! put {
    ($writer:expr, $level:expr, $($text:tt)*) => {
        $writer.write($level, format_args!($($text)*))
    };
}
pub(super) use put;

#[cfg(test)]
mod tests {
    use super::*;

    fn written(describe: impl FnOnce(&mut Writer)) -> String {
        let mut writer = Writer::default();
        describe(&mut writer);
        let mut out = Vec::new();
        writer.finish(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn write_with_levels_indents_every_piece() {
        let text = written(|w| {
            put!(w, 0, "Name:\t{}\n", "web");
            put!(w, 1, "Type:\t");
            put!(w, 1, "x\n");
            w.nested(2, |w| w.line("<none>"));
        });
        assert_eq!(text, "Name:    web\n  Type:    x\n    <none>\n");
    }

    #[test]
    fn write_of_terminal_escapes_shows_them_instead_of_sending_them() {
        let text = written(|w| put!(w, 0, "Name:\t{}\n", "\x1b[31mred\x1b[0m\rover\u{7}"));
        assert_eq!(text, "Name:  ^[[31mred^[[0m\\rover\u{7}\n");
    }
}
