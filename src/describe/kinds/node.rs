//! Nodes: what they have, and which pods have how much of it.

use std::collections::BTreeMap;

use crate::{
    api::Value,
    describe::{
        Describer, Events, Facts, Question,
        parts::{
            events,
            fields::{entries, object, or_else, text, texts, truth},
            metadata,
            quantities::{self, Quantity},
            requests::{self, Amounts, Side},
            scheduling, times,
        },
        question::escape_field,
        writer::{Writer, put},
    },
    error::Result,
};

/// Describes a node.
pub const NODE: Describer = Describer {
    group: "",
    kind: "Node",
    resource: "nodes",
    versions: &["v1"],
    questions: |node| vec![pods(node), resource_slices(node), lease(node)],
    events: Events::Of(node_events),
    describe,
};

/// How many pools of devices are shown.
const MOST_POOLS: usize = 10;

fn name<'v>(node: &'v Value<'_>) -> &'v str {
    node.str_at(&["metadata", "name"])
}

/// The pods on the node that have not ended. Who may not see them gets a description that says so.
fn pods(node: &Value<'_>) -> Question {
    let fields = format!(
        "spec.nodeName={},status.phase!=Succeeded,status.phase!=Failed",
        escape_field(name(node))
    );
    Question::pods("").with_fields(fields).required_unless("Forbidden")
}

/// The devices that only this node has.
fn resource_slices(node: &Value<'_>) -> Question {
    let fields = format!("spec.nodeName={}", escape_field(name(node)));
    Question::list("resource.k8s.io", "v1", "resourceslices", "")
        .with_fields(fields)
        .whole()
}

/// The lease that the node renews.
fn lease(node: &Value<'_>) -> Question {
    Question::one("coordination.k8s.io", "v1", "leases", "kube-node-lease", name(node))
}

/// Controllers report events under the node's unique identifier, the kubelet under its name.
fn node_events(node: &Value<'_>) -> Vec<Question> {
    let of = |uid: &str| Question::events("", name(node), "Node", uid);
    vec![of(node.str_at(&["metadata", "uid"])), of(name(node))]
}

fn describe(w: &mut Writer, facts: &Facts<'_>) -> Result<()> {
    let node = facts.object;
    let empty = Value::Null;
    let [spec, status] = ["spec", "status"].map(|part| node.get(part).unwrap_or(&empty));
    metadata::name(w, node);
    put!(w, 0, "Roles:\t{}\n", or_else(roles(node), "<none>"));
    metadata::labels(w, node);
    metadata::annotations(w, node);
    let created = times::shown(facts.settings, node.at(&["metadata", "creationTimestamp"]));
    put!(w, 0, "CreationTimestamp:\t{created}\n");
    scheduling::taints(w, spec.items_at(&["taints"]));
    put!(w, 0, "Unschedulable:\t{}\n", truth(spec, &["unschedulable"]));
    describe_lease(w, facts);
    conditions(w, facts, status);
    put!(w, 0, "Addresses:\n");
    for address in status.items_at(&["addresses"]) {
        put!(w, 1, "{}:\t{}\n", address.str_at(&["type"]), address.str_at(&["address"]));
    }
    for (title, field) in [("Capacity", "capacity"), ("Allocatable", "allocatable")] {
        let amounts = status.get(field).and_then(Value::as_object);
        let Some(amounts) = amounts.filter(|amounts| !amounts.is_empty()) else {
            continue;
        };
        put!(w, 0, "{title}:\n");
        for (name, amount) in amounts.iter() {
            put!(w, 1, "{name}:\t{}\n", quantities::shown(Some(amount)));
        }
    }
    pools(w, &facts.list(&resource_slices(node)).unwrap_or_default());
    system(w, spec, status);
    match facts.list(&pods(node)) {
        Ok(pods) => allocated(w, facts, status, &pods),
        Err(_) => put!(w, 0, "Pods:\tnot authorized\n"),
    }
    events::events(w, facts);
    Ok(())
}

/// The roles that a node's labels tell.
fn roles(node: &Value<'_>) -> String {
    let labels = entries(node, &["metadata", "labels"]);
    let mut roles: Vec<&str> = labels
        .iter()
        .filter_map(|(key, value)| match key.strip_prefix("node-role.kubernetes.io/") {
            Some(role) => Some(role),
            None => (*key == "kubernetes.io/role").then_some(*value),
        })
        .filter(|role| !role.is_empty())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles.join(",")
}

fn describe_lease(w: &mut Writer, facts: &Facts<'_>) {
    let lease = match facts.one(&lease(facts.object)) {
        Ok(lease) => lease,
        Err(error) => return put!(w, 0, "Lease:\tFailed to get lease: {error}\n"),
    };
    let empty = Value::Null;
    let spec = lease.and_then(|lease| lease.get("spec")).unwrap_or(&empty);
    put!(w, 0, "Lease:\n");
    put!(w, 1, "HolderIdentity:\t{}\n", text(spec, &["holderIdentity"]).unwrap_or("<unset>"));
    for (title, field) in [("AcquireTime", "acquireTime"), ("RenewTime", "renewTime")] {
        let time = match spec.get(field).filter(|time| !time.is_null()) {
            Some(time) => times::shown(facts.settings, Some(time)),
            None => "<unset>".to_owned(),
        };
        put!(w, 1, "{title}:\t{time}\n");
    }
}

fn conditions(w: &mut Writer, facts: &Facts<'_>, status: &Value<'_>) {
    let conditions = status.items_at(&["conditions"]);
    if conditions.is_empty() {
        return;
    }
    put!(
        w,
        0,
        "Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n"
    );
    put!(w, 1, "----\t------\t-----------------\t------------------\t------\t-------\n");
    for condition in conditions {
        let [kind, status, reason, message] = ["type", "status", "reason", "message"].map(|field| condition.str_at(&[field]));
        let [beat, change] = ["lastHeartbeatTime", "lastTransitionTime"].map(|field| times::shown(facts.settings, condition.get(field)));
        put!(w, 1, "{kind} \t{status} \t{beat} \t{change} \t{reason} \t{message}\n");
    }
}

/// Writes the pools of devices that slices make up.
fn pools(w: &mut Writer, slices: &[&Value<'_>]) {
    let mut pools: BTreeMap<String, (&str, &str, usize, usize)> = BTreeMap::new();
    for slice in slices {
        let (driver, pool) = (slice.str_at(&["spec", "driver"]), slice.str_at(&["spec", "pool", "name"]));
        let entry = pools.entry(format!("{driver}/{pool}")).or_insert((driver, pool, 0, 0));
        entry.2 += 1;
        entry.3 += slice.items_at(&["spec", "devices"]).len();
    }
    if pools.is_empty() {
        return;
    }
    put!(w, 0, "Node-Local ResourceSlices:\n");
    put!(w, 1, "Driver\tPool\tSlices\tDevices\n");
    put!(w, 1, "------\t----\t------\t-------\n");
    for (driver, pool, slices, devices) in pools.values().take(MOST_POOLS) {
        put!(w, 1, "{driver}\t{pool}\t{slices}\t{devices}\n");
    }
    if let Some(more) = pools.len().checked_sub(MOST_POOLS).filter(|more| *more > 0) {
        put!(w, 1, "...and {more} more pools\n");
    }
}

fn system(w: &mut Writer, spec: &Value<'_>, status: &Value<'_>) {
    const FACTS: [(&str, &str); 9] = [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ];
    put!(w, 0, "System Info:\n");
    for (title, field) in FACTS {
        put!(w, 1, "{title}:\t{}\n", status.str_at(&["nodeInfo", field]));
    }
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let several = Some(texts(spec, &["podCIDRs"])).filter(|several| !several.is_empty());
    for (title, text) in [
        ("PodCIDR", filled(spec.str_at(&["podCIDR"]))),
        ("PodCIDRs", several.map(|several| several.join(","))),
        ("ProviderID", filled(spec.str_at(&["providerID"]))),
    ] {
        if let Some(text) = text {
            put!(w, 0, "{title}:\t{text}\n");
        }
    }
}

/// Writes the pods with what they ask for, and the sums.
fn allocated(w: &mut Writer, facts: &Facts<'_>, status: &Value<'_>, pods: &[&Value<'_>]) {
    put!(w, 0, "Non-terminated Pods:\t({} in total)\n", pods.len());
    put!(
        w,
        1,
        "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n"
    );
    put!(
        w,
        1,
        "---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n"
    );
    let there_is = match quantities::amounts(object(status, &["allocatable"])) {
        none if none.is_empty() => quantities::amounts(object(status, &["capacity"])),
        allocatable => allocatable,
    };
    let (mut all_requests, mut all_limits) = (Amounts::new(), Amounts::new());
    for pod in pods {
        let requests = requests::of_pod(pod, Side::Requests, true);
        let limits = requests::of_pod(pod, Side::Limits, true);
        let [namespace, name] = ["namespace", "name"].map(|field| pod.str_at(&["metadata", field]));
        put!(w, 1, "{namespace}\t{name}\t");
        for resource in ["cpu", "memory"] {
            for amounts in [&requests, &limits] {
                put!(w, 0, "\t{}", share(resource, amounts, &there_is, false));
            }
        }
        put!(
            w,
            0,
            "\t{}\n",
            times::since(facts.settings, pod.at(&["metadata", "creationTimestamp"]))
        );
        requests::add(&mut all_requests, &requests::of_pod(pod, Side::Requests, false));
        requests::add(&mut all_limits, &requests::of_pod(pod, Side::Limits, false));
    }
    put!(
        w,
        0,
        "Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n"
    );
    put!(w, 1, "Resource\tRequests\tLimits\n");
    put!(w, 1, "--------\t--------\t------\n");
    let standard = ["cpu", "memory", "ephemeral-storage"];
    let huge_pages = there_is.keys().map(String::as_str).filter(|name| requests::is_huge_pages(name));
    for resource in standard.into_iter().chain(huge_pages) {
        let [requests, limits] = [&all_requests, &all_limits].map(|amounts| share(resource, amounts, &there_is, true));
        put!(w, 1, "{resource}\t{requests}\t{limits}\n");
    }
    for resource in there_is.keys().map(String::as_str) {
        if !standard.contains(&resource) && !requests::is_huge_pages(resource) && resource != "pods" {
            let [requests, limits] = [&all_requests, &all_limits].map(|amounts| quantities::of(amounts, resource).to_string());
            put!(w, 1, "{resource}\t{requests}\t{limits}\n");
        }
    }
}

/// An amount and its share of what there is: `250m (12%)`. Where there is nothing, a sum has no share (`guarded`), and a
/// pod's is what Go makes of a division by zero.
fn share(resource: &str, amounts: &Amounts, there_is: &Amounts, guarded: bool) -> String {
    let number = |quantity: &Quantity| match resource {
        "cpu" => quantity.milli_value(),
        _ => quantity.value(),
    };
    let amount = quantities::of(amounts, resource);
    let most = number(&quantities::of(there_is, resource));
    let percent = number(&amount) as f64 / most as f64 * 100.0;
    let percent = match percent {
        _ if guarded && most == 0 => 0,
        percent if percent.is_finite() => percent as i64,
        _ => i64::MIN,
    };
    format!("{amount} ({percent}%)")
}
