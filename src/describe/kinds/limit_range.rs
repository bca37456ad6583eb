//! Limit ranges, by themselves and in the description of their namespace.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{metadata, quantities},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a limit range.
pub const LIMIT_RANGE: Describer = Describer {
    group: "",
    kind: "LimitRange",
    resource: "limitranges",
    versions: &["v1"],
    questions: nothing,
    events: Events::None,
    describe,
};

/// Writes the limits of a range, one line for each resource of each type of thing.
fn limits(w: &mut Writer, indent: &str, range: &Value<'_>) {
    const BOUNDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for limit in range.items_at(&["spec", "limits"]) {
        let bounds = BOUNDS.map(|bound| limit.get(bound).and_then(Value::as_object));
        let mut resources: Vec<&str> = bounds.iter().flatten().flat_map(|bound| bound.keys()).collect();
        // kubectl takes them as they come, which is in no order at all.
        resources.sort_unstable();
        resources.dedup();
        for resource in resources {
            put!(w, 0, "{indent}{}\t{resource}", limit.str_at(&["type"]));
            for bound in &bounds {
                match bound.and_then(|bound| bound.get(resource)) {
                    Some(bound) => put!(w, 0, "\t{}", quantities::shown(Some(bound))),
                    None => put!(w, 0, "\t-"),
                }
            }
            put!(w, 0, "\n");
        }
    }
}

/// Writes the head of a table of limits.
fn limits_head(w: &mut Writer, indent: &str) {
    put!(
        w,
        0,
        "{indent}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n"
    );
    put!(
        w,
        0,
        "{indent}----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n"
    );
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    metadata::name_and_namespace(w, facts.object);
    limits_head(w, "");
    limits(w, "", facts.object);
    Ok(())
}

/// Writes the limit ranges of a namespace.
pub fn limit_ranges(w: &mut Writer, ranges: &[&Value<'_>]) {
    if ranges.is_empty() {
        return put!(w, 0, "No LimitRange resource.\n");
    }
    put!(w, 0, "Resource Limits\n");
    limits_head(w, " ");
    for range in ranges {
        limits(w, " ", range);
    }
}
