//! The horizontal pod autoscaler, by made-up measurements.

use std::time::Duration;

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value, quantity::Quantity};

use super::{find, pods, scheduler};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta, metrics,
    selector::LabelSelector,
};

const COMPONENT: &str = "horizontal-pod-autoscaler";
/// How often measurements are looked at.
const EVERY: Duration = Duration::from_secs(15);

/// Measures, and scales where the numbers of replicas are out of bounds.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let autoscaler = find(cluster, "autoscaling", "horizontalpodautoscalers", namespace, name)?;
    let resource = cluster.built_in("autoscaling", "horizontalpodautoscalers")?;
    let value = autoscaler.value.clone();
    let target = value.at(&["spec", "scaleTargetRef"]).cloned().unwrap_or_default();
    let now = cluster.clock.now();
    // While nobody looks, seldom is enough.
    let every = if cluster.clock.is_set_by_hand() { EVERY * 240 } else { EVERY };
    let again = Some(cluster.clock.after(every));
    let found = cluster
        .registry
        .kind(target.str_at(&["apiVersion"]), target.str_at(&["kind"]))
        .cloned()
        .and_then(|kind| {
            let object = cluster.store.get(kind.collection, namespace, target.str_at(&["name"])).cloned()?;
            Some((kind, object))
        });
    let Some((kind, object)) = found else {
        let message = format!(
            "the HPA controller was unable to get the target's current scale: {}.apps {} not found",
            target.str_at(&["kind"]).to_lowercase() + "s",
            kubectl_rs::api::quote(target.str_at(&["name"]))
        );
        cluster.edit(&resource, namespace, name, |value| {
            pods::set_condition(value, "AbleToScale", "False", "FailedGetScale", &message, now, false);
        });
        return again;
    };
    let current = object.value.int_at(&["spec", "replicas"]).unwrap_or(1);
    let least = value.int_at(&["spec", "minReplicas"]).unwrap_or(1);
    let most = value.int_at(&["spec", "maxReplicas"]).unwrap_or(1);
    let desired = if current == 0 { 0 } else { current.clamp(least, most) };
    if desired != current {
        cluster.edit(&kind, namespace, object.name(), |value| value.set(&["spec", "replicas"], desired));
        let bound = if desired == least {
            "Current number of replicas below Spec.MinReplicas"
        } else {
            "Current number of replicas above Spec.MaxReplicas"
        };
        let message = format!("New size: {desired}; reason: {bound}");
        events::record(cluster, &value, Event::normal(COMPONENT, "SuccessfulRescale", &message));
    }
    let lacking = lacking_request(cluster, &value, &object.value);
    let measured = match &lacking {
        Some(_) => Vec::new(),
        None => measure(cluster, &value, &object.value),
    };
    if let Some(problem) = lacking.as_ref().filter(|_| current > 0) {
        events::record(cluster, &value, Event::warning(COMPONENT, "FailedGetResourceMetric", problem));
        let message = format!("invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {problem}");
        events::record(cluster, &value, Event::warning(COMPONENT, "FailedComputeMetricsReplicas", &message));
    }
    cluster.edit(&resource, namespace, name, |value| {
        value.set(&["status", "currentReplicas"], current);
        value.set(&["status", "desiredReplicas"], desired);
        if desired != current {
            value.set(&["status", "lastScaleTime"], meta::format_time(now));
        }
        if measured.is_empty() {
            if let Some(Value::Object(status)) = value.at_mut(&["status"]) {
                status.remove("currentMetrics");
            }
        } else {
            value.set(&["status", "currentMetrics"], measured.clone());
        }
        let mut set = |kind: &str, status: &str, reason: &str, message: &str| {
            pods::set_condition(value, kind, status, reason, message, now, false);
        };
        if lacking.is_some() || current == 0 {
            let message = "the HPA controller was able to get the target's current scale";
            set("AbleToScale", "True", "SucceededGetScale", message);
        } else {
            set("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size");
        }
        if current == 0 {
            set(
                "ScalingActive",
                "False",
                "ScalingDisabled",
                "scaling is disabled since the replica count of the target is zero",
            );
        } else if measured.is_empty() {
            let problem = lacking.as_deref().unwrap_or("no metrics returned from resource metrics API");
            let message = format!("the HPA was unable to compute the replica count: {problem}");
            set("ScalingActive", "False", "FailedGetResourceMetric", &message);
        } else {
            set(
                "ScalingActive",
                "True",
                "ValidMetricFound",
                "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)",
            );
        }
        if !measured.is_empty() {
            set(
                "ScalingLimited",
                "False",
                "DesiredWithinRange",
                "the desired count is within the acceptable range",
            );
        }
    });
    again
}

/// What is missing where a share of what pods request is to be measured, and a container requests nothing.
fn lacking_request(cluster: &mut Cluster, autoscaler: &OwnedValue, target: &OwnedValue) -> Option<String> {
    let selector = LabelSelector::of(target.at(&["spec", "selector"]))?;
    let id = cluster.collection("", "pods");
    for metric in autoscaler.items_at(&["spec", "metrics"]) {
        let is_share = metric.at(&["resource", "target", "averageUtilization"]).is_some();
        let resource = metric.str_at(&["resource", "name"]);
        let pods = cluster.store.list(id, Some(meta::namespace(target)));
        for pod in pods.filter(|pod| is_share && selector.matches_object(&pod.value)) {
            let containers = pod.value.items_at(&["spec", "containers"]);
            let bare = containers
                .iter()
                .find(|container| container.str_at(&["resources", "requests", resource]).is_empty());
            if let Some(container) = bare {
                let name = container.str_at(&["name"]);
                return Some(format!(
                    "failed to get {resource} utilization: missing request for {resource} in container {name} of Pod {}",
                    pod.name()
                ));
            }
        }
    }
    None
}

/// What the target's pods use, one entry for each metric that can be measured.
fn measure(cluster: &mut Cluster, autoscaler: &OwnedValue, target: &OwnedValue) -> Vec<OwnedValue> {
    let Some(selector) = LabelSelector::of(target.at(&["spec", "selector"])) else {
        return Vec::new();
    };
    let id = cluster.collection("", "pods");
    let running: Vec<_> = cluster
        .store
        .list(id, Some(meta::namespace(target)))
        .filter(|pod| selector.matches_object(&pod.value) && pods::is_ready(&pod.value))
        .cloned()
        .collect();
    if running.is_empty() {
        return Vec::new();
    }
    let mut list = Vec::new();
    for metric in autoscaler.items_at(&["spec", "metrics"]) {
        let section = match metric.str_at(&["type"]) {
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            _ => continue,
        };
        let resource = metric.str_at(&[section, "name"]);
        let is_cpu = resource == "cpu";
        let used: i64 = running
            .iter()
            .map(|pod| {
                let (cpu, memory) = metrics::of_pod(&pod.value, cluster.clock.now());
                if is_cpu { cpu } else { memory }
            })
            .sum();
        let average = used / running.len() as i64;
        let mut entry = Value::default();
        entry.set(&["type"], metric.str_at(&["type"]).to_owned());
        entry.set(&[section, "name"], resource.to_owned());
        if section == "containerResource" {
            entry.set(&[section, "container"], metric.str_at(&[section, "container"]).to_owned());
        }
        let shown = if is_cpu {
            format!("{average}m")
        } else {
            format!("{}Mi", average / (1 << 20))
        };
        entry.set(&[section, "current", "averageValue"], shown);
        let requested: i64 = running
            .iter()
            .map(|pod| {
                let request: Quantity = scheduler::requests(&pod.value, resource);
                if is_cpu { request.milli_value() } else { request.value() }
            })
            .sum();
        if requested > 0 && metric.at(&[section, "target", "averageUtilization"]).is_some() {
            entry.set(&[section, "current", "averageUtilization"], used * 100 / requested);
        }
        list.push(entry);
    }
    list
}
