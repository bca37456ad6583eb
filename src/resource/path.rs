//! Paths and queries of requests, escaped as Go's `net/url` escapes them, so that logs and servers see the same.

use crate::{api::quote, discovery::Mapping};

/// The path of a collection, or with `name` of an object in it, or with `subresource` of a part of the object.
pub fn of(mapping: &Mapping, namespace: &str, name: &str, subresource: &str) -> String {
    let mut path = mapping.root();
    if mapping.namespaced && !namespace.is_empty() {
        path.push_str("/namespaces/");
        escape(&mut path, namespace, false);
    }
    for part in [mapping.resource.as_str(), name, subresource] {
        if !part.is_empty() {
            path.push('/');
            escape(&mut path, part, false);
        }
    }
    path
}

/// What client-go says of a name that no path can hold: one that is empty, a step, or more than one segment.
pub fn name_fault(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("resource name may not be empty".to_owned());
    }
    segment_fault(name).map(|fault| format!("invalid resource name {}: {fault}", quote(name)))
}

/// The same for a namespace; an empty one is fine.
pub fn namespace_fault(namespace: &str) -> Option<String> {
    segment_fault(namespace).map(|fault| format!("invalid namespace {}: {fault}", quote(namespace)))
}

fn segment_fault(text: &str) -> Option<String> {
    if matches!(text, "." | "..") {
        return Some(format!("[may not be '{text}']"));
    }
    let forbidden = ['/', '%'].into_iter().filter(|&character| text.contains(character));
    let faults: Vec<_> = forbidden.map(|character| format!("may not contain '{character}'")).collect();
    (!faults.is_empty()).then(|| format!("[{}]", faults.join(" ")))
}

/// `path` with `parameters` behind it, in alphabetical order; those without a value are left out.
pub fn with_query(mut path: String, parameters: &[(&str, &str)]) -> String {
    let mut parameters: Vec<_> = parameters.iter().filter(|(_, value)| !value.is_empty()).collect();
    parameters.sort();
    for (i, (key, value)) in parameters.into_iter().enumerate() {
        path.push(if i == 0 { '?' } else { '&' });
        escape(&mut path, key, true);
        path.push('=');
        escape(&mut path, value, true);
    }
    path
}

/// Appends `text` with every byte escaped that Go escapes in a query, or in a segment of a path.
pub fn escape(out: &mut String, text: &str, query: bool) {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' if query => out.push('+'),
            b'$' | b'&' | b'+' | b',' | b':' | b';' | b'=' | b'@' if !query => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_query_sorts_escapes_and_leaves_empty_values_out() {
        let path = with_query(
            "/api/v1/pods".into(),
            &[("limit", "500"), ("labelSelector", "a in (b, c)"), ("continue", "")],
        );
        assert_eq!(path, "/api/v1/pods?labelSelector=a+in+%28b%2C+c%29&limit=500");
    }

    #[test]
    fn faults_of_what_is_no_segment_are_said_as_client_go_says_them() {
        let text = |name: &str| name_fault(name).unwrap();
        assert_eq!(text(""), "resource name may not be empty");
        assert_eq!(text(".."), "invalid resource name \"..\": [may not be '..']");
        assert_eq!(
            text("a%b/"),
            "invalid resource name \"a%b/\": [may not contain '/' may not contain '%']"
        );
        assert_eq!(namespace_fault("a%b").unwrap(), "invalid namespace \"a%b\": [may not contain '%']");
        assert_eq!((name_fault("a.b,c"), namespace_fault("")), (None, None));
    }

    #[test]
    fn escape_in_a_path_leaves_what_go_leaves() {
        let mut path = String::new();
        escape(&mut path, "a,b;c=d@e:f$&+ ?*'", false);
        assert_eq!(path, "a,b;c=d@e:f$&+%20%3F%2A%27");
    }
}
