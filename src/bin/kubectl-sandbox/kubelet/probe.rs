//! Probes: whether a container would answer.

use std::time::Duration;

use jiff::Timestamp;
use kubectl_rs::api::{OwnedValue, Value};

use super::{
    program,
    shell::{self, Setting},
};

/// What a probe finds, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How long after the container's start the first verdict falls.
    pub after: Duration,
    /// Why it fails; none where it succeeds.
    pub failure: Option<String>,
    /// How often the probe is repeated.
    pub period: Duration,
    /// How many failures in a row count.
    pub threshold: u32,
}

fn number(probe: &OwnedValue, field: &str, otherwise: u64) -> u64 {
    probe
        .int_at(&[field])
        .and_then(|number| u64::try_from(number).ok())
        .unwrap_or(otherwise)
}

/// What the probe of `container` that `field` names finds; none where there is no such probe.
pub fn find(container: &OwnedValue, field: &str, address: &str, start: Timestamp) -> Option<Finding> {
    let probe = container.get(field).filter(|probe| !probe.is_null())?;
    let period = Duration::from_secs(number(probe, "periodSeconds", 10).max(1));
    let successes = u32::try_from(number(probe, "successThreshold", 1).max(1)).unwrap_or(1);
    let first = Duration::from_secs(number(probe, "initialDelaySeconds", 0)).saturating_add(Duration::from_millis(900));
    Some(Finding {
        after: first.saturating_add(period.saturating_mul(successes - 1)),
        failure: failure(container, probe, address, start),
        period,
        threshold: u32::try_from(number(probe, "failureThreshold", 3).max(1)).unwrap_or(3),
    })
}

fn failure(container: &OwnedValue, probe: &OwnedValue, address: &str, start: Timestamp) -> Option<String> {
    let words: Vec<String> = probe
        .items_at(&["exec", "command"])
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect();
    if !words.is_empty() {
        let missing_file = words[0] == "cat" && words.get(1).is_some_and(|file| !file.starts_with("/etc"));
        if missing_file {
            return Some(format!("cat: can't open '{}': No such file or directory\n", words[1]));
        }
        let (_, code) = shell::end(&words, &Setting::default(), start)?;
        return (code != 0).then(String::new);
    }
    let listens = program::port_of(container.str_at(&["image"]))?;
    // Who gives the server words of its own may have it listen elsewhere.
    if !container.items_at(&["command"]).is_empty() || !container.items_at(&["args"]).is_empty() {
        return None;
    }
    let port_of = |handler: &str| match probe.at(&[handler, "port"]) {
        Some(Value::String(name)) => container
            .items_at(&["ports"])
            .iter()
            .find(|port| port.str_at(&["name"]) == name)
            .and_then(|port| port.int_at(&["containerPort"])),
        Some(number) => number.as_int(),
        None => None,
    };
    if let Some(port) = port_of("httpGet") {
        if port != listens {
            let path = probe.str_at(&["httpGet", "path"]);
            return Some(format!(
                "Get \"http://{address}:{port}{path}\": dial tcp {address}:{port}: connect: connection refused"
            ));
        }
        let path = probe.str_at(&["httpGet", "path"]);
        let serves = matches!(path, "" | "/" | "/index.html") || !container.str_at(&["image"]).contains("nginx");
        let mounted = !container
            .items_at(&["volumeMounts"])
            .iter()
            .all(|mount| mount.str_at(&["mountPath"]).contains("serviceaccount"));
        return (!serves && !mounted).then(|| "HTTP probe failed with statuscode: 404".to_owned());
    }
    let port = port_of("tcpSocket")?;
    (port != listens).then(|| format!("dial tcp {address}:{port}: connect: connection refused"))
}
