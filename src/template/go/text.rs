//! What the functions of a Go template make of text.

use crate::template::format::literal::printable;

/// Text for HTML: quotes, ampersands and angle brackets escaped.
pub(super) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            0 => out.extend_from_slice("\u{fffd}".as_bytes()),
            b'"' => out.extend_from_slice(b"&#34;"),
            b'\'' => out.extend_from_slice(b"&#39;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            b'<' => out.extend_from_slice(b"&lt;"),
            b'>' => out.extend_from_slice(b"&gt;"),
            byte => out.push(byte),
        }
    }
    out
}

/// Text for a JavaScript string.
pub(super) fn js(text: &[u8]) -> Vec<u8> {
    let mut out = String::new();
    for letter in String::from_utf8_lossy(text).chars() {
        match letter {
            '\\' | '\'' | '"' => {
                out.push('\\');
                out.push(letter);
            }
            '<' | '>' | '&' | '=' => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
            _ if letter.is_ascii() && letter >= ' ' || printable(letter) => out.push(letter),
            _ => out.push_str(&format!("\\u{:04X}", u32::from(letter))),
        }
    }
    out.into_bytes()
}

/// Text for a URL's query.
pub(super) fn url_query(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'-' | b'_' | b'.' | b'~' => out.push(byte),
            byte if byte.is_ascii_alphanumeric() => out.push(byte),
            byte => out.extend_from_slice(format!("%{byte:02X}").as_bytes()),
        }
    }
    out
}

/// Decodes padded base64 with line breaks anywhere, as Go's `base64.StdEncoding`.
///
/// # Errors
/// The byte that Go complains of.
pub(super) fn decode(text: &[u8]) -> Result<Vec<u8>, String> {
    let corrupt = |at: usize| Err(format!("base64 decode failed: illegal base64 data at input byte {at}"));
    let mut symbols = text.iter().enumerate().filter(|(_, byte)| !matches!(byte, b'\r' | b'\n'));
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    loop {
        let mut group = 0u32;
        let mut length = 0;
        while length < 4 {
            let Some((at, &byte)) = symbols.next() else {
                // Go names the byte as far before the end as symbols are left over, whatever line breaks are between.
                return if length == 0 { Ok(out) } else { corrupt(text.len() - length) };
            };
            if byte == b'=' {
                if length < 2 {
                    return corrupt(at);
                }
                if length == 2 {
                    match symbols.next() {
                        Some((_, b'=')) => {}
                        Some((next, _)) => return corrupt(next - 1),
                        None => return corrupt(text.len()),
                    }
                }
                if let Some((at, _)) = symbols.next() {
                    return corrupt(at);
                }
                group <<= 6 * (4 - length);
                out.extend_from_slice(&group.to_be_bytes()[1..length]);
                return Ok(out);
            }
            let Some(bits) = symbol(byte) else {
                return corrupt(at);
            };
            group = group << 6 | bits;
            length += 1;
        }
        out.extend_from_slice(&group.to_be_bytes()[1..]);
    }
}

fn symbol(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decode_of_broken_text_names_the_byte_that_go_names() {
        let cases = [
            ("???", 0),
            ("YQ", 0),
            ("YWI", 0),
            ("YWJj=", 4),
            ("YQ=", 3),
            ("YQ=a", 2),
            ("YQ==YQ==", 4),
            ("YWJj!", 4),
        ];
        for (text, at) in cases {
            assert_eq!(
                decode(text.as_bytes()),
                Err(format!("base64 decode failed: illegal base64 data at input byte {at}")),
                "{text}"
            );
        }
        assert_eq!(decode(b"YW\r\nJ\njYQ=\n=\n").unwrap(), b"abca");
    }

    proptest! {
        #[test]
        fn decode_of_any_encoded_bytes_gives_them_back(bytes: Vec<u8>) {
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            prop_assert_eq!(decode(text.as_bytes()), Ok(bytes));
        }
    }
}
