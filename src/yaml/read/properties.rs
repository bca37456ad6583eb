//! Anchors, aliases, tags and directives.

use super::{
    SyntaxError,
    scan::{Kind, Scanner},
};

/// What an anchor, a handle or a directive is named with.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// What may stand in a tag beside [`is_word`].
fn is_uri(byte: u8) -> bool {
    is_word(byte)
        || matches!(
            byte,
            b';' | b'/'
                | b'?'
                | b':'
                | b'@'
                | b'&'
                | b'='
                | b'+'
                | b'$'
                | b','
                | b'.'
                | b'!'
                | b'~'
                | b'*'
                | b'\''
                | b'('
                | b')'
                | b'['
                | b']'
                | b'%'
        )
}

impl<'a> Scanner<'a> {
    /// Takes the longest run of bytes of a word.
    fn word(&mut self) -> &'a str {
        let mut length = 0;
        while is_word(self.cursor.byte(length)) {
            length += 1;
        }
        self.cursor.take_to(self.cursor.at + length)
    }

    /// The name behind `&` or `*`.
    pub(super) fn anchor(&mut self) -> Result<&'a str, SyntaxError> {
        self.cursor.skip(1);
        let name = self.word();
        let ends = self.cursor.blank_or_end_at(0) || matches!(self.cursor.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            return Err(self.error("did not find expected alphabetic or numeric character"));
        }
        Ok(name)
    }

    /// `!<whole>`, `!handle!suffix`, `!suffix` or `!`.
    pub(super) fn tag(&mut self) -> Result<Kind<'a>, SyntaxError> {
        let kind = if self.cursor.byte(1) == b'<' {
            self.cursor.skip(2);
            let suffix = self.tag_uri("")?;
            if self.cursor.byte(0) != b'>' {
                return Err(self.error("did not find the expected '>'"));
            }
            self.cursor.skip(1);
            Kind::Tag { handle: "", suffix }
        } else {
            let handle = self.tag_handle();
            if handle.len() > 1 && handle.ends_with('!') {
                let suffix = self.tag_uri("")?;
                Kind::Tag { handle, suffix }
            } else {
                match self.tag_uri(handle)? {
                    suffix if suffix.is_empty() => Kind::Tag {
                        handle: "",
                        suffix: "!".into(),
                    },
                    suffix => Kind::Tag { handle: "!", suffix },
                }
            }
        };
        if !self.cursor.blank_or_end_at(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(kind)
    }

    /// `!`, `!word` or `!word!`; the place must be at a `!`.
    fn tag_handle(&mut self) -> &'a str {
        let start = self.cursor.at;
        self.cursor.skip(1);
        self.word();
        if self.cursor.byte(0) == b'!' {
            self.cursor.skip(1);
        }
        &self.cursor.text[start..self.cursor.at]
    }

    /// The rest of a tag, behind what was taken for its handle at first.
    fn tag_uri(&mut self, head: &str) -> Result<String, SyntaxError> {
        let mut uri = head.get(1..).unwrap_or_default().as_bytes().to_vec();
        let mut found = !head.is_empty();
        while is_uri(self.cursor.byte(0)) {
            if self.cursor.byte(0) == b'%' {
                self.tag_escape(&mut uri)?;
            } else {
                uri.push(self.cursor.byte(0));
                self.cursor.skip(1);
            }
            found = true;
        }
        if !found {
            return Err(self.error("did not find expected tag URI"));
        }
        Ok(String::from_utf8_lossy(&uri).into_owned())
    }

    /// One character in the form `%E2%80%A8`.
    fn tag_escape(&mut self, uri: &mut Vec<u8>) -> Result<(), SyntaxError> {
        let mut left = None;
        while left != Some(0) {
            let digit = |ahead| char::from(self.cursor.byte(ahead)).to_digit(16);
            let (b'%', Some(high), Some(low)) = (self.cursor.byte(0), digit(1), digit(2)) else {
                return Err(self.error("did not find URI escaped octet"));
            };
            let octet = (high * 16 + low) as u8;
            left = Some(match (left, octet) {
                (None, 0..=0x7f) => 0,
                (None, 0xc0..=0xdf) => 1,
                (None, 0xe0..=0xef) => 2,
                (None, 0xf0..=0xf7) => 3,
                (None, _) => return Err(self.error("found an incorrect leading UTF-8 octet")),
                (Some(left), 0x80..=0xbf) => left - 1,
                (Some(_), _) => return Err(self.error("found an incorrect trailing UTF-8 octet")),
            });
            uri.push(octet);
            self.cursor.skip(3);
        }
        Ok(())
    }

    /// `%YAML 1.1` or `%TAG ! prefix`, to the end of its line.
    pub(super) fn directive(&mut self) -> Result<Kind<'a>, SyntaxError> {
        self.cursor.skip(1);
        let name = self.word();
        if name.is_empty() {
            return Err(self.error("could not find expected directive name"));
        }
        if !self.cursor.blank_or_end_at(0) {
            return Err(self.error("found unexpected non-alphabetical character"));
        }
        let kind = match name {
            "YAML" => {
                self.cursor.skip_blanks();
                let major = self.version_number()?;
                if self.cursor.byte(0) != b'.' {
                    return Err(self.error("did not find expected digit or '.' character"));
                }
                self.cursor.skip(1);
                Kind::Version(major, self.version_number()?)
            }
            "TAG" => self.tag_directive()?,
            _ => return Err(self.error("found unknown directive name")),
        };
        self.cursor.skip_blanks();
        self.cursor.skip_comment();
        if !self.cursor.line_ended() {
            return Err(self.error("did not find expected comment or line break"));
        }
        self.cursor.take_break();
        Ok(kind)
    }

    fn version_number(&mut self) -> Result<u8, SyntaxError> {
        let mut number = 0;
        let mut length = 0;
        while self.cursor.byte(0).is_ascii_digit() {
            length += 1;
            if length > 2 {
                return Err(self.error("found extremely long version number"));
            }
            number = number * 10 + (self.cursor.byte(0) - b'0');
            self.cursor.skip(1);
        }
        if length == 0 {
            return Err(self.error("did not find expected version number"));
        }
        Ok(number)
    }

    fn tag_directive(&mut self) -> Result<Kind<'a>, SyntaxError> {
        self.cursor.skip_blanks();
        if self.cursor.byte(0) != b'!' {
            return Err(self.error("did not find expected '!'"));
        }
        let handle = self.tag_handle();
        if handle != "!" && !handle.ends_with('!') {
            return Err(self.error("did not find expected '!'"));
        }
        if !self.cursor.blank_at(0) {
            return Err(self.error("did not find expected whitespace"));
        }
        self.cursor.skip_blanks();
        let prefix = self.tag_uri("")?;
        if !self.cursor.blank_or_end_at(0) {
            return Err(self.error("did not find expected whitespace or line break"));
        }
        Ok(Kind::TagDirective(handle, prefix))
    }
}
