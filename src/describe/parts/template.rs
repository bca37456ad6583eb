//! Pod templates, as everything that makes pods has one.

use super::{containers::Containers, fields, metadata, scheduling, volumes};
use crate::{
    api::Value,
    describe::{
        Settings,
        writer::{Writer, put},
    },
};

/// Writes a pod template.
pub fn template(w: &mut Writer, settings: &Settings, template: Option<&Value<'_>>) {
    put!(w, 0, "Pod Template:\n");
    let Some(template) = template.filter(|template| template.as_object().is_some()) else {
        return put!(w, 1, "<unset>");
    };
    metadata::entry_lines(w, "", "  Labels", &fields::entries(template, &["metadata", "labels"]));
    let annotations = fields::entries(template, &["metadata", "annotations"]);
    if !annotations.is_empty() {
        metadata::annotation_lines(w, "  Annotations", &annotations);
    }
    let empty = Value::Null;
    let spec = template.get("spec").unwrap_or(&empty);
    text(w, "Service Account", spec, "serviceAccountName");
    for (title, field) in [("Init Containers", "initContainers"), ("Containers", "containers")] {
        let containers = spec.items_at(&[field]);
        if containers.is_empty() && field == "initContainers" {
            continue;
        }
        let containers = Containers {
            title,
            indent: "  ",
            containers,
            statuses: &[],
            pod: None,
            settings,
        };
        containers.describe(w);
    }
    volumes::volumes(w, spec.items_at(&["volumes"]), "  ");
    scheduling::topology_spread(w, "  ", spec.items_at(&["topologySpreadConstraints"]));
    text(w, "Priority Class Name", spec, "priorityClassName");
    metadata::entry_lines(w, "", "  Node-Selectors", &fields::entries(spec, &["nodeSelector"]));
    scheduling::tolerations(w, "  ", spec.items_at(&["tolerations"]));
    scheduling::group(w, "  ", spec);
}

fn text(w: &mut Writer, title: &str, spec: &Value<'_>, field: &str) {
    let text = spec.str_at(&[field]);
    if !text.is_empty() {
        put!(w, 1, "{title}:\t{text}\n");
    }
}
