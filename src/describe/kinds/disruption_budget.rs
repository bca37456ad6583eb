//! Pod disruption budgets.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{number, number_or_text, object},
            metadata, selectors,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a disruption budget.
pub const DISRUPTION_BUDGET: Describer = Describer {
    group: "policy",
    kind: "PodDisruptionBudget",
    resource: "poddisruptionbudgets",
    versions: &["v1", "v1beta1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let budget = facts.object;
    metadata::name_and_namespace(w, budget);
    let set = |field| budget.at(&["spec", field]).filter(|value| !value.is_null());
    match (set("minAvailable"), set("maxUnavailable")) {
        (Some(least), _) => put!(w, 0, "Min available:\t{}\n", number_or_text(Some(least))),
        (None, Some(most)) => put!(w, 0, "Max unavailable:\t{}\n", number_or_text(Some(most))),
        (None, None) => {}
    }
    match object(budget, &["spec", "selector"]) {
        Some(selector) => put!(w, 0, "Selector:\t{}\n", selectors::shown(Some(selector))),
        None => put!(w, 0, "Selector:\t<unset>\n"),
    }
    put!(w, 0, "Status:\n");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        put!(
            w,
            2,
            "{title}:\t{}\n",
            number(budget.get("status").unwrap_or(&Value::Null), &[field])
        );
    }
    events::events(w, facts);
    Ok(())
}
