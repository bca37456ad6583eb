//! The paths of resources, as far as clients look at them: what is where, and which parameters a write takes.

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{Reference, schemas::type_name};
use crate::registry::{Resource, Version};

/// The parameters of writes, by which clients find out what the server can do.
const WRITE_PARAMETERS: [(&str, &str); 3] = [
    ("dryRun", "Whether to go through all steps but storing: All."),
    (
        "fieldManager",
        "Who manages the fields that are written; at most 128 printable letters.",
    ),
    (
        "fieldValidation",
        "What to do with unknown and repeated fields: Ignore drops them, Warn drops and tells them, Strict refuses the object.",
    ),
];

/// The paths of a group's version.
pub fn of(group: &str, version: &Version) -> Map<'static> {
    let base = match group {
        "" => format!("/api/{}", version.name),
        group => format!("/apis/{group}/{}", version.name),
    };
    let mut paths = Map::new();
    for resource in &version.resources {
        let all = format!("{base}/{}", resource.plural);
        let collection = if resource.namespaced() {
            format!("{base}/namespaces/{{namespace}}/{}", resource.plural)
        } else {
            all.clone()
        };
        let mut of_all = Map::new();
        add(&mut of_all, resource, "get", "list");
        if resource.namespaced() {
            paths.insert(all, of_all.clone());
        }
        add(&mut of_all, resource, "post", "create");
        add(&mut of_all, resource, "delete", "deletecollection");
        paths.insert(collection.clone(), of_all);
        let mut of_one = Map::new();
        for (method, verb) in [("get", "get"), ("put", "update"), ("patch", "patch"), ("delete", "delete")] {
            add(&mut of_one, resource, method, verb);
        }
        if !of_one.is_empty() {
            paths.insert(format!("{collection}/{{name}}"), of_one);
        }
        for sub in &resource.subresources {
            let mut of_sub = Map::new();
            for (method, verb) in [("get", "get"), ("put", "update"), ("patch", "patch"), ("post", "create")] {
                if sub.verbs.iter().any(|known| known == verb) {
                    let (group, version) = match sub.version.as_str() {
                        "" => (resource.group.as_str(), resource.version.as_str()),
                        version => (sub.group.as_str(), version),
                    };
                    of_sub.insert(method, operation(resource, verb, (group, version, &sub.kind), None));
                }
            }
            paths.insert(format!("{collection}/{{name}}/{}", sub.name), of_sub);
        }
    }
    paths
}

fn add(to: &mut Map<'static>, resource: &Resource, method: &'static str, verb: &str) {
    if resource.has_verb(verb) {
        let of = (resource.group.as_str(), resource.version.as_str(), resource.kind.as_str());
        to.insert(method, operation(resource, verb, of, Some(type_name(resource))));
    }
}

fn operation(resource: &Resource, verb: &str, of: (&str, &str, &str), body: Option<String>) -> OwnedValue {
    let mut operation = Map::new();
    operation.insert("description", format!("{verb} {}", resource.plural));
    operation.insert("operationId", format!("{verb}{}{}", resource.kind, resource.version));
    if matches!(verb, "create" | "update" | "patch") {
        let mut parameters: Vec<OwnedValue> = WRITE_PARAMETERS
            .iter()
            .map(|(name, description)| parameter(name, description, "string"))
            .collect();
        if verb == "patch" {
            parameters.push(parameter("force", "Whether an apply takes fields from other managers.", "boolean"));
        }
        operation.insert("parameters", parameters);
    }
    let action = match verb {
        "create" => "post",
        "update" => "put",
        verb => verb,
    };
    operation.insert("x-kubernetes-action", action.to_owned());
    let mut kind = Map::new();
    kind.insert("group", of.0.to_owned());
    kind.insert("kind", of.2.to_owned());
    kind.insert("version", of.1.to_owned());
    operation.insert("x-kubernetes-group-version-kind", kind);
    let mut success = Value::Object(Map::new());
    success.set(&["description"], "OK");
    if let Some(body) = body.filter(|_| !matches!(verb, "list" | "deletecollection" | "delete")) {
        success.set(&["content", "application/json", "schema", "$ref"], Reference::Components.to(&body));
    }
    let mut responses = Map::new();
    responses.insert("200", success);
    operation.insert("responses", responses);
    Value::Object(operation)
}

fn parameter(name: &'static str, description: &'static str, kind: &'static str) -> OwnedValue {
    let mut schema = Map::new();
    schema.insert("type", kind);
    schema.insert("uniqueItems", true);
    let mut parameter = Map::new();
    parameter.insert("name", name);
    parameter.insert("in", "query");
    parameter.insert("description", description);
    parameter.insert("schema", schema);
    Value::Object(parameter)
}
