//! What a kubelet writes into a pod's status.

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{super::image, Container, Ended, PodLife, Role, Sandbox, State};
use crate::{cluster::Cluster, meta};

/// A node's own address.
pub fn node_address(cluster: &mut Cluster, node: &str) -> String {
    let id = cluster.collection("", "nodes");
    cluster
        .store
        .get(id, "", node)
        .and_then(|node| {
            node.value
                .items_at(&["status", "addresses"])
                .iter()
                .find(|address| address.str_at(&["type"]) == "InternalIP")
                .map(|address| address.str_at(&["address"]).to_owned())
        })
        .unwrap_or_default()
}

/// Writes the status of a pod, if it changed.
pub fn write(cluster: &mut Cluster, life: &PodLife, pod: &OwnedValue) {
    let Some(resource) = cluster.built_in("", "pods") else { return };
    let now = cluster.clock.now();
    let host = node_address(cluster, &life.node);
    let phase = phase(life, pod);
    let generation = meta::generation(pod);
    let begun = !matches!(life.sandbox, Sandbox::WaitsForMount(_)) || !pod.str_at(&["status", "startTime"]).is_empty();
    cluster.edit(&resource, meta::namespace(pod), meta::name(pod), |value| {
        let lists = [("containerStatuses", false), ("initContainerStatuses", true)];
        for (field, init) in lists {
            let list: Vec<OwnedValue> = life
                .containers
                .iter()
                .filter(|container| (container.role != Role::Main) == init)
                .map(|container| container_status(life, container, pod))
                .collect();
            if !list.is_empty() {
                value.set(&["status", field], list);
            }
        }
        value.set(&["status", "phase"], phase);
        value.set(&["status", "observedGeneration"], generation);
        if life.expired {
            value.set(&["status", "reason"], "DeadlineExceeded");
            value.set(
                &["status", "message"],
                "Pod was active on the node longer than the specified deadline",
            );
        }
        if begun || value.at(&["status", "startTime"]).is_none() {
            value.set(&["status", "startTime"], meta::format_time(life.started));
        }
        let ips = |ip: &str| {
            let mut entry = Map::new();
            entry.insert("ip", ip.to_owned());
            vec![Value::Object(entry)]
        };
        value.set(&["status", "hostIP"], host.clone());
        value.set(&["status", "hostIPs"], ips(&host));
        if !life.address.is_empty() {
            value.set(&["status", "podIP"], life.address.clone());
            value.set(&["status", "podIPs"], ips(&life.address));
        }
        conditions(life, value, phase, now);
    });
}

/// The one word for the pod (`getPhase` of a real kubelet).
fn phase(life: &PodLife, pod: &OwnedValue) -> &'static str {
    if life.expired {
        return "Failed";
    }
    let policy = pod.str_at(&["spec", "restartPolicy"]);
    let init_failed = life
        .containers
        .iter()
        .any(|container| container.role == Role::Init && matches!(&container.state, State::Ended(ended, None) if ended.code != 0));
    if init_failed && policy == "Never" {
        return "Failed";
    }
    let (mut waiting, mut running, mut stopped, mut succeeded) = (0, 0, 0, 0);
    for container in life.containers.iter().filter(|container| container.role == Role::Main) {
        match &container.state {
            State::Running(_) => running += 1,
            State::Ended(ended, _) => {
                stopped += 1;
                succeeded += usize::from(ended.code == 0);
            }
            State::BackOff(..) => stopped += 1,
            _ if container.last.is_some() => stopped += 1,
            _ => waiting += 1,
        }
    }
    let going = life.sandbox == Sandbox::Gone;
    match () {
        () if waiting > 0 && !going => "Pending",
        () if running > 0 => "Running",
        () if policy == "Always" && !going => "Running",
        () if stopped > 0 && stopped == succeeded => "Succeeded",
        () if going || policy == "Never" => "Failed",
        () if stopped > 0 => "Running",
        () => "Pending",
    }
}

fn waiting(reason: &str, message: &str) -> OwnedValue {
    let mut state = Value::default();
    state.set(&["waiting", "reason"], reason.to_owned());
    if !message.is_empty() {
        state.set(&["waiting", "message"], message.to_owned());
    }
    state
}

fn terminated(ended: &Ended) -> OwnedValue {
    let mut state = Value::default();
    state.set(&["terminated", "exitCode"], i64::from(ended.code));
    state.set(&["terminated", "reason"], ended.reason);
    if !ended.message.is_empty() {
        state.set(&["terminated", "message"], ended.message.clone());
    }
    state.set(&["terminated", "startedAt"], meta::format_time(ended.started));
    state.set(&["terminated", "finishedAt"], meta::format_time(ended.finished));
    state.set(&["terminated", "containerID"], ended.id.clone());
    state
}

fn container_status(life: &PodLife, container: &Container, pod: &OwnedValue) -> OwnedValue {
    let list = if container.role == Role::Main {
        "containers"
    } else {
        "initContainers"
    };
    let spec = pod
        .items_at(&["spec", list])
        .iter()
        .find(|item| item.str_at(&["name"]) == container.name)
        .cloned()
        .unwrap_or_default();
    let image = spec.str_at(&["image"]);
    let initializing = life.containers.iter().any(|other| other.role != Role::Main) && container.role == Role::Main;
    let idle = if initializing { "PodInitializing" } else { "ContainerCreating" };
    let (state, started, ready) = match &container.state {
        State::Waiting | State::Pulling { .. } => match &container.last {
            Some(last) if container.restarts > 0 => (terminated(last), false, false),
            _ => (waiting(idle, ""), false, false),
        },
        State::NoImage { reason, message, .. } => (waiting(reason, message), false, false),
        State::NoConfig { message, .. } => (waiting("CreateContainerConfigError", message), false, false),
        State::Running(run) => {
            let mut state = Value::default();
            state.set(&["running", "startedAt"], meta::format_time(run.started));
            (state, true, run.ready && container.role != Role::Init)
        }
        State::Ended(ended, _) => (terminated(ended), false, container.role == Role::Init && ended.code == 0),
        State::BackOff(_, _, pause) => {
            let message = format!(
                "back-off {} restarting failed container={} pod={}_{}({})",
                kubectl_rs::api::duration::format(jiff::SignedDuration::from_secs(pause.as_secs() as i64)),
                container.name,
                meta::name(pod),
                meta::namespace(pod),
                life.uid
            );
            (waiting("CrashLoopBackOff", &message), false, false)
        }
    };
    let last = match &container.state {
        State::BackOff(ended, ..) => Some(ended),
        State::Waiting | State::Pulling { .. } if container.restarts > 0 => None,
        _ => container.last.as_ref(),
    };
    let id = match &container.state {
        State::Running(run) => Some(&run.id),
        State::Ended(ended, _) | State::BackOff(ended, ..) => Some(&ended.id),
        _ => container.last.as_ref().map(|last| &last.id),
    };
    let ran = id.is_some();
    let mut status = Map::new();
    status.insert("name", container.name.clone());
    status.insert("state", state);
    status.insert("lastState", last.map_or_else(|| Value::Object(Map::new()), terminated));
    status.insert("ready", ready);
    status.insert("restartCount", container.restarts);
    status.insert("image", if ran { image::full_name(image) } else { image.to_owned() });
    status.insert("imageID", if ran { image::content_id(image) } else { String::new() });
    status.insert("started", started);
    if let Some(id) = id {
        status.insert("containerID", id.clone());
        let resources = spec.get("resources").cloned().unwrap_or_else(|| Value::Object(Map::new()));
        if let Some(requests) = resources.get("requests") {
            status.insert("allocatedResources", requests.clone());
        }
        status.insert("resources", resources);
    }
    let mounts: Vec<OwnedValue> = spec.items_at(&["volumeMounts"]).iter().map(mount_status).collect();
    if !mounts.is_empty() {
        status.insert("volumeMounts", mounts);
    }
    Value::Object(status)
}

fn mount_status(mount: &OwnedValue) -> OwnedValue {
    let mut entry = Map::new();
    for field in ["name", "mountPath"] {
        entry.insert(field, mount.str_at(&[field]).to_owned());
    }
    if mount.get("readOnly").and_then(Value::as_bool) == Some(true) {
        entry.insert("readOnly", true);
        entry.insert("recursiveReadOnly", "Disabled");
    }
    Value::Object(entry)
}

fn conditions(life: &PodLife, value: &mut OwnedValue, phase: &str, now: Timestamp) {
    let init_left: Vec<&str> = life
        .containers
        .iter()
        .filter(|container| match (container.role, &container.state) {
            (Role::Init, State::Ended(ended, _)) => ended.code != 0,
            (Role::Sidecar, State::Running(_) | State::Ended(..)) => false,
            (Role::Main, _) => false,
            _ => true,
        })
        .map(|container| container.name.as_str())
        .collect();
    let unready: Vec<&str> = life
        .containers
        .iter()
        .filter(|container| container.role != Role::Init)
        .filter(|container| !matches!(&container.state, State::Running(run) if run.ready))
        .map(|container| container.name.as_str())
        .collect();
    let sandbox = life.sandbox == Sandbox::Ready;
    let ended = match phase {
        "Succeeded" => Some("PodCompleted"),
        "Failed" => Some("PodFailed"),
        _ => None,
    };
    let initialized = if init_left.is_empty() || ended == Some("PodCompleted") {
        let reason = if ended == Some("PodCompleted") { "PodCompleted" } else { "" };
        ("True", reason, String::new())
    } else {
        (
            "False",
            "ContainersNotInitialized",
            format!("containers with incomplete status: [{}]", init_left.join(" ")),
        )
    };
    let ready = match ended {
        Some(reason) => ("False", reason, String::new()),
        None if unready.is_empty() => ("True", "", String::new()),
        None => (
            "False",
            "ContainersNotReady",
            format!("containers with unready status: [{}]", unready.join(" ")),
        ),
    };
    let gates: Vec<String> = value
        .items_at(&["spec", "readinessGates"])
        .iter()
        .map(|gate| gate.str_at(&["conditionType"]).to_owned())
        .filter(|gate| {
            !value
                .items_at(&["status", "conditions"])
                .iter()
                .any(|condition| condition.str_at(&["type"]) == gate && condition.str_at(&["status"]) == "True")
        })
        .collect();
    let pod_ready = match gates.first() {
        Some(gate) if ready.0 == "True" => (
            "False",
            "ReadinessGatesNotReady",
            format!(
                "corresponding condition of pod readiness gate {} does not exist.",
                kubectl_rs::api::quote(gate)
            ),
        ),
        _ => ready.clone(),
    };
    let generation = meta::generation(value);
    let old = value.items_at(&["status", "conditions"]).to_vec();
    let make = |kind: &str, status: &str, reason: &str, message: &str| {
        let before = old.iter().find(|condition| condition.str_at(&["type"]) == kind);
        let since = before
            .filter(|condition| condition.str_at(&["status"]) == status)
            .map(|condition| condition.str_at(&["lastTransitionTime"]).to_owned())
            .unwrap_or_else(|| meta::format_time(now));
        let mut condition = Map::new();
        condition.insert("type", kind.to_owned());
        condition.insert("status", status.to_owned());
        condition.insert("lastProbeTime", Value::Null);
        condition.insert("lastTransitionTime", since);
        condition.insert("observedGeneration", generation);
        if !reason.is_empty() {
            condition.insert("reason", reason.to_owned());
        }
        if !message.is_empty() {
            condition.insert("message", message.to_owned());
        }
        Value::Object(condition)
    };
    let mut list = vec![
        make("PodReadyToStartContainers", if sandbox { "True" } else { "False" }, "", ""),
        make("Initialized", initialized.0, initialized.1, &initialized.2),
        make("Ready", pod_ready.0, pod_ready.1, &pod_ready.2),
        make("ContainersReady", ready.0, ready.1, &ready.2),
        make("PodScheduled", "True", "", ""),
    ];
    // What others wrote stays.
    let known = [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ];
    list.extend(
        old.iter()
            .filter(|condition| !known.contains(&condition.str_at(&["type"])))
            .cloned(),
    );
    value.set(&["status", "conditions"], list);
}
