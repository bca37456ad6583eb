//! What keeps a pod from a node: the node itself, what runs on it, or what runs near it.

use std::{collections::BTreeMap, rc::Rc};

use kubectl_rs::api::{
    OwnedValue, Value,
    quantity::{Format, Quantity},
};

use super::{
    super::pods,
    nodes::{matches_node, untolerated},
};
use crate::{cluster::Cluster, meta, selector::LabelSelector, store::Object};

/// Why a node will not do. The order is that of the sentences in a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Obstacle {
    /// No room for one more.
    TooManyPods,
    /// Not enough of a resource.
    Insufficient(&'static str),
    /// Not what the pod's selector or affinity asks for.
    Affinity,
    /// Too near a pod that it must not be near.
    AntiAffinity,
    /// Too many of its like near by.
    Spread,
    /// A port of the node's is taken.
    Ports,
    /// A taint that it does not tolerate.
    Taint,
    /// The node is cordoned.
    Unschedulable,
}

impl Obstacle {
    /// What a message says of it.
    pub(super) fn sentence(&self) -> String {
        match self {
            Obstacle::TooManyPods => "Too many pods".to_owned(),
            Obstacle::Insufficient(resource) => format!("Insufficient {resource}"),
            Obstacle::Affinity => "node(s) didn't match Pod's node affinity/selector".to_owned(),
            Obstacle::AntiAffinity => "node(s) didn't match pod anti-affinity rules".to_owned(),
            Obstacle::Spread => "node(s) didn't match pod topology spread constraints".to_owned(),
            Obstacle::Ports => "node(s) didn't have free ports for the requested pod ports".to_owned(),
            Obstacle::Taint => "node(s) had untolerated taint(s)".to_owned(),
            Obstacle::Unschedulable => "node(s) were unschedulable".to_owned(),
        }
    }

    /// Whether throwing other pods out could help.
    pub(super) fn yields_to_preemption(&self) -> bool {
        matches!(
            self,
            Obstacle::TooManyPods | Obstacle::Insufficient(_) | Obstacle::AntiAffinity | Obstacle::Ports | Obstacle::Spread
        )
    }
}

/// Everything that keeps a pod from a node.
pub(super) fn obstacles_on(cluster: &mut Cluster, pod: &OwnedValue, node: &OwnedValue) -> Vec<Obstacle> {
    if node.at(&["spec", "unschedulable"]).and_then(Value::as_bool) == Some(true) {
        let tolerated = pod
            .items_at(&["spec", "tolerations"])
            .iter()
            .any(|toleration| toleration.str_at(&["key"]) == "node.kubernetes.io/unschedulable" || toleration.str_at(&["key"]).is_empty());
        if !tolerated {
            return vec![Obstacle::Unschedulable];
        }
    }
    if !untolerated(pod.items_at(&["spec", "tolerations"]), node).is_empty() {
        return vec![Obstacle::Taint];
    }
    if !matches_node(pod, node) {
        return vec![Obstacle::Affinity];
    }
    let mut found = lacking(cluster, pod, node);
    if found.is_empty() {
        found.extend(neighbours(cluster, pod, node));
    }
    found
}

/// What a pod requests: the sum of its containers, or of one that runs before them, if that is more.
pub fn requests(pod: &OwnedValue, resource: &str) -> Quantity {
    let of = |container: &OwnedValue| Quantity::parse(container.str_at(&["resources", "requests", resource])).ok();
    let mut sum = Quantity::units(0, Format::Decimal);
    for container in pod.items_at(&["spec", "containers"]) {
        if let Some(request) = of(container) {
            sum.add(&request);
        }
    }
    let mut most = sum;
    let mut beside = Quantity::units(0, Format::Decimal);
    for container in pod.items_at(&["spec", "initContainers"]) {
        let Some(request) = of(container) else { continue };
        if container.str_at(&["restartPolicy"]) == "Always" {
            sum.add(&request);
            beside.add(&request);
        } else {
            let mut alone = request;
            alone.add(&beside);
            most = most.max(alone);
        }
    }
    most.max(sum)
}

/// The pods on a node that have not ended.
pub(super) fn pods_on(cluster: &mut Cluster, node: &str) -> Vec<Rc<Object>> {
    let id = cluster.collection("", "pods");
    let pods = cluster.store.collection(id).placed_on(node);
    pods.filter(|pod| !pods::is_ended(&pod.value)).cloned().collect()
}

fn lacking(cluster: &mut Cluster, pod: &OwnedValue, node: &OwnedValue) -> Vec<Obstacle> {
    let present = pods_on(cluster, meta::name(node));
    let mut found = Vec::new();
    let room: usize = node.str_at(&["status", "allocatable", "pods"]).parse().unwrap_or(110);
    if present.len() >= room {
        found.push(Obstacle::TooManyPods);
    }
    for resource in ["cpu", "memory", "ephemeral-storage"] {
        let wanted = requests(pod, resource);
        if wanted.is_zero() {
            continue;
        }
        let mut used = wanted;
        for other in &present {
            used.add(&requests(&other.value, resource));
        }
        let allocatable = Quantity::parse(node.str_at(&["status", "allocatable", resource]));
        if allocatable.is_ok_and(|allocatable| used > allocatable) {
            found.push(Obstacle::Insufficient(resource));
        }
    }
    let ports = |pod: &OwnedValue| -> Vec<i64> {
        pod.items_at(&["spec", "containers"])
            .iter()
            .flat_map(|container| container.items_at(&["ports"]))
            .filter_map(|port| port.int_at(&["hostPort"]))
            .collect()
    };
    let wanted = ports(pod);
    if !wanted.is_empty()
        && present
            .iter()
            .any(|other| ports(&other.value).iter().any(|port| wanted.contains(port)))
    {
        found.push(Obstacle::Ports);
    }
    found
}

/// Whether pods that must not be together would be.
fn neighbours(cluster: &mut Cluster, pod: &OwnedValue, node: &OwnedValue) -> Option<Obstacle> {
    let rules = pod.items_at(&[
        "spec",
        "affinity",
        "podAntiAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
    ]);
    let spread: Vec<&OwnedValue> = pod
        .items_at(&["spec", "topologySpreadConstraints"])
        .iter()
        .filter(|rule| rule.str_at(&["whenUnsatisfiable"]) != "ScheduleAnyway")
        .collect();
    if rules.is_empty() && spread.is_empty() {
        return None;
    }
    let id = cluster.collection("", "pods");
    let nodes_id = cluster.collection("", "nodes");
    let domain_of = |cluster: &Cluster, name: &str, key: &str| -> Option<String> {
        let node = cluster.store.get(nodes_id, "", name)?;
        meta::label(&node.value, key).map(str::to_owned)
    };
    let placed: Vec<Rc<Object>> = cluster
        .store
        .list(id, Some(meta::namespace(pod)))
        .filter(|other| !other.value.str_at(&["spec", "nodeName"]).is_empty() && pods::is_active(&other.value))
        .cloned()
        .collect();
    for rule in rules {
        let Some(selector) = LabelSelector::of(rule.get("labelSelector")) else {
            continue;
        };
        let key = rule.str_at(&["topologyKey"]);
        let here = meta::label(node, key);
        let taken = placed.iter().any(|other| {
            selector.matches_object(&other.value) && domain_of(cluster, other.value.str_at(&["spec", "nodeName"]), key).as_deref() == here
        });
        if here.is_some() && taken {
            return Some(Obstacle::AntiAffinity);
        }
    }
    for rule in spread {
        let Some(selector) = LabelSelector::of(rule.get("labelSelector")) else {
            continue;
        };
        let key = rule.str_at(&["topologyKey"]);
        let Some(here) = meta::label(node, key) else {
            return Some(Obstacle::Spread);
        };
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        let nodes: Vec<Rc<Object>> = cluster.store.list(nodes_id, None).cloned().collect();
        for other in &nodes {
            if let (Some(domain), true) = (meta::label(&other.value, key), matches_node(pod, &other.value)) {
                counts.entry(domain.to_owned()).or_default();
            }
        }
        for other in placed.iter().filter(|other| selector.matches_object(&other.value)) {
            if let Some(domain) = domain_of(cluster, other.value.str_at(&["spec", "nodeName"]), key) {
                *counts.entry(domain).or_default() += 1;
            }
        }
        let least = counts.values().copied().min().unwrap_or_default();
        let most = rule.int_at(&["maxSkew"]).unwrap_or(1);
        if counts.get(here).copied().unwrap_or_default() + 1 - least > most {
            return Some(Obstacle::Spread);
        }
    }
    None
}
