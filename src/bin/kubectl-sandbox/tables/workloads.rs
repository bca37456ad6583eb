//! The tables of what makes pods.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value, time};

use super::{Column, Row, Table, cells, number, text, truth, wide};
use crate::meta;

const TEMPLATE: &[&str] = &["spec", "template"];

/// The table of a resource, if it is one of these.
pub fn table(key: (&str, &str)) -> Option<Table> {
    Some(match key {
        ("apps", "deployments") => Table {
            columns: DEPLOYMENT,
            row: deployment,
        },
        ("apps", "replicasets") | ("", "replicationcontrollers") => Table {
            columns: REPLICA_SET,
            row: replica_set,
        },
        ("apps", "statefulsets") => Table {
            columns: STATEFUL_SET,
            row: stateful_set,
        },
        ("apps", "daemonsets") => Table {
            columns: DAEMON_SET,
            row: daemon_set,
        },
        ("batch", "jobs") => Table { columns: JOB, row: job },
        ("batch", "cronjobs") => Table {
            columns: CRON_JOB,
            row: cron_job,
        },
        ("apps", "controllerrevisions") => Table {
            columns: const { &[text("Name"), text("Controller"), text("Revision"), text("Age")] },
            row: controller_revision,
        },
        ("autoscaling", "horizontalpodautoscalers") => Table {
            columns: AUTOSCALER,
            row: autoscaler,
        },
        ("", "podtemplates") => Table {
            columns: const { &[text("Name"), text("Containers"), text("Images"), text("Pod Labels")] },
            row: |object, _| {
                of(vec![
                    cells::name(object),
                    cells::containers(object, &["template"]),
                    cells::images(object, &["template"]),
                    cells::text(cells::labels(object.at(&["template", "metadata", "labels"]))),
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

const DEPLOYMENT: &[Column] = &[
    text("Name"),
    text("Ready"),
    text("Up-to-date"),
    text("Available"),
    text("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

fn deployment(object: &Value<'_>, now: Timestamp) -> Row {
    let desired = object.int_at(&["spec", "replicas"]).unwrap_or_default();
    let ready = object.int_at(&["status", "readyReplicas"]).unwrap_or_default();
    of(vec![
        cells::name(object),
        cells::text(format!("{ready}/{desired}")),
        cells::count(object, &["status", "updatedReplicas"]),
        cells::count(object, &["status", "availableReplicas"]),
        cells::age(object, now),
        cells::containers(object, TEMPLATE),
        cells::images(object, TEMPLATE),
        cells::text(cells::label_selector(object.at(&["spec", "selector"]))),
    ])
}

const REPLICA_SET: &[Column] = &[
    text("Name"),
    number("Desired"),
    number("Current"),
    number("Ready"),
    text("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

fn replica_set(object: &Value<'_>, now: Timestamp) -> Row {
    let selector = match object.str_at(&["kind"]) {
        "ReplicationController" => cells::labels(object.at(&["spec", "selector"])),
        _ => cells::label_selector(object.at(&["spec", "selector"])),
    };
    of(vec![
        cells::name(object),
        cells::count(object, &["spec", "replicas"]),
        cells::count(object, &["status", "replicas"]),
        cells::count(object, &["status", "readyReplicas"]),
        cells::age(object, now),
        cells::containers(object, TEMPLATE),
        cells::images(object, TEMPLATE),
        cells::text(selector),
    ])
}

const STATEFUL_SET: &[Column] = &[text("Name"), text("Ready"), text("Age"), wide("Containers"), wide("Images")];

fn stateful_set(object: &Value<'_>, now: Timestamp) -> Row {
    let desired = object.int_at(&["spec", "replicas"]).unwrap_or_default();
    let ready = object.int_at(&["status", "readyReplicas"]).unwrap_or_default();
    of(vec![
        cells::name(object),
        cells::text(format!("{ready}/{desired}")),
        cells::age(object, now),
        cells::containers(object, TEMPLATE),
        cells::images(object, TEMPLATE),
    ])
}

const DAEMON_SET: &[Column] = &[
    text("Name"),
    number("Desired"),
    number("Current"),
    number("Ready"),
    number("Up-to-date"),
    number("Available"),
    text("Node Selector"),
    text("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

fn daemon_set(object: &Value<'_>, now: Timestamp) -> Row {
    of(vec![
        cells::name(object),
        cells::count(object, &["status", "desiredNumberScheduled"]),
        cells::count(object, &["status", "currentNumberScheduled"]),
        cells::count(object, &["status", "numberReady"]),
        cells::count(object, &["status", "updatedNumberScheduled"]),
        cells::count(object, &["status", "numberAvailable"]),
        cells::text(cells::labels(object.at(&["spec", "template", "spec", "nodeSelector"]))),
        cells::age(object, now),
        cells::containers(object, TEMPLATE),
        cells::images(object, TEMPLATE),
        cells::text(cells::label_selector(object.at(&["spec", "selector"]))),
    ])
}

const JOB: &[Column] = &[
    text("Name"),
    text("Status"),
    text("Completions"),
    text("Duration"),
    text("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

fn job(object: &Value<'_>, now: Timestamp) -> Row {
    let succeeded = object.int_at(&["status", "succeeded"]).unwrap_or_default();
    let parallelism = object.int_at(&["spec", "parallelism"]);
    let completions = match object.int_at(&["spec", "completions"]) {
        Some(wanted) => format!("{succeeded}/{wanted}"),
        None => match parallelism {
            Some(parallelism) if parallelism > 1 => format!("{succeeded}/1 of {parallelism}"),
            _ => format!("{succeeded}/1"),
        },
    };
    let condition = |kind: &str| {
        object
            .items_at(&["status", "conditions"])
            .iter()
            .any(|c| c.str_at(&["type"]) == kind && c.str_at(&["status"]) == "True")
    };
    let status = if condition("Complete") {
        "Complete"
    } else if condition("Failed") {
        "Failed"
    } else if meta::is_deleting(object) {
        "Terminating"
    } else if condition("Suspended") {
        "Suspended"
    } else if condition("FailureTarget") {
        "FailureTarget"
    } else if condition("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    };
    let failed_at = object
        .items_at(&["status", "conditions"])
        .iter()
        .find(|c| c.str_at(&["type"]) == "Failed" && c.str_at(&["status"]) == "True")
        .and_then(|c| meta::time_at(c, &["lastTransitionTime"]));
    let duration = match meta::time_at(object, &["status", "startTime"]) {
        None => String::new(),
        Some(start) => {
            let end = meta::time_at(object, &["status", "completionTime"]).or(failed_at).unwrap_or(now);
            time::human(end.duration_since(start))
        }
    };
    of(vec![
        cells::name(object),
        cells::text(status),
        cells::text(completions),
        cells::text(duration),
        cells::age(object, now),
        cells::containers(object, TEMPLATE),
        cells::images(object, TEMPLATE),
        cells::text(cells::label_selector(object.at(&["spec", "selector"]))),
    ])
}

const CRON_JOB: &[Column] = &[
    text("Name"),
    text("Schedule"),
    text("Timezone"),
    truth("Suspend"),
    number("Active"),
    text("Last Schedule"),
    text("Age"),
    wide("Containers"),
    wide("Images"),
    wide("Selector"),
];

fn cron_job(object: &Value<'_>, now: Timestamp) -> Row {
    const JOB_TEMPLATE: &[&str] = &["spec", "jobTemplate", "spec", "template"];
    let last = match meta::time_at(object, &["status", "lastScheduleTime"]) {
        Some(at) => meta::age(Some(at), now),
        None => "<none>".to_owned(),
    };
    of(vec![
        cells::name(object),
        cells::text_or(object, &["spec", "schedule"], ""),
        cells::text_or(object, &["spec", "timeZone"], "<none>"),
        cells::capital_truth(object.at(&["spec", "suspend"])),
        Value::Int(object.items_at(&["status", "active"]).len() as i64),
        cells::text(last),
        cells::age(object, now),
        cells::containers(object, JOB_TEMPLATE),
        cells::images(object, JOB_TEMPLATE),
        cells::text(cells::label_selector(object.at(&["spec", "jobTemplate", "spec", "selector"]))),
    ])
}

fn controller_revision(object: &Value<'_>, now: Timestamp) -> Row {
    let controller = match meta::controller(object) {
        Some(owner) => {
            let group = owner.str_at(&["apiVersion"]).split_once('/').map_or("", |(group, _)| group);
            let kind = owner.str_at(&["kind"]).to_lowercase();
            let dot = if group.is_empty() { "" } else { "." };
            format!("{kind}{dot}{group}/{}", owner.str_at(&["name"]))
        }
        None => "<none>".to_owned(),
    };
    of(vec![
        cells::name(object),
        cells::text(controller),
        cells::count(object, &["revision"]),
        cells::age(object, now),
    ])
}

const AUTOSCALER: &[Column] = &[
    text("Name"),
    text("Reference"),
    text("Targets"),
    text("MinPods"),
    text("MaxPods"),
    text("Replicas"),
    text("Age"),
];

fn autoscaler(object: &Value<'_>, now: Timestamp) -> Row {
    let target = object.at(&["spec", "scaleTargetRef"]).cloned().unwrap_or_default();
    let min = match object.int_at(&["spec", "minReplicas"]) {
        Some(min) => min.to_string(),
        None => "<unset>".to_owned(),
    };
    of(vec![
        cells::name(object),
        cells::text(format!("{}/{}", target.str_at(&["kind"]), target.str_at(&["name"]))),
        cells::text(metrics(object)),
        cells::text(min),
        cells::count(object, &["spec", "maxReplicas"]),
        cells::count(object, &["status", "currentReplicas"]),
        cells::age(object, now),
    ])
}

/// The autoscaler's metrics, present against wanted; two at most (`formatHPAMetrics`).
fn metrics(object: &Value<'_>) -> String {
    let specs = object.items_at(&["spec", "metrics"]);
    let now = object.items_at(&["status", "currentMetrics"]);
    if specs.is_empty() {
        return "<none>".to_owned();
    }
    let mut shown: Vec<String> = specs
        .iter()
        .enumerate()
        .take(2)
        .map(|(at, spec)| metric(spec, now.get(at)))
        .collect();
    if specs.len() > 2 {
        let last = shown.pop().unwrap_or_default();
        return format!("{}, {last} + {} more...", shown.join(", "), specs.len() - 2);
    }
    shown.truncate(specs.len());
    shown.join(", ")
}

fn metric(spec: &Value<'_>, status: Option<&Value<'_>>) -> String {
    let current = |section: &str, key: &str| -> Option<String> {
        let value = status?.at(&[section, "current", key])?;
        match key {
            "averageUtilization" => value.as_int().map(|number| format!("{number}%")),
            _ => value.as_str().map(str::to_owned),
        }
    };
    let unknown = || "<unknown>".to_owned();
    match spec.str_at(&["type"]) {
        "Resource" | "ContainerResource" => {
            let section = if spec.str_at(&["type"]) == "Resource" {
                "resource"
            } else {
                "containerResource"
            };
            let name = spec.str_at(&[section, "name"]);
            match spec.int_at(&[section, "target", "averageUtilization"]) {
                Some(wanted) => {
                    let have = current(section, "averageUtilization").unwrap_or_else(unknown);
                    format!("{name}: {have}/{wanted}%")
                }
                None => {
                    let have = current(section, "averageValue").unwrap_or_else(unknown);
                    match spec.str_at(&[section, "target", "averageValue"]) {
                        "" => format!("{name}: {have}/<auto>"),
                        wanted => format!("{name}: {have}/{wanted}"),
                    }
                }
            }
        }
        "Pods" => {
            let have = current("pods", "averageValue").unwrap_or_else(unknown);
            format!("{have}/{}", spec.str_at(&["pods", "target", "averageValue"]))
        }
        kind @ ("Object" | "External") => {
            let section = if kind == "Object" { "object" } else { "external" };
            match spec.str_at(&[section, "target", "averageValue"]) {
                "" => {
                    let have = current(section, "value").unwrap_or_else(unknown);
                    format!("{have}/{}", spec.str_at(&[section, "target", "value"]))
                }
                wanted => {
                    let have = current(section, "averageValue").unwrap_or_else(unknown);
                    format!("{have}/{wanted} (avg)")
                }
            }
        }
        _ => "<unknown type>".to_owned(),
    }
}
