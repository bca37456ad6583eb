//! Replication controllers.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, Question,
        parts::{conditions, controllers, events, fields::entries, metadata, selectors, template},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a replication controller.
pub const REPLICATION_CONTROLLER: Describer = Describer {
    group: "",
    kind: "ReplicationController",
    resource: "replicationcontrollers",
    versions: &["v1"],
    questions: |owner| vec![labelled_pods(owner)],
    events: Events::OfObject,
    describe,
};

/// The pods with a replication controller's labels.
fn labelled_pods(owner: &Value<'_>) -> Question {
    let labels = selectors::of_labels(&entries(owner, &["spec", "selector"]));
    Question::pods(owner.str_at(&["metadata", "namespace"]))
        .with_labels(labels)
        .required()
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let owner = facts.object;
    metadata::name_and_namespace(w, owner);
    put!(w, 0, "Selector:\t{}\n", metadata::one_line(&entries(owner, &["spec", "selector"])));
    controllers::labels_and_annotations(w, owner);
    controllers::replicas(w, owner);
    put!(w, 0, "Pods Status:\t{}\n", controllers::phases(facts, Some(labelled_pods(owner))));
    template::template(w, facts.settings, owner.at(&["spec", "template"]));
    conditions::with_reasons(w, owner.get("status").unwrap_or(&Value::Null));
    events::events(w, facts);
    Ok(())
}
