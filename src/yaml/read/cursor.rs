//! A place in the text, its line and column, and the kinds of characters that YAML 1.1 tells apart.

use super::SyntaxError;

/// The text of a document and a place in it.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    pub(super) text: &'a str,
    /// Whether a line break is read behind the last character, as Kubernetes adds one to a last line without.
    final_break: bool,
    /// The place, in bytes.
    pub(super) at: usize,
    /// The line, counted from zero.
    pub(super) line: usize,
    /// The column, in characters from zero.
    pub(super) column: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str, final_break: bool) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Cursor {
            text,
            final_break: final_break && !text.ends_with('\n'),
            at: 0,
            line: 0,
            column: 0,
        }
    }

    /// The byte `ahead` of the place; zero behind the end, which stands nowhere else.
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        match self.text.as_bytes().get(self.at + ahead) {
            Some(&byte) => byte,
            None if self.final_break && self.at + ahead == self.text.len() => b'\n',
            None => 0,
        }
    }

    /// Whether the place is behind the end.
    pub(super) fn ended(&self) -> bool {
        self.byte(0) == 0
    }

    /// How many bytes the line break `ahead` has; zero where there is none. `\r\n` is one break.
    pub(super) fn break_at(&self, ahead: usize) -> usize {
        match self.byte(ahead) {
            b'\n' => 1,
            b'\r' if self.byte(ahead + 1) == b'\n' => 2,
            b'\r' => 1,
            0xc2 if self.byte(ahead + 1) == 0x85 => 2,
            0xe2 if self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xa8 | 0xa9) => 3,
            _ => 0,
        }
    }

    /// Whether a space or a tab is `ahead`.
    pub(super) fn blank_at(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// Whether white space, a line break or the end is `ahead`.
    pub(super) fn blank_or_end_at(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), 0 | b' ' | b'\t') || self.break_at(ahead) > 0
    }

    /// Whether a line break or the end is here.
    pub(super) fn line_ended(&self) -> bool {
        self.ended() || self.break_at(0) > 0
    }

    /// Whether `---` or `...` stands here alone at the start of a line.
    pub(super) fn at_document_indicator(&self) -> bool {
        self.column == 0
            && matches!((self.byte(0), self.byte(1), self.byte(2)), (b'-', b'-', b'-') | (b'.', b'.', b'.'))
            && self.blank_or_end_at(3)
    }

    /// Passes `count` characters of one byte each.
    pub(super) fn skip(&mut self, count: usize) {
        self.at += count;
        self.column += count;
    }

    /// Passes all up to byte `end` of this line, and returns it.
    pub(super) fn take_to(&mut self, end: usize) -> &'a str {
        // Behind an added line break there is no text left.
        let taken = self.text.get(self.at..end).unwrap_or_default();
        self.column += taken.bytes().filter(|byte| byte & 0xc0 != 0x80).count();
        self.at = end;
        taken
    }

    /// Passes what is no line break, up to the next one or the end, and returns it.
    pub(super) fn take_line(&mut self) -> &'a str {
        let mut ahead = 0;
        loop {
            let rest = self.text.as_bytes().get(self.at + ahead..).unwrap_or_default();
            ahead += rest.iter().take_while(|byte| !matches!(byte, b'\n' | b'\r' | 0xc2 | 0xe2)).count();
            if self.byte(ahead) == 0 || self.break_at(ahead) > 0 {
                return self.take_to(self.at + ahead);
            }
            ahead += 1;
        }
    }

    /// Passes spaces and tabs.
    pub(super) fn skip_blanks(&mut self) {
        while self.blank_at(0) {
            self.skip(1);
        }
    }

    /// Passes a comment, if one begins here, up to the end of its line.
    pub(super) fn skip_comment(&mut self) {
        if self.byte(0) == b'#' {
            self.take_line();
        }
    }

    /// Passes the line break that is here, if one is, and returns what it is read as: U+2028 and U+2029 stay what they
    /// are, all others are line feeds.
    pub(super) fn take_break(&mut self) -> Option<char> {
        let length = self.break_at(0);
        let read = match (length, self.byte(2)) {
            (0, _) => return None,
            (3, 0xa8) => '\u{2028}',
            (3, _) => '\u{2029}',
            _ => '\n',
        };
        self.at += length;
        self.line += 1;
        self.column = 0;
        Some(read)
    }
}

/// The bytes as text, if they are UTF-8 without characters that YAML forbids.
///
/// # Errors
/// goyaml's sentence for the first byte that is wrong. It names no line.
pub(super) fn checked(bytes: &[u8]) -> Result<&str, SyntaxError> {
    let (text, rest) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            (std::str::from_utf8(valid).unwrap_or_default(), Some(rest))
        }
    };
    if text.bytes().any(|byte| matches!(byte, 0..0x20 | 0x7f | 0xc2 | 0xef)) && !text.chars().all(is_allowed) {
        return Err(SyntaxError::new("yaml: control characters are not allowed"));
    }
    match rest {
        None => Ok(text),
        Some(rest) => Err(SyntaxError::new(format!("yaml: {}", broken(rest)))),
    }
}

fn is_allowed(letter: char) -> bool {
    matches!(
        letter,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..
    )
}

/// What is wrong with the first character in `bytes`, which is not UTF-8.
fn broken(bytes: &[u8]) -> &'static str {
    let width = match bytes.first() {
        Some(0xc0..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf7) => 4,
        _ => return "invalid leading UTF-8 octet",
    };
    if bytes.len() < width {
        return "incomplete UTF-8 octet sequence";
    }
    if bytes[1..width].iter().any(|byte| byte & 0xc0 != 0x80) {
        return "invalid trailing UTF-8 octet";
    }
    let code = bytes[1..width].iter().fold(u32::from(bytes[0]) & (0x7f >> width), |code, byte| {
        code << 6 | u32::from(byte & 0x3f)
    });
    let least = [0x80, 0x800, 0x10000][width - 2];
    if code < least {
        "invalid length of a UTF-8 sequence"
    } else {
        "invalid Unicode character"
    }
}
