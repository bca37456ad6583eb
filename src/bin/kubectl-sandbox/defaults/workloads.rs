//! The defaults of what makes pods.

use kubectl_rs::api::{OwnedValue, Value};

use super::{each, fill, fill_object, has, pod};

const TEMPLATE: &[&str] = &["spec", "template", "spec"];

/// Fills in the defaults of an object of one of these kinds.
pub fn apply(key: (&str, &str), value: &mut OwnedValue) {
    match key {
        ("apps", "deployments") => deployment(value),
        ("apps", "statefulsets") => stateful_set(value),
        ("apps", "daemonsets") => daemon_set(value),
        ("apps", "replicasets") => {
            fill(value, &["spec", "replicas"], 1i64);
            template(value);
            fill(value, &["status", "replicas"], 0i64);
        }
        ("", "replicationcontrollers") => replication_controller(value),
        ("batch", "jobs") => job(value),
        ("batch", "cronjobs") => cron_job(value),
        ("", "podtemplates") => {
            fill_object(value, &["template", "metadata"]);
            pod::spec(value, &["template", "spec"]);
        }
        ("autoscaling", "horizontalpodautoscalers") => autoscaler(value),
        _ => {}
    }
}

fn template(value: &mut OwnedValue) {
    if has(value, &["spec", "template"]) {
        fill_object(value, &["spec", "template", "metadata"]);
    }
    pod::spec(value, TEMPLATE);
}

fn deployment(value: &mut OwnedValue) {
    fill(value, &["spec", "replicas"], 1i64);
    fill(value, &["spec", "revisionHistoryLimit"], 10i64);
    fill(value, &["spec", "progressDeadlineSeconds"], 600i64);
    fill(value, &["spec", "strategy", "type"], "RollingUpdate");
    if value.str_at(&["spec", "strategy", "type"]) == "RollingUpdate" {
        fill(value, &["spec", "strategy", "rollingUpdate", "maxUnavailable"], "25%");
        fill(value, &["spec", "strategy", "rollingUpdate", "maxSurge"], "25%");
    }
    template(value);
    fill_object(value, &["status"]);
}

fn stateful_set(value: &mut OwnedValue) {
    fill(value, &["spec", "replicas"], 1i64);
    fill(value, &["spec", "revisionHistoryLimit"], 10i64);
    fill(value, &["spec", "podManagementPolicy"], "OrderedReady");
    fill(value, &["spec", "updateStrategy", "type"], "RollingUpdate");
    if value.str_at(&["spec", "updateStrategy", "type"]) == "RollingUpdate" {
        fill(value, &["spec", "updateStrategy", "rollingUpdate", "partition"], 0i64);
    }
    for key in ["whenDeleted", "whenScaled"] {
        fill(value, &["spec", "persistentVolumeClaimRetentionPolicy", key], "Retain");
    }
    for claim in each(value, &["spec", "volumeClaimTemplates"]) {
        fill(claim, &["apiVersion"], "v1");
        fill(claim, &["kind"], "PersistentVolumeClaim");
        fill(claim, &["spec", "volumeMode"], "Filesystem");
        fill(claim, &["status", "phase"], "Pending");
    }
    template(value);
    fill(value, &["status", "replicas"], 0i64);
    fill(value, &["status", "availableReplicas"], 0i64);
}

fn daemon_set(value: &mut OwnedValue) {
    fill(value, &["spec", "revisionHistoryLimit"], 10i64);
    fill(value, &["spec", "updateStrategy", "type"], "RollingUpdate");
    if value.str_at(&["spec", "updateStrategy", "type"]) == "RollingUpdate" {
        fill(value, &["spec", "updateStrategy", "rollingUpdate", "maxUnavailable"], 1i64);
        fill(value, &["spec", "updateStrategy", "rollingUpdate", "maxSurge"], 0i64);
    }
    template(value);
    for key in [
        "currentNumberScheduled",
        "numberMisscheduled",
        "desiredNumberScheduled",
        "numberReady",
    ] {
        fill(value, &["status", key], 0i64);
    }
}

fn replication_controller(value: &mut OwnedValue) {
    fill(value, &["spec", "replicas"], 1i64);
    if let Some(labels) = value.at(&["spec", "template", "metadata", "labels"]).cloned() {
        let empty = |value: &OwnedValue, path: &[&str]| value.at(path).and_then(Value::as_object).is_none_or(|map| map.is_empty());
        if empty(value, &["spec", "selector"]) {
            value.set(&["spec", "selector"], labels.clone());
        }
        if empty(value, &["metadata", "labels"]) {
            value.set(&["metadata", "labels"], labels);
        }
    }
    template(value);
    fill(value, &["status", "replicas"], 0i64);
}

fn job(value: &mut OwnedValue) {
    if !has(value, &["spec", "completions"]) && !has(value, &["spec", "parallelism"]) {
        value.set(&["spec", "completions"], 1i64);
    }
    fill(value, &["spec", "parallelism"], 1i64);
    let limit = if has(value, &["spec", "backoffLimitPerIndex"]) {
        i64::from(i32::MAX)
    } else {
        6
    };
    fill(value, &["spec", "backoffLimit"], limit);
    fill(value, &["spec", "completionMode"], "NonIndexed");
    fill(value, &["spec", "suspend"], false);
    fill(value, &["spec", "manualSelector"], false);
    let replacement = if has(value, &["spec", "podFailurePolicy"]) {
        "Failed"
    } else {
        "TerminatingOrFailed"
    };
    fill(value, &["spec", "podReplacementPolicy"], replacement);
    for rule in each(value, &["spec", "podFailurePolicy", "rules"]) {
        for pattern in each(rule, &["onPodConditions"]) {
            fill(pattern, &["status"], "True");
        }
    }
    template(value);
    fill_object(value, &["status"]);
}

fn cron_job(value: &mut OwnedValue) {
    fill(value, &["spec", "concurrencyPolicy"], "Allow");
    fill(value, &["spec", "suspend"], false);
    fill(value, &["spec", "successfulJobsHistoryLimit"], 3i64);
    fill(value, &["spec", "failedJobsHistoryLimit"], 1i64);
    if has(value, &["spec", "jobTemplate"]) {
        fill_object(value, &["spec", "jobTemplate", "metadata"]);
        if has(value, &["spec", "jobTemplate", "spec", "template"]) {
            fill_object(value, &["spec", "jobTemplate", "spec", "template", "metadata"]);
        }
    }
    pod::spec(value, &["spec", "jobTemplate", "spec", "template", "spec"]);
    fill_object(value, &["status"]);
}

fn autoscaler(value: &mut OwnedValue) {
    fill(value, &["spec", "minReplicas"], 1i64);
    if value.items_at(&["spec", "metrics"]).is_empty() {
        let mut metric = Value::default();
        metric.set(&["type"], "Resource");
        metric.set(&["resource", "name"], "cpu");
        metric.set(&["resource", "target", "type"], "Utilization");
        metric.set(&["resource", "target", "averageUtilization"], 80i64);
        value.set(&["spec", "metrics"], vec![metric]);
    }
    if has(value, &["spec", "behavior"]) {
        fill(value, &["spec", "behavior", "scaleUp", "stabilizationWindowSeconds"], 0i64);
        for (direction, policies) in [
            ("scaleUp", &[("Pods", 4i64), ("Percent", 100)][..]),
            ("scaleDown", &[("Percent", 100)]),
        ] {
            fill(value, &["spec", "behavior", direction, "selectPolicy"], "Max");
            let list: Vec<OwnedValue> = policies
                .iter()
                .map(|(kind, amount)| {
                    let mut policy = Value::default();
                    policy.set(&["type"], *kind);
                    policy.set(&["value"], *amount);
                    policy.set(&["periodSeconds"], 15i64);
                    policy
                })
                .collect();
            fill(value, &["spec", "behavior", direction, "policies"], list);
        }
    }
    fill(value, &["status", "desiredReplicas"], 0i64);
}
