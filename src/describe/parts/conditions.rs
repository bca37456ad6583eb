//! What holds for an object, as a table.

use crate::{
    api::Value,
    describe::{
        Facts,
        parts::times,
        writer::{Writer, put},
    },
};

/// Writes conditions with the times of their last change.
pub fn with_times(w: &mut Writer, facts: &Facts<'_>, conditions: &[Value<'_>]) {
    put!(w, 0, "Conditions:\n");
    put!(w, 1, "Type\tStatus\tLastTransitionTime\tReason\tMessage\n");
    put!(w, 1, "----\t------\t------------------\t------\t-------\n");
    for condition in conditions {
        let [kind, status, reason, message] = ["type", "status", "reason", "message"].map(|field| condition.str_at(&[field]));
        let time = times::shown(facts.settings, condition.get("lastTransitionTime"));
        put!(w, 1, "{kind}\t{status}\t{time}\t{reason}\t{message}\n");
    }
}

/// Writes type, status and reason of what holds for something that keeps replicas.
pub fn with_reasons(w: &mut Writer, status: &Value<'_>) {
    let conditions = status.items_at(&["conditions"]);
    if conditions.is_empty() {
        return;
    }
    put!(w, 0, "Conditions:\n  Type\tStatus\tReason\n");
    put!(w, 1, "----\t------\t------\n");
    for condition in conditions {
        let [kind, status, reason] = ["type", "status", "reason"].map(|field| condition.str_at(&[field]));
        put!(w, 1, "{kind} \t{status}\t{reason}\n");
    }
}
