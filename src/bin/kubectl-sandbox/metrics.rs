//! Plausible figures of what nodes and pods use.

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value, quantity::Quantity};

use crate::{cluster::Cluster, meta, random::fnv};

/// A share in thousandths that wanders slowly and belongs to `what`.
fn wander(what: &str, now: Timestamp) -> i64 {
    let minute = now.as_second() / 30;
    let steady = i64::from(fnv(what.as_bytes()) % 400);
    let moving = i64::from(fnv(format!("{what}/{minute}").as_bytes()) % 120);
    250 + steady + moving
}

/// What a container uses: thousandths of a CPU and bytes of memory.
fn of_container(pod: &OwnedValue, container: &OwnedValue, now: Timestamp) -> (i64, i64) {
    let of = |resource: &str, otherwise: &str| {
        ["requests", "limits"]
            .iter()
            .find_map(|which| Quantity::parse(container.str_at(&["resources", which, resource])).ok())
            .or_else(|| Quantity::parse(otherwise).ok())
    };
    let key = format!("{}/{}", meta::uid(pod), container.str_at(&["name"]));
    let cpu = of("cpu", "8m").map_or(0, |request| request.milli_value());
    let memory = of("memory", "24Mi").map_or(0, |request| request.value());
    let share = wander(&key, now);
    ((cpu * share / 1000).max(1), memory / 1000 * share)
}

/// What a pod uses: thousandths of a CPU and bytes of memory.
pub fn of_pod(pod: &OwnedValue, now: Timestamp) -> (i64, i64) {
    pod.items_at(&["spec", "containers"])
        .iter()
        .map(|container| of_container(pod, container, now))
        .fold((0, 0), |(cpu, memory), (more_cpu, more_memory)| {
            (cpu + more_cpu, memory + more_memory)
        })
}

fn usage(cpu: i64, memory: i64) -> OwnedValue {
    let mut usage = Map::new();
    usage.insert("cpu", format!("{}n", cpu * 1_000_000));
    usage.insert("memory", format!("{}Ki", memory / 1024));
    Value::Object(usage)
}

fn frame(kind: &'static str, object: &OwnedValue, now: Timestamp) -> OwnedValue {
    let mut value = Value::Object(Map::new());
    value.set(&["kind"], kind);
    value.set(&["apiVersion"], "metrics.k8s.io/v1beta1");
    value.set(&["metadata", "name"], meta::name(object).to_owned());
    if !meta::namespace(object).is_empty() {
        value.set(&["metadata", "namespace"], meta::namespace(object).to_owned());
    }
    value.set(&["metadata", "creationTimestamp"], meta::format_time(now));
    if let Some(labels) = object.at(&["metadata", "labels"]) {
        value.set(&["metadata", "labels"], labels.clone());
    }
    value.set(&["timestamp"], meta::format_time(now));
    value.set(&["window"], "15s");
    value
}

/// The figures of a pod that runs.
pub fn pod(object: &OwnedValue, now: Timestamp) -> Option<OwnedValue> {
    if object.str_at(&["status", "phase"]) != "Running" {
        return None;
    }
    let mut value = frame("PodMetrics", object, now);
    let containers: Vec<OwnedValue> = object
        .items_at(&["spec", "containers"])
        .iter()
        .map(|container| {
            let (cpu, memory) = of_container(object, container, now);
            let mut entry = Map::new();
            entry.insert("name", container.str_at(&["name"]).to_owned());
            entry.insert("usage", usage(cpu, memory));
            Value::Object(entry)
        })
        .collect();
    value.set(&["containers"], containers);
    Some(value)
}

/// The figures of a node: what its pods use, and itself.
pub fn node(cluster: &Cluster, object: &OwnedValue, now: Timestamp) -> OwnedValue {
    let (mut cpu, mut memory) = (wander(meta::name(object), now) / 5, 400 * 1024 * 1024);
    let pods = cluster.registry.built_in_collection("", "pods");
    if let Some(pods) = pods.and_then(|id| cluster.store.existing(id)) {
        for pod in pods.placed_on(meta::name(object)) {
            if pod.value.str_at(&["status", "phase"]) == "Running" {
                let (more_cpu, more_memory) = of_pod(&pod.value, now);
                cpu += more_cpu;
                memory += more_memory;
            }
        }
    }
    let mut value = frame("NodeMetrics", object, now);
    value.set(&["usage"], usage(cpu, memory));
    value
}
