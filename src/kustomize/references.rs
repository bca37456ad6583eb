//! Objects name each other by the names that they have come to have.

use std::collections::HashMap;

use super::{
    config::References,
    id::{Gvk, Id},
    node::{FieldSpec, Made, Node},
    resource::{Resource, Set},
};
use crate::yaml;

/// Puts the new names of objects where others name them.
///
/// # Errors
/// Several objects that may be meant; a field that cannot name anything.
pub(super) fn follow(set: &mut Set, config: &[References]) -> Result<(), String> {
    let mut named: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, resource) in set.0.iter().enumerate() {
        for past in &resource.past {
            let places = named.entry(past.name.clone()).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
    if named.is_empty() {
        return Ok(());
    }
    for at in 0..set.0.len() {
        let node = follow_in(set, at, &named, config)?;
        set.0[at].node = node;
    }
    Ok(())
}

/// The object at a place with the new names of others. `named` are the places of objects by the names that they had.
fn follow_in(set: &Set, at: usize, named: &HashMap<String, Vec<usize>>, config: &[References]) -> Result<Node, String> {
    let resource = &set.0[at];
    let mut node = resource.node.clone();
    let id = resource.id();
    let original = resource.original_id().gvk;
    for references in config {
        for spec in references.specs.0.iter().filter(|spec| original.is_selected(&spec.gvk)) {
            let referrer = Referrer {
                set,
                named,
                resource,
                id: &id,
                target: &references.gvk,
                path: &spec.path,
            };
            // Where the kind has changed, the field is still looked for.
            let field = FieldSpec {
                gvk: Gvk::default(),
                ..spec.clone()
            };
            field
                .each(&mut node, Made::Nothing, &mut |found| referrer.update(found))
                .map_err(|error| format!("updating name reference in '{}' field of '{id}': {error}", spec.path))?;
        }
    }
    Ok(node)
}

/// An object that names others.
struct Referrer<'s> {
    set: &'s Set,
    /// The places of objects by the names that they had.
    named: &'s HashMap<String, Vec<usize>>,
    resource: &'s Resource,
    id: &'s Id,
    /// The type of those that are named.
    target: &'s Gvk,
    path: &'s str,
}

impl<'s> Referrer<'s> {
    /// The objects that had a name, as far as this one may mean them.
    fn candidates(&self, name: &str) -> Vec<&'s Resource> {
        let bound = bound_namespaces(&self.resource.node);
        let places = self.named.get(name).map(Vec::as_slice).unwrap_or_default();
        let all = places.iter().filter_map(|at| self.set.0.get(*at));
        all.filter(|other| {
            let id = other.id();
            self.id.gvk.is_of_cluster()
                || id.gvk.is_of_cluster()
                || id.effective_namespace() == self.id.effective_namespace()
                || bound.iter().any(|namespace| namespace == other.namespace())
        })
        .collect()
    }

    fn update(&self, found: &mut Node) -> Result<(), String> {
        if found.is_null() {
            return Ok(());
        }
        match found {
            Node::Scalar(_) => self.update_word(found),
            Node::Map(_) => self.update_map(found),
            Node::List(items) => items.iter_mut().try_for_each(|item| match item {
                Node::Scalar(_) => self.update_word(item),
                Node::Map(_) => self.update_map(item),
                Node::List(_) => Ok(()),
            }),
        }
    }

    fn update_word(&self, word: &mut Node) -> Result<(), String> {
        let name = word.word(&[]).to_owned();
        let same = |a: &Resource, b: &Resource| a.name() == b.name();
        match self.select(self.candidates(&name), &same)? {
            Some(found) if found.name() != name => word.say(found.name()),
            _ => Ok(()),
        }
    }

    fn update_map(&self, map: &mut Node) -> Result<(), String> {
        let Some(name) = map.get("name") else {
            return Err("path config error; no 'name' field in node".to_owned());
        };
        let name = name.word(&[]).to_owned();
        let namespace = map.get("namespace").map(|node| node.word(&[]).to_owned());
        let candidates: Vec<&Resource> = match namespace {
            None => self.candidates(&name),
            Some(namespace) => {
                let by = |of: &dyn Fn(&Resource) -> Id| -> Vec<&Resource> {
                    let is_there = |candidate: &&&Resource| {
                        let id = of(candidate);
                        !id.gvk.is_of_cluster() && id.effective_namespace() == namespace
                    };
                    self.candidates(&name).iter().filter(is_there).copied().collect()
                };
                let originally = by(&|candidate| candidate.original_id());
                if originally.is_empty() {
                    by(&|candidate| candidate.id())
                } else {
                    originally
                }
            }
        };
        let same = |a: &Resource, b: &Resource| a.name() == b.name() && a.namespace() == b.namespace();
        let Some(found) = self.select(candidates, &same)? else {
            return Ok(());
        };
        if found.name() == name && found.namespace().is_empty() {
            return Ok(());
        }
        let Node::Map(fields) = map else { return Ok(()) };
        for (field, text) in [("name", found.name()), ("namespace", found.namespace())] {
            if !text.is_empty() {
                match fields.get_mut(field) {
                    Some(node) => node.say(text)?,
                    None => _ = fields.set(field, Node::text(text)),
                }
            }
        }
        Ok(())
    }

    /// The one of these objects that is meant; the first where it makes no difference.
    fn select(&self, candidates: Vec<&'s Resource>, same: &dyn Fn(&Resource, &Resource) -> bool) -> Result<Option<&'s Resource>, String> {
        let role = self.role();
        let is_meant = |candidate: &&Resource| {
            candidate.past_ids().any(|id| id.gvk.is_selected(self.target))
                && role
                    .as_ref()
                    .is_none_or(|role| candidate.past_ids().any(|id| id.gvk.is_selected(role)))
                && self.is_near(candidate)
        };
        let mut found: Vec<&Resource> = candidates.into_iter().filter(|candidate| is_meant(candidate)).collect();
        for may_be_empty in [true, false] {
            if found.len() > 1 {
                found.retain(|candidate| self.is_affixed_like(candidate, may_be_empty));
            }
        }
        match found[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            [first, ref rest @ ..] if rest.iter().all(|other| same(first, other)) => Ok(Some(first)),
            _ => {
                let ids: Vec<String> = found.iter().map(|candidate| candidate.id().to_string()).collect();
                let mut text = format!(
                    " found multiple possible referrals: {}\n\n**** Too many possible referral targets to referrer:\n{}\n",
                    ids.join(", "),
                    yaml_of(&self.resource.node)
                );
                for (number, candidate) in found.iter().enumerate() {
                    text.push_str(&format!("--- possible referral {number}:\n{}\n", yaml_of(&candidate.node)));
                }
                Err(text)
            }
        }
    }

    /// The type of role that a binding binds.
    fn role(&self) -> Option<Gvk> {
        if !self.path.ends_with("roleRef/name") {
            return None;
        }
        let role = self.resource.node.get("roleRef")?;
        Some(Gvk {
            group: role.get("apiGroup")?.word(&[]).to_owned(),
            version: String::new(),
            kind: role.get("kind")?.word(&[]).to_owned(),
        })
    }

    /// Whether an object is where this one can name it.
    fn is_near(&self, candidate: &Resource) -> bool {
        let id = candidate.id();
        self.id.gvk.is_of_cluster()
            || id.gvk.is_of_cluster()
            || candidate.kind() == "ServiceAccount"
            || id.effective_namespace() == self.id.effective_namespace()
    }

    /// Whether an object went through the same kustomizations, as far as these changed names.
    fn is_affixed_like(&self, candidate: &Resource, may_be_empty: bool) -> bool {
        [
            (&self.resource.prefixes, &candidate.prefixes),
            (&self.resource.suffixes, &candidate.suffixes),
        ]
        .iter()
        .all(|(a, b)| may_be_empty && (a.is_empty() || b.is_empty()) || ends_alike(a, b))
    }
}

/// Whether the shorter list is the end of the longer one.
fn ends_alike(a: &[String], b: &[String]) -> bool {
    let length = a.len().min(b.len());
    if length == 0 {
        return a.is_empty() && b.is_empty();
    }
    a[a.len() - length..] == b[b.len() - length..]
}

/// The namespaces of the service accounts that a role binding binds.
fn bound_namespaces(node: &Node) -> Vec<String> {
    if node.word(&["kind"]) != "RoleBinding" {
        return Vec::new();
    }
    let subjects = node.get("subjects").and_then(Node::items).unwrap_or_default();
    subjects
        .iter()
        .filter(|subject| subject.word(&["kind"]) == "ServiceAccount" && subject.get("namespace").is_some())
        .map(|subject| subject.word(&["namespace"]).to_owned())
        .collect()
}

fn yaml_of(node: &Node) -> String {
    let mut out = Vec::new();
    if let Ok(value) = node.value() {
        yaml::to_yaml(&mut out, &value);
    }
    String::from_utf8_lossy(&out).into_owned()
}
