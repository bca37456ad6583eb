//! Kubernetes quantities: `100m`, `1.5Gi`, `2e3`. The forms and roundings are those of apimachinery's
//! `resource.Quantity`.
//!
//! A [`Quantity`] is a whole number of nanounits; what is finer is rounded up, away from zero, as Kubernetes does. 128
//! bits hold every amount up to about 10^29 units. Binary amounts end at 2^63-1 units, where Kubernetes caps them.
//! [`normalize`] knows no such bound: it is for text that is only written back.

use std::{cmp::Ordering, fmt};

/// Nanounits in a unit.
const NANO: i128 = 1_000_000_000;

/// The power of ten of a nanounit, the finest amount.
const FINEST: i64 = -9;

/// The most units that a binary amount may have, in nanounits.
const MOST_BINARY: i128 = i64::MAX as i128 * NANO;

/// The suffixes of a power of ten, from nano up, each a thousand times the one before.
const DECIMAL: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

/// The suffixes of a power of two, each 1024 times the one before.
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// How a quantity is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `1500m`, `2k`
    Decimal,
    /// `1536Mi`
    Binary,
    /// `1500e-3`, `2e3`
    Exponent,
}

/// An amount, and how it is written.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    nanos: i128,
    format: Format,
    /// The text that it was read from, where apimachinery keeps that as long as nothing is calculated.
    kept: Option<Kept>,
}

/// A short text: digits, a sign, a point and a suffix.
#[derive(Debug, Clone, Copy)]
struct Kept {
    bytes: [u8; 30],
    length: u8,
}

impl Kept {
    /// None where it is too long, which only many zeros in a power of ten can make it.
    fn new(text: &str) -> Option<Kept> {
        let mut bytes = [0; 30];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        let length = u8::try_from(text.len()).ok()?;
        Some(Kept { bytes, length })
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

/// Why text is no quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantityError {
    /// It does not have the form of one.
    Form,
    /// Its number cannot be read.
    Number,
    /// Its suffix is none.
    Suffix,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityError::Form => "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            QuantityError::Number => "unable to parse numeric part of quantity",
            QuantityError::Suffix => "unable to parse quantity's suffix",
        })
    }
}

impl std::error::Error for QuantityError {}

/// The pieces of a quantity's text: `whole.fraction` times two to the `bits` times ten to the `power`.
#[derive(Debug, Clone, Copy)]
struct Parts<'t> {
    negative: bool,
    /// Digits without zeros in front.
    whole: &'t str,
    fraction: &'t str,
    bits: u32,
    power: i64,
    format: Format,
}

impl<'t> Parts<'t> {
    fn read(text: &'t str) -> Result<Self, QuantityError> {
        if text.is_empty() {
            return Err(QuantityError::Form);
        }
        let (negative, rest) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, rest) = split_digits(rest);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), split_digits);
        let (bits, power, format) = scale(suffix)?;
        Ok(Parts {
            negative,
            whole: whole.trim_start_matches('0'),
            fraction,
            bits,
            power,
            format,
        })
    }

    /// All digits, without zeros in front, and the power of ten of the last one.
    fn digits(&self) -> (String, i64) {
        let digits = format!("{}{}", self.whole, self.fraction);
        (digits.trim_start_matches('0').to_owned(), self.power - self.fraction.len() as i64)
    }

    /// Whether apimachinery keeps the text as it was written, because it takes it for canonical.
    fn is_kept(&self) -> bool {
        let whole = if self.whole.is_empty() { "0" } else { self.whole };
        let digits = format!("{whole}{}", self.fraction);
        let Ok(number) = digits.parse::<i64>() else {
            return false;
        };
        if self.format == Format::Binary {
            let room = 15 - whole.len() as i64 - i64::from(self.bits * 3 / 10) - 1;
            return self.fraction.is_empty() && room >= 0 && number % 8 != 0;
        }
        let power = self.power - self.fraction.len() as i64;
        digits.len() <= 18 && power >= FINEST && power % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0')
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// The power of two and the power of ten that a suffix stands for.
fn scale(suffix: &str) -> Result<(u32, i64, Format), QuantityError> {
    if let Some(at) = BINARY.iter().position(|known| *known == suffix) {
        return Ok((10 * (at as u32 + 1), 0, Format::Binary));
    }
    if let Some(at) = DECIMAL.iter().position(|known| *known == suffix) {
        return Ok((0, at as i64 * 3 + FINEST, Format::Decimal));
    }
    let letters = suffix.trim_start_matches(|letter| "eEinumkKMGTP".contains(letter));
    let digits = letters.strip_prefix(['+', '-']).unwrap_or(letters);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(QuantityError::Form);
    }
    let power = suffix.strip_prefix(['e', 'E']).ok_or(QuantityError::Suffix)?;
    let power: i64 = power.parse().map_err(|_| QuantityError::Suffix)?;
    // apimachinery cuts the power to 32 bits.
    Ok((0, i64::from(power as i32), Format::Exponent))
}

impl Quantity {
    /// A number of whole units.
    pub const fn units(units: i64, format: Format) -> Self {
        Quantity {
            nanos: units as i128 * NANO,
            format,
            kept: None,
        }
    }

    /// A number of thousandths.
    pub const fn millis(millis: i64, format: Format) -> Self {
        Quantity {
            nanos: millis as i128 * 1_000_000,
            format,
            kept: None,
        }
    }

    /// Reads a quantity.
    ///
    /// # Errors
    /// What apimachinery's `ParseQuantity` says of it.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let parts = Parts::read(text)?;
        let (digits, power) = parts.digits();
        let most = if parts.format == Format::Binary { MOST_BINARY } else { i128::MAX };
        let nanos = nanounits(&digits, power - FINEST, parts.bits).map_or(most, |nanos| nanos.min(most));
        // An amount below one cannot be said in binary.
        let format = match parts.format {
            Format::Binary if nanos < NANO && nanos > 0 => Format::Decimal,
            format => format,
        };
        Ok(Quantity {
            nanos: if parts.negative { -nanos } else { nanos },
            format,
            kept: parts.is_kept().then(|| Kept::new(text)).flatten(),
        })
    }

    /// How it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether it is nothing.
    pub fn is_zero(&self) -> bool {
        self.nanos == 0
    }

    /// In whole units, rounded up, as `Quantity.Value`.
    pub fn value(&self) -> i64 {
        clamp(ceil_div(self.nanos, NANO))
    }

    /// In thousandths, rounded up, as `Quantity.MilliValue`.
    pub fn milli_value(&self) -> i64 {
        clamp(ceil_div(self.nanos, 1_000_000))
    }

    /// As a float, as `Quantity.AsApproximateFloat64`.
    pub fn as_float(&self) -> f64 {
        self.nanos as f64 / NANO as f64
    }

    /// Adds `other`. Nothing takes over the other's form.
    pub fn add(&mut self, other: &Quantity) {
        if self.nanos == 0 {
            self.format = other.format;
        }
        self.kept = None;
        self.nanos = self.nanos.saturating_add(other.nanos);
    }

    /// Takes `other` away. Nothing takes over the other's form.
    pub fn subtract(&mut self, other: &Quantity) {
        if self.nanos == 0 {
            self.format = other.format;
        }
        self.kept = None;
        self.nanos = self.nanos.saturating_sub(other.nanos);
    }
}

/// `digits` times ten to the `power` times two to the `bits`, rounded up; nothing where that does not fit.
fn nanounits(digits: &str, power: i64, bits: u32) -> Option<i128> {
    if digits.is_empty() {
        return Some(0);
    }
    if power >= 0 {
        // No more zeros than the largest number has.
        let zeros = usize::try_from(power).ok().filter(|zeros| *zeros <= 39)?;
        let number: i128 = format!("{digits}{}", "0".repeat(zeros)).parse().ok()?;
        return number.checked_shl(bits).filter(|shifted| shifted >> bits == number);
    }
    // The digits behind the point may still count once they are multiplied. Eighteen and a trace of the rest say enough: no
    // factor has more than 61 bits.
    let point = usize::try_from(-power).unwrap_or(usize::MAX);
    let (before, behind) = digits.split_at(digits.len().saturating_sub(point));
    let before: i128 = if before.is_empty() { 0 } else { before.parse().ok()? };
    let before = before.checked_shl(bits).filter(|shifted| shifted >> bits == before)?;
    let missing = point - behind.len();
    let kept = behind.len().min(18usize.saturating_sub(missing));
    let (kept, cut) = behind.split_at(kept);
    let number: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let trace = i128::from(cut.bytes().any(|digit| digit != b'0'));
    let one = 10i128.pow((kept.len() + missing.min(18)) as u32);
    before.checked_add(ceil_div((number << bits) + trace, one))
}

/// Division rounded away from zero.
fn ceil_div(number: i128, by: i128) -> i128 {
    let (quotient, rest) = (number / by, number % by);
    quotient + if rest == 0 { 0 } else { rest.signum() }
}

fn clamp(number: i128) -> i64 {
    number.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// The canonical form: no fraction, no more digits than needed, the largest suffix that allows that. What was read from
/// nearly canonical text (`1.500`, `+5`) is written as that, as by apimachinery.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(kept) = &self.kept {
            return f.write_str(kept.text());
        }
        // Binary suffixes only say whole numbers of a kibibyte and more; all else is written as decimals.
        if self.format == Format::Binary && self.nanos.unsigned_abs() >= 1024 * NANO as u128 && self.nanos % NANO == 0 {
            let mut amount = self.nanos / NANO;
            let mut suffix = "";
            for larger in BINARY {
                if amount % 1024 != 0 {
                    break;
                }
                amount /= 1024;
                suffix = larger;
            }
            return write!(f, "{amount}{suffix}");
        }
        let digits = self.nanos.unsigned_abs().to_string();
        let sign = if self.nanos < 0 { "-" } else { "" };
        f.write_str(&decimal(sign, &digits, FINEST, self.format))
    }
}

/// `digits` times ten to the `power` in canonical form.
fn decimal(sign: &str, digits: &str, mut power: i64, format: Format) -> String {
    let mut significant = digits.trim_end_matches('0').to_owned();
    if significant.is_empty() {
        return "0".to_owned();
    }
    power += (digits.len() - significant.len()) as i64;
    while power % 3 != 0 {
        significant.push('0');
        power -= 1;
    }
    let suffix = usize::try_from(power / 3 + 3).ok().and_then(|at| DECIMAL.get(at));
    match suffix {
        _ if power == 0 => format!("{sign}{significant}"),
        Some(suffix) if format != Format::Exponent => format!("{sign}{significant}{suffix}"),
        // There is no suffix above exa.
        _ => format!("{sign}{significant}e{power}"),
    }
}

/// What becomes of a quantity's text that is read and written again: text that is nearly canonical stays as it is
/// (`1.500`, `+5`), all other takes the canonical form.
///
/// # Errors
/// As for [`Quantity::parse`].
pub fn normalize(text: &str) -> Result<String, QuantityError> {
    let parts = Parts::read(text)?;
    if parts.is_kept() {
        return Ok(text.to_owned());
    }
    let (mut digits, mut power) = parts.digits();
    if parts.format == Format::Binary || digits.is_empty() {
        return Ok(Quantity::parse(text)?.to_string());
    }
    if power < FINEST {
        // All that is finer than a nanounit is rounded up.
        let cut = usize::try_from(FINEST - power).unwrap_or(usize::MAX).min(digits.len());
        let fine = digits.split_off(digits.len() - cut);
        if fine.bytes().any(|digit| digit != b'0') {
            increment(&mut digits);
        }
        power = FINEST;
    }
    Ok(decimal(if parts.negative { "-" } else { "" }, &digits, power, parts.format))
}

/// Adds one to a number in digits.
fn increment(digits: &mut String) {
    let kept = digits.trim_end_matches('9').len();
    let nines = digits.len() - kept;
    digits.truncate(kept);
    let last = digits.pop().map_or('1', |last| char::from(last as u8 + 1));
    digits.push(last);
    digits.push_str(&"0".repeat(nines));
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nanos == other.nanos
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::{json, tests as reference};

    fn canonical(text: &str) -> String {
        let mut quantity = Quantity::parse(text).unwrap();
        quantity.add(&Quantity::units(0, Format::Decimal));
        quantity.to_string()
    }

    #[test]
    fn parse_and_print_makes_quantities_canonical() {
        let forms = [
            ("0", "0"),
            ("100m", "100m"),
            ("1000m", "1"),
            ("1.5", "1500m"),
            ("0.1", "100m"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("1000Ki", "1000Ki"),
            ("512", "512"),
            ("1e3", "1e3"),
            ("1E3", "1e3"),
            ("1500e-3", "1500e-3"),
            ("12e6", "12e6"),
            ("2000k", "2M"),
            ("0.5Ki", "512"),
            ("1.1Ki", "1126400m"),
            ("0.001Ki", "1024m"),
            ("-1.5", "-1500m"),
            ("+5", "5"),
            (".5", "500m"),
            ("5.", "5"),
            ("1n", "1n"),
            ("0.1n", "1n"),
            ("100Mi", "100Mi"),
            ("0.0000000001", "1n"),
            ("9223372036854775807", "9223372036854775807"),
            ("1e-10", "1e-9"),
            ("10E", "10E"),
            ("10Ei", "9223372036854775807"),
            ("100000E", "100e21"),
            ("-", "0"),
        ];
        for (text, expected) in forms {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    #[test]
    fn parse_of_what_is_no_quantity_says_why() {
        for (text, error) in [
            ("", QuantityError::Form),
            ("bogus", QuantityError::Form),
            ("1.1.1", QuantityError::Form),
            ("1 ", QuantityError::Form),
            ("1e1.5", QuantityError::Form),
            ("1kk", QuantityError::Suffix),
            ("1e", QuantityError::Suffix),
            ("1Ki1", QuantityError::Suffix),
            ("1e-", QuantityError::Suffix),
        ] {
            assert_eq!(Quantity::parse(text).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn values_round_up() {
        assert_eq!(Quantity::parse("1500m").unwrap().value(), 2);
        assert_eq!(Quantity::parse("-1500m").unwrap().value(), -2);
        assert_eq!(Quantity::parse("1.0001").unwrap().milli_value(), 1001);
        assert_eq!(Quantity::parse("1Ki").unwrap().milli_value(), 1_024_000);
    }

    #[test]
    fn add_and_subtract_take_over_the_form_of_the_first_amount() {
        let mut sum = Quantity::units(0, Format::Decimal);
        sum.add(&Quantity::parse("512Mi").unwrap());
        sum.add(&Quantity::parse("512Mi").unwrap());
        assert_eq!(sum.to_string(), "1Gi");
        sum.subtract(&Quantity::parse("1k").unwrap());
        assert_eq!(sum.to_string(), "1073740824");
        assert!(sum > Quantity::parse("1G").unwrap());
    }

    #[test]
    fn normalize_keeps_what_apimachinery_keeps() {
        for text in ["1.500", "+5", "5.", "0100m", "1E3", "1025Mi", "5.m", "1e+3", "2047Ki"] {
            assert_eq!(normalize(text).unwrap(), text);
        }
        for (text, form) in [
            ("1e400", "10e399"),
            ("123456789012345678901234567890m", "123456789012345678901234567890m"),
            ("0.9999999999999999999999", "1"),
            ("0Ki", "0"),
            ("8Ei", "9223372036854775807"),
            ("1000000000000000000000n", "1T"),
        ] {
            assert_eq!(normalize(text).unwrap(), form, "{text}");
        }
    }

    fn texts() -> impl Strategy<Value = String> {
        let suffix = prop::sample::select(vec![
            "", "n", "u", "m", "k", "M", "G", "T", "P", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", "e3", "E-3", "e+7", "e-12", "e1", "e30",
        ]);
        prop_oneof![
            9 => (prop::sample::select(vec!["", "+", "-"]), "[0-9]{1,22}", "(\\.[0-9]{0,22})?", suffix.clone()),
            3 => (prop::sample::select(vec!["", "-"]), "[0-9]{1,4}(000|024)?", "(\\.[05]{1,3})?", suffix),
        ]
        .prop_map(|(sign, whole, fraction, suffix)| format!("{sign}{whole}{fraction}{suffix}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn normalize_of_any_texts_agrees_with_kubectl(texts in prop::collection::vec(texts(), 150)) {
            let hard: Vec<_> = texts.iter().enumerate().map(|(at, text)| format!("r{at}={text}")).collect();
            let line = ["create", "quota", "q", "--dry-run=client", "-o", "json", &format!("--hard={}", hard.join(","))];
            let Some(answer) = reference::ask(&line, b"") else {
                return Ok(());
            };
            prop_assert_eq!(&answer.err, "");
            let object = json::parse(answer.out.as_bytes()).unwrap();
            for (at, text) in texts.iter().enumerate() {
                let theirs = object.str_at(&["spec", "hard", &format!("r{at}")]);
                prop_assert_eq!(normalize(text).unwrap(), theirs, "{}", text);
                // What is kept as it was written is the same amount.
                prop_assert_eq!(Quantity::parse(theirs).unwrap(), Quantity::parse(text).unwrap(), "{}", text);
            }
        }
    }

    proptest! {
        #[test]
        fn parse_of_any_canonical_form_gives_it_back(units in -1_000_000_000_000i64..1_000_000_000_000, milli: bool, binary: bool) {
            let format = if binary { Format::Binary } else { Format::Decimal };
            let quantity = if milli { Quantity::millis(units, format) } else { Quantity::units(units, format) };
            let text = quantity.to_string();
            let again = Quantity::parse(&text).unwrap();
            prop_assert_eq!(again, quantity);
            // Without a suffix the form is not told: what was binary is read as decimal.
            prop_assert!(again.to_string() == text || again.format() != format);
        }

        #[test]
        fn normalize_of_any_text_never_panics(text in "[-+]?[0-9.]{0,60}[a-zA-Z]{0,3}[-+]?[0-9]{0,9}") {
            let _ = Quantity::parse(&text).map(|quantity| quantity.to_string());
            let _ = normalize(&text);
        }
    }
}
