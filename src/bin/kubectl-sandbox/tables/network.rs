//! The tables of services and what carries traffic to them.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{Column, Row, Table, cells, number, text, wide};

/// The table of a resource, if it is one of these.
pub fn table(key: (&str, &str)) -> Option<Table> {
    Some(match key {
        ("", "services") => Table {
            columns: SERVICE,
            row: service,
        },
        ("", "endpoints") => Table {
            columns: const { &[text("Name"), text("Endpoints"), text("Age")] },
            row: |object, now| of(vec![cells::name(object), cells::text(endpoints(object)), cells::age(object, now)]),
        },
        ("discovery.k8s.io", "endpointslices") => Table {
            columns: const { &[text("Name"), text("AddressType"), text("Ports"), text("Endpoints"), text("Age")] },
            row: endpoint_slice,
        },
        ("networking.k8s.io", "ingresses") => Table {
            columns: const {
                &[
                    text("Name"),
                    text("Class"),
                    text("Hosts"),
                    text("Address"),
                    text("Ports"),
                    text("Age"),
                ]
            },
            row: ingress,
        },
        ("networking.k8s.io", "ingressclasses") => Table {
            columns: const { &[text("Name"), text("Controller"), text("Parameters"), text("Age")] },
            row: ingress_class,
        },
        ("networking.k8s.io", "networkpolicies") => Table {
            columns: const { &[text("Name"), text("Pod-Selector"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text(cells::label_selector(object.at(&["spec", "podSelector"]))),
                    cells::age(object, now),
                ])
            },
        },
        ("networking.k8s.io", "servicecidrs") => Table {
            columns: const { &[text("Name"), text("CIDRs"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text(cells::joined(object, &["spec", "cidrs"])),
                    cells::age(object, now),
                ])
            },
        },
        ("networking.k8s.io", "ipaddresses") => Table {
            columns: const { &[text("Name"), text("ParentRef"), text("Age")] },
            row: ip_address,
        },
        ("policy", "poddisruptionbudgets") => Table {
            columns: const {
                &[
                    text("Name"),
                    text("Min Available"),
                    text("Max Unavailable"),
                    number("Allowed Disruptions"),
                    text("Age"),
                ]
            },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text(cells::int_or_string(object.at(&["spec", "minAvailable"]), "N/A")),
                    cells::text(cells::int_or_string(object.at(&["spec", "maxUnavailable"]), "N/A")),
                    cells::count(object, &["status", "disruptionsAllowed"]),
                    cells::age(object, now),
                ])
            },
        },
        _ => return None,
    })
}

fn of(cells: Vec<OwnedValue>) -> Row {
    Row {
        cells,
        conditions: Vec::new(),
    }
}

const SERVICE: &[Column] = &[
    text("Name"),
    text("Type"),
    text("Cluster-IP"),
    text("External-IP"),
    text("Port(s)"),
    text("Age"),
    wide("Selector"),
];

fn service(object: &Value<'_>, now: Timestamp) -> Row {
    let ports: Vec<String> = object
        .items_at(&["spec", "ports"])
        .iter()
        .map(|port| {
            let (number, protocol) = (port.int_at(&["port"]).unwrap_or_default(), port.str_at(&["protocol"]));
            match port.int_at(&["nodePort"]) {
                Some(node_port) if node_port > 0 => format!("{number}:{node_port}/{protocol}"),
                _ => format!("{number}/{protocol}"),
            }
        })
        .collect();
    of(vec![
        cells::name(object),
        cells::text_or(object, &["spec", "type"], ""),
        cells::text_or(object, &["spec", "clusterIP"], "<none>"),
        cells::text(external_ip(object)),
        cells::text(if ports.is_empty() { "<none>".to_owned() } else { ports.join(",") }),
        cells::age(object, now),
        cells::text(cells::labels(object.at(&["spec", "selector"]))),
    ])
}

fn external_ip(object: &Value<'_>) -> String {
    let external = cells::joined(object, &["spec", "externalIPs"]);
    match object.str_at(&["spec", "type"]) {
        "ExternalName" => object.str_at(&["spec", "externalName"]).to_owned(),
        "LoadBalancer" => {
            let ingress: Vec<&str> = object
                .items_at(&["status", "loadBalancer", "ingress"])
                .iter()
                .map(|point| match point.str_at(&["ip"]) {
                    "" => point.str_at(&["hostname"]),
                    ip => ip,
                })
                .collect();
            match (ingress.is_empty(), external.is_empty()) {
                (false, true) => ingress.join(","),
                (false, false) => format!("{},{external}", ingress.join(",")),
                (true, false) => external,
                (true, true) => "<pending>".to_owned(),
            }
        }
        _ if external.is_empty() => "<none>".to_owned(),
        _ => external,
    }
}

/// The addresses of an Endpoints object, three at most (`formatEndpoints`).
fn endpoints(object: &Value<'_>) -> String {
    const MOST: usize = 3;
    let (mut list, mut count, mut more) = (Vec::new(), 0, false);
    for subset in object.items_at(&["subsets"]) {
        let addresses = subset.items_at(&["addresses"]);
        let ports = subset.items_at(&["ports"]);
        if ports.is_empty() {
            for address in addresses {
                if list.len() == MOST {
                    more = true;
                    break;
                }
                list.push(address.str_at(&["ip"]).to_owned());
            }
            count += addresses.len();
            continue;
        }
        for port in ports {
            for address in addresses {
                if list.len() == MOST {
                    more = true;
                    break;
                }
                list.push(format!(
                    "{}:{}",
                    address.str_at(&["ip"]),
                    port.int_at(&["port"]).unwrap_or_default()
                ));
            }
            count += addresses.len();
        }
    }
    match (list.is_empty(), more) {
        (true, _) => "<none>".to_owned(),
        (false, true) => format!("{} + {} more...", list.join(","), count - MOST),
        (false, false) => list.join(","),
    }
}

fn endpoint_slice(object: &Value<'_>, now: Timestamp) -> Row {
    let shorten = |list: Vec<String>, none: &str| match list.len() {
        0 => none.to_owned(),
        1..=3 => list.join(","),
        many => format!("{} + {} more...", list[..3].join(","), many - 3),
    };
    let ports = object
        .items_at(&["ports"])
        .iter()
        .map(|port| port.int_at(&["port"]).map_or_else(|| "*".to_owned(), |port| port.to_string()))
        .collect();
    let addresses = object
        .items_at(&["endpoints"])
        .iter()
        .flat_map(|endpoint| endpoint.items_at(&["addresses"]))
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    of(vec![
        cells::name(object),
        cells::text_or(object, &["addressType"], ""),
        cells::text(shorten(ports, "<unset>")),
        cells::text(shorten(addresses, "<unset>")),
        cells::age(object, now),
    ])
}

fn ingress(object: &Value<'_>, now: Timestamp) -> Row {
    let hosts: Vec<&str> = object
        .items_at(&["spec", "rules"])
        .iter()
        .map(|rule| rule.str_at(&["host"]))
        .filter(|host| !host.is_empty())
        .collect();
    let hosts = match hosts.len() {
        0 => "*".to_owned(),
        1..=3 => hosts.join(","),
        many => format!("{} + {} more...", hosts[..3].join(","), many - 3),
    };
    let addresses: Vec<&str> = object
        .items_at(&["status", "loadBalancer", "ingress"])
        .iter()
        .map(|point| match point.str_at(&["ip"]) {
            "" => point.str_at(&["hostname"]),
            ip => ip,
        })
        .collect();
    let ports = if object.items_at(&["spec", "tls"]).is_empty() {
        "80"
    } else {
        "80, 443"
    };
    of(vec![
        cells::name(object),
        cells::text_or(object, &["spec", "ingressClassName"], "<none>"),
        cells::text(hosts),
        cells::text(addresses.join(",")),
        cells::text(ports),
        cells::age(object, now),
    ])
}

fn ingress_class(object: &Value<'_>, now: Timestamp) -> Row {
    let mut name = crate::meta::name(object).to_owned();
    if crate::meta::annotation(object, "ingressclass.kubernetes.io/is-default-class") == Some("true") {
        name.push_str(" (default)");
    }
    let parameters = match object.at(&["spec", "parameters"]) {
        Some(parameters) if !parameters.is_null() => {
            let text = match parameters.str_at(&["apiGroup"]) {
                "" => parameters.str_at(&["kind"]).to_owned(),
                group => format!("{}.{group}", parameters.str_at(&["kind"])),
            };
            format!("{text}/{}", parameters.str_at(&["name"]))
        }
        _ => "<none>".to_owned(),
    };
    of(vec![
        cells::text(name),
        cells::text_or(object, &["spec", "controller"], ""),
        cells::text(parameters),
        cells::age(object, now),
    ])
}

fn ip_address(object: &Value<'_>, now: Timestamp) -> Row {
    let parent = object.at(&["spec", "parentRef"]).cloned().unwrap_or_default();
    let parts: Vec<&str> = ["group", "resource", "namespace", "name"]
        .iter()
        .map(|key| parent.str_at(&[key]))
        .filter(|part| !part.is_empty())
        .collect();
    of(vec![cells::name(object), cells::text(parts.join("/")), cells::age(object, now)])
}
