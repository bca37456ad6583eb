//! Priority classes.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{entries, number, truth},
            metadata,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a priority class.
pub const PRIORITY_CLASS: Describer = Describer {
    group: "scheduling.k8s.io",
    kind: "PriorityClass",
    resource: "priorityclasses",
    versions: &["v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let class = facts.object;
    metadata::name(w, class);
    put!(w, 0, "Value:\t{}\n", number(class, &["value"]));
    put!(w, 0, "GlobalDefault:\t{}\n", truth(class, &["globalDefault"]));
    put!(w, 0, "PreemptionPolicy:\t{}\n", class.str_at(&["preemptionPolicy"]));
    put!(w, 0, "Description:\t{}\n", class.str_at(&["description"]));
    let annotations = entries(class, &["metadata", "annotations"]);
    put!(w, 0, "Annotations:\t{}\n", metadata::one_line(&annotations));
    events::events(w, facts);
    Ok(())
}
