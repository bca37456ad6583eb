//! Cells that several tables have.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use crate::{meta, selector};

/// A text cell.
pub fn text(value: impl Into<String>) -> OwnedValue {
    Value::from(value.into())
}

/// A whole number; 0 where there is none.
pub fn count(object: &Value<'_>, path: &[&str]) -> OwnedValue {
    Value::Int(object.int_at(path).unwrap_or_default())
}

/// The object's name.
pub fn name(object: &Value<'_>) -> OwnedValue {
    text(meta::name(object))
}

/// The object's age.
pub fn age(object: &Value<'_>, now: Timestamp) -> OwnedValue {
    text(meta::age(meta::time_at(object, &["metadata", "creationTimestamp"]), now))
}

/// The text at the end of `path`, or `otherwise` where it is empty.
pub fn text_or(object: &Value<'_>, path: &[&str], otherwise: &str) -> OwnedValue {
    match object.str_at(path) {
        "" => text(otherwise),
        found => text(found),
    }
}

/// The texts in the list at the end of `path`, joined by commas.
pub fn joined(object: &Value<'_>, path: &[&str]) -> String {
    let words: Vec<&str> = object.items_at(path).iter().filter_map(Value::as_str).collect();
    words.join(",")
}

/// The field `key` of the elements at the end of `path`, joined by commas.
pub fn joined_fields(object: &Value<'_>, path: &[&str], key: &str) -> String {
    let words: Vec<&str> = object.items_at(path).iter().map(|item| item.str_at(&[key])).collect();
    words.join(",")
}

/// The names of a template's containers.
pub fn containers(object: &Value<'_>, template: &[&str]) -> OwnedValue {
    text(joined_fields(object, &[template, &["spec", "containers"]].concat(), "name"))
}

/// The images of a template's containers.
pub fn images(object: &Value<'_>, template: &[&str]) -> OwnedValue {
    text(joined_fields(object, &[template, &["spec", "containers"]].concat(), "image"))
}

/// A label selector as text; `<none>` where it selects by nothing.
pub fn label_selector(selector: Option<&Value<'_>>) -> String {
    match selector {
        Some(selector) if !selector.is_null() => match selector::format_label_selector(selector) {
            text if text.is_empty() => "<none>".to_owned(),
            text => text,
        },
        _ => "<none>".to_owned(),
    }
}

/// A map of labels as text; `<none>` where it is empty.
pub fn labels(map: Option<&Value<'_>>) -> String {
    let pairs: Vec<String> = map
        .and_then(Value::as_object)
        .map(|map| {
            map.iter()
                .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
                .collect()
        })
        .unwrap_or_default();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// A whole number or a percentage as text; `otherwise` where there is none.
pub fn int_or_string(value: Option<&Value<'_>>, otherwise: &str) -> String {
    match value {
        Some(Value::String(text)) => text.clone().into_owned(),
        Some(number) => number.as_int().map_or_else(|| otherwise.to_owned(), |number| number.to_string()),
        None => otherwise.to_owned(),
    }
}

/// A truth in Go's words with a capital letter, as most tables have it.
pub fn capital_truth(value: Option<&Value<'_>>) -> OwnedValue {
    text(if value.and_then(Value::as_bool) == Some(true) {
        "True"
    } else {
        "False"
    })
}
