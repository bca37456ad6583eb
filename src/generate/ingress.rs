//! Ingresses.

use super::{Fields, Metadata, begin, nothing};
use crate::api::{Map, OwnedValue, Value};

/// What an ingress is made of.
#[derive(Debug, Clone, Copy)]
pub struct Ingress<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its namespace, if the object says it.
    pub namespace: &'a str,
    /// Its class; may be empty.
    pub class: &'a str,
    /// The service for what no rule is about, as `SERVICE:PORT`; may be empty.
    pub default_backend: &'a str,
    /// Its annotations, each as `key=value`.
    pub annotations: &'a [String],
    /// Its rules, each as `HOST/PATH=SERVICE:PORT[,tls[=SECRET]]`.
    pub rules: &'a [String],
}

/// One rule, taken apart.
struct Rule<'a> {
    host: &'a str,
    path: &'a str,
    service: &'a str,
    port: &'a str,
    /// With `tls`, the secret's name or nothing.
    secret: Option<&'a str>,
}

impl<'a> Rule<'a> {
    /// Takes a rule apart as kubectl's regular expression does: its host ends at the first slash, its path at the last
    /// `=` before a service and a port.
    fn parse(text: &'a str) -> Option<Rule<'a>> {
        let (head, options) = match text.split_once(',') {
            Some((head, options)) => (head, Some(options)),
            None => (text, None),
        };
        let (host, rest) = head.split_once('/')?;
        let at = rest.rfind('=')?;
        let (path, backend) = (&rest[..at], &rest[at + 1..]);
        let (service, port) = backend.split_once(':')?;
        if service.is_empty() || port.is_empty() {
            return None;
        }
        let path = &head[host.len()..host.len() + 1 + path.len()];
        let secret = match options {
            None => None,
            Some(options) => match options.split('=').collect::<Vec<_>>().as_slice() {
                [_] => Some(""),
                [_, secret] => Some(*secret),
                _ => None,
            },
        };
        Some(Rule {
            host,
            path,
            service,
            port,
            secret,
        })
    }
}

/// An ingress.
///
/// # Errors
/// kubectl's sentence for what is missing or of another form.
pub fn ingress(options: Ingress<'_>) -> Result<OwnedValue, String> {
    if options.default_backend.is_empty() && options.rules.is_empty() {
        return Err(
            "not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)"
                .to_owned(),
        );
    }
    let rules = options
        .rules
        .iter()
        .map(|text| {
            Rule::parse(text)
                .ok_or_else(|| format!("rule {text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"))
        })
        .collect::<Result<Vec<_>, String>>()?;
    let mut annotations = Map::new();
    for text in options.annotations {
        let Some((key, value)) = text.split_once('=') else {
            return Err(format!("annotation {text} is invalid and should be in format key=[value]"));
        };
        annotations.insert(key.to_owned(), value.to_owned());
    }
    let default = match options.default_backend {
        "" => None,
        text => match text.split(':').collect::<Vec<_>>().as_slice() {
            [service, port] => Some(backend(service, port)),
            _ => return Err("default-backend should be in format servicename:serviceport".to_owned()),
        },
    };
    let spec = Fields::new()
        .text("ingressClassName", options.class)
        .some("defaultBackend", default)
        .list("tls", certificates(&rules))
        .list("rules", hosts(&rules));
    let mut metadata = Metadata::new(options.name, options.namespace);
    metadata.annotations = annotations;
    Ok(begin("networking.k8s.io/v1", "Ingress", metadata)
        .set("spec", spec)
        .set("status", Fields::new().set("loadBalancer", nothing()))
        .into())
}

/// Where requests go: a service and its port, by number or name.
fn backend(service: &str, port: &str) -> Fields {
    let port = match port.parse::<i32>() {
        Ok(number) => Fields::new().some("number", (number != 0).then_some(i64::from(number))),
        Err(_) => Fields::new().set("name", port.to_owned()),
    };
    let service = Fields::new().set("name", service.to_owned()).set("port", port);
    Fields::new().set("service", service)
}

/// The rules of each host, in the order in which hosts are first named.
fn hosts(rules: &[Rule<'_>]) -> Vec<OwnedValue> {
    let mut hosts: Vec<(&str, Vec<OwnedValue>)> = Vec::new();
    for rule in rules {
        let (path, kind) = match rule.path.strip_suffix('*') {
            Some(path) => (path, "Prefix"),
            None => (rule.path, "Exact"),
        };
        let path = Fields::new()
            .text("path", path)
            .set("pathType", kind)
            .set("backend", backend(rule.service, rule.port))
            .into();
        match hosts.iter_mut().find(|(host, _)| *host == rule.host) {
            Some((_, paths)) => paths.push(path),
            None => hosts.push((rule.host, vec![path])),
        }
    }
    hosts
        .into_iter()
        .map(|(host, paths)| {
            let http = Fields::new().set("paths", paths);
            Fields::new().text("host", host).set("http", http).into()
        })
        .collect()
}

/// The certificates, each with the hosts that it is for, in the order in which secrets are first named.
fn certificates(rules: &[Rule<'_>]) -> Vec<OwnedValue> {
    let mut secrets: Vec<(&str, Vec<String>)> = Vec::new();
    for rule in rules {
        let Some(secret) = rule.secret else { continue };
        let host = rule.host.to_owned();
        match secrets.iter_mut().find(|(name, _)| *name == secret) {
            Some((_, hosts)) if hosts.contains(&host) || host.is_empty() => {}
            Some((_, hosts)) => hosts.push(host),
            None if host.is_empty() => {}
            None => secrets.push((secret, vec![host])),
        }
    }
    secrets
        .into_iter()
        .map(|(secret, hosts)| Fields::new().texts("hosts", &hosts).text("secretName", secret).into())
        .collect::<Vec<Value<'_>>>()
}
