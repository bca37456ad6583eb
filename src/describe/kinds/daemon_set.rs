//! Daemon sets.

use crate::{
    describe::{
        Describer, Events, Facts, Question,
        parts::{
            controllers, events,
            fields::{entries, number, object},
            metadata, selectors,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a daemon set.
pub const DAEMON_SET: Describer = Describer {
    group: "apps",
    kind: "DaemonSet",
    resource: "daemonsets",
    versions: &["v1"],
    questions: |owner| controllers::selected_pods(owner).map(Question::required).into_iter().collect(),
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    const COUNTS: [(&str, &str); 5] = [
        ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
        ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
        ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
        ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
        ("Number of Nodes Misscheduled", "numberMisscheduled"),
    ];
    let owner = facts.object;
    let selector = selectors::text(object(owner, &["spec", "selector"]))?;
    metadata::name_and_namespace(w, owner);
    put!(w, 0, "Selector:\t{selector}\n");
    let nodes = entries(owner, &["spec", "template", "spec", "nodeSelector"]);
    put!(w, 0, "Node-Selector:\t{}\n", metadata::one_line(&nodes));
    controllers::labels_and_annotations(w, owner);
    for (title, field) in COUNTS {
        put!(w, 0, "{title}: {}\n", number(owner, &["status", field]));
    }
    put!(
        w,
        0,
        "Pods Status:\t{}\n",
        controllers::phases(facts, controllers::selected_pods(owner))
    );
    controllers::pod_template(w, facts);
    events::events(w, facts);
    Ok(())
}
