//! Deployments: from one template to the next without going down, and back.

use std::{rc::Rc, time::Duration};

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{find, pods};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    registry::Resource,
    store::Object,
};

const COMPONENT: &str = "deployment-controller";
const REVISION: &str = "deployment.kubernetes.io/revision";
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
const MAXIMUM: &str = "deployment.kubernetes.io/max-replicas";
const HASH: &str = "pod-template-hash";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

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
    rollout.report(cluster, current)
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

    /// The replica set of the present template, made if `create`; its revision is the latest.
    fn current(&mut self, cluster: &mut Cluster, create: bool) -> Option<Rc<Object>> {
        let template = self.deployment.value.at(&["spec", "template"]).cloned().unwrap_or_default();
        let without_hash = |set: &Object| {
            let mut template = set.value.at(&["spec", "template"]).cloned().unwrap_or_default();
            if let Some(Value::Object(labels)) = template.at_mut(&["metadata", "labels"]) {
                labels.remove(HASH);
            }
            template
        };
        let found = self.sets.iter().find(|set| without_hash(set) == template).cloned();
        let latest_other = self
            .sets
            .iter()
            .filter(|set| found.as_ref().is_none_or(|found| found.uid() != set.uid()))
            .map(|set| revision(set))
            .max()
            .unwrap_or_default();
        let next = (latest_other + 1).to_string();
        let set = match found {
            Some(found) => {
                if !create && revision(&found) > 0 {
                    return Some(found);
                }
                let annotations = self.annotations_for_set(&next, Some(&found));
                let edited = cluster.edit(&self.resource, found.namespace(), found.name(), |value| {
                    for (key, text) in &annotations {
                        value.set(&["metadata", "annotations", key], text.clone());
                    }
                });
                let edited = edited.unwrap_or(found);
                for set in &mut self.sets {
                    if set.uid() == edited.uid() {
                        *set = Rc::clone(&edited);
                    }
                }
                edited
            }
            None if !create => return None,
            None => {
                let set = self.create_set(cluster, &template, &next);
                self.sets.push(Rc::clone(&set));
                set
            }
        };
        self.note_revision(cluster, revision(&set));
        Some(set)
    }

    fn create_set(&self, cluster: &mut Cluster, template: &OwnedValue, revision: &str) -> Rc<Object> {
        let owner = &self.deployment.value;
        let hash = pods::template_hash(template, owner.int_at(&["status", "collisionCount"]).unwrap_or_default());
        let name = format!("{}-{hash}", meta::name(owner));
        let mut template = template.clone();
        template.set(&["metadata", "labels", HASH], hash.clone());
        let mut set = Value::Object(Map::new());
        set.set(&["metadata", "name"], name.clone());
        set.set(&["metadata", "namespace"], meta::namespace(owner).to_owned());
        if let Some(labels) = template.at(&["metadata", "labels"]) {
            set.set(&["metadata", "labels"], labels.clone());
        }
        for (key, text) in self.annotations_for_set(revision, None) {
            set.set(&["metadata", "annotations", &key], text);
        }
        set.set(&["metadata", "ownerReferences"], vec![meta::controller_reference(owner)]);
        let mut selector = owner.at(&["spec", "selector"]).cloned().unwrap_or_default();
        selector.set(&["matchLabels", HASH], hash);
        set.set(&["spec", "selector"], selector);
        set.set(&["spec", "template"], template);
        if let Some(seconds) = owner.int_at(&["spec", "minReadySeconds"]).filter(|seconds| *seconds > 0) {
            set.set(&["spec", "minReadySeconds"], seconds);
        }
        let first = self.room_for_new(0);
        set.set(&["spec", "replicas"], first);
        let created = cluster.create(&self.resource, set);
        if first > 0 {
            self.tell_scaled(cluster, &name, 0, first);
        }
        created
    }

    /// What a set's annotations say: the deployment's own, and the controller's.
    fn annotations_for_set(&self, next: &str, set: Option<&Object>) -> Vec<(String, String)> {
        let own = [REVISION, REVISION_HISTORY, DESIRED, MAXIMUM, LAST_APPLIED];
        let mut annotations: Vec<(String, String)> = self
            .deployment
            .value
            .at(&["metadata", "annotations"])
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::iter)
            .filter(|(key, _)| !own.contains(key))
            .map(|(key, value)| (key.to_owned(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        let (surge, _) = self.bounds();
        annotations.push((DESIRED.to_owned(), self.wanted().to_string()));
        annotations.push((MAXIMUM.to_owned(), (self.wanted() + surge).to_string()));
        let before = set.map(revision).unwrap_or_default();
        let after: i64 = next.parse().unwrap_or_default();
        if before < after {
            annotations.push((REVISION.to_owned(), next.to_owned()));
            if before > 0 {
                let history = set
                    .and_then(|set| meta::annotation(&set.value, REVISION_HISTORY))
                    .map_or_else(|| before.to_string(), |history| format!("{history},{before}"));
                annotations.push((REVISION_HISTORY.to_owned(), history));
            }
        }
        annotations
    }

    fn note_revision(&mut self, cluster: &mut Cluster, revision: i64) {
        let Some(deployments) = cluster.built_in("apps", "deployments") else {
            return;
        };
        let (namespace, name) = (self.deployment.namespace().to_owned(), self.deployment.name().to_owned());
        let edited = cluster.edit(&deployments, &namespace, &name, |value| {
            value.set(&["metadata", "annotations", REVISION], revision.to_string());
        });
        if let Some(edited) = edited {
            self.deployment = edited;
        }
    }

    fn tell_scaled(&self, cluster: &mut Cluster, set: &str, from: i64, to: i64) {
        let way = if to > from { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {set} from {from} to {to}");
        events::record(
            cluster,
            &self.deployment.value,
            Event::normal(COMPONENT, "ScalingReplicaSet", &message),
        );
    }

    fn scale(&mut self, cluster: &mut Cluster, set: &Rc<Object>, to: i64) {
        let from = replicas(set);
        if from == to {
            return;
        }
        let (surge, _) = self.bounds();
        let (wanted, most) = (self.wanted(), self.wanted() + surge);
        let edited = cluster.edit(&self.resource, set.namespace(), set.name(), |value| {
            value.set(&["spec", "replicas"], to);
            value.set(&["metadata", "annotations", DESIRED], wanted.to_string());
            value.set(&["metadata", "annotations", MAXIMUM], most.to_string());
        });
        if let Some(edited) = edited {
            for other in &mut self.sets {
                if other.uid() == edited.uid() {
                    *other = Rc::clone(&edited);
                }
            }
        }
        self.tell_scaled(cluster, set.name(), from, to);
    }

    /// How many replicas the new set may have, if it has `now` of them (`NewRSNewReplicas`).
    fn room_for_new(&self, now: i64) -> i64 {
        let wanted = self.wanted();
        let total: i64 = self.sets.iter().map(|set| replicas(set)).sum();
        if self.deployment.value.str_at(&["spec", "strategy", "type"]) == "Recreate" {
            let running = self.sets.iter().any(|set| replicas(set) > 0 || status(set, "replicas") > 0);
            return if running && now == 0 { 0 } else { wanted };
        }
        let (surge, _) = self.bounds();
        let room = wanted + surge - total;
        if room <= 0 { now } else { now + room.min(wanted - now).max(0) }
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

    /// The whole set of pods at once: the old ones go before the new ones come.
    fn recreate(&mut self, cluster: &mut Cluster, current: &Rc<Object>) {
        let old = self.old_sets(current);
        let mut waiting = false;
        for set in &old {
            if replicas(set) > 0 {
                self.scale(cluster, set, 0);
                waiting = true;
            }
            // A pod that is going still holds what it holds.
            let pods = cluster.registry.built_in_collection("", "pods");
            let left = pods
                .and_then(|id| cluster.store.existing(id))
                .is_some_and(|collection| collection.owned_by(set.uid()).any(|pod| !pods::is_ended(&pod.value)));
            waiting |= left || status(set, "replicas") > 0;
        }
        if !waiting {
            self.scale(cluster, current, self.wanted());
        }
    }

    /// A few new pods, then a few old ones fewer.
    fn roll(&mut self, cluster: &mut Cluster, current: &Rc<Object>) {
        let now = replicas(current);
        let wanted = self.wanted();
        if now > wanted {
            return self.scale(cluster, current, wanted);
        }
        let room = self.room_for_new(now);
        if room > now {
            return self.scale(cluster, current, room);
        }
        let (_, unavailable) = self.bounds();
        let total: i64 = self.sets.iter().map(|set| replicas(set)).sum();
        let new_unavailable = replicas(current) - status(current, "availableReplicas");
        let mut may_go = total - (wanted - unavailable) - new_unavailable;
        if may_go <= 0 {
            return;
        }
        // Pods that do not work go first, whatever their set.
        for set in self.old_sets(current) {
            let broken = replicas(&set) - status(&set, "availableReplicas");
            let gone = broken.min(may_go).max(0);
            if gone > 0 && status(&set, "replicas") > 0 {
                self.scale(cluster, &set, replicas(&set) - gone);
                may_go -= gone;
            }
        }
        let available: i64 = self.sets.iter().map(|set| status(set, "availableReplicas")).sum();
        let mut may_go = (available - (wanted - unavailable)).max(0);
        for set in self.old_sets(current) {
            let gone = replicas(&set).min(may_go);
            if gone > 0 {
                self.scale(cluster, &set, replicas(&set) - gone);
                may_go -= gone;
            }
        }
    }

    /// Whether the wanted number changed since the sets were last scaled.
    fn is_scaling(&self) -> bool {
        self.sets.iter().filter(|set| replicas(set) > 0).any(|set| {
            meta::annotation(&set.value, DESIRED)
                .and_then(|desired| desired.parse::<i64>().ok())
                .is_some_and(|desired| desired != self.wanted())
        })
    }

    /// Brings all sets to a new total, each in proportion to its size.
    fn scale_in_proportion(&mut self, cluster: &mut Cluster, current: Option<&Rc<Object>>) {
        let wanted = self.wanted();
        let active: Vec<Rc<Object>> = self.sets.iter().filter(|set| replicas(set) > 0).cloned().collect();
        match active.as_slice() {
            [] => {
                if let Some(current) = current {
                    self.scale(cluster, current, wanted);
                }
                return;
            }
            [only] => return self.scale(cluster, only, wanted),
            _ => {}
        }
        // All pods are new already: the old sets go.
        if let Some(current) = current
            && status(current, "availableReplicas") == wanted
            && replicas(current) == wanted
        {
            for set in self.old_sets(current) {
                self.scale(cluster, &set, 0);
            }
            return;
        }
        let (surge, _) = self.bounds();
        let total: i64 = active.iter().map(|set| replicas(set)).sum();
        let goal = if wanted > 0 { wanted + surge } else { 0 };
        let mut left = goal - total;
        let count = active.len();
        for (at, set) in active.iter().enumerate() {
            let share = if at + 1 == count {
                left
            } else {
                ((goal - total) * replicas(set)).checked_div(total).unwrap_or_default()
            };
            left -= share;
            self.scale(cluster, set, (replicas(set) + share).max(0));
        }
    }

    /// Removes old sets beyond what is to be remembered.
    fn forget_history(&mut self, cluster: &mut Cluster, current: Option<&Rc<Object>>) {
        let (Some(limit), Some(current)) = (self.deployment.value.int_at(&["spec", "revisionHistoryLimit"]), current) else {
            return;
        };
        let mut idle: Vec<Rc<Object>> = self
            .old_sets(current)
            .into_iter()
            .filter(|set| replicas(set) == 0 && status(set, "replicas") == 0 && !meta::is_deleting(&set.value))
            .collect();
        idle.sort_by_key(|set| revision(set));
        let surplus = idle.len().saturating_sub(usize::try_from(limit).unwrap_or_default());
        for set in &idle[..surplus] {
            cluster.delete(&self.resource, set.namespace(), set.name(), None);
        }
    }

    /// Writes the status. Says when the rollout will have taken too long.
    fn report(&self, cluster: &mut Cluster, current: Option<Rc<Object>>) -> Option<Timestamp> {
        let deployments = cluster.built_in("apps", "deployments")?;
        let now = cluster.clock.now();
        let sum = |field: &str| self.sets.iter().map(|set| status(set, field)).sum::<i64>();
        let total = sum("replicas");
        let (ready, available, terminating) = (sum("readyReplicas"), sum("availableReplicas"), sum("terminatingReplicas"));
        let updated = current.as_ref().map_or(0, |set| status(set, "replicas"));
        let wanted = self.wanted();
        let asked: i64 = self.sets.iter().map(|set| replicas(set)).sum();
        // A deployment that is replaced as a whole is to be there as a whole.
        let unavailable_bound = match self.deployment.value.str_at(&["spec", "strategy", "type"]) {
            "Recreate" => 0,
            _ => self.bounds().1,
        };
        let old = &self.deployment.value;
        let progressed = updated > old.int_at(&["status", "updatedReplicas"]).unwrap_or_default()
            || available > old.int_at(&["status", "availableReplicas"]).unwrap_or_default()
            || (total - updated)
                < old.int_at(&["status", "replicas"]).unwrap_or_default() - old.int_at(&["status", "updatedReplicas"]).unwrap_or_default();
        let complete = updated == wanted && total == wanted && available == wanted;
        let paused = self.flag("paused");
        let set_name = current.as_ref().map(|set| set.name().to_owned()).unwrap_or_default();
        let progress = |value: &OwnedValue| {
            value
                .items_at(&["status", "conditions"])
                .iter()
                .find(|condition| condition.str_at(&["type"]) == "Progressing")
                .cloned()
        };
        let before = progress(old);
        let was = before
            .as_ref()
            .map(|condition| condition.str_at(&["reason"]).to_owned())
            .unwrap_or_default();
        let deadline = old
            .int_at(&["spec", "progressDeadlineSeconds"])
            .filter(|seconds| *seconds < i64::from(i32::MAX))
            .and_then(|seconds| u64::try_from(seconds).ok());
        let since = before.as_ref().and_then(|condition| meta::time_at(condition, &["lastUpdateTime"]));
        let is_new_set = current.as_ref().is_some_and(|set| {
            !before
                .as_ref()
                .is_some_and(|condition| condition.str_at(&["message"]).contains(&quoted(set.name())))
        });
        let timed_out = match (deadline, since) {
            _ if complete || progressed || is_new_set || paused => false,
            // What has taken too long goes on taking too long until something happens.
            _ if was == "ProgressDeadlineExceeded" => true,
            (Some(deadline), Some(since)) if was != "NewReplicaSetAvailable" => {
                cluster.clock.passed_since(since) >= Duration::from_secs(deadline)
            }
            _ => false,
        };
        let (verdict, reason, message) = if paused {
            ("Unknown", "DeploymentPaused", "Deployment is paused".to_owned())
        } else if was == "DeploymentPaused" {
            ("Unknown", "DeploymentResumed", "Deployment is resumed".to_owned())
        } else if complete {
            (
                "True",
                "NewReplicaSetAvailable",
                format!("ReplicaSet {} has successfully progressed.", quoted(&set_name)),
            )
        } else if timed_out {
            (
                "False",
                "ProgressDeadlineExceeded",
                format!("ReplicaSet {} has timed out progressing.", quoted(&set_name)),
            )
        } else if before.is_none() {
            (
                "True",
                "NewReplicaSetCreated",
                format!("Created new replica set {}", quoted(&set_name)),
            )
        } else {
            (
                "True",
                "ReplicaSetUpdated",
                format!("ReplicaSet {} is progressing.", quoted(&set_name)),
            )
        };
        let generation = meta::generation(old);
        let written = cluster.edit(&deployments, meta::namespace(old), meta::name(old), |value| {
            value.set(&["status", "observedGeneration"], generation);
            pods::set_count(value, "replicas", total, true);
            pods::set_count(value, "updatedReplicas", updated, true);
            pods::set_count(value, "readyReplicas", ready, true);
            pods::set_count(value, "availableReplicas", available, true);
            pods::set_count(value, "unavailableReplicas", (asked - available).max(0), true);
            value.set(&["status", "terminatingReplicas"], terminating);
            if available >= wanted - unavailable_bound {
                pods::set_condition(
                    value,
                    "Available",
                    "True",
                    "MinimumReplicasAvailable",
                    "Deployment has minimum availability.",
                    now,
                    true,
                );
            } else {
                pods::set_condition(
                    value,
                    "Available",
                    "False",
                    "MinimumReplicasUnavailable",
                    "Deployment does not have minimum availability.",
                    now,
                    true,
                );
            }
            let settled = was == "NewReplicaSetAvailable" && !is_new_set && verdict == "True" && !paused;
            if !settled {
                let changed = pods::set_condition(value, "Progressing", verdict, reason, &message, now, true);
                // Every step forward starts the clock anew.
                if !changed && progressed && reason == "ReplicaSetUpdated" {
                    touch_progress(value, now);
                }
            }
        })?;
        let state = progress(&written.value)?;
        if state.str_at(&["reason"]) == "NewReplicaSetAvailable" || timed_out || paused {
            return None;
        }
        let since = meta::time_at(&state, &["lastUpdateTime"])?;
        let passed = cluster.clock.passed_since(since);
        let left = Duration::from_secs(deadline?).checked_sub(passed)?;
        Some(cluster.clock.after(left + Duration::from_millis(500)))
    }
}

fn quoted(name: &str) -> String {
    kubectl_rs::api::quote(name)
}

fn touch_progress(value: &mut OwnedValue, now: Timestamp) {
    let Some(conditions) = value.at_mut(&["status", "conditions"]).and_then(Value::as_array_mut) else {
        return;
    };
    for condition in conditions
        .iter_mut()
        .filter(|condition| condition.str_at(&["type"]) == "Progressing")
    {
        condition.set(&["lastUpdateTime"], meta::format_time(now));
    }
}
