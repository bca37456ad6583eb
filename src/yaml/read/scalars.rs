//! Plain words, quoted text and blocks.

use std::borrow::Cow;

use super::{SyntaxError, scan::Scanner};

/// The line breaks between two pieces of text, and what they are read as.
#[derive(Debug, Default)]
struct Gap {
    first: Option<char>,
    more: String,
}

impl Gap {
    fn push(&mut self, line_break: char) {
        match self.first {
            None => self.first = Some(line_break),
            Some(_) => self.more.push(line_break),
        }
    }

    /// Appends what the breaks mean: a single one is a space, of several the first is dropped. U+2028 and U+2029 stay.
    fn fold(&mut self, text: &mut String) {
        match self.first.take() {
            Some('\n') if self.more.is_empty() => text.push(' '),
            Some('\n') | None => {}
            Some(separator) => text.push(separator),
        }
        text.push_str(&self.more);
        self.more.clear();
    }
}

impl<'a> Scanner<'a> {
    /// The column that a plain word's further lines must reach.
    fn least_column(&self) -> usize {
        self.indent.map_or(0, |indent| indent + 1)
    }

    /// Text without quotes, over as many lines as are indented.
    pub(super) fn plain(&mut self) -> Result<Cow<'a, str>, SyntaxError> {
        let least = self.least_column();
        let text = self.cursor.text;
        let start = self.cursor.at;
        let mut end = start;
        let mut folded: Option<String> = None;
        let mut gap = Gap::default();
        loop {
            if self.cursor.at_document_indicator() || self.cursor.byte(0) == b'#' {
                break;
            }
            let from = self.cursor.at;
            let run = self.plain_run();
            if !run.is_empty() {
                if gap.first.is_some() {
                    let folded = folded.get_or_insert_with(|| text[start..end].to_owned());
                    gap.fold(folded);
                    folded.push_str(run);
                } else if let Some(folded) = &mut folded {
                    folded.push_str(&text[end..from]);
                    folded.push_str(run);
                }
                end = self.cursor.at;
            }
            if !self.cursor.blank_at(0) && self.cursor.break_at(0) == 0 {
                break;
            }
            loop {
                if self.cursor.blank_at(0) {
                    if gap.first.is_some() && self.cursor.column < least && self.cursor.byte(0) == b'\t' {
                        return Err(self.error("found a tab character that violates indentation"));
                    }
                    self.cursor.skip(1);
                } else if let Some(line_break) = self.cursor.take_break() {
                    gap.push(line_break);
                } else {
                    break;
                }
            }
            if self.flow == 0 && self.cursor.column < least {
                break;
            }
        }
        if gap.first.is_some() {
            self.key_allowed = true;
        }
        Ok(folded.map_or(Cow::Borrowed(&text[start..end]), Cow::Owned))
    }

    /// Takes characters of a plain word up to white space, a colon that ends a key, or a bracket within brackets.
    fn plain_run(&mut self) -> &'a str {
        let mut ahead = 0;
        loop {
            match self.cursor.byte(ahead) {
                0 | b' ' | b'\t' | b'\n' | b'\r' => break,
                0xc2 | 0xe2 if self.cursor.break_at(ahead) > 0 => break,
                b':' if self.cursor.blank_or_end_at(ahead + 1) => break,
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if self.flow > 0 => break,
                _ => ahead += 1,
            }
        }
        self.cursor.take_to(self.cursor.at + ahead)
    }

    /// Text between `quote`s; the place is at the first.
    pub(super) fn quoted(&mut self, quote: u8) -> Result<Cow<'a, str>, SyntaxError> {
        self.cursor.skip(1);
        if let Some(end) = self.simple_quoted(quote) {
            let text = self.cursor.take_to(end);
            self.cursor.skip(1);
            return Ok(Cow::Borrowed(text));
        }
        let mut text = String::new();
        let mut gap = Gap::default();
        loop {
            if self.cursor.at_document_indicator() {
                return Err(self.error("found unexpected document indicator"));
            }
            if self.cursor.ended() {
                return Err(self.error("found unexpected end of stream"));
            }
            // A break behind a backslash is no break of the text, but white space after it does not count.
            let mut broken = false;
            while !self.cursor.blank_or_end_at(0) && self.cursor.byte(0) != quote {
                if quote == b'"' && self.cursor.byte(0) == b'\\' {
                    if self.cursor.break_at(1) > 0 {
                        self.cursor.skip(1);
                        self.cursor.take_break();
                        broken = true;
                        break;
                    }
                    self.escape(&mut text)?;
                } else {
                    text.push_str(self.quoted_run());
                }
            }
            if self.cursor.byte(0) == quote {
                if quote == b'\'' && self.cursor.byte(1) == b'\'' {
                    text.push('\'');
                    self.cursor.skip(2);
                    continue;
                }
                self.cursor.skip(1);
                return Ok(Cow::Owned(text));
            }
            let from = self.cursor.at;
            let mut blanks = 0;
            loop {
                if self.cursor.blank_at(0) {
                    blanks += usize::from(!broken);
                    self.cursor.skip(1);
                } else if let Some(line_break) = self.cursor.take_break() {
                    // Behind an escaped break every further one counts.
                    if broken && gap.first.is_none() {
                        gap.more.push(line_break);
                    } else {
                        gap.push(line_break);
                    }
                    broken = true;
                } else {
                    break;
                }
            }
            if broken {
                gap.fold(&mut text);
            } else {
                text.push_str(&self.cursor.text[from..from + blanks]);
            }
        }
    }

    /// Where the text ends, if its quote comes on this line before anything that must not be taken as it is.
    fn simple_quoted(&self, quote: u8) -> Option<usize> {
        let bytes = self.cursor.text.as_bytes();
        let mut at = self.cursor.at;
        loop {
            match bytes.get(at)? {
                &byte if byte == quote => {
                    let doubled = quote == b'\'' && bytes.get(at + 1) == Some(&b'\'');
                    return (!doubled).then_some(at);
                }
                b'\n' | b'\r' => return None,
                b'\\' if quote == b'"' => return None,
                0xc2 | 0xe2 if self.cursor.break_at(at - self.cursor.at) > 0 => return None,
                _ => at += 1,
            }
        }
    }

    /// Takes characters of quoted text that stand for themselves.
    fn quoted_run(&mut self) -> &'a str {
        let mut ahead = 1;
        loop {
            match self.cursor.byte(ahead) {
                0 | b' ' | b'\t' | b'\n' | b'\r' | b'\'' | b'"' | b'\\' => break,
                0xc2 | 0xe2 if self.cursor.break_at(ahead) > 0 => break,
                _ => ahead += 1,
            }
        }
        self.cursor.take_to(self.cursor.at + ahead)
    }

    /// A backslash and what it stands for.
    fn escape(&mut self, text: &mut String) -> Result<(), SyntaxError> {
        let digits = match self.cursor.byte(1) {
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            letter => {
                text.push(match letter {
                    b'0' => '\0',
                    b'a' => '\u{7}',
                    b'b' => '\u{8}',
                    b't' | b'\t' => '\t',
                    b'n' => '\n',
                    b'v' => '\u{b}',
                    b'f' => '\u{c}',
                    b'r' => '\r',
                    b'e' => '\u{1b}',
                    b' ' | b'"' | b'\'' | b'\\' => char::from(letter),
                    b'N' => '\u{85}',
                    b'_' => '\u{a0}',
                    b'L' => '\u{2028}',
                    b'P' => '\u{2029}',
                    _ => return Err(self.error("found unknown escape character")),
                });
                self.cursor.skip(2);
                return Ok(());
            }
        };
        self.cursor.skip(2);
        let mut code = 0u32;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.cursor.byte(ahead)).to_digit(16) else {
                return Err(self.error("did not find expected hexdecimal number"));
            };
            code = code << 4 | digit;
        }
        let Some(letter) = char::from_u32(code) else {
            return Err(self.error("found invalid Unicode character escape code"));
        };
        text.push(letter);
        self.cursor.skip(digits);
        Ok(())
    }

    /// A block behind `|` (`literal`) or `>`.
    pub(super) fn block(&mut self, literal: bool) -> Result<String, SyntaxError> {
        self.cursor.skip(1);
        let (keep, increment) = self.block_header()?;
        let mut indent = increment.map(|increment| self.indent.unwrap_or_default() + increment);
        let mut text = String::new();
        // The break of the last line, and the empty lines after it.
        let mut last_break = None;
        let mut empty_lines = String::new();
        let mut after_blank = false;
        self.block_breaks(&mut indent, &mut empty_lines)?;
        while Some(self.cursor.column) == indent && !self.cursor.ended() {
            let blank = self.cursor.blank_at(0);
            match last_break.take() {
                // Lines that begin with white space are not folded, nor those around them.
                Some('\n') if !literal && !after_blank && !blank => {
                    text.push_str(if empty_lines.is_empty() { " " } else { "" });
                }
                Some(line_break) => text.push(line_break),
                None => {}
            }
            text.push_str(&empty_lines);
            empty_lines.clear();
            after_blank = blank;
            text.push_str(self.cursor.take_line());
            last_break = self.cursor.take_break();
            self.block_breaks(&mut indent, &mut empty_lines)?;
        }
        if keep != Some(false) {
            text.extend(last_break);
        }
        if keep == Some(true) {
            text.push_str(&empty_lines);
        }
        Ok(text)
    }

    /// The hints behind the indicator, in either order: whether to keep all line breaks at the end (`+`) or none (`-`), and
    /// by how much the text is indented. The rest of the line may be a comment.
    fn block_header(&mut self) -> Result<(Option<bool>, Option<usize>), SyntaxError> {
        let mut keep = self.block_chomping();
        let mut increment = None;
        if self.cursor.byte(0).is_ascii_digit() {
            if self.cursor.byte(0) == b'0' {
                return Err(self.error("found an indentation indicator equal to 0"));
            }
            increment = Some(usize::from(self.cursor.byte(0) - b'0'));
            self.cursor.skip(1);
            keep = keep.or_else(|| self.block_chomping());
        }
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.line_ended() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.cursor.take_break();
        Ok((keep, increment))
    }

    fn block_chomping(&mut self) -> Option<bool> {
        let keep = match self.cursor.byte(0) {
            b'+' => true,
            b'-' => false,
            _ => return None,
        };
        self.cursor.skip(1);
        Some(keep)
    }

    /// Passes indentation and empty lines; finds out the indentation from the first line that is not empty.
    fn block_breaks(&mut self, indent: &mut Option<usize>, empty_lines: &mut String) -> Result<(), SyntaxError> {
        let mut widest = 0;
        loop {
            while indent.is_none_or(|indent| self.cursor.column < indent) && self.cursor.byte(0) == b' ' {
                self.cursor.skip(1);
            }
            widest = widest.max(self.cursor.column);
            if indent.is_none_or(|indent| self.cursor.column < indent) && self.cursor.byte(0) == b'\t' {
                return Err(self.error("found a tab character where an indentation space is expected"));
            }
            match self.cursor.take_break() {
                Some(line_break) => empty_lines.push(line_break),
                None => break,
            }
        }
        indent.get_or_insert(widest.max(self.least_column()).max(1));
        Ok(())
    }
}
