//! Server-side apply.

use kubectl_rs::api::{OwnedValue, Value};

use crate::{
    cluster::Cluster,
    failure::{self, Result},
    managed::{self, Writer},
    registry::Resource,
    server::Request,
    verbs::{self, FieldValidation, Target, WriteOptions, write},
};

/// A group and version as Go prints the two.
fn versioned(resource: &Resource) -> String {
    format!("{}/{}", resource.group, resource.version)
}

/// Applies what a manager wants; says whether the object is new.
///
/// # Errors
/// Whatever is wrong with it, and 409 where others manage what would change.
pub fn apply(cluster: &mut Cluster, target: &Target, request: &Request, options: &WriteOptions) -> Result<(OwnedValue, bool, Vec<String>)> {
    let resource = &target.resource;
    if request.query.text("fieldManager").is_empty() {
        return Err(Box::new(kubectl_rs::api::Status {
            message: "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch".to_owned(),
            reason: "Invalid".to_owned(),
            code: 422,
            details: None,
        }));
    }
    let mut warnings = Vec::new();
    let applied = verbs::yaml_body(&request.body)?;
    if applied.at(&["metadata", "managedFields"]).is_some_and(|fields| !fields.is_null()) {
        return Err(failure::bad_request("metadata.managedFields must be nil"));
    }
    let applied = write::decode(resource, applied, FieldValidation::Warn, &mut warnings)?;
    if let Some(path) = warnings.iter().find_map(|warning| warning.strip_prefix("unknown field ")) {
        return Err(failure::internal_as_said(format!(
            "failed to create typed patch object ({}/{}; {}, Kind={}): .{}: field not declared in schema",
            target.namespace,
            target.name,
            versioned(resource),
            resource.kind,
            path.trim_matches('"'),
        )));
    }
    let mut applied = applied;
    if applied.str_at(&["metadata", "name"]).is_empty() {
        applied.set(&["metadata", "name"], target.name.clone());
    }
    let name = applied.str_at(&["metadata", "name"]);
    if name != target.name {
        return Err(failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            target.name
        )));
    }
    let writer = Writer::of(resource, &options.manager, &target.subresource, cluster.clock.now());
    let old = cluster
        .store
        .get(resource.collection, &target.namespace, &target.name)
        .map(|object| object.value.clone());
    let wanted = {
        // What does not belong to the part that is applied to is nobody's wish.
        let mut wanted = applied.clone();
        if let Some(map) = wanted.as_object_mut() {
            match target.subresource.as_str() {
                "" if resource.subresource("status").is_some() => {
                    map.remove("status");
                }
                "status" => map.retain(|key, _| matches!(key, "apiVersion" | "kind" | "metadata" | "status")),
                _ => {}
            }
        }
        wanted
    };
    match old {
        None => {
            if !target.subresource.is_empty() {
                return Err(failure::not_found(resource, &target.name));
            }
            if !applied.str_at(&["metadata", "uid"]).is_empty() {
                return Err(failure::conflict(
                    resource,
                    &target.name,
                    "uid mismatch: the provided object specified uid, and no existing object was found",
                ));
            }
            let value = managed::apply(resource, None, &wanted, &writer, options.force)?;
            let (object, more) = write::create_applied(cluster, target, value, options)?;
            warnings.extend(more);
            Ok((object, true, warnings))
        }
        Some(old) => {
            let mut value = managed::apply(resource, Some(&old), &wanted, &writer, options.force)?;
            let version = applied.str_at(&["metadata", "resourceVersion"]);
            let version = match version {
                "" => old.at(&["metadata", "resourceVersion"]).cloned().unwrap_or_default(),
                given => Value::from(given.to_owned()),
            };
            value.set(&["metadata", "resourceVersion"], version);
            let (object, more) = write::store_update(cluster, target, &old, value, options, write::Change::Apply)?;
            warnings.extend(more);
            Ok((object, false, warnings))
        }
    }
}
