//! Who must look at what, and when.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashSet, VecDeque},
};

use jiff::Timestamp;

/// Which controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Work {
    /// The deployment controller.
    Deployment,
    /// The replica set controller.
    ReplicaSet,
    /// The replication controller.
    ReplicationController,
    /// The stateful set controller.
    StatefulSet,
    /// The daemon set controller.
    DaemonSet,
    /// The job controller.
    Job,
    /// The cron job controller.
    CronJob,
    /// The endpoints of a service.
    Endpoints,
    /// A service's load balancer.
    Service,
    /// The scheduler.
    Schedule,
    /// A node's kubelet.
    Kubelet,
    /// The life cycle of namespaces.
    Namespace,
    /// The binding of claims to volumes.
    Claim,
    /// What becomes of volumes.
    Volume,
    /// The disruption budgets.
    Disruption,
    /// What quotas count.
    Quota,
    /// The horizontal pod autoscaler.
    Autoscaler,
    /// The life of nodes.
    Node,
    /// What an object owned that is gone; the name is its identifier.
    Orphans,
    /// An object that has owners, or that waits for what it owns; the name is `COLLECTION/NAME`.
    Dependents,
    /// Events that nobody needs any more.
    OldEvents,
}

impl Work {
    /// Whether it is looked at again for ever, so that a timer for it says nothing about something that is under way.
    fn repeats(self) -> bool {
        matches!(
            self,
            // The kubelets know themselves which of their pods are under way.
            Work::CronJob | Work::Namespace | Work::Autoscaler | Work::Kubelet | Work::OldEvents
        )
    }
}

/// An object that a controller must look at.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// The controller.
    pub work: Work,
    /// The object's namespace.
    pub namespace: String,
    /// The object's name.
    pub name: String,
}

impl Key {
    /// The key of an object for a controller.
    pub fn new(work: Work, namespace: &str, name: &str) -> Self {
        Key {
            work,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }
}

/// Each key once, in the order in which they came; timers beside it.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: VecDeque<Key>,
    known: HashSet<Key>,
    timers: BinaryHeap<Reverse<(Timestamp, Key)>>,
}

impl Queue {
    /// Notes a key, unless it is noted already.
    pub fn add(&mut self, key: Key) {
        if self.known.insert(key.clone()) {
            self.waiting.push_back(key);
        }
    }

    /// Notes a key for later.
    pub fn at(&mut self, due: Timestamp, key: Key) {
        self.timers.push(Reverse((due, key)));
    }

    /// The key that came first.
    pub fn next(&mut self) -> Option<Key> {
        let key = self.waiting.pop_front()?;
        self.known.remove(&key);
        Some(key)
    }

    /// Notes the keys whose time has come.
    pub fn wake(&mut self, now: Timestamp) {
        while let Some(Reverse((due, _))) = self.timers.peek() {
            if *due > now {
                return;
            }
            if let Some(Reverse((_, key))) = self.timers.pop() {
                self.add(key);
            }
        }
    }

    /// Whether no key is noted, and none that leads to an end will be until `soon`.
    pub fn rests_until(&self, soon: Timestamp) -> bool {
        let under_way = |Reverse((due, key)): &Reverse<(Timestamp, Key)>| *due <= soon && !key.work.repeats();
        self.waiting.is_empty() && !self.timers.iter().any(under_way)
    }

    /// When the next timer is due.
    pub fn next_timer(&self) -> Option<Timestamp> {
        self.timers.peek().map(|Reverse((due, _))| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queue_holds_each_key_once_and_timers_until_they_are_due() {
        let mut queue = Queue::default();
        let key = |name: &str| Key::new(Work::Job, "a", name);
        queue.add(key("x"));
        queue.add(key("y"));
        queue.add(key("x"));
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        queue.at(at("2026-01-01T00:00:02Z"), key("later"));
        queue.at(at("2026-01-01T00:00:01Z"), key("soon"));
        queue.wake(at("2026-01-01T00:00:01Z"));
        let mut names = Vec::new();
        while let Some(key) = queue.next() {
            names.push(key.name);
        }
        assert_eq!(names, ["x", "y", "soon"]);
        assert_eq!(queue.next_timer(), Some(at("2026-01-01T00:00:02Z")));
    }

    #[test]
    fn queue_rests_while_nothing_is_noted_and_only_what_repeats_is_due_soon() {
        let mut queue = Queue::default();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let soon = at("2026-01-01T00:00:30Z");
        assert!(queue.rests_until(soon));
        queue.at(at("2026-01-01T00:00:10Z"), Key::new(Work::Autoscaler, "a", "x"));
        queue.at(at("2026-01-01T00:00:31Z"), Key::new(Work::Job, "a", "x"));
        assert!(queue.rests_until(soon));
        queue.at(at("2026-01-01T00:00:30Z"), Key::new(Work::Job, "a", "y"));
        assert!(!queue.rests_until(soon));
        let mut queue = Queue::default();
        queue.add(Key::new(Work::Autoscaler, "a", "x"));
        assert!(!queue.rests_until(soon));
    }
}
