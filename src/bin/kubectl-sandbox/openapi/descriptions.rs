//! What the built-in types and their fields mean, from `k8s-openapi`.

use std::collections::HashMap;

use k8s_openapi::{api, apiextensions_apiserver, apimachinery, kube_aggregator};
use schemars::{JsonSchema, SchemaGenerator};

/// Descriptions of a type and of its fields.
#[derive(Debug, Clone, Default)]
pub struct Descriptions {
    /// Of the type.
    pub of_type: String,
    /// Of its fields.
    pub of_fields: HashMap<String, String>,
}

/// The descriptions of all types that objects of a group's version are made of, by the types' full names.
pub fn of(group: &str, version: &str) -> HashMap<String, Descriptions> {
    let mut generator = SchemaGenerator::default();
    roots(group, version, &mut generator);
    generator
        .definitions()
        .iter()
        .map(|(name, schema)| {
            let described = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let of_fields = schema
                .get("properties")
                .and_then(|properties| properties.as_object())
                .into_iter()
                .flatten()
                .map(|(field, schema)| (field.clone(), described(schema.get("description").and_then(|text| text.as_str()))))
                .collect();
            let descriptions = Descriptions {
                of_type: described(schema.get("description").and_then(|text| text.as_str())),
                of_fields,
            };
            (name.clone(), descriptions)
        })
        .collect()
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

macro_rules! add {
    ($generator:expr, $($kind:ty),* $(,)?) => {{ $( add::<$kind>($generator); )* }};
}

/// Adds the kinds of a group's version.
fn roots(group: &str, version: &str, to: &mut SchemaGenerator) {
    use apimachinery::pkg::apis::meta::v1 as meta;
    add!(
        to,
        meta::DeleteOptions,
        meta::Status,
        meta::APIResourceList,
        meta::ObjectMeta,
        meta::ListMeta
    );
    match (group, version) {
        ("", "v1") => {
            use api::core::v1::*;
            add!(
                to,
                Binding,
                ComponentStatus,
                ConfigMap,
                Endpoints,
                Event,
                LimitRange,
                Namespace,
                Node,
                PersistentVolume,
                PersistentVolumeClaim,
                Pod,
                PodTemplate,
                ReplicationController,
                ResourceQuota,
                Secret,
                Service,
                ServiceAccount,
                api::authentication::v1::TokenRequest,
                api::autoscaling::v1::Scale,
                api::policy::v1::Eviction,
            );
        }
        ("apps", _) => {
            use api::apps::v1::*;
            add!(
                to,
                ControllerRevision,
                DaemonSet,
                Deployment,
                ReplicaSet,
                StatefulSet,
                api::autoscaling::v1::Scale
            );
        }
        ("batch", _) => add!(to, api::batch::v1::CronJob, api::batch::v1::Job),
        ("autoscaling", "v1") => add!(to, api::autoscaling::v1::HorizontalPodAutoscaler, api::autoscaling::v1::Scale),
        ("autoscaling", _) => add!(to, api::autoscaling::v2::HorizontalPodAutoscaler),
        ("events.k8s.io", _) => add!(to, api::events::v1::Event),
        ("authentication.k8s.io", _) => {
            use api::authentication::v1::*;
            add!(to, SelfSubjectReview, TokenReview);
        }
        ("authorization.k8s.io", _) => {
            use api::authorization::v1::*;
            add!(
                to,
                LocalSubjectAccessReview,
                SelfSubjectAccessReview,
                SelfSubjectRulesReview,
                SubjectAccessReview
            );
        }
        ("certificates.k8s.io", _) => add!(to, api::certificates::v1::CertificateSigningRequest),
        ("networking.k8s.io", _) => {
            use api::networking::v1::*;
            add!(to, IPAddress, Ingress, IngressClass, NetworkPolicy, ServiceCIDR);
        }
        ("policy", _) => add!(to, api::policy::v1::PodDisruptionBudget, api::policy::v1::Eviction),
        ("rbac.authorization.k8s.io", _) => {
            use api::rbac::v1::*;
            add!(to, ClusterRole, ClusterRoleBinding, Role, RoleBinding);
        }
        ("storage.k8s.io", _) => {
            use api::storage::v1::*;
            add!(
                to,
                CSIDriver,
                CSINode,
                CSIStorageCapacity,
                StorageClass,
                VolumeAttachment,
                VolumeAttributesClass
            );
        }
        ("admissionregistration.k8s.io", _) => {
            use api::admissionregistration::v1::*;
            add!(
                to,
                MutatingAdmissionPolicy,
                MutatingAdmissionPolicyBinding,
                MutatingWebhookConfiguration,
                ValidatingAdmissionPolicy,
                ValidatingAdmissionPolicyBinding,
                ValidatingWebhookConfiguration,
            );
        }
        ("apiextensions.k8s.io", _) => {
            add!(to, apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition);
        }
        ("apiregistration.k8s.io", _) => add!(to, kube_aggregator::pkg::apis::apiregistration::v1::APIService),
        ("scheduling.k8s.io", _) => add!(to, api::scheduling::v1::PriorityClass),
        ("coordination.k8s.io", _) => add!(to, api::coordination::v1::Lease),
        ("node.k8s.io", _) => add!(to, api::node::v1::RuntimeClass),
        ("discovery.k8s.io", _) => add!(to, api::discovery::v1::EndpointSlice),
        ("resource.k8s.io", _) => {
            use api::resource::v1::*;
            add!(to, DeviceClass, ResourceClaim, ResourceClaimTemplate, ResourceSlice);
        }
        ("flowcontrol.apiserver.k8s.io", _) => {
            use api::flowcontrol::v1::*;
            add!(to, FlowSchema, PriorityLevelConfiguration);
        }
        _ => {}
    }
}
