//! Claims and volumes: which volume a claim gets, and what becomes of it afterwards.

use std::rc::Rc;

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value, quantity::Quantity};

use super::find;
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    store::Object,
    verbs,
};

const COMPONENT: &str = "persistentvolume-controller";
const CLAIM_FINALIZER: &str = "kubernetes.io/pvc-protection";
const VOLUME_FINALIZER: &str = "kubernetes.io/pv-protection";
/// Provisioners that the sandbox plays itself.
const PROVISIONED_BY: &str = "sandbox.kubectl.dev/local";

/// Binds a claim that waits, and lets one go that nobody uses any more.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let claim = find(cluster, "", "persistentvolumeclaims", namespace, name)?;
    let resource = cluster.built_in("", "persistentvolumeclaims")?;
    if meta::is_deleting(&claim.value) {
        if !is_used(cluster, namespace, name) {
            cluster.edit(&resource, namespace, name, |value| drop_finalizer(value, CLAIM_FINALIZER));
        }
        return None;
    }
    if claim.value.str_at(&["status", "phase"]) == "Bound" {
        return None;
    }
    if bind_existing(cluster, &claim) {
        return None;
    }
    let Some(class) = class_of(cluster, &claim.value) else {
        tell_no_volume(cluster, &claim.value);
        return None;
    };
    if class.value.str_at(&["volumeBindingMode"]) == "WaitForFirstConsumer" {
        let reason = "waiting for first consumer to be created before binding";
        events::record(cluster, &claim.value, Event::normal(COMPONENT, "WaitForFirstConsumer", reason));
    } else if !provision(cluster, &claim, &class) {
        tell_external(cluster, &claim.value, &class.value);
    }
    None
}

fn tell_no_volume(cluster: &mut Cluster, claim: &OwnedValue) {
    let class = claim.str_at(&["spec", "storageClassName"]);
    if class.is_empty() {
        let message = "no persistent volumes available for this claim and no storage class is set";
        events::record(cluster, claim, Event::normal(COMPONENT, "FailedBinding", message));
    } else {
        let message = format!("storageclass.storage.k8s.io {} not found", kubectl_rs::api::quote(class));
        events::record(cluster, claim, Event::warning(COMPONENT, "ProvisioningFailed", &message));
    }
}

fn tell_external(cluster: &mut Cluster, claim: &OwnedValue, class: &OwnedValue) {
    let message = format!(
        "Waiting for a volume to be created either by the external provisioner '{}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.",
        class.str_at(&["provisioner"])
    );
    events::record(cluster, claim, Event::normal(COMPONENT, "ExternalProvisioning", &message));
}

/// Binds a claim whose first consumer is there. Says whether it is bound.
pub fn bind_for_consumer(cluster: &mut Cluster, namespace: &str, name: &str) -> bool {
    let Some(claim) = find(cluster, "", "persistentvolumeclaims", namespace, name) else {
        return false;
    };
    if claim.value.str_at(&["status", "phase"]) == "Bound" || bind_existing(cluster, &claim) {
        return true;
    }
    match class_of(cluster, &claim.value) {
        Some(class) => provision(cluster, &claim, &class),
        None => false,
    }
}

fn class_of(cluster: &mut Cluster, claim: &OwnedValue) -> Option<Rc<Object>> {
    let id = cluster.collection("storage.k8s.io", "storageclasses");
    let name = claim.str_at(&["spec", "storageClassName"]);
    cluster.store.get(id, "", name).cloned()
}

/// Whether a pod that is there mounts the claim.
fn is_used(cluster: &mut Cluster, namespace: &str, name: &str) -> bool {
    let id = cluster.collection("", "pods");
    cluster.store.list(id, Some(namespace)).any(|pod| {
        !super::pods::is_ended(&pod.value)
            && pod
                .value
                .items_at(&["spec", "volumes"])
                .iter()
                .any(|volume| claim_of(&pod.value, volume).is_some_and(|claim| claim == name))
    })
}

/// The name of the claim that a volume of a pod stands for, if it stands for one.
pub fn claim_of(pod: &OwnedValue, volume: &OwnedValue) -> Option<String> {
    if volume.get("ephemeral").is_some_and(|ephemeral| !ephemeral.is_null()) {
        return Some(format!("{}-{}", meta::name(pod), volume.str_at(&["name"])));
    }
    let name = volume.str_at(&["persistentVolumeClaim", "claimName"]);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Makes the claims that live with a pod, from the templates in its volumes.
pub fn make_for_pod(cluster: &mut Cluster, pod: &OwnedValue) {
    let Some(resource) = cluster.built_in("", "persistentvolumeclaims") else {
        return;
    };
    for volume in pod.items_at(&["spec", "volumes"]) {
        let Some(template) = volume.at(&["ephemeral", "volumeClaimTemplate"]) else {
            continue;
        };
        let Some(name) = claim_of(pod, volume) else { continue };
        if cluster.store.get(resource.collection, meta::namespace(pod), &name).is_some() {
            continue;
        }
        let mut claim = template.clone();
        claim.set(&["metadata", "name"], name);
        claim.set(&["metadata", "namespace"], meta::namespace(pod).to_owned());
        claim.set(&["metadata", "ownerReferences"], vec![meta::controller_reference(pod)]);
        cluster.create(&resource, claim);
    }
}

fn drop_finalizer(value: &mut OwnedValue, name: &str) {
    let others = meta::finalizers(value)
        .filter(|finalizer| *finalizer != name)
        .map(str::to_owned)
        .collect();
    verbs::set_finalizers(value, others);
}

/// The free volume that fits a claim most closely gets bound to it.
fn bind_existing(cluster: &mut Cluster, claim: &Rc<Object>) -> bool {
    let id = cluster.collection("", "persistentvolumes");
    let wanted = Quantity::parse(claim.value.str_at(&["spec", "resources", "requests", "storage"]));
    let Ok(wanted) = wanted else { return false };
    let class = claim.value.str_at(&["spec", "storageClassName"]);
    let named = claim.value.str_at(&["spec", "volumeName"]);
    let size = |volume: &Object| Quantity::parse(volume.value.str_at(&["spec", "capacity", "storage"])).ok();
    let modes_fit = |volume: &Object| {
        let have = volume.value.items_at(&["spec", "accessModes"]);
        claim
            .value
            .items_at(&["spec", "accessModes"])
            .iter()
            .all(|mode| have.contains(mode))
    };
    let mut fitting: Vec<Rc<Object>> = cluster
        .store
        .list(id, None)
        .filter(|volume| {
            let reference = volume.value.at(&["spec", "claimRef"]);
            let reserved = reference.is_some_and(|reference| {
                reference.str_at(&["namespace"]) == claim.namespace() && reference.str_at(&["name"]) == claim.name()
            });
            let free = reference.is_none() && volume.value.str_at(&["status", "phase"]) == "Available";
            (free || reserved)
                && (named.is_empty() || named == volume.name())
                && volume.value.str_at(&["spec", "storageClassName"]) == class
                && volume.value.str_at(&["spec", "volumeMode"]) == claim.value.str_at(&["spec", "volumeMode"])
                && size(volume).is_some_and(|size| size >= wanted)
                && modes_fit(volume)
        })
        .cloned()
        .collect();
    fitting.sort_by_key(|volume| size(volume));
    match fitting.first() {
        Some(volume) => {
            bind(cluster, claim, volume);
            true
        }
        None => false,
    }
}

fn bind(cluster: &mut Cluster, claim: &Rc<Object>, volume: &Rc<Object>) {
    let (Some(claims), Some(volumes)) = (
        cluster.built_in("", "persistentvolumeclaims"),
        cluster.built_in("", "persistentvolumes"),
    ) else {
        return;
    };
    let now = meta::format_time(cluster.clock.now());
    let mut reference = Map::new();
    for (key, text) in [
        ("apiVersion", "v1"),
        ("kind", "PersistentVolumeClaim"),
        ("name", claim.name()),
        ("namespace", claim.namespace()),
        ("resourceVersion", claim.value.str_at(&["metadata", "resourceVersion"])),
        ("uid", claim.uid()),
    ] {
        reference.insert(key, text.to_owned());
    }
    cluster.edit(&volumes, "", volume.name(), |value| {
        value.set(&["spec", "claimRef"], reference);
        value.set(&["status", "phase"], "Bound");
        value.set(&["status", "lastPhaseTransitionTime"], now);
    });
    let capacity = volume.value.at(&["spec", "capacity"]).cloned().unwrap_or_default();
    let modes = volume.value.at(&["spec", "accessModes"]).cloned().unwrap_or_default();
    cluster.edit(&claims, claim.namespace(), claim.name(), |value| {
        value.set(&["spec", "volumeName"], volume.name().to_owned());
        value.set(&["metadata", "annotations", "pv.kubernetes.io/bind-completed"], "yes");
        value.set(&["metadata", "annotations", "pv.kubernetes.io/bound-by-controller"], "yes");
        value.set(&["status", "phase"], "Bound");
        value.set(&["status", "capacity"], capacity);
        value.set(&["status", "accessModes"], modes);
    });
}

/// Makes a volume for a claim, if the sandbox plays the class's provisioner.
fn provision(cluster: &mut Cluster, claim: &Rc<Object>, class: &Rc<Object>) -> bool {
    if class.value.str_at(&["provisioner"]) != PROVISIONED_BY {
        return false;
    }
    let Some(volumes) = cluster.built_in("", "persistentvolumes") else {
        return false;
    };
    let name = format!("pvc-{}", claim.uid());
    let message = format!(
        "External provisioner is provisioning volume for claim {}",
        kubectl_rs::api::quote(&format!("{}/{}", claim.namespace(), claim.name()))
    );
    events::record(cluster, &claim.value, Event::normal(PROVISIONED_BY, "Provisioning", &message));
    let mut volume = Value::Object(Map::new());
    volume.set(&["metadata", "name"], name.clone());
    volume.set(&["metadata", "annotations", "pv.kubernetes.io/provisioned-by"], PROVISIONED_BY);
    for field in ["accessModes", "volumeMode"] {
        if let Some(value) = claim.value.at(&["spec", field]) {
            volume.set(&["spec", field], value.clone());
        }
    }
    let size = claim
        .value
        .at(&["spec", "resources", "requests", "storage"])
        .cloned()
        .unwrap_or_default();
    volume.set(&["spec", "capacity", "storage"], size);
    volume.set(&["spec", "storageClassName"], class.name().to_owned());
    let policy = class.value.at(&["reclaimPolicy"]).cloned().unwrap_or(Value::from("Delete"));
    volume.set(&["spec", "persistentVolumeReclaimPolicy"], policy);
    volume.set(&["spec", "hostPath", "path"], format!("/var/local/sandbox/{name}"));
    volume.set(&["spec", "hostPath", "type"], "DirectoryOrCreate");
    volume.set(&["status", "phase"], "Available");
    let volume = cluster.create(&volumes, volume);
    bind(cluster, claim, &volume);
    let message = format!("Successfully provisioned volume {name}");
    events::record(
        cluster,
        &claim.value,
        Event::normal(PROVISIONED_BY, "ProvisioningSucceeded", &message),
    );
    true
}

/// Makes a new volume available, and deals with one whose claim is gone.
pub fn look_at_volume(cluster: &mut Cluster, name: &str) -> Option<Timestamp> {
    let volume = find(cluster, "", "persistentvolumes", "", name)?;
    let volumes = cluster.built_in("", "persistentvolumes")?;
    let claims = cluster.collection("", "persistentvolumeclaims");
    let now = meta::format_time(cluster.clock.now());
    let phase = volume.value.str_at(&["status", "phase"]);
    let reference = volume.value.at(&["spec", "claimRef"]).filter(|reference| !reference.is_null());
    let claim_lives = reference.is_some_and(|reference| {
        let claim = cluster
            .store
            .get(claims, reference.str_at(&["namespace"]), reference.str_at(&["name"]));
        let uid = reference.str_at(&["uid"]);
        claim.is_some_and(|claim| uid.is_empty() || claim.uid() == uid)
    });
    if meta::is_deleting(&volume.value) {
        if !claim_lives {
            cluster.edit(&volumes, "", name, |value| drop_finalizer(value, VOLUME_FINALIZER));
        }
        return None;
    }
    match (phase, reference.is_some()) {
        ("Pending" | "", false) => {
            cluster.edit(&volumes, "", name, |value| {
                value.set(&["status", "phase"], "Available");
                value.set(&["status", "lastPhaseTransitionTime"], now);
            });
            // A claim may have waited for it.
            let waiting: Vec<(String, String)> = cluster
                .store
                .list(claims, None)
                .filter(|claim| claim.value.str_at(&["status", "phase"]) == "Pending")
                .map(|claim| (claim.namespace().to_owned(), claim.name().to_owned()))
                .collect();
            for (namespace, claim) in waiting {
                look(cluster, &namespace, &claim);
            }
        }
        ("Bound", true) if !claim_lives => {
            if volume.value.str_at(&["spec", "persistentVolumeReclaimPolicy"]) == "Delete" {
                cluster.edit(&volumes, "", name, |value| drop_finalizer(value, VOLUME_FINALIZER));
                cluster.delete(&volumes, "", name, None);
            } else {
                cluster.edit(&volumes, "", name, |value| {
                    value.set(&["status", "phase"], "Released");
                    value.set(&["status", "lastPhaseTransitionTime"], now);
                });
            }
        }
        _ => {}
    }
    None
}
