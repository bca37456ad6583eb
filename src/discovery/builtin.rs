//! The resources that every cluster of our time has, so that naming one costs no request.
//!
//! What is taken from here is an assumption ([`Mapping::is_assumed`]): where the server then refuses the request, it is
//! asked what it offers and the name is looked up again ([`super::Discovery::reconsider`]). Left out are names that
//! kubectl answers with a warning (`ev`), and resources that became stable so late that older servers have them only as
//! betas.

use super::{Mapping, Partial, Source, Text};

/// A resource of the table.
struct Entry {
    name: &'static str,
    singular: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
    namespaced: bool,
}

/// The entries of one group, in its stable version.
struct Table {
    group: &'static str,
    version: &'static str,
    entries: &'static [Entry],
}

/// An entry whose objects live in namespaces.
const fn local(name: &'static str, singular: &'static str, kind: &'static str, short: &'static [&'static str]) -> Entry {
    Entry {
        name,
        singular,
        kind,
        short,
        namespaced: true,
    }
}

/// An entry whose objects belong to the cluster.
const fn global(name: &'static str, singular: &'static str, kind: &'static str, short: &'static [&'static str]) -> Entry {
    Entry {
        name,
        singular,
        kind,
        short,
        namespaced: false,
    }
}

const TABLES: &[Table] = &[
    Table {
        group: "",
        version: "v1",
        entries: &[
            local("pods", "pod", "Pod", &["po"]),
            local("services", "service", "Service", &["svc"]),
            local("configmaps", "configmap", "ConfigMap", &["cm"]),
            local("secrets", "secret", "Secret", &[]),
            global("namespaces", "namespace", "Namespace", &["ns"]),
            global("nodes", "node", "Node", &["no"]),
            local("events", "event", "Event", &[]),
            local("endpoints", "endpoints", "Endpoints", &["ep"]),
            local("serviceaccounts", "serviceaccount", "ServiceAccount", &["sa"]),
            local("persistentvolumeclaims", "persistentvolumeclaim", "PersistentVolumeClaim", &["pvc"]),
            global("persistentvolumes", "persistentvolume", "PersistentVolume", &["pv"]),
            local("replicationcontrollers", "replicationcontroller", "ReplicationController", &["rc"]),
            local("resourcequotas", "resourcequota", "ResourceQuota", &["quota"]),
            local("limitranges", "limitrange", "LimitRange", &["limits"]),
            local("podtemplates", "podtemplate", "PodTemplate", &[]),
            global("componentstatuses", "componentstatus", "ComponentStatus", &["cs"]),
            local("bindings", "binding", "Binding", &[]),
        ],
    },
    Table {
        group: "apps",
        version: "v1",
        entries: &[
            local("deployments", "deployment", "Deployment", &["deploy"]),
            local("statefulsets", "statefulset", "StatefulSet", &["sts"]),
            local("daemonsets", "daemonset", "DaemonSet", &["ds"]),
            local("replicasets", "replicaset", "ReplicaSet", &["rs"]),
            local("controllerrevisions", "controllerrevision", "ControllerRevision", &[]),
        ],
    },
    Table {
        group: "batch",
        version: "v1",
        entries: &[local("jobs", "job", "Job", &[]), local("cronjobs", "cronjob", "CronJob", &["cj"])],
    },
    Table {
        group: "autoscaling",
        version: "v2",
        entries: &[local(
            "horizontalpodautoscalers",
            "horizontalpodautoscaler",
            "HorizontalPodAutoscaler",
            &["hpa"],
        )],
    },
    Table {
        group: "networking.k8s.io",
        version: "v1",
        entries: &[
            local("ingresses", "ingress", "Ingress", &["ing"]),
            local("networkpolicies", "networkpolicy", "NetworkPolicy", &["netpol"]),
            global("ingressclasses", "ingressclass", "IngressClass", &[]),
        ],
    },
    Table {
        group: "policy",
        version: "v1",
        entries: &[local(
            "poddisruptionbudgets",
            "poddisruptionbudget",
            "PodDisruptionBudget",
            &["pdb"],
        )],
    },
    Table {
        group: "rbac.authorization.k8s.io",
        version: "v1",
        entries: &[
            local("roles", "role", "Role", &[]),
            local("rolebindings", "rolebinding", "RoleBinding", &[]),
            global("clusterroles", "clusterrole", "ClusterRole", &[]),
            global("clusterrolebindings", "clusterrolebinding", "ClusterRoleBinding", &[]),
        ],
    },
    Table {
        group: "storage.k8s.io",
        version: "v1",
        entries: &[
            global("storageclasses", "storageclass", "StorageClass", &["sc"]),
            global("volumeattachments", "volumeattachment", "VolumeAttachment", &[]),
            global("csidrivers", "csidriver", "CSIDriver", &[]),
            global("csinodes", "csinode", "CSINode", &[]),
            local("csistoragecapacities", "csistoragecapacity", "CSIStorageCapacity", &[]),
        ],
    },
    Table {
        group: "apiextensions.k8s.io",
        version: "v1",
        entries: &[global(
            "customresourcedefinitions",
            "customresourcedefinition",
            "CustomResourceDefinition",
            &["crd", "crds"],
        )],
    },
    Table {
        group: "admissionregistration.k8s.io",
        version: "v1",
        entries: &[
            global(
                "mutatingwebhookconfigurations",
                "mutatingwebhookconfiguration",
                "MutatingWebhookConfiguration",
                &[],
            ),
            global(
                "validatingwebhookconfigurations",
                "validatingwebhookconfiguration",
                "ValidatingWebhookConfiguration",
                &[],
            ),
        ],
    },
    Table {
        group: "apiregistration.k8s.io",
        version: "v1",
        entries: &[global("apiservices", "apiservice", "APIService", &[])],
    },
    Table {
        group: "certificates.k8s.io",
        version: "v1",
        entries: &[global(
            "certificatesigningrequests",
            "certificatesigningrequest",
            "CertificateSigningRequest",
            &["csr"],
        )],
    },
    Table {
        group: "coordination.k8s.io",
        version: "v1",
        entries: &[local("leases", "lease", "Lease", &[])],
    },
    Table {
        group: "discovery.k8s.io",
        version: "v1",
        entries: &[local("endpointslices", "endpointslice", "EndpointSlice", &[])],
    },
    Table {
        group: "scheduling.k8s.io",
        version: "v1",
        entries: &[global("priorityclasses", "priorityclass", "PriorityClass", &["pc"])],
    },
    Table {
        group: "node.k8s.io",
        version: "v1",
        entries: &[global("runtimeclasses", "runtimeclass", "RuntimeClass", &[])],
    },
];

/// The resource that an argument names by its plural, its singular or a short name, whole group and version where it
/// has any: `po`, `Deployment`, `deployments.apps`, `ingress.v1.networking.k8s.io`.
pub fn resolve(argument: &str) -> Option<Mapping> {
    let (full, short) = Partial::parse(argument);
    let mapping = full.as_ref().and_then(by_resource).or_else(|| by_resource(&short))?;
    Some(Mapping {
        source: Source::Argument(argument.to_owned()),
        ..mapping
    })
}

/// The resource that is named so by a plural or a singular of the core group, in any case of letters. No other group
/// can take these names from it, so not even a look into the cache can say anything else.
pub fn resolve_core(argument: &str) -> Option<Mapping> {
    let mapping = resolve(argument)?;
    let name = argument.to_lowercase();
    let certain = mapping.group.is_empty() && (name == *mapping.resource || name == mapping.kind.to_lowercase());
    certain.then_some(mapping)
}

/// The resource of a kind in exactly this group and version.
pub fn by_kind(group: &str, version: &str, kind: &str) -> Option<Mapping> {
    let table = TABLES.iter().find(|table| table.group == group && table.version == version)?;
    table
        .entries
        .iter()
        .find(|entry| entry.kind == kind)
        .map(|entry| table.mapping(entry))
}

fn by_resource(named: &Partial) -> Option<Mapping> {
    let lower = named.name.to_lowercase();
    TABLES
        .iter()
        .filter(|table| {
            (table.group == named.group || (named.group.is_empty() && named.version.is_empty()))
                && (named.version.is_empty() || named.version == table.version)
        })
        .find_map(|table| {
            // A short name counts only as it is written, all else in any case of letters; and a short name with a
            // version loses the version, so it is left to the server's data.
            let is = |entry: &&Entry| {
                entry.name == lower || entry.singular == lower || (named.version.is_empty() && entry.short.contains(&named.name.as_str()))
            };
            table.entries.iter().find(is).map(|entry| table.mapping(entry))
        })
}

impl Table {
    fn mapping(&self, entry: &Entry) -> Mapping {
        Mapping {
            resource: Text::from_static(entry.name),
            kind: Text::from_static(entry.kind),
            group: Text::from_static(self.group),
            version: Text::from_static(self.version),
            namespaced: entry.namespaced,
            source: Source::Kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(argument: &str) -> String {
        resolve(argument).map_or_else(String::new, |mapping| format!("{} {}", mapping.group_version(), mapping.resource))
    }

    #[test]
    fn resolve_of_plural_singular_kind_and_short_name_finds_the_resource() {
        for argument in ["pods", "pod", "Pod", "PODS", "po", "pods.v1."] {
            assert_eq!(found(argument), "v1 pods", "{argument}");
        }
        for argument in ["deploy", "deployments.apps", "Deployment.v1.apps", "deploy.apps"] {
            assert_eq!(found(argument), "apps/v1 deployments", "{argument}");
        }
    }

    #[test]
    fn resolve_of_what_the_server_must_say_finds_nothing() {
        for argument in [
            "PO",
            "ev",
            "pods.v1",
            "pods.metrics.k8s.io",
            "deployments.v1beta1.apps",
            "widgets",
            "",
            "all",
            "deployments.ap",
        ] {
            assert_eq!(found(argument), "", "{argument}");
        }
    }

    #[test]
    fn resolve_core_of_short_names_and_other_groups_is_not_certain() {
        assert!(resolve_core("Pods").is_some());
        assert!(resolve_core("po").is_none());
        assert!(resolve_core("deployments").is_none());
    }
}
