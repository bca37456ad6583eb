//! The kubelets of all nodes: they walk pods through their states, and tell of it as real ones do.

mod image;
mod logs;
mod pod;
mod probe;
mod program;
mod shell;
mod volumes;

pub use logs::{LogOptions, Logs};
pub use program::Program;

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use pod::PodLife;

use crate::{cluster::Cluster, meta};

/// What the kubelets know of their pods.
#[derive(Debug, Default)]
pub struct Kubelets {
    pods: HashMap<(String, String), PodLife>,
    /// Which images are on which node.
    images: HashSet<(String, String)>,
    /// The number of the next address of each node.
    addresses: HashMap<String, u32>,
}

impl Kubelets {
    /// Looks at a pod, and takes it as far as time allows. Says when to look again.
    pub fn look(&mut self, cluster: &mut Cluster, namespace: &str, name: &str) -> Option<Timestamp> {
        let key = (namespace.to_owned(), name.to_owned());
        let id = cluster.collection("", "pods");
        let Some(object) = cluster.store.get(id, namespace, name).cloned() else {
            self.pods.remove(&key);
            return None;
        };
        if object.value.str_at(&["spec", "nodeName"]).is_empty() {
            return None;
        }
        if cluster.still.contains(object.uid()) {
            // Yesterday's pod runs nowhere: nothing has to end before it goes.
            if meta::is_deleting(&object.value) {
                cluster.remove(id, namespace, name);
            }
            return None;
        }
        let mut life = match self.pods.remove(&key) {
            Some(life) if life.uid == object.uid() => life,
            _ => PodLife::begin(&object, cluster.clock.now()),
        };
        let again = life.look(cluster, self, &object);
        if !life.over {
            self.pods.insert(key, life);
        }
        again
    }

    /// Whether a pod is on its way to another state, and will be there by itself until `soon`.
    pub fn are_busy(&self, soon: Timestamp) -> bool {
        self.pods.values().any(|life| life.is_busy(soon))
    }

    /// The pods that wait for configuration or volumes, by namespace and name.
    pub fn waiting_for_volumes(&self) -> Vec<(String, String)> {
        self.pods
            .iter()
            .filter(|(_, life)| life.waits_for_objects())
            .map(|(key, _)| key.clone())
            .collect()
    }

    /// What a container of a pod wrote; an error in the words of a real kubelet where there is nothing to show.
    ///
    /// # Errors
    /// The sentence about a container that has not begun or never ended.
    pub fn logs(&self, namespace: &str, name: &str, container: &str, previous: bool) -> Result<Logs, String> {
        let life = self.pods.get(&(namespace.to_owned(), name.to_owned()));
        match life {
            Some(life) => life.logs(name, container, previous),
            None => Err(format!(
                "container {} in pod {} is waiting to start: ContainerCreating",
                kubectl_rs::api::quote(container),
                kubectl_rs::api::quote(name)
            )),
        }
    }

    /// Whether an image is on a node; from now on it is.
    fn fetch(&mut self, node: &str, image: &str) -> bool {
        !self.images.insert((node.to_owned(), image::full_name(image)))
    }

    /// A free address of a node's.
    fn address(&mut self, cluster: &mut Cluster, node: &str) -> String {
        let nodes = cluster.collection("", "nodes");
        let range = cluster
            .store
            .get(nodes, "", node)
            .map(|node| node.value.str_at(&["spec", "podCIDR"]).to_owned())
            .unwrap_or_default();
        let base = range.split('/').next().unwrap_or_default();
        let parts: Vec<u8> = base.split('.').filter_map(|part| part.parse().ok()).collect();
        let (a, b, c) = match parts.as_slice() {
            [a, b, c, _] => (*a, *b, *c),
            _ => (10, 244, 0),
        };
        let next = self.addresses.entry(node.to_owned()).or_insert(1);
        *next += 1;
        let number = *next;
        // Beyond the node's own range there is room in the ones above.
        let (block, host) = (number / 253, number % 253);
        let b = b.wrapping_add(u8::try_from(block / 256).unwrap_or_default());
        let c = c.wrapping_add(u8::try_from(block % 256).unwrap_or_default().wrapping_mul(8));
        format!("{a}.{b}.{c}.{}", host + 2)
    }
}
