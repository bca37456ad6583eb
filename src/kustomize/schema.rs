//! What kustomize knows of types: which live in no namespace, and which lists are merged by which keys.
//!
//! Its knowledge is that of Kubernetes 1.21, whatever the server; types that are newer or custom are unknown to it, and
//! their lists are replaced whole. A kustomization may bring a description of its own (`openapi`).

use crate::api::{OwnedValue, Value};

/// The kinds whose objects live in no namespace, with the versions that are known.
const OF_CLUSTER: &[(&str, &str)] = &[
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingWebhookConfiguration"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"),
    ("apiregistration.k8s.io/v1", "APIService"),
    ("apiregistration.k8s.io/v1beta1", "APIService"),
    ("certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration"),
    ("networking.k8s.io/v1", "IngressClass"),
    ("networking.k8s.io/v1beta1", "IngressClass"),
    ("node.k8s.io/v1", "RuntimeClass"),
    ("node.k8s.io/v1beta1", "RuntimeClass"),
    ("policy/v1beta1", "PodSecurityPolicy"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRole"),
    ("rbac.authorization.k8s.io/v1beta1", "ClusterRoleBinding"),
    ("scheduling.k8s.io/v1", "PriorityClass"),
    ("scheduling.k8s.io/v1beta1", "PriorityClass"),
    ("storage.k8s.io/v1", "CSIDriver"),
    ("storage.k8s.io/v1", "CSINode"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("storage.k8s.io/v1", "VolumeAttachment"),
    ("storage.k8s.io/v1beta1", "CSIDriver"),
    ("storage.k8s.io/v1beta1", "CSINode"),
    ("storage.k8s.io/v1beta1", "StorageClass"),
    ("storage.k8s.io/v1beta1", "VolumeAttachment"),
    ("v1", "ComponentStatus"),
    ("v1", "Namespace"),
    ("v1", "Node"),
    ("v1", "PersistentVolume"),
];

/// Whether objects of a type are known to live in no namespace.
pub(super) fn is_of_cluster(api_version: &str, kind: &str) -> bool {
    OF_CLUSTER.contains(&(api_version, kind))
}

/// A place in an object, as far as it matters for lists that are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Nothing below here is merged, but it is known.
    Plain,
    /// An object; its `spec` and `status` are these.
    Object(&'static Shape, &'static Shape),
    Metadata,
    /// A description with `template`.
    Workload,
    StatefulSet,
    Template,
    PodSpec,
    PodStatus,
    Container,
    EphemeralContainer,
    Volume,
    ClaimTemplate,
    Job,
    JobTemplate,
    Claim,
    CronJob,
    Node,
    NodeStatus,
    Service,
    CsiNode,
    /// A status with conditions.
    Conditions,
    /// An object with these fields beside its metadata: secrets, webhooks, conditions, a template.
    Secrets,
    Webhooks,
    ConditionsObject,
    PodTemplate,
}

/// The kinds in which lists are merged, with the versions that are known.
const KINDS: &[(&str, &str, Shape)] = &[
    ("apps/v1", "DaemonSet", Shape::Object(&Shape::Workload, &Shape::Conditions)),
    ("apps/v1", "Deployment", Shape::Object(&Shape::Workload, &Shape::Conditions)),
    ("apps/v1", "ReplicaSet", Shape::Object(&Shape::Workload, &Shape::Conditions)),
    ("apps/v1", "StatefulSet", Shape::Object(&Shape::StatefulSet, &Shape::Conditions)),
    ("batch/v1", "Job", Shape::Object(&Shape::Job, &Shape::Conditions)),
    ("batch/v1", "CronJob", Shape::Object(&Shape::CronJob, &Shape::Plain)),
    ("batch/v1beta1", "CronJob", Shape::Object(&Shape::CronJob, &Shape::Plain)),
    ("v1", "Pod", Shape::Object(&Shape::PodSpec, &Shape::PodStatus)),
    ("v1", "ReplicationController", Shape::Object(&Shape::Workload, &Shape::Conditions)),
    ("v1", "Service", Shape::Object(&Shape::Service, &Shape::Conditions)),
    ("v1", "Node", Shape::Object(&Shape::Node, &Shape::NodeStatus)),
    ("v1", "Namespace", Shape::Object(&Shape::Plain, &Shape::Conditions)),
    ("v1", "PersistentVolumeClaim", Shape::Object(&Shape::Plain, &Shape::Conditions)),
    ("v1", "ServiceAccount", Shape::Secrets),
    ("v1", "PodTemplate", Shape::PodTemplate),
    ("v1", "ComponentStatus", Shape::ConditionsObject),
    ("policy/v1", "PodDisruptionBudget", Shape::Object(&Shape::Plain, &Shape::Conditions)),
    (
        "policy/v1beta1",
        "PodDisruptionBudget",
        Shape::Object(&Shape::Plain, &Shape::Conditions),
    ),
    ("storage.k8s.io/v1", "CSINode", Shape::Object(&Shape::CsiNode, &Shape::Plain)),
    ("storage.k8s.io/v1beta1", "CSINode", Shape::Object(&Shape::CsiNode, &Shape::Plain)),
    (
        "apiregistration.k8s.io/v1",
        "APIService",
        Shape::Object(&Shape::Plain, &Shape::Conditions),
    ),
    (
        "apiregistration.k8s.io/v1beta1",
        "APIService",
        Shape::Object(&Shape::Plain, &Shape::Conditions),
    ),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", Shape::Webhooks),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", Shape::Webhooks),
    (
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration",
        Shape::Webhooks,
    ),
    (
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration",
        Shape::Webhooks,
    ),
];

/// The kinds of which nothing but the metadata has lists that are merged, with the versions that are known.
const PLAIN_KINDS: &[(&str, &[&str])] = &[
    (
        "v1",
        &[
            "Binding",
            "ConfigMap",
            "Endpoints",
            "Event",
            "LimitRange",
            "PersistentVolume",
            "ResourceQuota",
            "Secret",
        ],
    ),
    ("apps/v1", &["ControllerRevision"]),
    ("apiextensions.k8s.io/v1", &["CustomResourceDefinition"]),
    ("apiextensions.k8s.io/v1beta1", &["CustomResourceDefinition"]),
    ("autoscaling/v1", &["HorizontalPodAutoscaler", "Scale"]),
    ("autoscaling/v2beta1", &["HorizontalPodAutoscaler"]),
    ("autoscaling/v2beta2", &["HorizontalPodAutoscaler"]),
    ("certificates.k8s.io/v1", &["CertificateSigningRequest"]),
    ("certificates.k8s.io/v1beta1", &["CertificateSigningRequest"]),
    ("coordination.k8s.io/v1", &["Lease"]),
    ("coordination.k8s.io/v1beta1", &["Lease"]),
    ("discovery.k8s.io/v1", &["EndpointSlice"]),
    ("discovery.k8s.io/v1beta1", &["EndpointSlice"]),
    ("events.k8s.io/v1", &["Event"]),
    ("events.k8s.io/v1beta1", &["Event"]),
    ("extensions/v1beta1", &["Ingress"]),
    (
        "flowcontrol.apiserver.k8s.io/v1beta1",
        &["FlowSchema", "PriorityLevelConfiguration"],
    ),
    ("networking.k8s.io/v1", &["Ingress", "IngressClass", "NetworkPolicy"]),
    ("networking.k8s.io/v1beta1", &["Ingress", "IngressClass"]),
    ("node.k8s.io/v1", &["RuntimeClass"]),
    ("node.k8s.io/v1beta1", &["RuntimeClass"]),
    ("policy/v1beta1", &["Eviction", "PodSecurityPolicy"]),
    (
        "rbac.authorization.k8s.io/v1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    (
        "rbac.authorization.k8s.io/v1beta1",
        &["ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
    ),
    ("scheduling.k8s.io/v1", &["PriorityClass"]),
    ("scheduling.k8s.io/v1beta1", &["PriorityClass"]),
    ("storage.k8s.io/v1", &["CSIDriver", "StorageClass", "VolumeAttachment"]),
    (
        "storage.k8s.io/v1beta1",
        &["CSIDriver", "CSIStorageCapacity", "StorageClass", "VolumeAttachment"],
    ),
];

impl Shape {
    fn of(api_version: &str, kind: &str) -> Option<Shape> {
        if let Some((_, _, shape)) = KINDS.iter().find(|(version, of, _)| *version == api_version && *of == kind) {
            return Some(*shape);
        }
        let is_plain = PLAIN_KINDS
            .iter()
            .any(|(version, kinds)| *version == api_version && kinds.contains(&kind));
        is_plain.then_some(Shape::Object(&Shape::Plain, &Shape::Plain))
    }

    /// What a field is, and by which keys it is merged if it is a list; none of them for a list of words.
    fn field(self, name: &str) -> (Shape, Option<&'static [&'static str]>) {
        let plain = |keys: &'static [&'static str]| (Shape::Plain, Some(keys));
        match (self, name) {
            (Shape::Object(spec, _), "spec") => (*spec, None),
            (Shape::Object(_, status), "status") => (*status, None),
            (
                Shape::Object(..)
                | Shape::Secrets
                | Shape::Webhooks
                | Shape::ConditionsObject
                | Shape::PodTemplate
                | Shape::Template
                | Shape::JobTemplate
                | Shape::ClaimTemplate
                | Shape::Claim,
                "metadata",
            ) => (Shape::Metadata, None),
            (Shape::Metadata, "finalizers") => plain(&[]),
            (Shape::Metadata, "ownerReferences") => plain(&["uid"]),
            (Shape::Workload | Shape::StatefulSet | Shape::Job | Shape::PodTemplate, "template") => (Shape::Template, None),
            (Shape::StatefulSet, "volumeClaimTemplates") => (Shape::Claim, None),
            (Shape::Claim, "status") => (Shape::Conditions, None),
            (Shape::Template, "spec") => (Shape::PodSpec, None),
            (Shape::CronJob, "jobTemplate") => (Shape::JobTemplate, None),
            (Shape::JobTemplate, "spec") => (Shape::Job, None),
            (Shape::PodSpec, "containers" | "initContainers") => (Shape::Container, Some(&["name"])),
            (Shape::PodSpec, "ephemeralContainers") => (Shape::EphemeralContainer, Some(&["name"])),
            (Shape::PodSpec, "volumes") => (Shape::Volume, Some(&["name"])),
            (Shape::PodSpec, "hostAliases") => plain(&["ip"]),
            (Shape::PodSpec, "imagePullSecrets") => plain(&["name"]),
            (Shape::PodSpec, "topologySpreadConstraints") => plain(&["topologyKey", "whenUnsatisfiable"]),
            (Shape::Container, "ports") => plain(&["containerPort", "protocol"]),
            (Shape::Container | Shape::EphemeralContainer, "env") => plain(&["name"]),
            (Shape::Container | Shape::EphemeralContainer, "volumeDevices") => plain(&["devicePath"]),
            (Shape::Container | Shape::EphemeralContainer, "volumeMounts") => plain(&["mountPath"]),
            (Shape::Volume, "ephemeral") => (Shape::Volume, None),
            (Shape::Volume, "volumeClaimTemplate") => (Shape::ClaimTemplate, None),
            (Shape::Service, "ports") => plain(&["port", "protocol"]),
            (Shape::Node, "podCIDRs") => plain(&[]),
            (Shape::NodeStatus, "addresses") => plain(&["type"]),
            (Shape::PodStatus, "podIPs") => plain(&["ip"]),
            (Shape::CsiNode, "drivers") => plain(&["name"]),
            (Shape::Secrets, "secrets") => plain(&["name"]),
            (Shape::Webhooks, "webhooks") => plain(&["name"]),
            (Shape::Conditions | Shape::NodeStatus | Shape::PodStatus | Shape::ConditionsObject, "conditions") => plain(&["type"]),
            _ => (Shape::Plain, None),
        }
    }
}

/// Everything that is known of types.
#[derive(Debug, Clone, Default)]
pub(super) struct Schemas {
    /// The description that a kustomization brings instead of the built-in one.
    custom: Option<OwnedValue>,
}

/// What is known of a place in an object.
#[derive(Debug, Clone)]
pub(super) enum Schema<'s> {
    BuiltIn(Place),
    /// The whole description, and what it says of the place.
    Custom(&'s OwnedValue, &'s OwnedValue),
}

/// A place in an object of a type that is built in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    shape: Shape,
    keys: Option<&'static [&'static str]>,
}

impl Schemas {
    /// What a description in OpenAPI's form says.
    pub(super) fn custom(description: OwnedValue) -> Schemas {
        Schemas { custom: Some(description) }
    }

    /// Whether a description was given.
    pub(super) fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    /// What is known of objects of a type.
    pub(super) fn of(&self, api_version: &str, kind: &str) -> Option<Schema<'_>> {
        let Some(description) = &self.custom else {
            let place = |shape| Schema::BuiltIn(Place { shape, keys: None });
            return Shape::of(api_version, kind).map(place);
        };
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let is_meant = |definition: &Value<'_>| match definition.items_at(&["x-kubernetes-group-version-kind"]) {
            [gvk] => gvk.str_at(&["group"]) == group && gvk.str_at(&["version"]) == version && gvk.str_at(&["kind"]) == kind,
            _ => false,
        };
        let definitions = description.get("definitions")?.as_object()?;
        let (_, found) = definitions.iter().find(|(_, definition)| is_meant(definition))?;
        Some(Schema::Custom(description, found))
    }
}

impl<'s> Schema<'s> {
    /// What is known of a field.
    pub(super) fn field(&self, name: &str) -> Option<Schema<'s>> {
        match self {
            Schema::BuiltIn(place) => {
                let (shape, keys) = place.shape.field(name);
                Some(Schema::BuiltIn(Place { shape, keys }))
            }
            Schema::Custom(all, here) => {
                let found = here.at(&["properties", name]).or_else(|| here.get("additionalProperties"))?;
                Some(Schema::Custom(all, resolved(all, found)))
            }
        }
    }

    /// What is known of a list's elements.
    pub(super) fn element(&self) -> Option<Schema<'s>> {
        match self {
            Schema::BuiltIn(place) => Some(Schema::BuiltIn(Place {
                shape: place.shape,
                keys: None,
            })),
            Schema::Custom(all, here) => Some(Schema::Custom(all, resolved(all, here.get("items")?))),
        }
    }

    /// By which keys a list is merged, none of them for a list of words; nothing where it is replaced.
    pub(super) fn merge_keys(&self) -> Option<Vec<&'s str>> {
        match self {
            Schema::BuiltIn(place) => place.keys.map(<[_]>::to_vec),
            Schema::Custom(_, here) => {
                let strategy = here.str_at(&["x-kubernetes-patch-strategy"]);
                if !strategy.split(',').any(|part| part == "merge") {
                    return None;
                }
                let keys = here.items_at(&["x-kubernetes-list-map-keys"]);
                if !keys.is_empty() {
                    return Some(keys.iter().filter_map(Value::as_str).collect());
                }
                let key = here.get("x-kubernetes-patch-merge-key").and_then(Value::as_str);
                Some(key.into_iter().collect())
            }
        }
    }
}

/// What a reference refers to.
fn resolved<'s>(all: &'s OwnedValue, mut here: &'s OwnedValue) -> &'s OwnedValue {
    // Who refers in circles gets nothing.
    for _ in 0..32 {
        let Some(name) = here.str_at(&["$ref"]).strip_prefix("#/definitions/") else {
            return here;
        };
        match all.at(&["definitions", name]) {
            Some(found) => here = found,
            None => return here,
        }
    }
    here
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(schema: Option<Schema<'_>>, path: &[&str]) -> Option<Vec<String>> {
        let end = path.iter().try_fold(schema?, |schema, step| match *step {
            "[]" => schema.element(),
            step => schema.field(step),
        })?;
        Some(end.merge_keys()?.into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn merge_keys_of_known_types_are_those_of_kubernetes_1_21() {
        let schemas = Schemas::default();
        let of = |kind, path: &[&str]| keys(schemas.of("apps/v1", kind), path);
        let ports = ["spec", "template", "spec", "containers", "[]", "ports"];
        assert_eq!(of("Deployment", &ports).unwrap(), ["containerPort", "protocol"]);
        assert_eq!(of("Deployment", &["metadata", "finalizers"]).unwrap(), [""; 0]);
        assert_eq!(of("Deployment", &["spec", "template", "spec", "tolerations"]), None);
        assert_eq!(of("Gizmo", &["metadata", "finalizers"]), None);
    }

    #[test]
    fn merge_keys_of_a_custom_description_are_what_it_says() {
        let description = br##"{"definitions": {
            "a.Gizmo": {"x-kubernetes-group-version-kind": [{"group": "a", "version": "v1", "kind": "Gizmo"}],
                        "properties": {"spec": {"$ref": "#/definitions/a.Spec"}}},
            "a.Spec": {"properties": {"parts": {"x-kubernetes-patch-strategy": "merge", "x-kubernetes-patch-merge-key": "id"}}}}}"##;
        let schemas = Schemas::custom(crate::yaml::parse(description).unwrap().into_owned());
        assert_eq!(keys(schemas.of("a/v1", "Gizmo"), &["spec", "parts"]).unwrap(), ["id"]);
        assert!(schemas.of("v1", "Pod").is_none());
    }
}
