//! Addresses and ports of services.

use kubectl_rs::api::{OwnedValue, StatusCause, Value};

use crate::{
    cluster::Cluster,
    failure::{self, Result},
    meta,
    registry::Resource,
};

/// The ports that nodes open for services.
const NODE_PORTS: std::ops::RangeInclusive<i64> = 30_000..=32_767;

/// Of a service that is there, what it has stays, unless its type has no use for it.
pub fn keep(old: &OwnedValue, value: &mut OwnedValue) {
    let external = |value: &OwnedValue| value.str_at(&["spec", "type"]) == "ExternalName";
    if external(value) {
        let spec = value.object_at(&["spec"]);
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            spec.remove(field);
        }
        return;
    }
    if !external(old) {
        for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"] {
            let missing = value.at(&["spec", field]).is_none_or(|value| value.as_str() == Some(""));
            if let (true, Some(kept)) = (missing, old.at(&["spec", field])) {
                value.set(&["spec", field], kept.clone());
            }
        }
    }
    let kind = value.str_at(&["spec", "type"]).to_owned();
    let has_node_ports = matches!(kind.as_str(), "NodePort" | "LoadBalancer");
    let old_ports = old.items_at(&["spec", "ports"]).to_vec();
    let Some(ports) = value.at_mut(&["spec", "ports"]).and_then(Value::as_array_mut) else {
        return;
    };
    for port in ports {
        let before = old_ports.iter().find(|before| {
            before.int_at(&["port"]) == port.int_at(&["port"]) && before.str_at(&["protocol"]) == port.str_at(&["protocol"])
        });
        let given = port.int_at(&["nodePort"]).unwrap_or_default();
        let kept = before.and_then(|before| before.int_at(&["nodePort"])).unwrap_or_default();
        match (has_node_ports, given, kept) {
            (true, 0, 1..) => port.set(&["nodePort"], kept),
            // A port that came with the old type goes with it.
            (false, given, kept) if given == kept => {
                if let Some(map) = port.as_object_mut() {
                    map.remove("nodePort");
                }
            }
            _ => {}
        }
    }
    if !has_node_ports {
        let spec = value.object_at(&["spec"]);
        spec.remove("externalTrafficPolicy");
        spec.remove("allocateLoadBalancerNodePorts");
    }
}

/// Gives a service the address and the ports that it lacks.
///
/// # Errors
/// 422 where it asks for what is taken.
pub fn allocate(cluster: &mut Cluster, resource: &Resource, old: Option<&OwnedValue>, value: &mut OwnedValue) -> Result<()> {
    let mut causes = Vec::new();
    if value.str_at(&["spec", "type"]) != "ExternalName" {
        causes.extend(address(cluster, resource, old, value));
        if value.at(&["spec", "ipFamilies"]).is_none() {
            value.set(&["spec", "ipFamilies"], vec![Value::from("IPv4")]);
        }
        if value.at(&["spec", "ipFamilyPolicy"]).is_none() {
            value.set(&["spec", "ipFamilyPolicy"], "SingleStack");
        }
    }
    causes.extend(ports(cluster, resource, old, value));
    if causes.is_empty() {
        return Ok(());
    }
    Err(failure::invalid(resource, meta::name(value), causes))
}

fn others<'c>(cluster: &'c Cluster, resource: &Resource, value: &OwnedValue) -> impl Iterator<Item = &'c OwnedValue> {
    let key = (meta::namespace(value).to_owned(), meta::name(value).to_owned());
    cluster
        .store
        .list(resource.collection, None)
        .filter(move |service| (service.namespace(), service.name()) != (key.0.as_str(), key.1.as_str()))
        .map(|service| &service.value)
}

fn address(cluster: &mut Cluster, resource: &Resource, old: Option<&OwnedValue>, value: &mut OwnedValue) -> Option<StatusCause> {
    let asked = value.str_at(&["spec", "clusterIP"]).to_owned();
    let taken = |cluster: &Cluster, value: &OwnedValue, ip: &str| {
        others(cluster, resource, value).any(|service| service.str_at(&["spec", "clusterIP"]) == ip)
    };
    let had = old.map(|old| old.str_at(&["spec", "clusterIP"])).unwrap_or_default();
    let problem = |detail: &str| {
        let shown = Value::Array(vec![Value::from(asked.clone())]);
        Some(failure::wrong(
            "spec.clusterIPs",
            &shown,
            &format!("failed to allocate IP {asked}: {detail}"),
        ))
    };
    let address = match asked.as_str() {
        "None" => asked.clone(),
        "" => loop {
            let ip = format!("10.96.{}.{}", cluster.random.below(256), 1 + cluster.random.below(254));
            if !taken(cluster, value, &ip) {
                break ip;
            }
        },
        ip if ip == had => asked.clone(),
        ip if !ip.starts_with("10.96.") => {
            return problem("the provided network does not match the current range");
        }
        ip if taken(cluster, value, ip) => return problem("provided IP is already allocated"),
        ip => ip.to_owned(),
    };
    value.set(&["spec", "clusterIP"], address.clone());
    value.set(&["spec", "clusterIPs"], vec![Value::from(address)]);
    None
}

fn ports(cluster: &mut Cluster, resource: &Resource, old: Option<&OwnedValue>, value: &mut OwnedValue) -> Vec<StatusCause> {
    let kind = value.str_at(&["spec", "type"]).to_owned();
    let allocates = value.at(&["spec", "allocateLoadBalancerNodePorts"]).and_then(Value::as_bool) != Some(false);
    let wanted = kind == "NodePort" || (kind == "LoadBalancer" && allocates);
    let used: Vec<i64> = others(cluster, resource, value).flat_map(node_ports).collect();
    let had: Vec<i64> = old.map(|old| node_ports(old).collect()).unwrap_or_default();
    let mut own: Vec<i64> = node_ports(value).collect();
    let mut causes = Vec::new();
    let Some(list) = value.at_mut(&["spec", "ports"]).and_then(Value::as_array_mut) else {
        return causes;
    };
    for (at, port) in list.iter_mut().enumerate() {
        let field = format!("spec.ports[{at}].nodePort");
        match port.int_at(&["nodePort"]).unwrap_or_default() {
            0 if wanted => {
                let free = loop {
                    let number = NODE_PORTS.start() + cluster.random.below(2_768) as i64;
                    if !used.contains(&number) && !own.contains(&number) {
                        break number;
                    }
                };
                own.push(free);
                port.set(&["nodePort"], free);
            }
            0 => {}
            number if had.contains(&number) => {}
            _ if !wanted => causes.push(failure::not_allowed(field, "may not be used when `type` is 'ClusterIP'")),
            number if !NODE_PORTS.contains(&number) => causes.push(failure::wrong(
                field,
                &Value::Int(number),
                "provided port is not in the valid range. The range of valid ports is 30000-32767",
            )),
            number if used.contains(&number) => {
                causes.push(failure::wrong(field, &Value::Int(number), "provided port is already allocated"));
            }
            _ => {}
        }
    }
    causes
}

fn node_ports(service: &OwnedValue) -> impl Iterator<Item = i64> {
    service
        .items_at(&["spec", "ports"])
        .iter()
        .filter_map(|port| port.int_at(&["nodePort"]))
        .filter(|number| *number > 0)
}
