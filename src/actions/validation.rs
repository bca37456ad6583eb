//! `--validate`: how the server treats fields that it does not know.

use crate::{
    api::Value,
    args::{Parsed, value::boolean},
    error::{Error, Result, aggregate},
};

/// What stands behind what is wrong with a document, for who wants it taken all the same.
pub const LEAVE_UNCHECKED: &str = "if you choose to ignore these errors, turn validation off with --validate=false";

/// `--validate`: how the server treats fields that it does not know, as it is told (`fieldValidation`).
///
/// # Errors
/// A word that is none of the choices.
pub fn field_validation(parsed: &Parsed) -> Result<&'static str> {
    let word = parsed.string("validate");
    match (word, boolean(word).ok()) {
        ("strict", _) | (_, Some(true)) => Ok("Strict"),
        ("warn", _) => Ok("Warn"),
        ("ignore", _) | (_, Some(false)) => Ok("Ignore"),
        _ => Err(Error::message(format!(
            "invalid - validate option {word:?}; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// What can be said of a document without the server, which checks all else: of its type, and of those in a list, which
/// no server checks. `validation` is the query's `fieldValidation`; with `Ignore`, nothing is looked at.
///
/// # Errors
/// What is wrong with its type.
pub fn check_type(document: &Value<'_>, validation: &str) -> Result<(), String> {
    if validation == "Ignore" {
        return Ok(());
    }
    let mut faults = type_faults(document);
    if faults.is_empty() && validation == "Strict" && (document.str_at(&["apiVersion"]), document.str_at(&["kind"])) == ("v1", "List") {
        match document.get("items") {
            Some(Value::Array(items)) => faults.extend(items.iter().flat_map(type_faults)),
            _ => faults.push(NO_OBJECT.to_owned()),
        }
    }
    match faults.as_slice() {
        [] => Ok(()),
        faults => Err(aggregate(faults)),
    }
}

/// What is said of a document that is none.
const NO_OBJECT: &str = "invalid object to validate";

fn type_faults(document: &Value<'_>) -> Vec<String> {
    if document.as_object().is_none() {
        return vec![NO_OBJECT.to_owned()];
    }
    let faults: Vec<String> = ["apiVersion", "kind"]
        .into_iter()
        .filter_map(|field| match document.get(field) {
            None | Some(Value::Null) => Some(format!("{field} not set")),
            Some(Value::String(text)) if text.is_empty() => Some(format!("{field} not set")),
            Some(Value::String(_)) => None,
            Some(_) => Some(format!("{field} isn't string type")),
        })
        .collect();
    let version = document.str_at(&["apiVersion"]);
    match faults.is_empty() && version.matches('/').count() > 1 {
        true => vec![format!("unexpected GroupVersion string: {version}")],
        false => faults,
    }
}

/// As [`check_type`], for a document in a manifest.
///
/// # Errors
/// What is wrong with its type, and how not to be told.
pub fn check_document(document: &Value<'_>, validation: &str) -> Result<(), String> {
    check_type(document, validation).map_err(|fault| format!("error validating data: {fault}; {LEAVE_UNCHECKED}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn check_type_looks_into_a_list_only_where_it_is_strict() {
        let said = |text: &str, validation: &str| {
            check_type(&json::parse(text.as_bytes()).unwrap(), validation)
                .err()
                .unwrap_or_default()
        };
        let list = r#"{"apiVersion":"v1","kind":"List","items":[{"kind":"A"},{"apiVersion":"v1","kind":"B"},{"apiVersion":"v1"}]}"#;
        assert_eq!(said(list, "Strict"), "[apiVersion not set, kind not set]");
        assert_eq!(said(list, "Warn"), "");
        assert_eq!(said(r#"{"apiVersion":"v1","kind":"List"}"#, "Strict"), "invalid object to validate");
        let document = r#"{"apiVersion":"a/b/c","kind":"List"}"#;
        assert_eq!(said(document, "Warn"), "unexpected GroupVersion string: a/b/c");
        assert_eq!(said(document, "Ignore"), "");
    }
}
