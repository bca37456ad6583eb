//! Ranges of service addresses.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{conditions, events, fields::texts, metadata},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a range of service addresses.
pub const SERVICE_CIDR: Describer = Describer {
    group: "networking.k8s.io",
    kind: "ServiceCIDR",
    resource: "servicecidrs",
    versions: &["v1", "v1beta1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let range = facts.object;
    metadata::name(w, range);
    metadata::labels(w, range);
    metadata::annotations(w, range);
    put!(w, 0, "CIDRs:\t{}\n", texts(range, &["spec", "cidrs"]).join(", "));
    let conditions = range.items_at(&["status", "conditions"]);
    if !conditions.is_empty() {
        put!(w, 0, "Status:\n");
        conditions::with_times(w, facts, conditions);
    }
    events::events(w, facts);
    Ok(())
}
