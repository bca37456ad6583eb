//! Variables: `$(NAME)` in fields stands for the value of a field of an object.

use std::collections::BTreeMap;

use super::{
    config::Specs,
    id::{Gvk, Id},
    node::{Fields, Made, Node, Scalar, Tag, split},
    resource::Set,
};
use crate::api::OwnedValue;

/// A variable and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    name: String,
    /// The object, as far as it is said.
    object: Id,
    /// The field in it, its steps parted by dots.
    path: String,
}

impl Variable {
    /// The variables that a kustomization defines.
    pub(super) fn read(list: &[OwnedValue]) -> Vec<Variable> {
        let or = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
        list.iter()
            .map(|said| {
                let object = |field: &str| said.str_at(&["objref", field]).to_owned();
                let mut gvk = Gvk::new(&object("apiVersion"), &object("kind"));
                for (part, field) in [(&mut gvk.group, "group"), (&mut gvk.version, "version")] {
                    if !object(field).is_empty() {
                        *part = object(field);
                    }
                }
                Variable {
                    name: said.str_at(&["name"]).to_owned(),
                    object: Id {
                        gvk,
                        name: object("name"),
                        namespace: object("namespace"),
                    },
                    path: or(said.str_at(&["fieldref", "fieldPath"]), "metadata.name"),
                }
            })
            .collect()
    }

    /// As kustomize names it.
    fn shown(&self) -> String {
        format!("{{{} {} {{{}}}}}", self.name, self.object.gvk, self.path)
    }
}

/// Adds variables to those that are there, and notes in objects which take their values from them.
///
/// # Errors
/// Several objects that may be meant; a name that is taken for something else.
pub(super) fn define(set: &mut Set, have: &mut Vec<Variable>, more: Vec<Variable>) -> Result<(), String> {
    for variable in &more {
        let wanted = &variable.object;
        let is_exact = !wanted.namespace.is_empty() || wanted.gvk.is_of_cluster();
        let is_meant = |id: Id| id.name == wanted.name && id.gvk == wanted.gvk && (!is_exact || id.is_same(wanted));
        let found: Vec<usize> = (0..set.0.len()).filter(|at| is_meant(set.0[*at].original_id())).collect();
        match found[..] {
            [] => {}
            [at] => set.0[at].variables.push(variable.name.clone()),
            _ => {
                return Err(format!(
                    "found {} resId matches for var {} (unable to disambiguate)",
                    found.len(),
                    variable.shown()
                ));
            }
        }
    }
    merge(have, more)
}

/// Adds variables to those that are there.
///
/// # Errors
/// A name that is taken.
pub(super) fn merge(have: &mut Vec<Variable>, more: Vec<Variable>) -> Result<(), String> {
    for variable in more {
        if have.iter().any(|other| other.name == variable.name) {
            return Err(format!("var '{}' already encountered", variable.name));
        }
        have.push(variable);
    }
    have.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// Puts the values of variables where they are named. What comes back are the names that nobody used.
///
/// # Errors
/// Variables without an object or without a field in it.
pub(super) fn resolve(set: &mut Set, variables: &[Variable], specs: &Specs) -> Result<Vec<String>, String> {
    let mut values: BTreeMap<String, (Scalar, usize)> = BTreeMap::new();
    for variable in variables {
        let holder = set.0.iter().find(|resource| resource.variables.contains(&variable.name));
        let Some(holder) = holder else {
            return Err(format!(
                "var '{}' cannot be mapped to a field in the set of known resources",
                variable.shown()
            ));
        };
        let value = field(&holder.node, &variable.path);
        let Some(Node::Scalar(scalar)) = value else {
            return Err(format!(
                "field specified in var '{}' not found in corresponding resource",
                variable.shown()
            ));
        };
        values.insert(variable.name.clone(), (scalar.clone(), 0));
    }
    if values.is_empty() {
        return Ok(Vec::new());
    }
    for resource in &mut set.0 {
        for spec in &specs.0 {
            spec.each(&mut resource.node, Made::Nothing, &mut |node| expand_in(node, &mut values))?;
        }
    }
    let unused = values.iter().filter(|(_, (_, count))| *count == 0);
    Ok(unused.map(|(name, _)| name.clone()).collect())
}

/// The field at the end of a path, where `name[0]` is an element of a list.
fn field<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    let mut here = node;
    for step in split(path, '.') {
        let (name, indexes) = step.split_once('[').unwrap_or((&step, ""));
        if !name.is_empty() {
            here = match here {
                Node::List(items) => items.get(name.parse::<usize>().ok()?)?,
                _ => here.get(name)?,
            };
        }
        for index in indexes
            .split('[')
            .map(|index| index.trim_end_matches(']'))
            .filter(|index| !index.is_empty())
        {
            here = here.items()?.get(index.parse::<usize>().ok()?)?;
        }
    }
    Some(here)
}

type Values = BTreeMap<String, (Scalar, usize)>;

fn expand_in(node: &mut Node, values: &mut Values) -> Result<(), String> {
    if node.is_null() {
        return Ok(());
    }
    match node {
        Node::Scalar(scalar) => {
            if scalar.is_text() {
                *scalar = expand(&scalar.text, values);
            }
            Ok(())
        }
        Node::Map(Fields(fields)) => {
            for (key, value) in fields {
                if !key.is_text() {
                    return Err(format!("invalid map key: value='{}', tag='!!int'", key.text));
                }
                if let Node::Scalar(scalar) = value
                    && scalar.is_text()
                {
                    *scalar = expand(&scalar.text, values);
                }
            }
            Ok(())
        }
        Node::List(items) => {
            for item in items {
                match item {
                    Node::Scalar(scalar) if scalar.is_text() => *scalar = expand(&scalar.text, values),
                    _ => return Err("invalid value type expect a string".to_owned()),
                }
            }
            Ok(())
        }
    }
}

/// A text with the values of the variables in it. A variable that is all there is keeps its type; `$$` is `$`.
fn expand(text: &str, values: &mut Values) -> Scalar {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after = &from[1..];
        let closing = after
            .strip_prefix('(')
            .and_then(|inside| inside.find(')').map(|end| &inside[..end]));
        match (after.chars().next(), closing) {
            (None, _) => {
                out.push('$');
                rest = after;
            }
            (Some('$'), _) => {
                out.push('$');
                rest = &after[1..];
            }
            (Some('('), Some(name)) => {
                let value = values.get_mut(name).map(|(value, count)| {
                    *count += 1;
                    value.clone()
                });
                let whole = format!("$({name})");
                if text == whole {
                    return value.unwrap_or_else(|| Scalar::text(whole));
                }
                out.push_str(value.as_ref().map_or(&whole, |value| &value.text));
                rest = &after[name.len() + 2..];
            }
            (Some(first), _) => {
                out.push('$');
                out.push(first);
                rest = &after[first.len_utf8()..];
            }
        }
    }
    out.push_str(rest);
    Scalar {
        text: out,
        tag: Tag::Text,
        quoted: false,
    }
}

/// The variables in a list as they are written, for messages.
pub(super) fn shown(list: &[OwnedValue]) -> String {
    let all = list.iter().map(|said| {
        let object = |field: &str| said.str_at(&["objref", field]).to_owned();
        let gvk = Gvk {
            group: object("group"),
            version: object("version"),
            kind: object("kind"),
        };
        format!(
            "{{{} {gvk} {{{}}}}}",
            said.str_at(&["name"]),
            said.str_at(&["fieldref", "fieldPath"])
        )
    });
    format!("[{}]", all.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expand_puts_values_in_and_leaves_what_is_none() {
        let mut values = Values::new();
        values.insert("A".to_owned(), (Scalar::open("7"), 0));
        for (text, want) in [
            ("$(A)", "7"),
            ("x$(A)y$(A)", "x7y7"),
            ("$(B) $$(A) $A $", "$(B) $(A) $A $"),
            ("$(A", "$(A"),
            ("ä$ö$(A)", "ä$ö7"),
        ] {
            assert_eq!(expand(text, &mut values).text, want, "{text}");
        }
        assert_eq!(expand("$(A)", &mut values).tag, Tag::Open);
        assert_eq!(expand("b$(A)", &mut values).tag, Tag::Text);
    }
}
