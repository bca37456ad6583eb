//! Labels, annotations and variables as `run` and `expose` read them: `key=value`.

use super::{Fields, pair};
use crate::api::{Map, OwnedValue, names};

/// Pairs `key=value`, separated by commas.
///
/// # Errors
/// kubectl's sentence for a pair that is none.
pub fn labels(text: &str) -> Result<Map<'static>, String> {
    let mut labels = Map::new();
    for one in text.split(',') {
        match one.split_once('=') {
            None => return Err(format!("unexpected label spec: {one}")),
            Some(("", _)) => return Err("unexpected empty label key".to_owned()),
            Some((key, value)) => {
                labels.insert(key.to_owned(), value.to_owned());
            }
        }
    }
    Ok(labels)
}

/// The label that `run` gives where none is asked for.
pub fn run_label(name: &str) -> Map<'static> {
    pair("run", name)
}

/// Annotations, each as `key=value`.
///
/// # Errors
/// kubectl's sentence for one that is not of that form.
pub fn annotations(texts: &[String]) -> Result<Map<'static>, String> {
    let mut annotations = Map::new();
    for text in texts {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => annotations.insert(key.to_owned(), value.to_owned()),
            _ => return Err(format!("invalid annotations format: {text}")),
        };
    }
    Ok(annotations)
}

/// Variables of an environment, each as `NAME=value`.
///
/// # Errors
/// kubectl's sentence for one that is not of that form.
pub fn variables(texts: &[String]) -> Result<Vec<OwnedValue>, String> {
    texts
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && names::env_var_name(name).is_empty() => {
                Ok(Fields::new().set("name", name.to_owned()).text("value", value).into())
            }
            _ => Err(format!("invalid env: {text}")),
        })
        .collect()
}
