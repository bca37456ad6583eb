//! How the kinds that are built into kubectl are merged: the `patchStrategy` and `patchMergeKey` tags of Go's types.
//!
//! Within these types a field's name says how it is merged, whatever object it is in, but for the few that depend on the
//! kind. Fields that are not named here are merged if they are objects and replaced if they are lists.

use super::{Schema, Strategy};
use crate::api::{Value, gvk, object};

/// Lists of objects that are merged, and the field by which their elements are told apart.
const LISTS: &[(&str, &str)] = &[
    ("addresses", "type"),
    ("conditions", "type"),
    ("containers", "name"),
    ("env", "name"),
    ("ephemeralContainers", "name"),
    ("hostAliases", "ip"),
    ("hostIPs", "ip"),
    ("imagePullSecrets", "name"),
    ("initContainers", "name"),
    ("matchConditions", "name"),
    ("ownerReferences", "uid"),
    ("podIPs", "ip"),
    ("ports", "containerPort"),
    ("resourceClaimStatuses", "name"),
    ("resourceClaims", "name"),
    ("schedulingGates", "name"),
    ("secrets", "name"),
    ("topologySpreadConstraints", "topologyKey"),
    ("volumeDevices", "devicePath"),
    ("volumeMounts", "mountPath"),
    ("volumes", "name"),
    ("webhooks", "name"),
];

/// Lists of plain values that are merged.
const PLAIN_LISTS: &[&str] = &["finalizers", "podCIDRs"];

/// Fields of which a patch names those that stay.
const RETAINING: &[&str] = &["volumes", "resourceClaims", "resourceClaimStatuses"];

/// A place in an object of a kind that is built into kubectl.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltIn {
    kind: Kind,
    /// The names that lead here; an element has the name of its list.
    path: Vec<String>,
}

/// The kinds in which a field is merged unlike its namesakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deployment,
    Service,
    PodDisruptionBudget,
    Other,
}

impl BuiltIn {
    /// The type of `object`; none where it is not built into kubectl.
    pub fn of(object: &Value<'_>) -> Option<BuiltIn> {
        let (group, version) = object::group_version(object);
        if !gvk::is_built_in(group) || version.is_empty() {
            return None;
        }
        let kind = match (group, object::kind(object)) {
            ("apps" | "extensions", "Deployment") => Kind::Deployment,
            ("", "Service") => Kind::Service,
            ("policy", "PodDisruptionBudget") => Kind::PodDisruptionBudget,
            _ => Kind::Other,
        };
        Some(BuiltIn { kind, path: Vec::new() })
    }
}

impl Schema for BuiltIn {
    fn field(&self, name: &str) -> Option<Self> {
        let mut path = self.path.clone();
        path.push(name.to_owned());
        Some(BuiltIn { kind: self.kind, path })
    }

    fn element(&self) -> Option<Self> {
        Some(self.clone())
    }

    fn strategy(&self) -> Strategy {
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let name = path.last().copied().unwrap_or_default();
        let merge_key = match (self.kind, path.as_slice()) {
            (Kind::Service, ["spec", "ports"]) => Some("port"),
            _ => LISTS.iter().find(|(list, _)| *list == name).map(|(_, key)| *key),
        };
        Strategy {
            merge: merge_key.is_some() || PLAIN_LISTS.contains(&name),
            merge_key: merge_key.unwrap_or_default().to_owned(),
            replace: self.kind == Kind::PodDisruptionBudget && path == ["spec", "selector"],
            retain_keys: RETAINING.contains(&name) || (self.kind == Kind::Deployment && path == ["spec", "strategy"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json::parse;

    fn strategy(object: &'static str, path: &[&str]) -> Strategy {
        let root = BuiltIn::of(&parse(object.as_bytes()).unwrap()).unwrap();
        path.iter().fold(root, |place, name| place.field(name).unwrap()).strategy()
    }

    #[test]
    fn strategy_of_ports_depends_on_whose_they_are() {
        let service = r#"{"apiVersion":"v1","kind":"Service"}"#;
        let pod = r#"{"apiVersion":"v1","kind":"Pod"}"#;
        assert_eq!(strategy(service, &["spec", "ports"]).merge_key, "port");
        assert_eq!(strategy(pod, &["spec", "containers", "ports"]).merge_key, "containerPort");
    }

    #[test]
    fn strategy_of_taints_and_tolerations_is_to_replace_them() {
        let node = r#"{"apiVersion":"v1","kind":"Node"}"#;
        assert_eq!(strategy(node, &["spec", "taints"]), Strategy::default());
        assert_eq!(strategy(node, &["spec", "tolerations"]), Strategy::default());
    }

    #[test]
    fn of_a_kind_that_is_not_built_in_is_none() {
        assert_eq!(
            BuiltIn::of(&parse(br#"{"apiVersion":"example.com/v1","kind":"Widget"}"#).unwrap()),
            None
        );
        assert_eq!(BuiltIn::of(&Value::Null), None);
    }
}
