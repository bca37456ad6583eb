//! `--validate`: how the server treats fields that it does not know.

use crate::{
    args::Parsed,
    error::{Error, Result},
};

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
