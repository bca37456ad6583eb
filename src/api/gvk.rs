//! Types of objects: groups, versions, kinds and resources, read and written as apimachinery's `runtime/schema` does.

use std::fmt;

/// The API groups whose kinds are built into kubectl (client-go's scheme).
const BUILT_IN: &[&str] = &[
    "",
    "admissionregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "extensions",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
    "storagemigration.k8s.io",
];

/// Whether the kinds of a group are built into kubectl.
pub fn is_built_in(group: &str) -> bool {
    BUILT_IN.contains(&group)
}

/// A group and a version: `apps/v1`, or `v1` in the core group, whose name is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupVersion {
    /// The group.
    pub group: String,
    /// The version.
    pub version: String,
}

impl GroupVersion {
    /// Reads an `apiVersion`. The empty text and `/` are an empty group and version.
    ///
    /// # Errors
    /// Where there is more than one slash.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (group, version) = match text {
            "/" => ("", ""),
            text => text.split_once('/').unwrap_or(("", text)),
        };
        if version.contains('/') {
            return Err(format!("unexpected GroupVersion string: {text}"));
        }
        Ok(GroupVersion {
            group: group.to_owned(),
            version: version.to_owned(),
        })
    }
}

impl fmt::Display for GroupVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group.as_str() {
            "" => f.write_str(&self.version),
            group => write!(f, "{group}/{}", self.version),
        }
    }
}

/// A kind in a version of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupVersionKind {
    /// The group.
    pub group: String,
    /// The version.
    pub version: String,
    /// The kind.
    pub kind: String,
}

impl GroupVersionKind {
    /// The kind without its version.
    pub fn group_kind(&self) -> GroupName {
        GroupName {
            name: self.kind.clone(),
            group: self.group.clone(),
        }
    }
}

/// In Go's form: `apps/v1, Kind=Deployment`, `/v1, Kind=Pod`.
impl fmt::Display for GroupVersionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}, Kind={}", self.group, self.version, self.kind)
    }
}

/// A resource or a kind and its group: `deployments.apps`, `Deployment.apps`, `pods`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GroupName {
    /// The resource or the kind.
    pub name: String,
    /// The group.
    pub group: String,
}

impl GroupName {
    /// Reads `resource.group` or `Kind.group`: the group begins behind the first dot.
    pub fn parse(text: &str) -> Self {
        let (name, group) = text.split_once('.').unwrap_or((text, ""));
        GroupName {
            name: name.to_owned(),
            group: group.to_owned(),
        }
    }
}

impl fmt::Display for GroupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.group.as_str() {
            "" => f.write_str(&self.name),
            group => write!(f, "{}.{group}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_version_of_each_form_reads_and_writes() {
        for (text, group, version) in [("v1", "", "v1"), ("apps/v1", "apps", "v1"), ("", "", ""), ("a.b/v2", "a.b", "v2")] {
            let parsed = GroupVersion::parse(text).unwrap();
            assert_eq!((parsed.group.as_str(), parsed.version.as_str()), (group, version));
            assert_eq!(parsed.to_string(), text);
        }
        assert_eq!(GroupVersion::parse("/").unwrap(), GroupVersion::default());
        assert_eq!(GroupVersion::parse("a/b/c").unwrap_err(), "unexpected GroupVersion string: a/b/c");
    }

    #[test]
    fn group_name_splits_at_the_first_dot() {
        let name = GroupName::parse("widgets.factory.example.com");
        assert_eq!((name.name.as_str(), name.group.as_str()), ("widgets", "factory.example.com"));
        assert_eq!(name.to_string(), "widgets.factory.example.com");
        assert_eq!(GroupName::parse("pods").to_string(), "pods");
        let kind = GroupVersionKind {
            version: "v1".into(),
            kind: "Pod".into(),
            ..GroupVersionKind::default()
        };
        assert_eq!(
            (kind.to_string(), kind.group_kind().to_string()),
            ("/v1, Kind=Pod".to_owned(), "Pod".to_owned())
        );
    }
}
