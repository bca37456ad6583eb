//! Pod disruption budgets.

use super::{Fields, Metadata, begin};
use crate::api::{OwnedValue, Value, selector::Selector};

/// What a budget is made of.
#[derive(Debug, Clone, Copy)]
pub struct Budget<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace, if the object says it.
    pub namespace: &'a str,
    /// Which pods, by their labels.
    pub selector: &'a str,
    /// How many must run, as a number or a percentage; may be empty.
    pub min_available: &'a str,
    /// How many may be down; may be empty.
    pub max_unavailable: &'a str,
}

/// A pod disruption budget.
///
/// # Errors
/// kubectl's sentence for what is missing, contradicts itself or cannot be read.
pub fn budget(options: Budget<'_>) -> Result<OwnedValue, String> {
    let (min, max) = (options.min_available, options.max_unavailable);
    if options.selector.is_empty() {
        return Err("a selector must be specified".to_owned());
    }
    match (min.is_empty(), max.is_empty()) {
        (true, true) => return Err("one of min-available or max-unavailable must be specified".to_owned()),
        (false, false) => return Err("min-available and max-unavailable cannot be both specified".to_owned()),
        _ => {}
    }
    for (value, flag) in [(min, "min-available"), (max, "max-unavailable")] {
        let number = value.strip_suffix('%').unwrap_or(value);
        if !value.is_empty() && (number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit())) {
            return Err(format!("invalid format specified for {flag}"));
        }
    }
    let selector = Selector::parse(options.selector)
        .map_err(|error| format!("couldn't parse the selector string {:?}: {error}", options.selector))?
        .to_label_selector()?;
    let amount = |text: &str| (!text.is_empty()).then(|| int_or_string(text));
    let spec = Fields::new()
        .some("minAvailable", amount(min))
        .set("selector", selector)
        .some("maxUnavailable", amount(max));
    let status = Fields::new()
        .set("disruptionsAllowed", 0)
        .set("currentHealthy", 0)
        .set("desiredHealthy", 0)
        .set("expectedPods", 0);
    let metadata = Metadata::new(options.name, options.namespace);
    Ok(begin("policy/v1", "PodDisruptionBudget", metadata)
        .set("spec", spec)
        .set("status", status)
        .into())
}

/// A number if it is one of 32 bits, else text (apimachinery's `intstr.Parse`).
pub fn int_or_string(text: &str) -> OwnedValue {
    match text.parse::<i32>() {
        Ok(number) => Value::Int(number.into()),
        Err(_) => Value::from(text.to_owned()),
    }
}
