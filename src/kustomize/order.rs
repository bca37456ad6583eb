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

/// What objects are sorted by: the place of their kind, then their type, namespace and name.
pub fn key(value: &Value<'_>) -> (i32, String) {
    let kind = value.str_at(&["kind"]);
    let first = FIRST
        .iter()
        .position(|known| *known == kind)
        .map(|at| at as i32 - FIRST.len() as i32);
    let last = LAST.iter().position(|known| *known == kind).map(|at| at as i32 + 1);
    (first.or(last).unwrap_or_default(), identity(value))
}

/// What makes an object another one than all others.
pub fn identity(value: &Value<'_>) -> String {
    let (group, _) = object::group_version(value);
    [value.str_at(&["kind"]), group, object::namespace(value), object::name(value)].join("\0")
}
