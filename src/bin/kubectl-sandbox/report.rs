//! What the sandbox says of itself: how it is, what is in it, and what is not well.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubectl_rs::api::{
    Map, OwnedValue, Value,
    quantity::{Format, Quantity},
};

use crate::{cluster::Cluster, controllers, meta, server::Server, store::Object, tables::summary_of_pod};

/// The whole report.
pub fn report(server: &Server) -> OwnedValue {
    let cluster = server.cluster.borrow();
    let mut value = Map::in_order();
    value.insert("version", crate::discovery::RELEASE);
    value.insert("started", server.started.to_string());
    value.insert("uptimeSeconds", Timestamp::now().duration_since(server.started).as_secs());
    value.insert("speed", cluster.clock.speed());
    value.insert("requests", server.answered.get() as i64);
    value.insert("connections", server.stop.open() as i64);
    value.insert("resourceVersion", cluster.store.revision().to_string());
    value.insert("nodes", nodes(&cluster));
    value.insert("objects", objects(&cluster));
    value.insert("unhealthy", unhealthy(&cluster));
    Value::Object(value)
}

fn of<'c>(cluster: &'c Cluster, group: &str, plural: &str) -> impl Iterator<Item = &'c Object> {
    let id = cluster.registry.built_in_collection(group, plural);
    id.into_iter().flat_map(|id| cluster.store.list(id, None)).map(|object| &**object)
}

fn nodes(cluster: &Cluster) -> Vec<OwnedValue> {
    #[derive(Default)]
    struct Load {
        pods: i64,
        cpu: Option<Quantity>,
        memory: Option<Quantity>,
    }
    let mut loads: BTreeMap<&str, Load> = BTreeMap::new();
    for pod in of(cluster, "", "pods") {
        let node = pod.value.str_at(&["spec", "nodeName"]);
        if node.is_empty() || matches!(pod.value.str_at(&["status", "phase"]), "Succeeded" | "Failed") {
            continue;
        }
        let load = loads.entry(node).or_default();
        load.pods += 1;
        for (sum, resource) in [(&mut load.cpu, "cpu"), (&mut load.memory, "memory")] {
            sum.get_or_insert(Quantity::units(0, Format::Decimal))
                .add(&controllers::requests(&pod.value, resource));
        }
    }
    let mut list = Vec::new();
    for node in of(cluster, "", "nodes") {
        let load = loads.remove(node.name()).unwrap_or_default();
        let room = |resource: &str| Quantity::parse(node.value.str_at(&["status", "allocatable", resource])).ok();
        let mut value = Map::in_order();
        value.insert("name", node.name().to_owned());
        value.insert("status", node_status(&node.value));
        value.insert("pods", load.pods);
        value.insert("podsAllocatable", room("pods").map_or(0, |pods| pods.value()));
        value.insert("milliCPURequested", load.cpu.map_or(0, |cpu| cpu.milli_value()));
        value.insert("milliCPUAllocatable", room("cpu").map_or(0, |cpu| cpu.milli_value()));
        value.insert("memoryRequested", load.memory.map_or(0, |memory| memory.value()));
        value.insert("memoryAllocatable", room("memory").map_or(0, |memory| memory.value()));
        list.push(Value::Object(value));
    }
    list
}

/// As `get nodes` has it.
fn node_status(node: &OwnedValue) -> String {
    let ready = controllers::condition(node, "Ready");
    let word = if ready { "Ready" } else { "NotReady" };
    match node.at(&["spec", "unschedulable"]).and_then(Value::as_bool) {
        Some(true) => format!("{word},SchedulingDisabled"),
        _ => word.to_owned(),
    }
}

/// How many objects there are of each kind, those with the most first.
fn objects(cluster: &Cluster) -> Vec<OwnedValue> {
    let mut counts: Vec<(usize, String, String, bool)> = cluster
        .store
        .collections()
        .filter(|(_, collection)| collection.len() > 0)
        .filter_map(|(id, collection)| {
            let resource = cluster.registry.stored(id)?;
            let api_version = resource.api_version();
            Some((collection.len(), resource.kind.clone(), api_version, resource.custom.is_some()))
        })
        .collect();
    counts.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (&a.1, &a.2).cmp(&(&b.1, &b.2))));
    let entry = |(count, kind, api_version, custom): (usize, String, String, bool)| {
        let mut value = Map::in_order();
        value.insert("kind", kind);
        value.insert("apiVersion", api_version);
        value.insert("custom", custom);
        value.insert("count", count as i64);
        Value::Object(value)
    };
    counts.into_iter().map(entry).collect()
}

/// The objects that are not as they should be, each with one word and the reason, where there is one.
fn unhealthy(cluster: &Cluster) -> Vec<OwnedValue> {
    let mut list = Vec::new();
    let mut note = |kind: &'static str, object: &Object, state: String, reason: String| {
        let mut value = Map::in_order();
        value.insert("kind", kind);
        value.insert("namespace", object.namespace().to_owned());
        value.insert("name", object.name().to_owned());
        value.insert("state", state);
        value.insert("reason", reason);
        list.push(Value::Object(value));
    };
    for node in of(cluster, "", "nodes").filter(|node| !controllers::condition(&node.value, "Ready")) {
        note("Node", node, "NotReady".to_owned(), reason_of(&node.value, "Ready"));
    }
    for (group, plural, kind, wanted, ready) in WORKLOADS {
        for object in of(cluster, group, plural) {
            // Who belongs to a deployment is told of with it.
            if *plural == "replicasets" && meta::controller(&object.value).is_some() {
                continue;
            }
            let wanted = object.value.int_at(wanted).unwrap_or_default();
            let ready = object.value.int_at(ready).unwrap_or_default();
            if ready < wanted {
                let reasons = ["ReplicaFailure", "Progressing"].map(|kind| reason_of(&object.value, kind));
                // That it was complete once does not say why it no longer is.
                let reason = reasons
                    .into_iter()
                    .find(|reason| !matches!(reason.as_str(), "" | "NewReplicaSetAvailable"));
                let reason = reason.unwrap_or_default();
                note(kind, object, format!("{ready}/{wanted} ready"), reason);
            }
        }
    }
    for job in of(cluster, "batch", "jobs").filter(|job| controllers::condition(&job.value, "Failed")) {
        note("Job", job, "Failed".to_owned(), message_of(&job.value, "Failed"));
    }
    for claim in of(cluster, "", "persistentvolumeclaims").filter(|claim| claim.value.str_at(&["status", "phase"]) != "Bound") {
        let phase = claim.value.str_at(&["status", "phase"]).to_owned();
        note("PersistentVolumeClaim", claim, phase, String::new());
    }
    for namespace in of(cluster, "", "namespaces").filter(|namespace| meta::is_deleting(&namespace.value)) {
        note("Namespace", namespace, "Terminating".to_owned(), String::new());
    }
    for pod in of(cluster, "", "pods") {
        let (state, ready, total) = summary_of_pod(&pod.value);
        let well = match state.as_str() {
            "Running" => ready == total,
            "Completed" | "Succeeded" => true,
            _ => false,
        };
        if !well {
            let state = if state == "Running" {
                format!("{ready}/{total} ready")
            } else {
                state
            };
            note("Pod", pod, state, why(&pod.value));
        }
    }
    list
}

/// A workload: its group, plural and kind, where it says how many pods it wants, and how many are ready.
type Workload = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const REPLICAS: &[&str] = &["spec", "replicas"];
const READY: &[&str] = &["status", "readyReplicas"];
const WORKLOADS: &[Workload] = &[
    ("apps", "deployments", "Deployment", REPLICAS, READY),
    ("apps", "statefulsets", "StatefulSet", REPLICAS, READY),
    ("apps", "replicasets", "ReplicaSet", REPLICAS, READY),
    ("", "replicationcontrollers", "ReplicationController", REPLICAS, READY),
    (
        "apps",
        "daemonsets",
        "DaemonSet",
        &["status", "desiredNumberScheduled"],
        &["status", "numberReady"],
    ),
];

fn condition_of<'v>(value: &'v OwnedValue, kind: &str) -> Option<&'v OwnedValue> {
    value
        .items_at(&["status", "conditions"])
        .iter()
        .find(|condition| condition.str_at(&["type"]) == kind)
}

fn reason_of(value: &OwnedValue, kind: &str) -> String {
    condition_of(value, kind).map_or(String::new(), |condition| condition.str_at(&["reason"]).to_owned())
}

fn message_of(value: &OwnedValue, kind: &str) -> String {
    condition_of(value, kind).map_or(String::new(), |condition| condition.str_at(&["message"]).to_owned())
}

/// What a pod's status says of why it does not run: its own message, or the first of its containers or conditions.
fn why(pod: &OwnedValue) -> String {
    let of_containers = ["initContainerStatuses", "containerStatuses"].into_iter().flat_map(|list| {
        pod.items_at(&["status", list]).iter().flat_map(|status| {
            ["waiting", "terminated"]
                .into_iter()
                .map(|state| status.str_at(&["state", state, "message"]).to_owned())
        })
    });
    std::iter::once(pod.str_at(&["status", "message"]).to_owned())
        .chain(of_containers)
        .chain(["PodScheduled", "ContainersReady"].map(|kind| message_of(pod, kind)))
        .find(|message| !message.is_empty())
        .unwrap_or_default()
}
