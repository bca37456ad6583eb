//! Changes by patches.

use kubectl_rs::{
    api::OwnedValue,
    patch::{self as patches, PatchError},
};

use super::{
    Target,
    form::{self, Form},
    from_version,
    options::WriteOptions,
    to_version,
    write::{Change, decode, store_update},
};
use crate::{
    answer::Answer,
    apply,
    cluster::Cluster,
    failure::{self, Result},
    schema::PatchSchema,
    server::{Request, Server},
};

/// The kinds of patches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// RFC 6902.
    Json,
    /// RFC 7386.
    Merge,
    /// Kubernetes' own.
    Strategic,
    /// What a manager wants.
    Apply,
}

impl Kind {
    /// The kind that the media type names.
    ///
    /// # Errors
    /// 415 for any other, and for a strategic patch of a custom resource.
    pub fn of(request: &Request, target: &Target) -> Result<Kind> {
        let custom = target.resource.custom.is_some();
        let kind = match request.content_type() {
            "application/json-patch+json" => Kind::Json,
            "application/merge-patch+json" => Kind::Merge,
            "application/strategic-merge-patch+json" if !custom => Kind::Strategic,
            "application/apply-patch+yaml" => Kind::Apply,
            _ => {
                let strategic = if custom { "" } else { "application/strategic-merge-patch+json, " };
                return Err(failure::unsupported_media_type(format!(
                    "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, {strategic}application/apply-patch+yaml"
                )));
            }
        };
        Ok(kind)
    }
}

/// Answers with the patched object.
///
/// # Errors
/// Whatever is wrong with the patch or with what it makes.
pub fn patch(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let options = WriteOptions::of(request)?;
    let kind = Kind::of(request, target)?;
    let mut cluster = server.cluster.borrow_mut();
    if kind == Kind::Apply {
        let (object, created, warnings) = apply::apply(&mut cluster, target, request, &options)?;
        let code = if created { 201 } else { 200 };
        return Ok(form.answer(&cluster, target, code, &object).with_warnings(warnings));
    }
    if request.query.get("force").is_some() {
        return Err(Box::new(kubectl_rs::api::Status {
            message: "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch".to_owned(),
            reason: "Invalid".to_owned(),
            code: 422,
            details: None,
        }));
    }
    let resource = &target.resource;
    let old = cluster
        .store
        .get(resource.collection, &target.namespace, &target.name)
        .cloned()
        .ok_or_else(|| failure::not_found(resource, &target.name))?;
    let shown = to_version(resource, &old.value).into_owned();
    let patched = apply_patch(kind, shown, request, target)?;
    let (object, warnings) = finish(&mut cluster, target, &old.value, patched, &options)?;
    Ok(form.answer(&cluster, target, 200, &object).with_warnings(warnings))
}

/// The object that a patch makes of `shown`.
///
/// # Errors
/// Whatever is wrong with the patch.
pub fn apply_patch(kind: Kind, shown: OwnedValue, request: &Request, target: &Target) -> Result<OwnedValue> {
    let patch = form::json_body(&request.body)?;
    match kind {
        Kind::Json => patches::json::apply(shown, patch).map_err(|error| {
            if error.malformed {
                failure::bad_request(error.message)
            } else {
                rejected()
            }
        }),
        Kind::Merge => {
            if patch.as_object().is_none() {
                return Err(failure::bad_request(
                    "json: cannot unmarshal array into Go value of type map[string]interface {}",
                ));
            }
            Ok(patches::merge::apply(shown, patch))
        }
        Kind::Strategic | Kind::Apply => {
            let shape = target.resource.shape();
            let place = shape.as_ref().map(PatchSchema::root);
            patches::strategic::apply(shown, patch, place.as_ref()).map_err(|PatchError { message, .. }| failure::bad_request(message))
        }
    }
}

/// What a server says of a patch that does not fit the object: no more than that.
fn rejected() -> failure::Failure {
    Box::new(kubectl_rs::api::Status {
        message: "the server rejected our request due to an error in our request".to_owned(),
        reason: "Invalid".to_owned(),
        code: 422,
        details: Some(kubectl_rs::api::StatusDetails::default()),
    })
}

fn finish(
    cluster: &mut Cluster,
    target: &Target,
    old: &OwnedValue,
    patched: OwnedValue,
    options: &WriteOptions,
) -> Result<(OwnedValue, Vec<String>)> {
    let resource = &target.resource;
    let mut warnings = Vec::new();
    let patched = decode(resource, patched, options.validation, &mut warnings)?;
    let name = patched.str_at(&["metadata", "name"]);
    if name != target.name {
        return Err(failure::bad_request(format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            target.name
        )));
    }
    let stored = cluster
        .registry
        .stored(resource.collection)
        .map_or_else(|| resource.api_version(), |stored| stored.api_version());
    let patched = from_version(resource, patched, &stored);
    let (object, more) = store_update(cluster, target, old, patched, options, Change::Update)?;
    warnings.extend(more);
    Ok((object, warnings))
}
