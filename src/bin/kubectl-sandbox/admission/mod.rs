//! What admission checks and adds: namespaces, accounts, priorities, classes, addresses.

mod pod;
mod service;

use kubectl_rs::api::{OwnedValue, Value};

use crate::{
    cluster::Cluster,
    failure::{self, Result},
    meta,
    registry::Resource,
    verbs,
};

/// Lets a new object in, with what admission adds to it.
///
/// # Errors
/// 404 where its namespace is missing, 403 where something forbids it.
pub fn create(cluster: &mut Cluster, resource: &Resource, value: &mut OwnedValue) -> Result<()> {
    if resource.namespaced() {
        check_namespace(cluster, resource, value)?;
    }
    if resource.is("", "pods") {
        pod::check(cluster, resource, value)?;
    }
    complete(cluster, resource, value);
    Ok(())
}

fn check_namespace(cluster: &Cluster, resource: &Resource, value: &OwnedValue) -> Result<()> {
    let Some(namespaces) = cluster.built_in("", "namespaces") else {
        return Ok(());
    };
    let name = meta::namespace(value).to_owned();
    match cluster.store.get(namespaces.collection, "", &name) {
        None => Err(failure::not_found(&namespaces, &name)),
        Some(namespace) if meta::is_deleting(&namespace.value) => Err(failure::forbidden(
            resource,
            meta::name(value),
            &format!("unable to create new content in namespace {name} because it is being terminated"),
        )),
        Some(_) => Ok(()),
    }
}

/// Adds what admission adds, without looking whether anything is forbidden.
pub fn complete(cluster: &mut Cluster, resource: &Resource, value: &mut OwnedValue) {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "pods") => pod::complete(cluster, value),
        ("", "persistentvolumeclaims") => {
            add_finalizer(value, "kubernetes.io/pvc-protection");
            if value.at(&["spec", "storageClassName"]).is_none_or(Value::is_null)
                && let Some(class) = default_class(
                    cluster,
                    "storage.k8s.io",
                    "storageclasses",
                    "storageclass.kubernetes.io/is-default-class",
                )
            {
                value.set(&["spec", "storageClassName"], class);
            }
        }
        ("", "persistentvolumes") => add_finalizer(value, "kubernetes.io/pv-protection"),
        ("networking.k8s.io", "ingresses") => {
            let named =
                !value.str_at(&["spec", "ingressClassName"]).is_empty() || meta::annotation(value, "kubernetes.io/ingress.class").is_some();
            if !named
                && let Some(class) = default_class(
                    cluster,
                    "networking.k8s.io",
                    "ingressclasses",
                    "ingressclass.kubernetes.io/is-default-class",
                )
            {
                value.set(&["spec", "ingressClassName"], class);
            }
        }
        ("", "secrets") => verbs::fill_secret(cluster, value),
        ("", "services") => {
            // What cannot be had is found out where it is asked for.
            let _ = service::allocate(cluster, resource, None, value);
        }
        _ => {}
    }
}

fn add_finalizer(value: &mut OwnedValue, name: &str) {
    if meta::is_deleting(value) || meta::finalizers(value).any(|finalizer| finalizer == name) {
        return;
    }
    let mut finalizers = value.items_at(&["metadata", "finalizers"]).to_vec();
    finalizers.push(Value::from(name.to_owned()));
    value.set(&["metadata", "finalizers"], finalizers);
}

fn default_class(cluster: &mut Cluster, group: &str, plural: &str, mark: &str) -> Option<String> {
    let id = cluster.collection(group, plural);
    cluster
        .store
        .list(id, None)
        .find(|class| meta::annotation(&class.value, mark) == Some("true"))
        .map(|class| class.name().to_owned())
}

/// Lets a change in.
///
/// # Errors
/// Where the change may not be.
pub fn update(cluster: &mut Cluster, resource: &Resource, subresource: &str, old: &OwnedValue, value: &mut OwnedValue) -> Result<()> {
    if subresource.is_empty() && resource.is("", "services") {
        service::keep(old, value);
    }
    let _ = cluster;
    Ok(())
}

/// Gives an object what the cluster has only once: addresses and ports.
///
/// # Errors
/// 422 where what the object asks for is taken.
pub fn allocate(cluster: &mut Cluster, resource: &Resource, old: Option<&OwnedValue>, value: &mut OwnedValue) -> Result<()> {
    if resource.is("", "services") {
        service::allocate(cluster, resource, old, value)?;
    }
    Ok(())
}
