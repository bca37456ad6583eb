//! Claims for volumes that something else owns: a pod's ephemeral volumes, a stateful set's templates.

use super::{
    fields::{entries, is_set, text, texts},
    metadata, quantities,
};
use crate::{
    api::Value,
    describe::writer::{Writer, put},
};

/// Writes what a claim and the template of one have in common up to its labels and annotations.
fn class_and_volume(w: &mut Writer, claim: &Value<'_>, status: Option<&str>) {
    put!(w, 0, "StorageClass:\t{}\n", metadata::storage_class(claim));
    if let Some(status) = status {
        put!(w, 0, "Status:\t{status}\n");
    }
    put!(w, 0, "Volume:\t{}\n", claim.str_at(&["spec", "volumeName"]));
    metadata::labels(w, claim);
    metadata::annotations(w, claim);
}

/// Writes how large the claimed volume is and how it is used.
fn size_and_use(w: &mut Writer, claim: &Value<'_>) {
    let bound = !claim.str_at(&["spec", "volumeName"]).is_empty();
    let (capacity, modes) = match bound {
        true => (
            quantities::shown(claim.at(&["status", "capacity", "storage"])),
            access_modes(&texts(claim, &["status", "accessModes"])),
        ),
        false => Default::default(),
    };
    put!(w, 0, "Capacity:\t{capacity}\n");
    put!(w, 0, "Access Modes:\t{modes}\n");
    if let Some(mode) = text(claim, &["spec", "volumeMode"]) {
        put!(w, 0, "VolumeMode:\t{mode}\n");
    }
    if !is_set(claim, &["spec", "dataSource"]) {
        return;
    }
    put!(w, 0, "DataSource:\n");
    if let Some(group) = text(claim, &["spec", "dataSource", "apiGroup"]) {
        put!(w, 1, "APIGroup:\t{group}\n");
    }
    put!(w, 1, "Kind:\t{}\n", claim.str_at(&["spec", "dataSource", "kind"]));
    put!(w, 1, "Name:\t{}\n", claim.str_at(&["spec", "dataSource", "name"]));
}

/// Writes the template of a pod's ephemeral claim.
pub fn claim(w: &mut Writer, template: &Value<'_>) {
    class_and_volume(w, template, None);
    size_and_use(w, template);
}

/// Writes a claim of its own, whose status is `status`.
pub fn full_claim(w: &mut Writer, claim: &Value<'_>, status: &str) {
    metadata::name_and_namespace(w, claim);
    class_and_volume(w, claim, Some(status));
    put!(w, 0, "Finalizers:\t[{}]\n", texts(claim, &["metadata", "finalizers"]).join(" "));
    size_and_use(w, claim);
}

/// Writes a stateful set's templates.
pub fn claim_templates(w: &mut Writer, templates: &[Value<'_>]) {
    if templates.is_empty() {
        return put!(w, 0, "Volume Claims:\t<none>\n");
    }
    put!(w, 0, "Volume Claims:\n");
    for template in templates {
        put!(w, 1, "Name:\t{}\n", template.str_at(&["metadata", "name"]));
        put!(w, 1, "StorageClass:\t{}\n", metadata::storage_class(template));
        metadata::entry_lines(w, "  ", "Labels", &entries(template, &["metadata", "labels"]));
        metadata::entry_lines(w, "  ", "Annotations", &entries(template, &["metadata", "annotations"]));
        let capacity = match template.at(&["spec", "resources", "requests", "storage"]) {
            Some(capacity) => quantities::shown(Some(capacity)),
            None => "<default>".to_owned(),
        };
        put!(w, 1, "Capacity:\t{capacity}\n");
        put!(w, 1, "Access Modes:\t[{}]\n", texts(template, &["spec", "accessModes"]).join(" "));
    }
}

/// Ways in which a volume may be used, by their short names and in a fixed order.
pub fn access_modes(modes: &[&str]) -> String {
    const SHORT: [(&str, &str); 4] = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let found = SHORT.iter().filter(|(mode, _)| modes.contains(mode)).map(|(_, short)| *short);
    found.collect::<Vec<_>>().join(",")
}
