//! Selectors over fields.

use std::fmt;

/// A selector over fields: `metadata.name=x,status.phase!=Running`. Only the server knows which fields there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSelector {
    terms: Vec<FieldTerm>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FieldTerm {
    field: String,
    equal: bool,
    value: String,
}

impl FieldSelector {
    /// Selects what has `value` in `field`.
    pub fn equals(field: impl Into<String>, value: impl Into<String>) -> Self {
        FieldSelector::default().and_equals(field, value)
    }

    /// The same selector, and `value` in `field` too.
    pub fn and_equals(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.terms.push(FieldTerm {
            field: field.into(),
            equal: true,
            value: value.into(),
        });
        self
    }

    /// Reads a selector: terms with `=`, `==` or `!=`, separated by commas; a backslash escapes a comma, an equals sign or
    /// itself in a value.
    ///
    /// # Errors
    /// apimachinery's sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = split_terms(text);
        parts.sort_unstable();
        let mut terms = Vec::new();
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            let Some(at) = part.find("!=").into_iter().chain(part.find('=')).min() else {
                return Err(format!("invalid selector: '{text}'; can't understand '{part}'"));
            };
            let (field, rest) = part.split_at(at);
            let (equal, value) = match rest.strip_prefix("!=") {
                Some(value) => (false, value),
                None => (true, rest.strip_prefix("==").or(rest.strip_prefix('=')).unwrap_or_default()),
            };
            terms.push(FieldTerm {
                field: field.to_owned(),
                equal,
                value: unescape(value)?,
            });
        }
        Ok(FieldSelector { terms })
    }

    /// Whether everything is selected.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether an object is selected, whose fields `read` knows; a field that it has not is empty.
    pub fn matches<'v>(&self, read: impl Fn(&str) -> &'v str) -> bool {
        self.terms.iter().all(|term| (read(&term.field) == term.value) == term.equal)
    }
}

impl fmt::Display for FieldSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, FieldTerm { field, equal, value }) in self.terms.iter().enumerate() {
            let comma = if at > 0 { "," } else { "" };
            let operator = if *equal { "=" } else { "!=" };
            let value = value.replace('\\', "\\\\").replace(',', "\\,").replace('=', "\\=");
            write!(f, "{comma}{field}{operator}{value}")?;
        }
        Ok(())
    }
}

/// The parts between commas that are not escaped.
fn split_terms(text: &str) -> Vec<&str> {
    let mut escaped = false;
    text.split(|letter| {
        let splits = letter == ',' && !escaped;
        escaped = letter == '\\' && !escaped;
        splits
    })
    .collect()
}

fn unescape(value: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped @ ('\\' | ',' | '=')) => text.push(escaped),
                escaped => {
                    let sequence: String = escaped.into_iter().collect();
                    return Err(format!("invalid field selector: invalid escape sequence: \\{sequence}"));
                }
            },
            ',' | '=' => {
                return Err(format!(
                    "invalid field selector: unescaped character in value: {}",
                    u32::from(letter)
                ));
            }
            letter => text.push(letter),
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn field_selector_of_escapes_reads_and_writes_them() {
        let selector = FieldSelector::parse(r"b!=x\,y\=\\,a==1,,c=").unwrap();
        assert_eq!(selector.to_string(), r"a=1,b!=x\,y\=\\,c=");
        let read = |field: &str| if field == "a" { "1" } else { "" };
        assert!(selector.matches(read));
        assert!(!FieldSelector::equals("a", "2").matches(read));
        assert_eq!(
            FieldSelector::parse("a").unwrap_err(),
            "invalid selector: 'a'; can't understand 'a'"
        );
        assert_eq!(
            FieldSelector::parse(r"a=b\c").unwrap_err(),
            r"invalid field selector: invalid escape sequence: \c"
        );
        assert_eq!(
            FieldSelector::parse("a=b=c").unwrap_err(),
            "invalid field selector: unescaped character in value: 61"
        );
        assert_eq!(
            FieldSelector::parse(r"a=b\").unwrap_err(),
            r"invalid field selector: invalid escape sequence: \"
        );
    }

    proptest! {
        #[test]
        fn field_selector_of_any_text_gives_the_same_again_from_its_form(text in "[a-c=!,\\\\]{0,12}") {
            if let Ok(selector) = FieldSelector::parse(&text) {
                // Terms are sorted by how they were typed, so their order may be another one.
                let again = FieldSelector::parse(&selector.to_string()).unwrap();
                let sorted = |selector: &FieldSelector| {
                    let mut terms: Vec<String> = selector.terms.iter().map(|term| format!("{term:?}")).collect();
                    terms.sort();
                    terms
                };
                prop_assert_eq!(sorted(&again), sorted(&selector));
            }
        }
    }
}
