//! Strategic merge patches as kustomize applies them: its own way, not the servers'.
//!
//! New elements of merged lists come first. A field that stands there without a value goes wherever a patch passes by,
//! one with the word `null` stays.

use super::{
    node::{Fields, Node, Scalar},
    schema::{Schema, Schemas},
};

/// The field that says what else a patch does.
const DIRECTIVE: &str = "$patch";

/// What a patch does to what it is put on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

/// What has become of a place.
enum Merged {
    /// What was there, changed.
    Kept(Node),
    /// What the patch brings.
    Brought(Node),
    /// Nothing is left.
    Gone,
}

impl Merged {
    fn node(self) -> Option<Node> {
        match self {
            Merged::Kept(node) | Merged::Brought(node) => Some(node),
            Merged::Gone => None,
        }
    }
}

/// An object with a patch applied to it; nothing where the patch deletes it.
///
/// # Errors
/// A map where the other has a list; a directive that nobody knows.
pub(super) fn apply(object: Node, patch: Node, schemas: &Schemas) -> Result<Option<Node>, String> {
    Merger { schemas }.walk(Some(object), Some(patch), None).map(Merged::node)
}

struct Merger<'s> {
    schemas: &'s Schemas,
}

impl<'s> Merger<'s> {
    fn walk(&self, dest: Option<Node>, patch: Option<Node>, schema: Option<Schema<'s>>) -> Result<Merged, String> {
        let schema = schema.or_else(|| [&dest, &patch].into_iter().flatten().find_map(|node| self.typed(node)));
        let kind = |node: &Option<Node>| node.as_ref().filter(|node| !node.is_null()).map(Node::kind_name);
        match (kind(&dest), kind(&patch)) {
            (None, None) => Ok(match (dest, patch) {
                // The word stays; nothing at all goes.
                (Some(Node::Scalar(scalar)), None) if !scalar.text.is_empty() => Merged::Kept(Node::Scalar(Scalar::open(scalar.text))),
                _ => Merged::Gone,
            }),
            (Some(have), Some(wanted)) if have != wanted => {
                let node = patch.unwrap_or_default();
                Err(node.is_no(have))
            }
            _ => match (dest, patch) {
                (Some(Node::Map(_)), Some(patch)) if patch.is_null() => Ok(Merged::Gone),
                (Some(Node::Map(dest)), patch) => self.map(dest, patch, schema),
                (Some(Node::List(dest)), patch) => self.list(dest, patch, schema),
                (Some(dest), None) => Ok(Merged::Kept(dest)),
                (_, Some(patch)) if patch.is_null() => Ok(Merged::Gone),
                (_, Some(patch)) => self.brought(patch, schema),
                (None, None) => Ok(Merged::Gone),
            },
        }
    }

    /// What is known of an object by what it says of itself.
    fn typed(&self, node: &Node) -> Option<Schema<'s>> {
        let (api_version, kind) = (node.word(&["apiVersion"]), node.word(&["kind"]));
        if api_version.is_empty() || kind.is_empty() {
            return None;
        }
        self.schemas.of(api_version, kind)
    }

    fn map(&self, mut dest: Fields, patch: Option<Node>, schema: Option<Schema<'s>>) -> Result<Merged, String> {
        let mut patch = match patch {
            Some(Node::Map(fields)) => fields,
            _ => Fields::default(),
        };
        match directive(&mut patch)? {
            Directive::Delete => return Ok(Merged::Gone),
            Directive::Replace => return self.brought(Node::Map(patch), schema),
            Directive::Merge => {}
        }
        let mut names: Vec<String> = dest.0.iter().map(|(key, _)| key.text.clone()).collect();
        for (key, _) in &patch.0 {
            if !names.contains(&key.text) {
                names.push(key.text.clone());
            }
        }
        for name in names {
            let inner = schema.as_ref().and_then(|schema| schema.field(&name));
            let have = dest.get_mut(&name).map(std::mem::take);
            match self.walk(have, patch.remove(&name), inner)?.node() {
                Some(node) => _ = dest.set(&name, node),
                None => _ = dest.remove(&name),
            }
        }
        Ok(Merged::Kept(Node::Map(dest)))
    }

    fn list(&self, dest: Vec<Node>, patch: Option<Node>, schema: Option<Schema<'s>>) -> Result<Merged, String> {
        let keys = schema.as_ref().and_then(Schema::merge_keys);
        let Some(keys) = keys else {
            return Ok(match patch {
                None => Merged::Kept(Node::List(dest)),
                Some(patch) if patch.is_null() => Merged::Gone,
                Some(patch) => Merged::Brought(patch),
            });
        };
        let mut patch = match patch {
            None => Vec::new(),
            Some(Node::List(items)) => items,
            Some(_) => return Ok(Merged::Gone),
        };
        match list_directive(&mut patch)? {
            Directive::Delete => return Ok(Merged::Gone),
            Directive::Replace => return self.brought(Node::List(patch), schema),
            Directive::Merge => {}
        }
        if keys.is_empty() {
            return Ok(Merged::Kept(Node::List(union(patch, dest))));
        }
        let element = schema.and_then(|schema| schema.element());
        let items = self.elements(dest, &patch, &keys, element.as_ref())?;
        Ok(Merged::Kept(Node::List(items)))
    }

    /// What a patch brings where nothing was: directives are obeyed, and fields without value left out.
    fn brought(&self, patch: Node, schema: Option<Schema<'s>>) -> Result<Merged, String> {
        let schema = schema.or_else(|| self.typed(&patch));
        match patch {
            Node::Map(mut fields) => {
                if directive(&mut fields)? == Directive::Delete {
                    return Ok(Merged::Gone);
                }
                let mut kept = Fields::default();
                for (key, node) in fields.0 {
                    let inner = schema.as_ref().and_then(|schema| schema.field(&key.text));
                    if node.is_null() {
                        continue;
                    }
                    if let Some(node) = self.brought(node, inner)?.node() {
                        kept.0.push((key, node));
                    }
                }
                Ok(Merged::Brought(Node::Map(kept)))
            }
            Node::List(mut items) => {
                let Some(keys) = schema.as_ref().and_then(Schema::merge_keys) else {
                    return Ok(Merged::Brought(Node::List(items)));
                };
                if list_directive(&mut items)? == Directive::Delete {
                    return Ok(Merged::Gone);
                }
                if keys.is_empty() {
                    return Ok(Merged::Brought(Node::List(union(items, Vec::new()))));
                }
                let element = schema.and_then(|schema| schema.element());
                // The list is merged into itself.
                let dest = items.iter().cloned().map(|mut item| {
                    if let Node::Map(fields) = &mut item {
                        fields.remove(DIRECTIVE);
                    }
                    item
                });
                self.elements(dest.collect(), &items, &keys, element.as_ref())
                    .map(|items| Merged::Brought(Node::List(items)))
            }
            scalar => Ok(Merged::Brought(scalar)),
        }
    }

    /// The elements of a merged list: those of the patch first. This is step for step what kustomize does, whose elements
    /// are told apart by their places in memory; elements without any key get lost on the way.
    fn elements(&self, dest: Vec<Node>, patch: &[Node], keys: &[&str], schema: Option<&Schema<'s>>) -> Result<Vec<Node>, String> {
        let mut wanted: Vec<Vec<String>> = Vec::new();
        for item in patch.iter().chain(&dest) {
            let values: Vec<String> = keys.iter().map(|key| item.word(&[key]).to_owned()).collect();
            if !wanted.contains(&values) {
                wanted.push(values);
            }
        }
        if keys.len() > 1 {
            match_values(&mut wanted);
        }
        let has_key = |at: &usize| wanted.iter().any(|values| values.get(*at).is_some_and(|value| !value.is_empty()));
        let mut places: Vec<usize> = (0..keys.len()).filter(has_key).collect();
        if places.is_empty() {
            places = (0..keys.len()).collect();
        }
        let valid: Vec<&str> = places.iter().filter_map(|at| keys.get(*at).copied()).collect();
        // One that is changed is changed wherever it stands: lists hold places in `all`.
        let mut dest_list: Vec<usize> = (0..dest.len()).collect();
        let mut all: Vec<Node> = dest;
        let mut items: Vec<usize> = Vec::new();
        for values in &wanted {
            let values: Vec<&str> = places.iter().filter_map(|at| values.get(*at).map(String::as_str)).collect();
            let by = Key::valued(&valid, &values);
            let at = dest_list.iter().copied().find(|at| by.fits(&all[*at]));
            let have = at.map(|at| all[at].clone());
            let change = patch.iter().find(|item| by.fits(item)).cloned();
            let (place, mut node) = match (self.walk(have, change, schema.cloned())?, at) {
                (Merged::Kept(node), Some(at)) if !is_nothing(&node) => (at, node),
                (Merged::Brought(node) | Merged::Kept(node), _) if !is_nothing(&node) => (all.len(), node),
                _ => {
                    put(&mut dest_list, None, &valid, &values, &all);
                    continue;
                }
            };
            for (key, value) in valid.iter().zip(&values).filter(|(_, value)| !value.is_empty()) {
                if let Node::Map(fields) = &mut node
                    && fields.get(key).is_none()
                {
                    fields.set(key, Node::Scalar(Scalar::open(*value)));
                }
            }
            match place == all.len() {
                true => all.push(node),
                false => all[place] = node,
            }
            put(&mut items, Some(place), &valid, &values, &all);
        }
        if !wanted.is_empty() {
            for at in dest_list {
                let mut values = Vec::new();
                for key in &valid {
                    match all[at].get(key).map(|node| node.word(&[]).to_owned()) {
                        Some(value) => values.push(value),
                        None => items.push(at),
                    }
                }
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                if valid.len() > 1 {
                    put(&mut items, None, &valid, &values, &all);
                }
                put(&mut items, Some(at), &valid, &values, &all);
            }
        }
        Ok(items.into_iter().map(|at| all[at].clone()).collect())
    }
}

/// Gives keys that fit each other, but of which one leaves out what the other has, the values of both.
fn match_values(wanted: &mut [Vec<String>]) {
    for a in 0..wanted.len() {
        for b in 0..wanted.len() {
            let pairs = || wanted[a].iter().zip(&wanted[b]);
            let is_match = pairs().any(|(a, b)| a == b) && pairs().all(|(a, b)| a == b || a.is_empty() || b.is_empty());
            if is_match {
                let both: Vec<String> = pairs().map(|(a, b)| if a.is_empty() { b.clone() } else { a.clone() }).collect();
                wanted[a].clone_from(&both);
                wanted[b] = both;
            }
        }
    }
}

/// By which fields an element is told apart: of several those that have a value.
struct Key<'k>(Vec<(&'k str, &'k str)>);

impl<'k> Key<'k> {
    fn valued(keys: &[&'k str], values: &[&'k str]) -> Key<'k> {
        let all = keys.iter().copied().zip(values.iter().copied());
        let valued: Vec<_> = all.clone().filter(|(_, value)| !value.is_empty()).collect();
        Key(if valued.is_empty() { all.collect() } else { valued })
    }

    fn fits(&self, item: &Node) -> bool {
        self.0
            .iter()
            .all(|(key, value)| item.get(key).is_some() && item.word(&[key]) == *value)
    }
}

/// Whether a field is this; where no value is named, whether it is there.
fn has(item: &Node, key: &str, value: &str) -> bool {
    item.get(key).is_some() && (value.is_empty() || item.word(&[key]) == value)
}

/// Puts an element in the place of those that have its key, or behind all; without element these are taken away. What is
/// empty goes too, and so does everything that has not the key, where there are no values at all.
fn put(items: &mut Vec<usize>, element: Option<usize>, keys: &[&str], values: &[&str], all: &[Node]) {
    let mut new = Vec::new();
    let mut is_there = false;
    for at in items.iter().copied().filter(|at| !is_nothing(&all[*at])) {
        let fits = !values.is_empty() && keys.iter().zip(values).all(|(key, value)| has(&all[at], key, value));
        match (fits, element) {
            (false, _) if values.is_empty() => {}
            (false, _) => new.push(at),
            (true, None) => {}
            (true, Some(element)) => {
                is_there = true;
                new.push(element);
            }
        }
    }
    if let (false, Some(element)) = (is_there, element) {
        new.push(element);
    }
    *items = new;
}

/// Whether an element is none.
fn is_nothing(node: &Node) -> bool {
    node.is_null() || matches!(node, Node::Map(fields) if fields.0.is_empty())
}

/// The words of both lists, each once, those of the first list first.
fn union(first: Vec<Node>, then: Vec<Node>) -> Vec<Node> {
    let mut words: Vec<Node> = Vec::new();
    for node in first.into_iter().chain(then) {
        if !words.iter().any(|have| have.word(&[]) == node.word(&[])) {
            words.push(node);
        }
    }
    words
}

/// What a map says that is done; it no longer says it then.
fn directive(fields: &mut Fields) -> Result<Directive, String> {
    match fields.remove(DIRECTIVE) {
        None => Ok(Directive::Merge),
        Some(node) => named(node.word(&[])),
    }
}

/// What an element of a list says that is done with the list: one that says nothing else.
fn list_directive(items: &mut Vec<Node>) -> Result<Directive, String> {
    let says = |item: &Node| match item {
        Node::Map(fields) => fields.get(DIRECTIVE).is_some(),
        _ => false,
    };
    let Some(at) = items.iter().position(says) else {
        return Ok(Directive::Merge);
    };
    if items[at].fields().is_some_and(|fields| fields.0.len() > 1) {
        return Ok(Directive::Merge);
    }
    let said = items.remove(at);
    named(said.word(&[DIRECTIVE]))
}

fn named(directive: &str) -> Result<Directive, String> {
    match directive {
        "merge" => Ok(Directive::Merge),
        "replace" => Ok(Directive::Replace),
        "delete" => Ok(Directive::Delete),
        other => Err(format!("unknown patch strategy '{other}'")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kustomize::node::{from_value, parse};

    fn merged(object: &str, patch: &str) -> String {
        let read = |text: &str| parse(text).unwrap().unwrap();
        match apply(read(object), read(patch), &Schemas::default()) {
            Ok(Some(node)) => node.to_string(),
            Ok(None) => "gone".to_owned(),
            Err(error) => error,
        }
    }

    const POD: &str =
        "{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, env: [{name: x, value: '1'}]}, {name: b}], tolerations: [{key: a}]}}";

    #[test]
    fn apply_merges_lists_by_their_keys_and_puts_new_elements_first() {
        let patch = "{spec: {containers: [{name: c}, {name: a, env: [{name: v}]}], tolerations: [{key: b}]}}";
        let want = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n  - name: a\n    env:\n    - name: v\n    - name: x\n      value: \"1\"\n  - name: b\n  tolerations:\n  - key: b";
        assert_eq!(merged(POD, patch), want);
    }

    #[test]
    fn apply_obeys_directives() {
        assert_eq!(merged(POD, "{$patch: delete}"), "gone");
        assert!(!merged(POD, "{spec: {containers: [{name: a, $patch: delete}]}}").contains("name: a"));
        let replaced = merged(POD, "{spec: {containers: [{$patch: replace}, {name: d}]}}");
        assert!(replaced.contains("containers:\n  - name: d\n  tolerations"), "{replaced}");
        assert_eq!(merged("{a: {b: 1}}", "{a: {$patch: replace, c: 2}}"), "a:\n  c: 2");
        let conflict = merged("{a: 1}", "{a: {$patch: x}}");
        assert!(
            conflict.starts_with("wrong node kind: expected ScalarNode but got MappingNode: node contents:"),
            "{conflict}"
        );
        assert_eq!(merged("{a: {}}", "{a: {$patch: x}}"), "unknown patch strategy 'x'");
    }

    #[test]
    fn apply_drops_what_is_null_and_what_has_no_value() {
        assert_eq!(
            merged("{a: 1, b: null, c: }", "{a: null, d: {e: null, f: 1}}"),
            "b: null\nd:\n  f: 1"
        );
    }

    proptest! {
        /// Of objects of unknown types, what a patch says is what comes out, but for nulls: as in JSON merge patches.
        #[test]
        fn apply_twice_is_apply_once(object in crate::patch::json::tests::any_object(), patch in crate::patch::json::tests::any_object()) {
            let once = apply(from_value(&object), from_value(&patch), &Schemas::default());
            if let Ok(Some(once)) = once {
                prop_assert_eq!(apply(once.clone(), from_value(&patch), &Schemas::default()).unwrap().unwrap(), once);
            }
        }
    }
}
