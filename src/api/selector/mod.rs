//! Selectors: `app=till,tier in (front, back),!old` over labels, with apimachinery's rules (`labels.Parse`), and
//! `status.phase!=Running` over fields (`fields.ParseSelector`).

mod fields;
mod parse;

use std::{cmp::Ordering, fmt};

pub use fields::FieldSelector;

use super::{Map, OwnedValue, Value, names, quote, sort::sort};

/// All of whose requirements an object's labels must meet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selector {
    requirements: Vec<Requirement>,
}

/// What one label must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The label.
    pub key: String,
    /// How its value is compared.
    pub operator: Operator,
    /// What its value is compared with, sorted.
    pub values: Vec<String>,
}

/// How a label's value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `a=b`
    Equals,
    /// `a==b`
    DoubleEquals,
    /// `a!=b`, which what has no such label meets too
    NotEquals,
    /// `a in (b,c)`
    In,
    /// `a notin (b,c)`, which what has no such label meets too
    NotIn,
    /// `a`
    Exists,
    /// `!a`
    DoesNotExist,
    /// `a>1`
    GreaterThan,
    /// `a<1`
    LessThan,
}

impl Selector {
    fn new(mut requirements: Vec<Requirement>) -> Selector {
        sort(&mut requirements, |a, b| a.key < b.key);
        Selector { requirements }
    }

    /// Selects what has each of `labels`, as the selectors of services and replication controllers do.
    pub fn from_labels(labels: &Map<'_>) -> Selector {
        let equals = |(key, value): (&str, &Value<'_>)| Requirement {
            key: key.to_owned(),
            operator: Operator::Equals,
            values: vec![value.as_str().unwrap_or_default().to_owned()],
        };
        Selector::new(labels.iter().map(equals).collect())
    }

    /// The selector in a `LabelSelector` (`matchLabels`, `matchExpressions`). An empty one selects everything; `null`, which
    /// selects nothing, is none.
    ///
    /// # Errors
    /// Why it makes no sense.
    pub fn from_label_selector(selector: &Value<'_>) -> Result<Option<Selector>, LabelSelectorError> {
        let Some(fields) = selector.as_object() else {
            return Ok(None);
        };
        let mut requirements = match fields.get("matchLabels").and_then(Value::as_object) {
            Some(labels) => Selector::from_labels(labels).requirements,
            None => Vec::new(),
        };
        for requirement in &requirements {
            requirement.validate().map_err(LabelSelectorError::Requirement)?;
        }
        for expression in selector.items_at(&["matchExpressions"]) {
            let operator = match expression.str_at(&["operator"]) {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                "DoesNotExist" => Operator::DoesNotExist,
                other => return Err(LabelSelectorError::Operator(other.to_owned())),
            };
            let requirement = Requirement {
                key: expression.str_at(&["key"]).to_owned(),
                operator,
                values: expression
                    .items_at(&["values"])
                    .iter()
                    .map(|value| value.as_str().unwrap_or_default().to_owned())
                    .collect(),
            };
            requirement.validate().map_err(LabelSelectorError::Requirement)?;
            requirements.push(requirement);
        }
        Ok(Some(Selector::new(requirements)))
    }

    /// The same as a `LabelSelector` (`metav1.ParseToLabelSelector`).
    ///
    /// # Errors
    /// For comparisons that a `LabelSelector` does not have.
    pub fn to_label_selector(&self) -> Result<OwnedValue, String> {
        let mut labels = Map::new();
        let mut expressions = Vec::new();
        for Requirement { key, operator, values } in &self.requirements {
            let operator = match operator {
                Operator::Equals | Operator::DoubleEquals => {
                    labels.insert(key.clone(), values.first().cloned().unwrap_or_default());
                    continue;
                }
                Operator::In => "In",
                Operator::NotIn => "NotIn",
                Operator::Exists => "Exists",
                Operator::DoesNotExist => "DoesNotExist",
                Operator::NotEquals => return Err("\"!=\" is not a valid label selector operator".to_owned()),
                Operator::GreaterThan => return Err("\"gt\" isn't supported in label selectors".to_owned()),
                Operator::LessThan => return Err("\"lt\" isn't supported in label selectors".to_owned()),
            };
            let mut expression = Map::in_order();
            expression.insert("key", key.clone());
            expression.insert("operator", operator);
            if !values.is_empty() {
                expression.insert("values", values.iter().cloned().map(Value::from).collect::<Vec<_>>());
            }
            expressions.push(Value::Object(expression));
        }
        let mut selector = Map::in_order();
        if !labels.is_empty() {
            selector.insert("matchLabels", labels);
        }
        if !expressions.is_empty() {
            selector.insert("matchExpressions", expressions);
        }
        Ok(Value::Object(selector))
    }

    /// The requirements, in the order of their keys.
    pub fn requirements(&self) -> &[Requirement] {
        &self.requirements
    }

    /// Whether labels meet every requirement.
    pub fn matches(&self, labels: Option<&Map<'_>>) -> bool {
        self.requirements.iter().all(|requirement| {
            let value = labels
                .and_then(|labels| labels.get(&requirement.key))
                .map(|value| value.as_str().unwrap_or_default());
            requirement.meets(value)
        })
    }

    /// Whether an object's labels meet every requirement.
    pub fn matches_object(&self, object: &Value<'_>) -> bool {
        self.matches(object.at(&["metadata", "labels"]).and_then(Value::as_object))
    }

    /// Whether everything is selected.
    pub fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }
}

impl Requirement {
    fn meets(&self, value: Option<&str>) -> bool {
        let wanted = |value: &str| self.values.iter().any(|wanted| wanted == value);
        let compared = || {
            let value = integer(value?)?;
            Some(value.cmp(&integer(self.values.first()?)?))
        };
        match self.operator {
            Operator::Equals | Operator::DoubleEquals | Operator::In => value.is_some_and(wanted),
            Operator::NotEquals | Operator::NotIn => !value.is_some_and(wanted),
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
            Operator::GreaterThan => compared() == Some(Ordering::Greater),
            Operator::LessThan => compared() == Some(Ordering::Less),
        }
    }

    /// apimachinery's rules for keys and values (`labels.NewRequirement`), a sentence for each that is broken.
    fn validate(&self) -> Result<(), Vec<String>> {
        let Requirement { key, operator, values } = self;
        let mut errors = Vec::new();
        let mut add = |path: String, value: &str, sentence: &str| errors.push(invalid(&path, value, sentence));
        let wrong = names::qualified_name(key);
        if !wrong.is_empty() {
            add("key".to_owned(), key, &wrong.join("; "));
        }
        let listed = || format!("[{}]", values.iter().map(|value| quote(value)).collect::<Vec<_>>().join(","));
        match operator {
            Operator::In | Operator::NotIn if values.is_empty() => {
                errors.push("values: Invalid value: null: for 'in', 'notin' operators, values set can't be empty".to_owned());
            }
            Operator::Exists | Operator::DoesNotExist if !values.is_empty() => {
                errors.push(format!(
                    "values: Invalid value: {}: values set must be empty for exists and does not exist",
                    listed()
                ));
            }
            Operator::GreaterThan | Operator::LessThan => {
                for (at, value) in values.iter().enumerate().filter(|(_, value)| integer(value).is_none()) {
                    add(
                        format!("values[{at}]"),
                        value,
                        "for 'Gt', 'Lt' operators, the value must be an integer",
                    );
                }
            }
            _ => {}
        }
        for (at, value) in values.iter().enumerate() {
            let wrong = names::label_value(value);
            if !wrong.is_empty() {
                errors.push(invalid(&format!("values[{at}][{key}]"), value, &wrong.join("; ")));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

/// Why a `LabelSelector` makes no sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LabelSelectorError {
    /// It has an operator that is none.
    Operator(String),
    /// A sentence for each rule that a key or its values break.
    Requirement(Vec<String>),
}

impl fmt::Display for LabelSelectorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LabelSelectorError::Operator(operator) => write!(f, "{} is not a valid label selector operator", quote(operator)),
            LabelSelectorError::Requirement(sentences) => f.write_str(&in_one(sentences)),
        }
    }
}

impl std::error::Error for LabelSelectorError {}

/// Several sentences as one (`utilerrors.Aggregate`).
fn in_one(sentences: &[String]) -> String {
    match sentences {
        [only] => only.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

/// A field's error in the form of `field.Invalid`.
fn invalid(path: &str, value: &str, sentence: &str) -> String {
    format!("{path}: Invalid value: {}: {sentence}", quote(value))
}

/// Go's `ParseInt` in base 10.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// The canonical form, requirements by key, values sorted: `app=till,tier in (back,front),!old`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, requirement) in self.requirements.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            write!(f, "{comma}{requirement}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values: Vec<&str> = self.values.iter().map(String::as_str).collect();
        values.sort_unstable();
        let (key, list) = (&self.key, values.join(","));
        match self.operator {
            Operator::Equals => write!(f, "{key}={list}"),
            Operator::DoubleEquals => write!(f, "{key}=={list}"),
            Operator::NotEquals => write!(f, "{key}!={list}"),
            Operator::In => write!(f, "{key} in ({list})"),
            Operator::NotIn => write!(f, "{key} notin ({list})"),
            Operator::Exists => write!(f, "{key}"),
            Operator::DoesNotExist => write!(f, "!{key}"),
            Operator::GreaterThan => write!(f, "{key}>{list}"),
            Operator::LessThan => write!(f, "{key}<{list}"),
        }
    }
}

/// A `LabelSelector` in one line, as tables and descriptions show it: `<none>` for one that is empty or not there.
pub fn format_label_selector(selector: &Value<'_>) -> String {
    match Selector::from_label_selector(selector) {
        Err(_) => "<error>".to_owned(),
        Ok(Some(selector)) if !selector.is_empty() => selector.to_string(),
        Ok(_) => "<none>".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::{json, tests as reference};

    fn matches(selector: &str, labels: &[(&'static str, &'static str)]) -> bool {
        let labels: Map<'_> = labels.iter().copied().collect();
        Selector::parse(selector).unwrap().matches(Some(&labels))
    }

    #[test]
    fn matches_takes_every_form() {
        let labels = [("app", "till"), ("tier", "front"), ("n", "5")];
        for selector in [
            "",
            "app",
            "app=till",
            "app==till",
            "app!=x",
            "!old",
            "tier in (back, front)",
            "app notin (x),tier",
            "n>4,n<6",
            "zone!=a",
        ] {
            assert!(matches(selector, &labels), "{selector}");
        }
        for selector in [
            "old",
            "app=x",
            "!app",
            "tier in (back)",
            "app notin (till)",
            "n>5",
            "app=",
            "app>1",
            "zone>1",
        ] {
            assert!(!matches(selector, &labels), "{selector}");
        }
    }

    #[test]
    fn parse_of_broken_selectors_says_what_apimachinery_says() {
        let error = |text: &str| Selector::parse(text).unwrap_err();
        assert_eq!(error("app in x"), "unable to parse requirement: found 'x' expected: '('");
        assert_eq!(error("a=b,"), "found '', expected: identifier after ','");
        assert_eq!(error("=x"), "found '=', expected: !, identifier, or 'end of string'");
        assert_eq!(
            error("a b"),
            "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"
        );
        assert_eq!(
            error("a>x"),
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer"
        );
        assert!(error("a/b/c").starts_with("unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a qualified name must consist"));
        assert!(error("a=-x").starts_with("unable to parse requirement: values[0][a]: Invalid value: \"-x\": a valid label must be"));
    }

    #[test]
    fn display_is_canonical() {
        assert_eq!(
            Selector::parse(" b in (y, x), !c ,a==1 ").unwrap().to_string(),
            "a==1,b in (x,y),!c"
        );
    }

    #[test]
    fn from_label_selector_joins_labels_and_expressions() {
        let selector = json::parse(
            br#"{"matchLabels":{"b":"2","a":"1"},"matchExpressions":[{"key":"c","operator":"In","values":["y","x"]},{"key":"aa","operator":"Exists"}]}"#,
        )
        .unwrap();
        assert_eq!(format_label_selector(&selector), "a=1,aa,b=2,c in (x,y)");
        assert_eq!(format_label_selector(&Value::Null), "<none>");
        assert_eq!(format_label_selector(&json::parse(b"{}").unwrap()), "<none>");
        assert_eq!(
            format_label_selector(&json::parse(br#"{"matchExpressions":[{"key":"a","operator":"Is"}]}"#).unwrap()),
            "<error>"
        );
        let parsed = Selector::from_label_selector(&selector).unwrap().unwrap();
        let again = Selector::from_label_selector(&parsed.to_label_selector().unwrap())
            .unwrap()
            .unwrap();
        assert_eq!(again, parsed);
    }

    /// What kubectl makes of a selector in an object, or what it says of it.
    fn kubectl(selector: &str) -> Option<Result<OwnedValue, String>> {
        let line = [
            "create",
            "pdb",
            "p",
            "--min-available=1",
            "--dry-run=client",
            "-o",
            "json",
            &format!("--selector={selector}"),
        ];
        let answer = reference::ask(&line, b"")?;
        if answer.code == Some(0) {
            let object = json::parse(answer.out.as_bytes()).unwrap().into_owned();
            return Some(Ok(object.at(&["spec", "selector"]).cloned().unwrap_or_default()));
        }
        let sentence = answer.err.trim_end().trim_start_matches("error: ");
        let prefix = format!("couldn't parse the selector string {}: ", quote(selector));
        Some(Err(sentence
            .strip_prefix(&prefix)
            .unwrap_or(sentence)
            .replace("63 characters", "63 bytes")))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn parse_of_any_words_agrees_with_kubectl(words in prop::collection::vec(prop::sample::select(vec![
            "a", "b.c/d", "in", "notin", "=", "==", "!=", "!", "(", ")", ",", ">", "<", " ", "1", "-x", "/", "e", "a in (x,y)", "k=v", "é",
        ]), 1..9)) {
            let text = words.concat();
            if let Some(theirs) = kubectl(&text).filter(|_| !text.trim().is_empty()) {
                let ours = Selector::parse(&text).and_then(|selector| selector.to_label_selector());
                prop_assert_eq!(ours, theirs, "{}", text);
            }
        }
    }

    proptest! {
        #[test]
        fn parse_of_any_text_gives_the_same_again_from_its_form(text in "[a-z1=!<>(), ]{0,20}") {
            if let Ok(selector) = Selector::parse(&text) {
                prop_assert_eq!(Selector::parse(&selector.to_string()).unwrap(), selector);
            }
        }
    }
}
