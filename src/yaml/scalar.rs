//! What a word without quotes means in YAML 1.1 as goyaml.v2 reads it.

/// The meaning of a plain word.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar {
    /// Nothing, `~`, `null`.
    Null,
    /// `true`, `yes`, `on`, `y` and their opposites.
    Bool(bool),
    /// A whole number of any base that fits.
    Int(i64),
    /// A whole number above those of [`Scalar::Int`].
    Uint(u64),
    /// A number with a fraction or an exponent, or too large to be whole; also infinities and what is no number.
    Float(f64),
    /// A date with or without a time. It is read as text, but text of this form is written in quotes.
    Timestamp,
    /// Text.
    Text,
}

/// Whether the first byte alone says that a word is text, as goyaml's table of hints does. Note that `<` is not in it.
fn has_hint(first: u8) -> bool {
    matches!(
        first,
        b'+' | b'-' | b'0'..=b'9' | b'.' | b'~' | b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O'
    )
}

/// Whether `text` without quotes would not be read back as text by some reader of YAML 1.1.
pub fn needs_quotes(text: &str) -> bool {
    match text.as_bytes().first() {
        None => true,
        Some(&first) if !has_hint(first) => false,
        Some(_) => resolve(text) != Scalar::Text || is_sexagesimal(text),
    }
}

/// The meaning of `text` without quotes.
pub fn resolve(text: &str) -> Scalar {
    let Some(&first) = text.as_bytes().first() else {
        return Scalar::Null;
    };
    if !has_hint(first) {
        return Scalar::Text;
    }
    if text.len() <= 5
        && let Some(word) = word(text)
    {
        return word;
    }
    match first {
        b'.' => dotted_float(text).map_or(Scalar::Text, Scalar::Float),
        b'+' | b'-' | b'0'..=b'9' => number(text),
        _ => Scalar::Text,
    }
}

/// The words with a meaning of their own; none is longer than five bytes.
fn word(text: &str) -> Option<Scalar> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Scalar::Bool(false),
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

/// A word that begins with a digit or a sign.
fn number(text: &str) -> Scalar {
    if is_timestamp(text) {
        return Scalar::Timestamp;
    }
    let without;
    let plain = if text.contains('_') {
        without = text.replace('_', "");
        without.as_str()
    } else {
        text
    };
    if let Some(whole) = integer(plain) {
        return whole;
    }
    if is_float(plain)
        && let Ok(number) = plain.parse::<f64>()
        && number.is_finite()
    {
        return Scalar::Float(number);
    }
    // goyaml allows a sign behind the prefix of binary numbers.
    match plain.strip_prefix("0b").map(|digits| i64::from_str_radix(digits, 2)) {
        Some(Ok(number)) => Scalar::Int(number),
        _ => Scalar::Text,
    }
}

/// Go's `ParseInt` and then `ParseUint` with base 0: a prefix `0x`, `0o`, `0b` or `0` says the base.
fn integer(text: &str) -> Option<Scalar> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'+' | b'-' => text.split_at(1),
        _ => ("", text),
    };
    let (base, digits) = match digits.as_bytes() {
        [b'0', letter, _, ..] if letter.eq_ignore_ascii_case(&b'x') => (16, &digits[2..]),
        [b'0', letter, _, ..] if letter.eq_ignore_ascii_case(&b'o') => (8, &digits[2..]),
        [b'0', letter, _, ..] if letter.eq_ignore_ascii_case(&b'b') => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // `from_str_radix` would take a second sign.
    if !digits.bytes().all(|digit| char::from(digit).is_digit(base)) {
        return None;
    }
    let size = u64::from_str_radix(digits, base).ok()?;
    match sign {
        "-" if size == i64::MIN.unsigned_abs() => Some(Scalar::Int(i64::MIN)),
        "-" => i64::try_from(size).ok().map(|size| Scalar::Int(-size)),
        sign => match i64::try_from(size) {
            Ok(size) => Some(Scalar::Int(size)),
            Err(_) => sign.is_empty().then_some(Scalar::Uint(size)),
        },
    }
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, as goyaml defines a float.
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = digits(text);
    let mut rest = &text[whole..];
    if let Some(after) = rest.strip_prefix('.') {
        let fraction = digits(after);
        if whole == 0 && fraction == 0 {
            return false;
        }
        rest = &after[fraction..];
    } else if whole == 0 {
        return false;
    }
    match rest.strip_prefix(['e', 'E']) {
        None => rest.is_empty(),
        Some(power) => {
            let power = power.strip_prefix(['+', '-']).unwrap_or(power);
            !power.is_empty() && digits(power) == power.len()
        }
    }
}

/// How many digits `text` begins with.
fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A word that begins with a dot, through Go's `ParseFloat`, which takes underscores between digits.
fn dotted_float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let between_digits = |at: usize| bytes[at - 1].is_ascii_digit() && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    if !(1..bytes.len()).all(|at| bytes[at] != b'_' || between_digits(at)) {
        return None;
    }
    let plain = text.replace('_', "");
    // Rust also reads words such as `.infinity`; Go wants digits here.
    if !is_float(&plain) {
        return None;
    }
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

/// `[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?`: numbers of base 60, which goyaml reads as text but writes in quotes.
fn is_sexagesimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return false;
    }
    let text = match text.split_once('.') {
        Some((text, fraction)) if fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') => text,
        Some(_) => return false,
        None => text,
    };
    let mut parts = text.split(':');
    let first = parts.next().unwrap_or_default();
    if !first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return false;
    }
    let mut more = 0;
    for part in parts {
        more += 1;
        match part.as_bytes() {
            [digit] | [b'0'..=b'5', digit] if digit.is_ascii_digit() => {}
            _ => return false,
        }
    }
    more > 0
}

/// Whether goyaml takes the word for a date: `2006-1-2`, or with a time behind `T`, `t` or a space.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    // Every form begins with four digits and a dash.
    if bytes.len() < 8 || digits(text) != 4 || bytes[4] != b'-' {
        return false;
    }
    date_and_time(text).is_some()
}

/// Walks a timestamp in Go's `time.Parse`; `Some` where the whole text is one.
fn date_and_time(text: &str) -> Option<()> {
    let year: u32 = text[..4].parse().ok()?;
    let (month, rest) = short_number(&text[5..])?;
    let (day, rest) = short_number(rest.strip_prefix('-')?)?;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let length = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    if rest.is_empty() {
        return Some(());
    }
    match rest.strip_prefix(['T', 't']) {
        Some(time) => zone(clock(time)?),
        // Go takes any number of spaces, even none, where its layout has one.
        None => clock(rest.trim_start_matches(' '))?.is_empty().then_some(()),
    }
}

/// `15:4:5.999`: what stands behind it.
fn clock(text: &str) -> Option<&str> {
    let (hour, rest) = short_number(text)?;
    let (minute, rest) = short_number(rest.strip_prefix(':')?)?;
    let (second, rest) = short_number(rest.strip_prefix(':')?)?;
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    match rest.strip_prefix(['.', ',']) {
        Some(fraction) if digits(fraction) > 0 => Some(&fraction[digits(fraction)..]),
        _ => Some(rest),
    }
}

/// `Z`, or an offset `+01:00`, and nothing else.
fn zone(text: &str) -> Option<()> {
    if text == "Z" {
        return Some(());
    }
    match text.as_bytes() {
        [b'+' | b'-', hour @ .., b':', ten, one] if hour.len() == 2 => {
            let number = |digits: &[u8]| {
                digits
                    .iter()
                    .all(u8::is_ascii_digit)
                    .then(|| (digits[0] - b'0') * 10 + digits[1] - b'0')
            };
            (number(hour)? <= 24 && number(&[*ten, *one])? <= 60).then_some(())
        }
        _ => None,
    }
}

/// A number of one or two digits, and what stands behind it.
fn short_number(text: &str) -> Option<(u32, &str)> {
    let length = digits(text).min(2);
    let number = text[..length].parse().ok()?;
    Some((number, &text[length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolve_of_numbers_knows_every_base() {
        let numbers = [
            ("0", 0),
            ("0777", 0o777),
            ("0o17", 0o17),
            ("0x1F", 31),
            ("-0x1f", -31),
            ("0b101", 5),
            ("-0b101", -5),
            ("0b-1", -1),
            ("1_000", 1000),
            ("+12", 12),
            ("-9223372036854775808", i64::MIN),
        ];
        for (text, number) in numbers {
            assert_eq!(resolve(text), Scalar::Int(number), "{text}");
        }
        assert_eq!(resolve("18446744073709551615"), Scalar::Uint(u64::MAX));
        assert_eq!(resolve("18446744073709551616"), Scalar::Float(18_446_744_073_709_551_616.0));
    }

    #[test]
    fn resolve_of_floats_takes_what_goyaml_takes() {
        for (text, number) in [
            ("1e3", 1e3),
            ("1.", 1.0),
            (".5", 0.5),
            ("08", 8.0),
            ("-1.5E-3", -1.5e-3),
            (".5_5", 0.55),
            ("+.5", 0.5),
        ] {
            assert_eq!(resolve(text), Scalar::Float(number), "{text}");
        }
        assert_eq!(resolve(".inf"), Scalar::Float(f64::INFINITY));
        assert!(matches!(resolve(".NaN"), Scalar::Float(number) if number.is_nan()));
        for text in [
            "1e400",
            "0x",
            "1e",
            "e3",
            ".",
            "-",
            "+",
            "..5",
            ".infinity",
            "1.2.3",
            "--1",
            "0x-1",
            "-.nan",
            "0b2",
        ] {
            assert_eq!(resolve(text), Scalar::Text, "{text}");
        }
    }

    #[test]
    fn needs_quotes_of_words_that_mean_something() {
        for text in [
            "",
            "~",
            "null",
            "yes",
            "No",
            "y",
            "ON",
            "true",
            "0",
            "1e3",
            "12:30:45",
            "1:00",
            "-190:20:30.15",
            "2020-01-01",
            "0x_1",
        ] {
            assert!(needs_quotes(text), "{text}");
        }
        for text in [
            "a",
            "nULL",
            "yES",
            "1.2.3",
            "12:60",
            "12:",
            "<<",
            "=",
            "2020-13-01",
            "10.0.0.1",
            "1h",
            "-x",
            "v1",
            "1a:30",
        ] {
            assert!(!needs_quotes(text), "{text}");
        }
    }

    #[test]
    fn resolve_of_dates_follows_go() {
        let dates = [
            "2001-1-1",
            "2001-12-14T21:59:43Z",
            "2001-12-14t21:59:43.10-05:00",
            "2001-12-14 21:59:43.10",
            "2001-2-3 1:2:3",
            "2000-02-29",
            "2001-12-14   21:59:43",
            "2001-12-1421:59:43",
        ];
        for text in dates {
            assert_eq!(resolve(text), Scalar::Timestamp, "{text}");
        }
        for text in [
            "2001-02-29",
            "2001-12-14T21:59:43",
            "2001-12-14 21:59:43.10 -5",
            "2001-12",
            "2001-12-14T24:00:00Z",
            "2001-12-14T21:59:43+1:00",
        ] {
            assert_eq!(resolve(text), Scalar::Text, "{text}");
        }
    }
}
