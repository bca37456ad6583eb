//! What Go's `fmt` makes of an operand under each verb and flag.

use super::{
    by_key,
    literal::{printable, push, quote_with},
    number,
};
use crate::api::{Map, Value};

/// What a verb is applied to.
#[derive(Debug, Clone, Copy)]
pub enum Operand<'a> {
    /// `nil`
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`: a number that a template says itself.
    Int(i64),
    /// `int64`: a whole number of an object.
    Int64(i64),
    /// `uint8`: a byte of a string.
    Byte(u8),
    /// `float64`
    Float(f64),
    /// `complex128`
    Complex(f64, f64),
    /// `string`
    Text(&'a [u8]),
    /// `[]interface {}`
    List(&'a [Value<'a>]),
    /// `map[string]interface {}`
    Map(&'a Map<'a>),
}

impl<'a> Operand<'a> {
    /// The operand that a value of an object is.
    pub fn of(value: &'a Value<'a>) -> Self {
        match value {
            Value::Null => Operand::Nil,
            Value::Bool(truth) => Operand::Bool(*truth),
            Value::Int(number) => Operand::Int64(*number),
            Value::Float(number) => Operand::Float(*number),
            Value::String(text) => Operand::Text(text.as_bytes()),
            Value::Array(items) => Operand::List(items),
            Value::Object(map) => Operand::Map(map),
        }
    }

    /// The name of its type in Go.
    pub fn type_name(&self) -> &'static str {
        match self {
            Operand::Nil => "<nil>",
            Operand::Bool(_) => "bool",
            Operand::Int(_) => "int",
            Operand::Int64(_) => "int64",
            Operand::Byte(_) => "uint8",
            Operand::Float(_) => "float64",
            Operand::Complex(..) => "complex128",
            Operand::Text(_) => "string",
            Operand::List(_) => "[]interface {}",
            Operand::Map(_) => "map[string]interface {}",
        }
    }
}

/// Appends the operands as `Sprint` does: a space between two of which neither is text.
pub fn print(out: &mut Vec<u8>, operands: &[Operand<'_>]) {
    let mut after_text = true;
    for operand in operands {
        let text = matches!(operand, Operand::Text(_));
        if !text && !after_text {
            out.push(b' ');
        }
        after_text = text;
        Spec::default().apply(out, *operand);
    }
}

/// Appends the operands as `Sprintln` does: a space between any two, and a line break.
pub fn print_line(out: &mut Vec<u8>, operands: &[Operand<'_>]) {
    for (i, operand) in operands.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        Spec::default().apply(out, *operand);
    }
    out.push(b'\n');
}

/// Appends one operand as `%v`, or another verb, does.
pub fn print_one(out: &mut Vec<u8>, verb: char, operand: Operand<'_>) {
    let spec = Spec { verb, ..Spec::default() };
    spec.apply(out, operand);
}

/// A verb with its flags.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spec {
    pub(super) verb: char,
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%#v`
    pub(super) syntax: bool,
}

impl Default for Spec {
    fn default() -> Self {
        Spec {
            verb: 'v',
            width: None,
            precision: None,
            minus: false,
            plus: false,
            sharp: false,
            space: false,
            zero: false,
            syntax: false,
        }
    }
}

impl Spec {
    pub(super) fn apply(&self, out: &mut Vec<u8>, operand: Operand<'_>) {
        match (operand, self.verb) {
            (Operand::Nil, 'T' | 'v') => self.pad(out, b"<nil>"),
            (_, 'T') => self.text(out, operand.type_name().as_bytes()),
            (Operand::Bool(truth), 't' | 'v') => self.pad(out, if truth { b"true" } else { b"false" }),
            (Operand::Int(number) | Operand::Int64(number), _) => self.integer(out, operand, number < 0, number.unsigned_abs()),
            (Operand::Byte(number), 'v') if self.syntax => {
                let hexadecimal = Spec {
                    verb: 'x',
                    sharp: true,
                    ..*self
                };
                hexadecimal.integer(out, operand, false, u64::from(number));
            }
            (Operand::Byte(number), _) => self.integer(out, operand, false, u64::from(number)),
            (Operand::Float(number), 'v' | 'b' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'x' | 'X') => self.float(out, number),
            (Operand::Complex(real, imaginary), 'v' | 'b' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'x' | 'X') => {
                out.push(b'(');
                self.float(out, real);
                Spec { plus: true, ..*self }.float(out, imaginary);
                out.extend_from_slice(b"i)");
            }
            (Operand::Text(text), 'v') if self.syntax => self.quoted(out, text),
            (Operand::Text(text), 'v' | 's') => self.text(out, text),
            (Operand::Text(text), 'q') => self.quoted(out, text),
            (Operand::Text(text), 'x' | 'X') => self.hexadecimal_text(out, text),
            (Operand::List(items), _) => self.list(out, items),
            (Operand::Map(map), _) => self.map(out, map),
            _ => self.wrong_verb(out, operand),
        }
    }

    fn wrong_verb(&self, out: &mut Vec<u8>, operand: Operand<'_>) {
        out.extend_from_slice(b"%!");
        push(out, self.verb);
        out.push(b'(');
        if let Operand::Nil = operand {
            out.extend_from_slice(b"<nil>");
        } else {
            out.extend_from_slice(operand.type_name().as_bytes());
            out.push(b'=');
            Spec { verb: 'v', ..*self }.apply(out, operand);
        }
        out.push(b')');
    }

    fn list(&self, out: &mut Vec<u8>, items: &[Value<'_>]) {
        let (open, between, close) = match self.syntax {
            true => ("[]interface {}{", ", ", b'}'),
            false => ("[", " ", b']'),
        };
        out.extend_from_slice(open.as_bytes());
        for (i, item) in items.iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(between.as_bytes());
            }
            self.member(out, item);
        }
        out.push(close);
    }

    fn map(&self, out: &mut Vec<u8>, map: &Map<'_>) {
        let (open, between, close) = match self.syntax {
            true => ("map[string]interface {}{", ", ", b'}'),
            false => ("map[", " ", b']'),
        };
        out.extend_from_slice(open.as_bytes());
        for (i, (key, value)) in by_key(map).into_iter().enumerate() {
            if i > 0 {
                out.extend_from_slice(between.as_bytes());
            }
            self.apply(out, Operand::Text(key.as_bytes()));
            out.push(b':');
            self.member(out, value);
        }
        out.push(close);
    }

    /// A value within another one, where `nil` suits every verb.
    fn member(&self, out: &mut Vec<u8>, value: &Value<'_>) {
        match value {
            Value::Null if self.syntax => out.extend_from_slice(b"interface {}(nil)"),
            Value::Null => out.extend_from_slice(b"<nil>"),
            value => self.apply(out, Operand::of(value)),
        }
    }

    fn integer(&self, out: &mut Vec<u8>, operand: Operand<'_>, negative: bool, number: u64) {
        // As a character a negative number is none, and as a code point it has 64 bits.
        let letter = || match u32::try_from(number).ok().and_then(char::from_u32) {
            Some(letter) if !negative => letter,
            _ => char::REPLACEMENT_CHARACTER,
        };
        let base = match self.verb {
            'v' | 'd' => 10,
            'b' => 2,
            'o' | 'O' => 8,
            'x' | 'X' => 16,
            'c' => return self.pad(out, letter().to_string().as_bytes()),
            'q' => {
                let mut text = Vec::new();
                quote_with(&mut text, letter().to_string().as_bytes(), '\'', self.plus);
                return self.pad(out, &text);
            }
            'U' => return self.code_point(out, if negative { number.wrapping_neg() } else { number }),
            _ => return self.wrong_verb(out, operand),
        };
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (_, _, true) => " ",
            _ => "",
        };
        let unpadded = Spec { zero: false, ..*self };
        if self.precision == Some(0) && number == 0 {
            return unpadded.pad(out, b"");
        }
        let mut digits = number::digits(number, base);
        let least = match (self.precision, self.width) {
            (Some(precision), _) => precision,
            (None, Some(width)) if self.zero && !self.minus => width - sign.len().min(width),
            _ => 0,
        };
        if digits.len() < least {
            digits.insert_str(0, &"0".repeat(least - digits.len()));
        }
        let prefix = match self.verb {
            'O' if self.sharp && !digits.starts_with('0') => "0o0",
            'O' => "0o",
            'b' if self.sharp => "0b",
            'o' if self.sharp && !digits.starts_with('0') => "0",
            'x' if self.sharp => "0x",
            'X' if self.sharp => "0X",
            _ => "",
        };
        if self.verb == 'X' {
            digits.make_ascii_uppercase();
        }
        unpadded.pad(out, format!("{sign}{prefix}{digits}").as_bytes());
    }

    /// `%U`: a precision above four asks for that many digits.
    fn code_point(&self, out: &mut Vec<u8>, number: u64) {
        let digits = self.precision.unwrap_or(0).max(4);
        let mut text = format!("U+{number:0digits$X}");
        let letter = u32::try_from(number).ok().and_then(char::from_u32);
        if let Some(letter) = letter.filter(|&letter| self.sharp && printable(letter)) {
            text.push_str(&format!(" '{letter}'"));
        }
        Spec { zero: false, ..*self }.pad(out, text.as_bytes());
    }

    fn float(&self, out: &mut Vec<u8>, number: f64) {
        let mut text = match self.verb {
            'v' | 'g' | 'G' => number::general(number, self.precision),
            'e' | 'E' => number::scientific(number, self.precision.unwrap_or(6)),
            'x' | 'X' => number::hexadecimal(number, self.precision),
            'b' => number::binary(number),
            _ => number::fixed(number, self.precision.unwrap_or(6)),
        };
        if self.sharp && self.verb != 'b' {
            text = self.with_point(&text);
        }
        if self.verb.is_ascii_uppercase() && self.verb != 'F' && number.is_finite() {
            text.make_ascii_uppercase();
        }
        let (sign, digits) = match text.as_bytes() {
            [sign @ (b'-' | b'+'), ..] => (*sign, &text[1..]),
            _ => (b'+', text.as_str()),
        };
        let sign = match sign {
            b'+' if self.space && !self.plus => " ",
            b'+' if self.plus || !number.is_finite() && !number.is_nan() => "+",
            b'+' => "",
            _ => "-",
        };
        let finite = number.is_finite();
        match self.width {
            Some(width) if self.zero && !self.minus && finite && width > sign.len() + digits.len() => {
                let zeros = "0".repeat(width - sign.len() - digits.len());
                out.extend_from_slice(format!("{sign}{zeros}{digits}").as_bytes());
            }
            _ => Spec {
                zero: self.zero && finite,
                ..*self
            }
            .pad(out, format!("{sign}{digits}").as_bytes()),
        }
    }

    /// `#`: always a point, and for `%g` and `%x` all digits of the precision. Go counts the `x` of `0x` as one.
    fn with_point(&self, text: &str) -> String {
        let ends: &[char] = if matches!(self.verb, 'x' | 'X') { &['p'] } else { &['e'] };
        let (number, exponent) = text.split_at(text.find(ends).unwrap_or(text.len()));
        let mut number = number.to_owned();
        let places = number.trim_start_matches(['-', '+']);
        let mut counted = places
            .trim_start_matches(['0', '.'])
            .chars()
            .filter(|&letter| letter != '.')
            .count();
        if !places.contains('.') {
            counted += usize::from(places == "0");
            number.push('.');
        }
        if matches!(self.verb, 'v' | 'g' | 'G' | 'x') {
            let wanted = self.precision.unwrap_or(6);
            number.push_str(&"0".repeat(wanted.saturating_sub(counted)));
        }
        number + exponent
    }

    fn text(&self, out: &mut Vec<u8>, text: &[u8]) {
        self.pad(out, self.cut(text));
    }

    fn quoted(&self, out: &mut Vec<u8>, text: &[u8]) {
        let text = self.cut(text);
        let mut quoted = Vec::new();
        if self.sharp && in_backquotes(text) {
            quoted.push(b'`');
            quoted.extend_from_slice(text);
            quoted.push(b'`');
        } else {
            quote_with(&mut quoted, text, '"', self.plus);
        }
        self.pad(out, &quoted);
    }

    /// The characters that the precision leaves of a text.
    fn cut<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let Some(precision) = self.precision else {
            return text;
        };
        let end = letters(text).nth(precision).unwrap_or(text.len());
        &text[..end]
    }

    fn hexadecimal_text(&self, out: &mut Vec<u8>, text: &[u8]) {
        let text = &text[..self.precision.unwrap_or(text.len()).min(text.len())];
        let upper = self.verb == 'X';
        let prefix = match (self.sharp, upper) {
            (true, false) => "0x",
            (true, true) => "0X",
            _ => "",
        };
        let mut digits = String::new();
        for (i, byte) in text.iter().enumerate() {
            if self.space && i > 0 {
                digits.push(' ');
            }
            if i == 0 || self.space {
                digits.push_str(prefix);
            }
            digits.push_str(&if upper { format!("{byte:02X}") } else { format!("{byte:02x}") });
        }
        self.pad(out, digits.as_bytes());
    }

    /// Appends text, filled up to the width.
    fn pad(&self, out: &mut Vec<u8>, text: &[u8]) {
        let missing = match self.width {
            Some(width) => width.saturating_sub(letters(text).count()),
            None => 0,
        };
        if self.minus {
            out.extend_from_slice(text);
            out.resize(out.len() + missing, b' ');
        } else {
            out.resize(out.len() + missing, if self.zero { b'0' } else { b' ' });
            out.extend_from_slice(text);
        }
    }
}

/// Where each character of a text begins. A byte that is no UTF-8 is a character of its own.
fn letters(text: &[u8]) -> impl Iterator<Item = usize> {
    let mut start = 0;
    text.utf8_chunks().flat_map(move |chunk| {
        let at = start;
        start += chunk.valid().len() + chunk.invalid().len();
        let invalid = at + chunk.valid().len();
        let valid = chunk.valid().char_indices().map(move |(i, _)| at + i);
        valid.chain(invalid..invalid + chunk.invalid().len())
    })
}

/// Whether a text can stand between backquotes: one line, no backquote, no control characters but tabs.
fn in_backquotes(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        let bad = |letter: char| letter == '`' || letter == '\u{feff}' || letter == '\u{7f}' || letter < ' ' && letter != '\t';
        !text.contains(bad)
    })
}
