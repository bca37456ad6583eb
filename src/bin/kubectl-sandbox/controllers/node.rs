//! The life of nodes: what goes with a cordon, and pods of nodes that are gone.

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::find;
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
};

const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Keeps a node's taint in step with its cordon, throws out pods that may not stay, and lets the pods of a lost node go.
pub fn look(cluster: &mut Cluster, name: &str) -> Option<Timestamp> {
    let Some(node) = find(cluster, "", "nodes", "", name) else {
        lose_pods(cluster, name);
        return None;
    };
    let resource = cluster.built_in("", "nodes")?;
    let cordoned = node.value.at(&["spec", "unschedulable"]).and_then(Value::as_bool) == Some(true);
    let tainted = node
        .value
        .items_at(&["spec", "taints"])
        .iter()
        .any(|taint| taint.str_at(&["key"]) == UNSCHEDULABLE);
    if cordoned != tainted {
        let now = meta::format_time(cluster.clock.now());
        cluster.edit(&resource, "", name, |value| {
            let mut taints: Vec<OwnedValue> = value
                .items_at(&["spec", "taints"])
                .iter()
                .filter(|taint| taint.str_at(&["key"]) != UNSCHEDULABLE)
                .cloned()
                .collect();
            if cordoned {
                let mut taint = Map::new();
                taint.insert("effect", "NoSchedule");
                taint.insert("key", UNSCHEDULABLE);
                taint.insert("timeAdded", now);
                taints.push(Value::Object(taint));
            }
            if taints.is_empty() {
                value.object_at(&["spec"]).remove("taints");
            } else {
                value.set(&["spec", "taints"], taints);
            }
        });
        let reason = if cordoned { "NodeNotSchedulable" } else { "NodeSchedulable" };
        let message = format!("Node {name} status is now: {reason}");
        events::record(cluster, &node.value, Event::normal("kubelet", reason, &message).on(name));
    }
    throw_out(cluster, &node.value);
    None
}

/// Pods that do not tolerate a taint that executes have to go.
fn throw_out(cluster: &mut Cluster, node: &OwnedValue) {
    let taints: Vec<OwnedValue> = node
        .items_at(&["spec", "taints"])
        .iter()
        .filter(|taint| taint.str_at(&["effect"]) == "NoExecute")
        .cloned()
        .collect();
    if taints.is_empty() {
        return;
    }
    let Some(pods) = cluster.built_in("", "pods") else { return };
    let unwelcome: Vec<_> = cluster
        .store
        .list(pods.collection, None)
        .filter(|pod| pod.value.str_at(&["spec", "nodeName"]) == meta::name(node) && !meta::is_deleting(&pod.value))
        .filter(|pod| {
            taints.iter().any(|taint| {
                !pod.value.items_at(&["spec", "tolerations"]).iter().any(|toleration| {
                    let (key, effect) = (toleration.str_at(&["key"]), toleration.str_at(&["effect"]));
                    (key.is_empty() || key == taint.str_at(&["key"]))
                        && (effect.is_empty() || effect == "NoExecute")
                        && (toleration.str_at(&["operator"]) == "Exists" || toleration.str_at(&["value"]) == taint.str_at(&["value"]))
                })
            })
        })
        .cloned()
        .collect();
    for pod in unwelcome {
        let message = format!("Marking for deletion Pod {}/{}", pod.namespace(), pod.name());
        events::record(
            cluster,
            &pod.value,
            Event::normal("taint-eviction-controller", "TaintManagerEviction", &message),
        );
        cluster.delete(&pods, pod.namespace(), pod.name(), None);
    }
}

/// Nobody is left on a lost node to end its pods.
fn lose_pods(cluster: &mut Cluster, name: &str) {
    let nodes = cluster.collection("", "nodes");
    if cluster.store.get(nodes, "", name).is_some() {
        return;
    }
    let id = cluster.collection("", "pods");
    let lost: Vec<(String, String)> = cluster
        .store
        .list(id, None)
        .filter(|pod| pod.value.str_at(&["spec", "nodeName"]) == name && !cluster.still.contains(pod.uid()))
        .map(|pod| (pod.namespace().to_owned(), pod.name().to_owned()))
        .collect();
    for (namespace, pod) in lost {
        cluster.remove(id, &namespace, &pod);
    }
}
