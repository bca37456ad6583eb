//! Which logs a pod, a list of pods or a workload has: kubectl's `LogsForObject`.

use std::{io::Write, time::Duration};

use super::pods::{self, DEFAULT_CONTAINER};
use crate::{
    api::{OwnedValue, Value, object, quote},
    client::{Client, Request},
    error::{Error, Result},
    resource::path,
    streams::Streams,
};

/// What kubectl accepts where it asks for a log.
const ACCEPT: &str = "application/json, */*";

/// The log of one container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// Whether it can be seen from the pod that the log is there.
    pub expected: bool,
}

/// How logs are chosen and what is read of them.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The container; where it is empty, the pod's default.
    pub container: String,
    /// Every container of each pod.
    pub all_containers: bool,
    /// Every pod of a workload, not only the one most worth looking at.
    pub all_pods: bool,
    /// Containers as they were before they were last restarted.
    pub previous: bool,
    /// How long to wait for a workload's first pod.
    pub timeout: Duration,
}

impl Log {
    /// The request for it. `parameters` are the query's keys and values but for the container.
    pub fn request(&self, parameters: &[(&str, &str)]) -> Request {
        let mut base = String::from("/api/v1/namespaces/");
        path::escape(&mut base, &self.namespace, false);
        base.push_str("/pods/");
        path::escape(&mut base, &self.pod, false);
        base.push_str("/log");
        let mut parameters = parameters.to_vec();
        parameters.push(("container", &self.container));
        Request::get(path::with_query(base, &parameters))
            .accept(ACCEPT)
            .streamed()
            .about("", "pods", self.pod.clone())
    }
}

/// The logs of an object: a pod, or something that pods belong to. What is worth knowing about the choice is said on
/// standard error.
///
/// # Errors
/// An object that has no pods, a container that is not there, and what the server says.
pub async fn of_object(object: &OwnedValue, choice: &Choice, client: &Client, streams: &Streams) -> Result<Vec<Log>> {
    if is_pod(object) {
        return of_pod(object, choice, streams);
    }
    let (namespace, labels) =
        pods::selector(object).map_err(|error| Error::message(format!("cannot get the logs from {}: {error}", pods::go_type(object))))?;
    let mut pods = pods::selected(client, &namespace, &labels, choice.timeout).await?;
    if pods.len() > 1 && !choice.all_pods {
        writeln!(streams.err(), "Found {} pods, using pod/{}", pods.len(), object::name(&pods[0]))?;
        pods.truncate(1);
    }
    of_pods(&pods, choice, streams)
}

/// The logs of several pods.
///
/// # Errors
/// As for [`of_pod`].
pub fn of_pods(pods: &[OwnedValue], choice: &Choice, streams: &Streams) -> Result<Vec<Log>> {
    let mut logs = Vec::new();
    for pod in pods {
        logs.extend(of_pod(pod, choice, streams)?);
    }
    Ok(logs)
}

/// The logs of a pod.
///
/// # Errors
/// A container that is not there.
pub fn of_pod(pod: &Value<'_>, choice: &Choice, streams: &Streams) -> Result<Vec<Log>> {
    let log = |container: &str| Log {
        namespace: object::namespace(pod).to_owned(),
        pod: object::name(pod).to_owned(),
        container: container.to_owned(),
        expected: is_expected(pod, container, choice.previous),
    };
    if choice.all_containers {
        return Ok(pods::containers(pod).map(|container| log(container.name)).collect());
    }
    let name = match choice.container.as_str() {
        "" => default_container(pod, choice.all_pods, streams)?,
        name => name.to_owned(),
    };
    if !pods::containers(pod).any(|container| container.name == name) {
        return Err(Error::message(format!(
            "container {name} is not valid for pod {} out of: {}",
            object::name(pod),
            pods::container_names(pod)
        )));
    }
    Ok(vec![log(&name)])
}

/// Whether the kubelet will have a log: the container has run, and for the log before the last restart, has run before.
fn is_expected(pod: &Value<'_>, container: &str, previous: bool) -> bool {
    if pod.str_at(&["spec", "nodeName"]).is_empty() {
        // The server gives an empty log itself.
        return true;
    }
    let statuses = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"];
    let mut statuses = statuses.iter().flat_map(|list| pod.items_at(&["status", list]));
    statuses.find(|status| status.str_at(&["name"]) == container).is_some_and(|status| {
        let is = |state: &str, what: &str| status.at(&[state, what]).is_some();
        is("lastState", "terminated") || (!previous && (is("state", "running") || is("state", "terminated")))
    })
}

/// The container that the pod's annotation names, else its first.
fn default_container(pod: &Value<'_>, silent: bool, streams: &Streams) -> Result<String> {
    let named = pod.str_at(&["metadata", "annotations", DEFAULT_CONTAINER]);
    if !named.is_empty() {
        if pods::containers(pod).any(|container| container.name == named) {
            return Ok(named.to_owned());
        }
        let (named, pod) = (quote(named), object::name(pod));
        writeln!(streams.err(), "Default container name {named} not found in pod {pod}")?;
    }
    let first = pod.items_at(&["spec", "containers"]).first();
    let first = first.map(|container| container.str_at(&["name"]).to_owned());
    let first = first.ok_or_else(|| Error::message(format!("pod {} has no containers", object::name(pod))))?;
    if pods::containers(pod).count() > 1 && !silent {
        let (first, all) = (quote(&first), pods::container_names(pod));
        writeln!(streams.err(), "Defaulted container {first} out of: {all}")?;
    }
    Ok(first)
}

/// Whether an object is a pod.
fn is_pod(object: &Value<'_>) -> bool {
    object.str_at(&["kind"]) == "Pod" && object.str_at(&["apiVersion"]) == "v1"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    const POD: &str = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","namespace":"n","annotations":{"kubectl.kubernetes.io/default-container":"DEFAULT"}},
        "spec":{"initContainers":[{"name":"i"}],"containers":[{"name":"a"},{"name":"b"}]}}"#;

    fn containers(default: &str, choice: &Choice) -> (Result<Vec<String>, String>, String) {
        let pod = json::parse(POD.replace("DEFAULT", default).as_bytes()).unwrap().into_owned();
        let (streams, _, err) = Streams::captured("");
        let logs = of_pod(&pod, choice, &streams).map_err(|error| error.to_string());
        (logs.map(|logs| logs.into_iter().map(|log| log.container).collect()), err.text())
    }

    #[test]
    fn of_pod_without_a_named_container_takes_the_default_and_says_so() {
        let choice = Choice::default();
        assert_eq!(containers("b", &choice), (Ok(vec!["b".to_owned()]), String::new()));
        assert_eq!(
            containers("", &choice),
            (
                Ok(vec!["a".to_owned()]),
                "Defaulted container \"a\" out of: a, b, i (init)\n".to_owned()
            )
        );
        assert_eq!(
            containers("x\\u001b", &choice).1,
            "Default container name \"x\\x1b\" not found in pod p\nDefaulted container \"a\" out of: a, b, i (init)\n"
        );
    }

    #[test]
    fn of_pod_with_all_containers_begins_with_the_first_to_run() {
        let choice = Choice {
            all_containers: true,
            ..Choice::default()
        };
        let names = ["i", "a", "b"].map(str::to_owned).to_vec();
        assert_eq!(containers("", &choice), (Ok(names), String::new()));
    }

    #[test]
    fn of_pod_with_a_container_that_is_not_there_lists_those_that_are() {
        let choice = Choice {
            container: "x".to_owned(),
            ..Choice::default()
        };
        let sentence = "container x is not valid for pod p out of: a, b, i (init)".to_owned();
        assert_eq!(containers("", &choice).0, Err(sentence));
    }

    #[test]
    fn is_expected_of_containers_that_have_run() {
        let pod = |state: &str| {
            let text = format!(r#"{{"spec":{{"nodeName":"n"}},"status":{{"containerStatuses":[{{"name":"c",{state}}}]}}}}"#);
            json::parse(text.as_bytes()).unwrap().into_owned()
        };
        let cases = [
            (r#""state":{"running":{}}"#, true, false),
            (r#""state":{"waiting":{}}"#, false, false),
            (r#""state":{"waiting":{}},"lastState":{"terminated":{}}"#, true, true),
            (r#""state":{"terminated":{}},"lastState":{}"#, true, false),
        ];
        for (state, now, before) in cases {
            let pod = pod(state);
            assert_eq!(
                (is_expected(&pod, "c", false), is_expected(&pod, "c", true)),
                (now, before),
                "{state}"
            );
            assert!(!is_expected(&pod, "other", false));
        }
        assert!(is_expected(&json::parse(b"{}").unwrap(), "c", false));
    }

    #[test]
    fn request_names_the_container_among_the_sorted_parameters() {
        let log = Log {
            namespace: "n".to_owned(),
            pod: "p".to_owned(),
            container: "c".to_owned(),
            expected: true,
        };
        let request = log.request(&[("tailLines", "1"), ("follow", "true"), ("previous", "")]);
        assert_eq!(request.path, "/api/v1/namespaces/n/pods/p/log?container=c&follow=true&tailLines=1");
    }
}
