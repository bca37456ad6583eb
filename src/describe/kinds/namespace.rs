//! Namespaces, with their quotas and limits.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, Question,
        parts::{conditions, metadata},
        writer::{Writer, put},
    },
    error::Result,
};

use super::{limit_range::limit_ranges, resource_quota::quotas};

/// Describes a namespace.
pub const NAMESPACE: Describer = Describer {
    group: "",
    kind: "Namespace",
    resource: "namespaces",
    versions: &["v1"],
    questions,
    events: Events::None,
    describe,
};

/// Quotas and limit ranges. A server may know neither.
fn questions(namespace: &Value<'_>) -> Vec<Question> {
    ["resourcequotas", "limitranges"]
        .map(|resource| {
            let name = namespace.str_at(&["metadata", "name"]);
            Question::list("", "v1", resource, name).required_unless("NotFound")
        })
        .into()
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let namespace = facts.object;
    metadata::name(w, namespace);
    metadata::labels(w, namespace);
    metadata::annotations(w, namespace);
    put!(w, 0, "Status:\t{}\n", namespace.str_at(&["status", "phase"]));
    let conditions = namespace.items_at(&["status", "conditions"]);
    if !conditions.is_empty() {
        conditions::with_times(w, facts, conditions);
    }
    let [all_quotas, ranges] = [0, 1].map(|at| facts.list(questions(namespace).get(at)?).ok());
    if let Some(all) = all_quotas {
        put!(w, 0, "\n");
        quotas(w, all);
    }
    if let Some(ranges) = ranges {
        put!(w, 0, "\n");
        limit_ranges(w, &ranges);
    }
    Ok(())
}
