//! Disruption budgets: how many pods may be missing, and how many may still go.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{find, pods};
use crate::{cluster::Cluster, meta, selector::LabelSelector};

/// Counts a budget's pods.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let budget = find(cluster, "policy", "poddisruptionbudgets", namespace, name)?;
    let resource = cluster.built_in("policy", "poddisruptionbudgets")?;
    let selector = LabelSelector::of(budget.value.at(&["spec", "selector"]))?;
    let id = cluster.collection("", "pods");
    let covered: Vec<_> = cluster
        .store
        .list(id, Some(namespace))
        .filter(|pod| selector.matches_object(&pod.value) && pods::is_active(&pod.value))
        .cloned()
        .collect();
    let healthy = covered.iter().filter(|pod| pods::is_ready(&pod.value)).count() as i64;
    let expected = expected(cluster, &covered);
    let desired = match (
        budget.value.at(&["spec", "minAvailable"]),
        budget.value.at(&["spec", "maxUnavailable"]),
    ) {
        (Some(least), _) if !least.is_null() => pods::amount(Some(least), expected, true),
        (_, Some(most)) if !most.is_null() => expected - pods::amount(Some(most), expected, true),
        _ => expected - 1,
    }
    .max(0);
    let allowed = if covered.is_empty() { 0 } else { (healthy - desired).max(0) };
    let (generation, now) = (meta::generation(&budget.value), cluster.clock.now());
    cluster.edit(&resource, namespace, name, |value| {
        for (field, number) in [
            ("currentHealthy", healthy),
            ("desiredHealthy", desired),
            ("expectedPods", expected),
            ("disruptionsAllowed", allowed),
            ("observedGeneration", generation),
        ] {
            value.set(&["status", field], number);
        }
        let (status, reason) = if allowed > 0 {
            ("True", "SufficientPods")
        } else {
            ("False", "InsufficientPods")
        };
        pods::set_condition(value, "DisruptionAllowed", status, reason, "", now, false);
        let Some(conditions) = value.at_mut(&["status", "conditions"]).and_then(Value::as_array_mut) else {
            return;
        };
        for condition in conditions {
            condition.set(&["observedGeneration"], generation);
            condition.set(&["message"], "");
        }
    });
    None
}

/// How many pods there ought to be: what the makers of the covered pods want.
fn expected(cluster: &mut Cluster, covered: &[std::rc::Rc<crate::store::Object>]) -> i64 {
    let mut makers: Vec<&str> = Vec::new();
    let (mut total, mut alone) = (0, 0);
    for pod in covered {
        let Some(owner) = meta::controller(&pod.value) else {
            alone += 1;
            continue;
        };
        let uid = owner.str_at(&["uid"]);
        if makers.contains(&uid) {
            continue;
        }
        makers.push(uid);
        let (group, plural) = match owner.str_at(&["kind"]) {
            "ReplicaSet" => ("apps", "replicasets"),
            "StatefulSet" => ("apps", "statefulsets"),
            "ReplicationController" => ("", "replicationcontrollers"),
            _ => {
                alone += covered.iter().filter(|pod| meta::controlled_by(&pod.value, uid)).count() as i64;
                continue;
            }
        };
        let id = cluster.collection(group, plural);
        let maker = cluster.store.get(id, pod.namespace(), owner.str_at(&["name"]));
        total += maker.map_or(0, |maker| replicas(&maker.value));
    }
    total + alone
}

fn replicas(maker: &OwnedValue) -> i64 {
    maker.int_at(&["spec", "replicas"]).unwrap_or_default()
}
