//! Files of objects.

use super::node::{self, Node, Scalar, Tag};

/// The objects in a text; those in a list each by itself, behind the others.
///
/// # Errors
/// What cannot be read, and what is no object.
pub(super) fn objects(text: &str) -> Result<Vec<Node>, String> {
    let mut documents = node::documents(text).map_err(|error| match error.starts_with("yaml: ") {
        true => format!("MalformedYAMLError: {error}"),
        false => error,
    })?;
    // A list that is all there is, is taken apart at once.
    if let [list] = &documents[..]
        && matches!(list.word(&["kind"]), "List" | "ResourceList")
        && let Some(items) = list.get("items")
    {
        documents = items.items().map(<[_]>::to_vec).unwrap_or_default();
        documents.retain(|item| !item.is_null());
    }
    let mut waiting = std::collections::VecDeque::from(checked(documents)?);
    let mut found = Vec::new();
    while let Some(node) = waiting.pop_front() {
        let kind = node.word(&["kind"]).to_owned();
        if !kind.ends_with("List") {
            found.push(node);
            continue;
        }
        match node.get("items") {
            None => found.push(node),
            Some(items) if items.is_null() => {}
            Some(Node::List(items)) => waiting.extend(checked(items.clone())?),
            Some(other) => {
                let have = match other {
                    Node::Map(_) => "map[string]interface {}",
                    Node::Scalar(Scalar { tag: Tag::Int, .. }) => "int",
                    Node::Scalar(Scalar { tag: Tag::Bool, .. }) => "bool",
                    _ => "string",
                };
                return Err(format!("expected array in {kind}/items, but found {have}"));
            }
        }
    }
    Ok(found)
}

/// As a failure in a file is told.
pub(super) fn in_file(error: &str, path: &str) -> String {
    match error.starts_with("MalformedYAMLError") {
        true => format!("{error} in File: {path}"),
        false => error.to_owned(),
    }
}

/// Nodes that are objects.
fn checked(nodes: Vec<Node>) -> Result<Vec<Node>, String> {
    let mut found = Vec::new();
    for node in nodes {
        if node.is_empty() {
            continue;
        }
        check(&node)?;
        found.push(node);
    }
    Ok(found)
}

/// Whether a node says what object it is.
fn check(node: &Node) -> Result<(), String> {
    let has = |field: &str| node.get(field).is_some();
    if !has("apiVersion") && !has("kind") && !has("metadata") {
        return Err("missing Resource metadata".to_owned());
    }
    let word = |path: &[&str]| node.word(path).to_owned();
    let missing = |what: &str| {
        let texts = |field: &str| {
            let fields = node.at(&["metadata", field]).and_then(Node::fields);
            let mut texts: Vec<String> = fields
                .into_iter()
                .flat_map(|fields| &fields.0)
                .map(|(key, value)| format!("{}:{}", key.text, value.word(&[])))
                .collect();
            texts.sort();
            texts.join(" ")
        };
        Err(format!(
            "missing {what} in object {{{{{} {}}} {{{{{} {}}} map[{}] map[{}]}}}}",
            word(&["apiVersion"]),
            word(&["kind"]),
            word(&["metadata", "name"]),
            word(&["metadata", "namespace"]),
            texts("labels"),
            texts("annotations"),
        ))
    };
    if word(&["kind"]).is_empty() {
        return missing("kind");
    }
    if word(&["metadata", "name"]).is_empty() && !word(&["kind"]).ends_with("List") {
        return missing("metadata.name");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_of_lists_come_behind_the_others() {
        let text = "kind: FooList\nitems: [{kind: A, metadata: {name: a}}]\n---\nkind: B\nmetadata: {name: b}\n---\nkind: EmptyList\n";
        let kinds: Vec<String> = objects(text).unwrap().iter().map(|node| node.word(&["kind"]).to_owned()).collect();
        assert_eq!(kinds, ["B", "EmptyList", "A"]);
    }

    #[test]
    fn objects_of_what_is_none_fails() {
        assert_eq!(objects("hello").unwrap_err(), "missing Resource metadata");
        assert_eq!(
            objects("apiVersion: v1\nkind: A\nmetadata: {labels: {b: c}}").unwrap_err(),
            "missing metadata.name in object {{v1 A} {{ } map[b:c] map[]}}"
        );
        assert!(
            objects("kind: AList\nitems: 1\nmetadata: {name: x}")
                .unwrap_err()
                .contains("but found int")
        );
        assert!(objects("a: [").unwrap_err().starts_with("MalformedYAMLError: yaml: "));
    }
}
