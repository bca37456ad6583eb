//! `--validate`: how the server treats fields that it does not know.

use crate::{
    api::Value,
    args::Parsed,
    error::{Error, Result, aggregate},
};

/// What stands behind what is wrong with a document, for who wants it taken all the same.
pub const LEAVE_UNCHECKED: &str = "if you choose to ignore these errors, turn validation off with --validate=false";

/// A truth in one of the forms that Go reads (`strconv.ParseBool`).
fn truth(word: &str) -> Option<bool> {
    match word {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `--validate`: how the server treats fields that it does not know, as it is told (`fieldValidation`).
///
/// # Errors
/// A word that is none of the choices.
pub fn field_validation(parsed: &Parsed) -> Result<&'static str> {
    let word = parsed.string("validate");
    match (word, truth(word)) {
        ("strict", _) | (_, Some(true)) => Ok("Strict"),
        ("warn", _) => Ok("Warn"),
        ("ignore", _) | (_, Some(false)) => Ok("Ignore"),
        _ => Err(Error::message(format!(
            "invalid - validate option {word:?}; must be one of: strict (or true), warn, ignore (or false)"
        ))),
    }
}

/// What can be said of a document without the server, which checks all else.
///
/// # Errors
/// What is wrong with its type.
pub fn check_type(document: &Value<'_>) -> Result<(), String> {
    if document.as_object().is_none() {
        return Err("invalid object to validate".to_owned());
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
    match faults.as_slice() {
        [] => Ok(()),
        faults => Err(aggregate(faults)),
    }
}

/// As [`check_type`], for a document in a manifest.
///
/// # Errors
/// What is wrong with its type, and how not to be told.
pub fn check_document(document: &Value<'_>) -> Result<(), String> {
    check_type(document).map_err(|fault| format!("error validating data: {fault}; {LEAVE_UNCHECKED}"))
}
