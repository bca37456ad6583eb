//! An object on its way through a build.

use crate::api::{OwnedValue, Value, object};

/// An object, and what it was called before.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) object: OwnedValue,
    /// Every name that it has had, the first one first. Others may name it by any of them.
    pub(super) names: Vec<String>,
    /// Every namespace that it has had.
    pub(super) namespaces: Vec<String>,
    /// Whether its name is to end in a digest of what it holds.
    pub(super) hashed: bool,
}

impl Item {
    pub(super) fn new(object: OwnedValue, hashed: bool) -> Item {
        Item {
            names: vec![object::name(&object).to_owned()],
            namespaces: vec![object::namespace(&object).to_owned()],
            object,
            hashed,
        }
    }

    pub(super) fn kind(&self) -> &str {
        object::kind(&self.object)
    }

    pub(super) fn name(&self) -> &str {
        object::name(&self.object)
    }

    /// Gives it another name.
    pub(super) fn rename(&mut self, name: String) {
        if self.name() != name {
            self.object.set(&["metadata", "name"], name.clone());
            self.names.push(name);
        }
    }

    /// Puts it into another namespace.
    pub(super) fn relocate(&mut self, namespace: &str) {
        self.object.set(&["metadata", "namespace"], namespace.to_owned());
        self.namespaces.push(namespace.to_owned());
    }

    /// Whether it is, or was, what `other` says by its type, name and namespace. No namespace is any.
    pub(super) fn is_meant_by(&self, other: &Value<'_>) -> bool {
        let (group, kind, namespace) = (object::group_version(other).0, object::kind(other), object::namespace(other));
        object::group_version(&self.object).0 == group
            && self.kind() == kind
            && self.names.iter().any(|name| name == object::name(other))
            && (namespace.is_empty() || self.namespaces.iter().any(|have| have == namespace))
    }
}

/// An object's type, name and namespace as kustomize spells them: `Deployment.v1.apps/web.[noNs]`.
pub(super) fn id(object: &Value<'_>) -> String {
    let or = |text: &str, otherwise: &'static str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    let (group, version) = object::group_version(object);
    format!(
        "{}.{version}.{}/{}.{}",
        object::kind(object),
        or(group, "[noGrp]"),
        object::name(object),
        or(object::namespace(object), "[noNs]")
    )
}
