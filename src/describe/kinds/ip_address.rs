//! Addresses that are taken.

use crate::{
    describe::{
        Describer, Events, Facts, nothing,
        parts::{events, fields::object, metadata},
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes an address.
pub const IP_ADDRESS: Describer = Describer {
    group: "networking.k8s.io",
    kind: "IPAddress",
    resource: "ipaddresses",
    versions: &["v1", "v1beta1"],
    questions: nothing,
    events: Events::OfObject,
    describe,
};

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let address = facts.object;
    metadata::name(w, address);
    metadata::labels(w, address);
    metadata::annotations(w, address);
    if let Some(parent) = object(address, &["spec", "parentRef"]) {
        put!(w, 0, "Parent Reference:\n");
        for (title, field) in [
            ("Group", "group"),
            ("Resource", "resource"),
            ("Namespace", "namespace"),
            ("Name", "name"),
        ] {
            put!(w, 1, "{title}:\t{}\n", parent.str_at(&[field]));
        }
    }
    events::events(w, facts);
    Ok(())
}
