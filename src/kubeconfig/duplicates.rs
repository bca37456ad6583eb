//! The complaint about a name that comes twice in a list, which shows the whole list as Go prints a value.
//!
//! kubectl shows credentials in it; here they are left out.

use super::{
    Cluster, Context, User,
    config::{Extensions, NamedExtension},
};
use crate::api::json;

/// What stands for a credential.
const REDACTED: &str = "REDACTED";

/// Clusters of which two are called `name`.
pub fn clusters(name: &str, entries: &[(String, Cluster, Vec<NamedExtension>)]) -> String {
    let shown = entries.iter().map(|(name, cluster, extensions)| {
        format!(
            "{{{name} {{{} {} {} {} {} {} {} {}}}}}",
            cluster.server,
            cluster.tls_server_name,
            cluster.insecure_skip_tls_verify,
            cluster.certificate_authority,
            bytes(&cluster.certificate_authority_data),
            cluster.proxy_url,
            cluster.disable_compression,
            extension_list(extensions),
        )
    });
    sentence("NamedCluster", "*api.Cluster", name, shown)
}

/// Users of which two are called `name`.
pub fn users(name: &str, entries: &[(String, User, Vec<NamedExtension>)]) -> String {
    let secret = |text: &str| if text.is_empty() { "" } else { REDACTED };
    let shown = entries.iter().map(|(name, user, extensions)| {
        let key_data = if user.client_key_data.is_empty() {
            "[]".to_owned()
        } else {
            format!("[{REDACTED}]")
        };
        let extra = user.impersonate_user_extra.iter().map(|(key, values)| {
            let values = values.as_deref().unwrap_or_default();
            format!("{key}:[{}]", values.join(" "))
        });
        let pointer = |there: bool| if there { REDACTED } else { "<nil>" };
        format!(
            "{{{name} {{{} {} {} {key_data} {} {} {} {} [{}] map[{}] {} {} {} {} {}}}}}",
            user.client_certificate,
            bytes(&user.client_certificate_data),
            user.client_key,
            secret(&user.token),
            user.token_file,
            user.impersonate,
            user.impersonate_uid,
            user.impersonate_groups.join(" "),
            extra.collect::<Vec<_>>().join(" "),
            user.username,
            secret(&user.password),
            pointer(user.auth_provider.is_some()),
            pointer(user.exec.is_some()),
            extension_list(extensions),
        )
    });
    sentence("NamedAuthInfo", "*api.AuthInfo", name, shown)
}

/// Contexts of which two are called `name`.
pub fn contexts(name: &str, entries: &[(String, Context, Vec<NamedExtension>)]) -> String {
    let shown = entries.iter().map(|(name, context, extensions)| {
        format!(
            "{{{name} {{{} {} {} {}}}}}",
            context.cluster,
            context.user,
            context.namespace,
            extension_list(extensions)
        )
    });
    sentence("NamedContext", "*api.Context", name, shown)
}

/// Extensions of which two are called `name`.
pub fn extensions(name: &str, entries: &[NamedExtension]) -> String {
    sentence("NamedExtension", "runtime.Object", name, entries.iter().map(extension))
}

fn sentence(list: &str, target: &str, name: &str, shown: impl Iterator<Item = String>) -> String {
    format!(
        "error converting *[]{list} into *map[string]{target}: duplicate name \"{name}\" in list: [{}]",
        shown.collect::<Vec<_>>().join(" ")
    )
}

fn extension_list(entries: &[NamedExtension]) -> String {
    format!("[{}]", entries.iter().map(extension).collect::<Vec<_>>().join(" "))
}

/// Extensions by name, as Go prints them in memory.
pub fn extension_map(extensions: &Extensions) -> String {
    let shown = extensions.iter().map(|(name, value)| {
        if value.is_null() {
            return format!("{name}:<nil>");
        }
        let mut raw = Vec::new();
        json::to_compact(&mut raw, value);
        format!(
            "{name}:&Unknown{{TypeMeta:TypeMeta{{APIVersion:,Kind:,}},Raw:*{},ContentEncoding:,ContentType:application/json,}}",
            bytes(&raw)
        )
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn extension((name, value): &NamedExtension) -> String {
    let mut raw = Vec::new();
    if !value.is_null() {
        json::to_compact(&mut raw, value);
    }
    format!("{{{name} {{{} <nil>}}}}", bytes(&raw))
}

/// Bytes as Go prints them: numbers in brackets.
fn bytes(bytes: &[u8]) -> String {
    format!("[{}]", bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(" "))
}
