//! The tables that custom resource definitions ask for.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{Row, cells};
use crate::{meta, path, schema::CustomVersion};

/// The line of a custom resource.
pub fn row(version: &CustomVersion, object: &OwnedValue, now: Timestamp) -> Row {
    let mut row = vec![cells::name(object)];
    row.extend(version.columns.iter().map(|column| cell(column, object, now)));
    Row {
        cells: row,
        conditions: Vec::new(),
    }
}

fn cell(column: &crate::schema::Column, object: &OwnedValue, now: Timestamp) -> OwnedValue {
    let found = path::find(object, &column.path);
    let Some(first) = found.first() else {
        return Value::Null;
    };
    match (column.kind.as_str(), *first) {
        (_, Value::Null) => Value::Null,
        ("integer", number) => number.as_int().map_or(Value::Null, Value::Int),
        ("number", Value::Int(number)) => Value::Int(*number),
        ("number", Value::Float(number)) => Value::Float(*number),
        ("boolean", Value::Bool(truth)) => Value::Bool(*truth),
        ("date", Value::String(text)) => match text.parse::<Timestamp>() {
            Ok(at) => cells::text(meta::age(Some(at), now)),
            Err(_) => cells::text("<invalid>"),
        },
        ("string", _) => {
            let words: Vec<String> = found.iter().map(|value| shown(value)).collect();
            cells::text(words.join(","))
        }
        _ => Value::Null,
    }
}

fn shown(value: &Value<'_>) -> String {
    match value {
        Value::String(text) => text.clone().into_owned(),
        other => {
            let mut out = Vec::new();
            kubectl_rs::api::json::to_compact(&mut out, other);
            String::from_utf8_lossy(&out).into_owned()
        }
    }
}
