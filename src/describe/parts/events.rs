//! The events about an object, as the table at the end of most descriptions.

use super::{fields::or_else, times};
use crate::{
    api::{Value, event::last_seen, sort::sort},
    describe::{
        Facts, Settings,
        writer::{Writer, put},
    },
};

/// Writes the events that were found, where they are to be shown.
pub fn events(w: &mut Writer, facts: &Facts<'_>) {
    if let Some(events) = facts.found_events() {
        table(w, facts.settings, events);
    }
}

/// Writes events by the time when they were last seen.
pub fn table(w: &mut Writer, settings: &Settings, mut events: Vec<&Value<'_>>) {
    if events.is_empty() {
        return put!(w, 0, "Events:\t<none>\n");
    }
    sort(&mut events, |a, b| {
        times::read(a.at(&["lastTimestamp"])) < times::read(b.at(&["lastTimestamp"]))
    });
    put!(w, 0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
    put!(w, 1, "----\t------\t----\t----\t-------\n");
    for event in events {
        let component = or_else(
            event.str_at(&["source", "component"]).to_owned(),
            event.str_at(&["reportingComponent"]),
        );
        let field = event.str_at(&["involvedObject", "fieldPath"]);
        let (kind, reason) = (event.str_at(&["type"]), event.str_at(&["reason"]));
        put!(w, 1, "{kind}\t{reason}\t{}\t{component}\t", last_seen(event, settings.now));
        if !field.is_empty() {
            put!(w, 0, "{field}: ");
        }
        put!(w, 0, "{}\n", event.str_at(&["message"]).trim());
    }
}
