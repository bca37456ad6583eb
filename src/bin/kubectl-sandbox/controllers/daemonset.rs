//! Daemon sets: one pod on every node that may have one.

use std::rc::Rc;

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{find, history, pods, scheduler};
use crate::{cluster::Cluster, meta, selector::LabelSelector, store::Object};

const COMPONENT: &str = "daemonset-controller";
const GENERATION: &str = "deprecated.daemonset.template.generation";

/// Takes the next step of a daemon set.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let object = find(cluster, "apps", "daemonsets", namespace, name)?;
    let owner = object.value.clone();
    let selector = LabelSelector::of(owner.at(&["spec", "selector"]))?;
    let mine = pods::claim(cluster, &owner, &selector);
    if meta::is_deleting(&owner) {
        return None;
    }
    let revision = history::current(cluster, &owner)?;
    let hash = history::hash(&revision).to_owned();
    let nodes_id = cluster.collection("", "nodes");
    let nodes: Vec<Rc<Object>> = cluster.store.list(nodes_id, None).cloned().collect();
    let template = with_tolerations(&owner);
    let (mut eligible, mut misplaced) = (Vec::new(), 0);
    for node in &nodes {
        let on_node: Vec<&Rc<Object>> = mine.iter().filter(|pod| node_of(&pod.value) == node.name()).collect();
        if scheduler::daemon_may_run(&template, &node.value) {
            eligible.push(node.name().to_owned());
            for pod in on_node
                .iter()
                .filter(|pod| pods::is_ended(&pod.value) && !meta::is_deleting(&pod.value))
            {
                pods::delete(cluster, &owner, pod, COMPONENT);
            }
            let mut alive: Vec<&&Rc<Object>> = on_node.iter().filter(|pod| !pods::is_ended(&pod.value)).collect();
            if alive.is_empty() {
                create(cluster, &owner, &template, &hash, node.name());
            }
            // One is enough; a pod that is going makes room by itself.
            alive.retain(|pod| !meta::is_deleting(&pod.value));
            for pod in alive.iter().skip(1) {
                pods::delete(cluster, &owner, pod, COMPONENT);
            }
        } else {
            for pod in on_node {
                misplaced += i64::from(!meta::is_deleting(&pod.value));
                if !meta::is_deleting(&pod.value) {
                    pods::delete(cluster, &owner, pod, COMPONENT);
                }
            }
        }
    }
    for pod in &mine {
        let gone = !nodes.iter().any(|node| node.name() == node_of(&pod.value));
        if gone && !meta::is_deleting(&pod.value) {
            pods::delete(cluster, &owner, pod, COMPONENT);
        }
    }
    if owner.str_at(&["spec", "updateStrategy", "type"]) != "OnDelete" {
        roll(cluster, &owner, &mine, &hash, eligible.len() as i64);
    }
    let again = report(cluster, &owner, &eligible, misplaced, &hash);
    let mut used: Vec<String> = mine
        .iter()
        .filter_map(|pod| meta::label(&pod.value, history::HASH))
        .map(str::to_owned)
        .collect();
    used.push(hash);
    history::forget(cluster, &owner, &used);
    again
}

/// The node that a pod is on or is meant for.
fn node_of(pod: &OwnedValue) -> &str {
    match pod.str_at(&["spec", "nodeName"]) {
        "" => scheduler::pinned_node(pod).unwrap_or_default(),
        node => node,
    }
}

/// The template with what every daemon's pod tolerates.
fn with_tolerations(owner: &OwnedValue) -> OwnedValue {
    let mut template = owner.at(&["spec", "template"]).cloned().unwrap_or_default();
    let mut tolerations = template.items_at(&["spec", "tolerations"]).to_vec();
    for (key, effect) in [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ] {
        let mut toleration = Map::new();
        toleration.insert("key", key);
        toleration.insert("operator", "Exists");
        toleration.insert("effect", effect);
        let toleration = Value::Object(toleration);
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
    template.set(&["spec", "tolerations"], tolerations);
    template
}

fn create(cluster: &mut Cluster, owner: &OwnedValue, template: &OwnedValue, hash: &str, node: &str) {
    let mut pod = pods::from_template(owner, template);
    pod.set(&["metadata", "generateName"], format!("{}-", meta::name(owner)));
    pod.set(&["metadata", "labels", history::HASH], hash.to_owned());
    let generation = meta::annotation(owner, GENERATION).unwrap_or("1").to_owned();
    pod.set(&["metadata", "labels", "pod-template-generation"], generation);
    // The scheduler may put it on this node only.
    let mut field = Map::new();
    field.insert("key", "metadata.name");
    field.insert("operator", "In");
    field.insert("values", vec![Value::from(node.to_owned())]);
    let mut term = Map::new();
    term.insert("matchFields", vec![Value::Object(field)]);
    pod.set(
        &[
            "spec",
            "affinity",
            "nodeAffinity",
            "requiredDuringSchedulingIgnoredDuringExecution",
            "nodeSelectorTerms",
        ],
        vec![Value::Object(term)],
    );
    pods::create(cluster, owner, pod, COMPONENT);
}

/// Replaces pods of older revisions, no more at once than may be missing.
fn roll(cluster: &mut Cluster, owner: &OwnedValue, mine: &[Rc<Object>], hash: &str, wanted: i64) {
    let rolling = ["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"];
    let most = pods::amount(owner.at(&rolling), wanted, true).max(1);
    let missing = wanted
        - mine
            .iter()
            .filter(|pod| pods::is_ready(&pod.value) && pods::is_active(&pod.value))
            .count() as i64;
    let mut room = most - missing;
    for pod in mine {
        let is_old = meta::label(&pod.value, history::HASH) != Some(hash);
        if !is_old || meta::is_deleting(&pod.value) {
            continue;
        }
        // A pod that does not work anyway is no loss.
        let works = pods::is_ready(&pod.value);
        if works && room <= 0 {
            continue;
        }
        room -= i64::from(works);
        pods::delete(cluster, owner, pod, COMPONENT);
    }
}

fn report(cluster: &mut Cluster, owner: &OwnedValue, eligible: &[String], misplaced: i64, hash: &str) -> Option<Timestamp> {
    let resource = cluster.built_in("apps", "daemonsets")?;
    let pods_id = cluster.collection("", "pods");
    let now = cluster.clock.now();
    let seconds = owner.int_at(&["spec", "minReadySeconds"]).unwrap_or_default();
    let (mut current, mut ready, mut available, mut updated, mut again) = (0, 0, 0, 0, None::<Timestamp>);
    let mut seen: Vec<&str> = Vec::new();
    for pod in cluster.store.existing(pods_id)?.owned_by(meta::uid(owner)) {
        let node = node_of(&pod.value);
        if !eligible.iter().any(|name| name == node) || seen.contains(&node) {
            continue;
        }
        seen.push(node);
        current += 1;
        updated += i64::from(meta::label(&pod.value, history::HASH) == Some(hash) && !meta::is_deleting(&pod.value));
        ready += i64::from(pods::is_ready(&pod.value));
        let (is_available, due) = pods::availability(&pod.value, seconds, now);
        available += i64::from(is_available);
        again = again.into_iter().chain(due).min();
    }
    let wanted = eligible.len() as i64;
    let generation = meta::generation(owner);
    cluster.edit(&resource, meta::namespace(owner), meta::name(owner), |value| {
        value.set(&["status", "currentNumberScheduled"], current);
        value.set(&["status", "desiredNumberScheduled"], wanted);
        value.set(&["status", "numberMisscheduled"], misplaced);
        value.set(&["status", "numberReady"], ready);
        value.set(&["status", "observedGeneration"], generation);
        pods::set_count(value, "updatedNumberScheduled", updated, true);
        pods::set_count(value, "numberAvailable", available, true);
        pods::set_count(value, "numberUnavailable", wanted - available, true);
    });
    again
}
