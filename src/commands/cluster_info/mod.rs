//! `kubectl cluster-info`: the addresses of the control plane and its services.

pub mod dump;

use std::io::Write;

use crate::{
    api::{OwnedValue, Value, json},
    args::{AVAILABLE, Command, Group, Parsed},
    client::Request,
    context::Context,
    error::{Error, Result},
};

/// Where the cluster's own services are, if no other namespace is named.
const NAMESPACE: &str = "kube-system";

/// The command as data.
pub static COMMAND: Command = Command {
    name: "cluster-info",
    usage: "cluster-info",
    short: "Print the addresses of the control plane and its services",
    long: "Print the addresses of the control plane and of the services that carry the label \
            kubernetes.io/cluster-service=true. \"kubectl cluster-info dump\" gathers more for finding faults.",
    examples: "\
# The addresses
kubectl cluster-info",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&dump::COMMAND],
    }],
    flags_in_usage: true,
    ..Command::NEW
};

/// Runs the command. Arguments are not looked at, as kubectl does not.
///
/// # Errors
/// A server that cannot be asked for its services.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let server = context.client()?.server_url();
    let namespace = Some(parsed.string("namespace"))
        .filter(|name| !name.is_empty())
        .unwrap_or(NAMESPACE);
    let services = services(context, namespace).await;
    let mut out = context.streams().out();
    if let Ok(services) = &services {
        writeln!(out, "Kubernetes control plane is running at {server}")?;
        for service in services.items_at(&["items"]) {
            let name = match service.str_at(&["metadata", "labels", "kubernetes.io/name"]) {
                "" => service.str_at(&["metadata", "name"]),
                name => name,
            };
            writeln!(out, "{name} is running at {}", link(service, &server))?;
        }
    }
    writeln!(
        out,
        "\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'."
    )?;
    services.map(drop)
}

/// The services that belong to the cluster itself.
async fn services(context: &Context, namespace: &str) -> Result<OwnedValue> {
    let discovery = context.discovery()?;
    discovery.expand_categories("services").await;
    let mapping = discovery.resolve("services").await?;
    let path = format!(
        "{}/namespaces/{namespace}/services?labelSelector=kubernetes.io%2Fcluster-service%3Dtrue",
        mapping.root()
    );
    let request = Request::get(path).accept("application/json, */*");
    let answer = async { context.client()?.send(request).await?.bytes().await }.await;
    let answer = match answer {
        Ok(answer) => answer,
        // There is no other place for services; what comes of asking again is the failure.
        Err(error) => return Err(discovery.reconsider(&mapping, error).await.err().unwrap_or(Error::Exit(1))),
    };
    let services = json::parse(&answer).map_err(|error| Error::message(error.message))?;
    Ok(services.into_owned())
}

/// Where a service is reached: at its balancer, a URL for each port, or through the server.
fn link(service: &Value<'_>, server: &str) -> String {
    let ports = service.items_at(&["spec", "ports"]);
    if let [balancer, ..] = service.items_at(&["status", "loadBalancer", "ingress"]) {
        let host = match balancer.str_at(&["ip"]) {
            "" => balancer.str_at(&["hostname"]),
            ip => ip,
        };
        let port = |port: &Value<'_>| format!("http://{host}:{} ", port.int_at(&["port"]).unwrap_or_default());
        return ports.iter().map(port).collect();
    }
    let text = |key: &str| service.str_at(&["metadata", key]);
    let name = ports
        .first()
        .map_or_else(|| text("name").to_owned(), |port| proxied(text("name"), port));
    format!("{server}/api/v1/namespaces/{}/services/{name}/proxy", text("namespace"))
}

/// A service and its port as the server's proxy takes them: `scheme:name:port`, where scheme and port are known.
fn proxied(name: &str, port: &Value<'_>) -> String {
    let label = port.str_at(&["name"]);
    if label == "https" || port.int_at(&["port"]) == Some(443) {
        format!("https:{name}:{label}")
    } else if label.is_empty() {
        name.to_owned()
    } else {
        format!("{name}:{label}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // As kubectl 1.33 says of the same services.
    #[test]
    fn link_of_services_says_what_kubectl_says() {
        for (service, expected) in [
            (
                r#""spec":{"ports":[{"name":"dns","port":53}]}"#,
                "S/api/v1/namespaces/n/services/s:dns/proxy",
            ),
            (
                r#""spec":{"ports":[{"name":"https","port":44}]}"#,
                "S/api/v1/namespaces/n/services/https:s:https/proxy",
            ),
            (
                r#""spec":{"ports":[{"port":443}]}"#,
                "S/api/v1/namespaces/n/services/https:s:/proxy",
            ),
            (r#""spec":{"ports":[{"port":80}]}"#, "S/api/v1/namespaces/n/services/s/proxy"),
            (r#""spec":{}"#, "S/api/v1/namespaces/n/services/s/proxy"),
            (
                r#""spec":{"ports":[{"port":443},{"port":80}]},"status":{"loadBalancer":{"ingress":[{"hostname":"h"}]}}"#,
                "http://h:443 http://h:80 ",
            ),
            (
                r#""spec":{"ports":[{"port":8443}]},"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4","hostname":"h"}]}}"#,
                "http://1.2.3.4:8443 ",
            ),
        ] {
            let text = format!(r#"{{"metadata":{{"name":"s","namespace":"n"}},{service}}}"#);
            assert_eq!(link(&json::parse(text.as_bytes()).unwrap(), "S"), expected, "{service}");
        }
    }
}
