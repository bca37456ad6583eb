//! Classes of volumes.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{capital, is_set, text, texts},
            metadata, scheduling,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a class of volumes.
pub const STORAGE_CLASS: Describer = Describer {
    group: "storage.k8s.io",
    kind: "StorageClass",
    resource: "storageclasses",
    versions: &["v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    const DEFAULT: [&str; 2] = [
        "storageclass.kubernetes.io/is-default-class",
        "storageclass.beta.kubernetes.io/is-default-class",
    ];
    let class = facts.object;
    metadata::name(w, class);
    let is_default = DEFAULT
        .iter()
        .any(|name| class.str_at(&["metadata", "annotations", name]) == "true");
    put!(w, 0, "IsDefaultClass:\t{}\n", if is_default { "Yes" } else { "No" });
    metadata::entries_in_one_line(w, "Annotations", class, &["metadata", "annotations"]);
    put!(w, 0, "Provisioner:\t{}\n", class.str_at(&["provisioner"]));
    metadata::entries_in_one_line(w, "Parameters", class, &["parameters"]);
    let grows = class
        .at(&["allowVolumeExpansion"])
        .and_then(Value::as_bool)
        .map_or("<unset>", capital);
    put!(w, 0, "AllowVolumeExpansion:\t{grows}\n");
    let options = texts(class, &["mountOptions"]);
    put!(w, 0, "MountOptions:{}\n", if options.is_empty() { "\t<none>" } else { "" });
    for option in options {
        put!(w, 1, "{option}\n");
    }
    for (title, field) in [("ReclaimPolicy", "reclaimPolicy"), ("VolumeBindingMode", "volumeBindingMode")] {
        if let Some(text) = text(class, &[field]) {
            put!(w, 0, "{title}:\t{text}\n");
        }
    }
    if is_set(class, &["allowedTopologies"]) {
        let terms = class.items_at(&["allowedTopologies"]);
        put!(w, 0, "AllowedTopologies:\t");
        w.line(if terms.is_empty() { "<none>" } else { "" });
        for (at, term) in terms.iter().enumerate() {
            scheduling::selector_term(w, 1, &format!("Term {at}"), term.items_at(&["matchLabelExpressions"]), false);
        }
    }
    events::events(w, facts);
    Ok(())
}
