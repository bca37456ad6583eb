//! What services and what carries traffic to them must be.

use kubectl_rs::api::{OwnedValue, Value};

use super::{Path, is_empty, names, one_of, pod, port_number};
use crate::failure::{self, Causes};

/// What is wrong with an object of one of these kinds.
pub fn check(key: (&str, &str), value: &OwnedValue, causes: &mut Causes) {
    match key {
        ("", "services") => service(value, causes),
        ("networking.k8s.io", "ingresses") => ingress(value, causes),
        ("networking.k8s.io", "ingressclasses") if is_empty(value, &["spec", "controller"]) => {
            causes.push(failure::required("spec.controller", ""));
        }
        ("policy", "poddisruptionbudgets")
            if !is_empty(value, &["spec", "minAvailable"]) && !is_empty(value, &["spec", "maxUnavailable"]) =>
        {
            let shown = value.get("spec").cloned().unwrap_or_default();
            causes.push(failure::wrong("spec", &shown, "minAvailable and maxUnavailable cannot be both set"));
        }
        ("discovery.k8s.io", "endpointslices") => {
            if is_empty(value, &["addressType"]) {
                causes.push(failure::required("addressType", ""));
            }
            one_of(value, &["addressType"], &["FQDN", "IPv4", "IPv6"], causes);
        }
        _ => {}
    }
}

fn service(value: &OwnedValue, causes: &mut Causes) {
    let kind = value.str_at(&["spec", "type"]);
    one_of(
        value,
        &["spec", "type"],
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
        causes,
    );
    let ports = value.items_at(&["spec", "ports"]);
    let headless = value.str_at(&["spec", "clusterIP"]) == "None";
    if ports.is_empty() && kind != "ExternalName" && !headless {
        causes.push(failure::required("spec.ports", ""));
    }
    if kind == "ExternalName" {
        if is_empty(value, &["spec", "externalName"]) {
            causes.push(failure::required("spec.externalName", ""));
        } else if let Some(problem) = names::dns_subdomain(value.str_at(&["spec", "externalName"]).trim_end_matches('.')) {
            let shown = value.at(&["spec", "externalName"]).cloned().unwrap_or_default();
            causes.push(failure::wrong("spec.externalName", &shown, &problem));
        }
    }
    if kind == "LoadBalancer" && headless {
        causes.push(failure::wrong(
            "spec.clusterIPs[0]",
            &Value::from("None"),
            "may not be set to 'None' for LoadBalancer services",
        ));
    }
    one_of(value, &["spec", "sessionAffinity"], &["ClientIP", "None"], causes);
    let (mut seen_names, mut seen_ports): (Vec<&str>, Vec<(i64, &str)>) = (Vec::new(), Vec::new());
    for (at, port) in ports.iter().enumerate() {
        let here = Path::of("spec.ports").index(at);
        let name = port.str_at(&["name"]);
        if name.is_empty() && ports.len() > 1 {
            causes.push(failure::required(here.field("name").text(), ""));
        } else if !name.is_empty() {
            if let Some(problem) = names::dns_label(name) {
                causes.push(failure::wrong(here.field("name").text(), &Value::from(name.to_owned()), &problem));
            }
            if seen_names.contains(&name) {
                causes.push(failure::duplicate(here.field("name").text(), &Value::from(name.to_owned())));
            }
        }
        seen_names.push(name);
        port_number(&port.get("port").cloned().unwrap_or(Value::Int(0)), &here.field("port"), causes);
        let protocol = port.str_at(&["protocol"]);
        if !matches!(protocol, "SCTP" | "TCP" | "UDP") {
            causes.push(failure::unsupported(
                here.field("protocol").text(),
                &Value::from(protocol.to_owned()),
                &["SCTP", "TCP", "UDP"],
            ));
        }
        match port.get("targetPort") {
            Some(number @ Value::Int(_)) => port_number(number, &here.field("targetPort"), causes),
            Some(Value::String(name)) => {
                for problem in pod::port_name_problems(name) {
                    causes.push(failure::wrong(
                        here.field("targetPort").text(),
                        &Value::from(name.clone().into_owned()),
                        problem,
                    ));
                }
            }
            _ => {}
        }
        let number = (port.int_at(&["port"]).unwrap_or_default(), protocol);
        if seen_ports.contains(&number) {
            let mut shown = Value::default();
            shown.set(&["port"], number.0);
            shown.set(&["protocol"], number.1.to_owned());
            causes.push(failure::duplicate(here.text(), &shown));
        }
        seen_ports.push(number);
    }
    super::metadata::labels(value.at(&["spec", "selector"]), &Path::of("spec.selector"), causes);
}

/// What may not change about a service.
pub fn check_update(old: &OwnedValue, value: &OwnedValue, causes: &mut Causes) {
    let (before, after) = (old.str_at(&["spec", "clusterIP"]), value.str_at(&["spec", "clusterIP"]));
    let external = |value: &OwnedValue| value.str_at(&["spec", "type"]) == "ExternalName";
    if !before.is_empty() && before != after && !external(old) && !external(value) {
        let shown = Value::Array(vec![Value::from(after.to_owned())]);
        causes.push(failure::wrong("spec.clusterIPs[0]", &shown, "may not change once set"));
    }
}

fn ingress(value: &OwnedValue, causes: &mut Causes) {
    let rules = value.items_at(&["spec", "rules"]);
    if rules.is_empty() && is_empty(value, &["spec", "defaultBackend"]) {
        let shown = Value::Array(Vec::new());
        causes.push(failure::wrong(
            "spec",
            &shown,
            "either `defaultBackend` or `rules` must be specified",
        ));
    }
    for (at, rule) in rules.iter().enumerate() {
        let here = Path::of("spec.rules").index(at);
        let host = rule.str_at(&["host"]);
        let plain = host.strip_prefix("*.").unwrap_or(host);
        if let Some(problem) = Some(plain).filter(|host| !host.is_empty()).and_then(names::dns_subdomain) {
            causes.push(failure::wrong(here.field("host").text(), &Value::from(host.to_owned()), &problem));
        }
        for (number, path) in rule.items_at(&["http", "paths"]).iter().enumerate() {
            let here = here.field("http").field("paths").index(number);
            let kind = path.str_at(&["pathType"]);
            let text = path.str_at(&["path"]);
            match kind {
                "" => causes.push(failure::required(here.field("pathType").text(), "pathType must be specified")),
                "Exact" | "Prefix" => {
                    if !text.starts_with('/') {
                        causes.push(failure::wrong(
                            here.field("path").text(),
                            &Value::from(text.to_owned()),
                            "must be an absolute path",
                        ));
                    }
                }
                "ImplementationSpecific" => {}
                other => causes.push(failure::unsupported(
                    here.field("pathType").text(),
                    &Value::from(other.to_owned()),
                    &["Exact", "ImplementationSpecific", "Prefix"],
                )),
            }
            backend(path.get("backend"), &here.field("backend"), causes);
        }
    }
    if let Some(default) = value.at(&["spec", "defaultBackend"]).filter(|default| !default.is_null()) {
        backend(Some(default), &Path::of("spec.defaultBackend"), causes);
    }
}

fn backend(backend: Option<&OwnedValue>, path: &Path, causes: &mut Causes) {
    let empty = OwnedValue::default();
    let backend = backend.unwrap_or(&empty);
    match (is_empty(backend, &["service"]), is_empty(backend, &["resource"])) {
        (true, true) => causes.push(failure::required(path.text(), "service or resource must be specified")),
        (false, false) => causes.push(failure::wrong(
            path.text(),
            &Value::from(""),
            "cannot set both resource and service backends",
        )),
        (false, true) => {
            if is_empty(backend, &["service", "name"]) {
                causes.push(failure::required(path.field("service").field("name").text(), ""));
            }
            if is_empty(backend, &["service", "port", "name"]) && is_empty(backend, &["service", "port", "number"]) {
                causes.push(failure::required(
                    path.field("service").field("port").text(),
                    "port name or number is required",
                ));
            }
        }
        (true, false) => {}
    }
}
