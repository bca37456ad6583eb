//! What controllers do to objects: they create, change and delete them, and no check stands in their way.

use std::rc::Rc;

use kubectl_rs::api::OwnedValue;

use crate::{
    admission,
    cluster::{Cluster, has_generation},
    defaults, meta,
    registry::Resource,
    store::Object,
    strategy, verbs,
};

impl Cluster {
    /// Creates an object on a controller's behalf: it gets its defaults, its place and its identifier, and no check
    /// stands in its way.
    pub fn create(&mut self, resource: &Rc<Resource>, mut value: OwnedValue) -> Rc<Object> {
        value.set(&["apiVersion"], resource.api_version());
        value.set(&["kind"], resource.kind.clone());
        if meta::name(&value).is_empty() {
            let name = format!("{}{}", value.str_at(&["metadata", "generateName"]), self.random.suffix(5));
            value.set(&["metadata", "name"], name);
        }
        self.stamp(resource, &mut value);
        let status = value.get("status").cloned();
        strategy::before_create(self, resource, &mut value, "");
        if let Some(status) = status {
            value.set(&["status"], status);
        }
        defaults::apply(resource, &mut value);
        admission::complete(self, resource, &mut value);
        let object = self.put(resource.collection, value);
        strategy::after_write(self, resource, None, &object);
        object
    }

    /// Changes an object on a controller's behalf, if there is one and `change` changes anything.
    pub fn edit(
        &mut self,
        resource: &Rc<Resource>,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut OwnedValue),
    ) -> Option<Rc<Object>> {
        let old = Rc::clone(self.store.get(resource.collection, namespace, name)?);
        let mut value = old.value.clone();
        change(&mut value);
        if value == old.value {
            return Some(old);
        }
        if has_generation(resource) && value.get("spec") != old.value.get("spec") {
            value.set(&["metadata", "generation"], meta::generation(&old.value) + 1);
        }
        let object = self.put(resource.collection, value);
        Some(verbs::finish_deletion(self, resource, &object).unwrap_or(object))
    }

    /// Begins to delete an object on a controller's behalf.
    pub fn delete(&mut self, resource: &Rc<Resource>, namespace: &str, name: &str, propagation: Option<verbs::Propagation>) {
        if let Some(object) = self.store.get(resource.collection, namespace, name).cloned() {
            verbs::mark_deleting(self, resource, &object, None, propagation);
        }
    }
}
