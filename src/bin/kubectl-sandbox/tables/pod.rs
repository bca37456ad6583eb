//! The table of pods.

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{Column, Row, Table, cells, text, wide};
use crate::meta;

/// The table of pods.
pub const TABLE: Table = Table { columns: COLUMNS, row };

const COLUMNS: &[Column] = &[
    text("Name"),
    text("Ready"),
    text("Status"),
    text("Restarts"),
    text("Age"),
    wide("IP"),
    wide("Node"),
    wide("Nominated Node"),
    wide("Readiness Gates"),
];

/// What the table says of a pod's containers.
struct Standing {
    reason: String,
    ready: i64,
    total: i64,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

/// The one word for a pod, how many of its containers are ready, and how many there are.
pub fn summary(pod: &Value<'_>) -> (String, i64, i64) {
    let standing = standing(pod);
    (standing.reason, standing.ready, standing.total)
}

fn row(pod: &Value<'_>, now: Timestamp) -> Row {
    let standing = standing(pod);
    let restarts = match standing.last_restart {
        Some(at) if standing.restarts > 0 => format!("{} ({} ago)", standing.restarts, meta::age(Some(at), now)),
        _ => standing.restarts.to_string(),
    };
    let gates = pod.items_at(&["spec", "readinessGates"]);
    let passed = gates
        .iter()
        .filter(|gate| condition_is_true(pod, gate.str_at(&["conditionType"])))
        .count();
    let cells = vec![
        cells::name(pod),
        cells::text(format!("{}/{}", standing.ready, standing.total)),
        cells::text(standing.reason),
        cells::text(restarts),
        cells::age(pod, now),
        cells::text_or(pod, &["status", "podIP"], "<none>"),
        cells::text_or(pod, &["spec", "nodeName"], "<none>"),
        cells::text_or(pod, &["status", "nominatedNodeName"], "<none>"),
        cells::text(if gates.is_empty() {
            "<none>".to_owned()
        } else {
            format!("{passed}/{}", gates.len())
        }),
    ];
    let conditions = match pod.str_at(&["status", "phase"]) {
        "Succeeded" => vec![completed("Succeeded", "The pod has completed successfully.")],
        "Failed" => vec![completed("Failed", "The pod failed.")],
        _ => Vec::new(),
    };
    Row { cells, conditions }
}

fn completed(reason: &'static str, message: &'static str) -> OwnedValue {
    let mut condition = Map::in_order();
    condition.insert("type", "Completed");
    condition.insert("status", "True");
    condition.insert("reason", reason);
    condition.insert("message", message);
    Value::Object(condition)
}

fn condition_is_true(pod: &Value<'_>, kind: &str) -> bool {
    pod.items_at(&["status", "conditions"])
        .iter()
        .any(|condition| condition.str_at(&["type"]) == kind && condition.str_at(&["status"]) == "True")
}

/// The one word for a pod (`printPod`).
fn standing(pod: &Value<'_>) -> Standing {
    let phase = pod.str_at(&["status", "phase"]);
    let mut reason = match pod.str_at(&["status", "reason"]) {
        "" => phase.to_owned(),
        reason => reason.to_owned(),
    };
    let gated = pod
        .items_at(&["status", "conditions"])
        .iter()
        .any(|c| c.str_at(&["type"]) == "PodScheduled" && c.str_at(&["reason"]) == "SchedulingGated");
    if gated {
        "SchedulingGated".clone_into(&mut reason);
    }
    let mut total = pod.items_at(&["spec", "containers"]).len() as i64;
    let (mut ready, mut restarts, mut last_restart) = (0, 0, None);
    let (mut side_restarts, mut last_side_restart) = (0, None);

    let init = pod.items_at(&["spec", "initContainers"]);
    let is_sidecar = |name: &str| {
        init.iter()
            .any(|container| container.str_at(&["name"]) == name && container.str_at(&["restartPolicy"]) == "Always")
    };
    total += init
        .iter()
        .filter(|container| container.str_at(&["restartPolicy"]) == "Always")
        .count() as i64;
    let mut initializing = false;
    for (at, status) in pod.items_at(&["status", "initContainerStatuses"]).iter().enumerate() {
        restarts += status.int_at(&["restartCount"]).unwrap_or_default();
        last_restart = last_restart.max(finished(status));
        let sidecar = is_sidecar(status.str_at(&["name"]));
        if sidecar {
            side_restarts += status.int_at(&["restartCount"]).unwrap_or_default();
            last_side_restart = last_side_restart.max(finished(status));
        }
        let exit = status.int_at(&["state", "terminated", "exitCode"]);
        if exit == Some(0) {
            continue;
        }
        if sidecar && status.get("started").and_then(Value::as_bool) == Some(true) {
            if status.get("ready").and_then(Value::as_bool) == Some(true) {
                ready += 1;
            }
            continue;
        }
        reason = if let Some(terminated) = status.at(&["state", "terminated"]) {
            format!("Init:{}", ended(terminated))
        } else {
            match status.str_at(&["state", "waiting", "reason"]) {
                "" | "PodInitializing" => format!("Init:{at}/{}", init.len()),
                waiting => format!("Init:{waiting}"),
            }
        };
        initializing = true;
        break;
    }
    let initialized = condition_is_true(pod, "Initialized");
    if !initializing || initialized {
        restarts = side_restarts;
        last_restart = last_side_restart;
        let mut has_running = false;
        for status in pod.items_at(&["status", "containerStatuses"]).iter().rev() {
            restarts += status.int_at(&["restartCount"]).unwrap_or_default();
            last_restart = last_restart.max(finished(status));
            let is_ready = status.get("ready").and_then(Value::as_bool) == Some(true);
            let waiting = status.str_at(&["state", "waiting", "reason"]);
            if !waiting.is_empty() {
                waiting.clone_into(&mut reason);
            } else if let Some(terminated) = status.at(&["state", "terminated"]) {
                reason = ended(terminated);
            } else if is_ready && status.at(&["state", "running"]).is_some() {
                has_running = true;
                ready += 1;
            }
        }
        if reason == "Completed" && has_running {
            reason = if condition_is_true(pod, "Ready") { "Running" } else { "NotReady" }.to_owned();
        }
    }
    if meta::is_deleting(pod) {
        if pod.str_at(&["status", "reason"]) == "NodeLost" {
            "Unknown".clone_into(&mut reason);
        } else if !matches!(phase, "Succeeded" | "Failed") {
            "Terminating".clone_into(&mut reason);
        }
    }
    Standing {
        reason,
        ready,
        total,
        restarts,
        last_restart,
    }
}

fn finished(status: &Value<'_>) -> Option<Timestamp> {
    meta::time_at(status, &["lastState", "terminated", "finishedAt"])
}

fn ended(terminated: &Value<'_>) -> String {
    let signal = terminated.int_at(&["signal"]).unwrap_or_default();
    match terminated.str_at(&["reason"]) {
        "" if signal != 0 => format!("Signal:{signal}"),
        "" => format!("ExitCode:{}", terminated.int_at(&["exitCode"]).unwrap_or_default()),
        reason => reason.to_owned(),
    }
}
