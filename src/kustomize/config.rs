//! Which fields of which objects are changed: kustomize's defaults, and what files of `configurations` add to them.

use super::{id::Gvk, loader::Loader, node::FieldSpec, order, shape};
use crate::{
    api::{OwnedValue, Value},
    yaml,
};

/// The fields that transformations change.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    pub(super) prefix: Specs,
    pub(super) suffix: Specs,
    pub(super) namespace: Specs,
    pub(super) common_labels: Specs,
    pub(super) labels: Specs,
    pub(super) template_labels: Specs,
    pub(super) annotations: Specs,
    pub(super) references: Vec<References>,
    pub(super) variables: Specs,
    pub(super) images: Specs,
    pub(super) replicas: Specs,
}

/// The fields in which objects name others of a type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct References {
    /// The type of those that are named.
    pub(super) gvk: Gvk,
    pub(super) specs: Specs,
}

/// Fields, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Specs(pub(super) Vec<FieldSpec>);

impl Specs {
    /// Those that a list in a kustomization or in a configuration describes.
    pub(super) fn read(list: &[Value<'_>]) -> Specs {
        Specs(
            list.iter()
                .map(|said| FieldSpec {
                    gvk: gvk(said),
                    path: said.str_at(&["path"]).to_owned(),
                    create: said.get("create").and_then(Value::as_bool) == Some(true),
                })
                .collect(),
        )
    }

    fn of(list: &[(&str, &str, bool)]) -> Specs {
        Specs(list.iter().map(|(of, path, create)| spec(of, path, *create)).collect())
    }

    /// Adds those that are not there yet.
    ///
    /// # Errors
    /// One that is there and makes what this does not, or the other way round.
    pub(super) fn merge(&mut self, more: &Specs) -> Result<(), String> {
        for spec in &more.0 {
            let have = self.0.iter().find(|have| have.path == spec.path && have.gvk.is_selected(&spec.gvk));
            match have {
                Some(have) if have.create != spec.create => return Err("conflicting fieldspecs".to_owned()),
                Some(_) => {}
                None => self.0.push(spec.clone()),
            }
        }
        Ok(())
    }

    fn sort(&mut self) {
        self.0.sort_by_cached_key(|spec| order::type_key(&spec.gvk));
    }
}

/// A field of a type: `Kind`, `Kind/version`, `group/Kind`; nothing for any.
fn spec(of: &str, path: &str, create: bool) -> FieldSpec {
    let (group, kind) = of.rsplit_once('/').unwrap_or(("", of));
    let (kind, version) = kind.split_once('@').unwrap_or((kind, ""));
    FieldSpec {
        gvk: Gvk {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        },
        path: path.to_owned(),
        create,
    }
}

fn gvk(said: &Value<'_>) -> Gvk {
    Gvk {
        group: said.str_at(&["group"]).to_owned(),
        version: said.str_at(&["version"]).to_owned(),
        kind: said.str_at(&["kind"]).to_owned(),
    }
}

impl Config {
    /// What kustomize does without being told.
    pub(super) fn defaults() -> Config {
        let mut config = Config {
            prefix: Specs::of(&[("", "metadata/name", false)]),
            suffix: Specs::of(&[("", "metadata/name", false)]),
            namespace: Specs::of(NAMESPACE),
            common_labels: Specs::of(SELECTORS),
            labels: Specs::of(&[("", "metadata/labels", true)]),
            template_labels: Specs::of(TEMPLATE_LABELS),
            annotations: Specs::of(ANNOTATIONS),
            references: references(),
            variables: variables(),
            images: Specs::of(IMAGES),
            replicas: Specs::of(REPLICAS),
        };
        config.common_labels.0.extend(Specs::of(TEMPLATE_LABELS).0);
        for kind in ["apps/Deployment", "apps/StatefulSet"] {
            let selector = |rest: &str| spec(kind, &format!("spec/template/spec/{rest}/labelSelector/matchLabels"), false);
            for affinity in ["podAffinity", "podAntiAffinity"] {
                for rule in [
                    "preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm",
                    "requiredDuringSchedulingIgnoredDuringExecution",
                ] {
                    config.common_labels.0.push(selector(&format!("affinity/{affinity}/{rule}")));
                }
            }
            config.common_labels.0.push(selector("topologySpreadConstraints"));
        }
        config.sort();
        config
    }

    fn sort(&mut self) {
        for specs in self.all() {
            specs.sort();
        }
        for references in &mut self.references {
            references.specs.sort();
        }
        self.references.sort_by_cached_key(|references| order::type_key(&references.gvk));
    }

    fn all(&mut self) -> [&mut Specs; 10] {
        [
            &mut self.prefix,
            &mut self.suffix,
            &mut self.namespace,
            &mut self.common_labels,
            &mut self.labels,
            &mut self.template_labels,
            &mut self.annotations,
            &mut self.variables,
            &mut self.images,
            &mut self.replicas,
        ]
    }

    /// Adds the fields of another configuration that are not there yet.
    ///
    /// # Errors
    /// Fields that one makes and the other does not.
    pub(super) fn merge(&mut self, more: &Config) -> Result<(), String> {
        let mut more = more.clone();
        for ((have, more), called) in self.all().into_iter().zip(more.all()).zip(CALLED) {
            have.merge(more)
                .map_err(|error| format!("failed to merge {called} fieldSpec: {error}"))?;
        }
        for references in more.references {
            match self.references.iter_mut().find(|have| have.gvk == references.gvk) {
                Some(have) => have
                    .specs
                    .merge(&references.specs)
                    .map_err(|error| format!("failed to merge NameReference fieldSpec: {error}"))?,
                None => self.references.push(references),
            }
        }
        self.sort();
        Ok(())
    }

    /// The defaults and what these files say.
    ///
    /// # Errors
    /// Files that cannot be read, or that contradict.
    pub(super) fn load(loader: &Loader<'_>, paths: &[Value<'_>]) -> Result<Config, String> {
        let mut config = Config::defaults();
        for path in paths.iter().filter_map(Value::as_str) {
            let bytes = loader.load(path).map_err(super::loader::Failure::text)?;
            let value = yaml::parse(&bytes).map_err(|error| format!("error converting YAML to JSON: {error}"))?;
            let value = shape::configuration(&value.into_owned())
                .map_err(|error| format!("error unmarshaling JSON: while decoding JSON: {error}"))?;
            config.merge(&Config::read(&value))?;
        }
        Ok(config)
    }

    fn read(value: &OwnedValue) -> Config {
        let specs = |field: &str| Specs::read(value.items_at(&[field]));
        let references = value.items_at(&["nameReference"]).iter().map(|said| References {
            gvk: gvk(said),
            specs: Specs::read(said.items_at(&["fieldSpecs"])),
        });
        Config {
            prefix: specs("namePrefix"),
            suffix: specs("nameSuffix"),
            namespace: specs("namespace"),
            common_labels: specs("commonLabels"),
            labels: specs("labels"),
            template_labels: specs("templateLabels"),
            annotations: specs("commonAnnotations"),
            references: references.collect(),
            variables: specs("varReference"),
            images: specs("images"),
            replicas: specs("replicas"),
        }
    }
}

/// What messages call the lists, in the order of [`Config::all`].
const CALLED: [&str; 10] = [
    "NamePrefix",
    "NameSuffix",
    "NameSpace",
    "CommonLabels",
    "Labels",
    "TemplateLabels",
    "CommonAnnotations",
    "VarReference",
    "Images",
    "Replicas",
];

const NAMESPACE: &[(&str, &str, bool)] = &[
    ("Namespace", "metadata/name", true),
    ("apiregistration.k8s.io/APIService", "spec/service/namespace", true),
    (
        "apiextensions.k8s.io/CustomResourceDefinition",
        "spec/conversion/webhook/clientConfig/service/namespace",
        false,
    ),
];

const SELECTORS: &[(&str, &str, bool)] = &[
    ("Service@v1", "spec/selector", true),
    ("ReplicationController@v1", "spec/selector", true),
    ("Deployment", "spec/selector/matchLabels", true),
    ("ReplicaSet", "spec/selector/matchLabels", true),
    ("DaemonSet", "spec/selector/matchLabels", true),
    ("apps/StatefulSet", "spec/selector/matchLabels", true),
    ("batch/Job", "spec/selector/matchLabels", false),
    ("batch/CronJob", "spec/jobTemplate/spec/selector/matchLabels", false),
    ("policy/PodDisruptionBudget", "spec/selector/matchLabels", false),
    ("networking.k8s.io/NetworkPolicy", "spec/podSelector/matchLabels", false),
    (
        "networking.k8s.io/NetworkPolicy",
        "spec/ingress/from/podSelector/matchLabels",
        false,
    ),
    ("networking.k8s.io/NetworkPolicy", "spec/egress/to/podSelector/matchLabels", false),
];

const TEMPLATE_LABELS: &[(&str, &str, bool)] = &[
    ("", "metadata/labels", true),
    ("ReplicationController@v1", "spec/template/metadata/labels", true),
    ("Deployment", "spec/template/metadata/labels", true),
    ("ReplicaSet", "spec/template/metadata/labels", true),
    ("DaemonSet", "spec/template/metadata/labels", true),
    ("apps/StatefulSet", "spec/template/metadata/labels", true),
    ("apps/StatefulSet", "spec/volumeClaimTemplates[]/metadata/labels", true),
    ("batch/Job", "spec/template/metadata/labels", true),
    ("batch/CronJob", "spec/jobTemplate/metadata/labels", true),
    ("batch/CronJob", "spec/jobTemplate/spec/template/metadata/labels", true),
];

const ANNOTATIONS: &[(&str, &str, bool)] = &[
    ("", "metadata/annotations", true),
    ("ReplicationController@v1", "spec/template/metadata/annotations", true),
    ("Deployment", "spec/template/metadata/annotations", true),
    ("ReplicaSet", "spec/template/metadata/annotations", true),
    ("DaemonSet", "spec/template/metadata/annotations", true),
    ("StatefulSet", "spec/template/metadata/annotations", true),
    ("batch/Job", "spec/template/metadata/annotations", true),
    ("batch/CronJob", "spec/jobTemplate/metadata/annotations", true),
    ("batch/CronJob", "spec/jobTemplate/spec/template/metadata/annotations", true),
];

/// Volumes that are images came with kustomize 5.7.
const IMAGES: &[(&str, &str, bool)] = &[
    ("", "spec/containers[]/image", true),
    ("", "spec/initContainers[]/image", true),
    ("", "spec/volumes[]/image/reference", true),
    ("", "spec/template/spec/containers[]/image", true),
    ("", "spec/template/spec/initContainers[]/image", true),
    ("", "spec/template/spec/volumes[]/image/reference", true),
];

const REPLICAS: &[(&str, &str, bool)] = &[
    ("Deployment", "spec/replicas", true),
    ("ReplicationController", "spec/replicas", true),
    ("ReplicaSet", "spec/replicas", true),
    ("StatefulSet", "spec/replicas", true),
];

/// Where kinds have the description of their pods.
const PODS: &[(&str, &str)] = &[
    ("Pod", "spec"),
    ("PodTemplate", "template/spec"),
    ("Deployment", "spec/template/spec"),
    ("ReplicaSet", "spec/template/spec"),
    ("DaemonSet", "spec/template/spec"),
    ("StatefulSet", "spec/template/spec"),
    ("Job", "spec/template/spec"),
    ("CronJob", "spec/jobTemplate/spec/template/spec"),
    ("ReplicationController", "spec/template/spec"),
];

/// The kinds with pods that are looked at for config maps and secrets.
const NAMING_DATA: &[&str] = &[
    "Pod",
    "PodTemplate",
    "Deployment",
    "ReplicaSet",
    "DaemonSet",
    "StatefulSet",
    "Job",
    "CronJob",
];

/// The kinds with pods that are looked at for everything else.
const NAMING_OTHERS: &[&str] = &[
    "Pod",
    "StatefulSet",
    "Deployment",
    "ReplicationController",
    "CronJob",
    "Job",
    "DaemonSet",
];

/// The kinds with pods that are looked at for variables.
const NAMING_VARIABLES: &[&str] = &["CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"];

/// Fields of pods, in objects of these kinds.
fn in_pods(kinds: &[&str], paths: &[&str]) -> Specs {
    let mut specs = Vec::new();
    for (kind, pod) in PODS.iter().filter(|(kind, _)| kinds.contains(kind)) {
        specs.extend(paths.iter().map(|path| spec(kind, &format!("{pod}/{path}"), false)));
    }
    Specs(specs)
}

/// The fields of pods in which config maps are named; secrets are named alike.
const DATA: [&str; 5] = [
    "containers/env/valueFrom/%KeyRef/name",
    "initContainers/env/valueFrom/%KeyRef/name",
    "containers/envFrom/%Ref/name",
    "initContainers/envFrom/%Ref/name",
    "volumes/projected/sources/%/name",
];

/// The other kinds that name config maps and secrets: the type of what is named, who names it, and where.
const ELSEWHERE: &[(&str, &str, &str)] = &[
    ("HPA", "HorizontalPodAutoscaler", "spec/scaleTargetRef/name"),
    ("ConfigMap", "Node", "spec/configSource/configMap"),
    ("ConfigMap", "Role", "rules/resourceNames"),
    ("ConfigMap", "ClusterRole", "rules/resourceNames"),
    (
        "ConfigMap",
        "Ingress",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/fastcgi-params-configmap",
    ),
    ("Secret", "Ingress", "spec/tls/secretName"),
    ("Secret", "Ingress", "metadata/annotations/ingress.kubernetes.io\\/auth-secret"),
    (
        "Secret",
        "Ingress",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-secret",
    ),
    (
        "Secret",
        "Ingress",
        "metadata/annotations/nginx.ingress.kubernetes.io\\/auth-tls-secret",
    ),
    ("Secret", "ServiceAccount", "imagePullSecrets/name"),
    ("Secret", "StorageClass", "parameters/secretName"),
    ("Secret", "StorageClass", "parameters/adminSecretName"),
    ("Secret", "StorageClass", "parameters/userSecretName"),
    ("Secret", "StorageClass", "parameters/secretRef"),
    ("Secret", "Role", "rules/resourceNames"),
    ("Secret", "ClusterRole", "rules/resourceNames"),
    (
        "Secret",
        "serving.knative.dev/Service@v1",
        "spec/template/spec/containers/env/valueFrom/secretKeyRef/name",
    ),
    ("Secret", "PersistentVolume", "spec/azureFile/secretName"),
    ("Service", "apps/StatefulSet", "spec/serviceName"),
    ("Service", "Ingress", "spec/rules/http/paths/backend/serviceName"),
    ("Service", "Ingress", "spec/backend/serviceName"),
    ("Service", "Ingress", "spec/rules/http/paths/backend/service/name"),
    ("Service", "Ingress", "spec/defaultBackend/service/name"),
    ("Service", "apiregistration.k8s.io/APIService", "spec/service/name"),
    (
        "Service",
        "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
        "webhooks/clientConfig/service",
    ),
    (
        "Service",
        "admissionregistration.k8s.io/MutatingWebhookConfiguration",
        "webhooks/clientConfig/service",
    ),
    ("Role", "rbac.authorization.k8s.io/RoleBinding", "roleRef/name"),
    ("ClusterRole", "rbac.authorization.k8s.io/RoleBinding", "roleRef/name"),
    ("ClusterRole", "rbac.authorization.k8s.io/ClusterRoleBinding", "roleRef/name"),
    ("ServiceAccount", "rbac.authorization.k8s.io/RoleBinding", "subjects"),
    ("ServiceAccount", "rbac.authorization.k8s.io/ClusterRoleBinding", "subjects"),
    ("PersistentVolume", "PersistentVolumeClaim", "spec/volumeName"),
    ("PersistentVolume", "ClusterRole", "rules/resourceNames"),
    ("StorageClass", "PersistentVolume", "spec/storageClassName"),
    ("StorageClass", "PersistentVolumeClaim", "spec/storageClassName"),
    ("StorageClass", "StatefulSet", "spec/volumeClaimTemplates/spec/storageClassName"),
    ("IngressClass", "Ingress", "spec/ingressClassName"),
];

/// The types that others name: how the tables above call them, and their group, version and kind.
const NAMED: &[(&str, &str, &str, &str)] = &[
    ("HPA", "", "", "Deployment"),
    ("HPA", "", "", "ReplicationController"),
    ("HPA", "", "", "ReplicaSet"),
    ("HPA", "", "", "StatefulSet"),
    ("ConfigMap", "", "v1", "ConfigMap"),
    ("Secret", "", "v1", "Secret"),
    ("Service", "", "v1", "Service"),
    ("Role", "rbac.authorization.k8s.io", "", "Role"),
    ("ClusterRole", "rbac.authorization.k8s.io", "", "ClusterRole"),
    ("ServiceAccount", "", "v1", "ServiceAccount"),
    ("PersistentVolumeClaim", "", "v1", "PersistentVolumeClaim"),
    ("PersistentVolume", "", "v1", "PersistentVolume"),
    ("StorageClass", "storage.k8s.io", "v1", "StorageClass"),
    ("PriorityClass", "scheduling.k8s.io", "v1", "PriorityClass"),
    // The group is meant like this, so that nothing is ever found by it.
    ("IngressClass", "networking.k8s.io/v1", "v1", "IngressClass"),
];

fn references() -> Vec<References> {
    let mut all = Vec::new();
    for (called, group, version, kind) in NAMED {
        let named = |field: &str, more: &[&str]| {
            let mut paths: Vec<String> = DATA.iter().map(|path| path.replace('%', field)).collect();
            paths.extend(more.iter().map(|path| (*path).to_owned()));
            in_pods(NAMING_DATA, &paths.iter().map(String::as_str).collect::<Vec<_>>())
        };
        let mut specs = match *called {
            "ConfigMap" => named("configMap", &["volumes/configMap/name"]),
            "Secret" => named("secret", &["volumes/secret/secretName", "imagePullSecrets/name"]),
            "ServiceAccount" => in_pods(NAMING_OTHERS, &["serviceAccountName"]),
            "PersistentVolumeClaim" => in_pods(NAMING_OTHERS, &["volumes/persistentVolumeClaim/claimName"]),
            "PriorityClass" => in_pods(NAMING_OTHERS, &["priorityClassName"]),
            _ => Specs::default(),
        };
        let elsewhere = ELSEWHERE.iter().filter(|(of, _, _)| of == called);
        specs.0.extend(elsewhere.map(|(_, who, path)| spec(who, path, false)));
        all.push(References {
            gvk: Gvk {
                group: (*group).to_owned(),
                version: (*version).to_owned(),
                kind: (*kind).to_owned(),
            },
            specs,
        });
    }
    all
}

fn variables() -> Specs {
    let mut specs = Specs::default();
    for containers in ["containers", "initContainers"] {
        for field in ["args", "command", "env/value", "volumeMounts/mountPath"] {
            specs.0.extend(in_pods(NAMING_VARIABLES, &[&format!("{containers}/{field}")]).0);
        }
    }
    let servers: Vec<_> = NAMING_VARIABLES
        .iter()
        .filter(|kind| !["CronJob", "StatefulSet"].contains(kind))
        .copied()
        .collect();
    specs.0.extend(in_pods(&servers, &["volumes/nfs/server"]).0);
    for (kind, path) in [
        ("CronJob", "spec/jobTemplate/spec/template/volumes/nfs/server"),
        ("Deployment", "spec/template/metadata/annotations"),
        ("Ingress", "spec/rules/host"),
        ("Ingress", "spec/tls/hosts"),
        ("Ingress", "spec/tls/secretName"),
        ("Service", "spec/ports/port"),
        ("Service", "spec/ports/targetPort"),
        ("StatefulSet", "spec/volumeClaimTemplates/spec/nfs/server"),
        ("PersistentVolume", "spec/nfs/server"),
        ("", "metadata/labels"),
        ("", "metadata/annotations"),
    ] {
        specs.0.push(spec(kind, path, false));
    }
    specs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_name_every_field_once() {
        let mut config = Config::defaults();
        for specs in config.all() {
            for (at, one) in specs.0.iter().enumerate() {
                assert!(!specs.0[..at].contains(one), "{one:?}");
            }
        }
        assert_eq!(config.references.len(), NAMED.len());
        assert!(config.references.iter().all(|references| !references.specs.0.is_empty()));
    }

    #[test]
    fn merge_refuses_fields_that_contradict() {
        let mut specs = Specs::of(&[("Pod", "a/b", true)]);
        assert_eq!(specs.merge(&Specs::of(&[("", "a/b", true), ("Pod", "c", false)])), Ok(()));
        assert_eq!(specs.0.len(), 2);
        assert_eq!(
            specs.merge(&Specs::of(&[("Pod", "a/b", false)])),
            Err("conflicting fieldspecs".to_owned())
        );
    }
}
