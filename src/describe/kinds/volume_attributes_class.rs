//! Classes of volumes' changeable attributes.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{events, metadata},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a class of volumes' changeable attributes.
pub const VOLUME_ATTRIBUTES_CLASS: Describer = Describer {
    group: "storage.k8s.io",
    kind: "VolumeAttributesClass",
    resource: "volumeattributesclasses",
    versions: &["v1", "v1beta1", "v1alpha1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let class = facts.object;
    metadata::name(w, class);
    metadata::entries_in_one_line(w, "Annotations", class, &["metadata", "annotations"]);
    put!(w, 0, "DriverName:\t{}\n", class.str_at(&["driverName"]));
    metadata::entries_in_one_line(w, "Parameters", class, &["parameters"]);
    events::events(w, facts);
    Ok(())
}
