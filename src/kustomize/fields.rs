//! The fields that transformations change, by path: kustomize's default configuration.

use crate::api::{OwnedValue, Value, object};

/// The kinds whose objects belong to no namespace.
const OF_CLUSTER: [&str; 21] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "ComponentStatus",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
    "FlowSchema",
];

/// Whether an object lives in a namespace, as far as its kind tells.
pub(super) fn is_namespaced(object: &Value<'_>) -> bool {
    !OF_CLUSTER.contains(&object::kind(object))
}

/// Does something to every value at the end of a path, whose steps are parted by slashes; `[]` stands for the elements
/// of a list. `create` makes the objects on the way that are missing.
pub(super) fn each(value: &mut OwnedValue, path: &str, create: bool, change: &mut dyn FnMut(&mut OwnedValue)) {
    let Some((step, rest)) = path.split_once('/') else {
        return last(value, path, create, change);
    };
    match step {
        "[]" => {
            for element in value.as_array_mut().into_iter().flatten() {
                each(element, rest, create, change);
            }
        }
        name => {
            if let Some(inner) = entered(value, name, create) {
                each(inner, rest, create, change);
            }
        }
    }
}

fn last(value: &mut OwnedValue, step: &str, create: bool, change: &mut dyn FnMut(&mut OwnedValue)) {
    match step {
        "[]" => value.as_array_mut().into_iter().flatten().for_each(change),
        name => {
            if let Some(inner) = entered(value, name, create) {
                change(inner);
            }
        }
    }
}

/// The field of an object, made where it may be.
fn entered<'v>(value: &'v mut OwnedValue, name: &str, create: bool) -> Option<&'v mut OwnedValue> {
    if create && value.is_null() {
        value.object_at(&[]);
    }
    let fields = value.as_object_mut()?;
    if !create && !fields.contains_key(name) {
        return None;
    }
    Some(fields.entry(name.to_owned()))
}

/// Where a kind has its pods' template; empty where it has none.
fn template(kind: &str) -> &'static str {
    match kind {
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" | "ReplicationController" | "Job" => "spec/template",
        "CronJob" => "spec/jobTemplate/spec/template",
        "PodTemplate" => "template",
        _ => "",
    }
}

/// Where a kind has the description of its pods; empty where it has none.
pub(super) fn pod_spec(kind: &str) -> String {
    match (kind, template(kind)) {
        ("Pod", _) => "spec".to_owned(),
        (_, "") => String::new(),
        (_, template) => format!("{template}/spec"),
    }
}

/// The maps of labels in the templates of a kind's objects, made where they are missing.
pub(super) fn template_labels(kind: &str) -> Vec<String> {
    let mut paths = Vec::new();
    match (kind, template(kind)) {
        (_, "") | ("PodTemplate", _) => {}
        (_, template) => paths.push(format!("{template}/metadata/labels")),
    }
    match kind {
        "CronJob" => paths.push("spec/jobTemplate/metadata/labels".to_owned()),
        "StatefulSet" => paths.push("spec/volumeClaimTemplates/[]/metadata/labels".to_owned()),
        _ => {}
    }
    paths
}

/// The maps of labels by which a kind's objects select, and whether they are made where they are missing.
pub(super) fn selectors(kind: &str) -> Vec<(String, bool)> {
    let own: &[(&str, bool)] = match kind {
        "Service" | "ReplicationController" => &[("spec/selector", true)],
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => &[("spec/selector/matchLabels", true)],
        "Job" | "PodDisruptionBudget" => &[("spec/selector/matchLabels", false)],
        "CronJob" => &[("spec/jobTemplate/spec/selector/matchLabels", false)],
        "NetworkPolicy" => &[
            ("spec/podSelector/matchLabels", false),
            ("spec/ingress/[]/from/[]/podSelector/matchLabels", false),
            ("spec/egress/[]/to/[]/podSelector/matchLabels", false),
        ],
        _ => &[],
    };
    let mut paths: Vec<(String, bool)> = own.iter().map(|(path, create)| ((*path).to_owned(), *create)).collect();
    if matches!(kind, "Deployment" | "StatefulSet") {
        let spec = pod_spec(kind);
        for affinity in ["podAffinity", "podAntiAffinity"] {
            for rule in [
                "preferredDuringSchedulingIgnoredDuringExecution/[]/podAffinityTerm",
                "requiredDuringSchedulingIgnoredDuringExecution/[]",
            ] {
                paths.push((format!("{spec}/affinity/{affinity}/{rule}/labelSelector/matchLabels"), false));
            }
        }
        paths.push((format!("{spec}/topologySpreadConstraints/[]/labelSelector/matchLabels"), false));
    }
    paths
}

/// The maps of annotations in the templates of a kind's objects, made where they are missing.
pub(super) fn template_annotations(kind: &str) -> Vec<String> {
    match (kind, template(kind)) {
        (_, "") | ("PodTemplate", _) => Vec::new(),
        ("CronJob", template) => vec![
            "spec/jobTemplate/metadata/annotations".to_owned(),
            format!("{template}/metadata/annotations"),
        ],
        (_, template) => vec![format!("{template}/metadata/annotations")],
    }
}

/// The kinds that others name, and the places in a description of pods where they do.
const IN_PODS: &[(&str, &str)] = &[
    ("ConfigMap", "volumes/[]/configMap/name"),
    ("ConfigMap", "volumes/[]/projected/sources/[]/configMap/name"),
    ("ConfigMap", "containers/[]/env/[]/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "initContainers/[]/env/[]/valueFrom/configMapKeyRef/name"),
    ("ConfigMap", "containers/[]/envFrom/[]/configMapRef/name"),
    ("ConfigMap", "initContainers/[]/envFrom/[]/configMapRef/name"),
    ("Secret", "volumes/[]/secret/secretName"),
    ("Secret", "volumes/[]/projected/sources/[]/secret/name"),
    ("Secret", "containers/[]/env/[]/valueFrom/secretKeyRef/name"),
    ("Secret", "initContainers/[]/env/[]/valueFrom/secretKeyRef/name"),
    ("Secret", "containers/[]/envFrom/[]/secretRef/name"),
    ("Secret", "initContainers/[]/envFrom/[]/secretRef/name"),
    ("Secret", "imagePullSecrets/[]/name"),
    ("Secret", "volumes/[]/csi/nodePublishSecretRef/name"),
    ("ServiceAccount", "serviceAccountName"),
    ("PersistentVolumeClaim", "volumes/[]/persistentVolumeClaim/claimName"),
    ("PriorityClass", "priorityClassName"),
];

/// The kinds that others name, who does, and where.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("Secret", "Ingress", "spec/tls/[]/secretName"),
    ("Secret", "ServiceAccount", "imagePullSecrets/[]/name"),
    ("Secret", "ServiceAccount", "secrets/[]/name"),
    ("Service", "StatefulSet", "spec/serviceName"),
    ("Service", "Ingress", "spec/rules/[]/http/paths/[]/backend/service/name"),
    ("Service", "Ingress", "spec/rules/[]/http/paths/[]/backend/serviceName"),
    ("Service", "Ingress", "spec/defaultBackend/service/name"),
    ("Service", "Ingress", "spec/backend/serviceName"),
    ("Service", "APIService", "spec/service/name"),
    (
        "Service",
        "CustomResourceDefinition",
        "spec/conversion/webhook/clientConfig/service/name",
    ),
    ("Service", "MutatingWebhookConfiguration", "webhooks/[]/clientConfig/service/name"),
    ("Service", "ValidatingWebhookConfiguration", "webhooks/[]/clientConfig/service/name"),
    ("PersistentVolume", "PersistentVolumeClaim", "spec/volumeName"),
    ("StorageClass", "PersistentVolumeClaim", "spec/storageClassName"),
    ("StorageClass", "PersistentVolume", "spec/storageClassName"),
    ("StorageClass", "StatefulSet", "spec/volumeClaimTemplates/[]/spec/storageClassName"),
    ("IngressClass", "Ingress", "spec/ingressClassName"),
];

/// Where objects of a kind name others: the other's kind, and the path.
pub(super) fn references(kind: &str) -> Vec<(&'static str, String)> {
    let spec = pod_spec(kind);
    let in_pods = IN_PODS.iter().filter(|_| !spec.is_empty());
    let elsewhere = ELSEWHERE.iter().filter(|(_, who, _)| *who == kind);
    in_pods
        .map(|(other, path)| (*other, format!("{spec}/{path}")))
        .chain(elsewhere.map(|(other, _, path)| (*other, (*path).to_owned())))
        .collect()
}

/// Where objects of a kind name others together with their kinds: objects with `kind` and `name`.
pub(super) fn typed_references(kind: &str) -> &'static [&'static str] {
    match kind {
        "HorizontalPodAutoscaler" => &["spec/scaleTargetRef"],
        "RoleBinding" | "ClusterRoleBinding" => &["roleRef"],
        _ => &[],
    }
}
