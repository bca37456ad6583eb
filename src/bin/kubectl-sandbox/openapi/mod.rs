//! The OpenAPI documents: what `explain`, validation and merge keys are looked up in.
//!
//! The structure of the built-in types comes from the schema room, their descriptions from `k8s-openapi`. A document is
//! made when somebody asks for it, and kept.

mod custom;
mod descriptions;
mod paths;
mod proto;
mod schemas;

use std::{cell::RefCell, collections::HashMap};

use bytes::Bytes;
use kubectl_rs::api::{Map, OwnedValue, Value, json};

use crate::{
    answer::{Answer, JSON},
    cluster::Cluster,
    random::fnv,
    registry::Version,
};

pub use schemas::Reference;

/// The media type of the older document in protobuf, as clients ask for it.
const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// Documents that were made, by path.
#[derive(Debug, Default)]
pub struct Documents {
    made: RefCell<HashMap<String, (u64, Bytes)>>,
}

impl Documents {
    fn get(&self, cluster: &Cluster, key: &str, make: impl FnOnce() -> Vec<u8>) -> Bytes {
        let generation = cluster.schema_generation;
        if let Some((made, bytes)) = self.made.borrow().get(key)
            && *made == generation
        {
            return bytes.clone();
        }
        let bytes = Bytes::from(make());
        self.made.borrow_mut().insert(key.to_owned(), (generation, bytes.clone()));
        bytes
    }

    /// Answers a request below `/openapi`.
    pub fn answer(&self, cluster: &Cluster, parts: &[&str], accept: &str) -> Option<Answer> {
        match parts {
            ["v2"] => {
                let protobuf = accept.contains("proto-openapi.spec.v2");
                let key = if protobuf { "v2/protobuf" } else { "v2" };
                let bytes = self.get(cluster, key, || {
                    let document = older(cluster);
                    if protobuf { proto::document(&document) } else { to_json(&document) }
                });
                Some(Answer::bytes(200, if protobuf { PROTOBUF } else { JSON }, bytes))
            }
            ["v3"] => Some(Answer::json(200, &index(cluster))),
            ["v3", "api", version] => self.group(cluster, "", version),
            ["v3", "apis", group, version] => self.group(cluster, group, version),
            _ => None,
        }
    }

    fn group(&self, cluster: &Cluster, group: &str, version: &str) -> Option<Answer> {
        let found = cluster.registry.version(group, version)?;
        let bytes = self.get(cluster, &format!("v3/{group}/{version}"), || to_json(&document(group, found)));
        Some(Answer::bytes(200, JSON, bytes))
    }
}

fn to_json(value: &OwnedValue) -> Vec<u8> {
    let mut out = Vec::new();
    json::to_compact(&mut out, value);
    out
}

/// `/openapi/v3`: which documents there are.
fn index(cluster: &Cluster) -> OwnedValue {
    let mut paths = Map::new();
    for group in cluster.registry.groups() {
        for version in &group.versions {
            let path = match group.name.as_str() {
                "" => format!("api/{}", version.name),
                name => format!("apis/{name}/{}", version.name),
            };
            // A client keeps what it got under a hash; a custom resource's may be another in every sandbox.
            let mark = if group.custom {
                format!("{path}/{}/{}", cluster.schema_generation, cluster.identity)
            } else {
                format!("{path}/{}", env!("CARGO_PKG_VERSION"))
            };
            let hash: String = (0u8..8)
                .map(|round| format!("{:08X}", fnv(format!("{round}{mark}").as_bytes())))
                .collect();
            let mut entry = Map::new();
            entry.insert("serverRelativeURL", format!("/openapi/v3/{path}?hash={hash}"));
            paths.insert(path, entry);
        }
    }
    let mut value = Map::new();
    value.insert("paths", paths);
    Value::Object(value)
}

fn info() -> OwnedValue {
    let mut info = Map::new();
    info.insert("title", "Kubernetes");
    info.insert("version", "1.36");
    Value::Object(info)
}

/// The document of one version of a group.
fn document(group: &str, version: &Version) -> OwnedValue {
    let mut value = Map::in_order();
    value.insert("openapi", "3.0.0");
    value.insert("info", info());
    value.insert("paths", paths::of(group, version));
    let mut components = Map::new();
    components.insert("schemas", schemas::of(group, version, Reference::Components));
    value.insert("components", components);
    Value::Object(value)
}

/// The older document, of all groups in one.
fn older(cluster: &Cluster) -> OwnedValue {
    let mut definitions = Map::new();
    for group in cluster.registry.groups() {
        for version in &group.versions {
            for (name, schema) in schemas::of(&group.name, version, Reference::Definitions) {
                definitions.insert(name, schema);
            }
        }
    }
    let mut value = Map::in_order();
    value.insert("swagger", "2.0");
    value.insert("info", info());
    value.insert("paths", Map::new());
    value.insert("definitions", definitions);
    Value::Object(value)
}

#[cfg(test)]
mod tests;
