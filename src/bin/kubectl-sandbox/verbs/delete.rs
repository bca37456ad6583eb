//! Removal: at once, after a grace, after finalizers, with or without what an object owns.

use std::{rc::Rc, time::Duration};

use kubectl_rs::api::{OwnedValue, Value};

use super::{
    Target,
    form::Form,
    list::{Filter, page},
    options::{DeleteOptions, ListOptions, Propagation},
    to_version,
};
use crate::{
    answer::Answer,
    cluster::{Cluster, has_generation},
    failure::{self, Result},
    meta,
    registry::Resource,
    server::{Request, Server},
    store::Object,
    strategy,
};

/// Who waits for the objects that an object owns.
pub const FOREGROUND: &str = "foregroundDeletion";
/// Who lets the objects that an object owns go.
pub const ORPHAN: &str = "orphan";

/// Answers with the object that is being deleted, or with a success where it is gone.
///
/// # Errors
/// 404 where there is none, 409 where a precondition does not hold.
pub fn delete(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let options = DeleteOptions::of(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let (object, gone) = delete_object(&mut cluster, &target.resource, &target.namespace, &target.name, &options)?;
    let resource = &target.resource;
    let warnings = match options.propagation {
        None if resource.is("batch", "jobs") => vec![
            "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning"
                .to_owned(),
        ],
        _ => Vec::new(),
    };
    let returns_object = matches!(
        (resource.group.as_str(), resource.plural.as_str()),
        (
            "",
            "pods" | "services" | "serviceaccounts" | "persistentvolumes" | "persistentvolumeclaims" | "podtemplates" | "resourcequotas"
        )
    );
    if gone && !returns_object {
        let status = failure::success(resource, &target.name, object.uid());
        return Ok(Answer::json(200, &status).with_warnings(warnings));
    }
    Ok(form.answer(&cluster, target, 200, &object.value).with_warnings(warnings))
}

/// Answers with the list of what was deleted.
///
/// # Errors
/// 400 for selectors and options that make no sense.
pub fn delete_collection(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let options = DeleteOptions::of(request)?;
    let filter = Filter::of(request, &target.resource)?;
    let list_options = ListOptions::of(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let page = page(&cluster.store, target, &filter, &list_options)?;
    let mut items: Vec<OwnedValue> = Vec::new();
    for object in &page.objects {
        match delete_object(&mut cluster, &target.resource, object.namespace(), object.name(), &options) {
            Ok((object, _)) => items.push(to_version(&target.resource, &object.value).into_owned()),
            // Somebody else may have been quicker.
            Err(failure) if failure.is("NotFound") => {}
            Err(failure) => return Err(failure),
        }
    }
    let mut value = kubectl_rs::api::Map::in_order();
    value.insert("kind", target.resource.list_kind.clone());
    value.insert("apiVersion", target.resource.api_version());
    value.insert("metadata", {
        let mut metadata = kubectl_rs::api::Map::in_order();
        metadata.insert("resourceVersion", cluster.store.revision().to_string());
        metadata
    });
    value.insert("items", items);
    Ok(Answer::json(200, &Value::Object(value)))
}

/// Deletes an object, and says whether it is gone already.
///
/// # Errors
/// 404 where there is none, 409 where a precondition does not hold.
pub fn delete_object(
    cluster: &mut Cluster,
    resource: &Rc<Resource>,
    namespace: &str,
    name: &str,
    options: &DeleteOptions,
) -> Result<(Rc<Object>, bool)> {
    let object = cluster
        .store
        .get(resource.collection, namespace, name)
        .cloned()
        .ok_or_else(|| failure::not_found(resource, name))?;
    check_preconditions(resource, &object, options)?;
    strategy::before_delete(resource, &object)?;
    if options.dry_run {
        return Ok((object, true));
    }
    Ok(mark_deleting(cluster, resource, &object, options.grace, options.propagation))
}

fn check_preconditions(resource: &Resource, object: &Object, options: &DeleteOptions) -> Result<()> {
    let name = object.name();
    if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != object.uid()) {
        let why = format!(
            "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
            object.uid()
        );
        return Err(failure::conflict(resource, name, &why));
    }
    let have = object.value.str_at(&["metadata", "resourceVersion"]);
    if let Some(version) = options.version.as_deref().filter(|version| *version != have) {
        let why = format!("Precondition failed: ResourceVersion in precondition: {version}, ResourceVersion in object meta: {have}");
        return Err(failure::conflict(resource, name, &why));
    }
    Ok(())
}

/// Begins to delete an object, and ends it too where nothing keeps the object. Says whether it is gone.
pub fn mark_deleting(
    cluster: &mut Cluster,
    resource: &Rc<Resource>,
    object: &Rc<Object>,
    grace: Option<i64>,
    propagation: Option<Propagation>,
) -> (Rc<Object>, bool) {
    let mut value = object.value.clone();
    set_propagation(resource, &mut value, propagation);
    let grace = grace_of(resource, &value, grace);
    let kept = meta::finalizers(&value).next().is_some() || strategy::has_own_finalizer(resource, &value);
    if grace == 0 && !kept {
        let last = cluster.remove(resource.collection, object.namespace(), object.name());
        let last = last.unwrap_or_else(|| Rc::clone(object));
        // Who deletes a pod at once is answered with the pod as it went.
        let last = match resource.is("", "pods") {
            true => {
                let mut value = last.value.clone();
                set_deadline(cluster, resource, &mut value, 0);
                Rc::new(Object::new(value))
            }
            false => last,
        };
        strategy::after_delete(cluster, resource, &last);
        return (last, true);
    }
    let earlier = value.int_at(&["metadata", "deletionGracePeriodSeconds"]);
    if meta::is_deleting(&value) {
        // A grace can only become shorter.
        if earlier.is_some_and(|earlier| grace >= earlier) && value == object.value {
            return (Rc::clone(object), false);
        }
        if earlier.is_some_and(|earlier| grace < earlier) {
            set_deadline(cluster, resource, &mut value, grace);
        }
    } else {
        set_deadline(cluster, resource, &mut value, grace);
        if has_generation(resource) {
            let next = meta::generation(&value) + 1;
            value.set(&["metadata", "generation"], next);
        }
    }
    strategy::deleting(resource, &mut value);
    let object = cluster.put(resource.collection, value);
    strategy::after_write(cluster, resource, None, &object);
    (object, false)
}

fn set_deadline(cluster: &Cluster, resource: &Resource, value: &mut OwnedValue, grace: i64) {
    let seconds = u64::try_from(grace).unwrap_or_default();
    let deadline = cluster
        .clock
        .now()
        .saturating_add(jiff::SignedDuration::try_from(Duration::from_secs(seconds)).unwrap_or_default())
        .unwrap_or(jiff::Timestamp::MAX);
    value.set(&["metadata", "deletionTimestamp"], meta::format_time(deadline));
    // A namespace ends by itself.
    if !resource.is("", "namespaces") {
        value.set(&["metadata", "deletionGracePeriodSeconds"], grace);
    }
}

/// How long an object has, in seconds. Only a pod that runs somewhere has any time.
fn grace_of(resource: &Resource, value: &OwnedValue, asked: Option<i64>) -> i64 {
    if !resource.is("", "pods") {
        return 0;
    }
    let ended = matches!(value.str_at(&["status", "phase"]), "Succeeded" | "Failed");
    if ended || value.str_at(&["spec", "nodeName"]).is_empty() {
        return 0;
    }
    asked
        .or_else(|| value.int_at(&["spec", "terminationGracePeriodSeconds"]))
        .unwrap_or(30)
        .max(0)
}

fn set_propagation(resource: &Resource, value: &mut OwnedValue, propagation: Option<Propagation>) {
    let habit = match (resource.group.as_str(), resource.plural.as_str()) {
        ("batch", "jobs") | ("", "replicationcontrollers") => Propagation::Orphan,
        _ => Propagation::Background,
    };
    let has = |wanted: &str| meta::finalizers(value).any(|finalizer| finalizer == wanted);
    let propagation = match propagation {
        Some(propagation) => propagation,
        None if has(FOREGROUND) => Propagation::Foreground,
        None if has(ORPHAN) => Propagation::Orphan,
        None => habit,
    };
    let mut finalizers: Vec<String> = meta::finalizers(value)
        .filter(|finalizer| *finalizer != FOREGROUND && *finalizer != ORPHAN)
        .map(str::to_owned)
        .collect();
    match propagation {
        Propagation::Background => {}
        Propagation::Foreground => finalizers.push(FOREGROUND.to_owned()),
        Propagation::Orphan => finalizers.push(ORPHAN.to_owned()),
    }
    set_finalizers(value, finalizers);
}

/// Sets the finalizers; the field goes where there are none.
pub fn set_finalizers(value: &mut OwnedValue, finalizers: Vec<String>) {
    if finalizers.is_empty() {
        if let Some(Value::Object(metadata)) = value.at_mut(&["metadata"]) {
            metadata.remove("finalizers");
        }
    } else {
        let list: Vec<OwnedValue> = finalizers.into_iter().map(Value::from).collect();
        value.set(&["metadata", "finalizers"], list);
    }
}

/// Removes an object whose deletion nothing holds up any more.
pub fn finish_deletion(cluster: &mut Cluster, resource: &Rc<Resource>, object: &Rc<Object>) -> Option<Rc<Object>> {
    let value = &object.value;
    let waits = meta::finalizers(value).next().is_some()
        || strategy::has_own_finalizer(resource, value)
        || value.int_at(&["metadata", "deletionGracePeriodSeconds"]).unwrap_or_default() > 0;
    if !meta::is_deleting(value) || waits {
        return None;
    }
    let last = cluster.remove(resource.collection, object.namespace(), object.name())?;
    strategy::after_delete(cluster, resource, &last);
    Some(last)
}
