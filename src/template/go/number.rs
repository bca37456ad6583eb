//! Numbers and characters as a Go template writes them.

use super::{lex::Kind, node::NumberValue};
use crate::template::format::{
    literal::{quoted, unescape},
    number::{parse_float, parse_integer},
};

/// The value of a number where nothing says its type.
///
/// # Errors
/// Go's sentence.
pub(super) fn number(kind: Kind, text: &str) -> Result<NumberValue, String> {
    if kind == Kind::CharConstant {
        return character(text).map(NumberValue::Int);
    }
    let invalid = || format!("illegal number syntax: {}", quoted(text));
    if let Some(parts) = text.strip_suffix('i') {
        // The sign of the imaginary part, which is neither the first character nor an exponent's.
        let split = parts
            .char_indices()
            .skip(1)
            .find(|&(at, letter)| matches!(letter, '+' | '-') && !parts[..at].ends_with(['e', 'E', 'p', 'P']));
        let (real, imaginary) = match split {
            Some((at, _)) => parts.split_at(at),
            None => ("0", parts),
        };
        return match (parse_float(real), parse_float(imaginary)) {
            (Some(real), Some(imaginary)) => Ok(NumberValue::Complex(real, imaginary)),
            _ => Err(invalid()),
        };
    }
    if let Some((negative, magnitude)) = parse_integer(text) {
        let number = if negative {
            0i64.checked_sub_unsigned(magnitude)
        } else {
            i64::try_from(magnitude).ok()
        };
        return match number {
            Some(number) => Ok(NumberValue::Int(number)),
            None if negative => Err(format!("integer overflow: {}", quoted(text))),
            None => Ok(NumberValue::Overflow),
        };
    }
    match parse_float(text) {
        Some(_) if !text.contains(['.', 'e', 'E', 'p', 'P']) => Err(format!("integer overflow: {}", quoted(text))),
        Some(number) => Ok(NumberValue::Float(number)),
        None => Err(invalid()),
    }
}

fn character(text: &str) -> Result<i64, String> {
    let inner = &text[1..text.len() - 1];
    let code = match unescape(inner, '\'') {
        // A byte that is written by its number is that number.
        Some(bytes) if inner.starts_with(['\\']) && bytes.len() == 1 => i64::from(bytes[0]),
        Some(bytes) => match std::str::from_utf8(&bytes).map(|text| text.chars().collect::<Vec<_>>()).as_deref() {
            Ok([letter]) => i64::from(u32::from(*letter)),
            Ok([]) => return Err("invalid syntax".into()),
            _ => return Err(format!("malformed character constant: {text}")),
        },
        None => return Err("invalid syntax".into()),
    };
    Ok(code)
}
