//! Between the version in which objects are stored and the version that is asked for.

use std::borrow::Cow;

use kubectl_rs::api::{OwnedValue, Value};

use crate::registry::Resource;

/// A stored object in the version of `resource`.
pub fn to_version<'v>(resource: &Resource, stored: &'v OwnedValue) -> Cow<'v, OwnedValue> {
    if resource.is_stored() {
        return Cow::Borrowed(stored);
    }
    let mut value = stored.clone();
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("events.k8s.io", _) => rename(&mut value, EVENT_NAMES),
        ("autoscaling", _) => autoscaler_to_v1(&mut value),
        _ => {}
    }
    value.set(&["apiVersion"], resource.api_version());
    Cow::Owned(value)
}

/// An object in the version of `resource` as it is stored under `api_version`.
pub fn from_version(resource: &Resource, mut value: OwnedValue, api_version: &str) -> OwnedValue {
    if resource.is_stored() {
        return value;
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("events.k8s.io", _) => {
            let back: Vec<(&[&str], &[&str])> = EVENT_NAMES.iter().map(|(stored, shown)| (*shown, *stored)).collect();
            rename(&mut value, &back);
        }
        ("autoscaling", _) => autoscaler_from_v1(&mut value),
        _ => {}
    }
    value.set(&["apiVersion"], api_version.to_owned());
    value
}

/// What the core group's events and the newer ones call the same thing.
const EVENT_NAMES: &[(&[&str], &[&str])] = &[
    (&["involvedObject"], &["regarding"]),
    (&["message"], &["note"]),
    (&["count"], &["deprecatedCount"]),
    (&["firstTimestamp"], &["deprecatedFirstTimestamp"]),
    (&["lastTimestamp"], &["deprecatedLastTimestamp"]),
    (&["source"], &["deprecatedSource"]),
    (&["reportingComponent"], &["reportingController"]),
];

fn rename(value: &mut OwnedValue, names: &[(&[&str], &[&str])]) {
    for (from, to) in names {
        if let Some(found) = take(value, from) {
            value.set(to, found);
        }
    }
}

fn take(value: &mut OwnedValue, path: &[&str]) -> Option<OwnedValue> {
    let (last, parents) = path.split_last()?;
    value.at_mut(parents)?.as_object_mut()?.remove(last)
}

/// The older autoscaler knows the CPU only; the other metrics travel in an annotation.
fn autoscaler_to_v1(value: &mut OwnedValue) {
    let is_cpu = |metric: &OwnedValue| {
        metric.str_at(&["type"]) == "Resource"
            && metric.str_at(&["resource", "name"]) == "cpu"
            && metric.at(&["resource", "target", "averageUtilization"]).is_some()
    };
    let metrics = take(value, &["spec", "metrics"]).unwrap_or_default();
    let mut others = Vec::new();
    for metric in metrics.as_array().unwrap_or_default() {
        if is_cpu(metric) {
            let target = metric.int_at(&["resource", "target", "averageUtilization"]).unwrap_or_default();
            value.set(&["spec", "targetCPUUtilizationPercentage"], target);
        } else {
            others.push(metric.clone());
        }
    }
    if !others.is_empty() {
        annotate(value, "autoscaling.alpha.kubernetes.io/metrics", &Value::Array(others));
    }
    let current = take(value, &["status", "currentMetrics"]).unwrap_or_default();
    for metric in current.as_array().unwrap_or_default() {
        if metric.str_at(&["resource", "name"]) == "cpu"
            && let Some(percent) = metric.int_at(&["resource", "current", "averageUtilization"])
        {
            value.set(&["status", "currentCPUUtilizationPercentage"], percent);
        }
    }
    if let Some(conditions) = take(value, &["status", "conditions"]) {
        annotate(value, "autoscaling.alpha.kubernetes.io/conditions", &conditions);
    }
    if let Some(behavior) = take(value, &["spec", "behavior"]) {
        annotate(value, "autoscaling.alpha.kubernetes.io/behavior", &behavior);
    }
}

fn annotate(value: &mut OwnedValue, key: &str, what: &OwnedValue) {
    let mut out = Vec::new();
    kubectl_rs::api::json::to_compact(&mut out, what);
    value.set(&["metadata", "annotations", key], String::from_utf8_lossy(&out).into_owned());
}

fn autoscaler_from_v1(value: &mut OwnedValue) {
    let mut metrics = Vec::new();
    if let Some(percent) = take(value, &["spec", "targetCPUUtilizationPercentage"]).and_then(|percent| percent.as_int()) {
        let mut metric = Value::default();
        metric.set(&["type"], "Resource");
        metric.set(&["resource", "name"], "cpu");
        metric.set(&["resource", "target", "type"], "Utilization");
        metric.set(&["resource", "target", "averageUtilization"], percent);
        metrics.push(metric);
    }
    let mut from_annotation = |key: &str| {
        let text = take(value, &["metadata", "annotations", key])?;
        let parsed = kubectl_rs::api::json::parse(text.as_str()?.as_bytes()).ok()?;
        Some(parsed.into_owned())
    };
    if let Some(Value::Array(others)) = from_annotation("autoscaling.alpha.kubernetes.io/metrics") {
        metrics.extend(others);
    }
    let conditions = from_annotation("autoscaling.alpha.kubernetes.io/conditions");
    let behavior = from_annotation("autoscaling.alpha.kubernetes.io/behavior");
    if !metrics.is_empty() {
        value.set(&["spec", "metrics"], metrics);
    }
    if let Some(conditions) = conditions {
        value.set(&["status", "conditions"], conditions);
    }
    if let Some(behavior) = behavior {
        value.set(&["spec", "behavior"], behavior);
    }
    take(value, &["status", "currentCPUUtilizationPercentage"]);
}
