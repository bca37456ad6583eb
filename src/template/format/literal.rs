//! Strings and characters as they stand in Go's source.

use std::str::Chars;

/// Appends `text` as `%q` and `strconv.Quote` write it. Bytes that are no UTF-8 become `\x…`.
pub fn quote(out: &mut Vec<u8>, text: &[u8]) {
    quote_with(out, text, '"', false);
}

/// As [`quote`], with another quotation mark or without letters beyond ASCII.
pub(super) fn quote_with(out: &mut Vec<u8>, text: &[u8], quote: char, only_ascii: bool) {
    push(out, quote);
    for chunk in text.utf8_chunks() {
        for letter in chunk.valid().chars() {
            escape(out, letter, quote, only_ascii);
        }
        for byte in chunk.invalid() {
            out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
        }
    }
    push(out, quote);
}

/// The text in quotes, as text.
pub fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    quote(&mut out, text.as_bytes());
    String::from_utf8(out).unwrap_or_default()
}

pub(super) fn push(out: &mut Vec<u8>, letter: char) {
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Appends one character as it stands between `quote`s.
fn escape(out: &mut Vec<u8>, letter: char, quote: char, only_ascii: bool) {
    let short = match letter {
        '\\' => '\\',
        _ if letter == quote => quote,
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\u{c}' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\u{b}' => 'v',
        _ if printable(letter) && (letter.is_ascii() || !only_ascii) => return push(out, letter),
        _ => {
            let code = u32::from(letter);
            let text = match code {
                0..0x80 => format!("\\x{code:02x}"),
                0x80..0x10000 => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
            return out.extend_from_slice(text.as_bytes());
        }
    };
    out.push(b'\\');
    push(out, short);
}

/// Whether Go's `unicode.IsPrint` holds: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn printable(letter: char) -> bool {
    if letter.is_ascii() {
        return matches!(letter, ' '..='~');
    }
    // The standard library keeps its table of printable characters to itself, but escapes by it. A letter goes first,
    // because a mark is escaped where nothing stands before it.
    let mut buffer = [b'a'; 5];
    let length = letter.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(letter))
}

/// A character in the form of `%#U`: `U+0026 '&'`, the character only where it can be printed.
pub fn code_point(letter: char) -> String {
    let code = u32::from(letter);
    if printable(letter) {
        format!("U+{code:04X} '{letter}'")
    } else {
        format!("U+{code:04X}")
    }
}

/// What Go's escapes in `text` stand for, as `strconv.Unquote` reads them between two `quote`s; nothing where they are
/// wrong.
pub fn unescape(text: &str, quote: char) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == quote {
            return None;
        }
        if letter != '\\' {
            push(&mut bytes, letter);
            continue;
        }
        match letters.next()? {
            'a' => bytes.push(7),
            'b' => bytes.push(8),
            'f' => bytes.push(12),
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            'v' => bytes.push(11),
            '\\' => bytes.push(b'\\'),
            'x' => bytes.push(u8::try_from(code(&mut letters, 16, 2)?).ok()?),
            first @ '0'..='7' => {
                let rest = code(&mut letters, 8, 2)?;
                bytes.push(u8::try_from(first.to_digit(8)? * 64 + rest).ok()?);
            }
            'u' => push(&mut bytes, char::from_u32(code(&mut letters, 16, 4)?)?),
            'U' => push(&mut bytes, char::from_u32(code(&mut letters, 16, 8)?)?),
            letter if letter == quote => push(&mut bytes, letter),
            _ => return None,
        }
    }
    Some(bytes)
}

/// The number that the next `digits` digits write.
fn code(letters: &mut Chars<'_>, radix: u32, digits: usize) -> Option<u32> {
    (0..digits).try_fold(0u32, |code, _| {
        let digit = letters.next()?.to_digit(radix)?;
        code.checked_mul(radix)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quoted_escapes_what_go_escapes() {
        let cases = [
            ("a\"b\\", r#""a\"b\\""#),
            ("\u{7}\u{8}\u{c}\n\r\t\u{b}\u{1}\u{7f}", r#""\a\b\f\n\r\t\v\x01\x7f""#),
            ("a\u{a0}b\u{200b}c\u{fffd}\u{2028}é☃", "\"a\\u00a0b\\u200bc\u{fffd}\\u2028é☃\""),
            ("e\u{301}\u{301}", "\"e\u{301}\u{301}\""),
            ("\u{10ffff}😀", "\"\\U0010ffff😀\""),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected);
        }
        let mut out = Vec::new();
        quote(&mut out, b"a\xffb");
        assert_eq!(out, b"\"a\\xffb\"");
    }

    #[test]
    fn unescape_of_wrong_escapes_is_nothing() {
        for text in ["\\", "\\q", "\\x4", "\\xgg", "\\400", "\\ud800", "\\U00110000", "\\'", "a\"b"] {
            assert_eq!(unescape(text, '"'), None, "{text}");
        }
        assert_eq!(unescape("\\377\\xe9", '"').as_deref(), Some(b"\xff\xe9".as_slice()));
    }

    proptest! {
        #[test]
        fn unescape_of_any_quoted_bytes_gives_them_back(bytes: Vec<u8>) {
            let mut out = Vec::new();
            quote(&mut out, &bytes);
            let text = String::from_utf8(out).unwrap();
            prop_assert_eq!(unescape(&text[1..text.len() - 1], '"'), Some(bytes));
        }
    }
}
