//! Label selectors in an object as the text that a list is asked with.

use std::fmt::Write;

use crate::{
    api::{
        Value,
        selector::{Selector, format_label_selector},
    },
    error::Result,
};

/// A label selector (`metav1.LabelSelector`) as text: `app=web,tier in (a,b),!old`. Nothing at all and the selector of
/// everything are both empty.
///
/// # Errors
/// apimachinery's sentences on terms that make no sense.
pub fn text(selector: Option<&Value<'_>>) -> Result<String> {
    let selector = selector.map(Selector::from_label_selector).transpose()?.flatten();
    Ok(selector.map_or(String::new(), |selector| selector.to_string()))
}

/// A label selector for reading: `<none>` where it is empty, `<error>` where it makes no sense.
pub fn shown(selector: Option<&Value<'_>>) -> String {
    format_label_selector(selector.unwrap_or(&Value::Null))
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
            text(Some(&selector)).unwrap_err().text()
        };
        assert_eq!(
            wrong(r#"{"key":"a","operator":"Like"}"#),
            "error: \"Like\" is not a valid label selector operator"
        );
        assert_eq!(
            wrong(r#"{"key":"a","operator":"In"}"#),
            "values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty"
        );
        let both = wrong(r#"{"key":"","operator":"Exists","values":["b","a"]}"#);
        let [key, values] = both.lines().collect::<Vec<_>>()[..] else {
            panic!("{both}")
        };
        assert!(key.starts_with("key: Invalid value: \"\": name part must be non-empty; "), "{key}");
        assert_eq!(
            values,
            "values: Invalid value: [\"b\",\"a\"]: values set must be empty for exists and does not exist"
        );
    }
}
