//! `kubectl port-forward`: lets local ports lead to a pod.

use std::time::Duration;

use crate::{
    actions::{pods::Target, selection::query},
    api::{OwnedValue, Value, object},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::{Gather, Objects, Query},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "port-forward",
    usage: "port-forward TYPE/NAME [options] [LOCAL_PORT:]REMOTE_PORT [...[LOCAL_PORT_N:]REMOTE_PORT_N]",
    short: "Let local ports lead to a pod",
    long: "\
Let local ports lead to a pod.

Of a workload or a service, one of its pods is chosen. If that pod ends, so does the forwarding, and the \
command must be run again.",
    examples: "\
# Ports 5000 and 6000 lead to the same ports of the pod
kubectl port-forward pod/mypod 5000 6000

# Of a pod of the deployment
kubectl port-forward deployment/mydeployment 5000 6000

# Port 8443 leads to what the service calls https
kubectl port-forward service/myservice 8443:https

# Port 8888 leads to port 5000
kubectl port-forward pod/mypod 8888:5000

# On all addresses
kubectl port-forward --address 0.0.0.0 pod/mypod 8888:5000

# On some addresses
kubectl port-forward --address localhost,10.19.21.23 pod/mypod 8888:5000

# Any free port leads to port 5000
kubectl port-forward pod/mypod :5000",
    flags: &[
        &[Flag::new(
            "address",
            Kind::StringSlice,
            "[localhost]",
            "The local addresses to listen at, separated by commas: IP addresses or localhost, which stands for \
            127.0.0.1 and ::1 and needs only one of them.",
        )],
        &groups::pod_running_timeout("1m0s"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which pod, or what it belongs to.
    pub query: Query,
    /// Ports as they were typed: `5000`, `8443:https`, `:80`.
    pub ports: Vec<String>,
    /// How long a pod may take to appear.
    pub timeout: Duration,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No pod or no port.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let usage = |message: &str| Error::Usage {
            message: message.to_owned(),
            command: parsed.path().to_owned(),
        };
        let [target, ports @ ..] = parsed.args() else {
            return Err(usage(NOTHING_NAMED));
        };
        if ports.is_empty() {
            return Err(usage(NOTHING_NAMED));
        }
        let namespace = context.namespace()?;
        let timeout = Target::timeout(parsed)?;
        Ok(Options {
            query: query(parsed, Target::words(target), (namespace.name, namespace.explicit)),
            ports: ports.to_vec(),
            timeout,
        })
    }
}

/// What is said where the command line lacks what the command needs.
const NOTHING_NAMED: &str = "TYPE/NAME and list of ports are required for port-forward";

/// Finds the pod and its ports.
///
/// # Errors
/// What kubectl reports before it listens; then, that forwarding is not implemented yet.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let target = Target::find(&options.query, options.timeout, &site).await?;
    let ports = ports(&target, &options.ports)?;
    // It may have changed since the choice was made.
    let query = Query {
        words: vec![format!("pods/{}", object::name(&target.pod))],
        ..options.query.clone()
    };
    let plan = query.plan(&site).await?;
    let pods = Gather::typed(Objects::Latest).each(plan, &query, &site).await?;
    let phase = pods.first().map_or("", |info| info.object.str_at(&["status", "phase"]));
    if phase != "Running" {
        return Err(Error::message(format!(
            "unable to forward port because pod is not running. Current status={phase}"
        )));
    }
    match ports.is_empty() {
        true => Err(Error::message("at least 1 PORT is required for port-forward")),
        false => Err(parsed.not_implemented()),
    }
}

/// A local port, empty for any free one, and the port of the pod that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// As it was typed.
    pub local: String,
    /// The pod's port, as a number, unless what was typed is none.
    pub remote: String,
}

/// What ports lead where.
///
/// # Errors
/// Names that no port has, ports of UDP.
fn ports(target: &Target, typed: &[String]) -> Result<Vec<Pair>> {
    let Target { object, pod } = target;
    let is_service = object.str_at(&["kind"]) == "Service" && object.str_at(&["apiVersion"]) == "v1";
    let typed: Vec<(&str, &str)> = typed
        .iter()
        .map(|port| match port.split(':').collect::<Vec<_>>().as_slice() {
            [local, remote] => (*local, *remote),
            parts => (parts[0], parts[0]),
        })
        .collect();
    let (spec, field): (Vec<&OwnedValue>, _) = match is_service {
        true => (object.items_at(&["spec", "ports"]).iter().collect(), "port"),
        false => (
            main_containers(pod).flat_map(|container| container.items_at(&["ports"])).collect(),
            "containerPort",
        ),
    };
    let has = |protocol: &str, number: i64| {
        spec.iter()
            .any(|port| port.str_at(&["protocol"]) == protocol && port.int_at(&[field]) == Some(number))
    };
    let number = |remote: &str| match remote.parse::<i64>() {
        Ok(number) => Ok(number),
        Err(_) if is_service => service_port(object, remote),
        Err(_) => container_port(pod, remote),
    };
    for (_, remote) in &typed {
        let number = number(remote)?;
        if has("UDP", number) && !has("TCP", number) {
            return Err(Error::message(format!("UDP protocol is not supported for {remote}")));
        }
    }
    typed
        .into_iter()
        .map(|(local, remote)| {
            if remote.is_empty() && !is_service {
                return Err(Error::message("remote port cannot be empty"));
            }
            let named = remote.parse::<i64>().is_err();
            let number = number(remote)?;
            // A service's port, named once, is also the local one.
            let local = match is_service && named && local == remote {
                true => number.to_string(),
                false => local.to_owned(),
            };
            let number = if is_service { target_port(object, pod, number)? } else { number };
            Ok(match local == remote && !is_service {
                // A pod's port, named once, is both.
                true => Pair {
                    local: number.to_string(),
                    remote: number.to_string(),
                },
                false => Pair {
                    local,
                    remote: number.to_string(),
                },
            })
        })
        .collect()
}

fn main_containers<'a>(pod: &'a Value<'static>) -> impl Iterator<Item = &'a OwnedValue> {
    pod.items_at(&["spec", "containers"]).iter()
}

/// The number of a service's port.
fn service_port(service: &OwnedValue, name: &str) -> Result<i64> {
    let mut ports = service.items_at(&["spec", "ports"]).iter();
    let found = ports
        .find(|port| port.str_at(&["name"]) == name)
        .and_then(|port| port.int_at(&["port"]));
    found.ok_or_else(|| Error::message(format!("Service '{}' does not have a named port '{name}'", object::name(service))))
}

/// The number of a container's port. Containers that accompany the main ones count, too.
fn container_port(pod: &OwnedValue, name: &str) -> Result<i64> {
    let sidecars = pod
        .items_at(&["spec", "initContainers"])
        .iter()
        .filter(|container| container.str_at(&["restartPolicy"]) == "Always");
    let mut ports = main_containers(pod)
        .chain(sidecars)
        .flat_map(|container| container.items_at(&["ports"]));
    let found = ports
        .find(|port| port.str_at(&["name"]) == name)
        .and_then(|port| port.int_at(&["containerPort"]));
    found.ok_or_else(|| Error::message(format!("Pod '{}' does not have a named port '{name}'", object::name(pod))))
}

/// The port of a pod that a service's port leads to.
fn target_port(service: &OwnedValue, pod: &OwnedValue, number: i64) -> Result<i64> {
    let mut ports = service.items_at(&["spec", "ports"]).iter();
    let Some(port) = ports.find(|port| port.int_at(&["port"]) == Some(number)) else {
        return Err(Error::message(format!(
            "Service {} does not have a service port {number}",
            object::name(service)
        )));
    };
    if service.str_at(&["spec", "clusterIP"]) == "None" {
        return Ok(number);
    }
    match port.get("targetPort") {
        Some(Value::String(name)) => container_port(pod, name),
        Some(Value::Int(target)) if *target != 0 => Ok(*target),
        _ => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn target(object: &str) -> Target {
        let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"ports":[{"name":"http","containerPort":8080,"protocol":"TCP"},{"name":"dns","containerPort":53,"protocol":"UDP"}]}]}}"#;
        let read = |text: &str| json::parse(text.as_bytes()).unwrap().into_owned();
        let object = if object.is_empty() { pod } else { object };
        Target {
            object: read(object),
            pod: read(pod),
        }
    }

    fn pairs(object: &str, typed: &[&str]) -> Result<Vec<String>, String> {
        let typed: Vec<String> = typed.iter().map(|port| (*port).to_owned()).collect();
        let pairs = ports(&target(object), &typed).map_err(|error| error.to_string())?;
        Ok(pairs.into_iter().map(|pair| format!("{}:{}", pair.local, pair.remote)).collect())
    }

    #[test]
    fn ports_of_a_pod_are_numbers_or_names() {
        assert_eq!(
            pairs("", &["80", "9:http", "http", ":80"]).unwrap(),
            ["80:80", "9:8080", "8080:8080", ":80"]
        );
        assert_eq!(pairs("", &["nope"]).unwrap_err(), "Pod 'p' does not have a named port 'nope'");
        assert_eq!(pairs("", &["1:dns"]).unwrap_err(), "UDP protocol is not supported for dns");
    }

    #[test]
    fn ports_of_a_service_lead_to_its_target() {
        let service = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{"clusterIP":"1.2.3.4","ports":[{"name":"web","port":80,"targetPort":"http","protocol":"TCP"},{"name":"x","port":81,"targetPort":9090,"protocol":"TCP"}]}}"#;
        assert_eq!(pairs(service, &["web", "5:81", "80"]).unwrap(), ["80:8080", "5:9090", "80:8080"]);
        assert_eq!(
            pairs(service, &["nope"]).unwrap_err(),
            "Service 's' does not have a named port 'nope'"
        );
        assert_eq!(pairs(service, &["7"]).unwrap_err(), "Service s does not have a service port 7");
    }
}
