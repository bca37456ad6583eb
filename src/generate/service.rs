//! Services: those of `create service`, and those that `expose` and `run --expose` make for something that runs.

use super::{Fields, Metadata, begin, budget::int_or_string, labels, nothing, pair};
use crate::api::{Map, OwnedValue, Value, names};

/// What a service of `create service` is made of.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace, if the object says it.
    pub namespace: &'a str,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    pub kind: &'static str,
    /// Its ports, each as `PORT` or `PORT:TARGETPORT`.
    pub tcp: &'a [String],
    /// Its address, `None` for none, or empty.
    pub cluster_ip: &'a str,
    /// The port of every node; 0 for any.
    pub node_port: i64,
    /// The name that it stands for; may be empty.
    pub external_name: &'a str,
}

/// A service whose pods have its name as their label `app`.
///
/// # Errors
/// kubectl's sentence for ports that are missing or make no sense.
pub fn service(options: Service<'_>) -> Result<OwnedValue, String> {
    let headless = options.cluster_ip == "None";
    if headless && options.kind != "ClusterIP" {
        return Err("ClusterIP=None can only be used with ClusterIP service type".to_owned());
    }
    if !headless && options.tcp.is_empty() && options.kind != "ExternalName" {
        return Err("at least one tcp port specifier must be provided".to_owned());
    }
    if options.kind == "ExternalName" && !names::dns1123_subdomain(options.external_name).is_empty() {
        return Err(format!("invalid service external name {}", options.external_name));
    }
    let mut ports = Vec::new();
    for text in options.tcp {
        let (port, target) = tcp_port(text)?;
        let port = Fields::new()
            .set("name", text.replace(':', "-"))
            .set("protocol", "TCP")
            .set("port", port)
            .set("targetPort", target)
            .some("nodePort", Some(wrapped(options.node_port)).filter(|port| *port != 0));
        ports.push(port.into());
    }
    let spec = Fields::new()
        .list("ports", ports)
        .map("selector", pair("app", options.name))
        .text("clusterIP", options.cluster_ip)
        .set("type", options.kind)
        .text("externalName", options.external_name);
    let metadata = Metadata::new(options.name, options.namespace).label("app", options.name);
    Ok(finish(metadata, spec))
}

fn finish(metadata: Metadata<'_>, spec: Fields) -> OwnedValue {
    begin("v1", "Service", metadata)
        .set("spec", spec)
        .set("status", Fields::new().set("loadBalancer", nothing()))
        .into()
}

/// A port and what is behind it.
fn tcp_port(text: &str) -> Result<(i64, OwnedValue), String> {
    let mut parts = text.split(':');
    let port = parse_uint16(parts.next().unwrap_or_default())?;
    let Some(target) = parts.next() else {
        return Ok((port, Value::Int(port)));
    };
    let (value, faults) = match atoi(target) {
        Ok(number) => (Value::Int(number), names::port_number(number)),
        Err(_) => (Value::from(target.to_owned()), names::port_name(target)),
    };
    match faults.as_slice() {
        [] => Ok((port, value)),
        faults => Err(faults.join(",")),
    }
}

/// A number as Go keeps it in 32 bits: what does not fit is lost.
#[expect(clippy::cast_possible_truncation, reason = "as Go converts")]
pub fn wrapped(number: i64) -> i64 {
    i64::from(number as i32)
}

/// A number of 16 bits, with the errors of Go's `strconv.ParseUint`.
fn parse_uint16(text: &str) -> Result<i64, String> {
    let wrong = |reason: &str| format!("strconv.ParseUint: parsing {}: {reason}", crate::api::quote(text));
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("invalid syntax"));
    }
    text.parse::<u16>().map(i64::from).map_err(|_| wrong("value out of range"))
}

/// A number, with the errors of Go's `strconv.Atoi`.
pub fn atoi(text: &str) -> Result<i64, String> {
    let wrong = |reason: &str| format!("strconv.Atoi: parsing {}: {reason}", crate::api::quote(text));
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong("invalid syntax"));
    }
    text.parse::<i64>().map_err(|_| wrong("value out of range"))
}

/// What a service for something that runs is made of.
#[derive(Debug, Clone, Default)]
pub struct Exposed<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its labels, as `key=value`, separated by commas; may be empty.
    pub labels: &'a str,
    /// The labels of its pods, in the same form.
    pub selector: &'a str,
    /// Its ports, separated by commas; may be empty.
    pub ports: &'a str,
    /// The protocol of all ports; empty to leave it to `protocols`.
    pub protocol: &'a str,
    /// The protocols that are known of single ports.
    pub protocols: &'a [(String, Vec<String>)],
    /// The port of the pods; that of the service if empty.
    pub target_port: &'a str,
    /// Another address; may be empty.
    pub external_ip: &'a str,
    /// The type; may be empty.
    pub kind: &'a str,
    /// The address of the load balancer; may be empty.
    pub load_balancer_ip: &'a str,
    /// `None`, `ClientIP` or empty.
    pub session_affinity: &'a str,
    /// Its address, `None` for none, or empty.
    pub cluster_ip: &'a str,
}

/// A service for something that runs.
///
/// # Errors
/// kubectl's sentence for what is missing or cannot be read.
pub fn exposed(options: &Exposed<'_>) -> Result<OwnedValue, String> {
    if options.selector.is_empty() {
        return Err("selector must be specified".to_owned());
    }
    let selector = labels::labels(options.selector)?;
    let own = match options.labels {
        "" => Map::new(),
        text => labels::labels(text)?,
    };
    let ports = exposed_ports(options)?;
    if !matches!(options.session_affinity, "" | "None" | "ClientIP") {
        return Err(format!("unknown session affinity: {}", options.session_affinity));
    }
    let external: Vec<String> = Some(options.external_ip.to_owned())
        .filter(|ip| !ip.is_empty())
        .into_iter()
        .collect();
    let balanced = if options.kind == "LoadBalancer" {
        options.load_balancer_ip
    } else {
        ""
    };
    let spec = Fields::new()
        .list("ports", ports)
        .map("selector", selector)
        .text("clusterIP", options.cluster_ip)
        .text("type", options.kind)
        .texts("externalIPs", &external)
        .text("sessionAffinity", options.session_affinity)
        .text("loadBalancerIP", balanced);
    let mut metadata = Metadata::new(options.name, "");
    metadata.labels = own;
    Ok(finish(metadata, spec))
}

fn exposed_ports(options: &Exposed<'_>) -> Result<Vec<OwnedValue>, String> {
    let mut ports = Vec::new();
    let texts: Vec<&str> = options.ports.split(',').filter(|_| !options.ports.is_empty()).collect();
    for (at, text) in texts.iter().enumerate() {
        let port = wrapped(atoi(text)?);
        let name = match texts.len() {
            1 => String::new(),
            _ => format!("port-{}", at + 1),
        };
        let known = options
            .protocols
            .iter()
            .find(|(port, _)| port == text)
            .map(|(_, protocols)| protocols.as_slice());
        let target = match options.target_port {
            "" => Value::Int(port),
            text => int_or_string(text),
        };
        let mut add = |name: &str, protocol: &str| {
            let fields = Fields::new()
                .text("name", name)
                .text("protocol", protocol)
                .set("port", port)
                .set("targetPort", target.clone());
            ports.push(fields.into());
        };
        match (options.protocol, known) {
            ("", None | Some([])) => add(&name, "TCP"),
            ("", Some([only])) => add(&name, only),
            ("", Some(several)) => {
                for protocol in several {
                    add(&format!("port-{}-{}", at + 1, protocol.to_lowercase()), protocol);
                }
            }
            (protocol, _) => add(&name, protocol),
        }
    }
    Ok(ports)
}
