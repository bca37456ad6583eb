//! The scheduler: a node for every pod, or the reasons why there is none.

use std::{collections::BTreeMap, rc::Rc};

use jiff::Timestamp;
use kubectl_rs::api::{
    Map, OwnedValue, Value,
    quantity::{Format, Quantity},
};

use super::{find, pods};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    selector::LabelSelector,
    store::Object,
};

const COMPONENT: &str = "default-scheduler";

/// Why a node will not do. The order is that of the sentences in a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Obstacle {
    TooManyPods,
    Insufficient(&'static str),
    Affinity,
    AntiAffinity,
    Spread,
    Ports,
    Taint,
    Unschedulable,
}

impl Obstacle {
    fn sentence(&self) -> String {
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
    fn yields_to_preemption(&self) -> bool {
        matches!(
            self,
            Obstacle::TooManyPods | Obstacle::Insufficient(_) | Obstacle::AntiAffinity | Obstacle::Ports | Obstacle::Spread
        )
    }
}

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

/// The node that a daemon's pod is meant for.
pub fn pinned_node(pod: &OwnedValue) -> Option<&str> {
    const TERMS: [&str; 5] = [
        "spec",
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    ];
    pod.items_at(&TERMS)
        .iter()
        .flat_map(|term| term.items_at(&["matchFields"]))
        .find(|field| field.str_at(&["key"]) == "metadata.name")
        .and_then(|field| field.items_at(&["values"]).first())
        .and_then(Value::as_str)
}

/// Whether a daemon of this template may run on a node.
pub fn daemon_may_run(template: &OwnedValue, node: &OwnedValue) -> bool {
    let tolerations = template.items_at(&["spec", "tolerations"]);
    matches_node(template, node) && untolerated(tolerations, node).is_empty()
}

fn obstacles_on(cluster: &mut Cluster, pod: &OwnedValue, node: &OwnedValue) -> Vec<Obstacle> {
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

fn untolerated<'n>(tolerations: &[OwnedValue], node: &'n OwnedValue) -> Vec<&'n OwnedValue> {
    node.items_at(&["spec", "taints"])
        .iter()
        .filter(|taint| {
            !tolerations.iter().any(|toleration| {
                let effect = toleration.str_at(&["effect"]);
                let key = toleration.str_at(&["key"]);
                let effect_fits = effect.is_empty() || effect == taint.str_at(&["effect"]);
                let key_fits = key.is_empty() || key == taint.str_at(&["key"]);
                let value_fits = toleration.str_at(&["operator"]) == "Exists" || toleration.str_at(&["value"]) == taint.str_at(&["value"]);
                effect_fits && key_fits && value_fits
            })
        })
        .filter(|taint| taint.str_at(&["effect"]) != "PreferNoSchedule")
        .collect()
}

fn matches_node(pod: &OwnedValue, node: &OwnedValue) -> bool {
    let labels = node.at(&["metadata", "labels"]).and_then(Value::as_object);
    if !LabelSelector::equal_to(pod.at(&["spec", "nodeSelector"])).matches(labels) {
        return false;
    }
    let required = pod.at(&["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]);
    match required.filter(|required| !required.is_null()) {
        None => true,
        Some(required) => required.items_at(&["nodeSelectorTerms"]).iter().any(|term| term_fits(term, node)),
    }
}

fn term_fits(term: &OwnedValue, node: &OwnedValue) -> bool {
    let expressions = term.items_at(&["matchExpressions"]);
    let fields = term.items_at(&["matchFields"]);
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    expressions
        .iter()
        .all(|expression| expression_fits(expression, meta::label(node, expression.str_at(&["key"]))))
        && fields.iter().all(|field| expression_fits(field, Some(meta::name(node))))
}

fn expression_fits(expression: &OwnedValue, value: Option<&str>) -> bool {
    let mut values = expression.items_at(&["values"]).iter().filter_map(Value::as_str);
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i64>().ok());
    match expression.str_at(&["operator"]) {
        "In" => value.is_some_and(|value| values.any(|wanted| wanted == value)),
        "NotIn" => value.is_none_or(|value| values.all(|wanted| wanted != value)),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        "Gt" => matches!((number(value), number(values.next())), (Some(value), Some(bound)) if value > bound),
        "Lt" => matches!((number(value), number(values.next())), (Some(value), Some(bound)) if value < bound),
        _ => false,
    }
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

fn pods_on(cluster: &mut Cluster, node: &str) -> Vec<Rc<Object>> {
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
