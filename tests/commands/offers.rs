//! A server that says what it offers, for the commands that ask for that.

use crate::server::{Asked, Reply};

/// What the fixtures' server offers; `None` where something else is asked for.
pub fn answer(asked: &Asked) -> Option<Reply> {
    let body = match asked.path.split('?').next() {
        Some("/api") => include_str!("../../fixtures/discovery/api.aggregated.json"),
        Some("/apis") => include_str!("../../fixtures/discovery/apis.aggregated.json"),
        _ => return None,
    };
    Some(discovery(body))
}

/// An offer of these resources of the core group, in namespaces: their names and kinds.
pub fn offer(resources: &[(&str, &str)]) -> Reply {
    let resources = resources.iter().map(|(name, kind)| {
        format!(
            r#"{{"resource":"{name}","responseKind":{{"group":"","version":"v1","kind":"{kind}"}},"scope":"Namespaced","verbs":["get","list"]}}"#
        )
    });
    let resources = resources.collect::<Vec<_>>().join(",");
    aggregated(&format!(
        r#"{{"metadata":{{}},"versions":[{{"version":"v1","resources":[{resources}]}}]}}"#
    ))
}

/// An offer of these groups, parted by commas.
pub fn aggregated(groups: &str) -> Reply {
    discovery(&format!(
        r#"{{"kind":"APIGroupDiscoveryList","apiVersion":"apidiscovery.k8s.io/v2","items":[{groups}]}}"#
    ))
}

fn discovery(body: &str) -> Reply {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList\r\nConnection: close";
    let length = body.len();
    Reply::Bytes(format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}").into_bytes())
}

/// The server's refusal.
pub fn refusal(code: u16, reason: &str, message: &str) -> Reply {
    let status =
        format!(r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{message}","reason":"{reason}","code":{code}}}"#);
    Reply::Json(code, status)
}
