//! The cluster's state: the objects, the resources, the clock and the dice.

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
};

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};
use tokio::sync::Notify;

use crate::{
    clock::Clock,
    meta,
    random::Random,
    registry::{CollectionId, Registry, Resource},
    store::{Change, Object, Store},
};

/// The cluster, shared by the requests and the controllers of one thread.
pub type Shared = Rc<RefCell<Cluster>>;

/// Everything that there is.
#[derive(Debug)]
pub struct Cluster {
    /// The objects.
    pub store: Store,
    /// The resources.
    pub registry: Registry,
    /// The time.
    pub clock: Clock,
    /// Names and identifiers.
    pub random: Random,
    /// Woken when controllers have something to look at.
    pub wake: Rc<Notify>,
    /// The identifiers of yesterday's objects, which stay as they are.
    pub still: HashSet<String>,
    /// What their containers wrote, by the pod's namespace and name, with a slash between them, and the container.
    pub old_logs: HashMap<(String, String), String>,
    /// The pods that no node was found for yet.
    pub unscheduled: BTreeSet<(String, String)>,
    /// Which event told what.
    pub told: HashMap<String, String>,
    /// Since when services wait for their load balancers.
    pub asked_for_balancer: HashMap<String, Timestamp>,
    /// For which time each cron job has run last, by the time that schedules go by.
    pub scheduled: HashMap<String, Timestamp>,
    /// The certificate of the cluster's authority, which every namespace holds.
    pub authority: String,
    /// What tells this cluster from all others.
    pub identity: String,
    /// How often the custom resources changed, for those who keep documents about them.
    pub schema_generation: u64,
}

impl Cluster {
    /// An empty cluster.
    pub fn new(clock: Clock, mut random: Random) -> Self {
        let identity = random.hex(16);
        Cluster {
            store: Store::default(),
            registry: Registry::built_in(),
            clock,
            random,
            wake: Rc::new(Notify::new()),
            still: HashSet::new(),
            old_logs: HashMap::new(),
            unscheduled: BTreeSet::new(),
            told: HashMap::new(),
            asked_for_balancer: HashMap::new(),
            scheduled: HashMap::new(),
            authority: String::new(),
            schema_generation: 0,
            identity,
        }
    }

    /// The collection of a built-in resource.
    pub fn collection(&mut self, group: &str, plural: &str) -> CollectionId {
        self.registry.collection(group, plural)
    }

    /// The built-in resource in its stored version.
    pub fn built_in(&self, group: &str, plural: &str) -> Option<Rc<Resource>> {
        self.registry.stored(self.registry.built_in_collection(group, plural)?).cloned()
    }

    /// Fills in what the server gives every new object: identifier, time, generation.
    pub fn stamp(&mut self, resource: &Resource, value: &mut OwnedValue) {
        let now = meta::format_time(self.clock.now());
        let uid = self.random.uid();
        value.set(&["metadata", "uid"], uid);
        value.set(&["metadata", "creationTimestamp"], now);
        if has_generation(resource) {
            value.set(&["metadata", "generation"], 1i64);
        } else if let Some(Value::Object(metadata)) = value.at_mut(&["metadata"]) {
            metadata.remove("generation");
        }
    }

    /// Notes that the custom resources changed.
    pub fn schemas_changed(&mut self) {
        self.schema_generation += 1;
    }

    /// The changes since the last call.
    pub fn take_changes(&mut self) -> Vec<(CollectionId, Change)> {
        self.store.take_changes()
    }

    /// Whether there are changes that nobody has taken.
    pub fn has_changes(&self) -> bool {
        self.store.has_changes()
    }

    /// Stores an object, new or not, and wakes the controllers.
    pub fn put(&mut self, collection: CollectionId, value: OwnedValue) -> Rc<Object> {
        let object = self.store.put(collection, value);
        self.wake.notify_one();
        object
    }

    /// Takes an object out and wakes the controllers.
    pub fn remove(&mut self, collection: CollectionId, namespace: &str, name: &str) -> Option<Rc<Object>> {
        let object = self.store.remove(collection, namespace, name);
        self.wake.notify_one();
        object
    }
}

/// Whether the server counts the generations of a resource's objects.
pub fn has_generation(resource: &Resource) -> bool {
    if resource.custom.is_some() {
        return true;
    }
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods" | "replicationcontrollers" | "podtemplates") => true,
        ("apps", plural) => plural != "controllerrevisions",
        ("batch" | "policy" | "autoscaling" | "flowcontrol.apiserver.k8s.io" | "apiextensions.k8s.io", _) => {
            resource.plural != "horizontalpodautoscalers"
        }
        ("networking.k8s.io", plural) => matches!(plural, "ingresses" | "ingressclasses" | "networkpolicies"),
        ("discovery.k8s.io", "endpointslices") => true,
        ("admissionregistration.k8s.io", _) => true,
        ("scheduling.k8s.io", "priorityclasses") => true,
        _ => false,
    }
}
