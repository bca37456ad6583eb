//! What a server offers: its groups, their versions, the resources in them.

use super::{Text, Words};

/// Everything a server offers, in the order in which the server lists it, `/api` before `/apis`. That order is the
/// priority between groups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    /// The groups.
    pub groups: Vec<Group>,
}

/// An API group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name; empty for the core group.
    pub name: Text,
    /// The version that the server prefers; empty where it names none.
    pub preferred: Text,
    /// Its versions, the server's first choice first. Stale ones are not among them, as kubectl leaves them out.
    pub versions: Vec<Version>,
}

/// A version of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// Its name: `v1`.
    pub name: Text,
    /// The resources in it, in the server's order.
    pub resources: Vec<Resource>,
    /// Why its resources are not known, where they could not be read.
    pub failure: Option<Failure>,
}

/// Why the resources of a version are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The server's words.
    pub message: String,
    /// Whether kubectl would ask again: the connection broke, or the server was at fault or too busy.
    pub transient: bool,
}

/// A type of object, as it stands in a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resource {
    /// The plural: `deployments`.
    pub name: Text,
    /// The singular: `deployment`; empty where the server does not say.
    pub singular: Text,
    /// The kind: `Deployment`. Empty for a resource that only holds [`Resource::subresources`].
    pub kind: Text,
    /// The group that it is listed in.
    pub group: Text,
    /// The version that it is listed in.
    pub version: Text,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// What can be done with it: `get`, `list`.
    pub verbs: Words,
    /// Its short names: `deploy`.
    pub short_names: Words,
    /// The categories that it belongs to: `all`.
    pub categories: Words,
    /// What hangs below its objects: `scale`.
    pub subresources: Vec<Subresource>,
}

/// A part of a resource with a URL of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subresource {
    /// The last part of the URL: `scale`.
    pub name: Text,
    /// The kind that goes over the wire: `Scale`.
    pub kind: Text,
    /// That kind's group; empty for the core group, and where the server leaves it out.
    pub group: Text,
    /// That kind's version; empty where the server leaves it out.
    pub version: Text,
    /// What can be done with it.
    pub verbs: Words,
}

impl Resources {
    /// The group `name`.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name == *name)
    }

    /// The resource with the plural `name` in exactly this group and version.
    pub fn get(&self, group: &str, version: &str, name: &str) -> Option<&Resource> {
        let version = self.group(group)?.versions.iter().find(|have| have.name == *version)?;
        version.listed().find(|resource| resource.name == *name)
    }

    /// Every version with its group, in the server's order.
    pub fn versions(&self) -> impl Iterator<Item = (&Group, &Version)> {
        self.groups
            .iter()
            .flat_map(|group| group.versions.iter().map(move |version| (group, version)))
    }

    /// Every resource of every version, in the server's order.
    pub fn all(&self) -> impl Iterator<Item = &Resource> {
        self.versions().flat_map(|(_, version)| version.listed())
    }

    /// Every resource once, in the version that the server prefers or else in the first that has it: client-go's
    /// `ServerPreferredResources`.
    pub fn preferred(&self) -> Vec<&Resource> {
        let mut chosen: Vec<&Resource> = Vec::new();
        for group in &self.groups {
            let first = chosen.len();
            for version in &group.versions {
                for resource in version.listed() {
                    match chosen[first..].iter_mut().find(|have| have.name == resource.name) {
                        Some(have) if version.name == group.preferred => *have = resource,
                        Some(_) => {}
                        None => chosen.push(resource),
                    }
                }
            }
        }
        chosen
    }

    /// The versions whose resources could not be read, as `group/version: reason`, sorted.
    pub fn failures(&self) -> Vec<String> {
        let mut sentences: Vec<String> = self
            .versions()
            .filter_map(|(group, version)| {
                let failure = version.failure.as_ref()?;
                Some(format!("{}: {}", group_version(&group.name, &version.name), failure.message))
            })
            .collect();
        sentences.sort();
        sentences
    }

    /// The resources in `category` as `resource.group`, each once, in the server's order.
    pub fn category(&self, category: &str) -> Vec<String> {
        let mut members: Vec<String> = Vec::new();
        for resource in self.all().filter(|resource| resource.categories.contains(category)) {
            let member = group_resource(&resource.group, &resource.name);
            if !members.contains(&member) {
                members.push(member);
            }
        }
        members
    }
}

impl Version {
    /// The resources that are resources themselves, not only the place of subresources.
    pub fn listed(&self) -> impl DoubleEndedIterator<Item = &Resource> {
        self.resources.iter().filter(|resource| !resource.kind.is_empty())
    }
}

impl Resource {
    /// What hangs below its objects as `name`.
    pub fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|subresource| subresource.name == *name)
    }
}

/// `group/version`, or `version` alone for the core group.
pub fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() {
        version.to_owned()
    } else {
        format!("{group}/{version}")
    }
}

/// `resource.group`, or `resource` alone for the core group.
pub fn group_resource(group: &str, resource: &str) -> String {
    if group.is_empty() {
        resource.to_owned()
    } else {
        format!("{resource}.{group}")
    }
}
