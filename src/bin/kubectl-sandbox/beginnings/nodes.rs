//! The nodes that every sandbox has: one for the cluster's own programs, two for work.

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
};

/// A node's name, its number, and whether it is the cluster's own.
const NODES: [(&str, u8, bool); 3] = [
    ("sandbox-control-plane", 2, true),
    ("sandbox-worker", 3, false),
    ("sandbox-worker2", 4, false),
];

/// Adds the nodes with their leases.
pub fn add(cluster: &mut Cluster) {
    let (Some(nodes), Some(leases), Some(drivers)) = (
        cluster.built_in("", "nodes"),
        cluster.built_in("coordination.k8s.io", "leases"),
        cluster.built_in("storage.k8s.io", "csinodes"),
    ) else {
        return;
    };
    for (name, number, own) in NODES {
        let now = cluster.clock.now();
        let machine = cluster.random.hex(32);
        let node = cluster.create(&nodes, node(name, number, own, &machine, now));
        for (reason, message) in [
            ("Starting", "Starting kubelet.".to_owned()),
            (
                "NodeHasSufficientMemory",
                format!("Node {name} status is now: NodeHasSufficientMemory"),
            ),
            ("NodeHasNoDiskPressure", format!("Node {name} status is now: NodeHasNoDiskPressure")),
            ("NodeHasSufficientPID", format!("Node {name} status is now: NodeHasSufficientPID")),
            ("NodeReady", format!("Node {name} status is now: NodeReady")),
        ] {
            events::record(cluster, &node.value, Event::normal("kubelet", reason, &message).on(name));
        }
        let message = format!("Node {name} event: Registered Node {name} in Controller");
        events::record(cluster, &node.value, Event::normal("node-controller", "RegisteredNode", &message));
        let mut lease = Value::Object(Map::new());
        lease.set(&["metadata", "name"], name);
        lease.set(&["metadata", "namespace"], "kube-node-lease");
        lease.set(&["spec", "holderIdentity"], name);
        lease.set(&["spec", "leaseDurationSeconds"], 40i64);
        lease.set(&["spec", "renewTime"], meta::format_micro_time(now));
        cluster.create(&leases, lease);
        let mut driver = Value::Object(Map::new());
        driver.set(&["metadata", "name"], name);
        driver.set(&["spec", "drivers"], Vec::new());
        let mut owner = Map::new();
        for (key, text) in [("apiVersion", "v1"), ("kind", "Node"), ("name", name), ("uid", node.uid())] {
            owner.insert(key, text.to_owned());
        }
        driver.set(&["metadata", "ownerReferences"], vec![Value::Object(owner)]);
        cluster.create(&drivers, driver);
    }
}

fn node(name: &'static str, number: u8, own: bool, machine: &str, now: Timestamp) -> OwnedValue {
    let mut node = Value::Object(Map::new());
    node.set(&["metadata", "name"], name);
    let zone = if own { "a" } else { ["a", "b"][usize::from(number % 2)] };
    for (key, text) in [
        ("beta.kubernetes.io/arch", "amd64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("kubernetes.io/hostname", name),
        ("kubernetes.io/os", "linux"),
        ("topology.kubernetes.io/region", "sandbox"),
        ("topology.kubernetes.io/zone", zone),
    ] {
        node.set(&["metadata", "labels", key], text);
    }
    node.set(&["metadata", "annotations", "node.alpha.kubernetes.io/ttl"], "0");
    if own {
        node.set(&["metadata", "labels", "node-role.kubernetes.io/control-plane"], "");
        node.set(
            &["metadata", "labels", "node.kubernetes.io/exclude-from-external-load-balancers"],
            "",
        );
        let mut taint = Map::new();
        taint.insert("key", "node-role.kubernetes.io/control-plane");
        taint.insert("effect", "NoSchedule");
        node.set(&["spec", "taints"], vec![Value::Object(taint)]);
    }
    let range = format!("10.244.{}.0/24", number - 2);
    node.set(&["spec", "podCIDR"], range.clone());
    node.set(&["spec", "podCIDRs"], vec![Value::from(range)]);
    node.set(&["spec", "providerID"], format!("sandbox://local/{name}"));
    for (key, text) in [
        ("cpu", "4"),
        ("ephemeral-storage", "102687672Ki"),
        ("hugepages-1Gi", "0"),
        ("hugepages-2Mi", "0"),
        ("memory", "8Gi"),
        ("pods", "110"),
    ] {
        node.set(&["status", "capacity", key], text);
        node.set(&["status", "allocatable", key], text);
    }
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        let mut condition = Map::new();
        condition.insert("type", kind.to_owned());
        condition.insert("status", status.to_owned());
        condition.insert("lastHeartbeatTime", meta::format_time(now));
        condition.insert("lastTransitionTime", meta::format_time(now));
        condition.insert("reason", reason.to_owned());
        condition.insert("message", message.to_owned());
        Value::Object(condition)
    };
    node.set(
        &["status", "conditions"],
        vec![
            condition(
                "MemoryPressure",
                "False",
                "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition(
                "PIDPressure",
                "False",
                "KubeletHasSufficientPID",
                "kubelet has sufficient PID available",
            ),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ],
    );
    let address = |kind: &str, address: String| {
        let mut entry = Map::new();
        entry.insert("type", kind.to_owned());
        entry.insert("address", address);
        Value::Object(entry)
    };
    node.set(
        &["status", "addresses"],
        vec![
            address("InternalIP", format!("172.18.0.{number}")),
            address("Hostname", name.to_owned()),
        ],
    );
    node.set(&["status", "daemonEndpoints", "kubeletEndpoint", "Port"], 10_250i64);
    for (key, text) in [
        ("architecture", "amd64"),
        ("bootID", machine),
        ("containerRuntimeVersion", "containerd://2.2.0"),
        ("kernelVersion", "6.12.0-sandbox"),
        ("kubeProxyVersion", ""),
        ("kubeletVersion", "v1.36.2"),
        ("machineID", machine),
        ("operatingSystem", "linux"),
        ("osImage", "Debian GNU/Linux 13 (trixie)"),
        ("systemUUID", machine),
    ] {
        node.set(&["status", "nodeInfo", key], text.to_owned());
    }
    node
}

/// Renews the leases of all nodes, as kubelets do again and again.
pub fn beat(cluster: &mut Cluster) {
    let Some(leases) = cluster.built_in("coordination.k8s.io", "leases") else {
        return;
    };
    let now = meta::format_micro_time(cluster.clock.now());
    for (name, ..) in NODES {
        cluster.edit(&leases, "kube-node-lease", name, |lease| {
            lease.set(&["spec", "renewTime"], now.clone())
        });
    }
}

/// Takes out the nodes that every sandbox has, and their leases.
pub fn retire(cluster: &mut Cluster) {
    let (nodes, leases) = (cluster.collection("", "nodes"), cluster.collection("coordination.k8s.io", "leases"));
    for (name, ..) in NODES {
        let own = cluster
            .store
            .get(nodes, "", name)
            .is_some_and(|node| !cluster.still.contains(node.uid()));
        if own {
            cluster.remove(nodes, "", name);
            cluster.remove(leases, "kube-node-lease", name);
        }
    }
}
