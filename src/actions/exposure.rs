//! What an object tells about the service that it could have: its pods' labels, its ports and their protocols.

use crate::api::{Map, OwnedValue, Value, object};

/// The labels of an object's pods, as `key=value`, separated by commas (kubectl's `MapBasedSelectorForObject`).
///
/// # Errors
/// kubectl's sentence for an object without such labels, or whose selector asks for more than labels.
pub fn selector_of(value: &OwnedValue) -> Result<String, String> {
    let kind = object::kind(value);
    let (labels, sentence) = match kind {
        "Pod" => (object::labels(value), "the pod has no labels and cannot be exposed"),
        "Service" => (fields(value, &["spec", "selector"]), "the service has no pod selector set"),
        "ReplicationController" => (
            fields(value, &["spec", "selector"]),
            "the replication controller has no pod selector set",
        ),
        _ => {
            let expressions = value.items_at(&["spec", "selector", "matchExpressions"]);
            let labels = fields(value, &["spec", "selector", "matchLabels"]);
            if labels.is_some() && !expressions.is_empty() {
                return Err(format!(
                    "couldn't convert expressions - \"{}\" to map-based selector format",
                    go_expressions(expressions)
                ));
            }
            let sentence = if kind == "ReplicaSet" {
                "invalid replicaset: no selectors, therefore cannot be exposed"
            } else {
                "invalid deployment: no selectors, therefore cannot be exposed"
            };
            (labels, sentence)
        }
    };
    match labels {
        Some(labels) => Ok(joined(labels)),
        None => Err(sentence.to_owned()),
    }
}

fn fields<'v>(value: &'v OwnedValue, path: &[&str]) -> Option<&'v Map<'static>> {
    value.at(path).and_then(Value::as_object).filter(|map| !map.is_empty())
}

fn joined(labels: &Map<'_>) -> String {
    let mut pairs: Vec<String> = labels
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    pairs.join(",")
}

/// Requirements as Go prints a list of structs with `%+v`.
fn go_expressions(expressions: &[OwnedValue]) -> String {
    let each: Vec<String> = expressions
        .iter()
        .map(|expression| {
            let values: Vec<&str> = expression.items_at(&["values"]).iter().filter_map(Value::as_str).collect();
            format!(
                "{{Key:{} Operator:{} Values:[{}]}}",
                expression.str_at(&["key"]),
                expression.str_at(&["operator"]),
                values.join(" ")
            )
        })
        .collect();
    format!("[{}]", each.join(" "))
}

/// The ports of an object and their protocols.
fn ports(value: &OwnedValue) -> Vec<(String, String)> {
    let (list, field): (Vec<&OwnedValue>, &str) = match object::kind(value) {
        "Service" => (value.items_at(&["spec", "ports"]).iter().collect(), "port"),
        kind => {
            let path: &[&str] = if kind == "Pod" {
                &["spec", "containers"]
            } else {
                &["spec", "template", "spec", "containers"]
            };
            let containers = value.items_at(path).iter();
            (
                containers.flat_map(|container| container.items_at(&["ports"])).collect(),
                "containerPort",
            )
        }
    };
    list.into_iter()
        .map(|port| {
            let protocol = match port.str_at(&["protocol"]) {
                "" => "TCP",
                protocol => protocol,
            };
            (port.int_at(&[field]).unwrap_or_default().to_string(), protocol.to_owned())
        })
        .collect()
}

/// The ports of an object, each once.
pub fn port_list(value: &OwnedValue) -> Vec<String> {
    let mut list: Vec<String> = Vec::new();
    for (port, _) in ports(value) {
        if !list.contains(&port) {
            list.push(port);
        }
    }
    list
}

/// The protocols of each port.
pub fn protocol_map(value: &OwnedValue) -> Vec<(String, Vec<String>)> {
    let mut map: Vec<(String, Vec<String>)> = Vec::new();
    for (port, protocol) in ports(value) {
        match map.iter_mut().find(|(known, _)| *known == port) {
            Some((_, protocols)) => protocols.push(protocol),
            None => map.push((port, vec![protocol])),
        }
    }
    map
}
