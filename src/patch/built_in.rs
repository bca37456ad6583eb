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

/// The groups whose kinds servers merge by strategic patches although kubectl does not have them built in.
const SERVED: &[&str] = &["apiextensions.k8s.io", "apiregistration.k8s.io"];

/// What is done to a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Rule {
    merge: bool,
    merge_key: &'static str,
    replace: bool,
    retain_keys: bool,
}

impl Rule {
    /// Elements are merged by this field.
    const fn merged_by(merge_key: &'static str) -> Rule {
        Rule {
            merge: true,
            merge_key,
            replace: false,
            retain_keys: false,
        }
    }
}

/// A place in an object of a kind that is built into kubectl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    kind: Kind,
    depth: Depth,
    rule: Rule,
}

/// How far below the whole object a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    Object,
    Spec,
    Status,
    Deeper,
}

/// The kinds in which a field is merged unlike its namesakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Deployment,
    Service,
    ServiceAccount,
    Namespace,
    PodDisruptionBudget,
    EndpointSlice,
    ResourceClaim,
    CsiNode,
    ValidatingAdmissionPolicy,
    /// One whose status's conditions are replaced.
    OfPlainConditions,
    Other,
}

impl BuiltIn {
    /// The type of `object`; none where it is not built into kubectl.
    pub fn of(object: &Value<'_>) -> Option<BuiltIn> {
        let (group, version) = object::group_version(object);
        (gvk::is_built_in(group) && !version.is_empty()).then(|| BuiltIn::new(group, object::kind(object)))
    }

    /// As [`BuiltIn::of`], with the kinds that every server has besides: those by which it is itself extended. What
    /// kubectl learns of them from the server's OpenAPI documents is here known beforehand.
    pub fn of_served(object: &Value<'_>) -> Option<BuiltIn> {
        let (group, _) = object::group_version(object);
        match SERVED.contains(&group) {
            true => Some(BuiltIn::new(group, object::kind(object))),
            false => BuiltIn::of(object),
        }
    }

    fn new(group: &str, kind: &str) -> BuiltIn {
        let kind = match (group, kind) {
            ("apps" | "extensions", "Deployment") => Kind::Deployment,
            ("", "Service") => Kind::Service,
            ("", "ServiceAccount") => Kind::ServiceAccount,
            ("", "Namespace") => Kind::Namespace,
            ("policy", "PodDisruptionBudget") => Kind::PodDisruptionBudget,
            ("discovery.k8s.io", "EndpointSlice") => Kind::EndpointSlice,
            ("resource.k8s.io", "ResourceClaim") => Kind::ResourceClaim,
            ("storage.k8s.io", "CSINode") => Kind::CsiNode,
            ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => Kind::ValidatingAdmissionPolicy,
            ("certificates.k8s.io", "CertificateSigningRequest") | ("apiextensions.k8s.io", _) => Kind::OfPlainConditions,
            _ => Kind::Other,
        };
        BuiltIn {
            kind,
            depth: Depth::Object,
            rule: Rule::default(),
        }
    }

    /// What is done to the field `name` of what is here.
    fn rule_of(&self, name: &str) -> Rule {
        let by = Rule::merged_by;
        match (self.kind, self.depth, name) {
            (Kind::Service, Depth::Spec, "ports") => by("port"),
            (Kind::CsiNode, Depth::Spec, "drivers") => by("name"),
            (Kind::ResourceClaim, Depth::Status, "reservedFor") => by("uid"),
            (Kind::ValidatingAdmissionPolicy, Depth::Spec, "variables") => by("name"),
            (Kind::PodDisruptionBudget, Depth::Spec, "selector") => Rule {
                replace: true,
                ..Rule::default()
            },
            (Kind::Deployment, Depth::Spec, "strategy") => Rule {
                retain_keys: true,
                ..Rule::default()
            },
            (Kind::ServiceAccount, Depth::Object, "imagePullSecrets")
            | (Kind::EndpointSlice, Depth::Object, "ports")
            | (Kind::Namespace, Depth::Spec, "finalizers")
            | (Kind::OfPlainConditions | Kind::ValidatingAdmissionPolicy, Depth::Status, "conditions") => Rule::default(),
            _ => match LISTS.binary_search_by(|(list, _)| (*list).cmp(name)) {
                Ok(at) => Rule {
                    retain_keys: RETAINING.contains(&name),
                    ..by(LISTS[at].1)
                },
                Err(_) => Rule {
                    merge: PLAIN_LISTS.contains(&name),
                    ..Rule::default()
                },
            },
        }
    }
}

impl Schema for BuiltIn {
    fn field(&self, name: &str) -> Option<Self> {
        let depth = match (self.depth, name) {
            (Depth::Object, "spec") => Depth::Spec,
            (Depth::Object, "status") => Depth::Status,
            _ => Depth::Deeper,
        };
        Some(BuiltIn {
            kind: self.kind,
            depth,
            rule: self.rule_of(name),
        })
    }

    fn element(&self) -> Option<Self> {
        Some(*self)
    }

    fn strategy(&self) -> Strategy {
        let Rule {
            merge,
            merge_key,
            replace,
            retain_keys,
        } = self.rule;
        Strategy {
            merge,
            merge_key: merge_key.into(),
            replace,
            retain_keys,
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
    fn strategy_of_namesakes_follows_the_kind() {
        let merged = |object: &'static str, path: &[&str]| strategy(object, path).merge;
        let account = r#"{"apiVersion":"v1","kind":"ServiceAccount"}"#;
        assert!(!merged(account, &["imagePullSecrets"]) && merged(account, &["secrets"]));
        let namespace = r#"{"apiVersion":"v1","kind":"Namespace"}"#;
        assert!(!merged(namespace, &["spec", "finalizers"]) && merged(namespace, &["metadata", "finalizers"]));
        assert!(!merged(
            r#"{"apiVersion":"discovery.k8s.io/v1","kind":"EndpointSlice"}"#,
            &["ports"]
        ));
        let policy = r#"{"apiVersion":"admissionregistration.k8s.io/v1","kind":"ValidatingAdmissionPolicy"}"#;
        assert!(merged(policy, &["spec", "variables"]) && !merged(policy, &["status", "conditions"]));
        let other = r#"{"apiVersion":"admissionregistration.k8s.io/v1","kind":"MutatingAdmissionPolicy"}"#;
        assert!(!merged(other, &["spec", "variables"]));
    }

    #[test]
    fn lists_are_sorted_as_they_are_searched() {
        assert!(LISTS.is_sorted());
    }

    #[test]
    fn of_served_knows_what_extends_the_server() {
        let definition = parse(br#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition"}"#).unwrap();
        assert!(BuiltIn::of(&definition).is_none());
        let root = BuiltIn::of_served(&definition).unwrap();
        assert!(!root.field("status").unwrap().field("conditions").unwrap().strategy().merge);
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
