//! Pods.

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, Question, nothing,
        parts::{
            containers::{self, Containers},
            events,
            fields::{entries, is_set, number},
            metadata, requests, scheduling, times, volumes,
        },
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a pod.
pub const POD: Describer = Describer {
    group: "",
    kind: "Pod",
    resource: "pods",
    versions: &["v1"],
    questions: nothing,
    events: Events::Of(pod_events),
    describe,
};

/// Where a static pod's image in the API keeps the identifier that its kubelet reports events under.
const MIRROR: &str = "kubernetes.io/config.mirror";

fn pod_events(pod: &Value<'_>) -> Vec<Question> {
    let of = |field| pod.str_at(&["metadata", field]);
    let mirrored = pod.at(&["metadata", "annotations", MIRROR]).and_then(Value::as_str);
    let uid = mirrored.unwrap_or_else(|| of("uid"));
    vec![Question::events(of("namespace"), of("name"), "", uid)]
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let pod = facts.object;
    let empty = Value::Null;
    let [spec, status] = ["spec", "status"].map(|part| pod.get(part).unwrap_or(&empty));
    head(w, facts, spec, status);
    if is_set(spec, &["resources"]) {
        put!(w, 0, "Resources:\n");
        containers::resources(w, 1, spec.get("resources"));
    }
    for (title, field, statuses) in [
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        let containers = spec.items_at(&[field]);
        if containers.is_empty() && field != "containers" {
            continue;
        }
        let containers = Containers {
            title,
            indent: "",
            containers,
            statuses: status.items_at(&[statuses]),
            pod: Some(pod),
            settings: facts.settings,
        };
        containers.describe(w);
    }
    conditions(w, spec, status);
    volumes::volumes(w, spec.items_at(&["volumes"]), "");
    put!(w, 0, "QoS Class:\t{}\n", requests::quality_of_service(pod));
    metadata::entry_lines(w, "", "Node-Selectors", &entries(spec, &["nodeSelector"]));
    scheduling::tolerations(w, "", spec.items_at(&["tolerations"]));
    scheduling::topology_spread(w, "", spec.items_at(&["topologySpreadConstraints"]));
    scheduling::group(w, "", spec);
    events::events(w, facts);
    Ok(())
}

/// Writes a text where it is not empty.
fn text(w: &mut Writer, title: &str, holder: &Value<'_>, field: &str) {
    let text = holder.str_at(&[field]);
    if !text.is_empty() {
        put!(w, 0, "{title}:\t{text}\n");
    }
}

/// Writes what comes before the containers.
fn head(w: &mut Writer, facts: &Facts<'_>, spec: &Value<'_>, status: &Value<'_>) {
    let pod = facts.object;
    metadata::name_and_namespace(w, pod);
    if let Some(priority) = spec.int_at(&["priority"]) {
        put!(w, 0, "Priority:\t{priority}\n");
    }
    text(w, "Priority Class Name", spec, "priorityClassName");
    text(w, "Runtime Class Name", spec, "runtimeClassName");
    text(w, "Service Account", spec, "serviceAccountName");
    match spec.str_at(&["nodeName"]) {
        "" => put!(w, 0, "Node:\t<none>\n"),
        node => put!(w, 0, "Node:\t{node}/{}\n", status.str_at(&["hostIP"])),
    }
    if is_set(status, &["startTime"]) {
        put!(w, 0, "Start Time:\t{}\n", times::shown(facts.settings, status.get("startTime")));
    }
    metadata::labels(w, pod);
    metadata::annotations(w, pod);
    let phase = status.str_at(&["phase"]);
    let deleted = pod.at(&["metadata", "deletionTimestamp"]).filter(|deleted| !deleted.is_null());
    if deleted.is_some() && !matches!(phase, "Failed" | "Succeeded") {
        put!(w, 0, "Status:\tTerminating (lasts {})\n", times::since(facts.settings, deleted));
        let seconds = number(pod, &["metadata", "deletionGracePeriodSeconds"]);
        put!(w, 0, "Termination Grace Period:\t{seconds}s\n");
    } else {
        put!(w, 0, "Status:\t{phase}\n");
    }
    text(w, "Reason", status, "reason");
    text(w, "Message", status, "message");
    containers::seccomp_profile(w, 0, 0, spec);
    put!(w, 0, "IP:\t{}\n", status.str_at(&["podIP"]));
    match status.items_at(&["podIPs"]) {
        [] => put!(w, 0, "IPs:\t<none>\n"),
        addresses => {
            put!(w, 0, "IPs:\n");
            for address in addresses {
                put!(w, 1, "IP:\t{}\n", address.str_at(&["ip"]));
            }
        }
    }
    metadata::controlled_by(w, pod);
    text(w, "NominatedNodeName", status, "nominatedNodeName");
}

/// Writes readiness gates and conditions.
fn conditions(w: &mut Writer, spec: &Value<'_>, status: &Value<'_>) {
    let conditions = status.items_at(&["conditions"]);
    let gates = spec.items_at(&["readinessGates"]);
    if !gates.is_empty() {
        put!(w, 0, "Readiness Gates:\n  Type\tStatus\n");
    }
    for gate in gates {
        let kind = gate.str_at(&["conditionType"]);
        let condition = conditions.iter().find(|condition| condition.str_at(&["type"]) == kind);
        let state = condition.map_or("<none>", |condition| condition.str_at(&["status"]));
        put!(w, 1, "{kind} \t{state} \n");
    }
    if !conditions.is_empty() {
        put!(w, 0, "Conditions:\n  Type\tStatus\n");
    }
    for condition in conditions {
        put!(w, 1, "{} \t{} \n", condition.str_at(&["type"]), condition.str_at(&["status"]));
    }
}

/// Writes that a pod could not be had.
pub fn lost(w: &mut Writer, name: &str, error: &crate::error::Error) {
    put!(w, 0, "Pod '{name}': error '{error}', but found events.\n");
}
