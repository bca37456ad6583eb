//! The scheduler: a node for every pod, or the reasons why there is none.

mod nodes;
mod obstacles;

pub use nodes::{daemon_may_run, pinned_node};
pub use obstacles::requests;

use std::{collections::BTreeMap, rc::Rc};

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};
use nodes::term_fits;
use obstacles::{Obstacle, obstacles_on, pods_on};

use super::{find, pods};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    store::Object,
};

const COMPONENT: &str = "default-scheduler";

/// Finds a node for a pod that has none.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let key = (namespace.to_owned(), name.to_owned());
    let pod = match find(cluster, "", "pods", namespace, name) {
        Some(pod) if pod.value.str_at(&["spec", "nodeName"]).is_empty() && pods::is_active(&pod.value) => pod,
        _ => {
            cluster.unscheduled.remove(&key);
            return None;
        }
    };
    super::claims::make_for_pod(cluster, &pod.value);
    if pod.value.str_at(&["spec", "schedulerName"]) != COMPONENT {
        return None;
    }
    if !pod.value.items_at(&["spec", "schedulingGates"]).is_empty() {
        hold(
            cluster,
            &pod,
            "SchedulingGated",
            "Scheduling is blocked due to non-empty scheduling gates",
        );
        return None;
    }
    if let Some(problem) = claims_problem(cluster, &pod.value) {
        cluster.unscheduled.insert(key);
        refuse(cluster, &pod, &problem);
        return None;
    }
    let nodes_id = cluster.collection("", "nodes");
    let nodes: Vec<Rc<Object>> = cluster.store.list(nodes_id, None).cloned().collect();
    let mut obstacles: Vec<Vec<Obstacle>> = Vec::new();
    let mut fitting: Vec<(i64, Rc<Object>)> = Vec::new();
    for node in nodes {
        let found = obstacles_on(cluster, &pod.value, &node.value);
        if found.is_empty() {
            fitting.push((score(cluster, &pod.value, &node), node));
        } else {
            obstacles.push(found);
        }
    }
    fitting.sort_by(|(a, first), (b, second)| b.cmp(a).then_with(|| first.name().cmp(second.name())));
    match fitting.first() {
        Some((_, node)) => {
            let node = node.name().to_owned();
            bind(cluster, &pod, &node);
            cluster.unscheduled.remove(&key);
        }
        None => {
            cluster.unscheduled.insert(key);
            refuse(cluster, &pod, &verdict(&obstacles));
        }
    }
    None
}

/// The sentence about a pod that fits nowhere.
fn verdict(obstacles: &[Vec<Obstacle>]) -> String {
    let total = obstacles.len();
    if total == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut hopeless = 0;
    for found in obstacles {
        for obstacle in found {
            *counts.entry(obstacle.sentence()).or_default() += 1;
        }
        hopeless += usize::from(!found.iter().all(Obstacle::yields_to_preemption));
    }
    let mut reasons: Vec<String> = counts.iter().map(|(sentence, count)| format!("{count} {sentence}")).collect();
    // In the order of the texts, numbers included.
    reasons.sort();
    let mut preemption = Vec::new();
    if hopeless < total {
        preemption.push(format!("{} No preemption victims found for incoming pod", total - hopeless));
    }
    if hopeless > 0 {
        preemption.push(format!("{hopeless} Preemption is not helpful for scheduling"));
    }
    preemption.sort();
    format!(
        "0/{total} nodes are available: {}. no new claims to deallocate, preemption: 0/{total} nodes are available: {}.",
        reasons.join(", "),
        preemption.join(", ")
    )
}

fn refuse(cluster: &mut Cluster, pod: &Object, message: &str) {
    hold(cluster, pod, "Unschedulable", message);
    events::record(cluster, &pod.value, Event::warning(COMPONENT, "FailedScheduling", message));
}

fn hold(cluster: &mut Cluster, pod: &Object, reason: &str, message: &str) {
    let Some(resource) = cluster.built_in("", "pods") else { return };
    let now = cluster.clock.now();
    cluster.edit(&resource, pod.namespace(), pod.name(), |value| {
        set_scheduled(value, "False", reason, message, now);
    });
}

fn set_scheduled(value: &mut OwnedValue, status: &str, reason: &str, message: &str, now: Timestamp) {
    let same = value.items_at(&["status", "conditions"]).iter().any(|condition| {
        condition.str_at(&["type"]) == "PodScheduled"
            && condition.str_at(&["status"]) == status
            && condition.str_at(&["message"]) == message
    });
    if same {
        return;
    }
    let mut condition = Map::new();
    condition.insert("type", "PodScheduled");
    condition.insert("status", status.to_owned());
    condition.insert("lastProbeTime", Value::Null);
    condition.insert("lastTransitionTime", meta::format_time(now));
    condition.insert("observedGeneration", meta::generation(value));
    if !reason.is_empty() {
        condition.insert("reason", reason.to_owned());
        condition.insert("message", message.to_owned());
    }
    let mut conditions: Vec<OwnedValue> = value
        .items_at(&["status", "conditions"])
        .iter()
        .filter(|condition| condition.str_at(&["type"]) != "PodScheduled")
        .cloned()
        .collect();
    conditions.push(Value::Object(condition));
    value.set(&["status", "conditions"], conditions);
}

/// Puts a pod on a node.
pub fn bind(cluster: &mut Cluster, pod: &Object, node: &str) {
    let Some(resource) = cluster.built_in("", "pods") else { return };
    let now = cluster.clock.now();
    let generation = meta::generation(&pod.value);
    let places = places_of(cluster, node);
    cluster.edit(&resource, pod.namespace(), pod.name(), |value| {
        for (key, place) in places {
            value.set(&["metadata", "labels", key], place);
        }
        value.set(&["spec", "nodeName"], node.to_owned());
        set_scheduled(value, "True", "", "", now);
    });
    // Being put somewhere makes no new generation.
    if let Some(object) = cluster.store.get(resource.collection, pod.namespace(), pod.name()).cloned()
        && meta::generation(&object.value) != generation
    {
        let mut value = object.value.clone();
        value.set(&["metadata", "generation"], generation);
        cluster.put(resource.collection, value);
    }
    let message = format!("Successfully assigned {}/{} to {node}", pod.namespace(), pod.name());
    events::record(cluster, &pod.value, Event::normal(COMPONENT, "Scheduled", &message));
}

/// The labels that say where a node is, which its pods get when they are bound to it (`PodTopologyLabels`).
fn places_of(cluster: &mut Cluster, node: &str) -> Vec<(&'static str, String)> {
    let nodes = cluster.collection("", "nodes");
    let Some(node) = cluster.store.get(nodes, "", node) else {
        return Vec::new();
    };
    ["topology.kubernetes.io/region", "topology.kubernetes.io/zone"]
        .into_iter()
        .filter_map(|key| Some((key, meta::label(&node.value, key)?.to_owned())))
        .collect()
}

/// What about a pod's claims keeps it from any node.
fn claims_problem(cluster: &mut Cluster, pod: &OwnedValue) -> Option<String> {
    let id = cluster.collection("", "persistentvolumeclaims");
    let nodes = {
        let nodes = cluster.collection("", "nodes");
        cluster.store.list(nodes, None).count()
    };
    let namespace = meta::namespace(pod);
    let mut waiting: Vec<(String, String)> = Vec::new();
    for volume in pod.items_at(&["spec", "volumes"]) {
        let Some(name) = super::claims::claim_of(pod, volume) else {
            continue;
        };
        let name = name.as_str();
        let Some(claim) = cluster.store.get(id, namespace, name) else {
            return Some(format!(
                "0/{nodes} nodes are available: persistentvolumeclaim {} not found. not found",
                kubectl_rs::api::quote(name)
            ));
        };
        if claim.value.str_at(&["status", "phase"]) == "Bound" {
            continue;
        }
        waiting.push((namespace.to_owned(), name.to_owned()));
    }
    for (namespace, name) in waiting {
        // A claim of a class that waits for its first consumer gets its volume now.
        if !super::claims::bind_for_consumer(cluster, &namespace, &name) {
            return Some(format!(
                "0/{nodes} nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
            ));
        }
    }
    None
}

/// How well a node suits a pod: the fewer pods of the same owner and the fewer pods at all, the better.
fn score(cluster: &mut Cluster, pod: &OwnedValue, node: &Object) -> i64 {
    let owner = meta::controller(pod).map(|owner| owner.str_at(&["uid"]).to_owned());
    let present = pods_on(cluster, node.name());
    let alike = present
        .iter()
        .filter(|other| owner.as_deref().is_some_and(|uid| meta::controlled_by(&other.value, uid)))
        .count() as i64;
    let preferred: i64 = pod
        .items_at(&[
            "spec",
            "affinity",
            "nodeAffinity",
            "preferredDuringSchedulingIgnoredDuringExecution",
        ])
        .iter()
        .filter(|term| term.get("preference").is_some_and(|term| term_fits(term, &node.value)))
        .filter_map(|term| term.int_at(&["weight"]))
        .sum();
    let avoided = node
        .value
        .items_at(&["spec", "taints"])
        .iter()
        .filter(|taint| taint.str_at(&["effect"]) == "PreferNoSchedule")
        .count() as i64;
    preferred * 100 - alike * 1000 - avoided * 500 - present.len() as i64
}
