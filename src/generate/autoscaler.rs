//! Autoscalers.

use super::{Fields, Metadata, begin};
use crate::api::{OwnedValue, Value, quantity};

/// What an autoscaler is made of.
#[derive(Debug, Clone, Copy)]
pub struct Autoscaler<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace.
    pub namespace: &'a str,
    /// The workload's version, as `group/version`.
    pub target_version: &'a str,
    /// The workload's kind.
    pub target_kind: &'a str,
    /// The workload's name.
    pub target_name: &'a str,
    /// The fewest pods; not positive to leave it to the server.
    pub min: i64,
    /// The most pods.
    pub max: i64,
    /// The average use of processors, as a percentage (`80%`) or an amount (`500m`); may be empty.
    pub cpu: &'a str,
    /// The average use of memory, in the same form.
    pub memory: &'a str,
}

/// An autoscaler.
///
/// # Errors
/// A percentage or amount that cannot be read.
pub fn autoscaler(options: Autoscaler<'_>) -> Result<OwnedValue, String> {
    let target = Fields::new()
        .set("kind", options.target_kind.to_owned())
        .set("name", options.target_name.to_owned())
        .text("apiVersion", options.target_version);
    let mut metrics = Vec::new();
    for (name, text) in [("cpu", options.cpu), ("memory", options.memory)] {
        if !text.is_empty() {
            metrics.push(metric(name, text)?);
        }
    }
    let spec = Fields::new()
        .set("scaleTargetRef", target)
        .some("minReplicas", (options.min > 0).then_some(options.min))
        .set("maxReplicas", options.max)
        .list("metrics", metrics);
    let status = Fields::new().set("desiredReplicas", 0).set("currentMetrics", Value::Null);
    let metadata = Metadata::new(options.name, options.namespace);
    Ok(begin("autoscaling/v2", "HorizontalPodAutoscaler", metadata)
        .set("spec", spec)
        .set("status", status)
        .into())
}

fn metric(name: &'static str, text: &str) -> Result<OwnedValue, String> {
    let target = match text.strip_suffix('%') {
        Some(percent) => {
            let percent = percent
                .parse::<i32>()
                .ok()
                .filter(|percent| *percent > 0)
                .ok_or_else(|| format!("invalid {name} value: {text}: not a percentage"))?;
            Fields::new()
                .set("type", "Utilization")
                .set("averageUtilization", i64::from(percent))
        }
        None => {
            let amount = quantity::normalize(text).map_err(|error| format!("invalid {name} value: {text}: {error}"))?;
            Fields::new().set("type", "AverageValue").set("averageValue", amount)
        }
    };
    let resource = Fields::new().set("name", name).set("target", target);
    Ok(Fields::new().set("type", "Resource").set("resource", resource).into())
}
