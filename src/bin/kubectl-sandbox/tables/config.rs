//! The tables of configuration, accounts and roles.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{Column, Row, Table, cells, number, text, wide};
use crate::meta;

/// The table of a resource, if it is one of these.
pub fn table(key: (&str, &str)) -> Option<Table> {
    Some(match key {
        ("", "configmaps") => Table {
            columns: const { &[text("Name"), text("Data"), text("Age")] },
            row: |object, now| {
                let count = fields(object, "data") + fields(object, "binaryData");
                of(vec![cells::name(object), Value::Int(count), cells::age(object, now)])
            },
        },
        ("", "secrets") => Table {
            columns: const { &[text("Name"), text("Type"), text("Data"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["type"], ""),
                    Value::Int(fields(object, "data")),
                    cells::age(object, now),
                ])
            },
        },
        ("", "serviceaccounts") => Table {
            columns: const { &[text("Name"), text("Secrets"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    Value::Int(object.items_at(&["secrets"]).len() as i64),
                    cells::age(object, now),
                ])
            },
        },
        ("", "resourcequotas") => Table {
            columns: const { &[text("Name"), text("Request"), text("Limit"), text("Age")] },
            row: quota,
        },
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => Table {
            columns: BINDING,
            row: binding,
        },
        ("coordination.k8s.io", "leases") => Table {
            columns: const { &[text("Name"), text("Holder"), text("Age")] },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::text_or(object, &["spec", "holderIdentity"], ""),
                    cells::age(object, now),
                ])
            },
        },
        ("scheduling.k8s.io", "priorityclasses") => Table {
            columns: const {
                &[
                    text("Name"),
                    number("Value"),
                    super::truth("Global-Default"),
                    text("Age"),
                    text("PreemptionPolicy"),
                ]
            },
            row: |object, now| {
                of(vec![
                    cells::name(object),
                    cells::count(object, &["value"]),
                    Value::Bool(object.get("globalDefault").and_then(Value::as_bool) == Some(true)),
                    cells::age(object, now),
                    cells::text_or(object, &["preemptionPolicy"], "PreemptLowerPriority"),
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

fn fields(object: &Value<'_>, key: &str) -> i64 {
    object.get(key).and_then(Value::as_object).map_or(0, |map| map.len() as i64)
}

const BINDING: &[Column] = &[
    text("Name"),
    text("Role"),
    text("Age"),
    wide("Users"),
    wide("Groups"),
    wide("ServiceAccounts"),
];

fn binding(object: &Value<'_>, now: Timestamp) -> Row {
    let subjects = |kind: &str| {
        let names: Vec<String> = object
            .items_at(&["subjects"])
            .iter()
            .filter(|subject| subject.str_at(&["kind"]) == kind)
            .map(|subject| match kind {
                "ServiceAccount" => format!("{}/{}", subject.str_at(&["namespace"]), subject.str_at(&["name"])),
                _ => subject.str_at(&["name"]).to_owned(),
            })
            .collect();
        names.join(", ")
    };
    of(vec![
        cells::name(object),
        cells::text(format!(
            "{}/{}",
            object.str_at(&["roleRef", "kind"]),
            object.str_at(&["roleRef", "name"])
        )),
        cells::age(object, now),
        cells::text(subjects("User")),
        cells::text(subjects("Group")),
        cells::text(subjects("ServiceAccount")),
    ])
}

fn quota(object: &Value<'_>, now: Timestamp) -> Row {
    let (mut requests, mut limits) = (Vec::new(), Vec::new());
    if let Some(hard) = object.at(&["status", "hard"]).and_then(Value::as_object) {
        for (resource, hard) in hard.iter() {
            let used = match object.str_at(&["status", "used", resource]) {
                "" => "0",
                used => used,
            };
            let line = format!("{resource}: {used}/{}", hard.as_str().unwrap_or_default());
            if resource.starts_with("limits.") {
                limits.push(line);
            } else {
                requests.push(line);
            }
        }
    }
    of(vec![
        cells::text(meta::name(object)),
        cells::text(requests.join(", ")),
        cells::text(limits.join(", ")),
        cells::age(object, now),
    ])
}
