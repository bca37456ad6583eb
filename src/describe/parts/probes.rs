//! Probes in one line: `http-get http://:8080/ready delay=0s timeout=1s period=10s #success=1 #failure=3`.

use std::fmt::Write;

use super::fields::{bracketed, number, number_or_text, object, texts};
use crate::api::Value;

/// A probe in one line.
pub fn shown(probe: &Value<'_>) -> String {
    let at = |field| number(probe, &[field]);
    let attributes = format!(
        "delay={}s timeout={}s period={}s #success={} #failure={}",
        at("initialDelaySeconds"),
        at("timeoutSeconds"),
        at("periodSeconds"),
        at("successThreshold"),
        at("failureThreshold")
    );
    if let Some(exec) = object(probe, &["exec"]) {
        return format!("exec {} {attributes}", bracketed(&texts(exec, &["command"])));
    }
    if let Some(http) = object(probe, &["httpGet"]) {
        return format!("http-get {} {attributes}", url(http));
    }
    if let Some(tcp) = object(probe, &["tcpSocket"]) {
        let port = number_or_text(tcp.at(&["port"]));
        return format!("tcp-socket {}:{port} {attributes}", tcp.str_at(&["host"]));
    }
    if let Some(grpc) = object(probe, &["grpc"]) {
        let (port, service) = (number(grpc, &["port"]), grpc.str_at(&["service"]));
        return format!("grpc <pod>:{port} {service} {attributes}");
    }
    format!("unknown {attributes}")
}

/// Where an HTTP probe asks, as Go writes a URL of these parts.
fn url(http: &Value<'_>) -> String {
    let scheme = http.str_at(&["scheme"]).to_ascii_lowercase();
    let port = number_or_text(http.at(&["port"]));
    let mut host = http.str_at(&["host"]).to_owned();
    if !port.is_empty() {
        host = host_and_port(&host, &port);
    }
    let path = http.str_at(&["path"]);
    let mut url = String::new();
    if !scheme.is_empty() {
        url = format!("{scheme}:");
    }
    if !scheme.is_empty() || !host.is_empty() {
        if !host.is_empty() || !path.is_empty() {
            url.push_str("//");
        }
        escape(&mut url, &host, "!$&'()*+,;=:[]<>\"");
    }
    if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
        url.push('/');
    }
    match path {
        "*" => url.push('*'),
        path => escape(&mut url, path, "$&+,/:;=@"),
    }
    url
}

/// A host with a port, the host in brackets where it is an address with colons (`net.JoinHostPort`).
pub fn host_and_port(host: &str, port: &str) -> String {
    if host.contains(':') || host.contains('%') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// Adds text with what is neither unreserved nor in `allowed` as `%41`.
fn escape(out: &mut String, text: &str, allowed: &str) {
    for byte in text.bytes() {
        let letter = char::from(byte);
        if letter.is_ascii_alphanumeric() || "-_.~".contains(letter) || (byte.is_ascii() && allowed.contains(letter)) {
            out.push(letter);
        } else {
            // A string takes everything.
            _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::value;

    #[test]
    fn shown_of_an_http_probe_is_the_url_that_go_writes() {
        for (probe, want) in [
            (r#"{"port":80,"scheme":"HTTP","path":"/a b?c"}"#, "http://:80/a%20b%3Fc"),
            (r#"{"port":"web","scheme":"HTTPS","host":"::1","path":"x"}"#, "https://[::1]:web/x"),
            (r#"{"scheme":"HTTP"}"#, "http://:0"),
            (r#"{"scheme":"HTTP","port":"","path":"/p"}"#, "http:///p"),
            (r#"{"path":"*","port":1}"#, "//:1/*"),
        ] {
            let shown = shown(&value(&format!(r#"{{"httpGet":{probe}}}"#)));
            assert_eq!(
                shown,
                format!("http-get {want} delay=0s timeout=0s period=0s #success=0 #failure=0")
            );
        }
    }

    #[test]
    fn shown_of_a_probe_without_an_action_is_unknown() {
        assert!(shown(&value("{}")).starts_with("unknown delay=0s"));
        assert!(shown(&value(r#"{"exec":{"command":["cat","/x"]}}"#)).starts_with("exec [cat /x] delay"));
    }
}
