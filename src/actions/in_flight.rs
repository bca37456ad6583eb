//! Several deeds at a time whose results come in the order in which the deeds were begun.
//!
//! kubectl waits for each write before it begins the next. Here the next ones are on their way meanwhile, where nobody can
//! tell the difference: results, and so output and errors, are handed over in order, and deeds that could depend on
//! each other are kept apart by their [`Lane`].

use std::{collections::VecDeque, future::Future, pin::Pin};

use futures_util::stream::{FuturesOrdered, StreamExt};

/// How many writes are on their way at a time. Far below what a server lets one client have in flight (200 changes by
/// default, shared by all), and enough to hide the way to a server and back.
pub const DEFAULT_LIMIT: usize = 16;

/// How many writes go one by one before others are sent along with them. A manifest of a few objects is created exactly as
/// kubectl would, and a server that refuses everything is not asked for much.
const WARM_UP: usize = 8;

/// Which deeds may be on their way together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lane {
    /// With all others of this lane, except for those about the same thing: kinds that the server takes without a look
    /// at other objects.
    Free,
    /// Only with others about the same kind (`group/kind`).
    Kind(String),
}

/// The kinds that a server takes in without a look at other objects (but their namespace): workloads, whose pods come
/// later, and plain data.
const FREE: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Secret"),
    ("", "Service"),
    ("", "Endpoints"),
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("coordination.k8s.io", "Lease"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
];

impl Lane {
    /// The lane for writes to objects of a kind.
    pub fn of(group: &str, kind: &str) -> Lane {
        match FREE.contains(&(group, kind)) {
            true => Lane::Free,
            false => Lane::Kind(format!("{group}/{kind}")),
        }
    }
}

type Deed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Deeds on their way.
pub struct InFlight<'a, T> {
    limit: usize,
    deeds: FuturesOrdered<Deed<'a, T>>,
    /// The lane of each deed and what it is about.
    lanes: VecDeque<(Lane, String)>,
    /// How many deeds have ended.
    ended: usize,
}

impl<T> std::fmt::Debug for InFlight<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InFlight").field("lanes", &self.lanes).finish_non_exhaustive()
    }
}

impl<'a, T> InFlight<'a, T> {
    /// None yet, and never more than `limit` at a time.
    pub fn new(limit: usize) -> Self {
        InFlight {
            limit: limit.max(1),
            deeds: FuturesOrdered::new(),
            lanes: VecDeque::new(),
            ended: 0,
        }
    }

    /// Whether a deed has to wait for those on their way. `about` names what it changes; empty if nothing else can be
    /// about the same thing.
    pub fn must_wait(&self, lane: &Lane, about: &str) -> bool {
        let limit = if self.ended < WARM_UP { 1 } else { self.limit };
        self.deeds.len() >= limit
            || self
                .lanes
                .iter()
                .any(|(other, thing)| other != lane || (!about.is_empty() && thing == about))
    }

    /// Sends a deed on its way. It makes way only while [`InFlight::next`] is waited for.
    pub fn begin(&mut self, lane: Lane, about: String, deed: impl Future<Output = T> + 'a) {
        self.lanes.push_back((lane, about));
        self.deeds.push_back(Box::pin(deed));
    }

    /// The result of the deed that was begun first, once it is there; nothing if none is on its way.
    pub async fn next(&mut self) -> Option<T> {
        let result = self.deeds.next().await?;
        self.lanes.pop_front();
        self.ended += 1;
        Some(result)
    }

    /// Whether a deed about this kind (`group/kind`) is on its way.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.lanes.iter().any(|(lane, _)| matches!(lane, Lane::Kind(own) if own == kind))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn next_gives_results_in_the_order_of_beginning() {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let mut flight = InFlight::new(2);
        flight.begin(Lane::Free, "a".into(), async move {
            receiver.await.unwrap();
            1
        });
        flight.begin(Lane::Free, "b".into(), async move {
            sender.send(()).unwrap();
            2
        });
        assert_eq!(
            (flight.next().await, flight.next().await, flight.next().await),
            (Some(1), Some(2), None)
        );
    }

    #[tokio::test]
    async fn must_wait_keeps_lanes_things_and_the_limit_apart() {
        let began = Cell::new(0);
        let mut flight = InFlight::new(2);
        assert!(!flight.must_wait(&Lane::Free, ""));
        flight.begin(Lane::Free, String::new(), async {});
        assert!(flight.must_wait(&Lane::Free, ""), "the first ones go alone");
        flight.next().await;
        flight.ended = WARM_UP;
        flight.begin(Lane::of("", "ConfigMap"), "cm/a".into(), async { began.set(began.get() + 1) });
        assert!(!flight.must_wait(&Lane::of("apps", "Deployment"), "deploy/a"));
        assert!(flight.must_wait(&Lane::of("", "ConfigMap"), "cm/a"));
        assert!(flight.must_wait(&Lane::of("", "Namespace"), "ns/a"));
        flight.begin(Lane::Free, String::new(), async { began.set(began.get() + 1) });
        assert!(flight.must_wait(&Lane::Free, "cm/b"));
        while flight.next().await.is_some() {}
        assert_eq!(began.get(), 2);
        assert!(!flight.must_wait(&Lane::of("", "Namespace"), "ns/a"));
    }
}
