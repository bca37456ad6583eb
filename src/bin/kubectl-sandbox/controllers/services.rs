//! Load balancers: what a cloud would give a service that asks for one.

use std::time::Duration;

use jiff::Timestamp;
use kubectl_rs::api::{Map, Value};

use super::find;
use crate::{
    cluster::Cluster,
    events::{self, Event},
    meta,
};

const COMPONENT: &str = "service-controller";
/// How long a cloud takes to make a load balancer.
const TAKES: Duration = Duration::from_secs(4);

/// Gives a service its load balancer, after a while.
pub fn look(cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
    let service = find(cluster, "", "services", namespace, name)?;
    let value = &service.value;
    let resource = cluster.built_in("", "services")?;
    let has_address = !value.items_at(&["status", "loadBalancer", "ingress"]).is_empty();
    if value.str_at(&["spec", "type"]) != "LoadBalancer" {
        if has_address {
            cluster.edit(&resource, namespace, name, |value| {
                value.set(&["status", "loadBalancer"], Map::new());
            });
        }
        return None;
    }
    // Another class of load balancers is somebody else's business.
    if has_address || !value.str_at(&["spec", "loadBalancerClass"]).is_empty() {
        return None;
    }
    let since = cluster.asked_for_balancer.get(service.uid()).copied();
    let Some(since) = since else {
        let now = cluster.clock.now();
        cluster.asked_for_balancer.insert(service.uid().to_owned(), now);
        events::record(
            cluster,
            value,
            Event::normal(COMPONENT, "EnsuringLoadBalancer", "Ensuring load balancer"),
        );
        return Some(cluster.clock.after(TAKES));
    };
    if let Some(left) = TAKES.checked_sub(cluster.clock.passed_since(since)).filter(|left| !left.is_zero()) {
        return Some(cluster.clock.after(left));
    }
    let address = match value.str_at(&["spec", "loadBalancerIP"]) {
        "" => format!("203.0.113.{}", 10 + cluster.random.below(240)),
        asked => asked.to_owned(),
    };
    let mut point = Map::new();
    point.insert("ip", address);
    point.insert("ipMode", "VIP");
    cluster.edit(&resource, namespace, name, |value| {
        value.set(&["status", "loadBalancer", "ingress"], vec![Value::Object(point)]);
    });
    cluster.asked_for_balancer.remove(meta::uid(value));
    events::record(
        cluster,
        value,
        Event::normal(COMPONENT, "EnsuredLoadBalancer", "Ensured load balancer"),
    );
    None
}
