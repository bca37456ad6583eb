//! Which resources the server has: the stable groups of Kubernetes 1.36, and one more for every version of a custom
//! resource definition.

mod resource;

pub use resource::{CollectionId, Resource, Scope, Subresource};

use std::{collections::HashMap, rc::Rc};

use crate::versions;

/// The built-in resources, one a line: plural name, kind, scope and what differs from the usual; subresources below,
/// behind a space.
const BUILT_IN: &str = include_str!("resources.txt");

/// One version of a group, with its resources in the order of discovery.
#[derive(Debug, Default)]
pub struct Version {
    /// The version, such as `v1`.
    pub name: String,
    /// Its resources.
    pub resources: Vec<Rc<Resource>>,
}

/// A group with its versions, the preferred one first.
#[derive(Debug, Default)]
pub struct Group {
    /// The group's name; empty for the core group.
    pub name: String,
    /// Its versions.
    pub versions: Vec<Version>,
    /// Whether custom resource definitions made it.
    pub custom: bool,
}

/// All groups, and where the objects of each resource are kept.
#[derive(Debug, Default)]
pub struct Registry {
    groups: Vec<Group>,
    /// By group and plural name.
    collections: HashMap<String, HashMap<String, CollectionId>>,
    /// By collection: the version in which its objects are stored.
    stored: Vec<Option<Rc<Resource>>>,
}

impl Registry {
    /// The built-in groups.
    pub fn built_in() -> Self {
        let mut registry = Registry::default();
        let mut at = (String::new(), String::new());
        let mut pending: Option<Resource> = None;
        for line in BUILT_IN.lines() {
            if let Some(rest) = line.strip_prefix(' ') {
                if let Some(resource) = &mut pending {
                    resource.subresources.push(Subresource::from_line(rest));
                }
                continue;
            }
            if let Some(resource) = pending.take() {
                registry.add(resource);
            }
            match line.strip_prefix("group ").and_then(|rest| rest.split_once(' ')) {
                Some((group, version)) => {
                    at = (if group == "core" { "" } else { group }.to_owned(), version.to_owned());
                }
                None => {
                    let mut resource = Resource::from_line(&at.0, &at.1, line);
                    resource.collection = registry.collection(&at.0, &resource.plural);
                    pending = Some(resource);
                }
            }
        }
        if let Some(resource) = pending.take() {
            registry.add(resource);
        }
        registry
    }

    /// Where the objects of `plural` in `group` are kept: one place for all versions, and one for events, which two
    /// groups show.
    pub fn collection(&mut self, group: &str, plural: &str) -> CollectionId {
        let group = if plural == "events" && group == "events.k8s.io" {
            ""
        } else {
            group
        };
        if let Some(known) = self.built_in_collection(group, plural) {
            return known;
        }
        let next = CollectionId(self.stored.len());
        self.stored.push(None);
        let of_group = self.collections.entry(group.to_owned()).or_default();
        of_group.insert(plural.to_owned(), next);
        next
    }

    /// Adds a resource to its group's version; both are made where they are missing.
    pub fn add(&mut self, resource: Resource) {
        let custom = resource.custom.is_some();
        let group = match self.groups.iter().position(|group| group.name == resource.group) {
            Some(at) => &mut self.groups[at],
            None => {
                // The metrics group stays last, as an aggregated one does.
                let at = match self.groups.last() {
                    Some(last) if last.name == "metrics.k8s.io" => self.groups.len() - 1,
                    _ => self.groups.len(),
                };
                self.groups.insert(
                    at,
                    Group {
                        name: resource.group.clone(),
                        versions: Vec::new(),
                        custom,
                    },
                );
                &mut self.groups[at]
            }
        };
        let version = match group.versions.iter().position(|version| version.name == resource.version) {
            Some(at) => &mut group.versions[at],
            None => {
                group.versions.push(Version {
                    name: resource.version.clone(),
                    resources: Vec::new(),
                });
                if custom {
                    group.versions.sort_by(|a, b| versions::order(&a.name, &b.name));
                }
                let name = &resource.version;
                let at = group.versions.iter().position(|version| &version.name == name).unwrap_or_default();
                &mut group.versions[at]
            }
        };
        let collection = resource.collection;
        match version.resources.iter().position(|have| have.plural == resource.plural) {
            Some(at) => version.resources[at] = Rc::new(resource),
            None => {
                version.resources.push(Rc::new(resource));
                if custom {
                    version.resources.sort_by(|a, b| a.plural.cmp(&b.plural));
                }
            }
        }
        self.note_stored(collection);
    }

    /// Finds out which version stands for a collection.
    fn note_stored(&mut self, collection: CollectionId) {
        let found = self
            .all()
            .find(|resource| resource.collection == collection && resource.is_stored())
            .cloned();
        if let Some(stored) = self.stored.get_mut(collection.0) {
            *stored = found;
        }
    }

    /// Takes a custom resource out of all versions of its group, and what is empty then.
    pub fn remove(&mut self, group: &str, plural: &str) {
        for entry in self.groups.iter_mut().filter(|entry| entry.name == group) {
            for version in &mut entry.versions {
                version
                    .resources
                    .retain(|resource| resource.plural != plural || resource.custom.is_none());
            }
            entry.versions.retain(|version| !version.resources.is_empty());
        }
        self.groups.retain(|group| !group.versions.is_empty());
        if let Some(collection) = self.built_in_collection(group, plural) {
            self.note_stored(collection);
        }
    }

    /// All groups, in the order of discovery.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group `name`.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// The version of a group.
    pub fn version(&self, group: &str, version: &str) -> Option<&Version> {
        self.group(group)?.versions.iter().find(|entry| entry.name == version)
    }

    /// The resource by its place in a URL.
    pub fn resource(&self, group: &str, version: &str, plural: &str) -> Option<&Rc<Resource>> {
        self.version(group, version)?
            .resources
            .iter()
            .find(|resource| resource.plural == plural)
    }

    /// The resource of a kind, as an object names it.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&Rc<Resource>> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        self.version(group, version)?
            .resources
            .iter()
            .find(|resource| resource.kind == kind && resource.has_verb("get"))
    }

    /// The resource that stands for a collection: the version in which its objects are stored.
    pub fn stored(&self, collection: CollectionId) -> Option<&Rc<Resource>> {
        self.stored.get(collection.0)?.as_ref()
    }

    /// The collection of a built-in resource in its stored version.
    pub fn built_in_collection(&self, group: &str, plural: &str) -> Option<CollectionId> {
        self.collections.get(group)?.get(plural).copied()
    }

    /// All resources of all versions.
    pub fn all(&self) -> impl Iterator<Item = &Rc<Resource>> {
        self.groups
            .iter()
            .flat_map(|group| group.versions.iter().flat_map(|version| version.resources.iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::{resource::Scope, *};

    #[test]
    fn built_in_registry_reads_every_line() {
        let registry = Registry::built_in();
        let pods = registry.resource("", "v1", "pods").unwrap();
        assert_eq!(pods.kind, "Pod");
        assert_eq!(pods.short_names, ["po"]);
        assert_eq!(pods.scope, Scope::Namespaced);
        assert!(
            pods.subresource("eviction")
                .is_some_and(|sub| sub.kind == "Eviction" && sub.group == "policy")
        );
        assert_eq!(
            registry.all().count(),
            BUILT_IN.lines().filter(|line| !line.starts_with([' ', 'g'])).count()
        );
        assert!(registry.kind("apps/v1", "Deployment").is_some());
    }

    #[test]
    fn events_of_both_groups_share_a_collection() {
        let registry = Registry::built_in();
        let core = registry.resource("", "v1", "events").unwrap();
        let other = registry.resource("events.k8s.io", "v1", "events").unwrap();
        assert_eq!(core.collection, other.collection);
        assert!(core.is_stored() && !other.is_stored());
    }
}
