//! What kubectl finds wrong with an entry before it uses it. The sentences are those of client-go's `clientcmd`.

use std::fs;

use super::{Cluster, User, address};
use crate::{api::quote, error::reason};

/// What is wrong with a cluster; an entry that says nothing at all has only that to complain of.
///
/// Relative file names are read against the working directory, as the process has it.
pub fn cluster(name: &str, cluster: &Cluster) -> Vec<String> {
    if *cluster == Cluster::default() {
        return vec!["cluster has no server defined".to_owned()];
    }
    let mut wrong = Vec::new();
    if cluster.server.is_empty() {
        wrong.push(match name {
            "" => "default cluster has no server defined".to_owned(),
            name => format!("no server found for cluster {}", quote(name)),
        });
    }
    if !cluster.proxy_url.is_empty()
        && let Err(cause) = address::proxy(&cluster.proxy_url)
    {
        wrong.push(format!(
            "invalid 'proxy-url' {} for cluster {}: {cause}",
            quote(&cluster.proxy_url),
            quote(name)
        ));
    }
    let file = &cluster.certificate_authority;
    if !file.is_empty() && !cluster.certificate_authority_data.is_empty() {
        wrong.push(format!(
            "certificate-authority-data and certificate-authority are both specified for {name}. certificate-authority-data will override."
        ));
    }
    wrong.extend(unreadable("certificate-authority", file, name));
    wrong
}

/// What is wrong with a user.
pub fn user(name: &str, user: &User) -> Vec<String> {
    let mut wrong = Vec::new();
    let (certificate, key) = (&user.client_certificate, &user.client_key);
    if !certificate.is_empty() || !user.client_certificate_data.is_empty() {
        if !certificate.is_empty() && !user.client_certificate_data.is_empty() {
            wrong.push(format!(
                "client-cert-data and client-cert are both specified for {name}. client-cert-data will override."
            ));
        }
        if !key.is_empty() && !user.client_key_data.is_empty() {
            wrong.push(format!(
                "client-key-data and client-key are both specified for {name}; client-key-data will override"
            ));
        }
        if key.is_empty() && user.client_key_data.is_empty() {
            wrong.push(format!(
                "client-key-data or client-key must be specified for {name} to use the clientCert authentication method."
            ));
        }
        wrong.extend(unreadable("client-cert", certificate, name));
        wrong.extend(unreadable("client-key", key, name));
    }
    if let Some(exec) = &user.exec {
        let missing = |what: &str| format!("{what} must be specified for {name} to use exec authentication plugin");
        if user.auth_provider.is_some() {
            wrong.push(format!(
                "authProvider cannot be provided in combination with an exec plugin for {name}"
            ));
        }
        if exec.command.is_empty() {
            wrong.push(missing("command"));
        }
        if exec.api_version.is_empty() {
            wrong.push(missing("apiVersion"));
        }
        let nameless = exec.env.iter().flatten().filter(|(variable, _)| variable.is_empty());
        wrong.extend(nameless.map(|_| missing("env variable name")));
        match exec.interactive_mode.as_str() {
            "" => wrong.push(missing("interactiveMode")),
            "Never" | "IfAvailable" | "Always" => {}
            other => wrong.push(format!("invalid interactiveMode for {name}: {}", quote(other))),
        }
    }
    if !user.token.is_empty() && (!user.username.is_empty() || !user.password.is_empty()) {
        wrong.push(format!(
            "more than one authentication method found for {name}; found [token basicAuth], only one is allowed"
        ));
    }
    let attributes = !user.impersonate_uid.is_empty() || !user.impersonate_groups.is_empty() || !user.impersonate_user_extra.is_empty();
    if attributes && user.impersonate.is_empty() {
        wrong.push(format!(
            "requesting uid, groups or user-extra for {name} without impersonating a user"
        ));
    }
    wrong
}

/// The complaint about a file that cannot be opened.
fn unreadable(what: &str, file: &str, name: &str) -> Option<String> {
    if file.is_empty() {
        return None;
    }
    let error = fs::File::open(file).err()?;
    Some(format!(
        "unable to read {what} {file} for {name} due to open {file}: {}",
        reason(&error)
    ))
}
