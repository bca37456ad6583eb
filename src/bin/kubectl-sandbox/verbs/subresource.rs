//! The parts of objects that have URLs of their own.

use std::rc::Rc;

use super::{Target, evict, log, scale, token};
use crate::{
    answer::Answer,
    failure::{self, Result},
    server::{Request, Server},
};

/// Answers a request about a part of an object.
///
/// # Errors
/// 404 where the resource has no such part, 405 where this cannot be done with it.
pub async fn subresource(server: &Rc<Server>, request: &Request, target: &Target) -> Result<Answer> {
    let sub = target.sub()?;
    let verb = match request.method.as_str() {
        "GET" => "get",
        "PUT" => "update",
        "PATCH" => "patch",
        "POST" => "create",
        "DELETE" => "delete",
        _ => "",
    };
    if !sub.verbs.iter().any(|known| known == verb) {
        return Err(failure::method_not_allowed());
    }
    match (sub.name.as_str(), verb) {
        ("scale", "get") => scale::get(server, request, target),
        ("scale", _) => scale::change(server, request, target),
        ("eviction", _) => evict::evict(server, request, target),
        ("binding", _) => evict::bind(server, request, target),
        ("token", _) => token::create(server, request, target),
        ("log", _) => log::log(server, request, target),
        ("exec" | "attach" | "portforward" | "proxy", _) => Err(failure::not_simulated(&sub.name)),
        (_, "get") => super::get(server, request, target),
        (_, "update") => super::update(server, request, target),
        (_, "patch") => super::patch(server, request, target),
        _ => Err(failure::method_not_allowed()),
    }
}
