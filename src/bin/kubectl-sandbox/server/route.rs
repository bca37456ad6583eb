//! From a URL to what answers it.

use std::rc::Rc;

use http::HeaderMap;

use super::{Place, Request, Server};
use crate::{
    answer::Answer,
    discovery, failure,
    failure::Result,
    report,
    verbs::{self, Target},
};

/// Whether `path` is answered to anybody.
pub fn is_open(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    matches!(first, "healthz" | "livez" | "readyz" | "version")
}

/// Whether the request bears the token.
pub fn is_known(headers: &HeaderMap, token: &str) -> bool {
    let given = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .unwrap_or_default()
        .trim();
    // As many steps for a wrong token as for the right one.
    given.len() == token.len() && given.bytes().zip(token.bytes()).fold(0, |wrong, (a, b)| wrong | (a ^ b)) == 0
}

/// Answers a request.
pub async fn answer(server: &Rc<Server>, request: Request) -> Answer {
    match place(server, &request) {
        Some(place) => match at_place(server, &request, place).await {
            Ok(answer) => answer,
            Err(failure) => failure.into(),
        },
        None => elsewhere(server, &request).await,
    }
}

/// The place that the path names, unless it is a document about places.
fn place(server: &Rc<Server>, request: &Request) -> Option<Place> {
    let place = Place::parse(&request.path)?;
    let cluster = server.cluster.borrow();
    cluster.registry.version(&place.group, &place.version)?;
    Some(place)
}

async fn elsewhere(server: &Rc<Server>, request: &Request) -> Answer {
    let path = request.path.trim_end_matches('/');
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let cluster = server.cluster.borrow();
    let found = match parts.as_slice() {
        [] => Some(discovery::paths(&cluster.registry)),
        ["version"] => Some(discovery::version()),
        ["healthz" | "livez" | "readyz", check @ ..] => Some(health(parts[0], check, request)),
        ["api"] | ["apis"] => discovery::root(&cluster.registry, parts[0], request.header("accept")),
        ["api", version] => discovery::resources(&cluster.registry, "", version),
        ["apis", group] => discovery::group(&cluster.registry, group),
        ["apis", group, version] => discovery::resources(&cluster.registry, group, version),
        ["openapi", rest @ ..] => server.documents.answer(&cluster, rest, request.header("accept")),
        ["sandbox", action] => {
            drop(cluster);
            return control(server, request, action).await;
        }
        _ => None,
    };
    found.unwrap_or_else(|| Answer::text(404, "404 page not found\n"))
}

/// What the sandbox itself is asked: how it is, to say when it is at rest, to forget old versions, to stop.
async fn control(server: &Rc<Server>, request: &Request, action: &str) -> Answer {
    match (request.method.as_str(), action) {
        ("GET", "status") => Answer::json(200, &report::report(server)),
        ("GET", "rest") => {
            server.rest().await;
            Answer::text(200, "at rest\n")
        }
        ("POST", "compact") => {
            server.cluster.borrow_mut().store.compact();
            Answer::text(200, "compacted\n")
        }
        ("POST", "stop") => {
            server.stop.ask();
            Answer::text(200, "stopping\n")
        }
        _ => Answer::text(404, "404 page not found\n"),
    }
}

fn health(which: &str, check: &[&str], request: &Request) -> Answer {
    const CHECKS: [&str; 4] = ["ping", "log", "etcd", "poststarthook/start-simulated-controllers"];
    if !check.is_empty() {
        let known = CHECKS.contains(&check.join("/").as_str());
        return if known {
            Answer::text(200, "ok")
        } else {
            Answer::text(404, "404 page not found\n")
        };
    }
    if request.query.get("verbose").is_none() {
        return Answer::text(200, "ok");
    }
    let lines: String = CHECKS.iter().map(|check| format!("[+]{check} ok\n")).collect();
    Answer::text(200, format!("{lines}{which} check passed\n"))
}

async fn at_place(server: &Rc<Server>, request: &Request, place: Place) -> Result<Answer> {
    let target = Target::find(&server.cluster.borrow(), place)?;
    if !target.subresource.is_empty() {
        return verbs::subresource(server, request, &target).await;
    }
    let watches = target.old_watch || request.query.flag("watch") && request.query.get("watch").is_some();
    let named = !target.name.is_empty();
    let verb = match (request.method.as_str(), named) {
        ("GET", _) if watches => "watch",
        ("GET", true) => "get",
        ("GET", false) => "list",
        ("POST", false) => "create",
        ("PUT", true) => "update",
        ("PATCH", true) => "patch",
        ("DELETE", true) => "delete",
        ("DELETE", false) => "deletecollection",
        _ => return Err(failure::method_not_allowed()),
    };
    if !target.resource.has_verb(verb) {
        return Err(failure::method_not_allowed());
    }
    let answer = match verb {
        "watch" => verbs::watch(server, request, &target),
        "get" => verbs::get(server, request, &target),
        "list" => verbs::list(server, request, &target),
        "create" => verbs::create(server, request, &target),
        "update" => verbs::update(server, request, &target),
        "patch" => verbs::patch(server, request, &target),
        "delete" => verbs::delete(server, request, &target),
        _ => verbs::delete_collection(server, request, &target),
    }?;
    Ok(answer.with_warnings(target.resource.deprecation().map(str::to_owned).into_iter().collect()))
}
