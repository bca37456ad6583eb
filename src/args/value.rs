//! A flag's value: what was typed into what it means, as Go's `strconv`, `encoding/csv` and pflag read it, with their sentences.

use jiff::SignedDuration;

use super::Kind;
use crate::api::{duration, quote};

/// What a flag's value means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// Of a switch.
    Bool(bool),
    /// Of any number.
    Int(i64),
    /// Of a duration.
    Duration(SignedDuration),
    /// Of a text.
    Text(String),
    /// Of one use of a flag that collects values.
    List(Vec<String>),
    /// Of one use of a flag that collects pairs.
    Pairs(Vec<(String, String)>),
}

/// Reads a value.
///
/// # Errors
/// What Go says of it: `strconv.ParseInt: parsing "x": invalid syntax`.
pub fn read(kind: Kind, text: &str) -> Result<Meaning, String> {
    Ok(match kind {
        Kind::Bool | Kind::Tristate => Meaning::Bool(boolean(text)?),
        Kind::String => Meaning::Text(text.to_owned()),
        Kind::Int | Kind::Int64 => Meaning::Int(integer(text, 0, 64)?),
        Kind::Int32 => Meaning::Int(integer(text, 0, 32)?),
        Kind::Level => Meaning::Int(integer(text, 10, 32)?),
        Kind::Duration => Meaning::Duration(duration::parse(text)?),
        Kind::GoDuration => Meaning::Duration(duration::parse(text).map_err(|_| "parse error".to_owned())?),
        Kind::StringArray => Meaning::List(vec![text.to_owned()]),
        Kind::StringSlice => Meaning::List(comma_separated(text)?),
        Kind::StringToString => Meaning::Pairs(csv_pairs(text)?),
        Kind::MapStringString => Meaning::Pairs(plain_pairs(text)?),
        Kind::Modules => {
            modules(text)?;
            Meaning::Text(text.to_owned())
        }
    })
}

/// A truth as Go's `strconv.ParseBool` reads it.
///
/// # Errors
/// What Go says of any other word.
pub fn boolean(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quote(text))),
    }
}

/// Go's `strconv.ParseInt`. Base 0 takes the base from the prefix (`0x`, `0o`, `0b`, `0`) and allows underscores between digits.
pub fn integer(text: &str, base: u32, bits: u32) -> Result<i64, String> {
    let invalid = || format!("strconv.ParseInt: parsing {}: invalid syntax", quote(text));
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits, prefixed) = match (base, digits.as_bytes()) {
        (0, [b'0', b'x' | b'X', _, ..]) => (16, &digits[2..], true),
        (0, [b'0', b'o' | b'O', _, ..]) => (8, &digits[2..], true),
        (0, [b'0', b'b' | b'B', _, ..]) => (2, &digits[2..], true),
        (0, [b'0', _, ..]) => (8, &digits[1..], true),
        (0, _) => (10, digits, false),
        (base, _) => (base, digits, false),
    };
    let mut value = Some(0_u64);
    // An underscore stands between digits, or between a prefix and a digit.
    let mut after_digit = prefixed;
    let mut any = false;
    for letter in digits.chars() {
        if letter == '_' && base == 0 && after_digit {
            after_digit = false;
            continue;
        }
        let digit = letter.to_digit(radix).ok_or_else(invalid)?;
        value = value
            .and_then(|value| value.checked_mul(radix.into()))
            .and_then(|value| value.checked_add(digit.into()));
        after_digit = true;
        any = true;
    }
    if !after_digit || !any {
        return Err(invalid());
    }
    let limit = 1_u64 << (bits - 1);
    match (negative, value) {
        (true, Some(value)) if value <= limit => Ok((value as i64).wrapping_neg()),
        (false, Some(value)) if value < limit => Ok(value as i64),
        _ => Err(format!("strconv.ParseInt: parsing {}: value out of range", quote(text))),
    }
}

/// One line of CSV, as pflag reads a string slice: an empty text has no values, and only the first line counts.
fn comma_separated(text: &str) -> Result<Vec<String>, String> {
    if text.is_empty() { Ok(Vec::new()) } else { csv_record(text) }
}

/// The first record of a CSV text, as Go's `encoding/csv` reads it.
fn csv_record(text: &str) -> Result<Vec<String>, String> {
    const QUOTED: &str = "extraneous or missing \" in quoted-field";
    // Go reads line by line, and drops a carriage return before a line's end.
    let text = text.replace("\r\n", "\n");
    let text = text.strip_suffix('\r').unwrap_or(&text);
    // Empty lines come before the first record; the line number counts them.
    let rest = text.trim_start_matches('\n');
    if rest.is_empty() {
        return Err("EOF".to_owned());
    }
    let start = text.len() - rest.len() + 1;
    // `over` is how far behind `position` the error is, on the same line.
    let error = |position: usize, over: usize, what: &str| {
        let line = start + rest[..position].matches('\n').count();
        let column = position - rest[..position].rfind('\n').map_or(0, |last| last + 1) + 1 + over;
        syntax(start, line, column, what)
    };
    let ends_line = |position: usize| matches!(rest.as_bytes().get(position), None | Some(b'\n'));
    let (mut fields, mut position) = (Vec::new(), 0);
    loop {
        let mut field = String::new();
        if rest[position..].starts_with('"') {
            position += 1;
            loop {
                let Some(length) = rest[position..].find('"') else {
                    // The end of the text is the end of its last line, of which the line break is a part.
                    let last = rest.strip_suffix('\n').map_or(rest.len(), str::len);
                    return Err(error(last, rest.len() - last, QUOTED));
                };
                field.push_str(&rest[position..position + length]);
                position += length + 1;
                match rest.as_bytes().get(position) {
                    Some(b'"') => {
                        field.push('"');
                        position += 1;
                    }
                    None | Some(b',' | b'\n') => break,
                    // Go points at the quote.
                    Some(_) => return Err(error(position - 1, 0, QUOTED)),
                }
            }
        } else {
            let length = rest[position..].find(['"', ',', '\n']).unwrap_or(rest.len() - position);
            field.push_str(&rest[position..position + length]);
            position += length;
            if rest[position..].starts_with('"') {
                return Err(error(position, 0, "bare \" in non-quoted-field"));
            }
        }
        fields.push(field);
        if ends_line(position) {
            return Ok(fields);
        }
        position += 1;
    }
}

/// A CSV error in Go's words: the record's first line where it is another one than the error's; columns in bytes from 1.
fn syntax(start: usize, line: usize, column: usize, what: &str) -> String {
    if start == line {
        format!("parse error on line {line}, column {column}: {what}")
    } else {
        format!("record on line {start}; parse error on line {line}, column {column}: {what}")
    }
}

/// pflag's `stringToString`: one pair as it stands, several as CSV.
fn csv_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let entries = match text.matches('=').count() {
        0 => return Err(format!("{text} must be formatted as key=value")),
        1 => vec![text.trim_matches('"').to_owned()],
        _ => csv_record(text)?,
    };
    entries
        .iter()
        .map(|entry| {
            let (key, value) = entry
                .split_once('=')
                .ok_or_else(|| format!("{entry} must be formatted as key=value"))?;
            Ok((key.to_owned(), value.to_owned()))
        })
        .collect()
}

/// component-base's `mapStringString`: pairs between commas, with spaces around keys and values left out.
fn plain_pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').ok_or("malformed pair, expect string=string")?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// klog's `pattern=N,…`.
fn modules(text: &str) -> Result<(), String> {
    for module in text.split(',').filter(|module| !module.is_empty()) {
        let level = match module.split('=').collect::<Vec<_>>()[..] {
            [pattern, level] if !pattern.is_empty() && !level.is_empty() => integer(level, 10, 32).ok(),
            _ => None,
        };
        if level.ok_or("syntax error: expect comma-separated list of filename=N")? < 0 {
            return Err("negative value for vmodule level".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integer_reads_go_s_bases() {
        for (text, number) in [
            ("5", 5),
            ("-1", -1),
            ("+7", 7),
            ("0", 0),
            ("0x1F", 31),
            ("017", 15),
            ("0o17", 15),
            ("0b101", 5),
            ("1_000", 1000),
            ("0x_f", 15),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(integer(text, 0, 64), Ok(number), "{text}");
        }
        assert_eq!(integer("017", 10, 32), Ok(17));
    }

    #[test]
    fn integer_of_what_is_no_number_says_what_go_says() {
        for text in ["", "-", "bogus", "1.5", "1__0", "_1", "1_", "0x", "08", " 1", "1 "] {
            assert_eq!(
                integer(text, 0, 64),
                Err(format!("strconv.ParseInt: parsing \"{text}\": invalid syntax")),
                "{text}"
            );
        }
        for (text, bits) in [
            ("9223372036854775808", 64),
            ("-2147483649", 32),
            ("2147483648", 32),
            ("99999999999999999999999", 64),
        ] {
            assert_eq!(
                integer(text, 0, bits),
                Err(format!("strconv.ParseInt: parsing \"{text}\": value out of range"))
            );
        }
    }

    #[test]
    fn comma_separated_reads_go_s_csv() {
        for (text, values) in [
            ("", vec![]),
            ("a", vec!["a"]),
            ("a,b", vec!["a", "b"]),
            ("a,,", vec!["a", "", ""]),
            (",", vec!["", ""]),
            ("\"a,b\",c", vec!["a,b", "c"]),
            ("\"say \"\"hi\"\"\"", vec!["say \"hi\""]),
            ("a\nb", vec!["a"]),
            ("\n\na", vec!["a"]),
            ("\"a\nb\",c", vec!["a\nb", "c"]),
        ] {
            assert_eq!(
                comma_separated(text),
                Ok(values.into_iter().map(str::to_owned).collect()),
                "{text:?}"
            );
        }
    }

    #[test]
    fn comma_separated_of_stray_quotes_says_what_go_says() {
        let quoted = "extraneous or missing \" in quoted-field";
        for (text, place, what) in [
            ("a\"b", "line 1, column 2", "bare \" in non-quoted-field"),
            ("é\"b", "line 1, column 3", "bare \" in non-quoted-field"),
            ("\n\na\"b", "line 3, column 2", "bare \" in non-quoted-field"),
            ("\"a\"b", "line 1, column 3", quoted),
            ("\"é\"b", "line 1, column 4", quoted),
            ("\"ab", "line 1, column 4", quoted),
            ("\"ab,c", "line 1, column 6", quoted),
            ("\"", "line 1, column 2", quoted),
            ("\"ab\n", "line 1, column 5", quoted),
        ] {
            assert_eq!(comma_separated(text), Err(format!("parse error on {place}: {what}")), "{text:?}");
        }
        for (text, place) in [
            ("\"a\nb", "line 2, column 2"),
            ("\"a\nb\n", "line 2, column 3"),
            ("\"a\nb\"c", "line 2, column 2"),
            ("a,\"b\n\"c", "line 2, column 1"),
            ("\"a\r\nb\"x", "line 2, column 2"),
            ("x,\"ab\ncd\n\n", "line 3, column 2"),
        ] {
            let sentence = format!("record on line 1; parse error on {place}: {quoted}");
            assert_eq!(comma_separated(text), Err(sentence), "{text:?}");
        }
        assert_eq!(comma_separated("\n"), Err("EOF".to_owned()));
        assert_eq!(comma_separated("\"a\"\r"), Ok(vec!["a".to_owned()]));
    }

    #[test]
    fn read_of_pairs_takes_one_as_it_stands_and_several_as_csv() {
        let pairs = |kind, text| read(kind, text);
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(pairs(Kind::StringToString, "a=1,2"), Ok(Meaning::Pairs(vec![pair("a", "1,2")])));
        assert_eq!(
            pairs(Kind::StringToString, "a=1,\"b=2,3\""),
            Ok(Meaning::Pairs(vec![pair("a", "1"), pair("b", "2,3")]))
        );
        assert_eq!(pairs(Kind::StringToString, "q"), Err("q must be formatted as key=value".to_owned()));
        assert_eq!(
            pairs(Kind::MapStringString, " a = 1 ,,b=2"),
            Ok(Meaning::Pairs(vec![pair("a", "1"), pair("b", "2")]))
        );
        assert_eq!(
            pairs(Kind::MapStringString, "q"),
            Err("malformed pair, expect string=string".to_owned())
        );
    }

    #[test]
    fn read_of_a_bad_switch_level_module_or_interval_says_what_go_says() {
        for (kind, text, sentence) in [
            (Kind::Bool, "yes", "strconv.ParseBool: parsing \"yes\": invalid syntax"),
            (Kind::Level, "0x1", "strconv.ParseInt: parsing \"0x1\": invalid syntax"),
            (Kind::Modules, "a", "syntax error: expect comma-separated list of filename=N"),
            (Kind::Modules, "a=-1", "negative value for vmodule level"),
            (Kind::GoDuration, "5", "parse error"),
        ] {
            assert_eq!(read(kind, text), Err(sentence.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn comma_separated_of_any_text_does_not_panic(text in "[a\",\r\n é=]*") {
            let _ = comma_separated(&text);
            let _ = csv_pairs(&text);
        }

        #[test]
        fn integer_reads_what_was_written(number in any::<i64>()) {
            prop_assert_eq!(integer(&number.to_string(), 0, 64), Ok(number));
            prop_assert_eq!(integer(&format!("{number:#x}"), 10, 64).is_err(), true);
        }
    }
}
