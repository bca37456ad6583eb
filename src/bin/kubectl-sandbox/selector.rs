//! The label selectors in objects, and field selectors (`k8s.io/apimachinery/pkg/fields`).

use kubectl_rs::api::{Map, Value};

/// One demand on labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    key: String,
    operator: Operator,
    values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    In,
    NotIn,
    Exists,
    Missing,
}

/// Demands that must all be met; none at all are met by everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LabelSelector(Vec<Requirement>);

impl LabelSelector {
    /// The selector that an object's field means (`matchLabels` and `matchExpressions`); one that selects nothing
    /// where there is no field.
    pub fn of(selector: Option<&Value<'_>>) -> Option<Self> {
        let selector = selector.filter(|selector| !selector.is_null())?;
        let mut requirements = LabelSelector::equal_to(selector.get("matchLabels")).0;
        for expression in selector.items_at(&["matchExpressions"]) {
            requirements.push(Requirement {
                key: expression.str_at(&["key"]).to_owned(),
                operator: match expression.str_at(&["operator"]) {
                    "In" => Operator::In,
                    "NotIn" => Operator::NotIn,
                    "Exists" => Operator::Exists,
                    "DoesNotExist" => Operator::Missing,
                    _ => return None,
                },
                values: expression
                    .items_at(&["values"])
                    .iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect(),
            });
        }
        Some(LabelSelector(requirements))
    }

    /// The selector of a plain map of labels.
    pub fn equal_to(labels: Option<&Value<'_>>) -> Self {
        LabelSelector(
            labels
                .and_then(Value::as_object)
                .map(|map| {
                    map.iter()
                        .map(|(key, value)| Requirement {
                            key: key.to_owned(),
                            operator: Operator::In,
                            values: vec![value.as_str().unwrap_or_default().to_owned()],
                        })
                        .collect()
                })
                .unwrap_or_default(),
        )
    }

    /// Whether it demands nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an object's labels meet it.
    pub fn matches(&self, labels: Option<&Map<'_>>) -> bool {
        self.0.iter().all(|requirement| {
            let label = labels.and_then(|labels| labels.get(&requirement.key)).and_then(Value::as_str);
            let is_one_of = || label.is_some_and(|label| requirement.values.iter().any(|value| value == label));
            match requirement.operator {
                Operator::In => is_one_of(),
                Operator::NotIn => !is_one_of(),
                Operator::Exists => label.is_some(),
                Operator::Missing => label.is_none(),
            }
        })
    }

    /// Whether an object meets it.
    pub fn matches_object(&self, object: &Value<'_>) -> bool {
        self.0.is_empty() || self.matches(object.at(&["metadata", "labels"]).and_then(Value::as_object))
    }
}

/// A selector field of an object as text, as tables show it (`metav1.FormatLabelSelector`).
pub fn format_label_selector(selector: &Value<'_>) -> String {
    let mut parts: Vec<(String, String)> = Vec::new();
    if let Some(labels) = selector.get("matchLabels").and_then(Value::as_object) {
        parts.extend(
            labels
                .iter()
                .map(|(key, value)| (key.to_owned(), format!("{key}={}", value.as_str().unwrap_or_default()))),
        );
    }
    for expression in selector.items_at(&["matchExpressions"]) {
        let key = expression.str_at(&["key"]);
        let mut values: Vec<&str> = expression.items_at(&["values"]).iter().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let text = match expression.str_at(&["operator"]) {
            "In" => format!("{key} in ({})", values.join(",")),
            "NotIn" => format!("{key} notin ({})", values.join(",")),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => continue,
        };
        parts.push((key.to_owned(), text));
    }
    parts.sort_by(|a, b| a.0.cmp(&b.0));
    parts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}

/// Demands on fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector(Vec<(String, bool, String)>);

impl FieldSelector {
    /// Reads a selector as clients write it: `metadata.name=x,status.phase!=Running`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut terms = Vec::new();
        for term in split_terms(text) {
            if term.is_empty() {
                continue;
            }
            let (key, equal, value) = if let Some((key, value)) = term.split_once("!=") {
                (key, false, value)
            } else if let Some((key, value)) = term.split_once("==") {
                (key, true, value)
            } else if let Some((key, value)) = term.split_once('=') {
                (key, true, value)
            } else {
                return Err(format!("invalid selector: '{text}'; can't understand '{term}'"));
            };
            terms.push((key.to_owned(), equal, unescape(value)));
        }
        Ok(FieldSelector(terms))
    }

    /// Whether it demands nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fields that it speaks of.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, ..)| key.as_str())
    }

    /// Whether `field`, which gives a field's text, meets it.
    pub fn matches(&self, field: impl Fn(&str) -> String) -> bool {
        self.0.iter().all(|(key, equal, value)| (field(key) == *value) == *equal)
    }
}

fn split_terms(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut escaped = false;
    for c in text.chars() {
        let last = terms.len() - 1;
        match c {
            ',' if !escaped => terms.push(String::new()),
            c => terms[last].push(c),
        }
        escaped = c == '\\' && !escaped;
    }
    terms
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => out.extend(chars.next()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn label_selectors_of_objects_match_as_they_say() {
        let text = br#"{"matchLabels":{"app":"till"},"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]},
            {"key":"old","operator":"DoesNotExist"},{"key":"app","operator":"Exists"},{"key":"zone","operator":"NotIn","values":["x"]}]}"#;
        let field = kubectl_rs::api::json::parse(text).unwrap();
        let selector = LabelSelector::of(Some(&field)).unwrap();
        let meets = |labels: &[(&'static str, &'static str)]| selector.matches(Some(&labels.iter().copied().collect()));
        assert!(meets(&[("app", "till"), ("tier", "b")]));
        assert!(!meets(&[("app", "till"), ("tier", "c")]));
        assert!(!meets(&[("app", "till"), ("tier", "a"), ("old", "")]));
        assert!(!meets(&[("app", "till"), ("tier", "a"), ("zone", "x")]));
        assert_eq!(format_label_selector(&field), "app=till,app,!old,tier in (a,b),zone notin (x)");
        assert_eq!(LabelSelector::of(None), None);
    }

    #[test]
    fn field_selectors_match_and_unescape() {
        let selector = FieldSelector::parse(r"metadata.name=a\,b,status.phase!=Running").unwrap();
        let field = |name: &str| match name {
            "metadata.name" => "a,b".to_owned(),
            _ => "Pending".to_owned(),
        };
        assert!(selector.matches(field));
        assert!(FieldSelector::parse("nonsense").is_err());
    }
}
