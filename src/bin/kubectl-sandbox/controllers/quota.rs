//! Quotas: how much of what a namespace may have is there. Nobody is refused.

use jiff::Timestamp;
use kubectl_rs::api::{
    Map, OwnedValue, Value,
    quantity::{Format, Quantity},
};

use super::{find, pods};
use crate::{cluster::Cluster, meta};

/// Counts what a quota is about.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let quota = find(cluster, "", "resourcequotas", namespace, name)?;
    let resource = cluster.built_in("", "resourcequotas")?;
    let hard = quota
        .value
        .at(&["spec", "hard"])
        .cloned()
        .unwrap_or_else(|| Value::Object(Map::new()));
    let counted = pods_of(cluster, namespace, &quota.value);
    let mut used = Map::new();
    for (what, _) in hard.as_object().into_iter().flat_map(Map::iter) {
        if let Some(amount) = amount(cluster, namespace, what, &counted) {
            used.insert(what.to_owned(), amount.to_string());
        }
    }
    cluster.edit(&resource, namespace, name, |value| {
        value.set(&["status", "hard"], hard);
        value.set(&["status", "used"], used);
    });
    None
}

/// The pods that a quota counts: those that are not over, and that its scopes are about.
fn pods_of(cluster: &mut Cluster, namespace: &str, quota: &OwnedValue) -> Vec<OwnedValue> {
    let id = cluster.collection("", "pods");
    let all = cluster.store.list(id, Some(namespace)).map(|pod| &pod.value);
    all.filter(|pod| !pods::is_ended(pod))
        .filter(|pod| {
            quota
                .items_at(&["spec", "scopes"])
                .iter()
                .all(|scope| is_in(pod, scope.as_str().unwrap_or_default()))
        })
        .cloned()
        .collect()
}

fn is_in(pod: &OwnedValue, scope: &str) -> bool {
    let best_effort = pod.str_at(&["status", "qosClass"]) == "BestEffort";
    let ends = pod.int_at(&["spec", "activeDeadlineSeconds"]).is_some();
    match scope {
        "BestEffort" => best_effort,
        "NotBestEffort" => !best_effort,
        "Terminating" => ends,
        "NotTerminating" => !ends,
        _ => true,
    }
}

/// How much there is of what a quota names; none where nobody counts that.
fn amount(cluster: &mut Cluster, namespace: &str, what: &str, counted: &[OwnedValue]) -> Option<Quantity> {
    let number = |count: usize| Some(Quantity::units(i64::try_from(count).ok()?, Format::Decimal));
    if what == "pods" || what == "count/pods" {
        return number(counted.len());
    }
    if let Some(of_kind) = what.strip_prefix("services.") {
        let kind = if of_kind == "nodeports" { "NodePort" } else { "LoadBalancer" };
        let id = cluster.collection("", "services");
        let services = cluster.store.list(id, Some(namespace));
        return number(services.filter(|service| service.value.str_at(&["spec", "type"]) == kind).count());
    }
    if what == "requests.storage" {
        let id = cluster.collection("", "persistentvolumeclaims");
        let claims = cluster.store.list(id, Some(namespace));
        return Some(sum(
            claims.map(|claim| claim.value.str_at(&["spec", "resources", "requests", "storage"]))
        ));
    }
    let (which, resource) = match what.split_once('.') {
        Some(("requests", resource)) => ("requests", resource),
        Some(("limits", resource)) => ("limits", resource),
        _ => ("requests", what),
    };
    if matches!(resource, "cpu" | "memory" | "ephemeral-storage") {
        let containers = counted.iter().flat_map(|pod| pod.items_at(&["spec", "containers"]));
        return Some(sum(containers.map(|container| container.str_at(&["resources", which, resource]))));
    }
    let (plural, group) = match what.strip_prefix("count/") {
        Some(counted) => counted.split_once('.').unwrap_or((counted, "")),
        None => (what, ""),
    };
    let id = cluster.registry.built_in_collection(group, plural)?;
    number(cluster.store.list(id, Some(namespace)).count())
}

fn sum<'a>(amounts: impl Iterator<Item = &'a str>) -> Quantity {
    let mut total = Quantity::units(0, Format::Decimal);
    for amount in amounts.filter_map(|text| Quantity::parse(text).ok()) {
        total.add(&amount);
    }
    total
}

/// The quotas of a namespace, of which any change in it may be about.
pub fn names(cluster: &Cluster, namespace: &str) -> Vec<String> {
    let id = cluster.registry.built_in_collection("", "resourcequotas");
    let quotas = id.into_iter().flat_map(|id| cluster.store.list(id, Some(namespace)));
    quotas.map(|quota| meta::name(&quota.value).to_owned()).collect()
}
