//! Endpoints.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{
            events,
            fields::{number, or_else},
            metadata,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes endpoints.
pub const ENDPOINTS: Describer = Describer {
    group: "",
    kind: "Endpoints",
    resource: "endpoints",
    versions: &["v1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    metadata::name_and_namespace(w, facts.object);
    metadata::labels(w, facts.object);
    metadata::annotations(w, facts.object);
    put!(w, 0, "Subsets:\n");
    for subset in facts.object.items_at(&["subsets"]) {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let addresses: Vec<&str> = subset.items_at(&[field]).iter().map(|address| address.str_at(&["ip"])).collect();
            put!(w, 1, "{title}:\t{}\n", or_else(addresses.join(","), "<none>"));
        }
        let ports = subset.items_at(&["ports"]);
        if !ports.is_empty() {
            put!(w, 1, "Ports:\n");
            put!(w, 2, "Name\tPort\tProtocol\n");
            put!(w, 2, "----\t----\t--------\n");
        }
        for port in ports {
            let name = or_else(port.str_at(&["name"]).to_owned(), "<unset>");
            put!(w, 2, "{name}\t{}\t{}\n", number(port, &["port"]), port.str_at(&["protocol"]));
        }
        put!(w, 0, "\n");
    }
    events::events(w, facts);
    Ok(())
}
