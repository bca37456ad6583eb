//! Nodes' storage drivers.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{is_set, texts},
            metadata, times,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a node's storage drivers.
pub const CSI_NODE: Describer = Describer {
    group: "storage.k8s.io",
    kind: "CSINode",
    resource: "csinodes",
    versions: &["v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let node = facts.object;
    metadata::name(w, node);
    metadata::labels(w, node);
    metadata::annotations(w, node);
    let created = times::shown(facts.settings, node.at(&["metadata", "creationTimestamp"]));
    put!(w, 0, "CreationTimestamp:\t{created}\n");
    put!(w, 0, "Spec:\n");
    if is_set(node, &["spec", "drivers"]) {
        put!(w, 1, "Drivers:\n");
    }
    for driver in node.items_at(&["spec", "drivers"]) {
        put!(w, 2, "{}:\n", driver.str_at(&["name"]));
        put!(w, 3, "Node ID:\t{}\n", driver.str_at(&["nodeID"]));
        if let Some(count) = driver.int_at(&["allocatable", "count"]) {
            put!(w, 3, "Allocatables:\n");
            put!(w, 4, "Count:\t{count}\n");
        }
        if is_set(driver, &["topologyKeys"]) {
            put!(w, 3, "Topology Keys:\t[{}]\n", texts(driver, &["topologyKeys"]).join(" "));
        }
    }
    events::events(w, facts);
    Ok(())
}
