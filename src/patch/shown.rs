//! Values as Go's `%v` writes them, for messages and for the order in which Go sorts them.

use std::borrow::Cow;

use crate::api::{Value, json};

/// A value as `fmt.Sprintf("%v")` writes what Go decoded of it: `map[a:[1 x] b:<nil>]`.
pub(super) fn go_value<'v>(value: &'v Value<'_>) -> Cow<'v, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        other => {
            let mut out = String::new();
            write(&mut out, other);
            Cow::Owned(out)
        }
    }
}

/// A value as `fmt.Sprintf("%s")` writes it, which complains of plain values that are no text: `%!s(int64=7)`.
pub(super) fn go_text(value: &Value<'_>) -> String {
    let join = |parts: Vec<String>| parts.join(" ");
    match value {
        Value::String(text) => text.to_string(),
        Value::Null => "%!s(<nil>)".to_owned(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => format!("%!s({}={})", go_type(value), go_value(value)),
        Value::Array(items) => format!("[{}]", join(items.iter().map(go_text).collect())),
        Value::Object(map) => {
            let fields = map.iter().map(|(key, value)| format!("{key}:{}", go_text(value)));
            format!("map[{}]", join(fields.collect()))
        }
    }
}

/// The type that Go decodes a value to.
pub(super) fn go_type(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn write(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&float(*number)),
        Value::String(text) => out.push_str(text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                write(out, item);
            }
            out.push(']');
        }
        Value::Object(map) => {
            out.push_str("map[");
            for (at, (key, value)) in map.iter().enumerate() {
                if at > 0 {
                    out.push(' ');
                }
                out.push_str(key);
                out.push(':');
                write(out, value);
            }
            out.push(']');
        }
    }
}

/// A float as `%v` writes it: with an exponent of two digits at least where that is below -4, or 21 or more.
fn float(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-4..1e21).contains(&size) {
        return json::write::shortest(number, format!("{number}"));
    }
    let text = json::write::shortest(number, format!("{number:e}"));
    match text.split_once('e') {
        Some((digits, power)) => {
            let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
            format!("{digits}e{sign}{power:0>2}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_value_writes_floats_as_go_does() {
        let shown = |number: f64| go_value(&Value::Float(number)).into_owned();
        let cases = [
            (1.5, "1.5"),
            (2.0, "2"),
            (0.00001, "1e-05"),
            (1e20, "100000000000000000000"),
            (-2.5e21, "-2.5e+21"),
        ];
        for (number, text) in cases {
            assert_eq!(shown(number), text);
        }
    }
}
