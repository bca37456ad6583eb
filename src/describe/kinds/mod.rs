//! The kinds with a description of their own.

mod autoscaler;
mod certificate_request;
mod config_map;
mod cron_job;
mod csi_node;
mod daemon_set;
mod deployment;
mod disruption_budget;
mod endpoint_slice;
mod endpoints;
mod ingress;
mod ingress_class;
mod ip_address;
mod job;
mod limit_range;
mod namespace;
mod network_policy;
mod node;
mod persistent_volume;
mod persistent_volume_claim;
pub(super) mod pod;
mod priority_class;
mod replica_set;
mod replication_controller;
mod resource_quota;
mod role;
mod role_binding;
mod secret;
mod service;
mod service_account;
mod service_cidr;
mod stateful_set;
mod storage_class;
mod volume_attributes_class;

use super::Describer;

/// All describers but the generic one.
pub static ALL: &[&Describer] = &[
    &autoscaler::AUTOSCALER,
    &certificate_request::CERTIFICATE_REQUEST,
    &config_map::CONFIG_MAP,
    &cron_job::CRON_JOB,
    &csi_node::CSI_NODE,
    &daemon_set::DAEMON_SET,
    &deployment::DEPLOYMENT,
    &disruption_budget::DISRUPTION_BUDGET,
    &endpoint_slice::ENDPOINT_SLICE,
    &endpoints::ENDPOINTS,
    &ingress::INGRESS,
    &ingress_class::INGRESS_CLASS,
    &ip_address::IP_ADDRESS,
    &job::JOB,
    &limit_range::LIMIT_RANGE,
    &namespace::NAMESPACE,
    &network_policy::NETWORK_POLICY,
    &node::NODE,
    &persistent_volume::PERSISTENT_VOLUME,
    &persistent_volume_claim::PERSISTENT_VOLUME_CLAIM,
    &pod::POD,
    &priority_class::PRIORITY_CLASS,
    &replica_set::REPLICA_SET,
    &replication_controller::REPLICATION_CONTROLLER,
    &resource_quota::RESOURCE_QUOTA,
    &role::ROLE,
    &role::CLUSTER_ROLE,
    &role_binding::ROLE_BINDING,
    &role_binding::CLUSTER_ROLE_BINDING,
    &secret::SECRET,
    &service::SERVICE,
    &service_account::SERVICE_ACCOUNT,
    &service_cidr::SERVICE_CIDR,
    &stateful_set::STATEFUL_SET,
    &storage_class::STORAGE_CLASS,
    &volume_attributes_class::VOLUME_ATTRIBUTES_CLASS,
];
