//! Reads of fields as Go's typed objects give them: what is missing, null or of another type is the type's zero value.

use crate::api::Value;

/// The text in a field; none where there is none.
pub fn text<'a>(value: &'a Value<'_>, path: &[&str]) -> Option<&'a str> {
    value.at(path).and_then(Value::as_str)
}

/// The whole number in a field; 0 where there is none.
pub fn number(value: &Value<'_>, path: &[&str]) -> i64 {
    value.int_at(path).unwrap_or_default()
}

/// The truth in a field; false where there is none.
pub fn truth(value: &Value<'_>, path: &[&str]) -> bool {
    value.at(path).and_then(Value::as_bool).unwrap_or_default()
}

/// The object in a field; none where there is none.
pub fn object<'v, 'a>(value: &'v Value<'a>, path: &[&str]) -> Option<&'v Value<'a>> {
    value.at(path).filter(|found| found.as_object().is_some())
}

/// Whether a field holds a list or an object, an empty one included: whether Go's pointer or slice is not nil.
pub fn is_set(value: &Value<'_>, path: &[&str]) -> bool {
    value.at(path).is_some_and(|found| !found.is_null())
}

/// The entries of a field that maps text to text, in the order of their keys.
pub fn entries<'v>(value: &'v Value<'_>, path: &[&str]) -> Vec<(&'v str, &'v str)> {
    let Some(map) = value.at(path).and_then(Value::as_object) else {
        return Vec::new();
    };
    let mut entries: Vec<_> = map.iter().filter_map(|(key, value)| Some((key, value.as_str()?))).collect();
    entries.sort_unstable_by_key(|(key, _)| *key);
    entries
}

/// The texts in a field that lists them.
pub fn texts<'v>(value: &'v Value<'_>, path: &[&str]) -> Vec<&'v str> {
    value.items_at(path).iter().filter_map(Value::as_str).collect()
}

/// The texts in a field joined, or `none` where there are none.
pub fn joined(value: &Value<'_>, path: &[&str], separator: &str, none: &str) -> String {
    or_else(texts(value, path).join(separator), none)
}

/// A list as Go's `%v` writes it: `[a b]`.
pub fn bracketed(texts: &[&str]) -> String {
    format!("[{}]", texts.join(" "))
}

/// `text`, or `other` where it is empty.
pub fn or_else(text: String, other: &str) -> String {
    if text.is_empty() { other.to_owned() } else { text }
}

/// A number or text (`IntOrString`) as text.
pub fn number_or_text(value: Option<&Value<'_>>) -> String {
    match value {
        Some(Value::String(text)) => text.to_string(),
        Some(other) => other.as_int().unwrap_or_default().to_string(),
        None => "0".to_owned(),
    }
}

/// A truth as kubectl likes to write it.
pub fn capital(truth: bool) -> &'static str {
    if truth { "True" } else { "False" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::value;

    #[test]
    fn fields_of_another_type_read_as_zero_values() {
        let object = value(r#"{"a":7,"b":"x","c":[1,"y",null],"d":{"k":1,"l":"m"},"e":null}"#);
        assert_eq!(text(&object, &["a"]), None);
        assert_eq!(number(&object, &["b"]), 0);
        assert!(!truth(&object, &["b"]));
        assert_eq!(texts(&object, &["c"]), ["y"]);
        assert_eq!(entries(&object, &["d"]), [("l", "m")]);
        assert!(!is_set(&object, &["e"]) && is_set(&object, &["c"]));
    }
}
