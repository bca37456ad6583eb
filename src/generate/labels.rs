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
        match one.split('=').collect::<Vec<_>>().as_slice() {
            ["", _] => return Err("unexpected empty label key".to_owned()),
            [key, value] => labels.insert((*key).to_owned(), (*value).to_owned()),
            _ => return Err(format!("unexpected label spec: {one}")),
        };
    }
    Ok(labels)
}

/// The label that `run` gives where none is asked for.
pub fn run_label(name: &str) -> Map<'static> {
    pair("run", name)
}

/// Annotations, each as `key=value`. One empty text is none at all.
///
/// # Errors
/// kubectl's sentence for all that are not of that form.
pub fn annotations(texts: &[String]) -> Result<Map<'static>, String> {
    let (mut annotations, mut wrong) = (Map::new(), Vec::new());
    for text in given(texts) {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                annotations.insert(key.to_owned(), value.to_owned());
            }
            _ => wrong.push(text.as_str()),
        }
    }
    match wrong.as_slice() {
        [] => Ok(annotations),
        wrong => Err(format!("invalid annotations format: {}", wrong.join(", "))),
    }
}

/// What was given: a single empty text is nothing.
fn given(texts: &[String]) -> &[String] {
    match texts {
        [text] if text.is_empty() => &[],
        texts => texts,
    }
}

/// Variables of an environment, each as `NAME=value`. One empty text is none at all.
///
/// # Errors
/// kubectl's sentence for one that is not of that form.
pub fn variables(texts: &[String]) -> Result<Vec<OwnedValue>, String> {
    given(texts)
        .iter()
        .map(|text| match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && names::env_var_name(name).is_empty() => {
                Ok(Fields::new().set("name", name.to_owned()).text("value", value).into())
            }
            _ => Err(format!("invalid env: {text}")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn labels_have_one_value_and_a_key() {
        assert_eq!(labels("a=b,c=").unwrap().len(), 2);
        assert_eq!(labels("a=b=c"), Err("unexpected label spec: a=b=c".to_owned()));
        assert_eq!(labels("a=b,"), Err("unexpected label spec: ".to_owned()));
        assert_eq!(labels("=b"), Err("unexpected empty label key".to_owned()));
    }

    #[test]
    fn annotations_that_are_wrong_are_all_named() {
        assert_eq!(annotations(&texts(&["a=b=c", "d="])).unwrap().len(), 2);
        assert_eq!(
            annotations(&texts(&["a", "b=c", "=d"])),
            Err("invalid annotations format: a, =d".to_owned())
        );
    }

    #[test]
    fn one_empty_text_is_nothing_and_one_of_several_is_wrong() {
        assert!(annotations(&texts(&[""])).unwrap().is_empty());
        assert!(variables(&texts(&[""])).unwrap().is_empty());
        assert_eq!(annotations(&texts(&["", ""])), Err("invalid annotations format: , ".to_owned()));
        assert_eq!(variables(&texts(&["A=b", ""])), Err("invalid env: ".to_owned()));
    }
}
