//! What a pod needs from other objects before its containers can begin: mounted configuration, variables.

use base64::{Engine, engine::general_purpose::STANDARD};
use kubectl_rs::api::{OwnedValue, Value, quote};

use crate::{cluster::Cluster, meta};

fn is_optional(reference: &OwnedValue) -> bool {
    reference.get("optional").and_then(Value::as_bool) == Some(true)
}

fn exists(cluster: &mut Cluster, plural: &str, namespace: &str, name: &str) -> bool {
    let id = cluster.collection("", plural);
    cluster.store.get(id, namespace, name).is_some()
}

/// Why a pod's volumes cannot be mounted: the volume's name and the sentence.
pub fn missing_mount(cluster: &mut Cluster, pod: &OwnedValue) -> Option<String> {
    let namespace = meta::namespace(pod);
    for volume in pod.items_at(&["spec", "volumes"]) {
        let name = volume.str_at(&["name"]);
        let projected = volume.items_at(&["projected", "sources"]);
        let wanted = [
            ("configmaps", "configmap", volume.get("configMap"), "name"),
            ("secrets", "secret", volume.get("secret"), "secretName"),
        ]
        .into_iter()
        .chain(projected.iter().flat_map(|source| {
            [
                ("configmaps", "configmap", source.get("configMap"), "name"),
                ("secrets", "secret", source.get("secret"), "name"),
            ]
        }));
        for (plural, kind, reference, field) in wanted {
            let Some(reference) = reference else { continue };
            let object = reference.str_at(&[field]);
            if !object.is_empty() && !is_optional(reference) && !exists(cluster, plural, namespace, object) {
                return Some(format!(
                    "MountVolume.SetUp failed for volume {} : {kind} {} not found",
                    quote(name),
                    quote(object)
                ));
            }
        }
        let host_path = volume.str_at(&["hostPath", "type"]);
        if matches!(host_path, "File" | "Socket") && !volume.str_at(&["hostPath", "path"]).starts_with("/var/run") {
            return Some(format!(
                "MountVolume.SetUp failed for volume {} : hostPath type check failed: {} is not a {}",
                quote(name),
                volume.str_at(&["hostPath", "path"]),
                host_path.to_lowercase()
            ));
        }
    }
    None
}

/// A container's variables.
///
/// # Errors
/// The sentence about a configuration that is missing.
pub fn variables(cluster: &mut Cluster, pod: &OwnedValue, container: &OwnedValue) -> Result<Vec<(String, String)>, String> {
    let namespace = meta::namespace(pod).to_owned();
    let hostname = match pod.str_at(&["spec", "hostname"]) {
        "" => meta::name(pod),
        hostname => hostname,
    };
    let mut variables = vec![
        (
            "PATH".to_owned(),
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".to_owned(),
        ),
        ("HOSTNAME".to_owned(), hostname.to_owned()),
    ];
    for source in container.items_at(&["envFrom"]) {
        let prefix = source.str_at(&["prefix"]);
        for (field, plural, kind) in [("configMapRef", "configmaps", "configmap"), ("secretRef", "secrets", "secret")] {
            let Some(reference) = source.get(field) else { continue };
            let name = reference.str_at(&["name"]);
            let id = cluster.collection("", plural);
            let Some(object) = cluster.store.get(id, &namespace, name) else {
                if is_optional(reference) {
                    continue;
                }
                return Err(format!("{kind} {} not found", quote(name)));
            };
            for (key, value) in object
                .value
                .get("data")
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|map| map.iter())
            {
                variables.push((format!("{prefix}{key}"), text(value, plural)));
            }
        }
    }
    for variable in container.items_at(&["env"]) {
        let name = variable.str_at(&["name"]).to_owned();
        let Some(from) = variable.get("valueFrom").filter(|from| !from.is_null()) else {
            variables.push((name, variable.str_at(&["value"]).to_owned()));
            continue;
        };
        for (field, plural, kind) in [
            ("configMapKeyRef", "configmaps", "configmap"),
            ("secretKeyRef", "secrets", "secret"),
        ] {
            let Some(reference) = from.get(field) else { continue };
            let (object, key) = (reference.str_at(&["name"]), reference.str_at(&["key"]));
            let id = cluster.collection("", plural);
            let found = cluster.store.get(id, &namespace, object);
            match found.map(|found| found.value.at(&["data", key])) {
                Some(Some(value)) => variables.push((name.clone(), text(value, plural))),
                _ if is_optional(reference) => {}
                Some(None) => {
                    let holder = if plural == "secrets" { "Secret" } else { "ConfigMap" };
                    return Err(format!("couldn't find key {key} in {holder} {namespace}/{object}"));
                }
                None => return Err(format!("{kind} {} not found", quote(object))),
            }
        }
        let field = from.str_at(&["fieldRef", "fieldPath"]);
        if !field.is_empty() {
            variables.push((name, field_text(pod, field)));
        }
    }
    Ok(variables)
}

/// The files that a container finds mounted: their paths and what is in them.
pub fn files(cluster: &mut Cluster, pod: &OwnedValue, container: &OwnedValue) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for mount in container.items_at(&["volumeMounts"]) {
        let name = mount.str_at(&["name"]);
        let volumes = pod.items_at(&["spec", "volumes"]);
        let Some(volume) = volumes.iter().find(|volume| volume.str_at(&["name"]) == name) else {
            continue;
        };
        let (folder, part) = (mount.str_at(&["mountPath"]).trim_end_matches('/'), mount.str_at(&["subPath"]));
        let sources = volume.items_at(&["projected", "sources"]);
        for source in std::iter::once(volume).chain(sources) {
            for (file, text) in files_of(cluster, pod, source) {
                if part.is_empty() {
                    files.push((format!("{folder}/{file}"), text));
                } else if file == part {
                    files.push((folder.to_owned(), text));
                }
            }
        }
    }
    files
}

/// The files of a volume, or of one source of a projected volume: all keys, or those that `items` gives paths.
fn files_of(cluster: &mut Cluster, pod: &OwnedValue, source: &OwnedValue) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for (plural, field, names) in [
        ("configmaps", "configMap", &["name"][..]),
        ("secrets", "secret", &["secretName", "name"]),
    ] {
        let Some(reference) = source.get(field) else { continue };
        let name = names.iter().map(|name| reference.str_at(&[name])).find(|name| !name.is_empty());
        let id = cluster.collection("", plural);
        let Some(object) = cluster.store.get(id, meta::namespace(pod), name.unwrap_or_default()) else {
            continue;
        };
        let data = object.value.get("data").and_then(Value::as_object);
        let items = reference.items_at(&["items"]);
        for (key, value) in data.into_iter().flat_map(|data| data.iter()) {
            let item = items.iter().find(|item| item.str_at(&["key"]) == key);
            if items.is_empty() || item.is_some() {
                let path = item.map_or(key, |item| item.str_at(&["path"]));
                files.push((path.to_owned(), text(value, plural)));
            }
        }
    }
    for item in source.items_at(&["downwardAPI", "items"]) {
        let field = item.str_at(&["fieldRef", "fieldPath"]);
        if !field.is_empty() {
            files.push((item.str_at(&["path"]).to_owned(), field_text(pod, field)));
        }
    }
    files
}

fn text(value: &OwnedValue, plural: &str) -> String {
    let text = value.as_str().unwrap_or_default();
    match plural {
        "secrets" => String::from_utf8_lossy(&STANDARD.decode(text).unwrap_or_default()).into_owned(),
        _ => text.to_owned(),
    }
}

fn field_text(pod: &OwnedValue, field: &str) -> String {
    for (prefix, map) in [("metadata.labels['", "labels"), ("metadata.annotations['", "annotations")] {
        if let Some(key) = field.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("']")) {
            return pod.str_at(&["metadata", map, key]).to_owned();
        }
    }
    crate::path::find(pod, &format!(".{field}"))
        .first()
        .and_then(|value| value.as_str())
        .unwrap_or_default()
        .to_owned()
}
