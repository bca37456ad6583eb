//! A container's environment: variables, and what they are taken from.

use super::{
    fields::{object, text, truth},
    quantities,
    requests::is_huge_pages,
};
use crate::{
    api::Value,
    describe::writer::{Writer, put},
};

/// Writes the objects that a container takes all its variables from, if there are any.
pub fn sources(w: &mut Writer, container: &Value<'_>) {
    let sources = container.items_at(&["envFrom"]);
    if sources.is_empty() {
        return;
    }
    put!(w, 2, "Environment Variables from:\n");
    for source in sources {
        let (kind, reference) = match (object(source, &["configMapRef"]), object(source, &["secretRef"])) {
            (Some(reference), _) => ("ConfigMap", Some(reference)),
            (None, Some(reference)) => ("Secret", Some(reference)),
            (None, None) => ("", None),
        };
        let name = reference.map_or("", |reference| reference.str_at(&["name"]));
        let optional = reference.is_some_and(|reference| truth(reference, &["optional"]));
        match source.str_at(&["prefix"]) {
            "" => put!(w, 3, "{name}\t{kind}\tOptional: {optional}\n"),
            prefix => put!(w, 3, "{name}\t{kind} with prefix '{prefix}'\tOptional: {optional}\n"),
        }
    }
}

/// Writes a container's variables; those from the pod's fields with their values where the pod is known.
pub fn variables(w: &mut Writer, container: &Value<'_>, pod: Option<&Value<'_>>) {
    let variables = container.items_at(&["env"]);
    put!(w, 2, "Environment:{}\n", if variables.is_empty() { "\t<none>" } else { "" });
    for variable in variables {
        let name = variable.str_at(&["name"]);
        let Some(from) = object(variable, &["valueFrom"]) else {
            for (at, line) in variable.str_at(&["value"]).split('\n').enumerate() {
                match at {
                    0 => put!(w, 3, "{name}:\t{line}\n"),
                    _ => put!(w, 3, "\t{line}\n"),
                }
            }
            continue;
        };
        if let Some(reference) = object(from, &["fieldRef"]) {
            let (version, path) = (reference.str_at(&["apiVersion"]), reference.str_at(&["fieldPath"]));
            let value = pod.map_or("", |pod| of_pod(pod, version, path));
            put!(w, 3, "{name}:\t{value} ({version}:{path})\n");
        } else if let Some(reference) = object(from, &["resourceFieldRef"]) {
            let resource = reference.str_at(&["resource"]);
            let value = of_container(container, resource, reference.at(&["divisor"])).unwrap_or_default();
            let whole_node = value == "0" && matches!(resource, "limits.cpu" | "limits.memory");
            let value = if whole_node { "node allocatable" } else { &value };
            put!(w, 3, "{name}:\t{value} ({resource})\n");
        } else if let Some(reference) = object(from, &["secretKeyRef"]) {
            key_of(w, name, reference, "in secret");
        } else if let Some(reference) = object(from, &["configMapKeyRef"]) {
            key_of(w, name, reference, "of config map");
        }
    }
}

fn key_of(w: &mut Writer, name: &str, reference: &Value<'_>, place: &str) {
    let (key, object) = (reference.str_at(&["key"]), reference.str_at(&["name"]));
    let optional = truth(reference, &["optional"]);
    put!(w, 3, "{name}:\t<set to the key '{key}' {place} '{object}'>\tOptional: {optional}\n");
}

/// The value of a pod's field. kubectl knows only two of the fields that a variable may be taken from.
fn of_pod<'v>(pod: &'v Value<'_>, version: &str, path: &str) -> &'v str {
    let known = version.matches('/').count() < 2;
    match path {
        "metadata.name" if known => text(pod, &["metadata", "name"]).unwrap_or_default(),
        "metadata.namespace" if known => text(pod, &["metadata", "namespace"]).unwrap_or_default(),
        _ => "",
    }
}

/// How much of a resource a container asks for, in units of `divisor`, rounded up; none for what kubectl cannot tell.
fn of_container(container: &Value<'_>, resource: &str, divisor: Option<&Value<'_>>) -> Option<String> {
    let (field, name) = resource.split_once('.')?;
    let known = matches!(name, "cpu" | "memory" | "ephemeral-storage") || is_huge_pages(name);
    if !matches!(field, "limits" | "requests") || !known {
        return None;
    }
    let quantity = container.at(&["resources", field, name]);
    Some(quantities::in_units(quantity, divisor, name == "cpu").to_string())
}
