//! Objects on their way through a build, each with what it was called before.

use std::collections::HashSet;

use regex::Regex;

use super::{
    id::{Gvk, Id},
    merge,
    node::{Fields, Node, Scalar},
    origin::Origin,
    schema::Schemas,
};
use crate::api::{Map, Value, json, selector};

/// What is done with a generated object where there is one of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Behavior {
    #[default]
    Unspecified,
    Create,
    Replace,
    Merge,
}

impl Behavior {
    /// The behavior of this name; one that nobody knows is none.
    pub(super) fn named(name: &str) -> Behavior {
        match name {
            "create" => Behavior::Create,
            "replace" => Behavior::Replace,
            "merge" => Behavior::Merge,
            _ => Behavior::Unspecified,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Behavior::Unspecified => "unspecified",
            Behavior::Create => "create",
            Behavior::Replace => "replace",
            Behavior::Merge => "merge",
        }
    }
}

/// An object, and what it was called before.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    pub(super) node: Node,
    /// What it was called before each change of its name, namespace or kind, the first one first.
    pub(super) past: Vec<Past>,
    /// What was put before its name, the first one first.
    pub(super) prefixes: Vec<String>,
    /// What was put behind its name.
    pub(super) suffixes: Vec<String>,
    /// Whether its name is to end in a digest of what it holds.
    pub(super) hashed: bool,
    pub(super) behavior: Behavior,
    /// The variables that take their values from it.
    pub(super) variables: Vec<String>,
    /// Where it comes from, where that is asked for.
    pub(super) origin: Option<Origin>,
    /// What has changed it.
    pub(super) transformations: Vec<Origin>,
}

/// What an object was called once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Past {
    pub(super) kind: String,
    pub(super) name: String,
    /// The namespace that counted.
    pub(super) namespace: String,
}

/// The annotation by which an object asks for a digest behind its name.
const HASHED: &str = "internal.config.kubernetes.io/needsHashSuffix";

/// The annotations that belong to builds, and are gone after them.
const OF_BUILDS: [&str; 19] = [
    "internal.config.kubernetes.io/previousKinds",
    "internal.config.kubernetes.io/previousNames",
    "internal.config.kubernetes.io/prefixes",
    "internal.config.kubernetes.io/suffixes",
    "internal.config.kubernetes.io/previousNamespaces",
    "internal.config.kubernetes.io/allowNameChange",
    "internal.config.kubernetes.io/allowKindChange",
    "internal.config.kubernetes.io/refBy",
    "internal.config.kubernetes.io/generatorBehavior",
    HASHED,
    "internal.config.kubernetes.io/path",
    "internal.config.kubernetes.io/index",
    "internal.config.kubernetes.io/seqindent",
    "internal.config.kubernetes.io/id",
    "internal.config.kubernetes.io/annotations-migration-resource-id",
    "config.kubernetes.io/path",
    "config.kubernetes.io/index",
    "config.k8s.io/id",
    "internal.config.kubernetes.io/helm-generated",
];

impl Resource {
    /// An object that was called nothing else before.
    pub(super) fn new(node: Node) -> Resource {
        Resource {
            hashed: node.word(&["metadata", "annotations", HASHED]) == "enabled",
            node,
            past: Vec::new(),
            prefixes: Vec::new(),
            suffixes: Vec::new(),
            behavior: Behavior::default(),
            variables: Vec::new(),
            origin: None,
            transformations: Vec::new(),
        }
    }

    /// Its annotations without those that belong to builds.
    pub(super) fn annotations(&self) -> Map<'static> {
        let mut annotations = self.texts("annotations");
        annotations.retain(|key, _| !OF_BUILDS.contains(&key));
        annotations
    }

    pub(super) fn id(&self) -> Id {
        Id::of(&self.node)
    }

    pub(super) fn name(&self) -> &str {
        self.node.word(&["metadata", "name"])
    }

    pub(super) fn namespace(&self) -> &str {
        self.node.word(&["metadata", "namespace"])
    }

    pub(super) fn kind(&self) -> &str {
        self.node.word(&["kind"])
    }

    /// What it was called before, the first one first.
    pub(super) fn past_ids(&self) -> impl DoubleEndedIterator<Item = Id> {
        let gvk = Gvk::of(&self.node);
        self.past.iter().map(move |past| Id {
            gvk: Gvk {
                kind: past.kind.clone(),
                ..gvk.clone()
            },
            name: past.name.clone(),
            namespace: past.namespace.clone(),
        })
    }

    /// What it was called at first.
    pub(super) fn original_id(&self) -> Id {
        self.past_ids().next().unwrap_or_else(|| self.id())
    }

    /// Everything that it is and was called, what it is called now last.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> {
        self.past_ids().chain(std::iter::once(self.id()))
    }

    /// Notes what it is called, before that changes.
    pub(super) fn remember(&mut self) {
        let id = self.id();
        self.past.push(Past {
            kind: id.gvk.kind.clone(),
            name: id.name.clone(),
            namespace: id.effective_namespace().to_owned(),
        });
    }

    /// Sets a text in its metadata; an empty one is taken away.
    pub(super) fn set_metadata(&mut self, field: &str, text: &str) {
        let metadata = self.node.map_at(&["metadata"]);
        match text {
            "" => _ = metadata.remove(field),
            text => _ = metadata.set(field, Node::text(text)),
        }
    }

    /// A map in its metadata: `labels` or `annotations`.
    pub(super) fn texts(&self, field: &str) -> Map<'static> {
        let mut map = Map::new();
        let fields = self.node.at(&["metadata", field]).and_then(Node::fields);
        for (key, value) in fields.into_iter().flat_map(|fields| &fields.0) {
            map.insert(key.text.clone(), value.word(&[]).to_owned());
        }
        map
    }

    /// Sets all of a map in its metadata; an empty one is taken away.
    pub(super) fn set_texts(&mut self, field: &str, texts: &Map<'_>) {
        let metadata = self.node.map_at(&["metadata"]);
        if texts.is_empty() {
            metadata.remove(field);
            return;
        }
        let fields = texts
            .iter()
            .map(|(key, value)| (Scalar::open(key), Node::text(value.as_str().unwrap_or_default())));
        metadata.set(field, Node::Map(Fields(fields.collect())));
    }

    /// Applies a strategic merge patch. Its name and its namespace stay, unless the patch may change the name; so does its kind.
    /// Nothing is left of an object that the patch deletes.
    ///
    /// # Errors
    /// A patch that does not fit.
    pub(super) fn patch(&mut self, patch: &Node, allowed: Allowed, schemas: &Schemas) -> Result<(), String> {
        let id = self.id();
        if allowed.name || allowed.kind {
            self.remember();
        }
        let Some(node) = merge::apply(std::mem::take(&mut self.node), patch.clone(), schemas)? else {
            self.node = Node::map();
            return Ok(());
        };
        self.node = node;
        if self.node.is_empty() {
            return Ok(());
        }
        if !allowed.kind {
            self.node.map_at(&[]).set("kind", Node::text(id.gvk.kind));
        }
        if !allowed.name {
            self.set_metadata("name", &id.name);
        }
        self.set_metadata("namespace", &id.namespace);
        Ok(())
    }

    /// As Go prints it in messages: JSON, with what is remembered as annotations.
    pub(super) fn shown(&self) -> String {
        let mut shown = self.clone();
        let join = |part: fn(&Past) -> &String| self.past.iter().map(part).cloned().collect::<Vec<_>>().join(",");
        if !self.past.is_empty() {
            let mut annotations = self.texts("annotations");
            annotations.insert("internal.config.kubernetes.io/previousKinds", join(|past| &past.kind));
            annotations.insert("internal.config.kubernetes.io/previousNames", join(|past| &past.name));
            annotations.insert("internal.config.kubernetes.io/previousNamespaces", join(|past| &past.namespace));
            shown.set_texts("annotations", &annotations);
        }
        let mut text = Vec::new();
        match shown.node.value() {
            Ok(mut value) => {
                value.sort_keys();
                json::to_compact(&mut text, &value);
                String::from_utf8_lossy(&text).into_owned()
            }
            Err(error) => format!("<{error}>"),
        }
    }
}

/// What a patch may change besides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Allowed {
    pub(super) name: bool,
    pub(super) kind: bool,
}

/// Objects in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Set(pub(super) Vec<Resource>);

impl Set {
    /// Adds objects.
    ///
    /// # Errors
    /// One that means the same object as one that is there.
    pub(super) fn append(&mut self, more: Vec<Resource>) -> Result<(), String> {
        let key = |id: &Id| (id.gvk.clone(), id.name.clone(), id.effective_namespace().to_owned());
        let mut taken: HashSet<_> = self.0.iter().map(|resource| key(&resource.id())).collect();
        for resource in more {
            let id = resource.id();
            if !taken.insert(key(&id)) {
                return Err(format!("may not add resource with an already registered id: {id}"));
            }
            self.0.push(resource);
        }
        Ok(())
    }

    /// Adds a generated object, or changes the one that is there, as its behavior says.
    ///
    /// # Errors
    /// One that is there and should not, or the other way round.
    pub(super) fn absorb(&mut self, mut made: Resource) -> Result<(), String> {
        let id = made.id();
        let found: Vec<usize> = (0..self.0.len())
            .filter(|at| self.0[*at].ids().any(|have| have.is_same(&id)))
            .collect();
        let at = match (found[..].first(), made.behavior) {
            (None, Behavior::Merge | Behavior::Replace) => {
                return Err(format!("id {} does not exist; cannot merge or replace", id.go_syntax()));
            }
            (None, _) => return self.append(vec![made]),
            _ if found.len() > 1 => {
                let shown: Vec<String> = found.iter().map(|at| self.0[*at].shown()).collect();
                return Err(format!(
                    "found multiple objects [{}] that could accept merge of {id}",
                    shown.join(" ")
                ));
            }
            (Some(at), Behavior::Merge | Behavior::Replace) => *at,
            (Some(_), behavior) => {
                return Err(format!(
                    "id {} exists; can not use behavior: '{}', behavior must be merge or replace",
                    id.go_syntax(),
                    behavior.name()
                ));
            }
        };
        let old = &self.0[at];
        let is_merge = made.behavior == Behavior::Merge;
        for field in ["labels", "annotations"] {
            let mut texts = old.texts(field);
            for (key, value) in made.texts(field).iter() {
                texts.insert(key.to_owned(), value.clone());
            }
            made.set_texts(field, &texts);
        }
        made.set_metadata("name", old.name());
        made.set_metadata("namespace", old.namespace());
        if is_merge {
            for field in ["data", "binaryData"] {
                let mut fields = old.node.get(field).and_then(Node::fields).cloned().unwrap_or_default();
                for (key, value) in made.node.get(field).and_then(Node::fields).cloned().unwrap_or_default().0 {
                    fields.set(&key.text, value);
                }
                // What has no text has none here either.
                fields.0.retain(|(_, value)| matches!(value, Node::Scalar(_)));
                let object = made.node.map_at(&[]);
                match fields.0.is_empty() {
                    true => _ = object.remove(field),
                    false => _ = object.set(field, Node::Map(fields)),
                }
            }
        }
        made.past.clone_from(&old.past);
        made.prefixes.clone_from(&old.prefixes);
        made.suffixes.clone_from(&old.suffixes);
        made.variables.clone_from(&old.variables);
        if is_merge && old.origin.is_some() {
            made.origin.clone_from(&old.origin);
        }
        made.transformations.clone_from(&old.transformations);
        made.hashed &= old.hashed;
        self.0[at] = made;
        Ok(())
    }

    /// The place of the one object that is or was called `id`.
    ///
    /// # Errors
    /// None, or several.
    pub(super) fn by_id(&self, id: &Id) -> Result<usize, String> {
        let mut found = (0..self.0.len()).filter(|at| !self.0[*at].node.is_empty() && self.0[*at].ids().any(|have| have.is_same(id)));
        let why = match (found.next(), found.next()) {
            (Some(at), None) => return Ok(at),
            (None, _) => "no",
            _ => "multiple",
        };
        Err(format!("{why} matches for Id {id}; failed to find unique target for patch {id}"))
    }

    /// The places of the objects that a selector means.
    pub(super) fn select(&self, selector: &Selector) -> Vec<usize> {
        let is_met = |resource: &Resource| {
            let ids = [resource.original_id(), resource.id()];
            ids.iter().any(|id| selector.has_namespace(id.effective_namespace()))
                && ids.iter().any(|id| selector.has_name(&id.name))
                && selector.has_type(&ids[1].gvk)
                && selector.has_texts(resource)
        };
        (0..self.0.len()).filter(|at| is_met(&self.0[*at])).collect()
    }
}

/// Which objects are meant, by regular expressions. What is not said is any.
#[derive(Debug)]
pub(super) struct Selector {
    group: Option<Regex>,
    version: Option<Regex>,
    kind: Option<Regex>,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: selector::Selector,
    annotations: selector::Selector,
    is_bare: bool,
}

impl Selector {
    /// The selector that a field of a kustomization describes.
    ///
    /// # Errors
    /// An expression or a selector that is none.
    pub(super) fn new(said: &Value<'_>) -> Result<Selector, String> {
        let pattern = |field: &str| match said.str_at(&[field]) {
            "" => Ok(None),
            text => Regex::new(&format!("^(?:{text})$"))
                .map(Some)
                .map_err(|error| format!("error parsing regexp: {error}")),
        };
        let parsed = |field: &str| selector::Selector::parse(said.str_at(&[field])).map_err(|error| error.to_string());
        Ok(Selector {
            group: pattern("group")?,
            version: pattern("version")?,
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: parsed("labelSelector")?,
            annotations: parsed("annotationSelector")?,
            is_bare: ["labelSelector", "annotationSelector"]
                .iter()
                .all(|field| said.str_at(&[field]).is_empty()),
        })
    }

    /// Whether neither labels nor annotations are asked for.
    pub(super) fn is_bare(&self) -> bool {
        self.is_bare
    }

    pub(super) fn has_type(&self, gvk: &Gvk) -> bool {
        has(&self.group, &gvk.group) && has(&self.version, &gvk.version) && has(&self.kind, &gvk.kind)
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        has(&self.name, name)
    }

    pub(super) fn has_namespace(&self, namespace: &str) -> bool {
        has(&self.namespace, namespace)
    }

    /// Whether the labels and annotations are those that are meant.
    pub(super) fn has_texts(&self, resource: &Resource) -> bool {
        self.is_bare
            || self.labels.matches(Some(&resource.texts("labels"))) && self.annotations.matches(Some(&resource.texts("annotations")))
    }
}

fn has(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}
