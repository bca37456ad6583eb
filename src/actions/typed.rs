//! What an object gains where kubectl decodes it into Go's types and writes it again: fields that are always written,
//! empty where nothing is in them.

use crate::api::{Map, OwnedValue, Value, object};

/// Adds to an object what its Go type always writes.
pub fn complete(object: &mut OwnedValue) {
    let (group, _) = object::group_version(object);
    let kind = match group {
        "" | "apps" | "batch" => object::kind(object).to_owned(),
        _ => return,
    };
    // Workloads keep their pods' spec in a template, jobs of cron jobs two deep.
    let template: &[&str] = match kind.as_str() {
        "Pod" => &[],
        "Deployment" | "DaemonSet" | "StatefulSet" | "ReplicaSet" | "ReplicationController" | "Job" => &["spec", "template"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template"],
        "Service" => {
            ensure(object, &["status", "loadBalancer"]);
            return;
        }
        _ => return,
    };
    ensure(object, &["status"]);
    match kind.as_str() {
        "Deployment" => ensure(object, &["spec", "strategy"]),
        "DaemonSet" | "StatefulSet" => ensure(object, &["spec", "updateStrategy"]),
        "CronJob" => {
            ensure(object, &["spec", "jobTemplate", "metadata"]);
        }
        _ => {}
    }
    let counts: &[&str] = match kind.as_str() {
        "DaemonSet" => &[
            "currentNumberScheduled",
            "desiredNumberScheduled",
            "numberMisscheduled",
            "numberReady",
        ],
        "StatefulSet" => &["availableReplicas", "replicas"],
        "ReplicaSet" | "ReplicationController" => &["replicas"],
        _ => &[],
    };
    for count in counts {
        if object.at(&["status", count]).is_none() {
            object.set(&["status", count], 0i64);
        }
    }
    if !template.is_empty() && object.at(template).is_some() {
        ensure(object, &[template, &["metadata"]].concat());
    }
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        let path = [template, &["spec", list]].concat();
        for container in object.at_mut(&path).and_then(Value::as_array_mut).into_iter().flatten() {
            ensure(container, &["resources"]);
            for variable in container.at_mut(&["env"]).and_then(Value::as_array_mut).into_iter().flatten() {
                let reference = variable.at_mut(&["valueFrom", "resourceFieldRef"]);
                if let Some(reference) = reference.filter(|reference| reference.get("divisor").is_none()) {
                    reference.set(&["divisor"], "0");
                }
            }
        }
    }
}

/// Puts an empty object where there is none.
fn ensure(value: &mut OwnedValue, path: &[&str]) {
    if value.at(path).is_none_or(Value::is_null) {
        value.set(path, Map::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    #[test]
    fn complete_adds_what_go_writes_of_a_deployment() {
        let text = br#"{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"name":"a"}]}}}}"#;
        let mut object = json::parse(text).unwrap().into_owned();
        complete(&mut object);
        let mut out = Vec::new();
        json::to_compact(&mut out, &object);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"apiVersion":"apps/v1","kind":"Deployment","spec":{"strategy":{},"template":{"metadata":{},"spec":{"containers":[{"name":"a","resources":{}}]}}},"status":{}}"#
        );
    }
}
