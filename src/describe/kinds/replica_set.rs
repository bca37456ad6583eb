//! Replica sets.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts,
        parts::{conditions, controllers, events, fields::object, metadata, selectors},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a replica set.
pub const REPLICA_SET: Describer = Describer {
    group: "apps",
    kind: "ReplicaSet",
    resource: "replicasets",
    versions: &["v1"],
    // What keeps the pods from being listed is told in the description.
    questions: |owner| controllers::selected_pods(owner).into_iter().collect(),
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let owner = facts.object;
    let selector = object(owner, &["spec", "selector"]);
    selectors::text(selector)?;
    metadata::name_and_namespace(w, owner);
    put!(w, 0, "Selector:\t{}\n", selectors::shown(selector));
    controllers::labels_and_annotations(w, owner);
    metadata::controlled_by(w, owner);
    controllers::replicas(w, owner);
    let question = controllers::selected_pods(owner);
    match question.as_ref().map(|question| facts.list(question)) {
        Some(Err(error)) => put!(w, 0, "Pods Status:\terror in fetching pods: {error}\n"),
        _ => put!(w, 0, "Pods Status:\t{}\n", controllers::phases(facts, question)),
    }
    controllers::pod_template(w, facts);
    conditions::with_reasons(w, owner.get("status").unwrap_or(&Value::Null));
    events::events(w, facts);
    Ok(())
}
