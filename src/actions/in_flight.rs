//! Several deeds at a time whose results come in the order in which the deeds were begun.
//!
//! kubectl waits for each write before it begins the next. Here the next ones are on their way meanwhile, where nobody can
//! tell the difference:
//!
//! * Results, and so output, errors and the server's warnings, are handed over in order.
//! * Deeds that could depend on each other are kept apart by their [`Lane`].
//! * Writes to one collection (all config maps of a namespace) go one by one at first: a manifest that has only a few of a
//!   kind is written exactly as kubectl writes it, and in the same order. Only a long row of them goes several at a time,
//!   begun in order (see [`Turn`]); servers take such requests up in any order.
//! * The first deeds of all go almost one by one too, so that a server that refuses everything is not asked for much.

use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    pin::Pin,
    task::Poll,
};

use futures_util::stream::{FuturesOrdered, StreamExt};
use tokio::sync::oneshot;

use crate::{
    args::Parsed,
    client::{
        Warnings,
        warning::{self, Note},
    },
    error::{Error, Result},
    resource::Info,
};

/// How many requests are on their way at a time, where nobody says otherwise. Far below what a server lets one client have
/// in flight (200 changes by default, shared by all), and enough to hide the way to a server and back.
pub const DEFAULT_LIMIT: usize = 16;

/// How many writes to a collection go one by one before others are sent along with them.
const ONE_BY_ONE: usize = 12;

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

/// What a deed is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// Which deeds it may be done along with.
    pub lane: Lane,
    /// The collection that it writes to: `configmaps/shop`.
    pub collection: String,
    /// The object in it; empty where nothing else can be about the same one.
    pub name: String,
}

impl About {
    /// A write to an object.
    pub fn of(info: &Info) -> About {
        About {
            lane: Lane::of(&info.mapping.group, &info.mapping.kind),
            collection: format!("{}/{}", info.mapping.group_resource(), info.namespace),
            name: info.name.clone(),
        }
    }
}

/// `--concurrency`: how many writes may be on their way at a time.
///
/// # Errors
/// Less than one.
pub fn concurrency(parsed: &Parsed) -> Result<usize> {
    match usize::try_from(parsed.int("concurrency")) {
        Ok(limit @ 1..) => Ok(limit),
        _ => Err(Error::message("--concurrency must be at least 1")),
    }
}

/// A deed's place among the writes to its collection. Its own write may begin once all before it have begun.
#[derive(Debug)]
pub struct Turn {
    before: Option<oneshot::Receiver<()>>,
    after: Option<oneshot::Sender<()>>,
}

impl Turn {
    /// Does a write, or whatever ends a deed, when its turn has come; the next one's turn is when this one has begun.
    pub async fn take<T>(mut self, write: impl Future<Output = T>) -> T {
        if let Some(before) = self.before.take() {
            // One that ended without a write has passed its turn on too.
            let _ = before.await;
        }
        let mut write = std::pin::pin!(write);
        // The first step sends the request off.
        let begun = std::future::poll_fn(|context| Poll::Ready(write.as_mut().poll(context))).await;
        if let Some(after) = self.after.take() {
            let _ = after.send(());
        }
        match begun {
            Poll::Ready(result) => result,
            Poll::Pending => write.await,
        }
    }
}

type Deed<'a, T> = Pin<Box<dyn Future<Output = (T, Vec<Note>)> + 'a>>;

/// Deeds on their way.
pub struct InFlight<'a, T> {
    limit: usize,
    warnings: &'a Warnings,
    deeds: FuturesOrdered<Deed<'a, T>>,
    /// What each deed is about.
    about: VecDeque<About>,
    /// How many deeds of each collection have ended, and who is told when the last one's write begins.
    collections: HashMap<String, (usize, Option<oneshot::Receiver<()>>)>,
    /// How many deeds have ended.
    ended: usize,
}

impl<T> std::fmt::Debug for InFlight<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InFlight").field("about", &self.about).finish_non_exhaustive()
    }
}

impl<'a, T: 'a> InFlight<'a, T> {
    /// None yet, and never more than `limit` at a time. What the server warns of is written to `warnings`.
    pub fn new(limit: usize, warnings: &'a Warnings) -> Self {
        InFlight {
            limit: limit.max(1),
            warnings,
            deeds: FuturesOrdered::new(),
            about: VecDeque::new(),
            collections: HashMap::new(),
            ended: 0,
        }
    }

    /// Whether a deed has to wait for those on their way.
    pub fn must_wait(&self, about: &About) -> bool {
        if self.deeds.is_empty() {
            return false;
        }
        let ended = self.collections.get(&about.collection).map_or(0, |(ended, _)| *ended);
        self.deeds.len() >= self.limit.min(1 + self.ended)
            || self.about.iter().any(|other| {
                let together = other.collection == about.collection;
                other.lane != about.lane || (together && (ended < ONE_BY_ONE || (!about.name.is_empty() && other.name == about.name)))
            })
    }

    /// Sends a deed on its way. It makes way only while [`InFlight::next`] is waited for.
    pub fn begin<F: Future<Output = T> + 'a>(&mut self, about: About, deed: impl FnOnce(Turn) -> F) {
        let (sender, receiver) = oneshot::channel();
        let collection = self.collections.entry(about.collection.clone()).or_default();
        let turn = Turn {
            before: collection.1.replace(receiver),
            after: Some(sender),
        };
        self.about.push_back(about);
        self.deeds.push_back(Box::pin(warning::hold(deed(turn))));
    }

    /// The result of the deed that was begun first, once it is there; nothing if none is on its way. What it has to say
    /// on standard error is said.
    pub async fn next(&mut self) -> Option<T> {
        let (result, notes) = self.deeds.next().await?;
        self.warnings.release(notes);
        self.ended += 1;
        if let Some(about) = self.about.pop_front()
            && let Some((ended, _)) = self.collections.get_mut(&about.collection)
        {
            *ended += 1;
        }
        Some(result)
    }

    /// Whether a deed about this kind (`group/kind`) is on its way.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.about.iter().any(|about| matches!(&about.lane, Lane::Kind(own) if own == kind))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::{streams::Streams, world::World};

    fn warnings() -> Warnings {
        Warnings::new(&World {
            args: Vec::new(),
            env: HashMap::new(),
            directory: "/".into(),
            streams: Streams::captured("").0,
        })
    }

    fn about(group: &str, kind: &str, name: &str) -> About {
        About {
            lane: Lane::of(group, kind),
            collection: kind.to_owned(),
            name: name.to_owned(),
        }
    }

    #[tokio::test]
    async fn next_gives_results_in_the_order_of_beginning() {
        let warnings = warnings();
        let (sender, receiver) = oneshot::channel();
        let mut flight = InFlight::new(2, &warnings);
        flight.begin(about("", "ConfigMap", "a"), |_| async move {
            receiver.await.unwrap();
            1
        });
        flight.begin(about("", "Secret", "b"), |_| async move {
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
        let warnings = warnings();
        let mut flight = InFlight::new(3, &warnings);
        flight.begin(about("", "ConfigMap", "a"), |_| async {});
        assert!(flight.must_wait(&about("", "Secret", "a")), "the very first goes alone");
        flight.next().await;
        flight.begin(about("", "ConfigMap", "a"), |_| async {});
        assert!(!flight.must_wait(&about("apps", "Deployment", "a")));
        assert!(flight.must_wait(&about("", "Namespace", "a")));
        flight.begin(about("apps", "Deployment", "a"), |_| async {});
        assert!(flight.must_wait(&about("", "Secret", "b")), "one more with each that has ended");
        while flight.next().await.is_some() {}
        assert!(!flight.must_wait(&about("", "Namespace", "a")));
    }

    #[tokio::test]
    async fn must_wait_lets_a_collection_s_first_writes_go_one_by_one() {
        let warnings = warnings();
        let mut flight = InFlight::new(DEFAULT_LIMIT, &warnings);
        for number in 0..ONE_BY_ONE {
            flight.begin(about("", "ConfigMap", &number.to_string()), |_| async {});
            assert!(flight.must_wait(&about("", "ConfigMap", "next")), "{number}");
            flight.next().await;
        }
        flight.begin(about("", "ConfigMap", "a"), |_| async {});
        assert!(!flight.must_wait(&about("", "ConfigMap", "b")));
        assert!(flight.must_wait(&about("", "ConfigMap", "a")), "the same object");
        assert!(!flight.must_wait(&about("", "Secret", "a")));
    }

    #[tokio::test]
    async fn turns_come_in_the_order_of_beginning() {
        let warnings = warnings();
        let order = RefCell::new(Vec::new());
        let mut flight = InFlight::new(3, &warnings);
        let (sender, receiver) = oneshot::channel();
        let note = |number: u8| order.borrow_mut().push(number);
        flight.begin(about("", "ConfigMap", "a"), |turn| async move {
            // What comes before the write takes its time.
            receiver.await.unwrap();
            turn.take(async { note(1) }).await;
        });
        flight.begin(about("", "ConfigMap", "b"), |turn| async move {
            sender.send(()).unwrap();
            turn.take(async { note(2) }).await;
        });
        // Another collection waits for nobody.
        flight.begin(about("", "Secret", "c"), |turn| async move {
            turn.take(async { note(3) }).await;
        });
        while flight.next().await.is_some() {}
        assert_eq!(*order.borrow(), [3, 1, 2]);
    }
}
