//! Stateful sets.

use crate::{
    describe::{
        Describer, Events, Facts, Question,
        parts::{
            controllers, events,
            fields::{number, number_or_text, object},
            metadata, owned, selectors,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a stateful set.
pub const STATEFUL_SET: Describer = Describer {
    group: "apps",
    kind: "StatefulSet",
    resource: "statefulsets",
    versions: &["v1"],
    questions: |owner| controllers::selected_pods(owner).map(Question::required).into_iter().collect(),
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let owner = facts.object;
    let selector = selectors::text(object(owner, &["spec", "selector"]))?;
    metadata::name_and_namespace(w, owner);
    controllers::created(w, facts);
    put!(w, 0, "Selector:\t{selector}\n");
    controllers::labels_and_annotations(w, owner);
    let [there, wanted] = ["status", "spec"].map(|part| number(owner, &[part, "replicas"]));
    put!(w, 0, "Replicas:\t{wanted} desired | {there} total\n");
    put!(w, 0, "Update Strategy:\t{}\n", owner.str_at(&["spec", "updateStrategy", "type"]));
    let update = ["spec", "updateStrategy", "rollingUpdate"];
    if let Some(partition) = object(owner, &update).and_then(|update| update.int_at(&["partition"])) {
        put!(w, 1, "Partition:\t{partition}\n");
        let most = owner.at(&update).and_then(|update| update.get("maxUnavailable"));
        if let Some(most) = most.filter(|most| !most.is_null()) {
            put!(w, 1, "MaxUnavailable:\t{}\n", number_or_text(Some(most)));
        }
    }
    put!(
        w,
        0,
        "Pods Status:\t{}\n",
        controllers::phases(facts, controllers::selected_pods(owner))
    );
    controllers::pod_template(w, facts);
    owned::claim_templates(w, owner.items_at(&["spec", "volumeClaimTemplates"]));
    events::events(w, facts);
    Ok(())
}
