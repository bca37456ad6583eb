//! Lengths of time as Go reads and writes them: `1h30m`, `1.5s`, `300ms` (Go's `time.ParseDuration` and `Duration.String`).

use std::fmt::Write;

use jiff::SignedDuration;

/// The units that Go knows, in nanoseconds. Go takes both the micro sign and the Greek letter.
const UNITS: &[(&str, u64)] = &[
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The longest length of time that Go can hold, in nanoseconds.
const MOST: u64 = i64::MAX as u64;

/// Reads a length of time.
///
/// # Errors
/// Go's sentence: `time: invalid duration "x"`, `time: missing unit in duration "5"`, `time: unknown unit "y" in duration "5y"`.
pub fn parse(text: &str) -> Result<SignedDuration, String> {
    let invalid = || format!("time: invalid duration {}", quote(text));
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let whole = &rest[..digits];
        rest = &rest[digits..];
        let mut fraction = "";
        if let Some(behind) = rest.strip_prefix('.') {
            let digits = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            fraction = &behind[..digits];
            rest = &behind[digits..];
        }
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = &rest[..end];
        rest = &rest[end..];
        if unit.is_empty() {
            return Err(format!("time: missing unit in duration {}", quote(text)));
        }
        let Some(&(_, nanoseconds)) = UNITS.iter().find(|(name, _)| *name == unit) else {
            return Err(format!("time: unknown unit {} in duration {}", quote(unit), quote(text)));
        };
        let whole = if whole.is_empty() { Some(0) } else { whole.parse::<u64>().ok() };
        total = whole
            .and_then(|whole| whole.checked_mul(nanoseconds))
            .and_then(|length| length.checked_add(fraction_of(fraction, nanoseconds)))
            .and_then(|length| total.checked_add(length))
            .filter(|total| *total <= MOST + 1)
            .ok_or_else(invalid)?;
    }
    match (negative, total) {
        (true, total) if total == MOST + 1 => Ok(SignedDuration::from_nanos(i64::MIN)),
        (_, total) if total > MOST => Err(invalid()),
        (true, total) => Ok(SignedDuration::from_nanos(-(total as i64))),
        (false, total) => Ok(SignedDuration::from_nanos(total as i64)),
    }
}

/// Quotes as Go's `time` package does: whatever is not plain ASCII goes byte by byte.
fn quote(text: &str) -> String {
    let mut quoted = String::from('"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..0x80 => quoted.push(char::from(byte)),
            _ => _ = write!(quoted, "\\x{byte:02x}"),
        }
    }
    quoted.push('"');
    quoted
}

/// The part of a unit that a fraction's digits stand for, with as many digits as 64 bits hold and Go's float rounding.
fn fraction_of(digits: &str, nanoseconds: u64) -> u64 {
    let (mut value, mut scale) = (0_u64, 1.0_f64);
    for digit in digits.bytes().map(|byte| u64::from(byte - b'0')) {
        match value.checked_mul(10).and_then(|value| value.checked_add(digit)) {
            Some(next) if next <= MOST => {
                value = next;
                scale *= 10.0;
            }
            _ => break,
        }
    }
    (value as f64 * (nanoseconds as f64 / scale)) as u64
}

/// Writes a length of time: `1h30m0s`, `1.5s`, `300ms`, `0s`.
pub fn format(duration: SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    let total = duration.as_nanos().unsigned_abs();
    let fraction = |total: u128, unit: u128| -> String {
        let (whole, rest) = (total / unit, total % unit);
        if rest == 0 {
            return whole.to_string();
        }
        let width = unit.ilog10() as usize;
        let digits = format!("{rest:0width$}");
        format!("{whole}.{}", digits.trim_end_matches('0'))
    };
    match total {
        0 => "0s".to_owned(),
        1..1_000 => format!("{sign}{total}ns"),
        1_000..1_000_000 => format!("{sign}{}µs", fraction(total, 1_000)),
        1_000_000..1_000_000_000 => format!("{sign}{}ms", fraction(total, 1_000_000)),
        _ => {
            let (minutes, rest) = (total / 60_000_000_000, total % 60_000_000_000);
            let seconds = fraction(rest, 1_000_000_000);
            match (minutes / 60, minutes % 60) {
                (0, 0) => format!("{sign}{seconds}s"),
                (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
                (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parse_of_each_form_gives_its_nanoseconds() {
        for (text, nanoseconds) in [
            ("0", 0_i128),
            ("-0", 0),
            ("5s", 5_000_000_000),
            ("1m0s", 60_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("-1.5s", -1_500_000_000),
            ("+.5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("3µs1ns", 3_001),
            ("1h1m1s1ms1us1ns", 3_661_001_001_001),
            ("-9223372036854775808ns", i128::from(i64::MIN)),
            ("0.100000000000000000000h", 360_000_000_000),
        ] {
            assert_eq!(parse(text).map(|duration| duration.as_nanos()), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn parse_of_what_is_no_duration_says_what_go_says() {
        for (text, sentence) in [
            ("", "time: invalid duration \"\""),
            ("bogus", "time: invalid duration \"bogus\""),
            ("5", "time: missing unit in duration \"5\""),
            ("5s5", "time: missing unit in duration \"5s5\""),
            ("5\"é", r#"time: unknown unit "\"\xc3\xa9" in duration "5\"\xc3\xa9""#),
            ("5y", "time: unknown unit \"y\" in duration \"5y\""),
            (".s", "time: invalid duration \".s\""),
            ("--5s", "time: invalid duration \"--5s\""),
            ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
            ("3000000h", "time: invalid duration \"3000000h\""),
            ("99999999999999999999s", "time: invalid duration \"99999999999999999999s\""),
        ] {
            assert_eq!(parse(text), Err(sentence.to_owned()), "{text}");
        }
    }

    #[test]
    fn format_writes_what_go_writes() {
        for (nanoseconds, text) in [
            (0, "0s"),
            (1, "1ns"),
            (1_100, "1.1µs"),
            (2_200_000, "2.2ms"),
            (3_300_000_000, "3.3s"),
            (60_000_000_000, "1m0s"),
            (245_001_000_000, "4m5.001s"),
            (-3_600_000_000_000, "-1h0m0s"),
        ] {
            assert_eq!(format(SignedDuration::from_nanos(nanoseconds)), text);
        }
    }

    proptest! {
        #[test]
        fn format_then_parse_gives_the_same_duration(nanoseconds in -(1_i64 << 52)..(1_i64 << 52)) {
            let duration = SignedDuration::from_nanos(nanoseconds);
            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn parse_of_any_text_does_not_panic(text in "\\PC*") {
            let _ = parse(&text);
        }
    }
}
