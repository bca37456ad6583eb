//! Deployments: from one template to the next without going down, and back.

mod report;
mod revisions;
mod steps;

use std::rc::Rc;

use jiff::Timestamp;
use kubectl_rs::api::Value;

use super::{find, pods};
use crate::{cluster::Cluster, meta, registry::Resource, store::Object};

const COMPONENT: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";

/// A deployment at work: its replica sets, and what they are to become.
struct Rollout {
    deployment: Rc<Object>,
    sets: Vec<Rc<Object>>,
    resource: Rc<Resource>,
}

/// Takes the next step of a deployment.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let deployment = find(cluster, "apps", "deployments", namespace, name)?;
    let resource = cluster.built_in("apps", "replicasets")?;
    let uid = deployment.uid().to_owned();
    let sets: Vec<Rc<Object>> = cluster
        .store
        .existing(resource.collection)
        .map(|collection| {
            collection
                .owned_by(&uid)
                .filter(|set| meta::controlled_by(&set.value, &uid))
                .cloned()
                .collect()
        })
        .unwrap_or_default();
    let mut rollout = Rollout {
        deployment,
        sets,
        resource,
    };
    if meta::is_deleting(&rollout.deployment.value) {
        return rollout.report(cluster, None);
    }
    let paused = rollout.flag("paused");
    let current = rollout.current(cluster, !paused);
    if paused || rollout.is_scaling() {
        rollout.scale_in_proportion(cluster, current.as_ref());
    } else if let Some(current) = &current {
        match rollout.deployment.value.str_at(&["spec", "strategy", "type"]) {
            "Recreate" => rollout.recreate(cluster, current),
            _ => rollout.roll(cluster, current),
        }
    }
    rollout.refresh(cluster);
    let current = current.and_then(|set| rollout.find(&set));
    if !paused {
        rollout.forget_history(cluster, current.as_ref());
    }
    rollout.report(cluster, current.as_ref())
}

fn replicas(set: &Object) -> i64 {
    set.value.int_at(&["spec", "replicas"]).unwrap_or_default()
}

fn status(set: &Object, field: &str) -> i64 {
    set.value.int_at(&["status", field]).unwrap_or_default()
}

fn revision(set: &Object) -> i64 {
    meta::annotation(&set.value, REVISION)
        .and_then(|revision| revision.parse().ok())
        .unwrap_or_default()
}

impl Rollout {
    fn flag(&self, field: &str) -> bool {
        self.deployment.value.at(&["spec", field]).and_then(Value::as_bool) == Some(true)
    }

    fn wanted(&self) -> i64 {
        self.deployment.value.int_at(&["spec", "replicas"]).unwrap_or(1)
    }

    fn find(&self, set: &Rc<Object>) -> Option<Rc<Object>> {
        self.sets.iter().find(|other| other.uid() == set.uid()).cloned()
    }

    fn refresh(&mut self, cluster: &Cluster) {
        let id = self.resource.collection;
        self.sets = self
            .sets
            .iter()
            .filter_map(|set| cluster.store.get(id, set.namespace(), set.name()).cloned())
            .collect();
    }

    /// How many pods more than wanted there may be, and how many fewer.
    fn bounds(&self) -> (i64, i64) {
        let wanted = self.wanted();
        if self.deployment.value.str_at(&["spec", "strategy", "type"]) == "Recreate" {
            return (0, wanted);
        }
        let of = |field: &str, up: bool| pods::amount(self.deployment.value.at(&["spec", "strategy", "rollingUpdate", field]), wanted, up);
        let (surge, unavailable) = (of("maxSurge", true), of("maxUnavailable", false));
        // Without any room nothing could ever change.
        if surge == 0 && unavailable == 0 {
            (0, 1)
        } else {
            (surge, unavailable)
        }
    }

    fn old_sets(&self, current: &Object) -> Vec<Rc<Object>> {
        let mut old: Vec<Rc<Object>> = self.sets.iter().filter(|set| set.uid() != current.uid()).cloned().collect();
        old.sort_by(|a, b| {
            a.value
                .str_at(&["metadata", "creationTimestamp"])
                .cmp(b.value.str_at(&["metadata", "creationTimestamp"]))
                .then_with(|| revision(a).cmp(&revision(b)))
        });
        old
    }
}
