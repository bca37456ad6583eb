//! Text in quotes as Go's `%q` writes it (`strconv.Quote`).

use std::fmt::Write;

/// The text in double quotes, with Go's escapes for what does not print.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    text.chars().for_each(|letter| escape(&mut quoted, letter, '"'));
    quoted.push('"');
    quoted
}

/// The letter in single quotes, as Go's `%q` writes a rune.
pub fn quote_char(letter: char) -> String {
    let mut quoted = String::from('\'');
    escape(&mut quoted, letter, '\'');
    quoted.push('\'');
    quoted
}

fn escape(out: &mut String, letter: char, delimiter: char) {
    let short = match letter {
        '\x07' => 'a',
        '\x08' => 'b',
        '\x0c' => 'f',
        '\n' => 'n',
        '\r' => 'r',
        '\t' => 't',
        '\x0b' => 'v',
        '\\' => '\\',
        letter if letter == delimiter => delimiter,
        letter => {
            let code = u32::from(letter);
            // Writing to a string does not fail.
            _ = match code {
                ..0x20 | 0x7f => write!(out, "\\x{code:02x}"),
                _ if is_printable(letter) => out.write_char(letter),
                ..0x1_0000 => write!(out, "\\u{code:04x}"),
                _ => write!(out, "\\U{code:08x}"),
            };
            return;
        }
    };
    out.push('\\');
    out.push(short);
}

/// Whether a letter shows, as Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
/// Rust's debug form knows, when the letter does not come first (an accent needs a base).
pub fn is_printable(letter: char) -> bool {
    if letter.is_ascii() {
        return !letter.is_ascii_control();
    }
    let mut buffer = [b'a'; 5];
    let length = letter.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length]).is_ok_and(|text| text.escape_debug().nth(1) == Some(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quote_escapes_what_go_escapes() {
        for (text, quoted) in [
            ("plain", r#""plain""#),
            ("a\"b'c\\", r#""a\"b'c\\""#),
            ("\n\t\x07\x1b\x7f", r#""\n\t\a\x1b\x7f""#),
            ("é 界 🦀", r#""é 界 🦀""#),
            ("\u{a0}\u{200b}\u{e000}", r#""\u00a0\u200b\ue000""#),
            ("\u{e0001}", r#""\U000e0001""#),
            ("e\u{301}", "\"e\u{301}\""),
        ] {
            assert_eq!(quote(text), quoted);
        }
    }

    #[test]
    fn quote_char_escapes_the_single_quote_only() {
        assert_eq!(quote_char('\''), r"'\''");
        assert_eq!(quote_char('"'), "'\"'");
    }
}
