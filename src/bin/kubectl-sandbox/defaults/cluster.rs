//! The defaults of configuration, storage, roles and what extends the API.

use base64::{Engine, engine::general_purpose::STANDARD};
use kubectl_rs::api::{OwnedValue, Value};

use super::{each, fill, fill_object, has};

const ROLES: &str = "rbac.authorization.k8s.io";

/// Fills in the defaults of an object of one of these kinds.
pub fn apply(key: (&str, &str), value: &mut OwnedValue) {
    match key {
        ("", "namespaces") => {
            fill(value, &["status", "phase"], "Active");
            let name = value.str_at(&["metadata", "name"]).to_owned();
            value.set(&["metadata", "labels", "kubernetes.io/metadata.name"], name);
        }
        ("", "nodes") => {
            fill_object(value, &["spec"]);
            fill_object(value, &["status"]);
        }
        ("", "secrets") => secret(value),
        ("", "persistentvolumes") => {
            fill(value, &["spec", "persistentVolumeReclaimPolicy"], "Retain");
            fill(value, &["spec", "volumeMode"], "Filesystem");
            fill(value, &["status", "phase"], "Pending");
            if has(value, &["spec", "hostPath"]) {
                fill(value, &["spec", "hostPath", "type"], "");
            }
        }
        ("", "persistentvolumeclaims") => {
            // One of the two says it for both.
            for (from, to) in [("dataSource", "dataSourceRef"), ("dataSourceRef", "dataSource")] {
                if let Some(source) = value.at(&["spec", from]).filter(|source| !source.is_null()).cloned()
                    && source.get("namespace").is_none()
                {
                    fill(value, &["spec", to], source);
                }
            }
            fill(value, &["spec", "volumeMode"], "Filesystem");
            fill(value, &["status", "phase"], "Pending");
        }
        ("", "limitranges") => limit_range(value),
        ("", "events") => {
            fill_object(value, &["source"]);
            for field in ["eventTime", "firstTimestamp", "lastTimestamp"] {
                fill(value, &[field], Value::Null);
            }
            for field in ["reportingComponent", "reportingInstance"] {
                fill(value, &[field], "");
            }
        }
        (ROLES, "rolebindings" | "clusterrolebindings") => {
            fill(value, &["roleRef", "apiGroup"], ROLES);
            for subject in each(value, &["subjects"]) {
                if matches!(subject.str_at(&["kind"]), "User" | "Group") {
                    fill(subject, &["apiGroup"], ROLES);
                }
            }
        }
        ("storage.k8s.io", "storageclasses") => {
            fill(value, &["reclaimPolicy"], "Delete");
            fill(value, &["volumeBindingMode"], "Immediate");
        }
        ("storage.k8s.io", "csidrivers") => {
            for (field, truth) in [
                ("attachRequired", true),
                ("podInfoOnMount", false),
                ("storageCapacity", false),
                ("requiresRepublish", false),
                ("seLinuxMount", false),
            ] {
                fill(value, &["spec", field], truth);
            }
            fill(value, &["spec", "fsGroupPolicy"], "ReadWriteOnceWithFSType");
            fill(value, &["spec", "volumeLifecycleModes"], vec![Value::from("Persistent")]);
        }
        ("storage.k8s.io", "volumeattachments") => fill(value, &["status", "attached"], false),
        ("scheduling.k8s.io", "priorityclasses") => fill(value, &["preemptionPolicy"], "PreemptLowerPriority"),
        ("certificates.k8s.io", _) => fill_object(value, &["status"]),
        ("apiextensions.k8s.io", _) => definition(value),
        ("admissionregistration.k8s.io", plural) => admission(plural, value),
        ("flowcontrol.apiserver.k8s.io", plural) => flow_control(plural, value),
        ("apiregistration.k8s.io", _) => {
            if has(value, &["spec", "service"]) {
                fill(value, &["spec", "service", "port"], 443i64);
            }
            fill_object(value, &["status"]);
        }
        _ => {}
    }
}

/// Text that was given plain goes among the encoded.
fn secret(value: &mut OwnedValue) {
    fill(value, &["type"], "Opaque");
    let plain = value.as_object_mut().and_then(|map| map.remove("stringData"));
    if let Some(Value::Object(plain)) = plain {
        for (key, text) in plain {
            let encoded = STANDARD.encode(text.as_str().unwrap_or_default());
            value.set(&["data", &key], encoded);
        }
    }
}

/// A limit's defaults follow from its bounds.
fn limit_range(value: &mut OwnedValue) {
    for limit in each(value, &["spec", "limits"]) {
        if limit.str_at(&["type"]) != "Container" {
            continue;
        }
        for (to, from) in [("default", "max"), ("defaultRequest", "default"), ("defaultRequest", "min")] {
            if let Some(Value::Object(amounts)) = limit.get(from).cloned() {
                for (resource, amount) in amounts {
                    fill(limit, &[to, &resource], amount);
                }
            }
        }
    }
}

fn definition(value: &mut OwnedValue) {
    let kind = value.str_at(&["spec", "names", "kind"]).to_owned();
    if !kind.is_empty() {
        fill(value, &["spec", "names", "singular"], kind.to_lowercase());
        fill(value, &["spec", "names", "listKind"], format!("{kind}List"));
    }
    fill(value, &["spec", "conversion", "strategy"], "None");
    for version in each(value, &["spec", "versions"]) {
        for column in each(version, &["additionalPrinterColumns"]) {
            // A priority of 0 is not written.
            if column.int_at(&["priority"]) == Some(0)
                && let Some(map) = column.as_object_mut()
            {
                map.remove("priority");
            }
        }
    }
}

fn admission(plural: &str, value: &mut OwnedValue) {
    let selectors = |value: &mut OwnedValue, path: &[&str]| {
        fill(value, &[path, &["matchPolicy"]].concat(), "Equivalent");
        fill_object(value, &[path, &["namespaceSelector"]].concat());
        fill_object(value, &[path, &["objectSelector"]].concat());
    };
    let scopes = |value: &mut OwnedValue, path: &[&str]| {
        for rule in each(value, path) {
            fill(rule, &["scope"], "*");
        }
    };
    match plural {
        "validatingwebhookconfigurations" | "mutatingwebhookconfigurations" => {
            for hook in each(value, &["webhooks"]) {
                fill(hook, &["failurePolicy"], "Fail");
                fill(hook, &["timeoutSeconds"], 10i64);
                selectors(hook, &[]);
                scopes(hook, &["rules"]);
                if plural.starts_with("mutating") {
                    fill(hook, &["reinvocationPolicy"], "Never");
                }
                if has(hook, &["clientConfig", "service"]) {
                    fill(hook, &["clientConfig", "service", "port"], 443i64);
                }
            }
        }
        "validatingadmissionpolicies" | "mutatingadmissionpolicies" => {
            fill(value, &["spec", "failurePolicy"], "Fail");
            if has(value, &["spec", "matchConstraints"]) {
                selectors(value, &["spec", "matchConstraints"]);
                scopes(value, &["spec", "matchConstraints", "resourceRules"]);
            }
        }
        _ => {
            if has(value, &["spec", "matchResources"]) {
                selectors(value, &["spec", "matchResources"]);
                scopes(value, &["spec", "matchResources", "resourceRules"]);
            }
        }
    }
}

fn flow_control(plural: &str, value: &mut OwnedValue) {
    if plural == "flowschemas" {
        fill(value, &["spec", "matchingPrecedence"], 1000i64);
    } else if has(value, &["spec", "limited"]) {
        fill(value, &["spec", "limited", "nominalConcurrencyShares"], 30i64);
        fill(value, &["spec", "limited", "lendablePercent"], 0i64);
        if value.str_at(&["spec", "limited", "limitResponse", "type"]) == "Queue" {
            for (field, number) in [("queues", 64i64), ("handSize", 8), ("queueLengthLimit", 50)] {
                fill(value, &["spec", "limited", "limitResponse", "queuing", field], number);
            }
        }
    }
    fill_object(value, &["status"]);
}
