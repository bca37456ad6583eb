//! A kubeconfig as one value, fields in the order of client-go's `clientcmd/api/v1`: what JSON output shows, and what
//! is written to a file once its keys are sorted.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Cluster, Context, ExecConfig, Kubeconfig, User, config::Extensions};
use crate::api::{Map, OwnedValue, Value};

/// The whole kubeconfig. A list without entries is `null`; settings that say nothing are left out.
pub fn kubeconfig(config: &Kubeconfig) -> OwnedValue {
    let mut fields = Fields::default();
    fields.0.insert("kind", "Config");
    fields.0.insert("apiVersion", "v1");
    if config.preferences != Default::default() {
        let mut preferences = Fields::default();
        preferences.truth("colors", config.preferences.colors);
        preferences.extensions(&config.preferences.extensions);
        fields.0.insert("preferences", preferences.0);
    }
    fields.0.insert("clusters", entries("cluster", &config.clusters, cluster));
    fields.0.insert("users", entries("user", &config.users, user));
    fields.0.insert("contexts", entries("context", &config.contexts, context));
    fields.0.insert("current-context", config.current_context.clone());
    fields.extensions(&config.extensions);
    Value::Object(fields.0)
}

/// Fields of a struct, of which many are left out where they say nothing.
struct Fields(Map<'static>);

impl Default for Fields {
    fn default() -> Self {
        Fields(Map::in_order())
    }
}

impl Fields {
    fn text(&mut self, name: &'static str, text: &str) {
        if !text.is_empty() {
            self.0.insert(name, text.to_owned());
        }
    }

    fn truth(&mut self, name: &'static str, truth: bool) {
        if truth {
            self.0.insert(name, true);
        }
    }

    fn bytes(&mut self, name: &'static str, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.0.insert(name, STANDARD.encode(bytes));
        }
    }

    fn extensions(&mut self, extensions: &Extensions) {
        if !extensions.is_empty() {
            self.0.insert("extensions", entries("extension", extensions, Clone::clone));
        }
    }
}

/// Entries as a list of name and content, in the order of their names; `null` for none.
fn entries<T>(content: &'static str, entries: &BTreeMap<String, T>, each: impl Fn(&T) -> OwnedValue) -> OwnedValue {
    if entries.is_empty() {
        return Value::Null;
    }
    let named = entries.iter().map(|(name, entry)| {
        let mut fields = Map::in_order();
        fields.insert("name", name.clone());
        fields.insert(content, each(entry));
        Value::Object(fields)
    });
    Value::Array(named.collect())
}

fn texts(texts: &[String]) -> OwnedValue {
    Value::Array(texts.iter().cloned().map(Value::from).collect())
}

fn cluster(cluster: &Cluster) -> OwnedValue {
    let mut fields = Fields::default();
    fields.0.insert("server", cluster.server.clone());
    fields.text("tls-server-name", &cluster.tls_server_name);
    fields.truth("insecure-skip-tls-verify", cluster.insecure_skip_tls_verify);
    fields.text("certificate-authority", &cluster.certificate_authority);
    fields.bytes("certificate-authority-data", &cluster.certificate_authority_data);
    fields.text("proxy-url", &cluster.proxy_url);
    fields.truth("disable-compression", cluster.disable_compression);
    fields.extensions(&cluster.extensions);
    Value::Object(fields.0)
}

fn context(context: &Context) -> OwnedValue {
    let mut fields = Fields::default();
    fields.0.insert("cluster", context.cluster.clone());
    fields.0.insert("user", context.user.clone());
    fields.text("namespace", &context.namespace);
    fields.extensions(&context.extensions);
    Value::Object(fields.0)
}

fn user(user: &User) -> OwnedValue {
    let mut fields = Fields::default();
    fields.text("client-certificate", &user.client_certificate);
    fields.bytes("client-certificate-data", &user.client_certificate_data);
    fields.text("client-key", &user.client_key);
    fields.bytes("client-key-data", &user.client_key_data);
    fields.text("token", &user.token);
    fields.text("tokenFile", &user.token_file);
    fields.text("as", &user.impersonate);
    fields.text("as-uid", &user.impersonate_uid);
    if !user.impersonate_groups.is_empty() {
        fields.0.insert("as-groups", texts(&user.impersonate_groups));
    }
    if !user.impersonate_user_extra.is_empty() {
        let extra = user.impersonate_user_extra.iter().map(|(key, values)| {
            let values = values.as_deref().map_or(Value::Null, texts);
            (key.clone(), values)
        });
        fields.0.insert("as-user-extra", extra.collect::<Map<'_>>());
    }
    fields.text("username", &user.username);
    fields.text("password", &user.password);
    if let Some(provider) = &user.auth_provider {
        let mut auth_provider = Map::in_order();
        auth_provider.insert("name", provider.name.clone());
        auth_provider.insert(
            "config",
            match &provider.config {
                Some(config) => config
                    .iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect::<Map<'_>>()
                    .into(),
                None => Value::Null,
            },
        );
        fields.0.insert("auth-provider", auth_provider);
    }
    if let Some(config) = &user.exec {
        fields.0.insert("exec", exec(config));
    }
    fields.extensions(&user.extensions);
    Value::Object(fields.0)
}

fn exec(exec: &ExecConfig) -> OwnedValue {
    let mut fields = Fields::default();
    fields.0.insert("command", exec.command.clone());
    fields.0.insert("args", exec.args.as_deref().map_or(Value::Null, texts));
    let env = exec.env.as_ref().map_or(Value::Null, |env| {
        let variables = env.iter().map(|(name, value)| {
            let mut variable = Map::in_order();
            variable.insert("name", name.clone());
            variable.insert("value", value.clone());
            Value::Object(variable)
        });
        Value::Array(variables.collect())
    });
    fields.0.insert("env", env);
    fields.text("apiVersion", &exec.api_version);
    fields.text("installHint", &exec.install_hint);
    fields.0.insert("provideClusterInfo", exec.provide_cluster_info);
    fields.text("interactiveMode", &exec.interactive_mode);
    Value::Object(fields.0)
}
