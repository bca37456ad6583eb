//! The tables of volumes and what provides them.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{Column, Row, Table, cells, number, text, truth, wide};
use crate::meta;

/// The table of a resource, if it is one of these.
pub fn table(key: (&str, &str)) -> Option<Table> {
    Some(match key {
        ("", "persistentvolumes") => Table {
            columns: VOLUME,
            row: volume,
        },
        ("", "persistentvolumeclaims") => Table {
            columns: CLAIM,
            row: claim,
        },
        ("storage.k8s.io", "storageclasses") => Table {
            columns: CLASS,
            row: class,
        },
        ("storage.k8s.io", "volumeattachments") => Table {
            columns: const {
                &[
                    text("Name"),
                    text("Attacher"),
                    text("PV"),
                    text("Node"),
                    truth("Attached"),
                    text("Age"),
                ]
            },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["spec", "attacher"], ""),
                    cells::text_or(object, &["spec", "source", "persistentVolumeName"], ""),
                    cells::text_or(object, &["spec", "nodeName"], ""),
                    Value::Bool(object.at(&["status", "attached"]).and_then(Value::as_bool) == Some(true)),
                    cells::age(object, now),
                ])
            },
        },
        ("storage.k8s.io", "csinodes") => Table {
            columns: const { &[text("Name"), number("Drivers"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    Value::Int(object.items_at(&["spec", "drivers"]).len() as i64),
                    cells::age(object, now),
                ])
            },
        },
        ("storage.k8s.io", "csidrivers") => Table {
            columns: DRIVER,
            row: driver,
        },
        ("storage.k8s.io", "csistoragecapacities") => Table {
            columns: const { &[text("Name"), text("StorageClassName"), text("Capacity")] },
            row: |object, _| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["storageClassName"], ""),
                    cells::text_or(object, &["capacity"], ""),
                ])
            },
        },
        ("storage.k8s.io", "volumeattributesclasses") => Table {
            columns: const { &[text("Name"), text("DriverName"), text("Age")] },
            row: |object, now| {
                of(vec![
                    default_marked(object, "storageclass.kubernetes.io/is-default-class"),
                    cells::text_or(object, &["driverName"], ""),
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

/// Access modes in short, each once.
fn modes(object: &Value<'_>, path: &[&str]) -> String {
    let given: Vec<&str> = object.items_at(path).iter().filter_map(Value::as_str).collect();
    let known = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let short: Vec<&str> = known
        .iter()
        .filter(|(long, _)| given.contains(long))
        .map(|(_, short)| *short)
        .collect();
    short.join(",")
}

fn default_marked(object: &Value<'_>, annotation: &str) -> OwnedValue {
    let marked = [annotation, "storageclass.beta.kubernetes.io/is-default-class"]
        .iter()
        .any(|key| meta::annotation(object, key) == Some("true"));
    let mark = if marked { " (default)" } else { "" };
    cells::text(format!("{}{mark}", meta::name(object)))
}

/// The text of a field that may be missing: `<unset>` then.
fn or_unset(object: &Value<'_>, path: &[&str]) -> OwnedValue {
    match object.at(path).and_then(Value::as_str) {
        Some(found) => cells::text(found),
        None => cells::text("<unset>"),
    }
}

const VOLUME: &[Column] = &[
    text("Name"),
    text("Capacity"),
    text("Access Modes"),
    text("Reclaim Policy"),
    text("Status"),
    text("Claim"),
    text("StorageClass"),
    text("VolumeAttributesClass"),
    text("Reason"),
    text("Age"),
    wide("VolumeMode"),
];

fn volume(object: &Value<'_>, now: Timestamp) -> Row {
    let claim = match object.at(&["spec", "claimRef"]) {
        Some(claim) if !claim.is_null() => format!("{}/{}", claim.str_at(&["namespace"]), claim.str_at(&["name"])),
        _ => String::new(),
    };
    let phase = if meta::is_deleting(object) {
        "Terminating"
    } else {
        object.str_at(&["status", "phase"])
    };
    of(vec![
        cells::name(object),
        cells::text_or(object, &["spec", "capacity", "storage"], ""),
        cells::text(modes(object, &["spec", "accessModes"])),
        cells::text_or(object, &["spec", "persistentVolumeReclaimPolicy"], ""),
        cells::text(phase),
        cells::text(claim),
        cells::text_or(object, &["spec", "storageClassName"], ""),
        or_unset(object, &["spec", "volumeAttributesClassName"]),
        cells::text_or(object, &["status", "reason"], ""),
        cells::age(object, now),
        or_unset(object, &["spec", "volumeMode"]),
    ])
}

const CLAIM: &[Column] = &[
    text("Name"),
    text("Status"),
    text("Volume"),
    text("Capacity"),
    text("Access Modes"),
    text("StorageClass"),
    text("VolumeAttributesClass"),
    text("Age"),
    wide("VolumeMode"),
];

fn claim(object: &Value<'_>, now: Timestamp) -> Row {
    let phase = if meta::is_deleting(object) {
        "Terminating"
    } else {
        object.str_at(&["status", "phase"])
    };
    let bound = !object.str_at(&["spec", "volumeName"]).is_empty();
    of(vec![
        cells::name(object),
        cells::text(phase),
        cells::text_or(object, &["spec", "volumeName"], ""),
        cells::text(if bound {
            object.str_at(&["status", "capacity", "storage"])
        } else {
            ""
        }),
        cells::text(if bound {
            modes(object, &["status", "accessModes"])
        } else {
            String::new()
        }),
        cells::text_or(object, &["spec", "storageClassName"], ""),
        or_unset(object, &["spec", "volumeAttributesClassName"]),
        cells::age(object, now),
        or_unset(object, &["spec", "volumeMode"]),
    ])
}

const CLASS: &[Column] = &[
    text("Name"),
    text("Provisioner"),
    text("ReclaimPolicy"),
    text("VolumeBindingMode"),
    text("AllowVolumeExpansion"),
    text("Age"),
];

fn class(object: &Value<'_>, now: Timestamp) -> Row {
    of(vec![
        default_marked(object, "storageclass.kubernetes.io/is-default-class"),
        cells::text_or(object, &["provisioner"], ""),
        cells::text_or(object, &["reclaimPolicy"], "Delete"),
        cells::text_or(object, &["volumeBindingMode"], "Immediate"),
        Value::Bool(object.get("allowVolumeExpansion").and_then(Value::as_bool) == Some(true)),
        cells::age(object, now),
    ])
}

const DRIVER: &[Column] = &[
    text("Name"),
    truth("AttachRequired"),
    truth("PodInfoOnMount"),
    truth("StorageCapacity"),
    text("TokenRequests"),
    truth("RequiresRepublish"),
    text("Modes"),
    text("Age"),
];

fn driver(object: &Value<'_>, now: Timestamp) -> Row {
    let truth_or = |key: &str, otherwise: bool| Value::Bool(object.at(&["spec", key]).and_then(Value::as_bool).unwrap_or(otherwise));
    let modes = match cells::joined(object, &["spec", "volumeLifecycleModes"]) {
        modes if modes.is_empty() => "Persistent".to_owned(),
        modes => modes,
    };
    let tokens = match cells::joined_fields(object, &["spec", "tokenRequests"], "audience") {
        tokens if tokens.is_empty() => "<unset>".to_owned(),
        tokens => tokens,
    };
    of(vec![
        cells::name(object),
        truth_or("attachRequired", true),
        truth_or("podInfoOnMount", false),
        truth_or("storageCapacity", false),
        cells::text(tokens),
        truth_or("requiresRepublish", false),
        cells::text(modes),
        cells::age(object, now),
    ])
}
