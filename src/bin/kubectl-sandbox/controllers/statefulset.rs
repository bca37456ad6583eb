//! Stateful sets: pods with numbers, one after another, each with its claims.

use std::rc::Rc;

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{find, history, pods};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    selector::LabelSelector,
    store::Object,
};

const COMPONENT: &str = "statefulset-controller";

/// Takes the next step of a stateful set.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let object = find(cluster, "apps", "statefulsets", namespace, name)?;
    let owner = &object.value;
    let selector = LabelSelector::of(owner.at(&["spec", "selector"]))?;
    let mine = pods::claim(cluster, owner, &selector);
    if meta::is_deleting(owner) {
        return None;
    }
    let update = history::current(cluster, owner)?;
    let revisions = history::of(cluster, owner);
    let old_name = owner.str_at(&["status", "currentRevision"]);
    let old = revisions
        .iter()
        .find(|revision| revision.name() == old_name)
        .cloned()
        .unwrap_or_else(|| Rc::clone(&update));
    let mut set = Set {
        owner: owner.clone(),
        pods: mine,
        old,
        update,
        again: None,
    };
    set.step(cluster);
    set.report(cluster);
    let mut used: Vec<String> = set
        .pods
        .iter()
        .filter_map(|pod| meta::label(&pod.value, history::HASH))
        .map(str::to_owned)
        .collect();
    used.push(set.old.name().to_owned());
    used.push(set.update.name().to_owned());
    history::forget(cluster, owner, &used);
    set.again
}

struct Set {
    owner: OwnedValue,
    pods: Vec<Rc<Object>>,
    old: Rc<Object>,
    update: Rc<Object>,
    again: Option<Timestamp>,
}

/// A pod's number.
fn ordinal(pod: &Object) -> i64 {
    pod.name().rsplit('-').next().and_then(|digits| digits.parse().ok()).unwrap_or(-1)
}

impl Set {
    fn wanted(&self) -> i64 {
        self.owner.int_at(&["spec", "replicas"]).unwrap_or(1)
    }

    fn start(&self) -> i64 {
        self.owner.int_at(&["spec", "ordinals", "start"]).unwrap_or_default()
    }

    fn in_parallel(&self) -> bool {
        self.owner.str_at(&["spec", "podManagementPolicy"]) == "Parallel"
    }

    fn partition(&self) -> i64 {
        self.owner
            .int_at(&["spec", "updateStrategy", "rollingUpdate", "partition"])
            .unwrap_or_default()
    }

    fn is_healthy(&mut self, cluster: &Cluster, pod: &Object) -> bool {
        let seconds = self.owner.int_at(&["spec", "minReadySeconds"]).unwrap_or_default();
        let (available, due) = pods::availability(&pod.value, seconds, cluster.clock.now());
        self.again = match (self.again, due) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        available && !meta::is_deleting(&pod.value)
    }

    fn pod(&self, number: i64) -> Option<Rc<Object>> {
        self.pods.iter().find(|pod| ordinal(pod) == number).cloned()
    }

    fn step(&mut self, cluster: &mut Cluster) {
        let (first, last) = (self.start(), self.start() + self.wanted());
        let mut all_healthy = true;
        for number in first..last {
            match self.pod(number) {
                None => {
                    self.create(cluster, number);
                    if !self.in_parallel() {
                        return;
                    }
                    all_healthy = false;
                }
                Some(pod) if pods::is_ended(&pod.value) && !meta::is_deleting(&pod.value) => {
                    // A pod that ended is replaced.
                    self.delete(cluster, &pod);
                    if !self.in_parallel() {
                        return;
                    }
                    all_healthy = false;
                }
                Some(pod) => {
                    if !self.is_healthy(cluster, &pod) {
                        all_healthy = false;
                        if !self.in_parallel() {
                            break;
                        }
                    }
                }
            }
        }
        // The last first, and one after another.
        let mut surplus: Vec<Rc<Object>> = self
            .pods
            .iter()
            .filter(|pod| !(first..last).contains(&ordinal(pod)))
            .cloned()
            .collect();
        surplus.sort_by_key(|pod| -ordinal(pod));
        for pod in &surplus {
            if !meta::is_deleting(&pod.value) {
                if !all_healthy && !self.in_parallel() && self.pods.iter().any(|pod| meta::is_deleting(&pod.value)) {
                    return;
                }
                self.delete(cluster, pod);
            }
            if !self.in_parallel() {
                return;
            }
        }
        if !surplus.is_empty() || self.owner.str_at(&["spec", "updateStrategy", "type"]) == "OnDelete" {
            return;
        }
        self.roll(cluster, first, last);
    }

    /// Replaces pods of older revisions, the last first, each when the later ones are healthy.
    fn roll(&mut self, cluster: &mut Cluster, first: i64, last: i64) {
        let least = first.max(self.partition());
        for number in (least..last).rev() {
            let Some(pod) = self.pod(number) else { return };
            let is_new = meta::label(&pod.value, history::HASH) == Some(self.update.name());
            if !is_new && !meta::is_deleting(&pod.value) {
                return self.delete(cluster, &pod);
            }
            if !self.is_healthy(cluster, &pod) {
                return;
            }
        }
    }

    fn create(&mut self, cluster: &mut Cluster, number: i64) {
        let set = meta::name(&self.owner).to_owned();
        let name = format!("{set}-{number}");
        self.create_claims(cluster, &name);
        // Below the partition a pod is of the old revision, if there is another than the new.
        let is_old = number < self.partition() && self.old.uid() != self.update.uid();
        let revision = if is_old { &self.old } else { &self.update };
        let mut template = revision.value.at(&["data", "spec", "template"]).cloned().unwrap_or_default();
        if let Some(map) = template.as_object_mut() {
            map.remove("$patch");
        }
        let mut pod = pods::from_template(&self.owner, &template);
        pod.set(&["metadata", "name"], name.clone());
        pod.set(&["metadata", "generateName"], format!("{set}-"));
        pod.set(&["metadata", "labels", "statefulset.kubernetes.io/pod-name"], name.clone());
        pod.set(&["metadata", "labels", "apps.kubernetes.io/pod-index"], number.to_string());
        pod.set(&["metadata", "labels", history::HASH], revision.name().to_owned());
        pod.set(&["spec", "hostname"], name.clone());
        let service = self.owner.str_at(&["spec", "serviceName"]);
        if !service.is_empty() {
            pod.set(&["spec", "subdomain"], service.to_owned());
        }
        let mut volumes = Vec::new();
        for claim in self.owner.items_at(&["spec", "volumeClaimTemplates"]) {
            let mut volume = Value::default();
            volume.set(&["name"], meta::name(claim).to_owned());
            volume.set(&["persistentVolumeClaim", "claimName"], format!("{}-{name}", meta::name(claim)));
            volumes.push(volume);
        }
        if !volumes.is_empty() {
            let taken: Vec<String> = volumes.iter().map(|volume| volume.str_at(&["name"]).to_owned()).collect();
            let others = pod.items_at(&["spec", "volumes"]).to_vec();
            volumes.extend(
                others
                    .into_iter()
                    .filter(|volume| !taken.iter().any(|name| name == volume.str_at(&["name"]))),
            );
            pod.set(&["spec", "volumes"], volumes);
        }
        let Some(resource) = cluster.built_in("", "pods") else { return };
        let created = cluster.create(&resource, pod);
        self.pods.push(created);
        let message = format!("Create Pod {name} in StatefulSet {set} successful");
        events::record(cluster, &self.owner, Event::normal(COMPONENT, "SuccessfulCreate", &message));
    }

    fn create_claims(&self, cluster: &mut Cluster, pod: &str) {
        let Some(resource) = cluster.built_in("", "persistentvolumeclaims") else {
            return;
        };
        let namespace = meta::namespace(&self.owner).to_owned();
        let set = meta::name(&self.owner);
        for template in self.owner.items_at(&["spec", "volumeClaimTemplates"]) {
            let name = format!("{}-{pod}", meta::name(template));
            if cluster.store.get(resource.collection, &namespace, &name).is_some() {
                continue;
            }
            let mut claim = template.clone();
            claim.set(&["metadata", "name"], name.clone());
            claim.set(&["metadata", "namespace"], namespace.clone());
            for (key, value) in self
                .owner
                .at(&["spec", "selector", "matchLabels"])
                .and_then(Value::as_object)
                .into_iter()
                .flat_map(|map| map.iter())
            {
                claim.set(&["metadata", "labels", key], value.clone());
            }
            cluster.create(&resource, claim);
            let message = format!("Create Claim {name} Pod {pod} in StatefulSet {set} success");
            events::record(cluster, &self.owner, Event::normal(COMPONENT, "SuccessfulCreate", &message));
        }
    }

    fn delete(&mut self, cluster: &mut Cluster, pod: &Rc<Object>) {
        let Some(resource) = cluster.built_in("", "pods") else { return };
        cluster.delete(&resource, pod.namespace(), pod.name(), None);
        let message = format!("Delete Pod {} in StatefulSet {} successful", pod.name(), meta::name(&self.owner));
        events::record(cluster, &self.owner, Event::normal(COMPONENT, "SuccessfulDelete", &message));
    }

    fn report(&mut self, cluster: &mut Cluster) {
        let Some(resource) = cluster.built_in("apps", "statefulsets") else {
            return;
        };
        let Some(id) = cluster.registry.built_in_collection("", "pods") else {
            return;
        };
        self.pods = self
            .pods
            .iter()
            .filter_map(|pod| cluster.store.get(id, pod.namespace(), pod.name()).cloned())
            .collect();
        let alive: Vec<Rc<Object>> = self.pods.iter().filter(|pod| !pods::is_ended(&pod.value)).cloned().collect();
        let of_revision = |revision: &Object| {
            alive
                .iter()
                .filter(|pod| !meta::is_deleting(&pod.value))
                .filter(|pod| meta::label(&pod.value, history::HASH) == Some(revision.name()))
                .count() as i64
        };
        let ready = alive.iter().filter(|pod| pods::is_ready(&pod.value)).count() as i64;
        let mut available = 0;
        for pod in &alive {
            available += i64::from(self.is_healthy(cluster, pod));
        }
        let (mut current, updated) = (of_revision(&self.old), of_revision(&self.update));
        let wanted = self.wanted();
        let mut current_name = self.old.name().to_owned();
        // A rollout that is through makes the new revision the present one.
        if updated == wanted && ready == wanted && alive.len() as i64 == wanted {
            current_name = self.update.name().to_owned();
            current = updated;
            self.old = Rc::clone(&self.update);
        }
        let update_name = self.update.name().to_owned();
        let generation = meta::generation(&self.owner);
        let replicas = alive.len() as i64;
        let (namespace, name) = (meta::namespace(&self.owner).to_owned(), meta::name(&self.owner).to_owned());
        cluster.edit(&resource, &namespace, &name, |value| {
            value.set(&["status", "observedGeneration"], generation);
            value.set(&["status", "replicas"], replicas);
            pods::set_count(value, "readyReplicas", ready, true);
            value.set(&["status", "availableReplicas"], available);
            pods::set_count(value, "currentReplicas", current, true);
            pods::set_count(value, "updatedReplicas", updated, true);
            value.set(&["status", "currentRevision"], current_name);
            value.set(&["status", "updateRevision"], update_name);
            value.set(&["status", "collisionCount"], 0i64);
        });
    }
}
