//! Which states a workload has had (kubectl's `history.go`).

use std::collections::BTreeMap;

use super::{REVISION, Workload, number};
use crate::{
    actions::{metadata::CHANGE_CAUSE, pods::label_selector},
    api::{Map, OwnedValue, Value, json, object, quote},
    client::{Client, Request},
    error::{Error, Result},
    patch::{NoSchema, strategic},
    resource::{ACCEPT_TYPED, Info, path},
};

/// The revision in an object's annotation; 0 without one.
///
/// # Errors
/// Go's sentence about what is no number.
pub(super) fn revision_of(object: &Value<'_>) -> Result<i64, String> {
    match object.at(&["metadata", "annotations", REVISION]).and_then(Value::as_str) {
        None => Ok(0),
        Some(text) => {
            let fault = |what: &str| format!("strconv.ParseInt: parsing {}: {what}", quote(text));
            let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(fault("invalid syntax"));
            }
            text.parse().map_err(|_| fault("value out of range"))
        }
    }
}

/// One state that a workload has had.
#[derive(Debug, Clone)]
pub struct State {
    /// Why it was made; empty where nobody said.
    pub cause: String,
    /// The pod template.
    pub template: OwnedValue,
    /// The object that stands for it: a deployment's replica set, another workload as it was.
    pub object: OwnedValue,
}

/// The states that a workload has had, by revision.
///
/// # Errors
/// What the server says, and states that make no sense.
pub async fn history(workload: Workload, info: &Info, client: &Client) -> Result<BTreeMap<i64, State>> {
    let mut states = BTreeMap::new();
    for (revision, object) in revisions(workload, info, client).await? {
        states.insert(revision, state(workload, object, &info.object)?);
    }
    Ok(states)
}

/// The replica sets or controller revisions that a workload has made, with their numbers. Those without a proper number do
/// not count.
///
/// # Errors
/// What the server says, and a selector that selects nothing.
pub(super) async fn revisions(workload: Workload, info: &Info, client: &Client) -> Result<Vec<(i64, OwnedValue)>> {
    let (name, owner) = (object::name(&info.object), &info.object);
    let (resource, kind, failure) = match workload {
        Workload::Deployment => (
            "replicasets",
            "ReplicaSet",
            format!("failed to retrieve replica sets from deployment {name}"),
        ),
        Workload::DaemonSet => (
            "controllerrevisions",
            "ControllerRevision",
            format!("unable to find history controlled by DaemonSet {name}"),
        ),
        Workload::StatefulSet => (
            "controllerrevisions",
            "ControllerRevision",
            format!("unable to find history controlled by StatefulSet {name}"),
        ),
    };
    let failed = |error: Error| Error::message(format!("{failure}: {error}"));
    let selector = label_selector(owner.at(&["spec", "selector"])).map_err(failed)?;
    let mut base = String::from("/apis/apps/v1/namespaces/");
    path::escape(&mut base, &info.namespace, false);
    base.push('/');
    base.push_str(resource);
    let request = Request::get(path::with_query(base, &[("labelSelector", &selector)])).accept(ACCEPT_TYPED);
    let answer = async { client.send(request).await?.bytes().await };
    let mut list = json::parse(&answer.await.map_err(failed)?)?.into_owned();
    let items = match list.as_object_mut().and_then(|list| list.remove("items")) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let owned = items.into_iter().filter(|item| {
        let uid = |controller: &Value<'_>| controller.str_at(&["uid"]) == object::uid(owner);
        object::controller(item).is_some_and(uid)
    });
    let numbered = owned.filter_map(|mut item| {
        item.set(&["apiVersion"], "apps/v1");
        item.set(&["kind"], kind);
        let number = match workload {
            Workload::Deployment => revision_of(&item).ok()?,
            Workload::DaemonSet | Workload::StatefulSet => number(&item, &["revision"]),
        };
        Some((number, item))
    });
    Ok(numbered.collect())
}

/// The state that a replica set or a controller revision stands for.
fn state(workload: Workload, item: OwnedValue, owner: &OwnedValue) -> Result<State> {
    let cause = object::annotation(&item, CHANGE_CAUSE).unwrap_or_default().to_owned();
    if workload == Workload::Deployment {
        let mut template = item.at(&["spec", "template"]).cloned().unwrap_or_default();
        if !cause.is_empty() {
            template.set(&["metadata", "annotations", CHANGE_CAUSE], cause.clone());
        }
        let object = item;
        return Ok(State { cause, template, object });
    }
    let object = as_it_was(&item, owner)?;
    let template = object.at(&["spec", "template"]).cloned().unwrap_or_default();
    Ok(State { cause, template, object })
}

/// A workload as a controller revision has kept it.
///
/// # Errors
/// Where what was kept makes no sense.
pub(super) fn as_it_was(revision: &OwnedValue, owner: &OwnedValue) -> Result<OwnedValue> {
    let data = revision.get("data").cloned().unwrap_or(Value::Object(Map::new()));
    strategic::apply::<NoSchema>(owner.clone(), data, None)
        .map_err(|_| Error::message(format!("unable to parse history {}", object::name(revision))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn state_of_a_controller_revision_is_the_workload_as_it_was() {
        let owner = object(r#"{"metadata":{"name":"s"},"spec":{"replicas":3,"template":{"spec":{"containers":[{"name":"new"}]}}}}"#);
        let revision = object(
            r#"{"metadata":{"annotations":{"kubernetes.io/change-cause":"why"}},
                "data":{"spec":{"template":{"$patch":"replace","spec":{"containers":[{"name":"old"}]}}}}}"#,
        );
        let state = state(Workload::StatefulSet, revision, &owner).unwrap();
        assert_eq!(state.cause, "why");
        assert_eq!(state.template, object(r#"{"spec":{"containers":[{"name":"old"}]}}"#));
        assert_eq!(state.object.int_at(&["spec", "replicas"]), Some(3));
    }
}
