//! What objects are called: type, name and namespace.

use std::fmt;

use super::{node::Node, schema};

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash, PartialOrd, Ord)]
pub(super) struct Gvk {
    pub(super) group: String,
    pub(super) version: String,
    pub(super) kind: String,
}

impl Gvk {
    /// The type of an object.
    pub(super) fn of(object: &Node) -> Gvk {
        Gvk::new(object.word(&["apiVersion"]), object.word(&["kind"]))
    }

    /// The type with this `apiVersion` and kind.
    pub(super) fn new(api_version: &str, kind: &str) -> Gvk {
        let (group, version) = match api_version.split_once('/') {
            Some(parts) => parts,
            None => ("", api_version),
        };
        Gvk {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// `group/version`.
    pub(super) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Whether this is what `selector` says; what that leaves out is any.
    pub(super) fn is_selected(&self, selector: &Gvk) -> bool {
        let is = |wanted: &str, have: &str| wanted.is_empty() || wanted == have;
        is(&selector.group, &self.group) && is(&selector.version, &self.version) && is(&selector.kind, &self.kind)
    }

    /// Whether objects of the type are known to live in no namespace.
    pub(super) fn is_of_cluster(&self) -> bool {
        schema::is_of_cluster(&self.api_version(), &self.kind)
    }

    /// The name that a file for objects of the type gets.
    pub(super) fn file_name(&self) -> String {
        let parts = [&self.group, &self.version, &self.kind].map(String::as_str);
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("_")
    }
}

impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
        write!(
            f,
            "{}.{}.{}",
            or(&self.kind, "[noKind]"),
            or(&self.version, "[noVer]"),
            or(&self.group, "[noGrp]")
        )
    }
}

/// A type, a name and a namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Id {
    pub(super) gvk: Gvk,
    pub(super) name: String,
    pub(super) namespace: String,
}

impl Id {
    /// What an object is called.
    pub(super) fn of(object: &Node) -> Id {
        Id {
            gvk: Gvk::of(object),
            name: object.word(&["metadata", "name"]).to_owned(),
            namespace: object.word(&["metadata", "namespace"]).to_owned(),
        }
    }

    /// The namespace that counts: none is `default`, and what lives in none has one of its own.
    pub(super) fn effective_namespace(&self) -> &str {
        match self.namespace.as_str() {
            _ if self.gvk.is_of_cluster() => "_non_namespaceable_",
            "" => "default",
            namespace => namespace,
        }
    }

    /// Whether both mean the same object.
    pub(super) fn is_same(&self, other: &Id) -> bool {
        self.name == other.name && self.gvk == other.gvk && self.effective_namespace() == other.effective_namespace()
    }

    /// Whether this is what `selector` says; what that leaves out is any.
    pub(super) fn is_selected_by(&self, selector: &Id) -> bool {
        (selector.name.is_empty() || selector.name == self.name)
            && (selector.namespace.is_empty() || selector.effective_namespace() == self.effective_namespace())
            && self.gvk.is_selected(&selector.gvk)
    }

    /// As Go prints it with `%#v`.
    pub(super) fn go_syntax(&self) -> String {
        format!(
            "resid.ResId{{Gvk:resid.Gvk{{Group:{:?}, Version:{:?}, Kind:{:?}, isClusterScoped:{}}}, Name:{:?}, Namespace:{:?}}}",
            self.gvk.group,
            self.gvk.version,
            self.gvk.kind,
            self.gvk.is_of_cluster(),
            self.name,
            self.namespace
        )
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
        write!(f, "{}/{}.{}", self.gvk, or(&self.name, "[noName]"), or(&self.namespace, "[noNs]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_without_namespace_are_in_the_default_one_or_in_none() {
        let id = |kind: &str, namespace: &str| Id {
            gvk: Gvk::new("v1", kind),
            name: "a".to_owned(),
            namespace: namespace.to_owned(),
        };
        assert!(id("Pod", "").is_same(&id("Pod", "default")));
        assert!(!id("Pod", "").is_same(&id("Pod", "b")));
        assert!(id("Node", "").is_same(&id("Node", "b")));
        assert_eq!(id("Pod", "").to_string(), "Pod.v1.[noGrp]/a.[noNs]");
    }
}
