//! What a credential plugin prints: an `ExecCredential`, read as client-go reads it, with its sentences for anything else.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::sign::CertifiedKey;

use crate::{
    api::{Value, json},
    client::{connect::tls::key_pair, klog::quoted},
    kubeconfig::document,
};

/// The API group of credentials.
const GROUP: &str = "client.authentication.k8s.io";
/// The versions that are spoken.
pub(super) const V1: &str = "client.authentication.k8s.io/v1";
pub(super) const V1BETA1: &str = "client.authentication.k8s.io/v1beta1";

/// Where client-go says that it knows the kinds of credentials.
const SCHEME: &str = "pkg/client/auth/exec/exec.go:62";

/// What a plugin printed.
pub(super) struct Credentials {
    /// A bearer token; may be empty.
    pub(super) token: String,
    /// A certificate and its key.
    pub(super) key: Option<Arc<CertifiedKey>>,
    /// When both end.
    pub(super) expires: Option<Timestamp>,
}

/// Reads what a plugin printed.
///
/// # Errors
/// client-go's reason.
pub(super) fn decode(output: &[u8], version: &str) -> Result<Credentials, String> {
    let value = parse(output).map_err(|reason| format!("decoding stdout: {reason}"))?;
    let text = |name: &str| match value.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_ref()),
        Some(other) => Err(format!(
            "decoding stdout: couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go struct field .{name} of type string",
            other.json_type()
        )),
    };
    let (got, kind) = (text("apiVersion")?, text("kind")?);
    let known = [V1, V1BETA1].contains(&got) && matches!(kind, "ExecCredential" | "");
    if got.is_empty() {
        return Err(format!(
            "exec plugin is configured to use API version {version}, plugin returned version {GROUP}/__internal"
        ));
    }
    if !known {
        return Err(format!(
            "decoding stdout: no kind {} is registered for version {} in scheme {}",
            quoted(kind),
            quoted(got),
            quoted(SCHEME)
        ));
    }
    if got != version {
        return Err(format!(
            "exec plugin is configured to use API version {version}, plugin returned version {got}"
        ));
    }
    let status = value
        .get("status")
        .filter(|status| !status.is_null())
        .ok_or("exec plugin didn't return a status field")?;
    if status.as_object().is_none() {
        let short = version.rsplit('/').next().unwrap_or_default();
        return Err(format!(
            "decoding stdout: json: cannot unmarshal {} into Go struct field ExecCredential.status of type {short}.ExecCredentialStatus",
            status.json_type()
        ));
    }
    let field = |name: &str| match status.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_ref()),
        Some(other) => Err(format!(
            "decoding stdout: json: cannot unmarshal {} into Go struct field ExecCredentialStatus.status.{name} of type string",
            other.json_type()
        )),
    };
    let expires = match field("expirationTimestamp")? {
        "" => None,
        text => Some(text.parse::<Timestamp>().map_err(|_| {
            let text = quoted(text);
            format!("decoding stdout: parsing time {text} as \"2006-01-02T15:04:05Z07:00\": cannot parse {text} as \"2006\"")
        })?),
    };
    let (token, certificate, key) = (field("token")?, field("clientCertificateData")?, field("clientKeyData")?);
    if token.is_empty() && certificate.is_empty() && key.is_empty() {
        return Err("exec plugin didn't return a token or cert/key pair".to_owned());
    }
    if certificate.is_empty() != key.is_empty() {
        return Err("exec plugin returned only certificate or key, not both".to_owned());
    }
    let key = match certificate.is_empty() {
        true => None,
        false => Some(
            key_pair(certificate.as_bytes(), key.as_bytes())
                .map_err(|reason| format!("failed parsing client key/certificate: {reason}"))?,
        ),
    };
    Ok(Credentials {
        token: token.to_owned(),
        key,
        expires,
    })
}

/// JSON, or YAML where the output does not begin like an object.
fn parse(output: &[u8]) -> Result<Value<'static>, String> {
    const BEFORE: &str = "couldn't get version/kind; json parse error: ";
    let value = if output.trim_ascii_start().starts_with(b"{") {
        json::parse(output).map_err(|error| format!("{BEFORE}{error}"))?.into_owned()
    } else {
        document::parse(output)?.into_owned()
    };
    match &value {
        Value::Object(_) | Value::Null => Ok(value),
        other => Err(format!(
            "{BEFORE}json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; \
             Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            other.json_type()
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn failure(output: &str) -> String {
        decode(output.as_bytes(), V1).err().unwrap()
    }

    #[test]
    fn decode_reads_token_and_end() {
        let output = format!(
            "{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\",\"status\":{{\"token\":\"t\",\"expirationTimestamp\":\"2030-01-01T00:00:00Z\"}}}}"
        );
        let credentials = decode(output.as_bytes(), V1).unwrap();
        assert_eq!(credentials.token, "t");
        assert_eq!(credentials.expires.unwrap().to_string(), "2030-01-01T00:00:00Z");
        let yaml = format!("apiVersion: {V1BETA1}\nkind: ExecCredential\nstatus: {{token: yam}}\n");
        assert_eq!(decode(yaml.as_bytes(), V1BETA1).unwrap().token, "yam");
    }

    #[test]
    fn decode_of_anything_else_says_what_client_go_says() {
        let internal = format!("exec plugin is configured to use API version {V1}, plugin returned version {GROUP}/__internal");
        for output in ["", "{}", "null", "{\"kind\":\"ExecCredential\"}"] {
            assert_eq!(failure(output), internal, "{output}");
        }
        let before = "decoding stdout: couldn't get version/kind; json parse error: ";
        let type_of = "Go value of type struct { APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }";
        assert_eq!(failure("junk"), format!("{before}json: cannot unmarshal string into {type_of}"));
        assert_eq!(failure("[]"), format!("{before}json: cannot unmarshal array into {type_of}"));
        assert_eq!(failure("{"), format!("{before}unexpected end of JSON input"));
        assert_eq!(failure("{} x"), format!("{before}invalid character 'x' after top-level value"));
        assert_eq!(
            failure("{\"apiVersion\":5}"),
            format!("{before}json: cannot unmarshal number into Go struct field .apiVersion of type string")
        );
        assert_eq!(
            failure("{\"apiVersion\":\"v1\",\"kind\":\"Foo\"}"),
            "decoding stdout: no kind \"Foo\" is registered for version \"v1\" in scheme \"pkg/client/auth/exec/exec.go:62\""
        );
        assert_eq!(
            failure(&format!("{{\"apiVersion\":\"{V1BETA1}\",\"kind\":\"ExecCredential\"}}")),
            format!("exec plugin is configured to use API version {V1}, plugin returned version {V1BETA1}")
        );
        let status = |status: &str| failure(&format!("{{\"apiVersion\":\"{V1}\",\"kind\":\"ExecCredential\"{status}}}"));
        assert_eq!(status(""), "exec plugin didn't return a status field");
        assert_eq!(status(",\"status\":{}"), "exec plugin didn't return a token or cert/key pair");
        assert_eq!(
            status(",\"status\":{\"clientKeyData\":\"x\"}"),
            "exec plugin returned only certificate or key, not both"
        );
        assert_eq!(
            status(",\"status\":{\"clientKeyData\":\"x\",\"clientCertificateData\":\"y\"}"),
            "failed parsing client key/certificate: tls: failed to find any PEM data in certificate input"
        );
        assert_eq!(
            status(",\"status\":{\"token\":5}"),
            "decoding stdout: json: cannot unmarshal number into Go struct field ExecCredentialStatus.status.token of type string"
        );
        assert_eq!(
            status(",\"status\":{\"token\":\"t\",\"expirationTimestamp\":\"foo\"}"),
            "decoding stdout: parsing time \"foo\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"foo\" as \"2006\""
        );
    }

    proptest! {
        #[test]
        fn decode_of_any_bytes_ends(output in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = decode(&output, V1);
        }
    }
}
