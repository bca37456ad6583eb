//! Label selectors in an object as the text that a list is asked with.

use std::fmt::Write;

use super::fields::{entries, or_else, texts};
use crate::{
    api::{Value, quote, sort::sort},
    error::{Error, Result},
};

/// A label selector (`metav1.LabelSelector`) as text: `app=web,tier in (a,b),!old`. Nothing at all and the selector of
/// everything are both empty.
///
/// # Errors
/// client-go's sentence on a term that makes no sense.
pub fn text(selector: Option<&Value<'_>>) -> Result<String> {
    let Some(selector) = selector else {
        return Ok(String::new());
    };
    let mut terms: Vec<(&str, String)> = Vec::new();
    for (key, value) in entries(selector, &["matchLabels"]) {
        terms.push((key, format!("{key}={value}")));
    }
    for expression in selector.items_at(&["matchExpressions"]) {
        let key = expression.str_at(&["key"]);
        terms.push((key, term(key, expression)?));
    }
    sort(&mut terms, |a, b| a.0 < b.0);
    Ok(terms.into_iter().map(|(_, term)| term).collect::<Vec<_>>().join(","))
}

/// One expression as text.
fn term(key: &str, expression: &Value<'_>) -> Result<String> {
    let mut values = texts(expression, &["values"]);
    let given = values.clone();
    values.sort_unstable();
    values.dedup();
    let operator = expression.str_at(&["operator"]);
    let wrong = |why: &str| {
        let given: Vec<String> = given.iter().map(|value| quote(value)).collect();
        Err(Error::message(format!(
            "values: Invalid value: []string{{{}}}: {why}",
            given.join(", ")
        )))
    };
    match operator {
        "In" | "NotIn" if values.is_empty() => wrong("for 'in', 'notin' operators, values set can't be empty"),
        "Exists" | "DoesNotExist" if !values.is_empty() => wrong("values set must be empty for exists and does not exist"),
        "In" => Ok(format!("{key} in ({})", values.join(","))),
        "NotIn" => Ok(format!("{key} notin ({})", values.join(","))),
        "Exists" => Ok(key.to_owned()),
        "DoesNotExist" => Ok(format!("!{key}")),
        other => Err(Error::message(format!("{} is not a valid label selector operator", quote(other)))),
    }
}

/// A label selector for reading: `<none>` where it is empty, `<error>` where it makes no sense.
pub fn shown(selector: Option<&Value<'_>>) -> String {
    match text(selector) {
        Ok(text) => or_else(text, "<none>"),
        Err(_) => "<error>".to_owned(),
    }
}

/// A selector that is only labels, as text for a list.
pub fn of_labels(labels: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (at, (key, value)) in labels.iter().enumerate() {
        // A string takes everything.
        _ = write!(text, "{}{key}={value}", if at > 0 { "," } else { "" });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::value;

    #[test]
    fn text_of_a_selector_lists_its_terms_by_key_with_sorted_values() {
        let selector = value(
            r#"{"matchLabels":{"tier":"x","app":"web"},"matchExpressions":[{"key":"b","operator":"In","values":["z","a"]},
            {"key":"a","operator":"Exists"},{"key":"zz","operator":"DoesNotExist"},{"key":"c","operator":"NotIn","values":["q"]}]}"#,
        );
        assert_eq!(text(Some(&selector)).unwrap(), "a,app=web,b in (a,z),c notin (q),tier=x,!zz");
        assert_eq!(shown(Some(&value("{}"))), "<none>");
        assert_eq!(shown(None), "<none>");
    }

    #[test]
    fn text_of_a_selector_that_makes_no_sense_says_why() {
        let wrong = |expression: &str| {
            let selector = value(&format!(r#"{{"matchExpressions":[{expression}]}}"#));
            assert_eq!(shown(Some(&selector)), "<error>");
            text(Some(&selector)).unwrap_err().to_string()
        };
        assert_eq!(
            wrong(r#"{"key":"a","operator":"Like"}"#),
            "\"Like\" is not a valid label selector operator"
        );
        assert_eq!(
            wrong(r#"{"key":"a","operator":"In"}"#),
            "values: Invalid value: []string{}: for 'in', 'notin' operators, values set can't be empty"
        );
        assert_eq!(
            wrong(r#"{"key":"a","operator":"Exists","values":["b","a"]}"#),
            "values: Invalid value: []string{\"b\", \"a\"}: values set must be empty for exists and does not exist"
        );
    }
}
