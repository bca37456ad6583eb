//! Objects that nobody stores: they are made when somebody asks.

use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::{
    cluster::Cluster,
    failure::{self, Result},
    meta, metrics,
    verbs::Target,
};

/// One object of a resource whose objects are made; none for all others.
///
/// # Errors
/// 404 where there is no such object.
pub fn get(cluster: &Cluster, target: &Target) -> Result<Option<OwnedValue>> {
    let Some(all) = list(cluster, target) else {
        return Ok(None);
    };
    let found = all
        .into_iter()
        .find(|object| meta::name(object) == target.name && meta::namespace(object) == target.namespace);
    match found {
        Some(object) => Ok(Some(object)),
        None if target.resource.group == "metrics.k8s.io" => {
            let name = match target.namespace.as_str() {
                "" => target.name.clone(),
                namespace => format!("{namespace}/{}", target.name),
            };
            let mut resource = (*target.resource).clone();
            resource.plural = resource.kind.to_lowercase();
            Err(failure::not_found(&resource, &name))
        }
        None => Err(failure::not_found(&target.resource, &target.name)),
    }
}

/// All objects of a resource whose objects are made; none for all others.
pub fn list(cluster: &Cluster, target: &Target) -> Option<Vec<OwnedValue>> {
    let now = cluster.clock.now();
    match (target.resource.group.as_str(), target.resource.plural.as_str()) {
        ("", "componentstatuses") => Some(
            ["controller-manager", "etcd-0", "scheduler"]
                .iter()
                .map(|name| component(name))
                .collect(),
        ),
        ("metrics.k8s.io", "pods") => {
            let pods = cluster.registry.built_in_collection("", "pods")?;
            Some(
                cluster
                    .store
                    .list(pods, target.listed_namespace())
                    .filter_map(|pod| metrics::pod(&pod.value, now))
                    .collect(),
            )
        }
        ("metrics.k8s.io", "nodes") => {
            let nodes = cluster.registry.built_in_collection("", "nodes")?;
            Some(
                cluster
                    .store
                    .list(nodes, None)
                    .map(|node| metrics::node(cluster, &node.value, now))
                    .collect(),
            )
        }
        _ => None,
    }
}

fn component(name: &str) -> OwnedValue {
    let mut condition = Map::in_order();
    condition.insert("type", "Healthy");
    condition.insert("status", "True");
    condition.insert("message", "ok");
    let mut value = Value::Object(Map::new());
    value.set(&["kind"], "ComponentStatus");
    value.set(&["apiVersion"], "v1");
    value.set(&["metadata", "name"], name.to_owned());
    value.set(&["conditions"], vec![Value::Object(condition)]);
    value
}
