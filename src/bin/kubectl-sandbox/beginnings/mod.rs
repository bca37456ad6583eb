//! What a new cluster holds: what every cluster has, then the demo, or what was to be loaded.
//!
//! The demo is not a picture of a cluster but its history: manifests are applied days, hours and minutes ago, and the
//! controllers live through the time since, by a clock that is set by hand.

mod load;
mod nodes;

use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};
use kubectl_rs::{api::OwnedValue, patch};

use crate::{
    cluster::Cluster,
    controllers::{Key, Manager, Work},
    definitions, meta, yaml,
};

const SYSTEM: &str = include_str!("../../../../fixtures/sandbox/system.yaml");

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

macro_rules! demo {
    ($name:literal) => {
        include_str!(concat!("../../../../fixtures/sandbox/demo/", $name, ".yaml"))
    };
}

/// The demo: how many seconds ago what was applied.
const DEMO: [(i64, &str); 10] = [
    (12 * DAY, demo!("12d-kube-system")),
    (11 * DAY, demo!("11d-cluster")),
    (10 * DAY, demo!("10d-monitoring")),
    (9 * DAY, demo!("9d-bookshop")),
    (5 * DAY, demo!("5d-warehouse")),
    (2 * DAY, demo!("2d-reports")),
    (3 * HOUR, demo!("3h-trouble")),
    (40 * MINUTE, demo!("40m-more-trouble")),
    (20 * MINUTE, demo!("20m-release")),
    (2 * MINUTE, demo!("2m-search")),
];

/// What is under way when somebody looks.
const UNDER_WAY: (i64, &str) = (30, demo!("30s-search"));

/// Fills a new cluster, and leaves its clock at the present.
///
/// # Errors
/// What cannot be read.
pub fn fill(cluster: &mut Cluster, manager: &mut Manager, empty: bool, load: &[PathBuf]) -> Result<(), String> {
    let now = Timestamp::now();
    let demo = !empty && load.is_empty();
    let ago = |seconds: i64| now.saturating_sub(SignedDuration::from_secs(seconds)).unwrap_or(now);
    cluster.clock.set(if demo { ago(DEMO[0].0 + HOUR) } else { now });
    manager.note(Key::new(Work::OldEvents, "", ""));
    apply(cluster, SYSTEM)?;
    nodes::add(cluster);
    api_services(cluster);
    manager.live_until(cluster, cluster.clock.now());
    if demo {
        for (seconds, text) in DEMO.iter().chain([&UNDER_WAY]) {
            manager.live_until(cluster, ago(*seconds));
            apply(cluster, text)?;
        }
        manager.live_until(cluster, now);
        nodes::beat(cluster);
    }
    if !load.is_empty() {
        load::load(cluster, manager, load)?;
    }
    cluster.clock.release();
    // What came before anybody looked is no history to go back to.
    cluster.store.compact();
    Ok(())
}

/// Applies the objects of a manifest, as `kubectl apply` would.
fn apply(cluster: &mut Cluster, text: &str) -> Result<(), String> {
    for document in yaml::documents(text.as_bytes())? {
        put(cluster, document)?;
    }
    Ok(())
}

/// Creates an object, or changes the one that is there to what is given.
fn put(cluster: &mut Cluster, mut value: OwnedValue) -> Result<(), String> {
    let (version, kind) = (value.str_at(&["apiVersion"]).to_owned(), value.str_at(&["kind"]).to_owned());
    let resource = cluster
        .registry
        .kind(&version, &kind)
        .cloned()
        .ok_or_else(|| format!("no kind {kind:?} in version {version:?}"))?;
    if resource.namespaced() && meta::namespace(&value).is_empty() {
        value.set(&["metadata", "namespace"], "default");
    }
    if let Some(shape) = resource.shape() {
        let found = crate::schema::decode(crate::schema::Node::root(&shape), &mut value);
        if let Some(error) = found.error {
            return Err(format!("{kind} {}: {error}", meta::name(&value)));
        }
    }
    let (namespace, name) = (meta::namespace(&value).to_owned(), meta::name(&value).to_owned());
    if cluster.store.get(resource.collection, &namespace, &name).is_none() {
        cluster.create(&resource, value);
        return Ok(());
    }
    cluster.edit(&resource, &namespace, &name, |old| {
        let before = std::mem::take(old);
        *old = patch::merge::apply(before, value);
        crate::defaults::apply(&resource, old);
    });
    Ok(())
}

/// Every version of every group is served by the server itself.
fn api_services(cluster: &mut Cluster) {
    let Some(services) = cluster.built_in("apiregistration.k8s.io", "apiservices") else {
        return;
    };
    let versions: Vec<(String, String)> = cluster
        .registry
        .groups()
        .iter()
        .flat_map(|group| group.versions.iter().map(|version| (group.name.clone(), version.name.clone())))
        .collect();
    for (group, version) in versions {
        definitions::announce(cluster, &services, (&group, &version), "onstart", (17_800, 15));
    }
}
