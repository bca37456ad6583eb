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

fn write(out: &mut String, value: &Value<'_>) {
    match value {
        Value::Null => out.push_str("<nil>"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) => out.push_str(&json::write::shortest(*number, String::new())),
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
