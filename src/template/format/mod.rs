//! Values as Go's `fmt` prints them: `map[a:1 b:[x y]]`, `[]interface {}{"x"}`, `1e+06`, `"a\tb"`.
//!
//! * [`plain`] and [`syntax`]: a whole value as `%v` and `%#v`.
//! * [`literal`](mod@literal): Go's quoted strings.
//! * [`number`](mod@number): digits.
//! * [`verbs`](mod@verbs): `Sprint` and `Sprintln`, and what a verb makes of an operand.
//! * [`printf`](fn@printf): `Sprintf`.
//!
//! Text is bytes here: what a template cuts out of a string or decodes from base64 need not be UTF-8.

pub mod literal;
pub mod number;
mod printf;
pub mod verbs;

pub use literal::{code_point, quote};
pub use printf::printf;

use crate::api::{Map, Value};

/// Appends `value` as `%v` prints it: strings bare, maps as `map[key:value …]` in the order of their keys.
pub fn plain(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Null => out.extend_from_slice(b"<nil>"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Int(number) => out.extend_from_slice(number.to_string().as_bytes()),
        Value::Float(number) => out.extend_from_slice(number::general(*number, None).as_bytes()),
        Value::String(text) => out.extend_from_slice(text.as_bytes()),
        Value::Array(items) => {
            out.push(b'[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(b' ');
                }
                plain(out, item);
            }
            out.push(b']');
        }
        Value::Object(map) => {
            out.extend_from_slice(b"map[");
            for (i, (key, value)) in by_key(map).into_iter().enumerate() {
                if i > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(key.as_bytes());
                out.push(b':');
                plain(out, value);
            }
            out.push(b']');
        }
    }
}

/// Appends `value` as `%#v` prints it: in Go's syntax, with the types of a decoded object.
pub fn syntax(out: &mut Vec<u8>, value: &Value<'_>) {
    match value {
        Value::Null => out.extend_from_slice(b"interface {}(nil)"),
        Value::String(text) => quote(out, text.as_bytes()),
        Value::Array(items) => {
            out.extend_from_slice(b"[]interface {}{");
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.extend_from_slice(b", ");
                }
                syntax(out, item);
            }
            out.push(b'}');
        }
        Value::Object(map) => {
            out.extend_from_slice(b"map[string]interface {}{");
            for (i, (key, value)) in by_key(map).into_iter().enumerate() {
                if i > 0 {
                    out.extend_from_slice(b", ");
                }
                quote(out, key.as_bytes());
                out.push(b':');
                syntax(out, value);
            }
            out.push(b'}');
        }
        scalar => plain(out, scalar),
    }
}

/// The fields of a map in the order in which Go prints those of any map: by key.
pub(super) fn by_key<'m, 'a>(map: &'m Map<'a>) -> Vec<(&'m str, &'m Value<'a>)> {
    let mut fields: Vec<_> = map.iter().collect();
    if !fields.is_sorted_by_key(|field| field.0) {
        fields.sort_by_key(|field| field.0);
    }
    fields
}

/// The name of the type that Go's decoder gives `value`.
pub fn type_name(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// As [`plain`], as text.
pub fn plain_text(value: &Value<'_>) -> String {
    let mut out = Vec::new();
    plain(&mut out, value);
    String::from_utf8(out).unwrap_or_default()
}
