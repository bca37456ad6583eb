//! What a cluster does of itself: controllers look at what is there and at what is wanted, and take the next step.
//!
//! The [`Manager`] hears of every change, notes which objects somebody must look at, and has each controller look at
//! one object at a time. What must wait gets a timer. Nothing here is asynchronous: while the demo's history is made, the
//! same code runs by a clock that jumps from timer to timer.

mod autoscaler;
mod claims;
mod cronjob;
mod daemonset;
mod deployment;
mod disruption;
mod endpoints;
mod garbage;
mod history;
mod job;
mod namespace;
mod node;
mod pods;
mod queue;
mod quota;
mod replicaset;
mod scheduler;
mod services;
mod statefulset;

#[cfg(test)]
mod tests;

pub use pods::condition;
pub use queue::{Key, Work};
pub use scheduler::{bind, requests};

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kubectl_rs::api::OwnedValue;
use queue::Queue;

use crate::{
    cluster::Cluster,
    kubelet::Kubelets,
    meta,
    registry::CollectionId,
    selector::LabelSelector,
    store::{Change, ChangeKind},
};

/// How long objects are looked at before requests get their turn.
const TURN: Duration = Duration::from_millis(5);
/// A cluster in which nothing comes to an end for so long is at rest.
const REST: Duration = Duration::from_secs(30);
/// How many objects are looked at between two looks at the clock.
const AT_ONCE: usize = 4;

/// The controllers with what they have to do.
#[derive(Debug, Default)]
pub struct Manager {
    queue: Queue,
    /// The kubelets of all nodes.
    pub kubelets: Kubelets,
}

impl Manager {
    /// Does what there is to do now, as long as one turn lasts. Says whether more is left for now.
    pub fn work(&mut self, cluster: &mut Cluster) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < TURN {
            for _ in 0..AT_ONCE {
                self.hear(cluster);
                self.queue.wake(cluster.clock.now());
                let Some(key) = self.queue.next() else {
                    return false;
                };
                if let Some(again) = self.look(cluster, &key) {
                    self.queue.at(again, key);
                }
            }
        }
        true
    }

    /// Notes an object that a controller must look at.
    pub fn note(&mut self, key: Key) {
        self.queue.add(key);
    }

    /// When the next timer is due.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.queue.next_timer()
    }

    /// Whether the cluster has come to rest: nothing is under way but what repeats for ever, such as back-offs.
    pub fn is_at_rest(&self, cluster: &Cluster) -> bool {
        let soon = cluster.clock.after(REST);
        !cluster.has_changes() && self.queue.rests_until(soon) && !self.kubelets.are_busy(soon)
    }

    /// Lets the cluster live until `end` by a clock set by hand, from timer to timer.
    pub fn live_until(&mut self, cluster: &mut Cluster, end: Timestamp) {
        loop {
            while self.work(cluster) {}
            match self.next_timer() {
                Some(due) if due <= end => cluster.clock.set(due.max(cluster.clock.now())),
                _ => break,
            }
        }
        cluster.clock.set(end);
    }

    fn look(&mut self, cluster: &mut Cluster, key: &Key) -> Option<Timestamp> {
        let (namespace, name) = (key.namespace.as_str(), key.name.as_str());
        match key.work {
            Work::Deployment => deployment::look(cluster, namespace, name),
            Work::ReplicaSet => replicaset::look(cluster, replicaset::Flavor::Set, namespace, name),
            Work::ReplicationController => replicaset::look(cluster, replicaset::Flavor::Controller, namespace, name),
            Work::StatefulSet => statefulset::look(cluster, namespace, name),
            Work::DaemonSet => daemonset::look(cluster, namespace, name),
            Work::Job => job::look(cluster, namespace, name),
            Work::CronJob => cronjob::look(cluster, namespace, name),
            Work::Endpoints => endpoints::look(cluster, namespace, name),
            Work::Service => services::look(cluster, namespace, name),
            Work::Schedule => scheduler::look(cluster, namespace, name),
            Work::Kubelet => self.kubelets.look(cluster, namespace, name),
            Work::Namespace => namespace::look(cluster, name),
            Work::Claim => claims::look(cluster, namespace, name),
            Work::Volume => claims::look_at_volume(cluster, name),
            Work::Disruption => disruption::look(cluster, namespace, name),
            Work::Quota => quota::look(cluster, namespace, name),
            Work::Autoscaler => autoscaler::look(cluster, namespace, name),
            Work::Node => node::look(cluster, name),
            Work::Orphans => garbage::orphans_of(cluster, name),
            Work::Dependents => garbage::dependents(cluster, namespace, name),
            Work::OldEvents => crate::events::forget_old(cluster),
        }
    }

    /// Notes who must look at what, for every change since the last time.
    fn hear(&mut self, cluster: &mut Cluster) {
        for (collection, change) in cluster.take_changes() {
            self.note_change(cluster, collection, &change);
        }
    }

    fn note_change(&mut self, cluster: &Cluster, collection: CollectionId, change: &Change) {
        let object = &change.object.value;
        let (namespace, name) = (meta::namespace(object), meta::name(object));
        let Some(resource) = cluster.registry.stored(collection).cloned() else {
            return;
        };
        let mut note = |work: Work, namespace: &str, name: &str| self.queue.add(Key::new(work, namespace, name));
        if change.kind == ChangeKind::Deleted {
            note(Work::Orphans, "", meta::uid(object));
            for (namespace, place) in garbage::waiting_owners(cluster, &change.object) {
                note(Work::Dependents, &namespace, &place);
            }
        } else if meta::is_deleting(object) || !meta::owners(object).is_empty() {
            let path = format!("{}/{name}", collection.0);
            note(Work::Dependents, namespace, &path);
        }
        match (resource.group.as_str(), resource.plural.as_str()) {
            ("", "pods") => self.note_pod(cluster, change),
            ("apps", "deployments") => note(Work::Deployment, namespace, name),
            ("apps", "replicasets") => {
                note(Work::ReplicaSet, namespace, name);
                if let Some(owner) = meta::controller(object) {
                    note(Work::Deployment, namespace, owner.str_at(&["name"]));
                }
            }
            ("", "replicationcontrollers") => note(Work::ReplicationController, namespace, name),
            ("apps", "statefulsets") => note(Work::StatefulSet, namespace, name),
            ("apps", "daemonsets") => note(Work::DaemonSet, namespace, name),
            ("batch", "jobs") => {
                note(Work::Job, namespace, name);
                if let Some(owner) = meta::controller(object) {
                    note(Work::CronJob, namespace, owner.str_at(&["name"]));
                }
            }
            ("batch", "cronjobs") => note(Work::CronJob, namespace, name),
            ("", "services") => {
                note(Work::Endpoints, namespace, name);
                note(Work::Service, namespace, name);
            }
            ("", "namespaces") => note(Work::Namespace, "", name),
            ("", "persistentvolumeclaims") => {
                note(Work::Claim, namespace, name);
                self.note_waiting_pods(cluster, namespace);
            }
            ("", "persistentvolumes") => note(Work::Volume, "", name),
            ("", "configmaps" | "secrets") => self.note_waiting_pods(cluster, namespace),
            ("policy", "poddisruptionbudgets") => note(Work::Disruption, namespace, name),
            ("autoscaling", "horizontalpodautoscalers") => note(Work::Autoscaler, namespace, name),
            ("", "nodes") => {
                note(Work::Node, "", name);
                self.note_all(cluster, "apps", "daemonsets", Work::DaemonSet);
                self.note_unscheduled(cluster);
            }
            _ => {}
        }
        if !namespace.is_empty() && !resource.is("", "events") {
            for quota in quota::names(cluster, namespace) {
                self.queue.add(Key::new(Work::Quota, namespace, &quota));
            }
        }
        if change.kind == ChangeKind::Deleted && !namespace.is_empty() && namespace_is_going(cluster, namespace) {
            self.queue.add(Key::new(Work::Namespace, "", namespace));
        }
    }

    fn note_pod(&mut self, cluster: &Cluster, change: &Change) {
        let pod = &change.object.value;
        let (namespace, name) = (meta::namespace(pod), meta::name(pod));
        let before = change.previous.as_ref().map(|object| &object.value);
        for value in std::iter::once(pod).chain(before) {
            if let Some(owner) = meta::controller(value) {
                let work = match owner.str_at(&["kind"]) {
                    "ReplicaSet" => Work::ReplicaSet,
                    "ReplicationController" => Work::ReplicationController,
                    "StatefulSet" => Work::StatefulSet,
                    "DaemonSet" => Work::DaemonSet,
                    "Job" => Work::Job,
                    _ => continue,
                };
                self.queue.add(Key::new(work, namespace, owner.str_at(&["name"])));
            }
        }
        if change.kind == ChangeKind::Deleted {
            self.queue.add(Key::new(Work::Kubelet, namespace, name));
            self.note_unscheduled(cluster);
        } else if pod.str_at(&["spec", "nodeName"]).is_empty() {
            self.queue.add(Key::new(Work::Schedule, namespace, name));
        } else {
            self.queue.add(Key::new(Work::Kubelet, namespace, name));
        }
        // Those who select pods by their labels.
        let labels_of = |value: &OwnedValue| value.at(&["metadata", "labels"]).cloned();
        let labels: Vec<OwnedValue> = std::iter::once(pod).chain(before).filter_map(labels_of).collect();
        let selects = |selector: &LabelSelector| !selector.is_empty() && labels.iter().any(|labels| selector.matches(labels.as_object()));
        let orphan = meta::controller(pod).is_none();
        for (group, plural, work) in [
            ("", "services", Work::Endpoints),
            ("policy", "poddisruptionbudgets", Work::Disruption),
            ("apps", "replicasets", Work::ReplicaSet),
            ("", "replicationcontrollers", Work::ReplicationController),
        ] {
            // Who makes pods looks at a pod of nobody's only.
            if matches!(work, Work::ReplicaSet | Work::ReplicationController) && !orphan {
                continue;
            }
            let Some(id) = cluster.registry.built_in_collection(group, plural) else {
                continue;
            };
            for object in cluster.store.list(id, Some(namespace)) {
                let selector = match plural {
                    "services" | "replicationcontrollers" => LabelSelector::equal_to(object.value.at(&["spec", "selector"])),
                    _ => LabelSelector::of(object.value.at(&["spec", "selector"])).unwrap_or_default(),
                };
                if selects(&selector) {
                    self.queue.add(Key::new(work, namespace, object.name()));
                }
            }
        }
    }

    fn note_all(&mut self, cluster: &Cluster, group: &str, plural: &str, work: Work) {
        let Some(id) = cluster.registry.built_in_collection(group, plural) else {
            return;
        };
        for object in cluster.store.list(id, None) {
            self.queue.add(Key::new(work, object.namespace(), object.name()));
        }
    }

    fn note_unscheduled(&mut self, cluster: &Cluster) {
        for (namespace, name) in cluster.unscheduled.iter() {
            self.queue.add(Key::new(Work::Schedule, namespace, name));
        }
    }

    /// Pods that wait for configuration or volumes may have what they wait for.
    fn note_waiting_pods(&mut self, cluster: &Cluster, namespace: &str) {
        for (at, name) in self.kubelets.waiting_for_volumes() {
            if at == namespace {
                self.queue.add(Key::new(Work::Kubelet, &at, &name));
            }
        }
        for (at, name) in cluster.unscheduled.iter().filter(|(at, _)| at == namespace) {
            self.queue.add(Key::new(Work::Schedule, at, name));
        }
    }
}

fn namespace_is_going(cluster: &Cluster, name: &str) -> bool {
    cluster
        .registry
        .built_in_collection("", "namespaces")
        .and_then(|id| cluster.store.get(id, "", name))
        .is_some_and(|namespace| meta::is_deleting(&namespace.value))
}

/// The object that a controller looks at; none where there is none, or where it is one of yesterday's that stays as it
/// is.
fn find(cluster: &Cluster, group: &str, plural: &str, namespace: &str, name: &str) -> Option<Rc<crate::store::Object>> {
    let id = cluster.registry.built_in_collection(group, plural)?;
    let object = cluster.store.get(id, namespace, name)?;
    (!cluster.still.contains(object.uid())).then(|| Rc::clone(object))
}
