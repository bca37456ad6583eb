//! Classes of ingresses.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{object, text},
            metadata,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a class of ingresses.
pub const INGRESS_CLASS: Describer = Describer {
    group: "networking.k8s.io",
    kind: "IngressClass",
    resource: "ingressclasses",
    versions: &["v1", "v1beta1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let class = facts.object;
    metadata::name(w, class);
    metadata::labels(w, class);
    metadata::annotations(w, class);
    put!(w, 0, "Controller:\t{}\n", class.str_at(&["spec", "controller"]));
    if let Some(parameters) = object(class, &["spec", "parameters"]) {
        put!(w, 0, "Parameters:\n");
        if let Some(group) = text(parameters, &["apiGroup"]) {
            put!(w, 1, "APIGroup:\t{group}\n");
        }
        put!(w, 1, "Kind:\t{}\n", parameters.str_at(&["kind"]));
        put!(w, 1, "Name:\t{}\n", parameters.str_at(&["name"]));
    }
    events::events(w, facts);
    Ok(())
}
