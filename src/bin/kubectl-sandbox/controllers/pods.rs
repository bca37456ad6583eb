//! What controllers ask of pods, and how they make them.

use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    random::{fnv, safe_encode},
    selector::LabelSelector,
    store::Object,
};

/// Whether a pod's condition is true.
pub fn condition(pod: &OwnedValue, kind: &str) -> bool {
    pod.items_at(&["status", "conditions"])
        .iter()
        .any(|condition| condition.str_at(&["type"]) == kind && condition.str_at(&["status"]) == "True")
}

/// Whether a pod is ready.
pub fn is_ready(pod: &OwnedValue) -> bool {
    condition(pod, "Ready")
}

/// Whether a pod's containers have all ended for good.
pub fn is_ended(pod: &OwnedValue) -> bool {
    matches!(pod.str_at(&["status", "phase"]), "Succeeded" | "Failed")
}

/// Whether a pod counts as one that runs or will: it has not ended and is not going.
pub fn is_active(pod: &OwnedValue) -> bool {
    !is_ended(pod) && !meta::is_deleting(pod)
}

/// Whether a pod has been ready for `seconds`, and if it is only ready, when it will have been.
pub fn availability(pod: &OwnedValue, seconds: i64, now: Timestamp) -> (bool, Option<Timestamp>) {
    if !is_ready(pod) {
        return (false, None);
    }
    if seconds == 0 {
        return (true, None);
    }
    let since = pod
        .items_at(&["status", "conditions"])
        .iter()
        .find(|condition| condition.str_at(&["type"]) == "Ready")
        .and_then(|condition| meta::time_at(condition, &["lastTransitionTime"]))
        .unwrap_or(now);
    let due = since.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    if due <= now { (true, None) } else { (false, Some(due)) }
}

/// The pods that `owner` manages: those that name it as their manager, those of nobody's that it selects, which become
/// its own, and not those that it no longer selects, which are let go.
pub fn claim(cluster: &mut Cluster, owner: &OwnedValue, selector: &LabelSelector) -> Vec<Rc<Object>> {
    let Some(pods) = cluster.built_in("", "pods") else {
        return Vec::new();
    };
    let (namespace, uid) = (meta::namespace(owner).to_owned(), meta::uid(owner).to_owned());
    let going = meta::is_deleting(owner);
    let mut mine: Vec<Rc<Object>> = Vec::new();
    let owned: Vec<Rc<Object>> = match cluster.store.existing(pods.collection) {
        Some(collection) => collection.owned_by(&uid).cloned().collect(),
        None => Vec::new(),
    };
    for pod in owned {
        if !meta::controlled_by(&pod.value, &uid) {
            continue;
        }
        if selector.matches_object(&pod.value) || going {
            mine.push(pod);
        } else if !meta::is_deleting(&pod.value) {
            cluster.edit(&pods, &namespace, pod.name(), |value| disown(value, &uid));
        }
    }
    if !going {
        let strays: Vec<Rc<Object>> = cluster
            .store
            .list(pods.collection, Some(&namespace))
            .filter(|pod| meta::controller(&pod.value).is_none() && is_active(&pod.value))
            .filter(|pod| selector.matches_object(&pod.value) && !cluster.still.contains(pod.uid()))
            .cloned()
            .collect();
        for pod in strays {
            let adopted = cluster.edit(&pods, &namespace, pod.name(), |value| {
                let mut owners = meta::owners(value).to_vec();
                owners.push(meta::controller_reference(owner));
                value.set(&["metadata", "ownerReferences"], owners);
            });
            mine.extend(adopted);
        }
    }
    mine.sort_by(|a, b| a.name().cmp(b.name()));
    mine
}

/// Takes the owner `uid` out of an object's owners.
pub fn disown(value: &mut OwnedValue, uid: &str) {
    let owners: Vec<OwnedValue> = meta::owners(value)
        .iter()
        .filter(|owner| owner.str_at(&["uid"]) != uid)
        .cloned()
        .collect();
    if owners.is_empty() {
        value.object_at(&["metadata"]).remove("ownerReferences");
    } else {
        value.set(&["metadata", "ownerReferences"], owners);
    }
}

/// A pod as `owner`'s template describes it, without a name.
pub fn from_template(owner: &OwnedValue, template: &OwnedValue) -> OwnedValue {
    let mut pod = Value::Object(Map::new());
    for field in ["labels", "annotations", "finalizers"] {
        if let Some(value) = template.at(&["metadata", field]) {
            pod.set(&["metadata", field], value.clone());
        }
    }
    pod.set(&["metadata", "namespace"], meta::namespace(owner).to_owned());
    pod.set(&["metadata", "ownerReferences"], vec![meta::controller_reference(owner)]);
    if let Some(spec) = template.get("spec") {
        pod.set(&["spec"], spec.clone());
    }
    pod
}

/// Creates a pod for `owner`, and tells of it.
pub fn create(cluster: &mut Cluster, owner: &OwnedValue, pod: OwnedValue, component: &str) -> Option<Rc<Object>> {
    let pods = cluster.built_in("", "pods")?;
    let created = cluster.create(&pods, pod);
    let message = format!("Created pod: {}", created.name());
    events::record(cluster, owner, Event::normal(component, "SuccessfulCreate", &message));
    Some(created)
}

/// Begins to delete a pod of `owner`'s, and tells of it.
pub fn delete(cluster: &mut Cluster, owner: &OwnedValue, pod: &Object, component: &str) {
    let Some(pods) = cluster.built_in("", "pods") else {
        return;
    };
    cluster.delete(&pods, pod.namespace(), pod.name(), None);
    let message = format!("Deleted pod: {}", pod.name());
    events::record(cluster, owner, Event::normal(component, "SuccessfulDelete", &message));
}

/// The hash of a template, as it stands in names and labels.
pub fn template_hash(template: &OwnedValue, collisions: i64) -> String {
    let mut out = Vec::new();
    let mut template = template.clone();
    if let Some(Value::Object(labels)) = template.at_mut(&["metadata", "labels"]) {
        labels.remove("pod-template-hash");
    }
    kubectl_rs::api::json::to_compact(&mut out, &template);
    if collisions > 0 {
        out.extend_from_slice(&collisions.to_le_bytes());
    }
    safe_encode(fnv(&out))
}

/// A number of pods, or a share of `total`, rounded up or down.
pub fn amount(value: Option<&OwnedValue>, total: i64, up: bool) -> i64 {
    match value {
        Some(Value::String(text)) => {
            let percent: i64 = text.trim_end_matches('%').parse().unwrap_or_default();
            let product = total * percent;
            if up { (product + 99) / 100 } else { product / 100 }
        }
        Some(number) => number.as_int().unwrap_or_default(),
        None => 0,
    }
}

/// Which pods a controller would rather lose: those that run nowhere, that are not ready, that are young.
pub fn worst_first(pods: &mut [Rc<Object>]) {
    let cost = |pod: &OwnedValue| -> i64 {
        meta::annotation(pod, "controller.kubernetes.io/pod-deletion-cost")
            .and_then(|cost| cost.parse().ok())
            .unwrap_or_default()
    };
    let rank = |pod: &OwnedValue| {
        let placed = !pod.str_at(&["spec", "nodeName"]).is_empty();
        let phase = match pod.str_at(&["status", "phase"]) {
            "Pending" => 0,
            "Unknown" => 1,
            _ => 2,
        };
        (placed, phase, is_ready(pod), cost(pod))
    };
    pods.sort_by(|a, b| {
        rank(&a.value)
            .cmp(&rank(&b.value))
            .then_with(|| {
                b.value
                    .str_at(&["metadata", "creationTimestamp"])
                    .cmp(a.value.str_at(&["metadata", "creationTimestamp"]))
            })
            .then_with(|| a.name().cmp(b.name()))
    });
}

/// Sets a condition of an object's status; its time of transition changes with its status only. Says whether anything
/// changed.
pub fn set_condition(value: &mut OwnedValue, kind: &str, status: &str, reason: &str, message: &str, now: Timestamp, updates: bool) -> bool {
    let mut conditions = value.items_at(&["status", "conditions"]).to_vec();
    let old = conditions.iter().position(|condition| condition.str_at(&["type"]) == kind);
    if let Some(at) = old {
        let condition = &conditions[at];
        if condition.str_at(&["status"]) == status && condition.str_at(&["reason"]) == reason && condition.str_at(&["message"]) == message {
            return false;
        }
    }
    let mut condition = Map::new();
    condition.insert("type", kind.to_owned());
    condition.insert("status", status.to_owned());
    let time = meta::format_time(now);
    if updates {
        condition.insert("lastUpdateTime", time.clone());
    }
    let transition = match old {
        Some(at) if conditions[at].str_at(&["status"]) == status => conditions[at].str_at(&["lastTransitionTime"]).to_owned(),
        _ => time,
    };
    condition.insert("lastTransitionTime", transition);
    if !reason.is_empty() {
        condition.insert("reason", reason.to_owned());
    }
    if !message.is_empty() {
        condition.insert("message", message.to_owned());
    }
    match old {
        Some(at) if !updates => conditions[at] = Value::Object(condition),
        // Of deployments, what changed last comes last.
        old => {
            if let Some(at) = old {
                conditions.remove(at);
            }
            conditions.push(Value::Object(condition));
        }
    }
    value.set(&["status", "conditions"], conditions);
    true
}

/// Sets a number in an object's status; 0 is left out where `optional`.
pub fn set_count(value: &mut OwnedValue, field: &str, count: i64, optional: bool) {
    if count == 0 && optional {
        if let Some(Value::Object(status)) = value.at_mut(&["status"]) {
            status.remove(field);
        }
    } else {
        value.set(&["status", field], count);
    }
}
