//! Replica sets and replication controllers: as many pods as are wanted, no more and no fewer.

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{find, pods};
use crate::{cluster::Cluster, meta, selector::LabelSelector};

/// How many pods are made in one go, at least and at most: more where there are many, as each look goes over them all.
const AT_ONCE: (usize, usize) = (20, 250);

/// Which of the two kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavor {
    /// A replica set.
    Set,
    /// A replication controller.
    Controller,
}

impl Flavor {
    fn resource(self) -> (&'static str, &'static str) {
        match self {
            Flavor::Set => ("apps", "replicasets"),
            Flavor::Controller => ("", "replicationcontrollers"),
        }
    }

    fn component(self) -> &'static str {
        match self {
            Flavor::Set => "replicaset-controller",
            Flavor::Controller => "replication-controller",
        }
    }

    fn selector(self, object: &OwnedValue) -> LabelSelector {
        let field = object.at(&["spec", "selector"]);
        match self {
            Flavor::Set => LabelSelector::of(field).unwrap_or_default(),
            Flavor::Controller => LabelSelector::equal_to(field),
        }
    }
}

/// Brings the number of pods to what is wanted.
pub fn look(cluster: &mut Cluster, flavor: Flavor, namespace: &str, name: &str) -> Option<Timestamp> {
    let (group, plural) = flavor.resource();
    let object = find(cluster, group, plural, namespace, name)?;
    let owner = &object.value;
    let selector = flavor.selector(owner);
    if selector.is_empty() {
        return None;
    }
    let mine = pods::claim(cluster, owner, &selector);
    let mut active: Vec<_> = mine.iter().filter(|pod| pods::is_active(&pod.value)).cloned().collect();
    if !meta::is_deleting(owner) {
        let wanted = usize::try_from(owner.int_at(&["spec", "replicas"]).unwrap_or(1)).unwrap_or_default();
        if active.len() < wanted {
            let template = owner.at(&["spec", "template"]).cloned().unwrap_or_default();
            // The others follow when these are heard of: requests have their turn in between.
            let batch = (active.len() / 20).clamp(AT_ONCE.0, AT_ONCE.1);
            for _ in active.len()..wanted.min(active.len() + batch) {
                let mut pod = pods::from_template(owner, &template);
                pod.set(&["metadata", "generateName"], format!("{name}-"));
                active.extend(pods::create(cluster, owner, pod, flavor.component()));
            }
        } else if active.len() > wanted {
            pods::worst_first(&mut active);
            let surplus = active.len() - wanted;
            for pod in active.drain(..surplus) {
                pods::delete(cluster, owner, &pod, flavor.component());
            }
        }
    }
    report(cluster, flavor, owner, &active)
}

/// Writes the status. Says when pods that are ready will count as available.
fn report(cluster: &mut Cluster, flavor: Flavor, owner: &OwnedValue, active: &[std::rc::Rc<crate::store::Object>]) -> Option<Timestamp> {
    let now = cluster.clock.now();
    let seconds = owner.int_at(&["spec", "minReadySeconds"]).unwrap_or_default();
    let (mut ready, mut available, mut labeled, mut again) = (0, 0, 0, None::<Timestamp>);
    let wanted_labels = LabelSelector::equal_to(owner.at(&["spec", "template", "metadata", "labels"]));
    for pod in active {
        labeled += i64::from(wanted_labels.matches_object(&pod.value));
        ready += i64::from(pods::is_ready(&pod.value));
        let (is_available, due) = pods::availability(&pod.value, seconds, now);
        available += i64::from(is_available);
        again = match (again, due) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    let terminating = {
        let uid = meta::uid(owner);
        let pods = cluster.registry.built_in_collection("", "pods");
        pods.and_then(|id| cluster.store.existing(id)).map_or(0, |collection| {
            collection
                .owned_by(uid)
                .filter(|pod| meta::is_deleting(&pod.value) && !pods::is_ended(&pod.value))
                .count()
        }) as i64
    };
    let (group, plural) = flavor.resource();
    let resource = cluster.built_in(group, plural)?;
    let replicas = active.len() as i64;
    let generation = meta::generation(owner);
    cluster.edit(&resource, meta::namespace(owner), meta::name(owner), |value| {
        value.set(&["status", "replicas"], replicas);
        pods::set_count(value, "fullyLabeledReplicas", labeled, true);
        pods::set_count(value, "readyReplicas", ready, true);
        pods::set_count(value, "availableReplicas", available, true);
        if flavor == Flavor::Set {
            value.set(&["status", "terminatingReplicas"], terminating);
        }
        value.set(&["status", "observedGeneration"], Value::Int(generation));
    });
    again
}
