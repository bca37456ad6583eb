//! What names, labels and keys may look like, and apimachinery's sentences for those that may not (`util/validation`).
//!
//! Each function gives the sentences for all that is wrong; none means that the text will do.

/// The longest DNS label, and the longest name of a label or its value.
const LABEL_LENGTH: usize = 63;

/// The longest DNS name.
const SUBDOMAIN_LENGTH: usize = 253;

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/// What kind of letters a name is made of, its first and its last ones.
fn consists(text: &str, first: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool, last: impl Fn(u8) -> bool) -> bool {
    match text.as_bytes() {
        [] => false,
        [only] => first(*only) && last(*only),
        [start, middle @ .., end] => first(*start) && last(*end) && middle.iter().all(|&byte| inner(byte)),
    }
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_label(text: &str) -> bool {
    consists(text, is_lower, |byte| is_lower(byte) || byte == b'-', is_lower)
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric();
    consists(text, letter, |byte| letter(byte) || matches!(byte, b'-' | b'_' | b'.'), letter)
}

fn too_long(length: usize) -> String {
    format!("must be no more than {length} bytes")
}

/// The rule, its examples and its regular expression. The two spaces before `or` are apimachinery's.
fn rule(sentence: &str, expression: &str, examples: &[&str]) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    format!(
        "{sentence} (e.g. {}regex used for validation is '{expression}')",
        examples.join(" or ")
    )
}

fn check(text: &str, length: usize, good: bool, rule: impl FnOnce() -> String) -> Vec<String> {
    let mut sentences = Vec::new();
    if text.len() > length {
        sentences.push(too_long(length));
    }
    if !good {
        sentences.push(rule());
    }
    sentences
}

/// A DNS label: `my-name` (`IsDNS1123Label`), the form of namespaces and services.
pub fn dns1123_label(text: &str) -> Vec<String> {
    check(text, LABEL_LENGTH, is_label(text), || {
        if is_subdomain(text) {
            return "must not contain dots".to_owned();
        }
        rule(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
             and must start and end with an alphanumeric character",
            LABEL,
            &["my-name", "123-abc"],
        )
    })
}

/// A DNS name: `example.com` (`IsDNS1123Subdomain`), the form of most objects' names.
pub fn dns1123_subdomain(text: &str) -> Vec<String> {
    check(text, SUBDOMAIN_LENGTH, is_subdomain(text), || {
        rule(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
             and must start and end with an alphanumeric character",
            SUBDOMAIN,
            &["example.com"],
        )
    })
}

/// A DNS name that begins with `*.` (`IsWildcardDNS1123Subdomain`).
pub fn wildcard_subdomain(text: &str) -> Vec<String> {
    check(text, SUBDOMAIN_LENGTH, text.strip_prefix("*.").is_some_and(is_subdomain), || {
        rule(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of \
             lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
            &format!(r"\*\.{SUBDOMAIN}"),
            &["*.example.com"],
        )
    })
}

/// A DNS label that begins with a letter: `abc-123` (`IsDNS1035Label`).
pub fn dns1035_label(text: &str) -> Vec<String> {
    let good = consists(
        text,
        |byte| byte.is_ascii_lowercase(),
        |byte| is_lower(byte) || byte == b'-',
        is_lower,
    );
    check(text, LABEL_LENGTH, good, || {
        rule(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, \
             and end with an alphanumeric character",
            "[a-z]([-a-z0-9]*[a-z0-9])?",
            &["my-name", "abc-123"],
        )
    })
}

/// The key of a label, an annotation or a taint: `example.com/MyName` (`IsQualifiedName`).
pub fn qualified_name(text: &str) -> Vec<String> {
    let form = || {
        rule(
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
            QUALIFIED,
            &["MyName", "my.name", "123-abc"],
        )
    };
    let mut sentences = Vec::new();
    let name = match text.split('/').collect::<Vec<_>>().as_slice() {
        [name] => *name,
        [prefix, name] => {
            match *prefix {
                "" => sentences.push("prefix part must be non-empty".to_owned()),
                prefix => sentences.extend(
                    dns1123_subdomain(prefix)
                        .into_iter()
                        .map(|sentence| format!("prefix part {sentence}")),
                ),
            }
            *name
        }
        _ => {
            return vec![format!(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                form()
            )];
        }
    };
    if name.is_empty() {
        sentences.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL_LENGTH {
        sentences.push(format!("name part {}", too_long(LABEL_LENGTH)));
    }
    if !is_name(name) {
        sentences.push(format!("name part {}", form()));
    }
    sentences
}

/// The value of a label: `MyValue`, or nothing (`IsValidLabelValue`).
pub fn label_value(text: &str) -> Vec<String> {
    check(text, LABEL_LENGTH, text.is_empty() || is_name(text), || {
        rule(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
             and must start and end with an alphanumeric character",
            &format!("({QUALIFIED})?"),
            &["MyValue", "my_value", "12345"],
        )
    })
}

/// The key of an entry in a config map or a secret: `key.name` (`IsConfigMapKey`).
pub fn config_map_key(text: &str) -> Vec<String> {
    let good = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    let mut sentences = check(text, SUBDOMAIN_LENGTH, good, || {
        rule(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            "[-._a-zA-Z0-9]+",
            &["key.name", "KEY_NAME", "key-name"],
        )
    });
    sentences.extend(no_climbing(text));
    sentences
}

/// The name of an environment variable in the narrow form: `my.env-name` (`IsEnvVarName`).
pub fn env_var_name(text: &str) -> Vec<String> {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let good = consists(text, |byte| inner(byte) && !byte.is_ascii_digit(), inner, inner);
    let mut sentences = check(text, usize::MAX, good, || {
        rule(
            "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', \
             and must not start with a digit",
            "[-._a-zA-Z][-._a-zA-Z0-9]*",
            &["my.env-name", "MY_ENV.NAME", "MyEnvName1"],
        )
    });
    sentences.extend(no_climbing(text));
    sentences
}

/// What would lead out of a folder of files that are named so.
fn no_climbing(text: &str) -> Option<String> {
    match text {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        text if text.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

/// The name of an object where it goes into a path unescaped (`IsValidPathSegmentName`).
pub fn path_segment(text: &str) -> Vec<String> {
    if matches!(text, "." | "..") {
        return vec![format!("may not be '{text}'")];
    }
    ["/", "%"]
        .iter()
        .filter(|part| text.contains(**part))
        .map(|part| format!("may not contain '{part}'"))
        .collect()
}

/// The number of a port (`IsValidPortNum`).
pub fn port_number(port: i64) -> Vec<String> {
    if (1..=65535).contains(&port) {
        return Vec::new();
    }
    vec!["must be between 1 and 65535, inclusive".to_owned()]
}

/// The name of a port (`IsValidPortName`).
pub fn port_name(text: &str) -> Vec<String> {
    let mut sentences = Vec::new();
    if text.len() > 15 {
        sentences.push(too_long(15));
    }
    if !text.bytes().all(|byte| is_lower(byte) || byte == b'-') || text.is_empty() {
        sentences.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_owned());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        sentences.push("must contain at least one letter (a-z)".to_owned());
    }
    if text.contains("--") {
        sentences.push("must not contain consecutive hyphens".to_owned());
    }
    if text.starts_with('-') || text.ends_with('-') {
        sentences.push("must not begin or end with a hyphen".to_owned());
    }
    sentences
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::api::{quote, tests as reference};

    #[test]
    fn dns_names_of_good_form_pass() {
        for text in ["a", "0", "my-name", "a.b", "1.2-3.c"] {
            assert_eq!(dns1123_subdomain(text), Vec::<String>::new(), "{text}");
        }
        assert!(dns1123_label("my-name").is_empty() && dns1035_label("a1").is_empty() && wildcard_subdomain("*.a.b").is_empty());
    }

    #[test]
    fn dns_names_of_bad_form_are_told_the_rule() {
        for text in ["", "-a", "a-", "A", "a_b", "a..b", ".a", "é"] {
            assert_eq!(dns1123_subdomain(text).len(), 1, "{text}");
        }
        assert_eq!(dns1123_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns1123_label(&"a".repeat(64)), ["must be no more than 63 bytes"]);
        assert_eq!(
            dns1035_label("1a"),
            [
                "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, \
              and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is \
              '[a-z]([-a-z0-9]*[a-z0-9])?')"
            ]
        );
        assert!(!wildcard_subdomain("a.b").is_empty());
    }

    #[test]
    fn keys_that_climb_are_refused() {
        assert_eq!(config_map_key(".."), ["must not be '..'"]);
        assert_eq!(config_map_key("..a"), ["must not start with '..'"]);
        assert_eq!(env_var_name("."), ["must not be '.'"]);
        assert!(env_var_name("1a").len() == 1 && config_map_key("1a").is_empty() && config_map_key("a b").len() == 1);
        assert_eq!(path_segment("a/b%"), ["may not contain '/'", "may not contain '%'"]);
        assert!(port_name("http").is_empty() && port_name("-1--").len() == 3 && port_number(0).len() == 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn qualified_name_of_any_key_agrees_with_kubectl(key in "[-a-zA-Z0-9_./é]{1,70}") {
            let selector = format!("--selector={key}=v");
            let Some(answer) = reference::ask(&["create", "pdb", "p", "--min-available=1", "--dry-run=client", &selector], b"") else {
                return Ok(());
            };
            let refused = answer.err.lines().next().unwrap_or_default();
            let ours = qualified_name(&key);
            prop_assert_eq!(ours.is_empty(), answer.code == Some(0), "{} {}", quote(&key), refused);
            // Older kubectls count characters; they mean bytes.
            let ours = ours.join("; ").replace("bytes", "characters");
            let refused = refused.replace("bytes", "characters");
            prop_assert!(refused.contains(&ours), "{} not in {}", ours, refused);
        }
    }
}
