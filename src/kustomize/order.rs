//! The order in which kustomize puts objects: what others need comes first (kustomize's "legacy" order, kubectl's).

use crate::api::{Value, object};

/// Kinds that come first, in this order.
const FIRST: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Kinds that come last, in this order.
const LAST: [&str; 2] = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

/// What objects are sorted by: the place of their kind, then their type as kustomize spells it, name and namespace.
pub fn key(value: &Value<'_>) -> (i32, String, String) {
    let kind = value.str_at(&["kind"]);
    let first = FIRST
        .iter()
        .position(|known| *known == kind)
        .map(|at| at as i32 - FIRST.len() as i32);
    let last = LAST.iter().position(|known| *known == kind).map(|at| at as i32 + 1);
    let or = |text: &str, otherwise: &'static str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    let (group, version) = object::group_version(value);
    let of_type = format!("{}_{}_{}", or(group, "~G"), or(version, "~V"), or(kind, "~K"));
    let place = format!("{}_{}", object::name(value), or(object::namespace(value), "~X"));
    (first.or(last).unwrap_or_default(), of_type, place)
}

/// What makes an object another one than all others.
pub fn identity(value: &Value<'_>) -> String {
    let (group, _) = object::group_version(value);
    [value.str_at(&["kind"]), group, object::namespace(value), object::name(value)].join("\0")
}
