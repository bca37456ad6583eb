//! Config maps.

use crate::{
    describe::{
        Describer, Events, Facts, Question, nothing,
        parts::{base64::decoded, events, fields::entries, metadata},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a config map.
pub const CONFIG_MAP: Describer = Describer {
    group: "",
    kind: "ConfigMap",
    resource: "configmaps",
    versions: &["v1"],
    questions: nothing,
    // Unlike elsewhere, there is no description without them.
    events: Events::Of(|map| vec![Question::events_of(map, "ConfigMap").required()]),
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let map = facts.object;
    metadata::name_and_namespace(w, map);
    metadata::labels(w, map);
    metadata::annotations(w, map);
    put!(w, 0, "\nData\n====\n");
    for (key, value) in entries(map, &["data"]) {
        put!(w, 0, "{key}:\n----\n{value}\n\n");
    }
    put!(w, 0, "\nBinaryData\n====\n");
    for (key, value) in entries(map, &["binaryData"]) {
        put!(w, 0, "{key}: {} bytes\n", decoded(value).len());
    }
    put!(w, 0, "\n");
    events::events(w, facts);
    Ok(())
}
