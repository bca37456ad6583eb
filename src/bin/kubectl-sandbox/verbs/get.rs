//! One object.

use super::{Target, form::Form};
use crate::{
    answer::Answer,
    failure::{self, Result},
    server::{Request, Server},
    virtual_objects,
};

/// Answers with one object.
///
/// # Errors
/// 404 where there is none.
pub fn get(server: &Server, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let cluster = server.cluster.borrow();
    if let Some(made) = virtual_objects::get(&cluster, target)? {
        return Ok(form.answer(&cluster, target, 200, &made));
    }
    let object = cluster
        .store
        .get(target.resource.collection, &target.namespace, &target.name)
        .ok_or_else(|| failure::not_found(&target.resource, &target.name))?;
    Ok(form.answer(&cluster, target, 200, &object.value))
}
