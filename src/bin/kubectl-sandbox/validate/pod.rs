//! What pods, and the templates that pods are made from, must be.

use kubectl_rs::api::{OwnedValue, Value, quantity::Quantity, quote};

use super::{Path, is_empty, metadata, names, port_number};
use crate::failure::{self, Causes};

/// What is wrong with the specification in `owner.spec`, which is at `path`.
pub fn check_spec(owner: &OwnedValue, path: &Path, causes: &mut Causes) {
    let empty = OwnedValue::default();
    let spec = owner.get("spec").unwrap_or(&empty);
    volumes(spec, path, causes);
    if spec.items_at(&["containers"]).is_empty() {
        causes.push(failure::required(path.field("containers").text(), ""));
    }
    let mut seen: Vec<&str> = Vec::new();
    for list in ["containers", "initContainers"] {
        for (at, container) in spec.items_at(&[list]).iter().enumerate() {
            let here = path.field(list).index(at);
            let name = container.str_at(&["name"]);
            if seen.contains(&name) && !name.is_empty() {
                causes.push(failure::duplicate(here.field("name").text(), &Value::from(name.to_owned())));
            }
            seen.push(name);
            check_container(spec, container, &here, causes);
        }
    }
    choice(spec, "restartPolicy", &["Always", "OnFailure", "Never"], path, causes);
    choice(
        spec,
        "dnsPolicy",
        &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
        path,
        causes,
    );
    if let Some(seconds) = spec.int_at(&["activeDeadlineSeconds"]).filter(|seconds| *seconds < 1) {
        causes.push(failure::wrong(
            path.field("activeDeadlineSeconds").text(),
            &Value::Int(seconds),
            "must be between 1 and 2147483647, inclusive",
        ));
    }
    for (field, rule) in [
        ("nodeName", names::dns_subdomain as fn(&str) -> Option<String>),
        ("serviceAccountName", names::dns_subdomain),
        ("hostname", names::dns_label),
        ("subdomain", names::dns_label),
    ] {
        let text = spec.str_at(&[field]);
        if let Some(problem) = Some(text).filter(|text| !text.is_empty()).and_then(rule) {
            causes.push(failure::wrong(path.field(field).text(), &Value::from(text.to_owned()), &problem));
        }
    }
    metadata::labels(spec.get("nodeSelector"), &path.field("nodeSelector"), causes);
    for (at, toleration) in spec.items_at(&["tolerations"]).iter().enumerate() {
        tolerates(toleration, &path.field("tolerations").index(at), causes);
    }
}

fn choice(spec: &OwnedValue, field: &str, words: &[&str], path: &Path, causes: &mut Causes) {
    let word = spec.str_at(&[field]);
    if !word.is_empty() && !words.contains(&word) {
        causes.push(failure::unsupported(path.field(field).text(), &Value::from(word.to_owned()), words));
    }
}

fn tolerates(toleration: &OwnedValue, path: &Path, causes: &mut Causes) {
    let key = toleration.str_at(&["key"]);
    let operator = toleration.str_at(&["operator"]);
    if key.is_empty() && operator != "Exists" {
        causes.push(failure::wrong(
            path.field("operator").text(),
            &Value::from(operator.to_owned()),
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"",
        ));
    }
    if operator == "Exists" && !toleration.str_at(&["value"]).is_empty() {
        causes.push(failure::wrong(
            path.field("operator").text(),
            &toleration.get("value").cloned().unwrap_or_default(),
            "value must be empty when `operator` is 'Exists'",
        ));
    }
    choice(toleration, "effect", &["NoSchedule", "PreferNoSchedule", "NoExecute"], path, causes);
}

fn volumes(spec: &OwnedValue, path: &Path, causes: &mut Causes) {
    let mut seen: Vec<&str> = Vec::new();
    for (at, volume) in spec.items_at(&["volumes"]).iter().enumerate() {
        let here = path.field("volumes").index(at);
        let name = volume.str_at(&["name"]);
        if name.is_empty() {
            causes.push(failure::required(here.field("name").text(), ""));
        } else if let Some(problem) = names::dns_label(name) {
            causes.push(failure::wrong(here.field("name").text(), &Value::from(name.to_owned()), &problem));
        } else if seen.contains(&name) {
            causes.push(failure::duplicate(here.field("name").text(), &Value::from(name.to_owned())));
        }
        seen.push(name);
        let sources = volume.as_object().map_or(0, |map| {
            map.iter().filter(|(key, value)| *key != "name" && !value.is_null()).count()
        });
        if sources > 1 {
            let second = volume
                .as_object()
                .and_then(|map| map.keys().filter(|key| *key != "name").nth(1))
                .unwrap_or_default();
            causes.push(failure::not_allowed(
                here.field(second).text(),
                "may not specify more than 1 volume type",
            ));
        }
        for (source, field) in [
            ("secret", "secretName"),
            ("persistentVolumeClaim", "claimName"),
            ("hostPath", "path"),
            ("configMap", "name"),
        ] {
            if volume.get(source).is_some() && is_empty(volume, &[source, field]) {
                causes.push(failure::required(here.field(source).field(field).text(), ""));
            }
        }
    }
}

fn check_container(spec: &OwnedValue, container: &OwnedValue, path: &Path, causes: &mut Causes) {
    let name = container.str_at(&["name"]);
    if name.is_empty() {
        causes.push(failure::required(path.field("name").text(), ""));
    } else if let Some(problem) = names::dns_label(name) {
        causes.push(failure::wrong(path.field("name").text(), &Value::from(name.to_owned()), &problem));
    }
    let image = container.str_at(&["image"]);
    if image.is_empty() {
        causes.push(failure::required(path.field("image").text(), ""));
    } else if image.trim() != image {
        causes.push(failure::wrong(
            path.field("image").text(),
            &Value::from(image.to_owned()),
            "must not have leading or trailing whitespace",
        ));
    }
    choice(container, "imagePullPolicy", &["Always", "IfNotPresent", "Never"], path, causes);
    choice(
        container,
        "terminationMessagePolicy",
        &["File", "FallbackToLogsOnError"],
        path,
        causes,
    );
    ports(container, path, causes);
    environment(container, path, causes);
    mounts(spec, container, path, causes);
    resources(container, path, causes);
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probed) = container.get(probe).filter(|probe| !probe.is_null()) {
            check_probe(probe, probed, &path.field(probe), causes);
        }
    }
}

fn ports(container: &OwnedValue, path: &Path, causes: &mut Causes) {
    let mut seen: Vec<&str> = Vec::new();
    for (at, port) in container.items_at(&["ports"]).iter().enumerate() {
        let here = path.field("ports").index(at);
        match port.get("containerPort") {
            None => causes.push(failure::required(here.field("containerPort").text(), "")),
            Some(number) if number.as_int() == Some(0) => {
                causes.push(failure::required(here.field("containerPort").text(), ""));
            }
            Some(number) => port_number(number, &here.field("containerPort"), causes),
        }
        if let Some(number) = port.get("hostPort").filter(|number| number.as_int() != Some(0)) {
            port_number(number, &here.field("hostPort"), causes);
        }
        choice(port, "protocol", &["SCTP", "TCP", "UDP"], &here, causes);
        let name = port.str_at(&["name"]);
        if name.is_empty() {
            continue;
        }
        for problem in port_name_problems(name) {
            causes.push(failure::wrong(here.field("name").text(), &Value::from(name.to_owned()), problem));
        }
        if seen.contains(&name) {
            causes.push(failure::duplicate(here.field("name").text(), &Value::from(name.to_owned())));
        }
        seen.push(name);
    }
}

/// What is wrong with a port's name (`IsValidPortName`).
pub fn port_name_problems(name: &str) -> Vec<&'static str> {
    let mut problems = Vec::new();
    if name.len() > 15 {
        problems.push("must be no more than 15 characters");
    }
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        problems.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
    }
    if !name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        problems.push("must contain at least one letter (a-z)");
    }
    if name.contains("--") {
        problems.push("must not contain consecutive hyphens");
    }
    if name.starts_with('-') || name.ends_with('-') {
        problems.push("must not begin or end with a hyphen");
    }
    problems
}

fn environment(container: &OwnedValue, path: &Path, causes: &mut Causes) {
    for (at, variable) in container.items_at(&["env"]).iter().enumerate() {
        let here = path.field("env").index(at);
        let name = variable.str_at(&["name"]);
        if name.is_empty() {
            causes.push(failure::required(here.field("name").text(), ""));
        } else if !name.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'=') {
            causes.push(failure::wrong(
                here.field("name").text(),
                &Value::from(name.to_owned()),
                "a valid environment variable name must consist only of printable ASCII characters other than '='",
            ));
        }
        let Some(source) = variable.get("valueFrom").and_then(Value::as_object) else {
            continue;
        };
        let given = source.iter().filter(|(_, value)| !value.is_null()).count();
        if given == 0 {
            causes.push(failure::wrong(
                here.field("valueFrom").text(),
                &Value::from(""),
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`",
            ));
        } else if given > 1 {
            causes.push(failure::wrong(
                here.field("valueFrom").text(),
                &Value::from(""),
                "may not have more than one field specified at a time",
            ));
        } else if !variable.str_at(&["value"]).is_empty() {
            causes.push(failure::wrong(
                here.field("valueFrom").text(),
                &Value::from(""),
                "may not be specified when `value` is not empty",
            ));
        }
    }
}

fn mounts(spec: &OwnedValue, container: &OwnedValue, path: &Path, causes: &mut Causes) {
    let mut seen: Vec<&str> = Vec::new();
    for (at, mount) in container.items_at(&["volumeMounts"]).iter().enumerate() {
        let here = path.field("volumeMounts").index(at);
        let name = mount.str_at(&["name"]);
        let known = spec.items_at(&["volumes"]).iter().any(|volume| volume.str_at(&["name"]) == name);
        // The claims of a stateful set become volumes of its pods; those are checked when the pods are made.
        let claimed = path.shown().starts_with("spec.template.");
        if name.is_empty() {
            causes.push(failure::required(here.field("name").text(), ""));
        } else if !known && !claimed {
            causes.push(failure::missing(here.field("name").text(), &Value::from(name.to_owned())));
        }
        let mount_path = mount.str_at(&["mountPath"]);
        if mount_path.is_empty() {
            causes.push(failure::required(here.field("mountPath").text(), ""));
        } else if seen.contains(&mount_path) {
            causes.push(failure::wrong(
                here.field("mountPath").text(),
                &Value::from(mount_path.to_owned()),
                "must be unique",
            ));
        }
        seen.push(mount_path);
    }
}

/// What is wrong with a container's requests and limits.
fn resources(container: &OwnedValue, path: &Path, causes: &mut Causes) {
    let here = path.field("resources");
    let amounts = |which: &str| -> Vec<(String, Quantity)> {
        container
            .at(&["resources", which])
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(|map| map.iter())
            .filter_map(|(resource, amount)| Some((resource.to_owned(), Quantity::parse(amount.as_str()?).ok()?)))
            .collect()
    };
    let limits = amounts("limits");
    for (which, list) in [("limits", &limits), ("requests", &amounts("requests"))] {
        for (resource, amount) in list {
            let field = here.field(which).key(resource);
            if amount.as_float() < 0.0 {
                causes.push(failure::wrong(
                    field.text(),
                    &Value::from(amount.to_string()),
                    "must be greater than or equal to 0",
                ));
            }
            if !known_resource(resource) {
                causes.push(failure::wrong(
                    field.text(),
                    &Value::from(resource.clone()),
                    "must be a standard resource for containers",
                ));
            }
            if which == "requests"
                && let Some((_, limit)) = limits.iter().find(|(name, _)| name == resource)
                && amount > limit
            {
                causes.push(failure::wrong(
                    here.field("requests").text(),
                    &Value::from(amount.to_string()),
                    &format!("must be less than or equal to {resource} limit of {limit}"),
                ));
            }
        }
    }
}

fn known_resource(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-") || name.contains('/')
}

fn check_probe(kind: &str, probe: &OwnedValue, path: &Path, causes: &mut Causes) {
    let handlers = ["exec", "httpGet", "tcpSocket", "grpc"];
    let given: Vec<&str> = handlers
        .into_iter()
        .filter(|handler| probe.get(handler).is_some_and(|value| !value.is_null()))
        .collect();
    match given.len() {
        0 => causes.push(failure::required(path.text(), "must specify a handler type")),
        1 => {}
        _ => causes.push(failure::not_allowed(
            path.field(given[1]).text(),
            "may not specify more than 1 handler type",
        )),
    }
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        if let Some(number) = probe.int_at(&[field]).filter(|number| *number < 0) {
            causes.push(failure::wrong(
                path.field(field).text(),
                &Value::Int(number),
                "must be greater than or equal to 0",
            ));
        }
    }
    if kind != "readinessProbe" && probe.int_at(&["successThreshold"]).is_some_and(|threshold| threshold > 1) {
        causes.push(failure::wrong(
            path.field("successThreshold").text(),
            &Value::Int(probe.int_at(&["successThreshold"]).unwrap_or_default()),
            "must be 1",
        ));
    }
}

/// What may not change about a pod.
pub fn check_update(old: &OwnedValue, value: &OwnedValue, causes: &mut Causes) {
    const MAY: &str = "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";
    let count = |value: &OwnedValue| value.items_at(&["spec", "containers"]).len();
    if count(old) != count(value) {
        causes.push(failure::not_allowed(
            "spec.containers",
            "pod updates may not add or remove containers",
        ));
        return;
    }
    let fixed = |value: &OwnedValue| {
        let mut spec = value.get("spec").cloned().unwrap_or_default();
        for list in ["containers", "initContainers"] {
            if let Some(items) = spec.at_mut(&[list]).and_then(Value::as_array_mut) {
                items.iter_mut().for_each(|item| item.set(&["image"], ""));
            }
        }
        if let Some(map) = spec.as_object_mut() {
            for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates", "ephemeralContainers"] {
                map.remove(field);
            }
        }
        spec
    };
    let (before, after) = (fixed(old), fixed(value));
    if before != after {
        causes.push(failure::not_allowed(
            "spec",
            &format!(
                "pod updates may not change fields other than {MAY}\n{}",
                difference(&before, &after)
            ),
        ));
    }
    let kept = value.items_at(&["spec", "tolerations"]);
    if old
        .items_at(&["spec", "tolerations"])
        .iter()
        .any(|toleration| !kept.contains(toleration))
    {
        causes.push(failure::not_allowed(
            "spec.tolerations",
            "existing toleration can not be modified except its tolerationSeconds",
        ));
    }
}

/// The fields that differ, one a line.
fn difference(before: &OwnedValue, after: &OwnedValue) -> String {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else {
        return String::new();
    };
    let mut lines = Vec::new();
    let mut keys: Vec<&str> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys.into_iter().filter(|key| before.get(key) != after.get(key)) {
        let shown = |value: Option<&OwnedValue>| {
            let mut out = Vec::new();
            kubectl_rs::api::json::to_compact(&mut out, &value.cloned().unwrap_or_default());
            String::from_utf8_lossy(&out).into_owned()
        };
        lines.push(format!("- \t{}: {}", quote(key), shown(before.get(key))));
        lines.push(format!("+ \t{}: {}", quote(key), shown(after.get(key))));
    }
    lines.join("\n")
}

/// What users should know of a pod that is fine.
pub fn warnings(owner: &OwnedValue, path: &Path, warnings: &mut Vec<String>) {
    for (at, container) in owner.items_at(&["spec", "containers"]).iter().enumerate() {
        let mut seen: Vec<&str> = Vec::new();
        for (number, variable) in container.items_at(&["env"]).iter().enumerate() {
            let name = variable.str_at(&["name"]);
            if seen.contains(&name) {
                let here = path.field("containers").index(at).field("env").index(number);
                warnings.push(format!(
                    "{}: hides previous definition of {}, which may be dropped when using apply",
                    here.shown(),
                    quote(name)
                ));
            }
            seen.push(name);
        }
    }
}
