//! Events: what controllers, the scheduler and kubelets tell people.

use jiff::{SignedDuration, Timestamp};
use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{cluster::Cluster, meta};

/// How long an event is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How often old events are looked for.
const SWEEP: SignedDuration = SignedDuration::from_mins(5);

/// What happened.
#[derive(Debug, Clone, Copy)]
pub struct Event<'e> {
    /// `Normal` or `Warning`.
    pub kind: &'e str,
    /// One word.
    pub reason: &'e str,
    /// A sentence.
    pub message: &'e str,
    /// Who says so.
    pub component: &'e str,
    /// On which node; empty for none.
    pub host: &'e str,
    /// Which part of the object it is about; empty for all of it.
    pub field: &'e str,
}

impl<'e> Event<'e> {
    /// An event that nobody need worry about.
    pub fn normal(component: &'e str, reason: &'e str, message: &'e str) -> Self {
        Event {
            kind: "Normal",
            reason,
            message,
            component,
            host: "",
            field: "",
        }
    }

    /// An event that somebody should look at.
    pub fn warning(component: &'e str, reason: &'e str, message: &'e str) -> Self {
        Event {
            kind: "Warning",
            ..Event::normal(component, reason, message)
        }
    }

    /// The event on a node.
    pub fn on(self, host: &'e str) -> Self {
        Event { host, ..self }
    }

    /// The event about a part of the object.
    pub fn about(self, field: &'e str) -> Self {
        Event { field, ..self }
    }
}

/// Tells people of an event about `object`. One that was told before is counted, not told again.
pub fn record(cluster: &mut Cluster, object: &OwnedValue, event: Event<'_>) {
    let now = cluster.clock.now();
    let id = cluster.collection("", "events");
    let namespace = match meta::namespace(object) {
        "" => "default",
        namespace => namespace,
    };
    let key = format!(
        "{}|{}|{}|{}|{}|{}",
        meta::uid(object),
        event.reason,
        event.message,
        event.component,
        event.host,
        event.field
    );
    let known = cluster.told.get(&key).cloned();
    if let Some(earlier) = known.and_then(|name| cluster.store.get(id, namespace, &name).cloned()) {
        let mut value = earlier.value.clone();
        let count = value.int_at(&["count"]).unwrap_or(1) + 1;
        if value.at(&["eventTime"]).is_some_and(|time| !time.is_null()) {
            value.set(&["series", "count"], value.int_at(&["series", "count"]).unwrap_or(1) + 1);
            value.set(&["series", "lastObservedTime"], meta::format_micro_time(now));
        } else {
            value.set(&["count"], count);
            value.set(&["lastTimestamp"], meta::format_time(now));
        }
        cluster.put(id, value);
        return;
    }
    let name = format!(
        "{}.{:016x}",
        meta::name(object),
        now.as_nanosecond() as u64 + cluster.random.below(1000)
    );
    let value = event_value(cluster, object, event, namespace, &name, now);
    cluster.told.insert(key, name);
    cluster.put(id, value);
}

fn event_value(cluster: &mut Cluster, object: &OwnedValue, event: Event<'_>, namespace: &str, name: &str, now: Timestamp) -> OwnedValue {
    let mut involved = Map::new();
    for (key, text) in [
        ("kind", object.str_at(&["kind"])),
        ("apiVersion", object.str_at(&["apiVersion"])),
        ("namespace", meta::namespace(object)),
        ("name", meta::name(object)),
        ("uid", meta::uid(object)),
        ("resourceVersion", object.str_at(&["metadata", "resourceVersion"])),
        ("fieldPath", event.field),
    ] {
        if !text.is_empty() {
            involved.insert(key, text.to_owned());
        }
    }
    let mut metadata = Map::new();
    metadata.insert("name", name.to_owned());
    metadata.insert("namespace", namespace.to_owned());
    metadata.insert("uid", cluster.random.uid());
    metadata.insert("creationTimestamp", meta::format_time(now));
    let mut value = Map::new();
    value.insert("apiVersion", "v1");
    value.insert("kind", "Event");
    value.insert("metadata", metadata);
    value.insert("involvedObject", involved);
    value.insert("type", event.kind.to_owned());
    value.insert("reason", event.reason.to_owned());
    value.insert("message", event.message.to_owned());
    value.insert("reportingComponent", event.component.to_owned());
    // The scheduler writes events of the newer kind.
    if event.component == "default-scheduler" {
        value.insert("action", if event.reason == "Scheduled" { "Binding" } else { "Scheduling" });
        value.insert("eventTime", meta::format_micro_time(now));
        value.insert("firstTimestamp", Value::Null);
        value.insert("lastTimestamp", Value::Null);
        value.insert("reportingInstance", "default-scheduler-sandbox-control-plane");
        value.insert("source", Map::new());
    } else {
        let mut source = Map::new();
        source.insert("component", event.component.to_owned());
        if !event.host.is_empty() {
            source.insert("host", event.host.to_owned());
        }
        value.insert("count", 1i64);
        value.insert("eventTime", Value::Null);
        value.insert("firstTimestamp", meta::format_time(now));
        value.insert("lastTimestamp", meta::format_time(now));
        value.insert("reportingInstance", event.host.to_owned());
        value.insert("source", source);
    }
    Value::Object(value)
}

/// Removes events that are older than an hour. Says when to look again.
pub fn forget_old(cluster: &mut Cluster) -> Option<Timestamp> {
    let id = cluster.collection("", "events");
    let now = cluster.clock.now();
    let limit = now.saturating_sub(KEPT).ok()?;
    let last_seen = |value: &OwnedValue| {
        [
            &["series", "lastObservedTime"][..],
            &["lastTimestamp"],
            &["eventTime"],
            &["metadata", "creationTimestamp"],
        ]
        .iter()
        .find_map(|path| meta::time_at(value, path))
    };
    let old: Vec<(String, String)> = cluster
        .store
        .list(id, None)
        .filter(|event| !cluster.still.contains(event.uid()))
        .filter(|event| last_seen(&event.value).is_none_or(|seen| seen < limit))
        .map(|event| (event.namespace().to_owned(), event.name().to_owned()))
        .collect();
    for (namespace, name) in &old {
        cluster.remove(id, namespace, name);
    }
    if !old.is_empty() {
        let names: std::collections::HashSet<&String> = old.iter().map(|(_, name)| name).collect();
        cluster.told.retain(|_, name| !names.contains(name));
    }
    now.saturating_add(SWEEP).ok()
}
