//! The pods that belong to an object, and the containers in a pod: what `logs`, `attach`, `exec` and others choose from.
//!
//! The rules and texts are those of kubectl's `polymorphichelpers` and `podutils`.

use std::{io::Write, time::Duration};

use tokio::time::Instant;

use super::watch::{Kind, Watch};
use crate::{
    api::{OwnedValue, Value, json, object, quote, selector::Selector, sort, time},
    args::Parsed,
    client::{Client, Request},
    error::{Error, Result},
    printers::form::list_of,
    resource::{Gather, Objects, Query, Site, path},
    streams::Streams,
};

/// What kubectl's typed clients accept.
const ACCEPT: &str = "application/json, */*";

/// Kinds whose `spec.selector` is a label selector, by group and version.
const SELECTING: &[(&str, &[&str])] = &[
    ("ReplicaSet", &["extensions/v1beta1", "apps/v1", "apps/v1beta2"]),
    ("StatefulSet", &["apps/v1", "apps/v1beta1", "apps/v1beta2"]),
    ("DaemonSet", &["extensions/v1beta1", "apps/v1", "apps/v1beta2"]),
    ("Deployment", &["extensions/v1beta1", "apps/v1", "apps/v1beta1", "apps/v1beta2"]),
    ("Job", &["batch/v1"]),
];

/// The annotation that names the container to take where none is named.
pub const DEFAULT_CONTAINER: &str = "kubectl.kubernetes.io/default-container";

/// A container of a pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Container<'a> {
    /// Its name.
    pub name: &'a str,
    /// What kind of container it is.
    pub role: Role,
}

/// What a container is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It runs before the others.
    Init,
    /// It is what the pod is for.
    Main,
    /// It was added to a running pod.
    Ephemeral,
}

/// All containers of a pod: init containers, main ones, ephemeral ones.
pub fn containers<'a>(pod: &'a Value<'_>) -> impl Iterator<Item = Container<'a>> {
    [
        ("initContainers", Role::Init),
        ("containers", Role::Main),
        ("ephemeralContainers", Role::Ephemeral),
    ]
    .into_iter()
    .flat_map(move |(list, role)| {
        pod.items_at(&["spec", list]).iter().map(move |container| Container {
            name: container.str_at(&["name"]),
            role,
        })
    })
}

/// The names of all containers of a pod, as messages list them: `app, debug (ephem), prepare (init)`.
pub fn container_names(pod: &Value<'_>) -> String {
    let of = |role, mark: &'static str| {
        containers(pod)
            .filter(move |container| container.role == role)
            .map(move |container| format!("{}{mark}", container.name))
    };
    let names: Vec<String> = of(Role::Main, "")
        .chain(of(Role::Ephemeral, " (ephem)"))
        .chain(of(Role::Init, " (init)"))
        .collect();
    names.join(", ")
}

/// An object's type as Go names it: `*v1.Node`.
pub fn go_type(object: &Value<'_>) -> String {
    let (_, version) = object::group_version(object);
    format!("*{version}.{}", object.str_at(&["kind"]))
}

/// The namespace and the label selector of the pods that belong to an object.
///
/// # Errors
/// For an object that no pods belong to.
pub fn selector(object: &Value<'_>) -> Result<(String, String)> {
    let (kind, version) = (object.str_at(&["kind"]), object.str_at(&["apiVersion"]));
    let selector = object.at(&["spec", "selector"]);
    let labels = match (kind, version) {
        ("ReplicationController", "v1") => pairs(selector),
        ("Service", "v1") => match pairs(selector) {
            labels if labels.is_empty() => {
                let name = object::name(object);
                return Err(Error::message(format!(
                    "invalid service '{name}': Service is defined without a selector"
                )));
            }
            labels => labels,
        },
        _ if SELECTING
            .iter()
            .any(|(name, versions)| *name == kind && versions.contains(&version)) =>
        {
            label_selector(selector)?
        }
        _ => return Err(Error::message(format!("selector for {} not implemented", go_type(object)))),
    };
    Ok((object::namespace(object).to_owned(), labels))
}

/// Labels as a selector: `app=till,tier=front`.
fn pairs(labels: Option<&Value<'_>>) -> String {
    let labels = labels.and_then(Value::as_object);
    let pairs: Vec<String> = labels
        .into_iter()
        .flat_map(|labels| labels.iter())
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.join(",")
}

/// A `LabelSelector` as text, its requirements by key: `app=till,tier in (back,front)`.
///
/// # Errors
/// For one that makes no sense.
pub fn label_selector(selector: Option<&Value<'_>>) -> Result<String> {
    let selector = selector.map(Selector::from_label_selector).transpose();
    let selector = selector.map_err(|error| Error::message(format!("invalid label selector: {error}")))?;
    Ok(selector.flatten().map_or(String::new(), |selector| selector.to_string()))
}

/// The pods that a selector selects, the one most worth looking at first. Where there are none, the first that appears.
///
/// # Errors
/// What the server says; `timed out waiting for the condition` where no pod has appeared after `timeout`.
pub async fn selected(client: &Client, namespace: &str, labels: &str, timeout: Duration) -> Result<Vec<OwnedValue>> {
    selected_by(client, (namespace, labels), timeout, by_logging).await
}

async fn selected_by(
    client: &Client,
    (namespace, labels): (&str, &str),
    timeout: Duration,
    order: fn(&OwnedValue, &OwnedValue) -> bool,
) -> Result<Vec<OwnedValue>> {
    let base = format!("/api/v1/namespaces/{}/pods", escaped(namespace));
    let path = path::with_query(base.clone(), &[("labelSelector", labels)]);
    let bytes = client
        .send(Request::get(path).accept(ACCEPT).about("", "pods", ""))
        .await?
        .bytes()
        .await?;
    let mut list = json::parse(&bytes)?.into_owned();
    let version = list.str_at(&["metadata", "resourceVersion"]).to_owned();
    let items = list
        .as_object_mut()
        .and_then(|list| list.get_mut("items"))
        .and_then(Value::as_array_mut);
    let mut pods = items.map(std::mem::take).unwrap_or_default();
    if !pods.is_empty() {
        pods.iter_mut().for_each(name_kind);
        sort::sort(&mut pods, order);
        return Ok(pods);
    }
    let parameters = [("labelSelector", labels), ("resourceVersion", &version), ("watch", "true")];
    let deadline = Instant::now() + timeout;
    let mut watch = Watch::open(client, path::with_query(base, &parameters), ACCEPT).await?;
    loop {
        let event = tokio::time::timeout_at(deadline, watch.next()).await;
        let event = event.map_err(|_| Error::message("timed out waiting for the condition"))?;
        match event {
            Some(event) if matches!(event.kind, Kind::Added | Kind::Modified) => return Ok(vec![event.object]),
            Some(_) => {}
            None => return Err(Error::message("watch closed before UntilWithoutRetry timeout")),
        }
    }
}

/// What a session is opened with: an object, and a pod that belongs to it.
#[derive(Debug, Clone)]
pub struct Target {
    /// What was named.
    pub object: OwnedValue,
    /// The pod: itself, or of several the one that is most active.
    pub pod: OwnedValue,
}

impl Target {
    /// Finds the object that a query names, and its pod, which may take up to `timeout` to appear.
    ///
    /// # Errors
    /// An object that is not there, or that has no pods.
    pub async fn find(query: &Query, timeout: Duration, site: &Site<'_>) -> Result<Target> {
        let plan = query.plan(site).await?;
        let mut infos = Gather::typed(Objects::Latest).each(plan, query, site).await?;
        let object = match infos.len() {
            1 => infos.remove(0).object,
            // kubectl makes a list of all else.
            _ => list_of(Vec::new()),
        };
        if object.str_at(&["kind"]) == "Pod" && object.str_at(&["apiVersion"]) == "v1" {
            let pod = object.clone();
            return Ok(Target { object, pod });
        }
        let (namespace, labels) =
            selector(&object).map_err(|error| Error::message(format!("cannot attach to {}: {error}", go_type(&object))))?;
        let pods = selected_by(site.client, (&namespace, &labels), timeout, by_activity).await?;
        let pod = pods.into_iter().next().unwrap_or_default();
        Ok(Target { object, pod })
    }

    /// How long a pod may take to appear (`--pod-running-timeout`).
    ///
    /// # Errors
    /// No time at all.
    pub fn timeout(parsed: &Parsed) -> Result<Duration> {
        let timeout = parsed.duration("pod-running-timeout");
        match timeout.is_zero() {
            false => Ok(timeout),
            true => Err(Error::Usage {
                message: "--pod-running-timeout must be higher than zero".to_owned(),
                command: parsed.path().to_owned(),
            }),
        }
    }

    /// The words of a query for `name`, which alone is a pod's.
    pub fn words(name: &str) -> Vec<String> {
        match name.contains('/') {
            true => vec![name.to_owned()],
            false => vec![format!("pods/{name}")],
        }
    }
}

/// Refuses a pod that has ended; `doing` is what cannot be done with it.
///
/// # Errors
/// Where the pod has ended.
pub fn check_runs(pod: &Value<'_>, doing: &str) -> Result<()> {
    match pod.str_at(&["status", "phase"]) {
        phase @ ("Succeeded" | "Failed") => Err(Error::message(format!(
            "cannot {doing} a container in a completed pod; current phase is {phase}"
        ))),
        _ => Ok(()),
    }
}

/// The container of a pod that is meant: the named one, else the one that the pod's annotation names, else the first,
/// which is said unless `quiet`.
///
/// # Errors
/// A container that is not there, or a pod without any.
pub fn container(pod: &Value<'_>, name: &str, quiet: bool, streams: &Streams) -> Result<String> {
    let has = |name: &str| containers(pod).any(|container| container.name == name);
    if !name.is_empty() {
        return match has(name) {
            true => Ok(name.to_owned()),
            false => Err(Error::message(format!("container {name} not found in pod {}", object::name(pod)))),
        };
    }
    let Some(first) = pod.items_at(&["spec", "containers"]).first() else {
        let (namespace, name) = (object::namespace(pod), object::name(pod));
        return Err(Error::message(format!("pod {namespace}/{name} does not have any containers")));
    };
    let named = pod.str_at(&["metadata", "annotations", DEFAULT_CONTAINER]);
    if !named.is_empty() && has(named) {
        return Ok(named.to_owned());
    }
    let first = first.str_at(&["name"]);
    if !quiet && containers(pod).count() > 1 {
        let all = container_names(pod);
        writeln!(streams.err(), "Defaulted container {} out of: {all}", quote(first))?;
    }
    Ok(first.to_owned())
}

fn escaped(part: &str) -> String {
    let mut text = String::new();
    path::escape(&mut text, part, false);
    text
}

/// Pods in a list do not say what they are.
fn name_kind(pod: &mut OwnedValue) {
    pod.set(&["apiVersion"], "v1");
    pod.set(&["kind"], "Pod");
}

/// Whether pod `a` is more worth looking at than `b`: on a node, running, ready, ready for longer, restarted more often,
/// older (podutils' `ByLogging`).
fn by_logging(a: &OwnedValue, b: &OwnedValue) -> bool {
    let phase = |pod: &OwnedValue| match pod.str_at(&["status", "phase"]) {
        "Unknown" => 1,
        "Pending" => 2,
        // What has ended counts as what runs.
        _ => 0,
    };
    comes_first(a, b, phase, |a, b| a > b)
}

/// Whether pod `a` is more active than `b`: as [`by_logging`], but restarted less often, and what has ended last (podutils'
/// `ActivePods`, from its end).
fn by_activity(a: &OwnedValue, b: &OwnedValue) -> bool {
    let phase = |pod: &OwnedValue| match pod.str_at(&["status", "phase"]) {
        "Running" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    comes_first(a, b, phase, |a, b| a < b)
}

/// Whether pod `a` comes before `b`, by their phases and how often they were restarted besides what always counts.
fn comes_first(a: &OwnedValue, b: &OwnedValue, phase: fn(&OwnedValue) -> u8, restarted: fn(i64, i64) -> bool) -> bool {
    let node = |pod: &OwnedValue| !pod.str_at(&["spec", "nodeName"]).is_empty();
    if node(a) != node(b) {
        return node(a);
    }
    if phase(a) != phase(b) {
        return phase(a) < phase(b);
    }
    let (ready_a, ready_b) = (ready_since(a), ready_since(b));
    if ready_a.is_some() != ready_b.is_some() {
        return ready_a.is_some();
    }
    if let (Some(a), Some(b)) = (ready_a, ready_b)
        && a != b
    {
        return before_or_never(a, b);
    }
    let restarts = |pod: &OwnedValue| {
        let counts = pod.items_at(&["status", "containerStatuses"]).iter();
        counts
            .filter_map(|status| status.int_at(&["restartCount"]))
            .max()
            .unwrap_or(0)
            .max(0)
    };
    if restarts(a) != restarts(b) {
        return restarted(restarts(a), restarts(b));
    }
    let created = |pod: &OwnedValue| time::parse(pod.str_at(&["metadata", "creationTimestamp"]));
    created(a) != created(b) && before_or_never(created(a), created(b))
}

/// Since when a pod is ready, if it is; the time itself may be missing.
fn ready_since(pod: &OwnedValue) -> Option<Option<jiff::Timestamp>> {
    let conditions = pod.items_at(&["status", "conditions"]);
    let ready = conditions.iter().find(|condition| condition.str_at(&["type"]) == "Ready")?;
    (ready.str_at(&["status"]) == "True").then(|| time::parse(ready.str_at(&["lastTransitionTime"])))
}

/// Whether `a` comes before `b`; a missing time comes after all others.
fn before_or_never(a: Option<jiff::Timestamp>, b: Option<jiff::Timestamp>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a < b,
        (_, b) => b.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(text: &str) -> OwnedValue {
        json::parse(text.as_bytes()).unwrap().into_owned()
    }

    #[test]
    fn selector_of_workloads_is_their_label_selector_in_order() {
        let deployment = object(
            r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"namespace":"n"},"spec":{"selector":{"matchLabels":{"b":"1","a":"2"},
                "matchExpressions":[{"key":"x","operator":"In","values":["z","y"]},{"key":"q","operator":"DoesNotExist"}]}}}"#,
        );
        assert_eq!(selector(&deployment).unwrap(), ("n".to_owned(), "a=2,b=1,!q,x in (y,z)".to_owned()));
        let controller =
            object(r#"{"apiVersion":"v1","kind":"ReplicationController","metadata":{},"spec":{"selector":{"b":"1","a":"2"}}}"#);
        assert_eq!(selector(&controller).unwrap().1, "a=2,b=1");
    }

    #[test]
    fn selector_of_what_has_no_pods_says_what_kubectl_says() {
        let sentence = |text: &str| selector(&object(text)).unwrap_err().to_string();
        assert_eq!(
            sentence(r#"{"apiVersion":"v1","kind":"Node"}"#),
            "selector for *v1.Node not implemented"
        );
        assert_eq!(
            sentence(r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{}}"#),
            "invalid service 's': Service is defined without a selector"
        );
        let odd = r#"{"apiVersion":"batch/v1","kind":"Job","spec":{"selector":{"matchExpressions":[{"key":"x","operator":"Gt","values":["1"]}]}}}"#;
        assert_eq!(
            sentence(odd),
            "invalid label selector: \"Gt\" is not a valid label selector operator"
        );
    }

    #[test]
    fn container_names_marks_those_that_are_not_main() {
        let pod = object(
            r#"{"spec":{"initContainers":[{"name":"i"}],"containers":[{"name":"a"},{"name":"b"}],"ephemeralContainers":[{"name":"e"}]}}"#,
        );
        assert_eq!(container_names(&pod), "a, b, e (ephem), i (init)");
    }

    #[test]
    fn by_activity_puts_what_has_ended_last_and_what_was_restarted_later() {
        let pods = [
            r#"{"metadata":{"name":"a"},"spec":{"nodeName":"n"},"status":{"phase":"Succeeded"}}"#,
            r#"{"metadata":{"name":"b"},"spec":{"nodeName":"n"},"status":{"phase":"Running","containerStatuses":[{"restartCount":3}]}}"#,
            r#"{"metadata":{"name":"c"},"spec":{"nodeName":"n"},"status":{"phase":"Running"}}"#,
        ];
        let mut pods: Vec<OwnedValue> = pods.into_iter().map(object).collect();
        sort::sort(&mut pods, by_activity);
        let names: Vec<&str> = pods.iter().map(|pod| object::name(pod)).collect();
        assert_eq!(names, ["c", "b", "a"]);
    }

    #[test]
    fn container_is_the_named_one_or_the_default_or_the_first() {
        let pod = |default: &str| {
            object(&format!(
                r#"{{"metadata":{{"name":"p","namespace":"n","annotations":{{"{DEFAULT_CONTAINER}":"{default}"}}}},"spec":{{"containers":[{{"name":"a"}},{{"name":"b"}}]}}}}"#
            ))
        };
        let found = |default: &str, name: &str, quiet: bool| {
            let (streams, _, err) = Streams::captured("");
            let found = container(&pod(default), name, quiet, &streams).map_err(|error| error.to_string());
            (found, err.text())
        };
        let said = "Defaulted container \"a\" out of: a, b\n";
        assert_eq!(found("b", "", false), (Ok("b".to_owned()), String::new()));
        assert_eq!(found("gone", "", false), (Ok("a".to_owned()), said.to_owned()));
        assert_eq!(found("", "", true), (Ok("a".to_owned()), String::new()));
        assert_eq!(found("", "x", false).0, Err("container x not found in pod p".to_owned()));
    }

    #[test]
    fn by_logging_puts_what_is_worth_most_first() {
        let pods = [
            r#"{"metadata":{"name":"a"},"spec":{},"status":{"phase":"Running"}}"#,
            r#"{"metadata":{"name":"b"},"spec":{"nodeName":"n"},"status":{"phase":"Pending"}}"#,
            r#"{"metadata":{"name":"c"},"spec":{"nodeName":"n"},"status":{"phase":"Running"}}"#,
            r#"{"metadata":{"name":"d"},"spec":{"nodeName":"n"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-02T00:00:00Z"}]}}"#,
            r#"{"metadata":{"name":"e"},"spec":{"nodeName":"n"},"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}"#,
            r#"{"metadata":{"name":"f"},"spec":{"nodeName":"n"},"status":{"phase":"Running","containerStatuses":[{"restartCount":3}]}}"#,
            r#"{"metadata":{"name":"g","creationTimestamp":"2026-01-01T00:00:00Z"},"spec":{"nodeName":"n"},"status":{"phase":"Running"}}"#,
        ];
        let mut pods: Vec<OwnedValue> = pods.into_iter().map(object).collect();
        sort::sort(&mut pods, by_logging);
        let names: Vec<&str> = pods.iter().map(|pod| object::name(pod)).collect();
        assert_eq!(names, ["e", "d", "f", "g", "c", "b", "a"]);
    }
}
