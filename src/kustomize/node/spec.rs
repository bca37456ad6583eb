//! Fields of objects of a type, as kustomize's configuration names them: `spec/template[]/image`.

use super::{Fields, Node, Scalar, Tag, split};
use crate::kustomize::id::{Gvk, Id};

/// A field of the objects of a type.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::kustomize) struct FieldSpec {
    /// The type; what is empty is any.
    pub(in crate::kustomize) gvk: Gvk,
    /// The steps, parted by slashes; lists are walked through.
    pub(in crate::kustomize) path: String,
    /// Whether what is missing is made.
    pub(in crate::kustomize) create: bool,
}

/// What is made at the end of a path where it is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kustomize) enum Made {
    /// Nothing.
    Nothing,
    /// A scalar without content.
    Scalar,
    /// A map without fields.
    Map,
}

type Change<'c> = &'c mut dyn FnMut(&mut Node) -> Result<(), String>;

impl FieldSpec {
    /// Changes the field in an object, wherever it occurs.
    ///
    /// # Errors
    /// A word where the path goes on; what `change` says.
    pub(in crate::kustomize) fn each(&self, object: &mut Node, made: Made, change: Change<'_>) -> Result<(), String> {
        if !Gvk::of(object).is_selected(&self.gvk) {
            return Ok(());
        }
        let made = if self.create { made } else { Made::Nothing };
        let steps = split(&self.path, '/');
        walk(object, &steps, made, change)
            .map_err(|error| format!("considering field '{}' of object {}: {error}", self.path, Id::of(object)))
    }
}

fn walk(node: &mut Node, steps: &[String], made: Made, change: Change<'_>) -> Result<(), String> {
    let [step, rest @ ..] = steps else {
        return change(node);
    };
    if node.is_null() {
        return Ok(());
    }
    match node {
        Node::Scalar(_) => Err("expected sequence or mapping node".to_owned()),
        Node::List(items) => items
            .iter_mut()
            .try_for_each(|item| walk(item, steps, made, change))
            .map_err(|error| format!("visit traversal on path: [{}]: {error}", steps.join(" "))),
        Node::Map(fields) => {
            let (name, is_list) = match step.strip_suffix("[]") {
                Some(name) => (name, true),
                None => (step.as_str(), false),
            };
            match entered(fields, name, is_list, rest.is_empty(), made) {
                Some(field) => walk(field, rest, made, change),
                None => Ok(()),
            }
        }
    }
}

/// The field `name`, made where it may be and is missing or `null`.
fn entered<'f>(fields: &'f mut Fields, name: &str, is_list: bool, is_last: bool, made: Made) -> Option<&'f mut Node> {
    let new = match (made, is_last) {
        (Made::Nothing, _) => None,
        _ if is_list => None,
        (Made::Scalar, true) => Some(Node::Scalar(Scalar::open(""))),
        _ => Some(Node::map()),
    };
    match (fields.get(name).map(Node::is_null), new) {
        (None, None) => None,
        (Some(true), None) if is_list => Some(fields.set(name, Node::List(Vec::new()))),
        (_, None) | (Some(false), _) => fields.get_mut(name),
        (_, Some(new)) => Some(fields.set(name, new)),
    }
}

impl Node {
    /// Makes a scalar say something else, as it stands: its quotes stay.
    ///
    /// # Errors
    /// A list or a map.
    pub(in crate::kustomize) fn say(&mut self, text: &str) -> Result<(), String> {
        match self {
            Node::Scalar(scalar) => {
                *scalar = Scalar {
                    text: text.to_owned(),
                    tag: if scalar.quoted { Tag::Text } else { Tag::Open },
                    quoted: scalar.quoted,
                };
                Ok(())
            }
            _ => Err(self.is_no("ScalarNode")),
        }
    }

    /// Sets a text in a map.
    ///
    /// # Errors
    /// A list or a word instead of the map.
    pub(in crate::kustomize) fn set_text(&mut self, key: &str, text: &str) -> Result<(), String> {
        if self.is_null() {
            *self = Node::map();
        }
        match self {
            Node::Map(fields) => {
                fields.set(key, Node::text(text));
                Ok(())
            }
            _ => Err(self.is_no("MappingNode")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn run(path: &str, create: bool, yaml: &str) -> Result<String, String> {
        let mut node = parse(yaml).unwrap().unwrap();
        let spec = FieldSpec {
            path: path.to_owned(),
            create,
            ..FieldSpec::default()
        };
        spec.each(&mut node, Made::Map, &mut |node| node.set_text("x", "1"))?;
        Ok(node.to_string())
    }

    #[test]
    fn each_walks_through_lists_and_makes_what_it_may() {
        assert_eq!(run("a/b", true, "c: d"), Ok("c: d\na:\n  b:\n    x: \"1\"".to_owned()));
        assert_eq!(run("a/b", false, "c: d"), Ok("c: d".to_owned()));
        assert_eq!(
            run("a/b", true, "a: [{b: {}}, {c: 1}]"),
            Ok("a:\n- b:\n    x: \"1\"\n- c: 1\n  b:\n    x: \"1\"".to_owned())
        );
        assert_eq!(run("a[]/b", true, "c: d"), Ok("c: d".to_owned()));
        assert!(run("a/b", true, "a: d").unwrap_err().ends_with("expected sequence or mapping node"));
    }
}
