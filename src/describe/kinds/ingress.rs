//! Ingresses.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, Question,
        parts::{
            events,
            fields::{number, object, or_else, text, texts},
            metadata, slices,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes an ingress.
pub const INGRESS: Describer = Describer {
    group: "networking.k8s.io",
    kind: "Ingress",
    resource: "ingresses",
    versions: &["v1"],
    questions,
    events: Events::OfObject,
    describe,
};

/// The backends of all rules.
fn backends<'v, 'a>(ingress: &'v Value<'a>) -> impl Iterator<Item = &'v Value<'a>> {
    let rules = ingress.items_at(&["spec", "rules"]).iter();
    let paths = rules
        .flat_map(|rule| rule.items_at(&["http", "paths"]))
        .filter_map(|path| path.get("backend"));
    object(ingress, &["spec", "defaultBackend"]).into_iter().chain(paths)
}

/// What is asked about a service.
fn about_service(namespace: &str, name: &str) -> [Question; 2] {
    [
        Question::endpoint_slices(namespace, name),
        Question::one("", "v1", "services", namespace, name),
    ]
}

fn questions(ingress: &Value<'_>) -> Vec<Question> {
    let namespace = ingress.str_at(&["metadata", "namespace"]);
    let mut questions: Vec<Question> = Vec::new();
    for service in backends(ingress).filter_map(|backend| object(backend, &["service"])) {
        for question in about_service(namespace, service.str_at(&["name"])) {
            // kubectl asks again for every rule.
            if !questions.contains(&question) {
                questions.push(question);
            }
        }
    }
    questions
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let ingress = facts.object;
    let empty = Value::Null;
    let spec = ingress.get("spec").unwrap_or(&empty);
    metadata::name(w, ingress);
    metadata::labels(w, ingress);
    put!(w, 0, "Namespace:\t{}\n", ingress.str_at(&["metadata", "namespace"]));
    put!(w, 0, "Address:\t{}\n", addresses(ingress));
    put!(w, 0, "Ingress Class:\t{}\n", text(spec, &["ingressClassName"]).unwrap_or("<none>"));
    let default = object(spec, &["defaultBackend"]).map_or("<default>".to_owned(), |backend| shown(facts, backend));
    put!(w, 0, "Default backend:\t{default}\n");
    let certificates = spec.items_at(&["tls"]);
    if !certificates.is_empty() {
        put!(w, 0, "TLS:\n");
    }
    for certificate in certificates {
        let hosts = texts(certificate, &["hosts"]).join(",");
        match certificate.str_at(&["secretName"]) {
            "" => put!(w, 1, "SNI routes {hosts}\n"),
            secret => put!(w, 1, "{secret} terminates {hosts}\n"),
        }
    }
    put!(w, 0, "Rules:\n  Host\tPath\tBackends\n");
    put!(w, 1, "----\t----\t--------\n");
    let rules: Vec<&Value<'_>> = spec
        .items_at(&["rules"])
        .iter()
        .filter(|rule| object(rule, &["http"]).is_some())
        .collect();
    if rules.is_empty() {
        put!(w, 1, "*\t*\t{default}\n");
    }
    for rule in rules {
        put!(w, 1, "{}\t\n", or_else(rule.str_at(&["host"]).to_owned(), "*"));
        for path in rule.items_at(&["http", "paths"]) {
            let backend = path.get("backend").map_or(String::new(), |backend| shown(facts, backend));
            put!(w, 2, "\t{} \t{backend}\n", path.str_at(&["path"]));
        }
    }
    metadata::annotations(w, ingress);
    events::events(w, facts);
    Ok(())
}

/// Where requests come in, each address once.
fn addresses(ingress: &Value<'_>) -> String {
    let points = ingress.items_at(&["status", "loadBalancer", "ingress"]);
    let mut addresses: Vec<&str> = points
        .iter()
        .map(|point| match point.str_at(&["ip"]) {
            "" => point.str_at(&["hostname"]),
            ip => ip,
        })
        .filter(|address| !address.is_empty())
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.join(",")
}

/// A backend: a service with the addresses behind it, or another resource.
fn shown(facts: &Facts<'_>, backend: &Value<'_>) -> String {
    let Some(service) = object(backend, &["service"]) else {
        return object(backend, &["resource"]).map_or(String::new(), |resource| {
            let group = text(resource, &["apiGroup"]).unwrap_or("<none>");
            let (kind, name) = (resource.str_at(&["kind"]), resource.str_at(&["name"]));
            format!("APIGroup: {group}, Kind: {kind}, Name: {name}")
        });
    };
    let name = service.str_at(&["name"]);
    let (port, port_name) = (number(service, &["port", "number"]), service.str_at(&["port", "name"]));
    let title = match port {
        0 => format!("{name}:{port_name}"),
        port => format!("{name}:{port}"),
    };
    let [endpoints, object] = about_service(facts.object.str_at(&["metadata", "namespace"]), name);
    let found = facts.list(&endpoints).and_then(|endpoints| Ok((endpoints, facts.one(&object)?)));
    let (endpoints, object) = match found {
        Ok(found) => found,
        Err(error) => return format!("{title} (<error: {error}>)"),
    };
    let ports = object.map(|object| object.items_at(&["spec", "ports"])).unwrap_or_default();
    let meant = ports.iter().rfind(|candidate| {
        let same_number = port != 0 && port == number(candidate, &["port"]);
        same_number || (!port_name.is_empty() && port_name == candidate.str_at(&["name"]))
    });
    let port_name = meant.map_or("", |port| port.str_at(&["name"]));
    format!("{title} ({})", slices::addresses(&endpoints, port_name))
}
