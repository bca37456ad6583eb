//! Base64 as Go's `encoding/base64` reads it, with its complaint about what is none.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Standard base64 as Go reads it: padded, and indifferent to bits left over.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes of base64 text; line breaks in it do not count.
///
/// # Errors
/// Go's sentence, with the place of the first character that does not belong there.
pub fn decode(text: &str) -> Result<Vec<u8>, String> {
    let broken = text.bytes().any(|byte| matches!(byte, b'\r' | b'\n'));
    let decoded = if broken {
        let joined: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
        BASE64.decode(joined)
    } else {
        BASE64.decode(text)
    };
    decoded.map_err(|_| format!("illegal base64 data at input byte {}", mistake(text.as_bytes())))
}

/// Where Go stops in base64 text that is not right.
fn mistake(text: &[u8]) -> usize {
    let is_break = |byte: u8| matches!(byte, b'\r' | b'\n');
    let mut at = 0;
    let skip_breaks = |at: &mut usize| {
        while text.get(*at).is_some_and(|byte| is_break(*byte)) {
            *at += 1;
        }
    };
    loop {
        let mut digits = 0;
        while digits < 4 {
            skip_breaks(&mut at);
            let Some(byte) = text.get(at) else {
                // The end in the middle of four characters: Go names the first of those that are too few.
                return at - digits;
            };
            at += 1;
            if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') {
                digits += 1;
                continue;
            }
            if *byte != b'=' || digits < 2 {
                return at - 1;
            }
            if digits == 2 {
                skip_breaks(&mut at);
                match text.get(at) {
                    None => return text.len(),
                    Some(b'=') => at += 1,
                    Some(_) => return at - 1,
                }
            }
            skip_breaks(&mut at);
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_passes_over_line_breaks_and_bits_left_over() {
        assert_eq!(decode("YWJj").unwrap(), b"abc");
        assert_eq!(decode("YW\r\nJj\n").unwrap(), b"abc");
        assert_eq!(decode("YR==").unwrap(), b"a");
    }

    #[test]
    fn decode_of_other_text_says_where_go_stops() {
        for (text, place) in [
            ("zz!", 2),
            ("YWJ", 0),
            ("YWJj=", 4),
            ("YW=j", 2),
            ("YW==YWJj", 4),
            ("YW=", 3),
            ("=", 0),
            ("YWJjYW", 4),
        ] {
            let want = format!("illegal base64 data at input byte {place}");
            assert_eq!(decode(text).unwrap_err(), want, "{text}");
        }
    }
}
