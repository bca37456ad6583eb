//! The steps from the old sets of a deployment to the new one, and from one size to another.

use std::rc::Rc;

use super::{super::pods, COMPONENT, DESIRED, MAXIMUM, Rollout, replicas, status};
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
    store::Object,
};

impl Rollout {
    /// Records that a set was scaled.
    pub(super) fn tell_scaled(&self, cluster: &mut Cluster, set: &str, from: i64, to: i64) {
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
    pub(super) fn room_for_new(&self, now: i64) -> i64 {
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

    /// The whole set of pods at once: the old ones go before the new ones come.
    pub(super) fn recreate(&mut self, cluster: &mut Cluster, current: &Rc<Object>) {
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
    pub(super) fn roll(&mut self, cluster: &mut Cluster, current: &Rc<Object>) {
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
    pub(super) fn is_scaling(&self) -> bool {
        self.sets.iter().filter(|set| replicas(set) > 0).any(|set| {
            meta::annotation(&set.value, DESIRED)
                .and_then(|desired| desired.parse::<i64>().ok())
                .is_some_and(|desired| desired != self.wanted())
        })
    }

    /// Brings all sets to a new total, each in proportion to its size.
    pub(super) fn scale_in_proportion(&mut self, cluster: &mut Cluster, current: Option<&Rc<Object>>) {
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
}
