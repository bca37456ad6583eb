//! Services.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, Question,
        parts::{
            events,
            fields::{entries, number, number_or_text, or_else, text, texts},
            metadata, slices,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a service.
pub const SERVICE: Describer = Describer {
    group: "",
    kind: "Service",
    resource: "services",
    versions: &["v1"],
    questions: |service| vec![endpoint_slices(service)],
    events: Events::OfObject,
    describe,
};

fn endpoint_slices(service: &Value<'_>) -> Question {
    let of = |field| service.str_at(&["metadata", field]);
    Question::endpoint_slices(of("namespace"), of("name"))
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let service = facts.object;
    let empty = Value::Null;
    let spec = service.get("spec").unwrap_or(&empty);
    metadata::name_and_namespace(w, service);
    metadata::labels(w, service);
    metadata::annotations(w, service);
    put!(w, 0, "Selector:\t{}\n", metadata::one_line(&entries(spec, &["selector"])));
    put!(w, 0, "Type:\t{}\n", spec.str_at(&["type"]));
    optional(w, "IP Family Policy", spec, "ipFamilyPolicy");
    put!(w, 0, "IP Families:\t{}\n", listed(spec, "ipFamilies"));
    put!(w, 0, "IP:\t{}\n", spec.str_at(&["clusterIP"]));
    put!(w, 0, "IPs:\t{}\n", listed(spec, "clusterIPs"));
    list(w, "External IPs", spec, "externalIPs");
    filled(w, "Desired LoadBalancer IP", spec, "loadBalancerIP");
    filled(w, "External Name", spec, "externalName");
    let ingress = service.items_at(&["status", "loadBalancer", "ingress"]);
    if !ingress.is_empty() {
        let addresses: Vec<String> = ingress.iter().map(address).collect();
        put!(w, 0, "LoadBalancer Ingress:\t{}\n", addresses.join(", "));
    }
    // What cannot be asked for is not there, as for kubectl.
    let slices = facts.list(&endpoint_slices(service)).unwrap_or_default();
    for port in spec.items_at(&["ports"]) {
        describe_port(w, port, &slices);
    }
    put!(w, 0, "Session Affinity:\t{}\n", spec.str_at(&["sessionAffinity"]));
    filled(w, "External Traffic Policy", spec, "externalTrafficPolicy");
    optional(w, "Internal Traffic Policy", spec, "internalTrafficPolicy");
    let health_check = number(spec, &["healthCheckNodePort"]);
    if health_check != 0 {
        put!(w, 0, "HealthCheck NodePort:\t{health_check}\n");
    }
    list(w, "LoadBalancer Source Ranges", spec, "loadBalancerSourceRanges");
    optional(w, "Traffic Distribution", spec, "trafficDistribution");
    events::events(w, facts);
    Ok(())
}

/// A list in one line; `<none>` where it has no entries, be they empty.
fn listed(spec: &Value<'_>, field: &str) -> String {
    match spec.items_at(&[field]) {
        [] => "<none>".to_owned(),
        _ => texts(spec, &[field]).join(","),
    }
}

/// Writes a text where there is one.
fn optional(w: &mut Writer, title: &str, spec: &Value<'_>, field: &str) {
    if let Some(text) = text(spec, &[field]) {
        put!(w, 0, "{title}:\t{text}\n");
    }
}

/// Writes a text where it is not empty.
fn filled(w: &mut Writer, title: &str, spec: &Value<'_>, field: &str) {
    if !spec.str_at(&[field]).is_empty() {
        optional(w, title, spec, field);
    }
}

/// Writes a list where it is not empty.
fn list(w: &mut Writer, title: &str, spec: &Value<'_>, field: &str) {
    if !spec.items_at(&[field]).is_empty() {
        put!(w, 0, "{title}:\t{}\n", texts(spec, &[field]).join(","));
    }
}

/// Where a load balancer takes requests.
fn address(ingress: &Value<'_>) -> String {
    match (ingress.str_at(&["ip"]), text(ingress, &["ipMode"])) {
        ("", _) => ingress.str_at(&["hostname"]).to_owned(),
        (ip, None) => ip.to_owned(),
        (ip, Some(mode)) => format!("{ip} ({mode})"),
    }
}

fn describe_port(w: &mut Writer, port: &Value<'_>, slices: &[&Value<'_>]) {
    let name = port.str_at(&["name"]);
    let shown = or_else(name.to_owned(), "<unset>");
    let protocol = port.str_at(&["protocol"]);
    put!(w, 0, "Port:\t{shown}\t{}/{protocol}\n", number(port, &["port"]));
    put!(w, 0, "TargetPort:\t{}/{protocol}\n", number_or_text(port.at(&["targetPort"])));
    optional(w, "AppProtocol", port, "appProtocol");
    let node_port = number(port, &["nodePort"]);
    if node_port != 0 {
        put!(w, 0, "NodePort:\t{shown}\t{node_port}/{protocol}\n");
    }
    put!(w, 0, "Endpoints:\t{}\n", slices::addresses(slices, name));
}
