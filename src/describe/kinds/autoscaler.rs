//! Horizontal pod autoscalers, as `autoscaling/v2` and as `autoscaling/v1` have them.

use crate::{
    api::{Value, quote},
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{is_set, number, object, text},
            metadata,
            quantities::shown_or_nil,
            times,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes an autoscaler.
pub const AUTOSCALER: Describer = Describer {
    group: "autoscaling",
    kind: "HorizontalPodAutoscaler",
    resource: "horizontalpodautoscalers",
    versions: &["v2", "v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

const UNKNOWN: &str = "<unknown>";

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let scaler = facts.object;
    let empty = Value::Null;
    let [spec, status] = ["spec", "status"].map(|part| scaler.get(part).unwrap_or(&empty));
    let old = scaler.str_at(&["apiVersion"]) == "autoscaling/v1";
    metadata::name_and_namespace(w, scaler);
    metadata::labels(w, scaler);
    metadata::annotations(w, scaler);
    let created = times::shown(facts.settings, scaler.at(&["metadata", "creationTimestamp"]));
    put!(w, 0, "CreationTimestamp:\t{created}\n");
    let [kind, name] = ["kind", "name"].map(|field| spec.str_at(&["scaleTargetRef", field]));
    put!(w, 0, "Reference:\t{kind}/{name}\n");
    match old {
        true => processor_use(w, spec, status),
        false => metrics(w, spec, status),
    }
    let least = spec
        .int_at(&["minReplicas"])
        .map_or("<unset>".to_owned(), |least| least.to_string());
    put!(w, 0, "Min replicas:\t{least}\n");
    put!(w, 0, "Max replicas:\t{}\n", number(spec, &["maxReplicas"]));
    if let Some(behavior) = object(spec, &["behavior"]).filter(|_| !old) {
        put!(w, 0, "Behavior:\n");
        direction(w, "Scale Up", object(behavior, &["scaleUp"]));
        direction(w, "Scale Down", object(behavior, &["scaleDown"]));
    }
    let [there, wanted] = ["currentReplicas", "desiredReplicas"].map(|field| number(status, &[field]));
    put!(w, 0, "{kind} pods:\t{there} current / {wanted} desired\n");
    let conditions = status.items_at(&["conditions"]);
    if !conditions.is_empty() && !old {
        put!(w, 0, "Conditions:\n");
        put!(w, 1, "Type\tStatus\tReason\tMessage\n");
        put!(w, 1, "----\t------\t------\t-------\n");
        for condition in conditions {
            let [kind, status, reason, message] = ["type", "status", "reason", "message"].map(|field| condition.str_at(&[field]));
            put!(w, 1, "{kind}\t{status}\t{reason}\t{message}\n");
        }
    }
    events::events(w, facts);
    Ok(())
}

/// Writes how much of the processors is used, all that the old version knows of.
fn processor_use(w: &mut Writer, spec: &Value<'_>, status: &Value<'_>) {
    if let Some(target) = spec.int_at(&["targetCPUUtilizationPercentage"]) {
        put!(w, 0, "Target CPU utilization:\t{target}%\n");
        let current = status.int_at(&["currentCPUUtilizationPercentage"]);
        let current = current.map_or(UNKNOWN.to_owned(), |current| current.to_string());
        put!(w, 0, "Current CPU utilization:\t{current}%\n");
    }
}

fn metrics(w: &mut Writer, spec: &Value<'_>, status: &Value<'_>) {
    put!(w, 0, "Metrics:\t( current / target )\n");
    for (at, metric) in spec.items_at(&["metrics"]).iter().enumerate() {
        // Statuses stand in the order of what they are the statuses of.
        let status = status.items_at(&["currentMetrics"]).get(at);
        let source = |field: &'static str| Source {
            wanted: metric.get(field).unwrap_or(&Value::Null),
            current: status.and_then(|status| object(status, &[field])?.get("current")),
        };
        match metric.str_at(&["type"]) {
            "External" => {
                let source = source("external");
                let name = quote(source.wanted.str_at(&["metric", "name"]));
                match is_set(source.wanted, &["target", "averageValue"]) {
                    true => {
                        let current = source.current.filter(|current| is_set(current, &["averageValue"]));
                        let source = Source { current, ..source };
                        put!(w, 1, "{name} (target average value):\t{}\n", source.amounts("averageValue"));
                    }
                    false => put!(w, 1, "{name} (target value):\t{}\n", source.amounts("value")),
                }
            }
            "Pods" => {
                let source = source("pods");
                let name = quote(source.wanted.str_at(&["metric", "name"]));
                put!(w, 1, "{name} on pods:\t{}\n", source.amounts("averageValue"));
            }
            "Object" => {
                let source = source("object");
                let name = source.wanted.str_at(&["metric", "name"]);
                let [kind, object] = ["kind", "name"].map(|field| source.wanted.str_at(&["describedObject", field]));
                put!(w, 1, "\"{name}\" on {kind}/{object} ");
                match source.wanted.str_at(&["target", "type"]) {
                    "AverageValue" => put!(w, 0, "(target average value):\t{}\n", source.amounts("averageValue")),
                    _ => put!(w, 0, "(target value):\t{}\n", source.amounts("value")),
                }
            }
            "Resource" => {
                let source = source("resource");
                put!(w, 1, "resource {} on pods", source.wanted.str_at(&["name"]));
                source.of_resource(w);
            }
            "ContainerResource" => {
                let source = source("containerResource");
                let [name, container] = ["name", "container"].map(|field| source.wanted.str_at(&[field]));
                put!(w, 1, "resource {name} of container \"{container}\" on pods");
                source.of_resource(w);
            }
            other => put!(w, 1, "<unknown metric type {}>\n", quote(other)),
        }
    }
}

/// What is measured: what it should be, and what it is if that is known.
struct Source<'v, 'a> {
    wanted: &'v Value<'a>,
    current: Option<&'v Value<'a>>,
}

impl Source<'_, '_> {
    /// Current and target amount.
    fn amounts(&self, field: &str) -> String {
        let current = self.current.map_or(UNKNOWN.to_owned(), |current| shown_or_nil(current.get(field)));
        format!("{current} / {}", shown_or_nil(self.wanted.at(&["target", field])))
    }

    /// Writes amounts, or shares of what was requested.
    fn of_resource(&self, w: &mut Writer) {
        if is_set(self.wanted, &["target", "averageValue"]) {
            return put!(w, 0, ":\t{}\n", self.amounts("averageValue"));
        }
        let current = self.current.and_then(|current| {
            let share = current.int_at(&["averageUtilization"])?;
            Some(format!("{share}% ({})", shown_or_nil(current.get("averageValue"))))
        });
        let current = current.unwrap_or(UNKNOWN.to_owned());
        let target = self.wanted.int_at(&["target", "averageUtilization"]);
        let target = target.map_or("<auto>".to_owned(), |target| format!("{target}%"));
        // This piece has a level although the line has begun.
        put!(w, 1, "(as a percentage of request):\t{current} / {target}\n");
    }
}

/// Writes how fast the number of pods may go up or down.
fn direction(w: &mut Writer, title: &str, rules: Option<&Value<'_>>) {
    let Some(rules) = rules else { return };
    put!(w, 1, "{title}:\n");
    if let Some(seconds) = rules.int_at(&["stabilizationWindowSeconds"]) {
        put!(w, 2, "Stabilization Window: {seconds} seconds\n");
    }
    let policies = rules.items_at(&["policies"]);
    if policies.is_empty() {
        return;
    }
    put!(w, 2, "Select Policy: {}\n", text(rules, &["selectPolicy"]).unwrap_or("Max"));
    put!(w, 2, "Policies:\n");
    for policy in policies {
        let [value, seconds] = ["value", "periodSeconds"].map(|field| number(policy, &[field]));
        put!(
            w,
            3,
            "- Type: {}\tValue: {value}\tPeriod: {seconds} seconds\n",
            policy.str_at(&["type"])
        );
    }
}
