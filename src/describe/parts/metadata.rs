//! Labels, annotations and owners.

use super::{
    fields::{entries, text, truth},
    times,
};
use crate::{
    api::Value,
    describe::{
        Facts,
        writer::{Writer, put},
    },
};

/// How long an annotation may be before it gets lines of its own, and how long these may be, in bytes.
pub const LONGEST_ANNOTATION: usize = 140;

/// The annotation that no description shows.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Writes entries below each other behind a title, `<none>` where there are none.
pub fn entry_lines(w: &mut Writer, indent: &str, title: &str, entries: &[(&str, &str)]) {
    put!(w, 0, "{indent}{title}:\t");
    if entries.is_empty() {
        return w.line("<none>");
    }
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            put!(w, 0, "{indent}");
            put!(w, 0, "\t");
        }
        put!(w, 0, "{key}={value}\n");
    }
}

/// Writes an object's labels.
pub fn labels(w: &mut Writer, object: &Value<'_>) {
    entry_lines(w, "", "Labels", &entries(object, &["metadata", "labels"]));
}

/// Writes an object's annotations.
pub fn annotations(w: &mut Writer, object: &Value<'_>) {
    annotation_lines(w, "Annotations", &entries(object, &["metadata", "annotations"]));
}

/// Writes annotations below each other behind a title, long ones cut.
pub fn annotation_lines(w: &mut Writer, title: &str, annotations: &[(&str, &str)]) {
    put!(w, 0, "{title}:\t");
    let shown = annotations.iter().filter(|(key, _)| *key != LAST_APPLIED);
    let mut first = true;
    for (key, value) in shown {
        if !first {
            put!(w, 0, "\t");
        }
        first = false;
        let value = value.strip_suffix('\n').unwrap_or(value);
        if key.len() + value.len() + 2 <= LONGEST_ANNOTATION && !value.contains('\n') {
            put!(w, 0, "{key}: {value}\n");
            continue;
        }
        put!(w, 0, "{key}:\n");
        for line in value.split('\n') {
            cut(w, 0, "\t  ", line, LONGEST_ANNOTATION - 2);
        }
    }
    if first {
        w.line("<none>");
    }
}

/// Writes, behind `prefix`, a line of at most `longest` bytes, and dots where more follow. The cut may go through a
/// character.
pub fn cut(w: &mut Writer, level: usize, prefix: &str, line: &str, longest: usize) {
    if line.len() <= longest {
        return put!(w, level, "{prefix}{line}\n");
    }
    w.bytes(level, &[prefix.as_bytes(), &line.as_bytes()[..longest], b"...\n"].concat());
}

/// Entries in one line, `a=b,c=d`; `<none>` where there are none (`labels.FormatLabels`).
pub fn one_line(entries: &[(&str, &str)]) -> String {
    if entries.is_empty() {
        return "<none>".to_owned();
    }
    let pairs: Vec<String> = entries.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// The owner that controls an object.
pub fn controller<'v, 'a>(object: &'v Value<'a>) -> Option<&'v Value<'a>> {
    let owners = object.items_at(&["metadata", "ownerReferences"]);
    owners.iter().find(|owner| truth(owner, &["controller"]))
}

/// Whether the owner with this unique identifier controls an object.
pub fn is_controlled_by(object: &Value<'_>, uid: &str) -> bool {
    controller(object).is_some_and(|owner| owner.str_at(&["uid"]) == uid)
}

/// Writes what controls an object, if anything does.
pub fn controlled_by(w: &mut Writer, object: &Value<'_>) {
    if let Some(owner) = controller(object) {
        put!(w, 0, "Controlled By:\t{}/{}\n", owner.str_at(&["kind"]), owner.str_at(&["name"]));
    }
}

/// The class that a volume or a claim asks for: an old annotation, or the field.
pub fn storage_class<'v>(object: &'v Value<'_>) -> &'v str {
    let old = ["metadata", "annotations", "volume.beta.kubernetes.io/storage-class"];
    text(object, &old).unwrap_or_else(|| object.str_at(&["spec", "storageClassName"]))
}

/// Writes name and, where the kind has one, namespace.
pub fn name_and_namespace(w: &mut Writer, object: &Value<'_>) {
    name(w, object);
    put!(w, 0, "Namespace:\t{}\n", object.str_at(&["metadata", "namespace"]));
}

/// Writes the name.
pub fn name(w: &mut Writer, object: &Value<'_>) {
    put!(w, 0, "Name:\t{}\n", object.str_at(&["metadata", "name"]));
}

/// Writes entries in one line.
pub fn entries_in_one_line(w: &mut Writer, title: &str, object: &Value<'_>, path: &[&str]) {
    put!(w, 0, "{title}:\t{}\n", one_line(&entries(object, path)));
}

/// The phase of a volume or a claim, or that it is going away.
pub fn phase(facts: &Facts<'_>) -> String {
    match facts
        .object
        .at(&["metadata", "deletionTimestamp"])
        .filter(|deleted| !deleted.is_null())
    {
        Some(deleted) => format!("Terminating (lasts {})", times::since(facts.settings, Some(deleted))),
        None => facts.object.str_at(&["status", "phase"]).to_owned(),
    }
}
