//! One resource: its names, verbs and subresources.

use std::rc::Rc;

use crate::schema::{CustomVersion, Shape, built_in_shape};

/// Which list of objects a resource shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct CollectionId(pub usize);

/// Whether objects belong to a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// To the whole cluster.
    #[default]
    Cluster,
    /// To a namespace each.
    Namespaced,
}

/// A part of an object with a URL of its own.
#[derive(Debug, Clone, Default)]
pub struct Subresource {
    /// Its name, such as `status`.
    pub name: String,
    /// The group of what it shows; empty for the resource's own.
    pub group: String,
    /// The version of what it shows; empty for the resource's own.
    pub version: String,
    /// The kind of what it shows.
    pub kind: String,
    /// What can be done with it.
    pub verbs: Vec<String>,
}

/// A resource in one version.
#[derive(Debug, Clone, Default)]
pub struct Resource {
    /// The group; empty for the core group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The name in URLs.
    pub plural: String,
    /// The name for one object; empty where there is none.
    pub singular: String,
    /// The kind of its objects.
    pub kind: String,
    /// The kind of its lists.
    pub list_kind: String,
    /// Whose its objects are.
    pub scope: Scope,
    /// What can be done with it.
    pub verbs: Vec<String>,
    /// Short names.
    pub short_names: Vec<String>,
    /// Categories, such as `all`.
    pub categories: Vec<String>,
    /// Its subresources.
    pub subresources: Vec<Subresource>,
    /// Where its objects are.
    pub collection: CollectionId,
    /// For a custom resource, what its definition says of this version.
    pub custom: Option<Rc<CustomVersion>>,
}

const USUAL_VERBS: [&str; 8] = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

impl Resource {
    /// The shape of its objects; none for what has no schema, such as reviews of other servers.
    pub fn shape(&self) -> Option<Shape> {
        match &self.custom {
            Some(custom) => Some(custom.shape.clone()),
            None => built_in_shape(&self.group, &self.version, &self.kind),
        }
    }

    /// A resource from its line in the table.
    pub(super) fn from_line(group: &str, version: &str, line: &str) -> Self {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let (plural, kind, scope) = (word(), word(), word());
        let mut resource = Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            singular: kind.to_lowercase(),
            list_kind: format!("{kind}List"),
            plural,
            kind,
            scope: if scope == "namespaced" { Scope::Namespaced } else { Scope::Cluster },
            verbs: owned(&USUAL_VERBS),
            ..Resource::default()
        };
        for word in words {
            match word.split_once('=') {
                Some(("singular", "-")) => resource.singular.clear(),
                Some(("singular", name)) => name.clone_into(&mut resource.singular),
                Some(("verbs", list)) => resource.verbs = split(list),
                Some(("short", list)) => resource.short_names = split(list),
                Some(("categories", list)) => resource.categories = split(list),
                _ => {}
            }
        }
        resource
    }

    /// What everybody is warned of who asks for it, if it is on its way out.
    pub fn deprecation(&self) -> Option<&str> {
        match (&self.custom, self.group.as_str(), self.plural.as_str()) {
            (Some(custom), ..) => Some(custom.deprecation.as_str()).filter(|text| !text.is_empty()),
            (None, "", "endpoints") => Some("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
            (None, "", "componentstatuses") => Some("v1 ComponentStatus is deprecated in v1.19+"),
            _ => None,
        }
    }

    /// Whether objects belong to a namespace.
    pub fn namespaced(&self) -> bool {
        self.scope == Scope::Namespaced
    }

    /// `group/version`, or the version alone in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, or the plural name alone in the core group: how messages name a resource.
    pub fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `Deployment.apps`, or the kind alone in the core group: how validation names an object's kind.
    pub fn qualified_kind(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    /// Whether `verb` can be asked for.
    pub fn has_verb(&self, verb: &str) -> bool {
        self.verbs.iter().any(|have| have == verb)
    }

    /// The subresource `name`.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|sub| sub.name == name)
    }

    /// Whether this is the group and plural name.
    pub fn is(&self, group: &str, plural: &str) -> bool {
        self.group == group && self.plural == plural
    }

    /// Whether its objects are kept in this version, rather than converted from it and to it.
    pub fn is_stored(&self) -> bool {
        match (&self.custom, self.group.as_str(), self.version.as_str()) {
            (Some(custom), ..) => custom.storage,
            (None, "events.k8s.io", _) | (None, "autoscaling", "v1") => false,
            _ => true,
        }
    }
}

impl Subresource {
    /// A subresource from its line in the table.
    pub(super) fn from_line(line: &str) -> Self {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default().to_owned();
        let shows = words.next().unwrap_or_default();
        let mut parts = shows.rsplit('/');
        let kind = parts.next().unwrap_or_default().to_owned();
        let version = parts.next().unwrap_or_default().to_owned();
        let group = parts.next().unwrap_or_default().to_owned();
        let verbs = words
            .find_map(|word| word.strip_prefix("verbs="))
            .map_or_else(|| owned(&["get", "patch", "update"]), split);
        Subresource {
            name,
            group,
            version,
            kind,
            verbs,
        }
    }

    /// A subresource of a custom resource.
    pub fn custom(name: &str, group: &str, version: &str, kind: &str) -> Self {
        Subresource {
            name: name.to_owned(),
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
            verbs: owned(&["get", "patch", "update"]),
        }
    }
}

fn split(list: &str) -> Vec<String> {
    list.split(',').map(str::to_owned).collect()
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}
