//! The tables of the cluster itself: nodes, namespaces, events.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value, time};

use super::{Column, Row, Table, cells, text, wide};
use crate::meta;

/// The table of a resource, if it is one of these.
pub fn table(key: (&str, &str)) -> Option<Table> {
    Some(match key {
        ("", "nodes") => Table { columns: NODE, row: node },
        ("", "namespaces") => Table {
            columns: const { &[text("Name"), text("Status"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["status", "phase"], ""),
                    cells::age(object, now),
                ])
            },
        },
        ("", "events") => Table {
            columns: EVENT,
            row: event,
        },
        ("", "componentstatuses") => Table {
            columns: const { &[text("Name"), text("Status"), text("Message"), text("Error")] },
            row: component,
        },
        ("node.k8s.io", "runtimeclasses") => Table {
            columns: const { &[text("Name"), text("Handler"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["handler"], ""),
                    cells::age(object, now),
                ])
            },
        },
        ("certificates.k8s.io", "certificatesigningrequests") => Table {
            columns: REQUEST,
            row: signing_request,
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

const NODE: &[Column] = &[
    text("Name"),
    text("Status"),
    text("Roles"),
    text("Age"),
    text("Version"),
    wide("Internal-IP"),
    wide("External-IP"),
    wide("OS-Image"),
    wide("Kernel-Version"),
    wide("Container-Runtime"),
];

fn node(object: &Value<'_>, now: Timestamp) -> Row {
    let ready = object
        .items_at(&["status", "conditions"])
        .iter()
        .find(|condition| condition.str_at(&["type"]) == "Ready");
    let mut status = match ready {
        Some(condition) if condition.str_at(&["status"]) == "True" => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }
    .to_owned();
    if object.at(&["spec", "unschedulable"]).and_then(Value::as_bool) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    let mut roles: Vec<&str> = Vec::new();
    if let Some(labels) = object.at(&["metadata", "labels"]).and_then(Value::as_object) {
        for (key, value) in labels.iter() {
            match (key.strip_prefix("node-role.kubernetes.io/"), key) {
                (Some(role), _) if !role.is_empty() => roles.push(role),
                (_, "kubernetes.io/role") => roles.extend(value.as_str().filter(|role| !role.is_empty())),
                _ => {}
            }
        }
    }
    roles.sort_unstable();
    roles.dedup();
    let address = |kind: &str| {
        object
            .items_at(&["status", "addresses"])
            .iter()
            .find(|address| address.str_at(&["type"]) == kind)
            .map_or("<none>", |address| address.str_at(&["address"]))
    };
    let info = |key: &str| match object.str_at(&["status", "nodeInfo", key]) {
        "" => "<unknown>",
        known => known,
    };
    let kernel = match (info("kernelVersion"), object.str_at(&["status", "nodeInfo", "architecture"])) {
        ("<unknown>", _) => "<unknown>".to_owned(),
        (kernel, "") => kernel.to_owned(),
        (kernel, architecture) => format!("{kernel} ({architecture})"),
    };
    of(vec![
        cells::name(object),
        cells::text(status),
        cells::text(if roles.is_empty() { "<none>".to_owned() } else { roles.join(",") }),
        cells::age(object, now),
        cells::text_or(object, &["status", "nodeInfo", "kubeletVersion"], ""),
        cells::text(address("InternalIP")),
        cells::text(address("ExternalIP")),
        cells::text(info("osImage")),
        cells::text(kernel),
        cells::text(info("containerRuntimeVersion")),
    ])
}

const EVENT: &[Column] = &[
    text("Last Seen"),
    text("Type"),
    text("Reason"),
    text("Object"),
    wide("Subobject"),
    wide("Source"),
    text("Message"),
    wide("First Seen"),
    wide("Count"),
    wide("Name"),
];

fn event(object: &Value<'_>, now: Timestamp) -> Row {
    let micro = meta::time_at(object, &["eventTime"]);
    let first = meta::time_at(object, &["firstTimestamp"]).or(micro);
    let series = object.get("series").filter(|series| !series.is_null());
    let last = match series {
        Some(series) => meta::time_at(series, &["lastObservedTime"]),
        None => meta::time_at(object, &["lastTimestamp"]).or(micro),
    };
    let count = match series {
        Some(series) => series.int_at(&["count"]),
        None => object.int_at(&["count"]).filter(|count| *count > 0),
    };
    let involved = object.get("involvedObject").cloned().unwrap_or_default();
    let (component, instance) = match object.str_at(&["source", "component"]) {
        "" => (object.str_at(&["reportingComponent"]), object.str_at(&["reportingInstance"])),
        component => (component, object.str_at(&["source", "host"])),
    };
    let source = match instance {
        "" => component.to_owned(),
        instance => format!("{component}, {instance}"),
    };
    let subject = match involved.str_at(&["name"]) {
        "" => involved.str_at(&["kind"]).to_lowercase(),
        name => format!("{}/{name}", involved.str_at(&["kind"]).to_lowercase()),
    };
    of(vec![
        cells::text(meta::age(last, now)),
        cells::text_or(object, &["type"], ""),
        cells::text_or(object, &["reason"], ""),
        cells::text(subject),
        cells::text_or(&involved, &["fieldPath"], ""),
        cells::text(source),
        cells::text(object.str_at(&["message"]).trim()),
        cells::text(meta::age(first, now)),
        Value::Int(count.unwrap_or(1)),
        cells::name(object),
    ])
}

fn component(object: &Value<'_>, _: Timestamp) -> Row {
    let condition = object
        .items_at(&["conditions"])
        .iter()
        .find(|condition| condition.str_at(&["type"]) == "Healthy")
        .cloned()
        .unwrap_or_default();
    let status = match condition.str_at(&["status"]) {
        "True" => "Healthy",
        "False" => "Unhealthy",
        _ => "Unknown",
    };
    of(vec![
        cells::name(object),
        cells::text(status),
        cells::text_or(&condition, &["message"], ""),
        cells::text_or(&condition, &["error"], ""),
    ])
}

const REQUEST: &[Column] = &[
    text("Name"),
    text("Age"),
    text("SignerName"),
    text("Requestor"),
    text("RequestedDuration"),
    text("Condition"),
];

fn signing_request(object: &Value<'_>, now: Timestamp) -> Row {
    let mut words: Vec<&str> = Vec::new();
    let has = |kind: &str| {
        object
            .items_at(&["status", "conditions"])
            .iter()
            .any(|condition| condition.str_at(&["type"]) == kind)
    };
    match (has("Denied"), has("Approved")) {
        (true, _) => words.push("Denied"),
        (false, true) => words.push("Approved"),
        (false, false) => words.push("Pending"),
    }
    if has("Failed") {
        words.push("Failed");
    }
    if !object.str_at(&["status", "certificate"]).is_empty() {
        words.push("Issued");
    }
    let duration = match object.int_at(&["spec", "expirationSeconds"]) {
        Some(seconds) => time::human(jiff::SignedDuration::from_secs(seconds)),
        None => "<none>".to_owned(),
    };
    of(vec![
        cells::name(object),
        cells::age(object, now),
        cells::text_or(object, &["spec", "signerName"], "<none>"),
        cells::text_or(object, &["spec", "username"], ""),
        cells::text(duration),
        cells::text(words.join(",")),
    ])
}
