//! From what people type and manifests say to a resource: the rules of client-go's RESTMapper chain
//! (`restmapper/discovery.go`, `restmapper/shortcut.go`, `api/meta/restmapper.go`, `api/meta/priority.go`).
//!
//! Every version of a group maps names to kinds and kinds to names. Between versions that know a name, the core `v1`
//! comes first, then the groups in the server's order, in each the preferred version first.

use std::fmt;

use super::{
    Group, Resource, Resources, Text, Version,
    resources::{group_resource, group_version},
};

/// A resource or a kind as it was named: group and version may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partial {
    /// The group, or the start of one; empty for any.
    pub group: String,
    /// The version; empty for any.
    pub version: String,
    /// The resource (plural, singular or short) or the kind.
    pub name: String,
}

impl Partial {
    /// The two ways to read an argument: as `name.version.group` where it has two dots, and as `name.group`.
    pub fn parse(argument: &str) -> (Option<Partial>, Partial) {
        let mut parts = argument.splitn(3, '.');
        let name = parts.next().unwrap_or_default();
        let full = match (parts.next(), parts.next()) {
            (Some(version), Some(group)) => Some(Partial {
                group: group.into(),
                version: version.into(),
                name: name.into(),
            }),
            _ => None,
        };
        let group = argument.split_once('.').map(|(_, group)| group).unwrap_or_default();
        let short = Partial {
            group: group.into(),
            version: String::new(),
            name: name.into(),
        };
        (full, short)
    }
}

/// As Go prints a `GroupVersionResource`.
impl fmt::Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}, Resource={}", self.group, self.version, self.name)
    }
}

/// A resource that a name or a kind leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The plural, as it stands in the URL.
    pub resource: Text,
    /// The kind, as it was looked up: in lower case where that is how it was typed.
    pub kind: Text,
    /// The group; empty for the core group.
    pub group: Text,
    /// The version.
    pub version: Text,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Where this comes from.
    pub source: Source,
}

/// Where a [`Mapping`] comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// What the server said, now or not long ago.
    Server,
    /// The built-in table, for this argument; or the cache, where kubectl would have asked the server all the same.
    Argument(String),
    /// The built-in table, for the kind.
    Kind,
}

impl Mapping {
    /// Whether the server has not been asked for this, where kubectl would have asked.
    pub fn is_assumed(&self) -> bool {
        self.source != Source::Server
    }

    /// Whether both lead to the same place.
    pub fn is_same(&self, other: &Mapping) -> bool {
        self.resource == other.resource && self.group == other.group && self.version == other.version && self.namespaced == other.namespaced
    }

    /// `apps/v1`, or `v1` for the core group.
    pub fn group_version(&self) -> String {
        group_version(&self.group, &self.version)
    }

    /// `deployments.apps`, or `pods` for the core group.
    pub fn group_resource(&self) -> String {
        group_resource(&self.group, &self.resource)
    }

    /// `Deployment.apps`, or `Pod` for the core group.
    pub fn group_kind(&self) -> String {
        group_resource(&self.group, &self.kind)
    }

    /// The path of the group's version: `/apis/apps/v1`, or `/api/v1`.
    pub fn root(&self) -> String {
        if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        }
    }
}

/// Why a name leads to no resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// No version knows the kind.
    Kind {
        /// The group that was searched.
        group: String,
        /// The kind.
        kind: String,
        /// The version that was searched; empty for all.
        version: String,
    },
    /// No version knows the resource.
    Resource(Partial),
    /// One version knows several resources by the name: how kubectl says it.
    Ambiguous(String),
    /// There is no name.
    Empty(Partial),
}

impl Miss {
    /// Whether a look at fresh data is worth while: client-go's `IsNoMatchError`.
    pub fn is_no_match(&self) -> bool {
        matches!(self, Miss::Kind { .. } | Miss::Resource(_))
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Miss::Kind { group, kind, version } if version.is_empty() => write!(f, "no matches for kind \"{kind}\" in group \"{group}\""),
            Miss::Kind { group, kind, version } => {
                write!(f, "no matches for kind \"{kind}\" in version \"{}\"", group_version(group, version))
            }
            Miss::Resource(partial) => write!(f, "no matches for {partial}"),
            Miss::Ambiguous(text) => f.write_str(text),
            Miss::Empty(partial) => write!(f, "a resource must be present, got: {partial}"),
        }
    }
}

/// The resource that a short name stands for, and what kubectl warns of where it might stand for others too. A name
/// that is a resource's own, or nobody's short name, is returned as it is.
pub fn expand(resources: &Resources, named: &Partial) -> (Partial, Vec<String>) {
    let in_group = |group: &str| named.group.is_empty() || named.group == group;
    let known = resources
        .all()
        .any(|resource| in_group(&resource.group) && (resource.name == *named.name || resource.singular == *named.name));
    if known {
        return (named.clone(), Vec::new());
    }
    let long = |group: &Text, name: &Text| Partial {
        group: group.as_str().into(),
        version: String::new(),
        name: name.as_str().into(),
    };
    let mut found: Option<Partial> = None;
    let mut others: Vec<String> = Vec::new();
    let has_name = |resource: &&Resource| resource.short_names.contains(&named.name);
    for resource in resources.all().filter(has_name).filter(|resource| in_group(&resource.group)) {
        match &found {
            None => found = Some(long(&resource.group, &resource.name)),
            Some(first) if resource.group == *first.group && resource.name == *first.name => {}
            Some(_) => {
                let other = group_resource(&resource.group, &resource.name);
                if !others.contains(&other) {
                    others.push(other);
                }
            }
        }
    }
    if let Some(found) = found {
        let warn = |other: &String| format!("short name \"{}\" could also match lower priority resource {other}", named.name);
        return (found, others.iter().map(warn).collect());
    }
    if !named.group.is_empty()
        && let Some(resource) = resources
            .all()
            .filter(has_name)
            .find(|resource| resource.group.starts_with(named.group.as_str()))
    {
        let version = named.version.clone();
        return (
            Partial {
                version,
                ..long(&resource.group, &resource.name)
            },
            Vec::new(),
        );
    }
    (named.clone(), Vec::new())
}

/// The kind (group, version, kind) behind a resource's plural or singular in any case of letters.
///
/// # Errors
/// Where no version knows it.
pub fn kind_for(resources: &Resources, named: &Partial) -> Result<Partial, Miss> {
    let named = coerced(named)?;
    for (group, version) in by_priority(resources) {
        if !may_mean(group, version, &named) {
            continue;
        }
        if let Some(kind) = kind_named(version, &named.name) {
            return Ok(Partial {
                group: group.name.as_str().into(),
                version: version.name.as_str().into(),
                name: kind,
            });
        }
    }
    Err(Miss::Resource(named))
}

/// The resource (group, version, plural) behind a plural or a singular in any case of letters.
///
/// # Errors
/// Where no version knows it, or the first that does knows several.
pub fn resource_for(resources: &Resources, named: &Partial) -> Result<Partial, Miss> {
    let named = coerced(named)?;
    for (group, version) in by_priority(resources) {
        if !may_mean(group, version, &named) {
            continue;
        }
        let found: Vec<Partial> = plurals_named(version, &named.name)
            .into_iter()
            .map(|name| Partial {
                group: group.name.as_str().into(),
                version: version.name.as_str().into(),
                name,
            })
            .collect();
        match found.as_slice() {
            [] => {}
            [only] => return Ok(only.clone()),
            [first, ..] if !named.group.is_empty() && !named.version.is_empty() => return Ok(first.clone()),
            several => {
                let several: Vec<String> = several.iter().map(ToString::to_string).collect();
                return Err(Miss::Ambiguous(format!(
                    "{named} matches multiple resources [{}]",
                    several.join(" ")
                )));
            }
        }
    }
    Err(Miss::Resource(named))
}

/// The resources (group, version, plural) behind a plural or a singular in any case of letters, in the server's order
/// (client-go's `ResourcesFor`).
///
/// # Errors
/// Where no version knows it.
pub fn resources_for(resources: &Resources, named: &Partial) -> Result<Vec<Partial>, Miss> {
    let named = coerced(named)?;
    let mut found = Vec::new();
    for (group, version) in resources.versions().filter(|(_, version)| version.failure.is_none()) {
        if !may_mean(group, version, &named) {
            continue;
        }
        found.extend(plurals_named(version, &named.name).into_iter().map(|name| Partial {
            group: group.name.as_str().into(),
            version: version.name.as_str().into(),
            name,
        }));
    }
    match found.is_empty() {
        true => Err(Miss::Resource(named)),
        false => Ok(found),
    }
}

/// The resource of a kind, in `version` or, where that is empty, in the first version by priority that has it. The
/// kind may be given in lower case; lists are kinds too (`PodList`, `List`).
///
/// # Errors
/// Where no version of the group knows the kind.
pub fn mapping(resources: &Resources, group: &str, kind: &str, version: &str) -> Result<Mapping, Miss> {
    for (have_group, have) in by_priority(resources) {
        if have_group.name != *group || !(version.is_empty() || have.name == *version) {
            continue;
        }
        if let Some((resource, namespaced)) = resource_of_kind(have, kind) {
            return Ok(Mapping {
                resource,
                kind: kind.into(),
                group: have_group.name.clone(),
                version: have.name.clone(),
                namespaced,
                source: Source::Server,
            });
        }
    }
    Err(Miss::Kind {
        group: group.into(),
        kind: kind.into(),
        version: version.into(),
    })
}

/// `named` in lower case.
fn coerced(named: &Partial) -> Result<Partial, Miss> {
    if named.name.is_empty() {
        return Err(Miss::Empty(named.clone()));
    }
    let version = if named.version == "__internal" { "" } else { &named.version };
    Ok(Partial {
        group: named.group.clone(),
        version: version.into(),
        name: named.name.to_lowercase(),
    })
}

/// The versions whose resources are known, the core `v1` first, then group by group, the preferred version first.
fn by_priority(resources: &Resources) -> impl Iterator<Item = (&Group, &Version)> {
    let core = |group: &Group, version: &Version| group.name.is_empty() && version.name == "v1";
    let first = resources.versions().filter(move |(group, version)| core(group, version));
    let rest = resources.groups.iter().flat_map(|group| {
        let preferred = |version: &&Version| version.name == group.preferred;
        let others = group.versions.iter().filter(move |version| version.name != group.preferred);
        group
            .versions
            .iter()
            .filter(preferred)
            .chain(others)
            .map(move |version| (group, version))
    });
    first
        .chain(rest.filter(move |(group, version)| !core(group, version)))
        .filter(|(_, version)| version.failure.is_none())
}

/// Whether a version of a group is one that `named` may mean. Without a version, the start of a group's name is
/// enough: `storageclass.storage` finds `storage.k8s.io`.
fn may_mean(group: &Group, version: &Version, named: &Partial) -> bool {
    match (named.group.as_str(), named.version.as_str()) {
        ("", "") => true,
        ("", wanted) => version.name == *wanted,
        (start, "") => group.name.starts_with(start),
        (whole, wanted) => group.name == *whole && version.name == *wanted,
    }
}

/// The kind that a version knows by a plural or a singular. Of several, client-go keeps the last that was added:
/// resources in their order, each followed by its list kind, and at the very end `List`.
fn kind_named(version: &Version, name: &str) -> Option<String> {
    let item = item_of_list(name);
    if item == Some("") {
        return Some("List".into());
    }
    version.listed().rev().find_map(|resource| {
        if item.is_some_and(|item| is_lower(item, &resource.kind)) {
            return Some(format!("{}List", resource.kind));
        }
        (resource.name == *name || is_singular(name, resource)).then(|| resource.kind.as_str().to_owned())
    })
}

/// The plurals that a version knows by a plural or a singular. Of several singulars for one plural, client-go keeps the
/// last that was added, in the order of [`kind_named`].
fn plurals_named(version: &Version, name: &str) -> Vec<String> {
    let item = item_of_list(name);
    let resources: Vec<&Resource> = version.listed().collect();
    // Whether `plural` is added again with resource `next` or a later one, or as the list of the one before.
    let again = |plural: &str, next: usize| {
        let of_list = plural.strip_suffix("lists");
        let lists = |resource: &&Resource| of_list.is_some_and(|item| is_lower(item, &resource.kind));
        of_list == Some("") || resources[next - 1..].iter().any(lists) || resources[next..].iter().any(|resource| resource.name == *plural)
    };
    let mut found: Vec<String> = Vec::new();
    let mut add = |plural: String| {
        if !found.contains(&plural) {
            found.push(plural);
        }
    };
    for (at, resource) in resources.iter().enumerate() {
        if (resource.name == *name || is_singular(name, resource)) && !again(&resource.name, at + 1) {
            add(resource.name.as_str().to_owned());
        }
        if let Some(item) = item.filter(|item| is_lower(item, &resource.kind)) {
            let plural = format!("{item}lists");
            if !resources[at + 1..].iter().any(|later| later.name == *plural) {
                add(plural);
            }
        }
    }
    if item == Some("") {
        add("lists".to_owned());
    }
    found
}

/// The plural of a kind in a version, and whether its objects live in namespaces.
fn resource_of_kind(version: &Version, kind: &str) -> Option<(Text, bool)> {
    if kind == "List" {
        return Some(("lists".into(), false));
    }
    version.listed().rev().find_map(|resource| {
        if resource.kind == *kind || is_lower(kind, &resource.kind) {
            return Some((resource.name.clone(), resource.namespaced));
        }
        let item = kind.strip_suffix("List")?;
        (resource.kind == *item).then(|| (guess(kind).0.as_str().into(), resource.namespaced))
    })
}

/// What a name lists, if it is the plural or the singular that is guessed for a list's kind: `pod` of `podlists`.
fn item_of_list(name: &str) -> Option<&str> {
    name.strip_suffix("lists").or_else(|| name.strip_suffix("list"))
}

/// Whether `name` is `kind` in lower case.
fn is_lower(name: &str, kind: &str) -> bool {
    if kind.is_ascii() {
        name.len() == kind.len() && name.bytes().eq(kind.bytes().map(|byte| byte.to_ascii_lowercase()))
    } else {
        name == kind.to_lowercase()
    }
}

/// Whether `name` is a resource's singular. Of servers that do not tell it, it is the kind in lower case.
fn is_singular(name: &str, resource: &Resource) -> bool {
    if resource.singular.is_empty() {
        is_lower(name, &resource.kind)
    } else {
        resource.singular == *name
    }
}

/// The plural and the singular that a kind probably has: client-go's `UnsafeGuessKindToResource`.
pub fn guess(kind: &str) -> (String, String) {
    let singular = kind.to_lowercase();
    let plural = if singular.ends_with("endpoints") || singular.is_empty() {
        singular.clone()
    } else if singular.ends_with('s') {
        format!("{singular}es")
    } else if let Some(stem) = singular.strip_suffix('y') {
        format!("{stem}ies")
    } else {
        format!("{singular}s")
    };
    (plural, singular)
}
