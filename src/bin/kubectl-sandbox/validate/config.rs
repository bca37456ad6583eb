//! What configuration, quotas and roles must be.

use base64::{Engine, engine::general_purpose::STANDARD};
use kubectl_rs::api::{OwnedValue, Value, json};

use super::{Path, is_empty, names, unchanged};
use crate::failure::{self, Causes};

/// How many bytes a config map or secret may hold.
const MOST_DATA: usize = 1024 * 1024;

/// What is wrong with an object of one of these kinds.
pub fn check(key: (&str, &str), value: &OwnedValue, causes: &mut Causes) {
    match key {
        ("", "configmaps" | "secrets") => data(key.1, value, causes),
        ("rbac.authorization.k8s.io", "roles" | "clusterroles") => rules(value, causes),
        ("rbac.authorization.k8s.io", _) => binding(key.1, value, causes),
        _ => {}
    }
}

/// What users should know of a secret that is fine: what is called a certificate and a key need not be readable
/// (`warningsForSecret` in `pkg/registry/core/secret`).
pub fn secret_warnings(value: &OwnedValue, warnings: &mut Vec<String>) {
    if value.str_at(&["type"]) != "kubernetes.io/tls" {
        return;
    }
    for (key, name) in [("tls.crt", "certificate"), ("tls.key", "key")] {
        let bytes = value
            .at(&["data", key])
            .and_then(Value::as_str)
            .and_then(|text| STANDARD.decode(text).ok());
        let text = bytes.unwrap_or_default();
        if !String::from_utf8_lossy(&text).contains("-----BEGIN ") {
            warnings.push(format!("tls: failed to find any PEM data in {name} input"));
            return;
        }
    }
}

fn data(plural: &str, value: &OwnedValue, causes: &mut Causes) {
    let mut size = 0;
    for part in ["data", "binaryData"] {
        let path = Path::of(part);
        for (key, text) in value.get(part).and_then(Value::as_object).into_iter().flat_map(|map| map.iter()) {
            if let Some(problem) = names::config_key(key) {
                causes.push(failure::wrong(path.key(key).text(), &Value::from(key.to_owned()), &problem));
            }
            size += text.as_str().map_or(0, str::len);
        }
    }
    for key in value.get("data").and_then(Value::as_object).into_iter().flat_map(|map| map.keys()) {
        if value.at(&["binaryData", key]).is_some() {
            causes.push(failure::wrong(
                Path::of("data").key(key).text(),
                &Value::from(key.to_owned()),
                "duplicate of key present in binaryData",
            ));
        }
    }
    // Base64 takes four bytes for three.
    let size = if plural == "secrets" { size / 4 * 3 } else { size };
    if size > MOST_DATA {
        let field = if plural == "secrets" { "data" } else { "" };
        causes.push(failure::too_long(field, MOST_DATA));
    }
    if plural == "secrets" {
        secret(value, causes);
    }
}

fn secret(value: &OwnedValue, causes: &mut Causes) {
    let bytes = |key: &str| STANDARD.decode(value.str_at(&["data", key])).unwrap_or_default();
    let required = |key: &str, causes: &mut Causes| {
        if value.at(&["data", key]).is_none() {
            causes.push(failure::required(Path::of("data").key(key).text(), ""));
        }
    };
    match value.str_at(&["type"]) {
        "kubernetes.io/tls" => {
            required("tls.crt", causes);
            required("tls.key", causes);
        }
        "kubernetes.io/ssh-auth" => required("ssh-privatekey", causes),
        "kubernetes.io/basic-auth" if value.at(&["data", "username"]).is_none() && value.at(&["data", "password"]).is_none() => {
            required("username", causes);
            required("password", causes);
        }
        "kubernetes.io/dockerconfigjson" => {
            required(".dockerconfigjson", causes);
            let text = bytes(".dockerconfigjson");
            if value.at(&["data", ".dockerconfigjson"]).is_some()
                && let Err(error) = json::parse(&text)
            {
                causes.push(failure::wrong(
                    Path::of("data").key(".dockerconfigjson").text(),
                    &Value::from("<secret contents redacted>"),
                    &error.to_string(),
                ));
            }
        }
        "kubernetes.io/service-account-token" if is_empty(value, &["metadata", "annotations", "kubernetes.io/service-account.name"]) => {
            causes.push(failure::required("metadata.annotations[kubernetes.io/service-account.name]", ""));
        }
        _ => {}
    }
}

fn rules(value: &OwnedValue, causes: &mut Causes) {
    for (at, rule) in value.items_at(&["rules"]).iter().enumerate() {
        let here = Path::of("rules").index(at);
        if is_empty(rule, &["verbs"]) {
            causes.push(failure::required(
                here.field("verbs").text(),
                "verbs must contain at least one value",
            ));
        }
        if !is_empty(rule, &["nonResourceURLs"]) {
            if value.str_at(&["kind"]) == "Role" {
                let shown = rule.get("nonResourceURLs").cloned().unwrap_or_default();
                causes.push(failure::wrong(
                    here.field("nonResourceURLs").text(),
                    &shown,
                    "namespaced rules cannot apply to non-resource URLs",
                ));
            }
            continue;
        }
        if is_empty(rule, &["apiGroups"]) {
            causes.push(failure::required(
                here.field("apiGroups").text(),
                "resource rules must supply at least one api group",
            ));
        }
        if is_empty(rule, &["resources"]) {
            causes.push(failure::required(
                here.field("resources").text(),
                "resource rules must supply at least one resource",
            ));
        }
    }
}

fn binding(plural: &str, value: &OwnedValue, causes: &mut Causes) {
    let kinds: &[&str] = if plural == "rolebindings" {
        &["Role", "ClusterRole"]
    } else {
        &["ClusterRole"]
    };
    let kind = value.str_at(&["roleRef", "kind"]);
    if !kinds.contains(&kind) {
        causes.push(failure::unsupported("roleRef.kind", &Value::from(kind.to_owned()), kinds));
    }
    if is_empty(value, &["roleRef", "name"]) {
        causes.push(failure::required("roleRef.name", ""));
    }
    for (at, subject) in value.items_at(&["subjects"]).iter().enumerate() {
        let here = Path::of("subjects").index(at);
        if is_empty(subject, &["name"]) {
            causes.push(failure::required(here.field("name").text(), ""));
        }
        match subject.str_at(&["kind"]) {
            "ServiceAccount" => {
                if is_empty(subject, &["namespace"]) {
                    causes.push(failure::required(here.field("namespace").text(), ""));
                }
            }
            "User" | "Group" => {}
            other => causes.push(failure::unsupported(
                here.field("kind").text(),
                &Value::from(other.to_owned()),
                &["ServiceAccount", "User", "Group"],
            )),
        }
    }
}

/// What may not change about an object of one of these kinds.
pub fn check_update(key: (&str, &str), old: &OwnedValue, value: &OwnedValue, causes: &mut Causes) {
    match key.1 {
        "configmaps" | "secrets" => {
            if old.get("immutable").and_then(Value::as_bool) == Some(true) {
                const WHY: &str = "field is immutable when `immutable` is set";
                if value.get("immutable").and_then(Value::as_bool) != Some(true) {
                    causes.push(failure::not_allowed("immutable", WHY));
                }
                for part in ["data", "binaryData"] {
                    if old.get(part) != value.get(part) {
                        causes.push(failure::not_allowed(part, WHY));
                    }
                }
            }
            if key.1 == "secrets" {
                unchanged(old, value, &["type"], causes);
            }
        }
        "rolebindings" | "clusterrolebindings" if old.get("roleRef") != value.get("roleRef") => {
            let shown = value.get("roleRef").cloned().unwrap_or_default();
            causes.push(failure::wrong("roleRef", &shown, "cannot change roleRef"));
        }
        _ => {}
    }
}
