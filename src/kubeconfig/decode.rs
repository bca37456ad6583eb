//! A kubeconfig file's value into entries, with the complaints of Go's decoder.
//!
//! The files are read as client-go's `clientcmd/api/v1` reads them: names in their exact case, unknown fields dropped,
//! `null` the same as nothing said, the first mistake reported. Fields of a value that was read from YAML are in
//! alphabetical order, and so are the mistakes found.

use std::collections::BTreeMap;

use super::{
    AuthProvider, Cluster, Context, ExecConfig, Kubeconfig, User, base64,
    config::{Extensions, NamedExtension, Preferences},
    duplicates,
};
use crate::api::{Value, quote};

/// Where kubectl keeps the kinds that a kubeconfig may have; part of a complaint.
const SCHEME: &str = "k8s.io/client-go/tools/clientcmd/api/latest/latest.go:50";

/// Go's type for what is peeked at first; part of a complaint.
const HEAD: &str = r#"struct { APIVersion string "json:\"apiVersion,omitempty\""; Kind string "json:\"kind,omitempty\"" }"#;

/// The entries of a file. `origin` is the file's name as it was given; each entry carries it.
///
/// # Errors
/// Go's sentence for a value of the wrong shape, a wrong kind, or a name that comes twice.
pub fn kubeconfig(document: Value<'_>, origin: &str) -> Result<Kubeconfig, String> {
    check_kind(&document)?;
    let mut decoder = Decoder {
        origin,
        ..Decoder::default()
    };
    let mut file = File::default();
    decoder.fields("Config", "v1.Config", document, |decoder, name, value| match name {
        "clusters" => decoder.list("v1.NamedCluster", &mut file.clusters, value, Decoder::named_cluster),
        "contexts" => decoder.list("v1.NamedContext", &mut file.contexts, value, Decoder::named_context),
        "current-context" => decoder.text(&mut file.current_context, value),
        "extensions" => decoder.list("v1.NamedExtension", &mut file.extensions, value, Decoder::named_extension),
        "preferences" => decoder.preferences(&mut file, value),
        "users" => decoder.list("v1.NamedAuthInfo", &mut file.users, value, Decoder::named_user),
        "apiVersion" | "kind" => decoder.text(&mut String::new(), value),
        _ => {}
    });
    match decoder.mistake {
        Some(mistake) => Err(mistake),
        None => file.into_kubeconfig(),
    }
}

/// Refuses another kind of file.
fn check_kind(document: &Value<'_>) -> Result<(), String> {
    let parse_error = |value: &Value<'_>, target: &str| {
        format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go {target}",
            value.json_type()
        )
    };
    let fields = match document {
        Value::Null => return Ok(()),
        Value::Object(fields) => fields,
        other => return Err(parse_error(other, &format!("value of type {HEAD}"))),
    };
    let text = |name: &str| match fields.get(name) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.as_ref()),
        Some(other) => Err(parse_error(other, &format!("struct field .{name} of type string"))),
    };
    let (version, kind) = (text("apiVersion")?, text("kind")?);
    if version.matches('/').count() > 1 {
        return Err(format!("unexpected GroupVersion string: {version}"));
    }
    if version.len() > 1 && version.ends_with('/') {
        // kubectl shows the whole file, credentials included.
        return Err(format!("Object 'apiVersion' is missing in 'apiVersion: {version}'"));
    }
    let version = match version {
        "" | "/" => "v1",
        version => version.strip_prefix('/').unwrap_or(version),
    };
    let kind = if kind.is_empty() { "Config" } else { kind };
    if (version, kind) == ("v1", "Config") {
        return Ok(());
    }
    Err(format!(
        "no kind {} is registered for version {} in scheme {SCHEME:?}",
        quote(kind),
        quote(version)
    ))
}

/// A file's lists before their names are known to be different.
#[derive(Default)]
struct File {
    preference_colors: bool,
    preference_extensions: Vec<NamedExtension>,
    clusters: Vec<(String, Cluster, Vec<NamedExtension>)>,
    users: Vec<(String, User, Vec<NamedExtension>)>,
    contexts: Vec<(String, Context, Vec<NamedExtension>)>,
    current_context: String,
    extensions: Vec<NamedExtension>,
}

impl File {
    fn into_kubeconfig(self) -> Result<Kubeconfig, String> {
        let mut config = Kubeconfig {
            preferences: Preferences {
                colors: self.preference_colors,
                extensions: extensions(self.preference_extensions)?,
            },
            current_context: self.current_context,
            ..Kubeconfig::default()
        };
        if let Some(name) = repeated(&self.clusters) {
            return Err(duplicates::clusters(name, &self.clusters));
        }
        for (name, mut cluster, named) in self.clusters {
            cluster.extensions = extensions(named)?;
            config.clusters.insert(name, cluster);
        }
        if let Some(name) = repeated(&self.users) {
            return Err(duplicates::users(name, &self.users));
        }
        for (name, mut user, named) in self.users {
            user.extensions = extensions(named)?;
            config.users.insert(name, user);
        }
        if let Some(name) = repeated(&self.contexts) {
            return Err(duplicates::contexts(name, &self.contexts));
        }
        for (name, mut context, named) in self.contexts {
            context.extensions = extensions(named)?;
            config.contexts.insert(name, context);
        }
        config.extensions = extensions(self.extensions)?;
        Ok(config)
    }
}

/// The first name that comes a second time.
fn repeated<T, E>(entries: &[(String, T, E)]) -> Option<&str> {
    let mut seen = std::collections::HashSet::with_capacity(entries.len());
    entries.iter().map(|(name, ..)| name.as_str()).find(|name| !seen.insert(*name))
}

/// Extensions by name.
fn extensions(named: Vec<NamedExtension>) -> Result<Extensions, String> {
    let mut found = Extensions::new();
    for (at, (name, value)) in named.iter().enumerate() {
        // Go holds `null` as no extension at all, so a second one of the name does not count as its double.
        if found.get(name).is_some_and(|earlier| !earlier.is_null()) {
            return Err(duplicates::extensions(&named[at].0, &named));
        }
        found.insert(name.clone(), value.clone());
    }
    Ok(found)
}

/// Fills entries, keeps the first mistake and where it was.
#[derive(Default)]
struct Decoder<'o> {
    origin: &'o str,
    /// The struct whose field is being read.
    owner: &'static str,
    /// The names of the fields on the way to the value.
    path: Vec<&'static str>,
    mistake: Option<String>,
}

impl Decoder<'_> {
    /// Keeps `sentence` where it is the first.
    fn fail(&mut self, sentence: String) {
        self.mistake.get_or_insert(sentence);
    }

    /// Complains of a value of another shape than Go's type `wanted`.
    fn mismatch(&mut self, value: &Value<'_>, wanted: &str) {
        self.unfit(value.json_type(), wanted);
    }

    /// Complains of what does not fit Go's type `wanted`.
    fn unfit(&mut self, what: &str, wanted: &str) {
        let path = self.path.join(".");
        let sentence = format!(
            "json: cannot unmarshal {what} into Go struct field {}.{path} of type {wanted}",
            self.owner
        );
        self.fail(sentence);
    }

    /// Gives each field of an object to `each`, which ignores the names that it does not know.
    fn fields<'a>(&mut self, owner: &'static str, wanted: &str, value: Value<'a>, mut each: impl FnMut(&mut Self, &str, Value<'a>)) {
        let fields = match value {
            Value::Null => return,
            Value::Object(fields) => fields,
            other => return self.mismatch(&other, wanted),
        };
        let outer = std::mem::replace(&mut self.owner, owner);
        for (name, value) in fields {
            if let Ok(at) = KNOWN.binary_search(&name.as_ref()) {
                let known = KNOWN[at];
                self.path.push(known);
                each(self, known, value);
                self.path.pop();
            }
        }
        self.owner = outer;
    }

    /// Adds a list's items, each read by `each`; `null` leaves the list as it is.
    fn list<T>(&mut self, item: &str, into: &mut Vec<T>, value: Value<'_>, each: impl Fn(&mut Self, Value<'_>) -> T) {
        self.optional_list(item, value, each)
            .into_iter()
            .for_each(|items| into.extend(items));
    }

    /// A list's items, each read by `each`; nothing for `null`.
    fn optional_list<T>(&mut self, item: &str, value: Value<'_>, each: impl Fn(&mut Self, Value<'_>) -> T) -> Option<Vec<T>> {
        match value {
            Value::Null => None,
            Value::Array(items) => Some(items.into_iter().map(|value| each(self, value)).collect()),
            other => {
                self.mismatch(&other, &format!("[]{item}"));
                None
            }
        }
    }

    fn text(&mut self, into: &mut String, value: Value<'_>) {
        match value {
            Value::Null => {}
            Value::String(text) => *into = text.into_owned(),
            other => self.mismatch(&other, "string"),
        }
    }

    /// One text of a list or map.
    fn one_text(&mut self, value: Value<'_>) -> String {
        let mut text = String::new();
        self.text(&mut text, value);
        text
    }

    fn truth(&mut self, into: &mut bool, value: Value<'_>) {
        match value {
            Value::Null => {}
            Value::Bool(truth) => *into = truth,
            other => self.mismatch(&other, "bool"),
        }
    }

    /// Bytes: base64, or a list of numbers.
    fn bytes(&mut self, into: &mut Vec<u8>, value: Value<'_>) {
        match value {
            Value::Null => {}
            Value::String(text) => match base64::decode(&text) {
                Ok(bytes) => *into = bytes,
                Err(sentence) => self.fail(sentence),
            },
            Value::Array(items) => *into = items.into_iter().map(|item| self.byte(&item)).collect(),
            other => self.mismatch(&other, "[]uint8"),
        }
    }

    fn byte(&mut self, value: &Value<'_>) -> u8 {
        match value {
            Value::Null => 0,
            Value::Int(number) => u8::try_from(*number).unwrap_or_else(|_| {
                self.unfit(&format!("number {number}"), "uint8");
                0
            }),
            Value::Float(number) => {
                self.unfit(&format!("number {number}"), "uint8");
                0
            }
            other => {
                self.mismatch(other, "uint8");
                0
            }
        }
    }

    fn preferences(&mut self, file: &mut File, value: Value<'_>) {
        self.fields("Preferences", "v1.Preferences", value, |decoder, name, value| match name {
            "colors" => decoder.truth(&mut file.preference_colors, value),
            "extensions" => decoder.list(
                "v1.NamedExtension",
                &mut file.preference_extensions,
                value,
                Decoder::named_extension,
            ),
            _ => {}
        });
    }

    fn named_extension(&mut self, value: Value<'_>) -> NamedExtension {
        let mut entry = (String::new(), Value::Null);
        self.fields("NamedExtension", "v1.NamedExtension", value, |decoder, name, value| match name {
            "name" => decoder.text(&mut entry.0, value),
            "extension" => entry.1 = value.into_owned(),
            _ => {}
        });
        entry
    }

    fn named_cluster(&mut self, value: Value<'_>) -> (String, Cluster, Vec<NamedExtension>) {
        let mut entry = (String::new(), Cluster::default(), Vec::new());
        self.origin.clone_into(&mut entry.1.origin);
        self.fields("NamedCluster", "v1.NamedCluster", value, |decoder, name, value| match name {
            "name" => decoder.text(&mut entry.0, value),
            "cluster" => decoder.cluster(&mut entry.1, &mut entry.2, value),
            _ => {}
        });
        entry
    }

    fn cluster(&mut self, cluster: &mut Cluster, extensions: &mut Vec<NamedExtension>, value: Value<'_>) {
        self.fields("Cluster", "v1.Cluster", value, |decoder, name, value| match name {
            "server" => decoder.text(&mut cluster.server, value),
            "tls-server-name" => decoder.text(&mut cluster.tls_server_name, value),
            "insecure-skip-tls-verify" => decoder.truth(&mut cluster.insecure_skip_tls_verify, value),
            "certificate-authority" => decoder.text(&mut cluster.certificate_authority, value),
            "certificate-authority-data" => decoder.bytes(&mut cluster.certificate_authority_data, value),
            "proxy-url" => decoder.text(&mut cluster.proxy_url, value),
            "disable-compression" => decoder.truth(&mut cluster.disable_compression, value),
            "extensions" => decoder.list("v1.NamedExtension", extensions, value, Decoder::named_extension),
            _ => {}
        });
    }

    fn named_context(&mut self, value: Value<'_>) -> (String, Context, Vec<NamedExtension>) {
        let mut entry = (String::new(), Context::default(), Vec::new());
        self.origin.clone_into(&mut entry.1.origin);
        self.fields("NamedContext", "v1.NamedContext", value, |decoder, name, value| match name {
            "name" => decoder.text(&mut entry.0, value),
            "context" => decoder.context(&mut entry.1, &mut entry.2, value),
            _ => {}
        });
        entry
    }

    fn context(&mut self, context: &mut Context, extensions: &mut Vec<NamedExtension>, value: Value<'_>) {
        self.fields("Context", "v1.Context", value, |decoder, name, value| match name {
            "cluster" => decoder.text(&mut context.cluster, value),
            "user" => decoder.text(&mut context.user, value),
            "namespace" => decoder.text(&mut context.namespace, value),
            "extensions" => decoder.list("v1.NamedExtension", extensions, value, Decoder::named_extension),
            _ => {}
        });
    }

    fn named_user(&mut self, value: Value<'_>) -> (String, User, Vec<NamedExtension>) {
        let mut entry = (String::new(), User::default(), Vec::new());
        self.origin.clone_into(&mut entry.1.origin);
        self.fields("NamedAuthInfo", "v1.NamedAuthInfo", value, |decoder, name, value| match name {
            "name" => decoder.text(&mut entry.0, value),
            "user" => decoder.user(&mut entry.1, &mut entry.2, value),
            _ => {}
        });
        entry
    }

    fn user(&mut self, user: &mut User, extensions: &mut Vec<NamedExtension>, value: Value<'_>) {
        self.fields("AuthInfo", "v1.AuthInfo", value, |decoder, name, value| match name {
            "client-certificate" => decoder.text(&mut user.client_certificate, value),
            "client-certificate-data" => decoder.bytes(&mut user.client_certificate_data, value),
            "client-key" => decoder.text(&mut user.client_key, value),
            "client-key-data" => decoder.bytes(&mut user.client_key_data, value),
            "token" => decoder.text(&mut user.token, value),
            "tokenFile" => decoder.text(&mut user.token_file, value),
            "as" => decoder.text(&mut user.impersonate, value),
            "as-uid" => decoder.text(&mut user.impersonate_uid, value),
            "as-groups" => decoder.list("string", &mut user.impersonate_groups, value, Decoder::one_text),
            "as-user-extra" => decoder.map("map[string][]string", value, &mut user.impersonate_user_extra, |decoder, value| {
                decoder.optional_list("string", value, Decoder::one_text)
            }),
            "username" => decoder.text(&mut user.username, value),
            "password" => decoder.text(&mut user.password, value),
            "auth-provider" => user.auth_provider = decoder.auth_provider(value),
            "exec" => user.exec = decoder.exec(value),
            "extensions" => decoder.list("v1.NamedExtension", extensions, value, Decoder::named_extension),
            _ => {}
        });
    }

    /// Adds the entries of a map whose names are free.
    fn map<T>(&mut self, wanted: &str, value: Value<'_>, into: &mut BTreeMap<String, T>, each: impl Fn(&mut Self, Value<'_>) -> T) {
        match value {
            Value::Null => {}
            Value::Object(fields) => {
                for (name, value) in fields {
                    let value = each(self, value);
                    into.insert(name.into_owned(), value);
                }
            }
            other => self.mismatch(&other, wanted),
        }
    }

    fn auth_provider(&mut self, value: Value<'_>) -> Option<AuthProvider> {
        if value.is_null() {
            return None;
        }
        let mut provider = AuthProvider::default();
        self.fields(
            "AuthProviderConfig",
            "v1.AuthProviderConfig",
            value,
            |decoder, name, value| match name {
                "name" => decoder.text(&mut provider.name, value),
                "config" if !value.is_null() => {
                    let config = provider.config.get_or_insert_default();
                    decoder.map("map[string]string", value, config, Decoder::one_text);
                }
                _ => {}
            },
        );
        Some(provider)
    }

    fn exec(&mut self, value: Value<'_>) -> Option<ExecConfig> {
        if value.is_null() {
            return None;
        }
        let mut exec = ExecConfig::default();
        self.fields("ExecConfig", "v1.ExecConfig", value, |decoder, name, value| match name {
            "command" => decoder.text(&mut exec.command, value),
            "args" => exec.args = decoder.optional_list("string", value, Decoder::one_text),
            "env" => exec.env = decoder.optional_list("v1.ExecEnvVar", value, Decoder::variable),
            "apiVersion" => decoder.text(&mut exec.api_version, value),
            "installHint" => decoder.text(&mut exec.install_hint, value),
            "provideClusterInfo" => decoder.truth(&mut exec.provide_cluster_info, value),
            "interactiveMode" => decoder.text_of_type("v1.ExecInteractiveMode", &mut exec.interactive_mode, value),
            _ => {}
        });
        // The older versions leave this open; the newer one does not.
        let older = ["client.authentication.k8s.io/v1alpha1", "client.authentication.k8s.io/v1beta1"];
        if exec.interactive_mode.is_empty() && older.contains(&exec.api_version.as_str()) {
            "IfAvailable".clone_into(&mut exec.interactive_mode);
        }
        Some(exec)
    }

    fn text_of_type(&mut self, wanted: &str, into: &mut String, value: Value<'_>) {
        match value {
            Value::Null | Value::String(_) => self.text(into, value),
            other => self.mismatch(&other, wanted),
        }
    }

    fn variable(&mut self, value: Value<'_>) -> (String, String) {
        let mut variable = (String::new(), String::new());
        self.fields("ExecEnvVar", "v1.ExecEnvVar", value, |decoder, name, value| match name {
            "name" => decoder.text(&mut variable.0, value),
            "value" => decoder.text(&mut variable.1, value),
            _ => {}
        });
        variable
    }
}

/// Every name of a field, in order, so that a path is made of names that live for ever.
const KNOWN: [&str; 44] = [
    "apiVersion",
    "args",
    "as",
    "as-groups",
    "as-uid",
    "as-user-extra",
    "auth-provider",
    "certificate-authority",
    "certificate-authority-data",
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "cluster",
    "clusters",
    "colors",
    "command",
    "config",
    "context",
    "contexts",
    "current-context",
    "disable-compression",
    "env",
    "exec",
    "extension",
    "extensions",
    "insecure-skip-tls-verify",
    "installHint",
    "interactiveMode",
    "kind",
    "name",
    "namespace",
    "password",
    "preferences",
    "provideClusterInfo",
    "proxy-url",
    "server",
    "tls-server-name",
    "token",
    "tokenFile",
    "user",
    "username",
    "users",
    "value",
];
