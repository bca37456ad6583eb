//! The defaults of services and what carries traffic to them.

use kubectl_rs::api::{OwnedValue, Value};

use super::{each, fill, fill_object, has};

/// Fills in the defaults of an object of one of these kinds.
pub fn apply(key: (&str, &str), value: &mut OwnedValue) {
    match key {
        ("", "services") => service(value),
        ("", "endpoints") => {
            for subset in each(value, &["subsets"]) {
                for port in each(subset, &["ports"]) {
                    fill(port, &["protocol"], "TCP");
                }
            }
        }
        ("discovery.k8s.io", "endpointslices") => {
            for port in each(value, &["ports"]) {
                fill(port, &["name"], "");
                fill(port, &["protocol"], "TCP");
            }
        }
        ("networking.k8s.io", "ingresses") => fill_object(value, &["status", "loadBalancer"]),
        ("networking.k8s.io", "ingressclasses") if has(value, &["spec", "parameters"]) => {
            fill(value, &["spec", "parameters", "scope"], "Cluster");
        }
        ("networking.k8s.io", "networkpolicies") => network_policy(value),
        ("policy", "poddisruptionbudgets") => {
            for key in ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] {
                fill(value, &["status", key], 0i64);
            }
        }
        _ => {}
    }
}

fn service(value: &mut OwnedValue) {
    fill(value, &["spec", "type"], "ClusterIP");
    fill(value, &["spec", "sessionAffinity"], "None");
    if value.str_at(&["spec", "sessionAffinity"]) == "ClientIP" {
        fill(value, &["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"], 10_800i64);
    }
    for port in each(value, &["spec", "ports"]) {
        fill(port, &["protocol"], "TCP");
        let unset = match port.get("targetPort") {
            None | Some(Value::Null) => true,
            Some(Value::Int(number)) => *number == 0,
            Some(other) => other.as_str() == Some(""),
        };
        if unset && let Some(number) = port.int_at(&["port"]) {
            port.set(&["targetPort"], number);
        }
    }
    let kind = value.str_at(&["spec", "type"]).to_owned();
    if kind != "ExternalName" {
        fill(value, &["spec", "internalTrafficPolicy"], "Cluster");
    }
    if matches!(kind.as_str(), "NodePort" | "LoadBalancer") {
        fill(value, &["spec", "externalTrafficPolicy"], "Cluster");
    }
    if kind == "LoadBalancer" {
        fill(value, &["spec", "allocateLoadBalancerNodePorts"], true);
    }
    fill_object(value, &["status", "loadBalancer"]);
}

fn network_policy(value: &mut OwnedValue) {
    if value.items_at(&["spec", "policyTypes"]).is_empty() {
        let mut types = vec![Value::from("Ingress")];
        if !value.items_at(&["spec", "egress"]).is_empty() {
            types.push(Value::from("Egress"));
        }
        value.set(&["spec", "policyTypes"], types);
    }
    fill_object(value, &["spec", "podSelector"]);
    for direction in ["ingress", "egress"] {
        for rule in each(value, &["spec", direction]) {
            for port in each(rule, &["ports"]) {
                fill(port, &["protocol"], "TCP");
            }
        }
    }
}
