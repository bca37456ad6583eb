//! Endpoint slices.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{object, or_else, text, texts},
            metadata,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes an endpoint slice.
pub const ENDPOINT_SLICE: Describer = Describer {
    group: "discovery.k8s.io",
    kind: "EndpointSlice",
    resource: "endpointslices",
    versions: &["v1", "v1beta1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

const UNSET: &str = "<unset>";

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let slice = facts.object;
    metadata::name_and_namespace(w, slice);
    metadata::labels(w, slice);
    metadata::annotations(w, slice);
    put!(w, 0, "AddressType:\t{}\n", slice.str_at(&["addressType"]));
    let ports = slice.items_at(&["ports"]);
    if ports.is_empty() {
        put!(w, 0, "Ports: <unset>\n");
    } else {
        put!(w, 0, "Ports:\n");
        put!(w, 1, "Name\tPort\tProtocol\n");
        put!(w, 1, "----\t----\t--------\n");
    }
    for port in ports {
        let name = or_else(port.str_at(&["name"]).to_owned(), UNSET);
        let number = port.int_at(&["port"]).map_or(UNSET.to_owned(), |port| port.to_string());
        put!(w, 1, "{name}\t{number}\t{}\n", port.str_at(&["protocol"]));
    }
    let endpoints = slice.items_at(&["endpoints"]);
    put!(w, 0, "Endpoints:{}\n", if endpoints.is_empty() { " <none>" } else { "" });
    for endpoint in endpoints {
        describe_endpoint(w, endpoint);
    }
    events::events(w, facts);
    Ok(())
}

fn describe_endpoint(w: &mut Writer, endpoint: &Value<'_>) {
    let addresses = or_else(texts(endpoint, &["addresses"]).join(", "), "<none>");
    put!(w, 1, "- Addresses:\t{addresses}\n");
    put!(w, 2, "Conditions:\n");
    let ready = match endpoint.at(&["conditions", "ready"]).and_then(Value::as_bool) {
        Some(true) => "true",
        Some(false) => "false",
        None => UNSET,
    };
    put!(w, 3, "Ready:\t{ready}\n");
    let of = |field| text(endpoint, &[field]).unwrap_or(UNSET);
    put!(w, 2, "Hostname:\t{}\n", of("hostname"));
    if let Some(target) = object(endpoint, &["targetRef"]) {
        put!(w, 2, "TargetRef:\t{}/{}\n", target.str_at(&["kind"]), target.str_at(&["name"]));
    }
    put!(w, 2, "NodeName:\t{}\n", of("nodeName"));
    put!(w, 2, "Zone:\t{}\n", of("zone"));
}
