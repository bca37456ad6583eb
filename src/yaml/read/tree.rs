//! A document as it is written: which words stood in quotes or had tags, keys in order, aliases and merges resolved.

use std::borrow::Cow;

use super::{
    SyntaxError, cursor,
    nodes::{Content, Id, LONG_TAG, Nodes},
};

/// How deep collections may stand in each other here; more than anyone writes, and less than fills the call stack.
const DEEPEST: usize = 512;

/// How many nodes a document may come to through its aliases.
const LARGEST: usize = 4_000_000;

/// What stands at one place of a document.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree<'a> {
    /// A word or text.
    Scalar {
        /// What it says, escapes and folds resolved.
        text: Cow<'a, str>,
        /// Its tag in short form (`str`, `int`) or in full; empty where there is none.
        tag: String,
        /// Whether the text itself says what it means: it has neither quotes nor a tag.
        plain: bool,
    },
    /// A list.
    List(Vec<Tree<'a>>),
    /// Keys, which are scalars, and values, in order; a repeated key stands there repeatedly.
    Map(Vec<(Tree<'a>, Tree<'a>)>),
}

/// Reads the first document in `bytes`, which must be UTF-8; nothing where there is none.
///
/// # Errors
/// As for [`parse`](super::parse).
pub fn tree(bytes: &[u8]) -> Result<Option<Tree<'_>>, SyntaxError> {
    let Some(nodes) = Nodes::read(cursor::checked(bytes)?, false)? else {
        return Ok(None);
    };
    let root = nodes.root;
    let mut reader = Reader {
        nodes,
        open: Vec::new(),
        count: 0,
    };
    reader.node(root, 0).map(Some)
}

struct Reader<'a> {
    nodes: Nodes<'a>,
    /// The aliases that are being read.
    open: Vec<Id>,
    count: usize,
}

impl<'a> Reader<'a> {
    fn node(&mut self, id: Id, depth: usize) -> Result<Tree<'a>, SyntaxError> {
        self.count += 1;
        if depth > DEEPEST {
            return Err(SyntaxError::new(format!("yaml: exceeded max depth of {DEEPEST}")));
        }
        if self.count > LARGEST {
            return Err(SyntaxError::new("yaml: document contains excessive aliasing"));
        }
        match &self.nodes.all[id].content {
            Content::Scalar { text, tag, implicit } => Ok(Tree::Scalar {
                text: text.clone(),
                tag: tag.strip_prefix(LONG_TAG).unwrap_or(tag).to_owned(),
                plain: *implicit,
            }),
            Content::Alias { name, target } => {
                if self.open.contains(&id) {
                    return Err(SyntaxError::new(format!("yaml: anchor '{name}' value contains itself")));
                }
                let target = *target;
                self.open.push(id);
                let tree = self.node(target, depth + 1);
                self.open.pop();
                tree
            }
            Content::Sequence(items) => {
                let items = items.clone();
                let trees = items.into_iter().map(|item| self.node(item, depth + 1));
                trees.collect::<Result<_, _>>().map(Tree::List)
            }
            Content::Mapping(pairs) => {
                let pairs = pairs.clone();
                let mut fields = Vec::with_capacity(pairs.len());
                let mut merged = Vec::new();
                for (key, value) in pairs {
                    let (key, value) = (self.node(key, depth + 1)?, self.node(value, depth + 1)?);
                    match &key {
                        Tree::Scalar { text, plain: true, .. } if text == "<<" => merged.push(value),
                        Tree::Scalar { .. } => fields.push((key, value)),
                        _ => return Err(SyntaxError::new("yaml: invalid map key")),
                    }
                }
                for tree in merged {
                    merge(tree, &mut fields)?;
                }
                Ok(Tree::Map(fields))
            }
        }
    }
}

/// Adds the fields of a map, or of the maps in a list, that are not there yet.
fn merge<'a>(tree: Tree<'a>, fields: &mut Vec<(Tree<'a>, Tree<'a>)>) -> Result<(), SyntaxError> {
    match tree {
        Tree::Map(more) => {
            for (key, value) in more {
                if !fields.iter().any(|(have, _)| *have == key) {
                    fields.push((key, value));
                }
            }
            Ok(())
        }
        Tree::List(maps) => maps.into_iter().try_for_each(|map| match map {
            Tree::Map(_) => merge(map, fields),
            _ => Err(SyntaxError::new("yaml: map merge requires map or sequence of maps as the value")),
        }),
        Tree::Scalar { .. } => Err(SyntaxError::new("yaml: map merge requires map or sequence of maps as the value")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(text: &str, tag: &str, plain: bool) -> Tree<'static> {
        Tree::Scalar {
            text: Cow::Owned(text.to_owned()),
            tag: tag.to_owned(),
            plain,
        }
    }

    #[test]
    fn tree_keeps_quotes_tags_and_order() {
        let read = tree(b"b: '1'\na: [1, !!str 2, ~]\n").unwrap().unwrap();
        let list = Tree::List(vec![scalar("1", "", true), scalar("2", "str", false), scalar("~", "", true)]);
        assert_eq!(
            read,
            Tree::Map(vec![(scalar("b", "", true), scalar("1", "", false)), (scalar("a", "", true), list)])
        );
        assert_eq!(tree(b"# nothing\n").unwrap(), None);
    }

    #[test]
    fn tree_resolves_aliases_and_merges_and_refuses_those_without_end() {
        let read = tree(b"a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\n").unwrap().unwrap();
        let Tree::Map(fields) = read else { panic!() };
        assert_eq!(
            fields[1].1,
            Tree::Map(vec![
                (scalar("b", "", true), scalar("3", "", true)),
                (scalar("c", "", true), scalar("2", "", true))
            ])
        );
        assert!(tree(b"a: &x [*x]\n").is_err());
        assert!(tree(b"{<<: 1}\n").is_err());
        assert!(tree(&b"[".repeat(600)).is_err());
    }
}
