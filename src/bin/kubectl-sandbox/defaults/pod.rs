//! The defaults of pods and of the templates that pods are made from.

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{each, fill, fill_object, has};

/// The permission bits of files in volumes, 0644.
const FILE_MODE: i64 = 420;

/// The defaults of a pod.
pub fn apply(pod: &mut OwnedValue) {
    fill(pod, &["spec", "enableServiceLinks"], true);
    // What is limited is requested too.
    for list in ["containers", "initContainers"] {
        for container in each(pod, &["spec", list]) {
            let Some(Value::Object(limits)) = container.at(&["resources", "limits"]).cloned() else {
                continue;
            };
            for (resource, limit) in limits {
                fill(container, &["resources", "requests", &resource], limit);
            }
        }
    }
    spec(pod, &["spec"]);
    fill(pod, &["status", "phase"], "Pending");
    for_api(pod);
}

/// What the API shows of a pod beyond its fields: its quality of service.
pub fn for_api(pod: &mut OwnedValue) {
    if !has(pod, &["status", "qosClass"]) {
        let class = quality_of_service(pod);
        pod.set(&["status", "qosClass"], class);
    }
}

/// `Guaranteed`, `Burstable` or `BestEffort`, by what the containers request and are limited to.
fn quality_of_service(pod: &OwnedValue) -> &'static str {
    let mut any = false;
    let mut guaranteed = true;
    let containers = pod
        .items_at(&["spec", "containers"])
        .iter()
        .chain(pod.items_at(&["spec", "initContainers"]));
    for container in containers {
        for resource in ["cpu", "memory"] {
            let limit = container.str_at(&["resources", "limits", resource]);
            let request = container.str_at(&["resources", "requests", resource]);
            any |= !(limit.is_empty() && request.is_empty());
            guaranteed &= !limit.is_empty() && limit == request;
        }
    }
    match (any, guaranteed) {
        (false, _) => "BestEffort",
        (true, true) => "Guaranteed",
        (true, false) => "Burstable",
    }
}

/// The defaults of the pod specification at the end of `path`.
pub fn spec(value: &mut OwnedValue, path: &[&str]) {
    let Some(spec) = value.at_mut(path).filter(|spec| spec.as_object().is_some()) else {
        return;
    };
    fill(spec, &["dnsPolicy"], "ClusterFirst");
    fill(spec, &["restartPolicy"], "Always");
    fill(spec, &["terminationGracePeriodSeconds"], 30i64);
    fill(spec, &["schedulerName"], "default-scheduler");
    fill_object(spec, &["securityContext"]);
    // The old name of the field and the new one hold the same.
    match (
        spec.str_at(&["serviceAccountName"]).to_owned(),
        spec.str_at(&["serviceAccount"]).to_owned(),
    ) {
        (new, _) if !new.is_empty() => spec.set(&["serviceAccount"], new),
        (_, old) if !old.is_empty() => spec.set(&["serviceAccountName"], old),
        _ => {}
    }
    let host_network = spec.get("hostNetwork").and_then(Value::as_bool) == Some(true);
    for list in ["containers", "initContainers", "ephemeralContainers"] {
        for item in each(spec, &[list]) {
            container(item, host_network);
        }
    }
    for item in each(spec, &["volumes"]) {
        volume(item);
    }
}

fn container(container: &mut OwnedValue, host_network: bool) {
    if container.as_object().is_none() {
        return;
    }
    fill_object(container, &["resources"]);
    fill(container, &["terminationMessagePath"], "/dev/termination-log");
    fill(container, &["terminationMessagePolicy"], "File");
    let policy = match tag(container.str_at(&["image"])) {
        "latest" => "Always",
        _ => "IfNotPresent",
    };
    fill(container, &["imagePullPolicy"], policy);
    for port in each(container, &["ports"]) {
        fill(port, &["protocol"], "TCP");
        if host_network && let Some(number) = port.int_at(&["containerPort"]) {
            fill(port, &["hostPort"], number);
        }
    }
    for variable in each(container, &["env"]) {
        if has(variable, &["valueFrom", "fieldRef"]) {
            fill(variable, &["valueFrom", "fieldRef", "apiVersion"], "v1");
        }
        if has(variable, &["valueFrom", "resourceFieldRef"]) {
            fill(variable, &["valueFrom", "resourceFieldRef", "divisor"], "0");
        }
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if has(container, &[probe]) {
            for (key, number) in [
                ("timeoutSeconds", 1i64),
                ("periodSeconds", 10),
                ("successThreshold", 1),
                ("failureThreshold", 3),
            ] {
                fill(container, &[probe, key], number);
            }
            handler(container, &[probe]);
        }
    }
    for hook in ["postStart", "preStop"] {
        handler(container, &["lifecycle", hook]);
    }
}

fn handler(container: &mut OwnedValue, path: &[&str]) {
    let of = |key: &'static str, field: &'static str| [path, &[key, field]].concat();
    if has(container, &[path, &["httpGet"]].concat()) {
        fill(container, &of("httpGet", "path"), "/");
        fill(container, &of("httpGet", "scheme"), "HTTP");
    }
    if has(container, &[path, &["grpc"]].concat()) {
        fill(container, &of("grpc", "service"), "");
    }
}

/// The tag of an image's name; `latest` where there is none, empty where there is a digest.
pub fn tag(image: &str) -> &str {
    if image.contains('@') {
        return "";
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').map_or("latest", |(_, tag)| tag)
}

fn volume(volume: &mut OwnedValue) {
    let Some(map) = volume.as_object() else {
        return;
    };
    let has_source = map.iter().any(|(key, value)| key != "name" && !value.is_null());
    if !has_source {
        volume.set(&["emptyDir"], Map::new());
    }
    for source in ["secret", "configMap", "downwardAPI", "projected"] {
        if has(volume, &[source]) {
            fill(volume, &[source, "defaultMode"], FILE_MODE);
        }
    }
    if has(volume, &["hostPath"]) {
        fill(volume, &["hostPath", "type"], "");
    }
    for item in each(volume, &["downwardAPI", "items"]) {
        downward(item);
    }
    for source in each(volume, &["projected", "sources"]) {
        if has(source, &["serviceAccountToken"]) {
            fill(source, &["serviceAccountToken", "expirationSeconds"], 3600i64);
        }
        for item in each(source, &["downwardAPI", "items"]) {
            downward(item);
        }
    }
    if has(volume, &["ephemeral", "volumeClaimTemplate"]) {
        fill(volume, &["ephemeral", "volumeClaimTemplate", "spec", "volumeMode"], "Filesystem");
    }
    if has(volume, &["iscsi"]) {
        fill(volume, &["iscsi", "iscsiInterface"], "default");
    }
    if has(volume, &["rbd"]) {
        for (key, text) in [("pool", "rbd"), ("user", "admin"), ("keyring", "/etc/ceph/keyring")] {
            fill(volume, &["rbd", key], text);
        }
    }
    if has(volume, &["azureDisk"]) {
        for (key, text) in [("cachingMode", "ReadWrite"), ("kind", "Shared"), ("fsType", "ext4")] {
            fill(volume, &["azureDisk", key], text);
        }
        fill(volume, &["azureDisk", "readOnly"], false);
    }
}

fn downward(item: &mut OwnedValue) {
    if has(item, &["fieldRef"]) {
        fill(item, &["fieldRef", "apiVersion"], "v1");
    }
    if has(item, &["resourceFieldRef"]) {
        fill(item, &["resourceFieldRef", "divisor"], "0");
    }
}

#[cfg(test)]
mod tests {
    use kubectl_rs::api::json;

    use super::*;

    #[test]
    fn tag_of_an_image_ends_at_the_registry() {
        assert_eq!(tag("nginx"), "latest");
        assert_eq!(tag("nginx:1.27"), "1.27");
        assert_eq!(tag("localhost:5000/nginx"), "latest");
        assert_eq!(tag("localhost:5000/nginx:v1"), "v1");
        assert_eq!(tag("nginx@sha256:abc"), "");
    }

    #[test]
    fn apply_fills_a_pod_as_the_server_does() {
        let text = br#"{"spec":{"containers":[{"name":"a","image":"busybox","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"1"}},"readinessProbe":{"httpGet":{"port":80}}}],"volumes":[{"name":"v"}]}}"#;
        let mut pod = json::parse(text).unwrap().into_owned();
        apply(&mut pod);
        let container = &pod.items_at(&["spec", "containers"])[0];
        assert_eq!(container.str_at(&["imagePullPolicy"]), "Always");
        assert_eq!(container.str_at(&["resources", "requests", "cpu"]), "1");
        assert_eq!(container.str_at(&["readinessProbe", "httpGet", "path"]), "/");
        assert_eq!(container.int_at(&["readinessProbe", "failureThreshold"]), Some(3));
        assert_eq!(container.items_at(&["ports"])[0].str_at(&["protocol"]), "TCP");
        assert!(pod.items_at(&["spec", "volumes"])[0].get("emptyDir").is_some());
        assert_eq!(pod.str_at(&["status", "qosClass"]), "Burstable");
    }
}
