//! Persistent volumes.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{object, text, texts},
            metadata, owned, quantities, scheduling, volumes,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a persistent volume.
pub const PERSISTENT_VOLUME: Describer = Describer {
    group: "",
    kind: "PersistentVolume",
    resource: "persistentvolumes",
    versions: &["v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let volume = facts.object;
    let empty = Value::Null;
    let spec = volume.get("spec").unwrap_or(&empty);
    metadata::name(w, volume);
    metadata::labels(w, volume);
    metadata::annotations(w, volume);
    put!(w, 0, "Finalizers:\t[{}]\n", texts(volume, &["metadata", "finalizers"]).join(" "));
    put!(w, 0, "StorageClass:\t{}\n", metadata::storage_class(volume));
    put!(w, 0, "Status:\t{}\n", metadata::phase(facts));
    let claim = object(spec, &["claimRef"]).map(|claim| format!("{}/{}", claim.str_at(&["namespace"]), claim.str_at(&["name"])));
    put!(w, 0, "Claim:\t{}\n", claim.unwrap_or_default());
    put!(w, 0, "Reclaim Policy:\t{}\n", spec.str_at(&["persistentVolumeReclaimPolicy"]));
    put!(w, 0, "Access Modes:\t{}\n", owned::access_modes(&texts(spec, &["accessModes"])));
    if let Some(mode) = text(spec, &["volumeMode"]) {
        put!(w, 0, "VolumeMode:\t{mode}\n");
    }
    put!(w, 0, "Capacity:\t{}\n", quantities::shown(spec.at(&["capacity", "storage"])));
    node_affinity(w, object(spec, &["nodeAffinity", "required"]));
    put!(w, 0, "Message:\t{}\n", volume.str_at(&["status", "message"]));
    put!(w, 0, "Source:\n");
    volumes::persistent_source(w, spec);
    events::events(w, facts);
    Ok(())
}

/// Writes on which nodes a volume can be used.
fn node_affinity(w: &mut Writer, required: Option<&Value<'_>>) {
    put!(w, 0, "Node Affinity:\t");
    let Some(required) = required else { return w.line("<none>") };
    w.line("");
    put!(w, 1, "Required Terms:\t");
    let terms = required.items_at(&["nodeSelectorTerms"]);
    w.line(if terms.is_empty() { "<none>" } else { "" });
    for (at, term) in terms.iter().enumerate() {
        scheduling::selector_term(w, 2, &format!("Term {at}"), term.items_at(&["matchExpressions"]), true);
    }
}
