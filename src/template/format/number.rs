//! Numbers as Go's `strconv` writes them.

/// Below which power of ten `%g` writes an exponent.
const LEAST_POWER: i32 = -4;

/// From which power of ten on `%g` writes an exponent, where it may use as many digits as it needs.
const SHORTEST_POWER: i32 = 6;

/// The words for what is no number.
fn special(number: f64) -> Option<&'static str> {
    if number.is_nan() {
        Some("NaN")
    } else if number == f64::INFINITY {
        Some("+Inf")
    } else if number == f64::NEG_INFINITY {
        Some("-Inf")
    } else {
        None
    }
}

/// `%g`: `digits` significant digits without trailing zeros, or as few as tell the number from all others; an exponent
/// where the number is very small or has more places than digits.
pub fn general(number: f64, digits: Option<usize>) -> String {
    if let Some(word) = special(number) {
        return word.into();
    }
    let scientific = match digits {
        None => format!("{number:e}"),
        Some(digits) => format!("{number:.*e}", digits.max(1) - 1),
    };
    let (mantissa, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = power.parse().unwrap_or(0);
    let mantissa = match mantissa.contains('.') {
        true => mantissa.trim_end_matches('0').trim_end_matches('.'),
        false => mantissa,
    };
    let significant = i32::try_from(mantissa.bytes().filter(u8::is_ascii_digit).count()).unwrap_or(i32::MAX);
    let most = match digits.map(|digits| i32::try_from(digits.max(1)).unwrap_or(i32::MAX)) {
        None => SHORTEST_POWER,
        Some(digits) if digits > significant && significant > power => significant,
        Some(digits) => digits,
    };
    if power < LEAST_POWER || power >= most {
        return format!("{mantissa}{}", exponent(power));
    }
    let decimals = usize::try_from(significant - 1 - power).unwrap_or(0);
    // The mantissa was rounded already: writing that decimal again cannot round once more.
    let rounded: f64 = scientific.parse().unwrap_or(number);
    format!("{rounded:.decimals$}")
}

/// `%e`: one digit, a point, `decimals` digits and an exponent.
pub fn scientific(number: f64, decimals: usize) -> String {
    if let Some(word) = special(number) {
        return word.into();
    }
    let text = format!("{number:.decimals$e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{mantissa}{}", exponent(power.parse().unwrap_or(0)))
}

/// `%f`: `decimals` digits behind the point.
pub fn fixed(number: f64, decimals: usize) -> String {
    match special(number) {
        Some(word) => word.into(),
        None => format!("{number:.decimals$}"),
    }
}

/// `%x`: a hexadecimal mantissa and a power of two, with `digits` digits behind the point or as few as are needed.
pub fn hexadecimal(number: f64, digits: Option<usize>) -> String {
    if let Some(word) = special(number) {
        return word.into();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let (mut mantissa, mut power) = parts(number);
    if mantissa == 0 {
        power = 0;
    } else {
        // The first digit is to be 1: 53 bits, of which 52 are behind the point.
        let shift = mantissa.leading_zeros() - 11;
        mantissa <<= shift;
        power += 52 - i64::from(shift);
    }
    if let Some(digits) = digits.filter(|&digits| digits < 13) {
        let dropped = 52 - 4 * digits;
        let half = 1u64 << (dropped - 1);
        let rest = mantissa & ((1 << dropped) - 1);
        mantissa >>= dropped;
        // Halves go to the even neighbour.
        if rest > half || rest == half && mantissa & 1 == 1 {
            mantissa += 1;
        }
        mantissa <<= dropped;
        if mantissa >> 53 == 1 {
            mantissa >>= 1;
            power += 1;
        }
    }
    let fraction = format!("{:013x}", mantissa & ((1 << 52) - 1));
    let fraction = match digits {
        None => fraction.trim_end_matches('0').to_owned(),
        Some(digits) if digits <= 13 => fraction[..digits].to_owned(),
        Some(digits) => format!("{fraction:0<digits$}"),
    };
    let point = if fraction.is_empty() { "" } else { "." };
    let power_sign = if power < 0 { '-' } else { '+' };
    format!("{sign}0x{}{point}{fraction}p{power_sign}{:02}", mantissa >> 52, power.abs())
}

/// `%b`: the mantissa as a whole number and a power of two.
pub fn binary(number: f64) -> String {
    if let Some(word) = special(number) {
        return word.into();
    }
    let sign = if number.is_sign_negative() { "-" } else { "" };
    let (mantissa, power) = parts(number);
    format!("{sign}{mantissa}p{power:+}")
}

/// The whole mantissa and the power of two of a finite number.
fn parts(number: f64) -> (u64, i64) {
    let bits = number.to_bits();
    let mantissa = bits & ((1 << 52) - 1);
    match i64::try_from(bits >> 52 & 0x7ff).unwrap_or(0) {
        0 => (mantissa, -1074),
        exponent => (mantissa | 1 << 52, exponent - 1075),
    }
}

/// An exponent in Go's form: a sign and at least two digits.
fn exponent(power: i32) -> String {
    format!("e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs())
}

/// The digits of a whole number in base 2, 8, 10 or 16.
pub(super) fn digits(number: u64, base: u32) -> String {
    match base {
        2 => format!("{number:b}"),
        8 => format!("{number:o}"),
        16 => format!("{number:x}"),
        _ => number.to_string(),
    }
}

/// A whole number as Go's source writes it: with a sign, a base prefix, underscores between digits. The magnitude, and
/// whether it is negative; nothing where it is no such number or needs more than 64 bits.
pub fn parse_integer(text: &str) -> Option<(bool, u64)> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, rest) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // An underscore stands between two digits, or between the prefix and a digit.
    let after_prefix = base != 10;
    let body = if after_prefix {
        rest.strip_prefix('_').unwrap_or(rest)
    } else {
        rest
    };
    if body.is_empty() || body.starts_with('_') || body.ends_with('_') || body.contains("__") {
        return None;
    }
    let number = body.bytes().filter(|&byte| byte != b'_').try_fold(0u64, |number, byte| {
        let digit = char::from(byte).to_digit(base)?;
        number.checked_mul(u64::from(base))?.checked_add(u64::from(digit))
    });
    Some((negative, number?))
}

/// A float as Go's source writes it; nothing where it is none or too large.
pub fn parse_float(text: &str) -> Option<f64> {
    let plain: String = text.chars().filter(|&letter| letter != '_').collect();
    let numeric = |letter: char| letter.is_ascii_digit() || matches!(letter, '.' | 'e' | 'E' | '+' | '-');
    if !plain.chars().all(numeric) {
        return None;
    }
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn general_takes_the_shortest_digits_and_an_exponent_where_go_does() {
        let cases = [
            (0.0, "0"),
            (-0.0, "-0"),
            (1.5, "1.5"),
            (100000.5, "100000.5"),
            (1234567.5, "1.2345675e+06"),
            (1e6, "1e+06"),
            (123456.0, "123456"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e21, "1e+21"),
            (1e100, "1e+100"),
            (f64::INFINITY, "+Inf"),
        ];
        for (number, text) in cases {
            assert_eq!(general(number, None), text);
        }
    }

    #[test]
    fn general_with_digits_rounds_and_drops_zeros() {
        let cases = [
            (1234.5678, 3, "1.23e+03"),
            (0.1, 10, "0.1"),
            (100000.0, 3, "1e+05"),
            (100000.0, 10, "100000"),
            (9.99, 2, "10"),
            (2.71, 2, "2.7"),
            (0.0, 4, "0"),
        ];
        for (number, digits, text) in cases {
            assert_eq!(general(number, Some(digits)), text);
        }
    }

    #[test]
    fn hexadecimal_and_binary_write_powers_of_two() {
        let cases = [
            (1.5, None, "0x1.8p+00"),
            (-3.5, None, "-0x1.cp+01"),
            (0.0, None, "0x0p+00"),
            (f64::from_bits(1), None, "0x1p-1074"),
            (1.5, Some(0), "0x1p+01"),
            (2.5, Some(0), "0x1p+01"),
            (2.5, Some(5), "0x1.40000p+01"),
            (1.999, Some(1), "0x1.0p+01"),
            (1.0, Some(15), "0x1.000000000000000p+00"),
            (0.0, Some(2), "0x0.00p+00"),
        ];
        for (number, digits, text) in cases {
            assert_eq!(hexadecimal(number, digits), text);
        }
        assert_eq!(binary(1.5), "6755399441055744p-52");
    }

    #[test]
    fn parse_integer_knows_bases_and_underscores() {
        assert_eq!(parse_integer("0x1F"), Some((false, 31)));
        assert_eq!(parse_integer("-0b11"), Some((true, 3)));
        assert_eq!(parse_integer("017"), Some((false, 15)));
        assert_eq!(parse_integer("1_000"), Some((false, 1000)));
        assert_eq!(parse_integer("0"), Some((false, 0)));
        for text in ["", "-", "089", "1__0", "_1", "1_", "0x", "18446744073709551616", "1.5"] {
            assert_eq!(parse_integer(text), None, "{text}");
        }
    }
}
