//! Writing JSON as Go's `encoding/json` does: `<`, `>`, `&` and the line separators escaped, floats in Go's form.

use crate::api::Value;

/// Appends `value` without white space.
pub fn to_compact(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                to_compact(out, item);
            }
            out.push(b']');
        }
        Value::Object(map) => {
            out.push(b'{');
            for (i, (key, value)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                string(out, key);
                out.push(b':');
                to_compact(out, value);
            }
            out.push(b'}');
        }
        scalar => write_scalar(out, scalar),
    }
}

/// Appends `value` as `json.MarshalIndent` with four spaces prints it, without a line break at the end.
/// `depth` is how many levels the text around it is indented; the first line is not indented again.
pub fn to_indented(out: &mut Vec<u8>, value: &Value<'_>, depth: usize) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                new_line(out, depth + 1);
                to_indented(out, item, depth + 1);
            }
            new_line(out, depth);
            out.push(b']');
        }
        Value::Object(map) if !map.is_empty() => {
            out.push(b'{');
            for (i, (key, value)) in map.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                new_line(out, depth + 1);
                string(out, key);
                out.extend_from_slice(b": ");
                to_indented(out, value, depth + 1);
            }
            new_line(out, depth);
            out.push(b'}');
        }
        other => to_compact(out, other),
    }
}

/// Appends a line break and the indentation of `depth` levels.
pub fn new_line(out: &mut Vec<u8>, depth: usize) {
    out.push(b'\n');
    out.resize(out.len() + depth * 4, b' ');
}

fn write_scalar(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Float(number) => out.extend_from_slice(float(*number).as_bytes()),
        Value::String(text) => string(out, text),
        _ => out.extend_from_slice(b"null"),
    }
}

/// Appends `text` in quotes.
pub fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0x08 => b"\\b",
            0x0c => b"\\f",
            b'<' => b"\\u003c",
            b'>' => b"\\u003e",
            b'&' => b"\\u0026",
            // U+2028 and U+2029 are E2 80 A8 and E2 80 A9: the escape replaces all three bytes.
            0xe2 if bytes[at..].starts_with(b"\xe2\x80\xa8") => b"\\u2028",
            0xe2 if bytes[at..].starts_with(b"\xe2\x80\xa9") => b"\\u2029",
            0x00..0x20 => {
                out.extend_from_slice(&bytes[start..at]);
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                start = at + 1;
                continue;
            }
            _ => continue,
        };
        out.extend_from_slice(&bytes[start..at]);
        out.extend_from_slice(escape);
        start = at + if byte == 0xe2 { 3 } else { 1 };
    }
    out.extend_from_slice(&bytes[start..]);
    out.push(b'"');
}

/// A float as Go's `encoding/json` prints it: shortest digits, an exponent below 1e-6 and from 1e21 on.
pub fn float(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = shortest(number, format!("{number:e}"));
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    shortest(number, format!("{number}"))
}

/// `text`, the shortest form of `number`, with Go's choice of the last digit: where two forms are equally near, Rust
/// takes the greater one, Go the even one. `652691531838616.25` is `652691531838616.2`.
pub fn shortest(number: f64, mut text: String) -> String {
    let end = text.find('e').unwrap_or(text.len());
    // Only numbers with as many digits as an f64 holds have a neighbour as short, and only an odd digit can be wrong.
    if end < 16 || !matches!(text.as_bytes()[end - 1], b'1' | b'3' | b'5' | b'7' | b'9') {
        return text;
    }
    let digits: Vec<u8> = text.bytes().take(end).filter(u8::is_ascii_digit).collect();
    let count = digits.iter().skip_while(|&&digit| digit == b'0').count();
    // One digit more than the short form has, and enough behind it to see that there is nothing but that digit: a five.
    let exact = format!("{number:.40e}");
    let exact: Vec<u8> = exact.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit).collect();
    let tie = exact.get(count) == Some(&b'5') && exact[count + 1..].iter().all(|&digit| digit == b'0');
    if tie && let Some(lower) = char::from_u32(u32::from(text.as_bytes()[end - 1]) - 1) {
        let even = format!("{}{lower}{}", &text[..end - 1], &text[end..]);
        if even.parse() == Ok(number) {
            text = even;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::json::parse;

    fn indented(text: &str) -> String {
        let mut out = Vec::new();
        to_indented(&mut out, &parse(text.as_bytes()).unwrap(), 0);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn to_indented_prints_empty_collections_on_one_line() {
        assert_eq!(
            indented(r#"{"b":[],"a":{"x":[1,{}]}}"#),
            "{\n    \"a\": {\n        \"x\": [\n            1,\n            {}\n        ]\n    },\n    \"b\": []\n}"
        );
    }

    #[test]
    fn string_escapes_what_go_escapes() {
        let mut out = Vec::new();
        string(&mut out, "<a&b>\u{2028}\u{2029}\u{1}\u{8}é\u{7f}");
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "\"\\u003ca\\u0026b\\u003e\\u2028\\u2029\\u0001\\bé\u{7f}\""
        );
    }

    #[test]
    fn float_takes_go_forms() {
        let texts = [
            (1.0, "1"),
            (1.5, "1.5"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (-0.0, "-0"),
            (1e-9, "1e-9"),
            (652_691_531_838_616.2, "652691531838616.2"),
            (652_691_531_838_616.8, "652691531838616.8"),
            (-652_691_531_838_617.2, "-652691531838617.2"),
        ];
        for (number, text) in texts {
            assert_eq!(float(number), text);
        }
    }

    proptest! {
        #[test]
        fn string_of_any_text_reads_back_the_same(text: String) {
            let mut out = Vec::new();
            string(&mut out, &text);
            let value = parse(&out).unwrap();
            prop_assert_eq!(value.as_str(), Some(text.as_str()));
        }

        #[test]
        fn float_of_any_number_reads_back_the_same(number in any::<f64>().prop_filter("finite", |x| x.is_finite())) {
            prop_assert_eq!(float(number).parse::<f64>().unwrap(), number);
        }
    }
}
