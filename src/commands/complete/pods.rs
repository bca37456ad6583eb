//! Pods, what has pods, and what is in a pod.

use std::time::Duration;

use super::{directive, objects, offers::Behind};
use crate::{
    actions::pods,
    api::{OwnedValue, Value, json, object},
    args::Unfinished,
    client::Request,
    context::Context,
    error::{Error, Result},
    resource::path,
};

/// The types whose objects have pods, in kubectl's order.
const TYPES: [&str; 8] = [
    "daemonsets",
    "deployments",
    "pods",
    "jobs",
    "replicasets",
    "replicationcontrollers",
    "services",
    "statefulsets",
];

/// How long to wait for the first pod of something that has none.
const PATIENCE: Duration = Duration::from_millis(100);

/// What kubectl's typed clients accept, and what `get` accepts.
const ACCEPT_TYPED: &str = "application/json, */*";
const ACCEPT: &str = "application/json";

/// What a pod, `type/name`, or what comes behind one of them may become.
pub(super) async fn complete(line: &Unfinished, behind: Behind, context: &Context) -> (Vec<String>, u64) {
    let word = line.word.as_str();
    let candidates = match (&line.args[..], behind) {
        ([], _) => match word.split_once('/') {
            Some((kind, name)) => objects::paths(context, kind, name).await,
            None => return names(context, word).await,
        },
        ([_], Behind::Container) => containers_of(line, context).await,
        ([pod], Behind::Port) => {
            let pod = found(context, pod).await;
            pod.map(|pod| ports(&pod, word)).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    (
        candidates.into_iter().filter(|candidate| candidate.starts_with(word)).collect(),
        directive::NO_FILES,
    )
}

/// Pods, and the types that lead to others. Where there is no pod, no space comes behind a type.
async fn names(context: &Context, word: &str) -> (Vec<String>, u64) {
    let mut candidates = objects::names(context, None, "pod", word).await;
    let directive = if candidates.is_empty() {
        directive::NO_FILES | directive::NO_SPACE
    } else {
        directive::NO_FILES
    };
    candidates.extend(TYPES.iter().filter(|kind| kind.starts_with(word)).map(|kind| format!("{kind}/")));
    (candidates, directive)
}

/// The containers of the pod that the first argument names or leads to.
pub(super) async fn containers_of(line: &Unfinished, context: &Context) -> Vec<String> {
    let Some(pod) = line.args.first() else { return Vec::new() };
    let Ok(pod) = found(context, pod).await else { return Vec::new() };
    pods::containers(&pod)
        .filter(|container| container.role != pods::Role::Ephemeral)
        .map(|container| container.name.to_owned())
        .filter(|name| name.starts_with(&line.word))
        .collect()
}

/// The ports of a pod's containers, each behind the local port that is typed, or else behind the same port: `80:80`.
fn ports(pod: &Value<'_>, typed: &str) -> Vec<String> {
    let local = typed.split(':').next().unwrap_or_default();
    let containers = pod.items_at(&["spec", "containers"]).iter();
    let ports = containers.flat_map(|container| container.items_at(&["ports"]));
    ports
        .filter_map(|port| port.int_at(&["containerPort"]))
        .map(|port| {
            if typed.is_empty() {
                format!("{port}:{port}")
            } else {
                format!("{local}:{port}")
            }
        })
        .collect()
}

/// The pod of a name, or the first pod of `type/name`.
async fn found(context: &Context, word: &str) -> Result<OwnedValue> {
    let namespace = context.namespace()?.name;
    let name = match word.split_once('/') {
        None => word.to_owned(),
        Some((kind, name)) => {
            let mut mapping = context.discovery()?.resolve(kind).await?;
            let object = loop {
                match get(context, path::of(&mapping, &namespace, name, ""), ACCEPT_TYPED).await {
                    Ok(object) => break object,
                    Err(error) => mapping = context.discovery()?.reconsider(&mapping, error).await?,
                }
            };
            match (mapping.group.as_str(), mapping.resource.as_str()) {
                ("", "pods") => name.to_owned(),
                _ => {
                    let (namespace, labels) = pods::selector(&object)?;
                    let pods = pods::selected(context.client()?, &namespace, &labels, PATIENCE).await?;
                    let first = pods.first().ok_or_else(|| Error::message("no pod"))?;
                    object::name(first).to_owned()
                }
            }
        }
    };
    let mapping = context.discovery()?.resolve("pod").await?;
    get(context, path::of(&mapping, &namespace, &name, ""), ACCEPT).await
}

async fn get(context: &Context, path: String, accept: &'static str) -> Result<OwnedValue> {
    let response = context.client()?.send(Request::get(path).accept(accept)).await?;
    Ok(json::parse(&response.bytes().await?)?.into_owned())
}
