//! What a request is about: a resource that exists, and perhaps an object.

use std::rc::Rc;

use crate::{
    cluster::Cluster,
    failure::{self, Result},
    registry::{Resource, Subresource},
    server::Place,
};

/// The resource and the place in it.
#[derive(Debug, Clone)]
pub struct Target {
    /// The resource.
    pub resource: Rc<Resource>,
    /// The namespace; empty for cluster-wide objects and for all namespaces.
    pub namespace: String,
    /// Whether the URL speaks of all namespaces of a namespaced resource.
    pub all_namespaces: bool,
    /// The object's name; empty for all.
    pub name: String,
    /// The subresource; empty for the object itself.
    pub subresource: String,
    /// Whether the URL is of the old form that watches.
    pub old_watch: bool,
}

impl Target {
    /// The target at `place`.
    ///
    /// # Errors
    /// Where there is no such resource, or none of that scope.
    pub fn find(cluster: &Cluster, place: Place) -> Result<Target> {
        let resource = cluster
            .registry
            .resource(&place.group, &place.version, &place.plural)
            .cloned()
            .ok_or_else(failure::no_such_path)?;
        if place.namespace.is_some() != resource.namespaced() {
            let spans_all = resource.namespaced() && place.name.is_empty();
            if !spans_all {
                return Err(failure::no_such_path());
            }
        }
        Ok(Target {
            all_namespaces: resource.namespaced() && place.namespace.is_none(),
            namespace: place.namespace.unwrap_or_default(),
            resource,
            name: place.name,
            subresource: place.subresource,
            old_watch: place.watch,
        })
    }

    /// The namespace to list; none for all.
    pub fn listed_namespace(&self) -> Option<&str> {
        (!self.all_namespaces).then_some(self.namespace.as_str())
    }

    /// The subresource's entry.
    ///
    /// # Errors
    /// Where the resource has no such part.
    pub fn sub(&self) -> Result<&Subresource> {
        self.resource.subresource(&self.subresource).ok_or_else(failure::no_such_path)
    }
}
