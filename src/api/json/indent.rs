//! Laying JSON out anew without making values of it: numbers and escapes stay as they are written.

use super::{SyntaxError, read::parse};

/// Appends `text` as Go's `json.Indent` lays it out, two spaces a level. White space before the value is dropped, that
/// behind it stays.
///
/// # Errors
/// Where `text` is not JSON.
pub fn indent(out: &mut Vec<u8>, text: &[u8]) -> Result<(), SyntaxError> {
    parse(text)?;
    let text = text.trim_ascii_start();
    let (value, rest) = text.split_at(text.trim_ascii_end().len());
    let mut depth = 0;
    // Whether an object or a list has begun and nothing in it has been seen.
    let mut is_empty = false;
    let mut bytes = value.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte.is_ascii_whitespace() {
            continue;
        }
        let closes = matches!(byte, b'}' | b']');
        if is_empty && !closes {
            depth += 1;
            new_line(out, depth);
        } else if closes && !is_empty {
            depth -= 1;
            new_line(out, depth);
        }
        is_empty = matches!(byte, b'{' | b'[');
        out.push(byte);
        match byte {
            b',' => new_line(out, depth),
            b':' => out.push(b' '),
            b'"' => string(out, &mut bytes),
            _ => {}
        }
    }
    out.extend_from_slice(rest);
    Ok(())
}

fn new_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + depth * 2, b' ');
}

/// Appends the rest of a string, up to its end.
fn string(out: &mut Vec<u8>, bytes: &mut impl Iterator<Item = u8>) {
    let mut is_escaped = false;
    for byte in bytes {
        out.push(byte);
        match byte {
            b'"' if !is_escaped => return,
            _ => is_escaped = byte == b'\\' && !is_escaped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laid_out(text: &str) -> String {
        let mut out = Vec::new();
        indent(&mut out, text.as_bytes()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn indent_keeps_numbers_escapes_and_the_break_at_the_end() {
        assert_eq!(
            laid_out(" {\"b\":1.50,\"a\":[ ],\"c\":{},\"d\":\"<\\u003e\\\",:\",\"e\":[1, {\"f\":null}]}\n"),
            "{\n  \"b\": 1.50,\n  \"a\": [],\n  \"c\": {},\n  \"d\": \"<\\u003e\\\",:\",\n  \"e\": [\n    1,\n    {\n      \"f\": null\n    }\n  ]\n}\n"
        );
        assert_eq!(laid_out("\"a b\"  "), "\"a b\"  ");
    }

    #[test]
    fn indent_of_what_is_not_json_fails_as_go_does() {
        let fault = |text: &str| indent(&mut Vec::new(), text.as_bytes()).unwrap_err().message;
        assert_eq!(fault("{\"a"), "unexpected end of JSON input");
        assert_eq!(fault("{} x"), "invalid character 'x' after top-level value");
    }
}
