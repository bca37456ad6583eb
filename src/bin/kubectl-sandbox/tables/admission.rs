//! The tables of what extends, guards and paces the API, and of claimed devices.

use jiff::Timestamp;
use kubectl_rs::api::{
    OwnedValue, Value,
    quantity::{Format, Quantity},
};

use super::{Row, Table, cells, number, text};

/// The table of a resource, if it is one of these.
pub fn table(key: (&str, &str)) -> Option<Table> {
    Some(match key {
        ("apiregistration.k8s.io", "apiservices") => Table {
            columns: const { &[text("Name"), text("Service"), text("Available"), text("Age")] },
            row: api_service,
        },
        ("apiextensions.k8s.io", "customresourcedefinitions") => Table {
            columns: const {
                &[
                    text("Name"),
                    super::Column {
                        name: "Created At",
                        kind: "date",
                        priority: 0,
                    },
                ]
            },
            row: |object, _| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["metadata", "creationTimestamp"], ""),
                ])
            },
        },
        ("admissionregistration.k8s.io", "validatingwebhookconfigurations" | "mutatingwebhookconfigurations") => Table {
            columns: const { &[text("Name"), number("Webhooks"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    Value::Int(object.items_at(&["webhooks"]).len() as i64),
                    cells::age(object, now),
                ])
            },
        },
        ("admissionregistration.k8s.io", "validatingadmissionpolicies") => Table {
            columns: const { &[text("Name"), number("Validations"), text("ParamKind"), text("Age")] },
            row: |object, now| policy(object, "validations", now),
        },
        ("admissionregistration.k8s.io", "mutatingadmissionpolicies") => Table {
            columns: const { &[text("Name"), number("Mutations"), text("ParamKind"), text("Age")] },
            row: |object, now| policy(object, "mutations", now),
        },
        ("admissionregistration.k8s.io", "validatingadmissionpolicybindings" | "mutatingadmissionpolicybindings") => Table {
            columns: const { &[text("Name"), text("PolicyName"), text("ParamRef"), text("Age")] },
            row: policy_binding,
        },
        ("flowcontrol.apiserver.k8s.io", "flowschemas") => Table {
            columns: const {
                &[
                    text("Name"),
                    text("PriorityLevel"),
                    text("MatchingPrecedence"),
                    text("DistinguisherMethod"),
                    text("Age"),
                    text("MissingPL"),
                ]
            },
            row: flow_schema,
        },
        ("flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations") => Table {
            columns: const {
                &[
                    text("Name"),
                    text("Type"),
                    text("NominalConcurrencyShares"),
                    text("Queues"),
                    text("HandSize"),
                    text("QueueLengthLimit"),
                    text("Age"),
                ]
            },
            row: priority_level,
        },
        ("resource.k8s.io", "deviceclasses" | "resourceclaimtemplates") => Table {
            columns: const { &[text("Name"), text("Age")] },
            row: |object, now| of(vec![cells::name(object), cells::age(object, now)]),
        },
        ("resource.k8s.io", "resourceclaims") => Table {
            columns: const { &[text("Name"), text("State"), text("Age")] },
            row: claim,
        },
        ("resource.k8s.io", "resourceslices") => Table {
            columns: const { &[text("Name"), text("Node"), text("Driver"), text("Pool"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["spec", "nodeName"], ""),
                    cells::text_or(object, &["spec", "driver"], ""),
                    cells::text_or(object, &["spec", "pool", "name"], ""),
                    cells::age(object, now),
                ])
            },
        },
        ("metrics.k8s.io", "nodes" | "pods") => Table {
            columns: const { &[text("Name"), text("cpu"), text("memory"), text("window")] },
            row: usage,
        },
        ("authentication.k8s.io", "selfsubjectreviews") => Table {
            columns: const { &[text("Username")] },
            row: |object, _| of(vec![cells::text_or(object, &["status", "userInfo", "username"], "")]),
        },
        ("autoscaling", "scales") => Table {
            columns: const { &[text("Name"), number("Desired"), number("Available"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::count(object, &["spec", "replicas"]),
                    cells::count(object, &["status", "replicas"]),
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

fn api_service(object: &Value<'_>, now: Timestamp) -> Row {
    let service = match object.str_at(&["spec", "service", "name"]) {
        "" => "Local".to_owned(),
        name => format!("{}/{name}", object.str_at(&["spec", "service", "namespace"])),
    };
    let available = object
        .items_at(&["status", "conditions"])
        .iter()
        .find(|condition| condition.str_at(&["type"]) == "Available")
        .map_or_else(
            || "Unknown".to_owned(),
            |condition| match condition.str_at(&["status"]) {
                "True" => "True".to_owned(),
                status => format!("{status} ({})", condition.str_at(&["reason"])),
            },
        );
    of(vec![
        cells::name(object),
        cells::text(service),
        cells::text(available),
        cells::age(object, now),
    ])
}

fn policy(object: &Value<'_>, list: &str, now: Timestamp) -> Row {
    let parameters = match object.at(&["spec", "paramKind"]) {
        Some(kind) if !kind.is_null() => format!("{}/{}", kind.str_at(&["apiVersion"]), kind.str_at(&["kind"])),
        _ => "<unset>".to_owned(),
    };
    of(vec![
        cells::name(object),
        Value::Int(object.items_at(&["spec", list]).len() as i64),
        cells::text(parameters),
        cells::age(object, now),
    ])
}

fn policy_binding(object: &Value<'_>, now: Timestamp) -> Row {
    let parameters = match object.at(&["spec", "paramRef"]) {
        Some(reference) if !reference.is_null() => match (reference.str_at(&["namespace"]), reference.str_at(&["name"])) {
            (_, "") => "<selector>".to_owned(),
            ("", name) => format!("*/{name}"),
            (namespace, name) => format!("{namespace}/{name}"),
        },
        _ => "<unset>".to_owned(),
    };
    of(vec![
        cells::name(object),
        cells::text_or(object, &["spec", "policyName"], ""),
        cells::text(parameters),
        cells::age(object, now),
    ])
}

fn flow_schema(object: &Value<'_>, now: Timestamp) -> Row {
    let dangling = object
        .items_at(&["status", "conditions"])
        .iter()
        .find(|condition| condition.str_at(&["type"]) == "Dangling")
        .map_or("?", |condition| condition.str_at(&["status"]));
    of(vec![
        cells::name(object),
        cells::text_or(object, &["spec", "priorityLevelConfiguration", "name"], ""),
        cells::count(object, &["spec", "matchingPrecedence"]),
        cells::text_or(object, &["spec", "distinguisherMethod", "type"], "<none>"),
        cells::age(object, now),
        cells::text(dangling),
    ])
}

fn priority_level(object: &Value<'_>, now: Timestamp) -> Row {
    const QUEUING: [&str; 4] = ["spec", "limited", "limitResponse", "queuing"];
    let or_none = |path: &[&str]| match object.int_at(path) {
        Some(number) => Value::Int(number),
        None => cells::text("<none>"),
    };
    let of_queue = |key: &str| or_none(&[&QUEUING[..], &[key]].concat());
    let shares = if object.at(&["spec", "exempt"]).is_some() {
        "exempt"
    } else {
        "limited"
    };
    of(vec![
        cells::name(object),
        cells::text_or(object, &["spec", "type"], ""),
        or_none(&["spec", shares, "nominalConcurrencyShares"]),
        of_queue("queues"),
        of_queue("handSize"),
        of_queue("queueLengthLimit"),
        cells::age(object, now),
    ])
}

fn claim(object: &Value<'_>, now: Timestamp) -> Row {
    let mut states: Vec<&str> = Vec::new();
    if crate::meta::is_deleting(object) {
        states.push("deleted");
    }
    match object.at(&["status", "allocation"]) {
        Some(allocation) if !allocation.is_null() => {
            states.push("allocated");
            if !object.items_at(&["status", "reservedFor"]).is_empty() {
                states.push("reserved");
            }
        }
        _ if states.is_empty() => states.push("pending"),
        _ => {}
    }
    of(vec![cells::name(object), cells::text(states.join(",")), cells::age(object, now)])
}

fn usage(object: &Value<'_>, _: Timestamp) -> Row {
    let total = |resource: &str| -> OwnedValue {
        match object.at(&["usage", resource]) {
            Some(usage) => usage.clone().into_owned(),
            None => {
                let mut sum = Quantity::units(0, Format::Decimal);
                for container in object.items_at(&["containers"]) {
                    if let Ok(usage) = Quantity::parse(container.str_at(&["usage", resource])) {
                        sum.add(&usage);
                    }
                }
                cells::text(sum.to_string())
            }
        }
    };
    of(vec![
        cells::name(object),
        total("cpu"),
        total("memory"),
        cells::text_or(object, &["window"], ""),
    ])
}
