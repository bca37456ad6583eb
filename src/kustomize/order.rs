//! The order in which objects come out: as they came in, or what others need first (kustomize's "legacy" order).

use super::{
    id::{Gvk, Id},
    resource::Resource,
};
use crate::api::{OwnedValue, Value};

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

/// What comes first and last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    first: Vec<String>,
    last: Vec<String>,
}

impl Order {
    /// kustomize's own.
    pub(super) fn legacy() -> Order {
        Order {
            first: FIRST.map(str::to_owned).to_vec(),
            last: LAST.map(str::to_owned).to_vec(),
        }
    }

    /// The order that `sortOptions` ask for; none where objects stay as they came.
    ///
    /// # Errors
    /// Options that kustomize does not have.
    pub(super) fn asked(options: &OwnedValue) -> Result<Option<Order>, String> {
        let custom = options.get("legacySortOptions");
        match (options.str_at(&["order"]), custom) {
            ("fifo", None) => Ok(None),
            ("fifo", Some(_)) => {
                Err("the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'".to_owned())
            }
            ("legacy", None) => Ok(Some(Order::legacy())),
            ("legacy", Some(custom)) => {
                let kinds = |field: &str| {
                    custom
                        .items_at(&[field])
                        .iter()
                        .filter_map(Value::as_str)
                        .map(str::to_owned)
                        .collect()
                };
                Ok(Some(Order {
                    first: kinds("orderFirst"),
                    last: kinds("orderLast"),
                }))
            }
            _ => Err("the field 'sortOptions.order' must be one of [fifo, legacy]".to_owned()),
        }
    }

    /// Puts objects into this order.
    pub(super) fn sort(&self, resources: &mut [Resource]) {
        resources.sort_by_cached_key(|resource| {
            let id = resource.id();
            (self.rank(&id.gvk.kind), stable(&id.gvk), place(&id))
        });
    }

    fn rank(&self, kind: &str) -> i64 {
        let rank = |at: usize| i64::try_from(at).unwrap_or(i64::MAX);
        // A kind that is in both lists is last.
        if let Some(at) = self.last.iter().rposition(|known| known == kind) {
            return rank(at) + 1;
        }
        match self.first.iter().rposition(|known| known == kind) {
            Some(at) => rank(at) - rank(self.first.len()),
            None => 0,
        }
    }
}

/// What types are sorted by in messages and tables.
pub(super) fn type_key(gvk: &Gvk) -> (i64, String) {
    (Order::legacy().rank(&gvk.kind), stable(gvk))
}

fn stable(gvk: &Gvk) -> String {
    let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    format!("{}_{}_{}", or(&gvk.group, "~G"), or(&gvk.version, "~V"), or(&gvk.kind, "~K"))
}

fn place(id: &Id) -> String {
    let or = |text: &str, otherwise: &str| if text.is_empty() { otherwise.to_owned() } else { text.to_owned() };
    format!("{}|{}|{}", id.gvk, or(&id.namespace, "~X"), or(&id.name, "~N"))
}
