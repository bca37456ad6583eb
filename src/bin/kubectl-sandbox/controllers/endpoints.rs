//! Endpoints and endpoint slices: where the pods of a service answer.

use std::rc::Rc;

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{find, pods};
use crate::{cluster::Cluster, meta, selector::LabelSelector, store::Object};

const SERVICE_NAME: &str = "kubernetes.io/service-name";
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";

/// Brings a service's endpoints up to date.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let Some(service) = find(cluster, "", "services", namespace, name) else {
        forget(cluster, namespace, name);
        return None;
    };
    let selector = LabelSelector::equal_to(service.value.at(&["spec", "selector"]));
    if selector.is_empty() || service.value.str_at(&["spec", "type"]) == "ExternalName" {
        return None;
    }
    let pods_id = cluster.collection("", "pods");
    let mut chosen: Vec<Rc<Object>> = cluster
        .store
        .list(pods_id, Some(namespace))
        .filter(|pod| selector.matches_object(&pod.value) && !pods::is_ended(&pod.value))
        .filter(|pod| !pod.value.str_at(&["status", "podIP"]).is_empty())
        .cloned()
        .collect();
    chosen.sort_by_key(|a| address(a));
    write_endpoints(cluster, &service, &chosen);
    write_slice(cluster, &service, &chosen);
    None
}

fn address(pod: &Object) -> Vec<u32> {
    pod.value
        .str_at(&["status", "podIP"])
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// What a service that is gone leaves behind.
fn forget(cluster: &mut Cluster, namespace: &str, name: &str) {
    let services = cluster.collection("", "services");
    if cluster.store.get(services, namespace, name).is_some() {
        return;
    }
    let endpoints = cluster.collection("", "endpoints");
    cluster.remove(endpoints, namespace, name);
}

/// The ports of a service as a pod has them: name, number, protocol, application protocol.
fn ports(service: &OwnedValue, pod: &OwnedValue) -> Vec<OwnedValue> {
    let mut list = Vec::new();
    for port in service.items_at(&["spec", "ports"]) {
        let number = match port.get("targetPort") {
            Some(Value::String(name)) => named_port(pod, name, port.str_at(&["protocol"])),
            Some(number) => number.as_int(),
            None => port.int_at(&["port"]),
        };
        let Some(number) = number else { continue };
        let mut entry = Map::new();
        if !port.str_at(&["name"]).is_empty() {
            entry.insert("name", port.str_at(&["name"]).to_owned());
        }
        entry.insert("port", number);
        entry.insert("protocol", port.str_at(&["protocol"]).to_owned());
        if !port.str_at(&["appProtocol"]).is_empty() {
            entry.insert("appProtocol", port.str_at(&["appProtocol"]).to_owned());
        }
        list.push(Value::Object(entry));
    }
    list
}

fn named_port(pod: &OwnedValue, name: &str, protocol: &str) -> Option<i64> {
    pod.items_at(&["spec", "containers"])
        .iter()
        .chain(pod.items_at(&["spec", "initContainers"]))
        .flat_map(|container| container.items_at(&["ports"]))
        .find(|port| port.str_at(&["name"]) == name && port.str_at(&["protocol"]) == protocol)
        .and_then(|port| port.int_at(&["containerPort"]))
}

fn target(pod: &Object) -> OwnedValue {
    let mut target = Map::new();
    target.insert("kind", "Pod");
    target.insert("name", pod.name().to_owned());
    target.insert("namespace", pod.namespace().to_owned());
    target.insert("uid", pod.uid().to_owned());
    Value::Object(target)
}

fn publishes_unready(service: &OwnedValue) -> bool {
    service.at(&["spec", "publishNotReadyAddresses"]).and_then(Value::as_bool) == Some(true)
}

fn hostname<'p>(service: &Object, pod: &'p Object) -> Option<&'p str> {
    let hostname = pod.value.str_at(&["spec", "hostname"]);
    let is_mine = pod.value.str_at(&["spec", "subdomain"]) == service.name();
    (is_mine && !hostname.is_empty()).then_some(hostname)
}

fn write_endpoints(cluster: &mut Cluster, service: &Object, chosen: &[Rc<Object>]) {
    // Pods that answer on the same ports share a subset.
    let mut subsets: Vec<(Vec<OwnedValue>, Vec<OwnedValue>, Vec<OwnedValue>)> = Vec::new();
    for pod in chosen {
        if meta::is_deleting(&pod.value) {
            continue;
        }
        let ports = ports(&service.value, &pod.value);
        if ports.is_empty() && !service.value.items_at(&["spec", "ports"]).is_empty() {
            continue;
        }
        let mut entry = Map::new();
        if let Some(hostname) = hostname(service, pod) {
            entry.insert("hostname", hostname.to_owned());
        }
        entry.insert("ip", pod.value.str_at(&["status", "podIP"]).to_owned());
        entry.insert("nodeName", pod.value.str_at(&["spec", "nodeName"]).to_owned());
        entry.insert("targetRef", target(pod));
        let at = match subsets.iter().position(|(have, ..)| *have == ports) {
            Some(at) => at,
            None => {
                subsets.push((ports, Vec::new(), Vec::new()));
                subsets.len() - 1
            }
        };
        if pods::is_ready(&pod.value) || publishes_unready(&service.value) {
            subsets[at].1.push(Value::Object(entry));
        } else {
            subsets[at].2.push(Value::Object(entry));
        }
    }
    let subsets: Vec<OwnedValue> = subsets
        .into_iter()
        .map(|(ports, ready, unready)| {
            let mut subset = Map::new();
            if !ready.is_empty() {
                subset.insert("addresses", ready);
            }
            if !unready.is_empty() {
                subset.insert("notReadyAddresses", unready);
            }
            if !ports.is_empty() {
                subset.insert("ports", ports);
            }
            Value::Object(subset)
        })
        .collect();
    let Some(resource) = cluster.built_in("", "endpoints") else {
        return;
    };
    let labels = {
        let mut labels = service.value.at(&["metadata", "labels"]).cloned().unwrap_or_default();
        labels.set(&["endpoints.kubernetes.io/managed-by"], "endpoint-controller");
        if service.value.str_at(&["spec", "clusterIP"]) == "None" {
            labels.set(&["service.kubernetes.io/headless"], "");
        }
        labels
    };
    let fill = |value: &mut OwnedValue| {
        value.set(&["metadata", "labels"], labels);
        if subsets.is_empty() {
            value.as_object_mut().map(|map| map.remove("subsets"));
        } else {
            value.set(&["subsets"], subsets);
        }
    };
    if cluster
        .store
        .get(resource.collection, service.namespace(), service.name())
        .is_some()
    {
        cluster.edit(&resource, service.namespace(), service.name(), fill);
        return;
    }
    let mut value = Value::Object(Map::new());
    value.set(&["metadata", "name"], service.name().to_owned());
    value.set(&["metadata", "namespace"], service.namespace().to_owned());
    fill(&mut value);
    cluster.create(&resource, value);
}

fn write_slice(cluster: &mut Cluster, service: &Object, chosen: &[Rc<Object>]) {
    let Some(resource) = cluster.built_in("discovery.k8s.io", "endpointslices") else {
        return;
    };
    let nodes = cluster.collection("", "nodes");
    let mut slice_ports: Vec<OwnedValue> = Vec::new();
    let mut list = Vec::new();
    for pod in chosen {
        let ports = ports(&service.value, &pod.value);
        if slice_ports.is_empty() {
            slice_ports = ports
                .into_iter()
                .map(|mut port| {
                    if port.get("name").is_none() {
                        port.set(&["name"], "");
                    }
                    port
                })
                .collect();
        }
        let (ready, terminating) = (pods::is_ready(&pod.value), meta::is_deleting(&pod.value));
        let mut entry = Map::new();
        entry.insert("addresses", vec![Value::from(pod.value.str_at(&["status", "podIP"]).to_owned())]);
        let mut conditions = Map::new();
        conditions.insert("ready", (ready && !terminating) || publishes_unready(&service.value));
        conditions.insert("serving", ready);
        conditions.insert("terminating", terminating);
        entry.insert("conditions", conditions);
        if let Some(hostname) = hostname(service, pod) {
            entry.insert("hostname", hostname.to_owned());
        }
        let node_name = pod.value.str_at(&["spec", "nodeName"]);
        entry.insert("nodeName", node_name.to_owned());
        entry.insert("targetRef", target(pod));
        let zone = cluster
            .store
            .get(nodes, "", node_name)
            .and_then(|node| meta::label(&node.value, "topology.kubernetes.io/zone"));
        if let Some(zone) = zone {
            entry.insert("zone", zone.to_owned());
        }
        list.push(Value::Object(entry));
    }
    let existing = cluster
        .store
        .existing(resource.collection)
        .and_then(|collection| collection.owned_by(service.uid()).next().cloned());
    let mut labels = service.value.at(&["metadata", "labels"]).cloned().unwrap_or_default();
    labels.set(&[SERVICE_NAME], service.name().to_owned());
    labels.set(&[MANAGED_BY], "endpointslice-controller.k8s.io");
    if service.value.str_at(&["spec", "clusterIP"]) == "None" {
        labels.set(&["service.kubernetes.io/headless"], "");
    }
    let fill = |value: &mut OwnedValue| {
        value.set(&["metadata", "labels"], labels);
        value.set(&["addressType"], "IPv4");
        value.set(&["endpoints"], list);
        value.set(&["ports"], slice_ports);
    };
    if let Some(existing) = existing {
        cluster.edit(&resource, existing.namespace(), existing.name(), fill);
        return;
    }
    let mut value = Value::Object(Map::new());
    value.set(&["metadata", "generateName"], format!("{}-", service.name()));
    value.set(&["metadata", "namespace"], service.namespace().to_owned());
    value.set(&["metadata", "ownerReferences"], vec![meta::controller_reference(&service.value)]);
    fill(&mut value);
    cluster.create(&resource, value);
}
