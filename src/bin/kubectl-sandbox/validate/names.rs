//! The rules for names and labels (`k8s.io/apimachinery/pkg/util/validation`), each with its sentence.

/// What must hold for a DNS label.
pub const LABEL_RULE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
/// What must hold for a DNS subdomain.
pub const SUBDOMAIN_RULE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
/// What must hold for an old DNS label.
pub const LABEL_1035_RULE: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED_RULE: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_RULE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY_RULE: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

fn is_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    bytes.first().is_some_and(plain) && bytes.last().is_some_and(plain) && bytes.iter().all(|byte| plain(byte) || *byte == b'-')
}

/// What is wrong with a DNS label.
pub fn dns_label(text: &str) -> Option<String> {
    match text {
        _ if text.len() > 63 => Some("must be no more than 63 bytes".to_owned()),
        _ if !is_label(text) => Some(LABEL_RULE.to_owned()),
        _ => None,
    }
}

/// What is wrong with an old DNS label, which begins with a letter.
pub fn dns_1035_label(text: &str) -> Option<String> {
    match text {
        _ if text.len() > 63 => Some("must be no more than 63 bytes".to_owned()),
        _ if !is_label(text) || !text.starts_with(|c: char| c.is_ascii_lowercase()) => Some(LABEL_1035_RULE.to_owned()),
        _ => None,
    }
}

/// What is wrong with a DNS subdomain.
pub fn dns_subdomain(text: &str) -> Option<String> {
    match text {
        _ if text.len() > 253 => Some("must be no more than 253 bytes".to_owned()),
        _ if !text.split('.').all(is_label) => Some(SUBDOMAIN_RULE.to_owned()),
        _ => None,
    }
}

/// What is wrong with a name in a URL's path.
pub fn path_segment(text: &str) -> Option<String> {
    if matches!(text, "." | "..") {
        return Some(format!("may not be '{text}'"));
    }
    ['/', '%']
        .into_iter()
        .find(|c| text.contains(*c))
        .map(|c| format!("may not contain '{c}'"))
}

fn is_qualified(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// What is wrong with a name that may have a prefix, such as a label's key.
pub fn qualified_name(text: &str) -> Option<String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if name.contains('/') {
        return Some(format!(
            "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
            QUALIFIED_RULE.strip_prefix("name part ").unwrap_or(QUALIFIED_RULE)
        ));
    }
    match prefix {
        Some("") => return Some("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            if let Some(problem) = dns_subdomain(prefix) {
                return Some(format!("prefix part {problem}"));
            }
        }
        None => {}
    }
    match name {
        "" => Some(format!("name part must be non-empty; {QUALIFIED_RULE}")),
        _ if name.len() > 63 => Some("name part must be no more than 63 bytes".to_owned()),
        _ if !is_qualified(name) => Some(QUALIFIED_RULE.to_owned()),
        _ => None,
    }
}

/// What is wrong with a label's value.
pub fn label_value(text: &str) -> Option<String> {
    match text {
        _ if text.len() > 63 => Some("must be no more than 63 bytes".to_owned()),
        "" => None,
        _ if !is_qualified(text) => Some(VALUE_RULE.to_owned()),
        _ => None,
    }
}

/// What is wrong with a key of a config map or secret.
pub fn config_key(text: &str) -> Option<String> {
    let good = !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    match text {
        _ if text.len() > 253 => Some("must be no more than 253 bytes".to_owned()),
        _ if !good => Some(KEY_RULE.to_owned()),
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        _ if text.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_judged_by_their_rules() {
        assert_eq!(dns_subdomain("a.b-c.d0"), None);
        assert!(dns_subdomain("Web_Bad").is_some() && dns_subdomain("a..b").is_some() && dns_subdomain("-a").is_some());
        assert_eq!(dns_label("123-abc"), None);
        assert!(dns_label("a.b").is_some() && dns_label("").is_some());
        assert!(dns_1035_label("1a").is_some() && dns_1035_label("a1").is_none());
        assert_eq!(qualified_name("example.com/My.Name_x"), None);
        assert!(qualified_name("/a").is_some() && qualified_name("a/b/c").is_some() && qualified_name("a b").is_some());
        assert!(label_value("").is_none() && label_value("a/b").is_some());
        assert!(config_key("a.b_C-d").is_none() && config_key("a/b").is_some() && config_key("..x").is_some());
    }
}
