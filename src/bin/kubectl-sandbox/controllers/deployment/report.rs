//! What a deployment's status says: how many pods there are, and whether the rollout gets on.

use std::{rc::Rc, time::Duration};

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value, quote};

use super::{super::pods, Rollout, replicas, status};
use crate::{clock::Clock, cluster::Cluster, meta, store::Object};

/// How many pods the sets of a deployment have.
struct Counts {
    wanted: i64,
    /// What the sets are to have, together.
    asked: i64,
    total: i64,
    updated: i64,
    ready: i64,
    available: i64,
    terminating: i64,
}

impl Counts {
    fn of(rollout: &Rollout, current: Option<&Rc<Object>>) -> Counts {
        let sum = |field: &str| rollout.sets.iter().map(|set| status(set, field)).sum();
        Counts {
            wanted: rollout.wanted(),
            asked: rollout.sets.iter().map(|set| replicas(set)).sum(),
            total: sum("replicas"),
            updated: current.map_or(0, |set| status(set, "replicas")),
            ready: sum("readyReplicas"),
            available: sum("availableReplicas"),
            terminating: sum("terminatingReplicas"),
        }
    }

    fn are_complete(&self) -> bool {
        [self.updated, self.total, self.available] == [self.wanted; 3]
    }

    /// Whether there are more new pods, fewer old ones, or more that are available than the status says so far.
    fn are_further_than(&self, deployment: &OwnedValue) -> bool {
        let before = |field: &str| deployment.int_at(&["status", field]).unwrap_or_default();
        self.updated > before("updatedReplicas")
            || self.available > before("availableReplicas")
            || self.total - self.updated < before("replicas") - before("updatedReplicas")
    }

    fn write(&self, value: &mut OwnedValue) {
        pods::set_count(value, "replicas", self.total, true);
        pods::set_count(value, "updatedReplicas", self.updated, true);
        pods::set_count(value, "readyReplicas", self.ready, true);
        pods::set_count(value, "availableReplicas", self.available, true);
        pods::set_count(value, "unavailableReplicas", (self.asked - self.available).max(0), true);
        value.set(&["status", "terminatingReplicas"], self.terminating);
    }
}

/// What the condition `Progressing` says.
struct Progress {
    status: &'static str,
    reason: &'static str,
    message: String,
}

fn progressing(deployment: &OwnedValue) -> Option<&OwnedValue> {
    let conditions = deployment.items_at(&["status", "conditions"]);
    conditions.iter().find(|condition| condition.str_at(&["type"]) == "Progressing")
}

/// After how long without progress a rollout has failed, if ever.
fn deadline(deployment: &OwnedValue) -> Option<Duration> {
    let seconds = deployment.int_at(&["spec", "progressDeadlineSeconds"])?;
    let seconds = u64::try_from(seconds).ok().filter(|_| seconds < i64::from(i32::MAX))?;
    Some(Duration::from_secs(seconds))
}

/// Whether a rollout that just did not get on has now taken too long.
fn has_timed_out(deployment: &OwnedValue, clock: &Clock) -> bool {
    let Some(before) = progressing(deployment) else {
        return false;
    };
    match before.str_at(&["reason"]) {
        // What has taken too long goes on taking too long until something happens.
        "ProgressDeadlineExceeded" => true,
        "NewReplicaSetAvailable" => false,
        _ => {
            let since = meta::time_at(before, &["lastUpdateTime"]);
            deadline(deployment)
                .zip(since)
                .is_some_and(|(deadline, since)| clock.passed_since(since) >= deadline)
        }
    }
}

impl Rollout {
    /// Writes the status. Says when the rollout will have taken too long.
    pub(super) fn report(&self, cluster: &mut Cluster, current: Option<&Rc<Object>>) -> Option<Timestamp> {
        let deployments = cluster.built_in("apps", "deployments")?;
        let now = cluster.clock.now();
        let old = &self.deployment.value;
        let counts = Counts::of(self, current);
        let progressed = counts.are_further_than(old);
        let before = progressing(old);
        let is_new_set =
            current.is_some_and(|set| !before.is_some_and(|condition| condition.str_at(&["message"]).contains(&quote(set.name()))));
        let stuck = !(counts.are_complete() || progressed || is_new_set || self.flag("paused"));
        let timed_out = stuck && has_timed_out(old, &cluster.clock);
        let progress = self.progress(&counts, current, timed_out);
        // A rollout that is complete stays so, whatever becomes of its pods, until there is another template.
        let keeps = before.is_some_and(|condition| condition.str_at(&["reason"]) == "NewReplicaSetAvailable")
            && !is_new_set
            && progress.status == "True";
        // A deployment that is replaced as a whole is to be there as a whole.
        let spare = match old.str_at(&["spec", "strategy", "type"]) {
            "Recreate" => 0,
            _ => self.bounds().1,
        };
        let written = cluster.edit(&deployments, meta::namespace(old), meta::name(old), |value| {
            value.set(&["status", "observedGeneration"], meta::generation(old));
            counts.write(value);
            let (status, reason, message) = if counts.available >= counts.wanted - spare {
                ("True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
            } else {
                (
                    "False",
                    "MinimumReplicasUnavailable",
                    "Deployment does not have minimum availability.",
                )
            };
            pods::set_condition(value, "Available", status, reason, message, now, true);
            if !keeps {
                let Progress { status, reason, message } = &progress;
                let changed = pods::set_condition(value, "Progressing", status, reason, message, now, true);
                // Every step forward starts the clock anew.
                if !changed && progressed && *reason == "ReplicaSetUpdated" {
                    touch_progress(value, now);
                }
            }
        })?;
        let state = progressing(&written.value)?;
        if state.str_at(&["reason"]) == "NewReplicaSetAvailable" || timed_out || self.flag("paused") {
            return None;
        }
        let since = meta::time_at(state, &["lastUpdateTime"])?;
        let left = deadline(old)?.checked_sub(cluster.clock.passed_since(since))?;
        Some(cluster.clock.after(left + Duration::from_millis(500)))
    }

    fn progress(&self, counts: &Counts, current: Option<&Rc<Object>>, timed_out: bool) -> Progress {
        let set = quote(current.map_or("", |set| set.name()));
        let before = progressing(&self.deployment.value);
        let (status, reason, message) = if self.flag("paused") {
            ("Unknown", "DeploymentPaused", "Deployment is paused".to_owned())
        } else if before.is_some_and(|condition| condition.str_at(&["reason"]) == "DeploymentPaused") {
            ("Unknown", "DeploymentResumed", "Deployment is resumed".to_owned())
        } else if counts.are_complete() {
            (
                "True",
                "NewReplicaSetAvailable",
                format!("ReplicaSet {set} has successfully progressed."),
            )
        } else if timed_out {
            (
                "False",
                "ProgressDeadlineExceeded",
                format!("ReplicaSet {set} has timed out progressing."),
            )
        } else if before.is_none() {
            ("True", "NewReplicaSetCreated", format!("Created new replica set {set}"))
        } else {
            ("True", "ReplicaSetUpdated", format!("ReplicaSet {set} is progressing."))
        };
        Progress { status, reason, message }
    }
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
