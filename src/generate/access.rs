//! Roles, cluster roles and their bindings.

use super::{Fields, Metadata, begin};
use crate::api::{Map, OwnedValue, Value};

const RBAC: &str = "rbac.authorization.k8s.io";
const RBAC_V1: &str = "rbac.authorization.k8s.io/v1";

/// The verbs that make sense for resources.
pub const RESOURCE_VERBS: &[&str] = &[
    "*",
    "get",
    "delete",
    "list",
    "create",
    "update",
    "patch",
    "watch",
    "proxy",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

/// The verbs that make sense for paths of the server.
pub const PATH_VERBS: &[&str] = &["*", "get", "post", "put", "delete", "patch", "head", "options"];

/// What verbs with a meaning of their own are about: group and resource.
const SPECIAL: &[(&str, &[(&str, &str)])] = &[
    ("use", &[("policy", "podsecuritypolicies"), ("extensions", "podsecuritypolicies")]),
    ("bind", &[(RBAC, "roles"), (RBAC, "clusterroles")]),
    ("escalate", &[(RBAC, "roles"), (RBAC, "clusterroles")]),
    (
        "impersonate",
        &[
            ("", "users"),
            ("", "serviceaccounts"),
            ("", "groups"),
            ("authentication.k8s.io", "userextras"),
        ],
    ),
];

/// A resource as it was typed: `pods`, `deployments.apps/scale`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Named {
    /// The resource; after a lookup in the plural.
    pub resource: String,
    /// Its group.
    pub group: String,
    /// The part of it; may be empty.
    pub subresource: String,
}

impl Named {
    /// Takes what was typed apart.
    pub fn parse(text: &str) -> Named {
        let (whole, subresource) = text.split_once('/').unwrap_or((text, ""));
        let (resource, group) = whole.split_once('.').unwrap_or((whole, ""));
        Named {
            resource: resource.to_owned(),
            group: group.to_owned(),
            subresource: subresource.to_owned(),
        }
    }

    /// The resources that were typed; `*` by itself ends them and stands for all.
    pub fn several(texts: &[String]) -> Vec<Named> {
        match texts.iter().any(|text| text == "*") {
            true => vec![Named::parse("*")],
            false => texts.iter().map(|text| Named::parse(text)).collect(),
        }
    }

    /// Whether a verb is one that is only about certain resources, and this is one of them.
    ///
    /// # Errors
    /// kubectl's sentence, where the verb is not about this resource.
    pub fn takes(&self, verb: &str) -> Result<bool, String> {
        let Some((_, resources)) = SPECIAL.iter().find(|(special, _)| *special == verb) else {
            return Ok(false);
        };
        if resources.contains(&(self.group.as_str(), self.resource.as_str())) {
            return Ok(true);
        }
        Err(format!("can not perform '{verb}' on '{}' in group '{}'", self.resource, self.group))
    }
}

/// Texts, each once, in the order of their first use.
pub fn once(texts: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts {
        if !found.contains(text) {
            found.push(text.clone());
        }
    }
    found
}

/// The verbs that were typed, each once; `*` stands for all.
pub fn verbs(texts: &[String]) -> Vec<String> {
    match texts.iter().any(|text| text == "*") {
        true => vec!["*".to_owned()],
        false => once(texts),
    }
}

/// Refuses a path that no rule can be about, or a verb that makes no sense for one.
///
/// # Errors
/// kubectl's sentence.
pub fn check_paths(paths: &[String], verbs: &[String]) -> Result<(), String> {
    if let Some(verb) = verbs.iter().find(|verb| !PATH_VERBS.contains(&verb.as_str())) {
        return Err(format!("invalid verb: '{verb}' for nonResourceURL"));
    }
    for path in paths.iter().filter(|path| *path != "*") {
        if !path.starts_with('/') {
            return Err("nonResourceURL should start with /".to_owned());
        }
        let inner = &path[..path.len() - path.chars().next_back().map_or(0, char::len_utf8)];
        if inner.contains('*') {
            return Err("nonResourceURL only supports wildcard matches when '*' is at the end".to_owned());
        }
    }
    Ok(())
}

/// The rules for resources, a rule for each group, and for paths of the server.
pub fn rules(verbs: &[String], resources: &[Named], names: &[String], paths: &[String]) -> Vec<OwnedValue> {
    let mut groups: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    for named in resources {
        let whole = match named.subresource.as_str() {
            "" => named.resource.clone(),
            part => format!("{}/{part}", named.resource),
        };
        let of_group = groups.entry(&named.group).or_default();
        if !of_group.contains(&whole) {
            of_group.push(whole);
        }
    }
    let mut rules: Vec<OwnedValue> = groups
        .into_iter()
        .map(|(group, resources)| {
            Fields::new()
                .texts("verbs", verbs)
                .texts("apiGroups", &[group.to_owned()])
                .texts("resources", &resources)
                .texts("resourceNames", names)
                .into()
        })
        .collect();
    if !paths.is_empty() {
        rules.push(Fields::new().texts("verbs", verbs).texts("nonResourceURLs", paths).into());
    }
    rules
}

/// A role with rules.
pub fn role(name: &str, namespace: &str, rules: Vec<OwnedValue>) -> OwnedValue {
    begin(RBAC_V1, "Role", Metadata::new(name, namespace)).set("rules", rules).into()
}

/// A cluster role with rules.
pub fn cluster_role(name: &str, rules: Vec<OwnedValue>) -> OwnedValue {
    begin(RBAC_V1, "ClusterRole", Metadata::new(name, "")).set("rules", rules).into()
}

/// A cluster role that gathers the rules of those with these labels.
pub fn gathering_cluster_role(name: &str, labels: Map<'static>) -> OwnedValue {
    let selector = Fields::new().map("matchLabels", labels);
    begin(RBAC_V1, "ClusterRole", Metadata::new(name, ""))
        .set("rules", Value::Null)
        .set("aggregationRule", Fields::new().list("clusterRoleSelectors", vec![selector.into()]))
        .into()
}

/// Whom a binding is about.
#[derive(Debug, Clone, Copy)]
pub struct Subjects<'a> {
    /// Users.
    pub users: &'a [String],
    /// Groups.
    pub groups: &'a [String],
    /// Service accounts, each as `namespace:name`.
    pub service_accounts: &'a [String],
}

impl Subjects<'_> {
    fn list(self) -> Result<Vec<OwnedValue>, String> {
        let person = |kind: &'static str, name: &String| {
            Fields::new()
                .set("kind", kind)
                .set("apiGroup", RBAC)
                .set("name", name.clone())
                .into()
        };
        let mut list: Vec<OwnedValue> = self.users.iter().map(|name| person("User", name)).collect();
        list.extend(self.groups.iter().map(|name| person("Group", name)));
        for account in self.service_accounts {
            match account.split(':').collect::<Vec<_>>().as_slice() {
                [namespace, name] if !namespace.is_empty() && !name.is_empty() => list.push(
                    Fields::new()
                        .set("kind", "ServiceAccount")
                        .set("name", (*name).to_owned())
                        .set("namespace", (*namespace).to_owned())
                        .into(),
                ),
                _ => return Err("serviceaccount must be <namespace>:<name>".to_owned()),
            }
        }
        Ok(list)
    }
}

fn reference(kind: &'static str, name: &str) -> Fields {
    Fields::new().set("apiGroup", RBAC).set("kind", kind).set("name", name.to_owned())
}

/// A binding to a role (`Role`) or cluster role (`ClusterRole`) within a namespace.
///
/// # Errors
/// A service account of another form than `namespace:name`.
pub fn role_binding(name: &str, namespace: &str, kind: &'static str, role: &str, subjects: Subjects<'_>) -> Result<OwnedValue, String> {
    Ok(begin(RBAC_V1, "RoleBinding", Metadata::new(name, namespace))
        .list("subjects", subjects.list()?)
        .set("roleRef", reference(kind, role))
        .into())
}

/// A binding to a cluster role, everywhere.
///
/// # Errors
/// As for [`role_binding`].
pub fn cluster_role_binding(name: &str, role: &str, subjects: Subjects<'_>) -> Result<OwnedValue, String> {
    Ok(begin(RBAC_V1, "ClusterRoleBinding", Metadata::new(name, ""))
        .list("subjects", subjects.list()?)
        .set("roleRef", reference("ClusterRole", role))
        .into())
}

/// The verbs that no server gives a meaning to where resources are concerned.
pub fn unusual_verbs(verbs: &[String]) -> impl Iterator<Item = &str> {
    verbs.iter().map(String::as_str).filter(|verb| !RESOURCE_VERBS.contains(verb))
}
