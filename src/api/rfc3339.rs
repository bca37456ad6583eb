//! Points in time as Go's `time.Parse` reads them in the form RFC 3339, with its sentences about what is none.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// The form, in Go's words.
const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// What is wrong with a text.
enum Fault<'a> {
    /// This rest of the text is not this element of the form.
    Element(&'a [u8], &'static str),
    /// A number that its place does not allow.
    Range(&'static str),
    /// Something behind the end.
    Extra(&'a [u8]),
}

/// Reads `2026-11-20T19:46:00Z`, with or without a fraction, in any zone.
///
/// # Errors
/// Go's sentence: `parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"`.
pub fn parse(text: &str) -> Result<Timestamp, String> {
    read(text.as_bytes()).map_err(|fault| {
        let mut sentence = format!("parsing time {}", quote(text.as_bytes()));
        // Writing to a string does not fail.
        _ = match fault {
            Fault::Element(rest, element) => {
                write!(sentence, " as \"{LAYOUT}\": cannot parse {} as \"{element}\"", quote(rest))
            }
            Fault::Range(what) => write!(sentence, ": {what} out of range"),
            Fault::Extra(rest) => write!(sentence, ": extra text: {}", quote(rest)),
        };
        sentence
    })
}

/// Writes a time to the second in UTC, as Kubernetes does: `2026-11-20T19:46:00Z`.
pub fn format(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn read(text: &[u8]) -> Result<Timestamp, Fault<'_>> {
    let mut rest = text;
    let year = digits(&mut rest, "2006", 4..=4)?;
    skip(&mut rest, "-")?;
    let month = within(digits(&mut rest, "01", 2..=2)?, 1..=12, "month")?;
    skip(&mut rest, "-")?;
    let day = digits(&mut rest, "02", 2..=2)?;
    skip(&mut rest, "T")?;
    let hour = within(digits(&mut rest, "15", 1..=2)?, 0..=23, "hour")?;
    skip(&mut rest, ":")?;
    let minute = within(digits(&mut rest, "04", 2..=2)?, 0..=59, "minute")?;
    skip(&mut rest, ":")?;
    let second = within(digits(&mut rest, "05", 2..=2)?, 0..=59, "second")?;
    let nanosecond = fraction(&mut rest);
    let offset = zone(&mut rest)?;
    if !rest.is_empty() {
        return Err(Fault::Extra(rest));
    }
    let day_fault = || Fault::Range("day");
    let small = |number: i32| i8::try_from(number).map_err(|_| day_fault());
    let date = Date::new(year as i16, small(month)?, small(day)?).map_err(|_| day_fault())?;
    let local = date.at(small(hour)?, small(minute)?, small(second)?, nanosecond);
    let time = local.to_zoned(TimeZone::UTC).map_err(|_| Fault::Range("year"))?.timestamp();
    time.checked_sub(offset).map_err(|_| Fault::Range("year"))
}

/// Takes a mark that the form has at this place.
fn skip<'a>(rest: &mut &'a [u8], mark: &'static str) -> Result<(), Fault<'a>> {
    *rest = rest.strip_prefix(mark.as_bytes()).ok_or(Fault::Element(rest, mark))?;
    Ok(())
}

/// Takes a number of so many digits.
fn digits<'a>(rest: &mut &'a [u8], element: &'static str, count: std::ops::RangeInclusive<usize>) -> Result<i32, Fault<'a>> {
    let length = rest.iter().take(*count.end()).take_while(|byte| byte.is_ascii_digit()).count();
    if !count.contains(&length) {
        return Err(Fault::Element(rest, element));
    }
    let (number, after) = rest.split_at(length);
    *rest = after;
    Ok(number.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0')))
}

fn within<'a>(number: i32, range: std::ops::RangeInclusive<i32>, what: &'static str) -> Result<i32, Fault<'a>> {
    if range.contains(&number) {
        Ok(number)
    } else {
        Err(Fault::Range(what))
    }
}

/// Takes a fraction of a second, if there is one: nanoseconds.
fn fraction(rest: &mut &[u8]) -> i32 {
    let [b'.' | b',', after @ ..] = *rest else { return 0 };
    let length = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return 0;
    }
    let (digits, after) = after.split_at(length);
    *rest = after;
    (0..9).fold(0, |sum, at| sum * 10 + digits.get(at).map_or(0, |digit| i32::from(digit - b'0')))
}

/// Takes the zone: how far it is ahead of UTC.
fn zone<'a>(rest: &mut &'a [u8]) -> Result<SignedDuration, Fault<'a>> {
    let fault = Fault::Element(rest, "Z07:00");
    if let [b'Z', after @ ..] = *rest {
        *rest = after;
        return Ok(SignedDuration::ZERO);
    }
    let [sign, h1, h2, b':', m1, m2, after @ ..] = *rest else {
        return Err(fault);
    };
    if ![h1, h2, m1, m2].iter().all(|digit| digit.is_ascii_digit()) {
        return Err(fault);
    }
    let number = |tens: &u8, ones: &u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let (hours, minutes) = (number(h1, h2), number(m1, m2));
    // Some people write 24 hours or 60 minutes, and Go lets them.
    if hours > 24 {
        return Err(Fault::Range("time zone offset hour"));
    }
    if minutes > 60 {
        return Err(Fault::Range("time zone offset minute"));
    }
    let ahead = SignedDuration::from_mins(hours * 60 + minutes);
    *rest = after;
    match sign {
        b'+' => Ok(ahead),
        b'-' => Ok(-ahead),
        _ => Err(fault),
    }
}

/// Quotes as Go's `time` package does: whatever is not plain ASCII goes byte by byte.
fn quote(text: &[u8]) -> String {
    let mut quoted = String::from('"');
    for &byte in text {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..0x80 => quoted.push(char::from(byte)),
            _ => _ = write!(quoted, "\\x{byte:02x}"),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parse_takes_fractions_and_zones() {
        for (text, expected) in [
            ("2026-11-20T19:46:00Z", "2026-11-20T19:46:00Z"),
            ("2026-11-20T9:46:00.5Z", "2026-11-20T09:46:00Z"),
            ("2026-11-20T19:46:00,123456789123+02:30", "2026-11-20T17:16:00Z"),
            ("2024-02-29T00:00:00-24:60", "2024-03-01T01:00:00Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(parse(text).map(format), Ok(expected.to_owned()), "{text}");
        }
    }

    #[test]
    fn parse_of_what_is_no_time_says_what_go_says() {
        let cannot = |text: &str, rest: &str, element: &str| {
            format!("parsing time \"{text}\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"{rest}\" as \"{element}\"")
        };
        for (text, rest, element) in [
            ("bogus", "bogus", "2006"),
            ("", "", "2006"),
            ("2020", "", "-"),
            ("2020-1-1", "1-1", "01"),
            ("2020-01-1T", "1T", "02"),
            ("2020-01-01", "", "T"),
            ("2020-01-01 00:00:00Z", " 00:00:00Z", "T"),
            ("2020-01-01T00:00Z", "Z", ":"),
            ("2020-01-01T00:00:00", "", "Z07:00"),
            ("2020-01-01T00:00:00+0100", "+0100", "Z07:00"),
            ("2020-01-01T00:00:0Z", "0Z", "05"),
        ] {
            assert_eq!(parse(text).unwrap_err(), cannot(text, rest, element));
        }
        for (text, what) in [
            ("2020-13-01T00:00:00Z", "month out of range"),
            ("2021-02-29T00:00:00Z", "day out of range"),
            ("2020-01-00T00:00:00Z", "day out of range"),
            ("2020-01-01T24:00:00Z", "hour out of range"),
            ("2020-01-01T00:60:00Z", "minute out of range"),
            ("2020-01-01T00:00:60Z", "second out of range"),
            ("2020-01-01T00:00:00+25:00", "time zone offset hour out of range"),
            ("2020-01-01T00:00:00Zx", "extra text: \"x\""),
        ] {
            assert_eq!(parse(text).unwrap_err(), format!("parsing time \"{text}\": {what}"));
        }
    }

    proptest! {
        #[test]
        fn parse_of_any_text_does_not_panic(text in "[0-9TZé:+. -]{0,30}") {
            let _ = parse(&text);
        }
    }
}
