//! New objects, and objects in place of others.

use std::rc::Rc;

use kubectl_rs::api::{OwnedValue, Value};

use super::{
    Target, finish_deletion,
    form::{self, Form},
    from_version,
    options::{FieldValidation, WriteOptions},
};
use crate::{
    admission,
    answer::Answer,
    cluster::{Cluster, has_generation},
    defaults,
    failure::{self, Result},
    managed::{self, Writer},
    meta,
    registry::Resource,
    schema::{self, Node},
    server::{Request, Server},
    strategy, validate,
};

/// Answers with the new object.
///
/// # Errors
/// Whatever is wrong with it.
pub fn create(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let options = WriteOptions::of(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let value = form::body(request)?;
    if let Some(answer) = crate::reviews::create(&mut cluster, target, &value, &request.user) {
        return answer;
    }
    let (object, warnings) = create_object(&mut cluster, target, value, &options, &request.user.name)?;
    Ok(form.answer(&cluster, target, 201, &object).with_warnings(warnings))
}

/// Creates an object from what a client sent.
///
/// # Errors
/// Whatever is wrong with it.
pub fn create_object(
    cluster: &mut Cluster,
    target: &Target,
    value: OwnedValue,
    options: &WriteOptions,
    user: &str,
) -> Result<(OwnedValue, Vec<String>)> {
    let resource = &target.resource;
    let mut warnings = Vec::new();
    let mut value = decode(resource, value, options.validation, &mut warnings)?;
    place_in_namespace(target, &mut value)?;
    if !value.str_at(&["metadata", "resourceVersion"]).is_empty() {
        return Err(failure::bad_request("resourceVersion should not be set on objects to be created"));
    }
    let mut value = from_version(resource, value, &stored_version(cluster, resource));
    defaults::apply(resource, &mut value);
    let writer = Writer::of(resource, &options.manager, "", cluster.clock.now());
    managed::update(resource, None, &mut value, &writer);
    let (object, more) = finish_creation(cluster, target, value, options, user)?;
    warnings.extend(more);
    Ok((object, warnings))
}

/// Creates the object that an apply to nothing means: its managers are settled.
///
/// # Errors
/// Whatever is wrong with it.
pub fn create_applied(
    cluster: &mut Cluster,
    target: &Target,
    mut value: OwnedValue,
    options: &WriteOptions,
) -> Result<(OwnedValue, Vec<String>)> {
    let resource = &target.resource;
    place_in_namespace(target, &mut value)?;
    let value = from_version(resource, value, &stored_version(cluster, resource));
    finish_creation(cluster, target, value, options, "")
}

/// The last steps of every creation: what the server adds, checks, the store.
fn finish_creation(
    cluster: &mut Cluster,
    target: &Target,
    mut value: OwnedValue,
    options: &WriteOptions,
    user: &str,
) -> Result<(OwnedValue, Vec<String>)> {
    let resource = &target.resource;
    generate_name(cluster, &mut value);
    cluster.stamp(resource, &mut value);
    clear_for_creation(&mut value);
    strategy::before_create(cluster, resource, &mut value, user);
    defaults::apply(resource, &mut value);
    admission::create(cluster, resource, &mut value)?;
    let causes = validate::create(cluster, resource, &value);
    let name = meta::name(&value).to_owned();
    if !causes.is_empty() {
        return Err(failure::invalid(resource, &name, causes));
    }
    if cluster.store.get(resource.collection, meta::namespace(&value), &name).is_some() {
        return Err(failure::already_exists(resource, &name));
    }
    let warnings = validate::warnings(resource, &value);
    admission::allocate(cluster, resource, None, &mut value)?;
    if options.dry_run {
        return Ok((value, warnings));
    }
    let object = cluster.put(resource.collection, value);
    strategy::after_write(cluster, resource, None, &object);
    Ok((object.value.clone(), warnings))
}

/// Answers with the object that now stands in place of the other.
///
/// # Errors
/// Whatever is wrong with it.
pub fn update(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let options = WriteOptions::of(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let mut warnings = Vec::new();
    let value = decode(&target.resource, form::body(request)?, options.validation, &mut warnings)?;
    let resource = &target.resource;
    let is_new = cluster.store.get(resource.collection, &target.namespace, &target.name).is_none();
    if is_new && may_begin_with_an_update(resource) {
        let (object, more) = create_object(&mut cluster, target, value, &options, &request.user.name)?;
        return Ok(form.answer(&cluster, target, 201, &object).with_warnings(more));
    }
    let value = from_version(resource, value, &stored_version(&cluster, resource));
    let (object, more) = update_object(&mut cluster, target, value, &options)?;
    warnings.extend(more);
    Ok(form.answer(&cluster, target, 200, &object).with_warnings(warnings))
}

/// Whether an update of an object that is not there creates it (`AllowCreateOnUpdate` of the registries).
fn may_begin_with_an_update(resource: &Resource) -> bool {
    matches!(
        (resource.group.as_str(), resource.plural.as_str()),
        ("", "services" | "endpoints" | "events" | "limitranges")
            | ("coordination.k8s.io", "leases")
            | ("rbac.authorization.k8s.io", _)
            | ("scheduling.k8s.io", "priorityclasses")
    )
}

/// Puts an object, already decoded and in its stored version, in place of the one of its name.
///
/// # Errors
/// Whatever is wrong with it.
pub fn update_object(
    cluster: &mut Cluster,
    target: &Target,
    mut value: OwnedValue,
    options: &WriteOptions,
) -> Result<(OwnedValue, Vec<String>)> {
    let resource = &target.resource;
    let name = meta::name(&value);
    if name != target.name {
        if name.is_empty() {
            return Err(failure::bad_request("name must be provided"));
        }
        return Err(failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            target.name
        )));
    }
    place_in_namespace(target, &mut value)?;
    let Some(old) = cluster.store.get(resource.collection, &target.namespace, &target.name).cloned() else {
        return Err(failure::not_found(resource, &target.name));
    };
    store_update(cluster, target, &old.value, value, options, Change::Update)
}

/// By which kind of request an object changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// An update or a patch.
    Update,
    /// An apply, which has settled who manages what.
    Apply,
}

/// The last steps of every change of an object that is there: checks, defaults, validation, the store.
///
/// # Errors
/// Whatever is wrong with it.
pub fn store_update(
    cluster: &mut Cluster,
    target: &Target,
    old: &OwnedValue,
    mut value: OwnedValue,
    options: &WriteOptions,
    change: Change,
) -> Result<(OwnedValue, Vec<String>)> {
    let resource = &target.resource;
    check_versions(resource, old, &value)?;
    keep_server_fields(old, &mut value);
    strategy::before_update(cluster, resource, &target.subresource, old, &mut value);
    defaults::apply(resource, &mut value);
    count_generation(resource, old, &mut value);
    admission::update(cluster, resource, &target.subresource, old, &mut value)?;
    let causes = validate::update(cluster, resource, &target.subresource, old, &value);
    if !causes.is_empty() {
        return Err(failure::invalid(resource, &target.name, causes));
    }
    let mut warnings = Vec::new();
    if target.subresource.is_empty() {
        warnings.extend(validate::warnings(resource, &value));
    }
    let writer = Writer::of(resource, &options.manager, &target.subresource, cluster.clock.now());
    if change == Change::Update {
        managed::update(resource, Some(old), &mut value, &writer);
    }
    admission::allocate(cluster, resource, Some(old), &mut value)?;
    if managed::same_but_for_times(old, &value) {
        return Ok((old.clone(), warnings));
    }
    if options.dry_run {
        return Ok((value, warnings));
    }
    let before = Rc::new(old.clone());
    let object = cluster.put(resource.collection, value);
    strategy::after_write(cluster, resource, Some(&before), &object);
    let object = finish_deletion(cluster, resource, &object).unwrap_or(object);
    Ok((object.value.clone(), warnings))
}

/// Brings what a client sent to the form of its type.
///
/// # Errors
/// 400 where it is of another kind, has wrong types or, in strict validation, unknown fields.
pub fn decode(resource: &Resource, mut value: OwnedValue, validation: FieldValidation, warnings: &mut Vec<String>) -> Result<OwnedValue> {
    check_kind(resource, &mut value)?;
    let cannot = |why: String| {
        failure::bad_request(format!(
            "{} in version {:?} cannot be handled as a {}: {why}",
            resource.kind, resource.version, resource.kind
        ))
    };
    let Some(shape) = resource.shape() else {
        return Ok(value);
    };
    let found = schema::decode(Node::root(&shape), &mut value);
    if let Some(error) = found.error {
        return Err(cannot(error));
    }
    let sentences: Vec<String> = found.unknown.iter().map(|path| format!("unknown field {path:?}")).collect();
    match validation {
        _ if sentences.is_empty() => {}
        FieldValidation::Ignore => {}
        FieldValidation::Warn => warnings.extend(sentences),
        FieldValidation::Strict => return Err(cannot(format!("strict decoding error: {}", sentences.join(", ")))),
    }
    Ok(value)
}

fn check_kind(resource: &Resource, value: &mut OwnedValue) -> Result<()> {
    if value.as_object().is_none() {
        return Err(failure::bad_request(
            "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }",
        ));
    }
    let wanted = resource.api_version();
    let (version, kind) = (value.str_at(&["apiVersion"]).to_owned(), value.str_at(&["kind"]).to_owned());
    if kind.is_empty() {
        value.set(&["kind"], resource.kind.clone());
    } else if kind != resource.kind {
        return Err(failure::bad_request(format!(
            "{kind} in version {:?} cannot be handled as a {}: no kind {kind:?} is registered for version {version:?} in scheme \"pkg/api/legacyscheme/scheme.go:30\"",
            version.rsplit('/').next().unwrap_or_default(),
            resource.kind,
        )));
    }
    if version.is_empty() {
        value.set(&["apiVersion"], wanted);
    } else if version != wanted {
        return Err(failure::bad_request(format!(
            "the API version in the data ({version}) does not match the expected API version ({wanted})"
        )));
    }
    Ok(())
}

fn place_in_namespace(target: &Target, value: &mut OwnedValue) -> Result<()> {
    if !target.resource.namespaced() {
        if let Some(Value::Object(metadata)) = value.at_mut(&["metadata"]) {
            metadata.remove("namespace");
        }
        return Ok(());
    }
    let given = meta::namespace(value);
    let wanted = match target.namespace.as_str() {
        "" => "default",
        namespace => namespace,
    };
    if !given.is_empty() && given != wanted {
        return Err(failure::bad_request(
            format!("the namespace of the provided object does not match the namespace sent on the request: {given} != {wanted}")
                .split(": ")
                .next()
                .unwrap_or_default(),
        ));
    }
    value.set(&["metadata", "namespace"], wanted.to_owned());
    Ok(())
}

fn stored_version(cluster: &Cluster, resource: &Resource) -> String {
    cluster
        .registry
        .stored(resource.collection)
        .map_or_else(|| resource.api_version(), |stored| stored.api_version())
}

fn generate_name(cluster: &mut Cluster, value: &mut OwnedValue) {
    if !meta::name(value).is_empty() {
        return;
    }
    let prefix = value.str_at(&["metadata", "generateName"]);
    if prefix.is_empty() {
        return;
    }
    // A name of 63 letters at most, five of them made up.
    let kept: String = prefix.chars().take(58).collect();
    let name = format!("{kept}{}", cluster.random.suffix(5));
    value.set(&["metadata", "name"], name);
}

/// What a client cannot set on a new object.
fn clear_for_creation(value: &mut OwnedValue) {
    if let Some(Value::Object(metadata)) = value.at_mut(&["metadata"]) {
        for key in ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"] {
            metadata.remove(key);
        }
    }
}

fn check_versions(resource: &Resource, old: &OwnedValue, value: &OwnedValue) -> Result<()> {
    let uid = meta::uid(value);
    if !uid.is_empty() && uid != meta::uid(old) {
        return Err(failure::conflict(
            resource,
            meta::name(old),
            &format!(
                "Precondition failed: UID in precondition: {uid}, UID in object meta: {}",
                meta::uid(old)
            ),
        ));
    }
    match value.str_at(&["metadata", "resourceVersion"]) {
        "" | "0" if !allows_unconditional_update(resource) => Err(failure::invalid(
            resource,
            meta::name(old),
            vec![failure::cause(
                "FieldValueInvalid",
                "metadata.resourceVersion",
                "Invalid value: 0: must be specified for an update".to_owned(),
            )],
        )),
        "" | "0" => Ok(()),
        version if version == old.str_at(&["metadata", "resourceVersion"]) => Ok(()),
        _ => Err(failure::modified(resource, meta::name(old))),
    }
}

fn allows_unconditional_update(resource: &Resource) -> bool {
    resource.custom.is_none()
        && !matches!(
            (resource.group.as_str(), resource.plural.as_str()),
            ("coordination.k8s.io", _)
                | ("discovery.k8s.io", _)
                | ("apiregistration.k8s.io", _)
                | ("apiextensions.k8s.io", _)
                | ("admissionregistration.k8s.io", _)
                | ("policy", _)
                | ("node.k8s.io", _)
        )
}

/// What an update cannot change about an object's metadata.
fn keep_server_fields(old: &OwnedValue, value: &mut OwnedValue) {
    for key in [
        "uid",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "resourceVersion",
        "selfLink",
    ] {
        match old.at(&["metadata", key]) {
            Some(kept) => value.set(&["metadata", key], kept.clone()),
            None => {
                value.object_at(&["metadata"]).remove(key);
            }
        }
    }
    if value.at(&["metadata", "generateName"]).is_none()
        && let Some(kept) = old.at(&["metadata", "generateName"])
    {
        value.set(&["metadata", "generateName"], kept.clone());
    }
}

/// A change of anything but metadata and status is a new generation.
fn count_generation(resource: &Resource, old: &OwnedValue, value: &mut OwnedValue) {
    if !has_generation(resource) {
        return;
    }
    let parts = |value: &OwnedValue| -> OwnedValue {
        let mut value = value.clone();
        if let Some(map) = value.as_object_mut() {
            map.remove("metadata");
            map.remove("status");
            map.remove("apiVersion");
        }
        value
    };
    if parts(old) != parts(value) {
        value.set(&["metadata", "generation"], meta::generation(old) + 1);
    }
}
