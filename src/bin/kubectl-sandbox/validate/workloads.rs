//! What makers of pods must be.

use kubectl_rs::api::{OwnedValue, Value};

use super::{Path, is_empty, metadata, not_negative, one_of, pod, unchanged};
use crate::{
    cron,
    failure::{self, Causes},
    selector::LabelSelector,
};

/// What is wrong with an object of one of these kinds.
pub fn check(key: (&str, &str), value: &OwnedValue, causes: &mut Causes) {
    match key {
        ("apps", "deployments") => {
            not_negative(value, &["spec", "replicas"], causes);
            check_selector(value, causes);
            template(value, &["Always"], causes);
            not_negative(value, &["spec", "minReadySeconds"], causes);
            not_negative(value, &["spec", "revisionHistoryLimit"], causes);
            one_of(value, &["spec", "strategy", "type"], &["Recreate", "RollingUpdate"], causes);
            rolling_update(value, causes);
        }
        ("apps", "replicasets") => {
            not_negative(value, &["spec", "replicas"], causes);
            check_selector(value, causes);
            template(value, &["Always"], causes);
        }
        ("apps", "statefulsets") => {
            one_of(value, &["spec", "podManagementPolicy"], &["OrderedReady", "Parallel"], causes);
            one_of(value, &["spec", "updateStrategy", "type"], &["OnDelete", "RollingUpdate"], causes);
            not_negative(value, &["spec", "replicas"], causes);
            check_selector(value, causes);
            template(value, &["Always"], causes);
        }
        ("apps", "daemonsets") => {
            one_of(value, &["spec", "updateStrategy", "type"], &["OnDelete", "RollingUpdate"], causes);
            check_selector(value, causes);
            template(value, &["Always"], causes);
        }
        ("", "replicationcontrollers") => {
            not_negative(value, &["spec", "replicas"], causes);
            if is_empty(value, &["spec", "selector"]) {
                causes.push(failure::required("spec.selector", ""));
            }
            if is_empty(value, &["spec", "template"]) {
                causes.push(failure::required("spec.template", ""));
            } else {
                let selector = LabelSelector::equal_to(value.at(&["spec", "selector"]));
                check_labels(value, &selector, "spec.template.metadata.labels", causes);
                template(value, &["Always"], causes);
            }
        }
        ("batch", "jobs") => job(value, causes),
        ("batch", "cronjobs") => cron_job(value, causes),
        ("", "podtemplates") => {
            if let Some(template) = value.get("template") {
                pod::check_spec(template, &Path::of("template.spec"), causes);
            }
        }
        ("autoscaling", "horizontalpodautoscalers") => autoscaler(value, causes),
        _ => {}
    }
}

fn check_selector(value: &OwnedValue, causes: &mut Causes) {
    let path = Path::of("spec.selector");
    let selector = value.at(&["spec", "selector"]);
    if is_empty(value, &["spec", "selector"]) {
        match selector {
            None | Some(Value::Null) => causes.push(failure::required(path.text(), "")),
            Some(shown) => causes.push(failure::wrong(path.text(), shown, "empty selector is invalid for deployment")),
        }
        // Without a selector every label is a wrong one.
        let labels = value.at(&["spec", "template", "metadata", "labels"]).cloned().unwrap_or_default();
        causes.push(failure::wrong(
            "spec.template.metadata.labels",
            &labels,
            "`selector` does not match template `labels`",
        ));
        return;
    }
    metadata::labels(value.at(&["spec", "selector", "matchLabels"]), &path.field("matchLabels"), causes);
    match LabelSelector::of(selector) {
        Some(selector) => check_labels(value, &selector, "spec.template.metadata.labels", causes),
        None => causes.push(failure::wrong(
            path.text(),
            &selector.cloned().unwrap_or_default(),
            "invalid label selector",
        )),
    }
}

fn check_labels(value: &OwnedValue, selector: &LabelSelector, field: &str, causes: &mut Causes) {
    let labels = value.at(&["spec", "template", "metadata", "labels"]);
    if !selector.matches(labels.and_then(Value::as_object)) {
        let shown = labels.cloned().unwrap_or_default();
        causes.push(failure::wrong(field, &shown, "`selector` does not match template `labels`"));
    }
}

fn template(value: &OwnedValue, restart: &[&str], causes: &mut Causes) {
    let empty = OwnedValue::default();
    let template = value.at(&["spec", "template"]).unwrap_or(&empty);
    metadata::labels(template.at(&["metadata", "labels"]), &Path::of("spec.template.labels"), causes);
    pod::check_spec(template, &Path::of("spec.template.spec"), causes);
    let policy = template.str_at(&["spec", "restartPolicy"]);
    if !policy.is_empty() && !restart.contains(&policy) && matches!(policy, "Always" | "OnFailure" | "Never") {
        causes.push(failure::unsupported(
            "spec.template.spec.restartPolicy",
            &Value::from(policy.to_owned()),
            restart,
        ));
    }
}

fn rolling_update(value: &OwnedValue, causes: &mut Causes) {
    let is_recreate = value.str_at(&["spec", "strategy", "type"]) == "Recreate";
    let rolling = value
        .at(&["spec", "strategy", "rollingUpdate"])
        .filter(|rolling| !rolling.is_null());
    let Some(rolling) = rolling else { return };
    if is_recreate {
        causes.push(failure::not_allowed(
            "spec.strategy.rollingUpdate",
            "may not be specified when strategy `type` is 'Recreate'",
        ));
        return;
    }
    let is_zero = |field: &str| match rolling.get(field) {
        Some(Value::String(text)) => text.trim_end_matches('%').parse::<i64>() == Ok(0),
        Some(number) => number.as_int() == Some(0),
        None => false,
    };
    if is_zero("maxUnavailable") && is_zero("maxSurge") {
        causes.push(failure::wrong(
            "spec.strategy.rollingUpdate.maxUnavailable",
            &rolling.get("maxUnavailable").cloned().unwrap_or_default(),
            "may not be 0 when `maxSurge` is 0",
        ));
    }
    for field in ["maxUnavailable", "maxSurge"] {
        let Some(amount) = rolling.get(field) else { continue };
        let path = format!("spec.strategy.rollingUpdate.{field}");
        match amount {
            Value::String(text) => {
                let digits = text.strip_suffix('%').and_then(|digits| digits.parse::<u32>().ok());
                if digits.is_none() {
                    causes.push(failure::wrong(
                        path,
                        amount,
                        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
                    ));
                }
            }
            number if number.as_int().is_some_and(|number| number < 0) => {
                causes.push(failure::wrong(path, amount, "must be greater than or equal to 0"));
            }
            _ => {}
        }
    }
}

fn job(value: &OwnedValue, causes: &mut Causes) {
    for field in [
        "parallelism",
        "completions",
        "backoffLimit",
        "ttlSecondsAfterFinished",
        "activeDeadlineSeconds",
    ] {
        not_negative(value, &["spec", field], causes);
    }
    job_selector(value, causes);
    job_template(value, causes);
    if value.str_at(&["spec", "completionMode"]) == "Indexed" && is_empty(value, &["spec", "completions"]) {
        causes.push(failure::required("spec.completions", "when completion mode is Indexed"));
    }
}

/// A job's pods are its own: they bear its identifier, and it selects by that alone, unless it says that it knows better
/// (`validateGeneratedSelector` in `pkg/apis/batch/validation`).
fn job_selector(value: &OwnedValue, causes: &mut Causes) {
    let labels = value.at(&["spec", "template", "metadata", "labels"]);
    let selector = LabelSelector::of(value.at(&["spec", "selector"])).unwrap_or_default();
    if value.at(&["spec", "manualSelector"]).and_then(Value::as_bool) != Some(true) {
        let (uid, name) = (crate::meta::uid(value), crate::meta::name(value));
        for (key, wanted) in [
            ("batch.kubernetes.io/controller-uid", uid),
            ("batch.kubernetes.io/job-name", name),
            ("controller-uid", uid),
            ("job-name", name),
        ] {
            let given = labels
                .and_then(|labels| labels.get(key))
                .and_then(Value::as_str)
                .unwrap_or_default();
            if given != wanted {
                causes.push(failure::wrong(
                    "spec.template.metadata.labels",
                    &labels.cloned().unwrap_or_default(),
                    &format!("must be '{wanted}'"),
                ));
                return;
            }
        }
        let own = value.at(&["spec", "selector", "matchLabels"]).and_then(Value::as_object);
        let of_uid = own.is_some_and(|own| {
            own.get("batch.kubernetes.io/controller-uid")
                .or_else(|| own.get("controller-uid"))
                .and_then(Value::as_str)
                == Some(uid)
        });
        if !of_uid {
            causes.push(failure::wrong(
                "spec.selector",
                &value.at(&["spec", "selector"]).cloned().unwrap_or_default(),
                "`selector` not auto-generated",
            ));
            return;
        }
    }
    if !selector.matches(labels.and_then(Value::as_object)) {
        causes.push(failure::wrong(
            "spec.template.metadata.labels",
            &labels.cloned().unwrap_or_default(),
            "`selector` does not match template `labels`",
        ));
    }
}

/// The template of a job, whose pods end.
fn job_template(value: &OwnedValue, causes: &mut Causes) {
    let empty = OwnedValue::default();
    let template = value.at(&["spec", "template"]).unwrap_or(&empty);
    pod::check_spec(template, &Path::of("spec.template.spec"), causes);
    if template.str_at(&["spec", "restartPolicy"]) == "Always" {
        causes.push(failure::required(
            "spec.template.spec.restartPolicy",
            "valid values: \"OnFailure\", \"Never\"",
        ));
    }
}

fn cron_job(value: &OwnedValue, causes: &mut Causes) {
    let schedule = value.str_at(&["spec", "schedule"]);
    if schedule.is_empty() {
        causes.push(failure::required("spec.schedule", ""));
    } else if schedule.contains("TZ") {
        causes.push(failure::wrong(
            "spec.schedule",
            &Value::from(schedule.to_owned()),
            "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        ));
    } else if let Err(problem) = cron::Schedule::parse(schedule) {
        causes.push(failure::wrong("spec.schedule", &Value::from(schedule.to_owned()), &problem));
    }
    let zone = value.str_at(&["spec", "timeZone"]);
    if !zone.is_empty() && !cron::is_zone(zone) {
        causes.push(failure::wrong(
            "spec.timeZone",
            &Value::from(zone.to_owned()),
            &format!("unknown time zone {zone}"),
        ));
    }
    one_of(value, &["spec", "concurrencyPolicy"], &["Allow", "Forbid", "Replace"], causes);
    not_negative(value, &["spec", "startingDeadlineSeconds"], causes);
    if let Some(spec) = value.at(&["spec", "jobTemplate"]) {
        let mut inner = Vec::new();
        job_template(spec, &mut inner);
        causes.extend(inner.into_iter().map(|mut cause| {
            cause.field = format!("spec.jobTemplate.{}", cause.field);
            cause
        }));
    }
}

fn autoscaler(value: &OwnedValue, causes: &mut Causes) {
    let least = value.int_at(&["spec", "minReplicas"]).unwrap_or(1);
    let most = value.int_at(&["spec", "maxReplicas"]).unwrap_or_default();
    if least < 1 {
        causes.push(failure::wrong(
            "spec.minReplicas",
            &Value::Int(least),
            "must be greater than or equal to 1",
        ));
    }
    if most < 1 {
        causes.push(failure::wrong("spec.maxReplicas", &Value::Int(most), "must be greater than 0"));
    } else if most < least {
        causes.push(failure::wrong(
            "spec.maxReplicas",
            &Value::Int(most),
            "must be greater than or equal to `minReplicas`",
        ));
    }
    for field in ["kind", "name"] {
        if is_empty(value, &["spec", "scaleTargetRef", field]) {
            causes.push(failure::required(format!("spec.scaleTargetRef.{field}"), ""));
        }
    }
}

/// What may not change about an object of one of these kinds.
pub fn check_update(key: (&str, &str), old: &OwnedValue, value: &OwnedValue, causes: &mut Causes) {
    match key {
        ("apps", "deployments" | "replicasets" | "daemonsets") => unchanged(old, value, &["spec", "selector"], causes),
        ("apps", "statefulsets") => stateful_set_update(old, value, causes),
        ("apps", "controllerrevisions") => unchanged(old, value, &["data"], causes),
        ("batch", "jobs") => {
            let template = |value: &OwnedValue| {
                let mut template = value.at(&["spec", "template"]).cloned().unwrap_or_default();
                // A job that waits may still be placed elsewhere.
                if value.at(&["spec", "suspend"]).and_then(Value::as_bool) == Some(true)
                    && let Some(Value::Object(spec)) = template.get("spec").cloned()
                {
                    let mut spec = spec;
                    for field in ["nodeSelector", "tolerations", "affinity"] {
                        spec.remove(field);
                    }
                    template.set(&["spec"], spec);
                }
                template
            };
            unchanged(old, value, &["spec", "selector"], causes);
            if template(old) != template(value) {
                let shown = value.at(&["spec", "template"]).cloned().unwrap_or_default();
                causes.push(failure::wrong("spec.template", &shown, "field is immutable"));
            }
            unchanged(old, value, &["spec", "completionMode"], causes);
            if value.str_at(&["spec", "completionMode"]) != "Indexed" {
                unchanged(old, value, &["spec", "completions"], causes);
            }
        }
        _ => {}
    }
}

fn stateful_set_update(old: &OwnedValue, value: &OwnedValue, causes: &mut Causes) {
    const MAY: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let fixed = |value: &OwnedValue| {
        let mut spec = value.get("spec").cloned().unwrap_or_default();
        if let Some(map) = spec.as_object_mut() {
            map.retain(|field, _| !MAY.contains(&field));
        }
        spec
    };
    if fixed(old) != fixed(value) {
        causes.push(failure::not_allowed(
            "spec",
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ));
    }
}
