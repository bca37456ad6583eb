//! Ingresses.

use super::{Fields, Metadata, begin, nothing};
use crate::api::{Map, OwnedValue};

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
    /// The one option, if there is one: with a certificate, from the secret of this name or of none.
    secret: Option<&'a str>,
}

impl<'a> Rule<'a> {
    /// Takes a rule apart. kubectl's regular expression only looks at its beginning; then it is split at commas, `=` and
    /// colons, whatever more of them there are.
    fn parse(text: &'a str) -> Option<Rule<'a>> {
        if !begins_well(text) {
            return None;
        }
        let mut parts = text.split(',');
        let (host, rest) = parts.next()?.split_once('/')?;
        let secret = match (parts.next(), parts.next()) {
            (Some(option), None) => Some(option.split('=').nth(1).unwrap_or_default()),
            _ => None,
        };
        let mut rest = rest.split('=');
        let path = rest.next()?;
        let mut backend = rest.next()?.split(':');
        Some(Rule {
            host,
            path,
            service: backend.next()?,
            port: backend.next()?,
            secret,
        })
    }
}

/// Whether a rule begins with a host or none, a path, and behind a `=` a service and a port.
fn begins_well(text: &str) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let Some((host, path)) = text.split_once('/') else {
        return false;
    };
    let line = path.split('\n').next().unwrap_or_default();
    let is_backend = |(at, _): (usize, &str)| {
        let service = &path.as_bytes()[at + 1..];
        let name = service.iter().take_while(|byte| word(byte)).count();
        name > 0 && service.get(name) == Some(&b':') && service.get(name + 1).is_some_and(word)
    };
    host.bytes().all(|byte| word(&byte) || matches!(byte, b'*' | b'.')) && line.match_indices('=').any(is_backend)
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
        Err(_) => Fields::new().text("name", port),
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
            .set("path", format!("/{path}"))
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

/// The certificates, each with the hosts that it is for, in the order in which secrets are first named. A host, and also
/// no host, has only the first.
fn certificates(rules: &[Rule<'_>]) -> Vec<OwnedValue> {
    let mut secrets: Vec<(&str, Vec<String>)> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for rule in rules {
        let Some(secret) = rule.secret.filter(|_| !known.contains(&rule.host)) else {
            continue;
        };
        known.push(rule.host);
        match secrets.iter_mut().find(|(name, _)| *name == secret) {
            Some((_, hosts)) => hosts.push(rule.host.to_owned()),
            None if rule.host.is_empty() && secret.is_empty() => {}
            None if rule.host.is_empty() => secrets.push((secret, Vec::new())),
            None => secrets.push((secret, vec![rule.host.to_owned()])),
        }
    }
    secrets
        .into_iter()
        .map(|(secret, hosts)| Fields::new().texts("hosts", &hosts).text("secretName", secret).into())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::json;

    fn spec(rules: &[&str]) -> Result<String, String> {
        let rules: Vec<String> = rules.iter().map(|&rule| rule.to_owned()).collect();
        let object = ingress(Ingress {
            name: "i",
            namespace: "",
            class: "",
            default_backend: "",
            annotations: &[],
            rules: &rules,
        })?;
        let mut text = Vec::new();
        json::to_compact(&mut text, object.at(&["spec"]).unwrap());
        Ok(String::from_utf8(text).unwrap())
    }

    #[test]
    fn rule_that_begins_well_is_split_whatever_stands_behind() {
        let one = r#"{"rules":[{"host":"foo.com","http":{"paths":[{"path":"/a","pathType":"Exact","backend":{"service":{"name":"svc","port":{"number":80}}}}]}}]}"#;
        for rule in [
            "foo.com/a=svc:80",
            "foo.com/a=svc:80=x",
            "foo.com/a=svc:80:90",
            "foo.com/a=svc:80,tls,x=y",
        ] {
            assert_eq!(spec(&[rule]).unwrap(), one, "{rule}");
        }
    }

    #[test]
    fn rule_that_begins_badly_is_refused() {
        for rule in [
            " foo.com/a=svc:80",
            "é/a=svc:80",
            "foo:x/a=svc:80",
            "foo.com=svc:80",
            "foo.com/a=s.v:80",
            "foo.com/a=svc::80",
            "foo.com/a=:80",
            "foo.com/a=svc:",
            "foo.com/a\nb=svc:80",
            // kubectl panics at these.
            "foo.com/a=b=svc:80",
            "foo.com/a,b=svc:80",
        ] {
            let fault = format!("rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]");
            assert_eq!(spec(&[rule]), Err(fault));
        }
    }

    #[test]
    fn host_has_the_certificate_of_its_first_rule() {
        let spec = |rules: &[&str]| spec(rules).unwrap().split_once(r#","rules""#).map(|(tls, _)| tls.to_owned());
        assert_eq!(
            spec(&["a/=s:1,tls=x", "a/b=s:1,tls", "b/=s:1,tls=x", "c/=s:1,tls=y=z"]).unwrap(),
            r#"{"tls":[{"hosts":["a","b"],"secretName":"x"},{"hosts":["c"],"secretName":"y"}]"#
        );
        assert_eq!(
            spec(&["/=s:1,tls=x", "/b=s:1,tls=y", "a/=s:1,tls=x"]).unwrap(),
            r#"{"tls":[{"hosts":["a"],"secretName":"x"}]"#
        );
        assert_eq!(
            spec(&["a/=s:1,tls=x", "/=s:1,tls=x"]).unwrap(),
            r#"{"tls":[{"hosts":["a",""],"secretName":"x"}]"#
        );
        assert_eq!(spec(&["/=s:1,tls"]), None);
    }
}
