//! Scales: how many replicas there are and are to be.

use std::rc::Rc;

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{
    Target,
    form::{self, Form},
    options::WriteOptions,
    patch::{Kind, apply_patch},
    write::{Change, store_update},
};
use crate::{
    answer::Answer,
    failure::{self, Result},
    path,
    registry::Resource,
    selector,
    server::{Request, Server},
    store::Object,
};

/// Answers with the scale of an object.
///
/// # Errors
/// 404 where there is no such object.
pub fn get(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let cluster = server.cluster.borrow();
    let object = cluster
        .store
        .get(target.resource.collection, &target.namespace, &target.name)
        .ok_or_else(|| failure::not_found(&target.resource, &target.name))?;
    let scale = scale_of(&target.resource, object);
    Ok(form.answer(&cluster, &scale_target(target), 200, &scale))
}

/// Changes the number of replicas, by a whole scale or by a patch of one.
///
/// # Errors
/// Whatever is wrong with the change.
pub fn change(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let options = WriteOptions::of(request)?;
    let mut cluster = server.cluster.borrow_mut();
    let resource = &target.resource;
    let old: Rc<Object> = cluster
        .store
        .get(resource.collection, &target.namespace, &target.name)
        .cloned()
        .ok_or_else(|| failure::not_found(resource, &target.name))?;
    let before = scale_of(resource, &old);
    let scale = if request.method == http::Method::PATCH {
        let of_scale = scale_target(target);
        let kind = Kind::of(request, &of_scale)?;
        match kind {
            Kind::Apply => kubectl_rs::patch::merge::apply(before, form::yaml_body(&request.body)?),
            kind => apply_patch(kind, before, request, &of_scale)?,
        }
    } else {
        form::body(request)?
    };
    check(&scale, target)?;
    let wanted = scale.int_at(&["spec", "replicas"]).unwrap_or_default();
    let mut value = old.value.clone();
    set_replicas(resource, &mut value, wanted);
    let version = scale.at(&["metadata", "resourceVersion"]).cloned().unwrap_or_default();
    value.set(&["metadata", "resourceVersion"], version);
    let object_itself = Target {
        subresource: "scale".to_owned(),
        ..target.clone()
    };
    let (object, warnings) = store_update(&mut cluster, &object_itself, &old.value, value, &options, Change::Update)?;
    let scale = scale_of(resource, &Object::new(object));
    Ok(form.answer(&cluster, &scale_target(target), 200, &scale).with_warnings(warnings))
}

fn check(scale: &OwnedValue, target: &Target) -> Result<()> {
    let wanted = scale.int_at(&["spec", "replicas"]).unwrap_or_default();
    if wanted < 0 {
        let resource = scale_target(target).resource;
        let cause = failure::wrong("spec.replicas", &Value::Int(wanted), "must be greater than or equal to 0");
        return Err(failure::invalid(&resource, &target.name, vec![cause]));
    }
    Ok(())
}

/// The target as it is for who shows a scale.
fn scale_target(target: &Target) -> Target {
    let resource = Resource {
        group: "autoscaling".to_owned(),
        version: "v1".to_owned(),
        plural: "scales".to_owned(),
        kind: "Scale".to_owned(),
        list_kind: "ScaleList".to_owned(),
        scope: target.resource.scope,
        ..Resource::default()
    };
    // The older autoscaler's version is not the stored one; a scale is shown as it is.
    Target {
        resource: Rc::new(Resource { custom: None, ..resource }),
        ..target.clone()
    }
}

fn set_replicas(resource: &Resource, value: &mut OwnedValue, wanted: i64) {
    let names = match resource.custom.as_ref().and_then(|custom| custom.scale.as_ref()) {
        Some(scale) => path::field_names(&scale.spec_replicas).unwrap_or_default(),
        None => vec!["spec".to_owned(), "replicas".to_owned()],
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    value.set(&names, wanted);
}

fn scale_of(resource: &Resource, object: &Object) -> OwnedValue {
    let value = &object.value;
    let custom = resource.custom.as_ref().and_then(|custom| custom.scale.as_ref());
    let number = |path: &str| path::find(value, path).first().and_then(|value| value.as_int()).unwrap_or_default();
    let (wanted, present, selector) = match custom {
        Some(scale) => {
            let selector = path::find(value, &scale.label_selector)
                .first()
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned();
            let selector = if scale.label_selector.is_empty() { String::new() } else { selector };
            (number(&scale.spec_replicas), number(&scale.status_replicas), selector)
        }
        None => {
            let field = value.at(&["spec", "selector"]).cloned().unwrap_or_default();
            let selector = if resource.plural == "replicationcontrollers" {
                let mut plain = Value::default();
                plain.set(&["matchLabels"], field);
                selector::format_label_selector(&plain)
            } else {
                selector::format_label_selector(&field)
            };
            (number(".spec.replicas"), number(".status.replicas"), selector)
        }
    };
    let mut metadata = Map::in_order();
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        if let Some(known) = value.at(&["metadata", field]) {
            metadata.insert(field, known.clone());
        }
    }
    let mut scale = Map::in_order();
    scale.insert("kind", "Scale");
    scale.insert("apiVersion", "autoscaling/v1");
    scale.insert("metadata", metadata);
    let mut spec = Map::new();
    if wanted != 0 {
        spec.insert("replicas", wanted);
    }
    scale.insert("spec", spec);
    let mut status = Map::in_order();
    status.insert("replicas", present);
    if !selector.is_empty() {
        status.insert("selector", selector);
    }
    scale.insert("status", status);
    Value::Object(scale)
}
