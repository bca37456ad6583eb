//! What a client is made from: the kubeconfig's current entries with the flags laid over them.
//!
//! The order of questions is client-go's (`clientcmd.DeferredLoadingClientConfig`), because it decides which of several
//! mistakes is reported: most commands ask for [`ClientConfig::namespace`] first, then for
//! [`ClientConfig::rest_config`].

use std::{
    collections::{BTreeMap, HashMap},
    fs,
    sync::Arc,
};

use super::{
    AuthConfig, Cluster, Context, Credentials, Impersonate, InCluster, Kubeconfig, Overrides, RestConfig, TlsConfig, User, address,
    timeout, validate,
};
use crate::{
    api::quote,
    error::{Error, NO_CONTEXT, Result, reason},
};

/// The extension of a cluster that is passed to credential plugins.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";

/// The server that is meant where nothing names one.
const DEFAULT_SERVER: &str = "http://localhost:8080";

/// A kubeconfig with the flags of this run.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    /// The merged files, paths made absolute.
    pub kubeconfig: Arc<Kubeconfig>,
    /// The flags.
    pub overrides: Overrides,
    /// The cluster that this process may run in.
    pub in_cluster: InCluster,
    /// The server that is meant where nothing names one: `KUBERNETES_MASTER`, or `http://localhost:8080`.
    pub default_server: String,
}

impl ClientConfig {
    /// The kubeconfig with the flags of this run, and what the environment says.
    pub fn new(kubeconfig: Arc<Kubeconfig>, overrides: Overrides, env: &HashMap<String, String>) -> Self {
        let master = env.get("KUBERNETES_MASTER").filter(|master| !master.is_empty());
        ClientConfig {
            kubeconfig,
            overrides,
            in_cluster: InCluster::new(env),
            default_server: master.map_or_else(|| DEFAULT_SERVER.to_owned(), Clone::clone),
        }
    }

    /// The namespace that counts where a command names none, and whether `--namespace` said so: the flag, the context's,
    /// the pod's own, or `default`.
    ///
    /// # Errors
    /// What is wrong with the entries that are to be used.
    pub fn namespace(&self) -> Result<(String, bool)> {
        if !self.overrides.namespace.is_empty() {
            return Ok((self.overrides.namespace.clone(), true));
        }
        self.confirm_usable()?;
        let context = self.context()?;
        if !context.namespace.is_empty() {
            return Ok((context.namespace, false));
        }
        if self.in_cluster.is_possible() {
            return Ok((self.in_cluster.namespace(), false));
        }
        Ok(("default".to_owned(), false))
    }

    /// Everything that a client is made from. `ask` is called where a server behind TLS needs credentials and there are
    /// none.
    ///
    /// # Errors
    /// What is wrong with the entries that are to be used, with the flags, or with a token's file; what `ask` fails with.
    pub fn rest_config(&self, ask: impl FnOnce() -> Result<Credentials>) -> Result<RestConfig> {
        let (user, cluster) = self.usable()?;
        let mut config = RestConfig {
            proxy_url: cluster.proxy_url.clone(),
            disable_compression: cluster.disable_compression,
            ..RestConfig::default()
        };
        if !self.overrides.request_timeout.is_empty() {
            config.timeout = timeout::parse(&self.overrides.request_timeout)?;
        }
        if !user.impersonate.is_empty() {
            config.impersonate = Impersonate {
                user: user.impersonate.clone(),
                uid: user.impersonate_uid.clone(),
                groups: user.impersonate_groups.clone(),
                extra: (user.impersonate_user_extra.iter())
                    .map(|(key, values)| (key.clone(), values.clone().unwrap_or_default()))
                    .collect(),
            };
        }
        // Whether this run was told anything at all of where to go; plain defaults give way to the pod's own cluster.
        let told = config != RestConfig::default() || cluster.server != self.default_server || address::is_tls(&cluster.server);
        if !told && self.in_cluster.is_possible() {
            config = self.pod_config()?;
        } else {
            config.server = cluster.server.clone();
            if address::is_tls(&cluster.server) {
                config.auth = authentication(&user, &cluster)?;
                config.tls = transport(user, cluster);
                if !config.auth.identifies() && config.tls.cert_file.is_empty() && config.tls.cert_data.is_empty() {
                    let asked = ask()?;
                    (config.auth.username, config.auth.password) = (asked.username, asked.password);
                }
            }
        }
        config.server = address::server(&config.server)?;
        config.context_name = self.context_name().0.to_owned();
        config.user_name = self.user_name().0;
        config.namespace = self.namespace().map_or_else(|_| "default".to_owned(), |(namespace, _)| namespace);
        Ok(config)
    }

    /// Fails where [`ClientConfig::rest_config`] would fail over the kubeconfig's entries, without asking for anything.
    ///
    /// # Errors
    /// What is wrong with the entries that are to be used.
    pub fn check(&self) -> Result<()> {
        self.usable().map(|_| ())
    }

    /// The user and the cluster that a client is made from.
    fn usable(&self) -> Result<(User, Cluster)> {
        let user = self.user()?;
        self.context()?;
        let cluster = self.cluster()?;
        self.confirm_usable()?;
        Ok((user, cluster))
    }

    /// The pod's own cluster, of which flags may change only server, token and authority.
    fn pod_config(&self) -> Result<RestConfig> {
        let (pod, flags) = (&self.in_cluster, &self.overrides);
        let mut config = RestConfig {
            server: pod.server(),
            ..RestConfig::default()
        };
        config.auth.token = pod.token()?;
        config.auth.token_file = pod.token_file().to_string_lossy().into_owned();
        config.tls.ca_file = pod.authority_file().unwrap_or_default();
        if !flags.server.is_empty() {
            config.server = flags.server.clone();
        }
        if !flags.token.is_empty() {
            config.auth.token = flags.token.clone();
            config.auth.token_file.clear();
        }
        if !flags.certificate_authority.is_empty() {
            config.tls.ca_file = flags.certificate_authority.clone();
        }
        Ok(config)
    }

    /// The context's name, and whether a flag says so.
    fn context_name(&self) -> (&str, bool) {
        match self.overrides.context.as_str() {
            "" => (&self.kubeconfig.current_context, false),
            name => (name, true),
        }
    }

    /// The user's name, and whether a flag says so.
    fn user_name(&self) -> (String, bool) {
        match self.overrides.user.as_str() {
            "" => (self.context().map(|context| context.user).unwrap_or_default(), false),
            name => (name.to_owned(), true),
        }
    }

    /// The cluster's name, and whether a flag says so.
    fn cluster_name(&self) -> (String, bool) {
        match self.overrides.cluster.as_str() {
            "" => (self.context().map(|context| context.cluster).unwrap_or_default(), false),
            name => (name.to_owned(), true),
        }
    }

    /// The context with the flags laid over it. A context that only the kubeconfig names may be missing.
    fn context(&self) -> Result<Context> {
        let (name, required) = self.context_name();
        let mut context = match self.kubeconfig.contexts.get(name) {
            Some(context) => context.clone(),
            None if required => return Err(Error::message(format!("context {} does not exist", quote(name)))),
            None => Context::default(),
        };
        lay_over(&mut context.cluster, &self.overrides.cluster);
        lay_over(&mut context.user, &self.overrides.user);
        lay_over(&mut context.namespace, &self.overrides.namespace);
        Ok(context)
    }

    /// The user with the flags laid over it.
    fn user(&self) -> Result<User> {
        let (name, required) = self.user_name();
        let mut user = match self.kubeconfig.users.get(&name) {
            Some(user) => user.clone(),
            None if required => return Err(Error::message(format!("auth info {} does not exist", quote(&name)))),
            None => User::default(),
        };
        let flags = &self.overrides;
        lay_over(&mut user.token, &flags.token);
        lay_over(&mut user.username, &flags.username);
        lay_over(&mut user.password, &flags.password);
        lay_over(&mut user.impersonate, &flags.impersonate);
        lay_over(&mut user.impersonate_uid, &flags.impersonate_uid);
        if !flags.impersonate_groups.is_empty() {
            user.impersonate_groups.clone_from(&flags.impersonate_groups);
        }
        let mut extra: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (key, value) in flags.impersonate_user_extra.iter().filter_map(|pair| pair.split_once('=')) {
            extra.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        (user.impersonate_user_extra).extend(extra.into_iter().map(|(key, values)| (key, Some(values))));
        // A file from a flag puts the kubeconfig's data out of force.
        if !flags.client_key.is_empty() {
            user.client_key.clone_from(&flags.client_key);
            user.client_key_data.clear();
        }
        if !flags.client_certificate.is_empty() {
            user.client_certificate.clone_from(&flags.client_certificate);
            user.client_certificate_data.clear();
        }
        Ok(user)
    }

    /// The cluster with the flags laid over it.
    fn cluster(&self) -> Result<Cluster> {
        let (name, required) = self.cluster_name();
        let mut cluster = match self.kubeconfig.clusters.get(&name) {
            Some(cluster) => cluster.clone(),
            None if required => return Err(Error::message(format!("cluster {} does not exist", quote(&name)))),
            None => Cluster::default(),
        };
        if cluster.server.is_empty() {
            cluster.server.clone_from(&self.default_server);
        }
        let flags = &self.overrides;
        lay_over(&mut cluster.server, &flags.server);
        cluster.disable_compression |= flags.disable_compression;
        // Either flag decides alone whom to trust.
        if flags.insecure_skip_tls_verify || !flags.certificate_authority.is_empty() {
            cluster.insecure_skip_tls_verify = flags.insecure_skip_tls_verify;
            cluster.certificate_authority.clone_from(&flags.certificate_authority);
            cluster.certificate_authority_data.clear();
        }
        // Another server is not expected to carry the name that the kubeconfig expects.
        if !flags.tls_server_name.is_empty() || !flags.server.is_empty() {
            cluster.tls_server_name.clone_from(&flags.tls_server_name);
        }
        Ok(cluster)
    }

    /// Fails with everything that is wrong with the entries that are to be used, and with nothing else in the kubeconfig.
    fn confirm_usable(&self) -> Result<()> {
        let mut wrong = Vec::new();
        let (name, _) = self.context_name();
        if !name.is_empty() && !self.kubeconfig.contexts.contains_key(name) {
            wrong.push(format!("{NO_CONTEXT}{name}"));
        }
        wrong.extend(validate::user(&self.user_name().0, &self.user().unwrap_or_default()));
        let name = self.cluster_name().0;
        match self.cluster() {
            Ok(cluster) => wrong.extend(validate::cluster(&name, &cluster)),
            Err(_) => wrong.push(format!("no server found for cluster {}", quote(&name))),
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error::Configuration(wrong))
        }
    }
}

/// `flag` instead of `value` where the flag says anything.
fn lay_over(value: &mut String, flag: &str) {
    if !flag.is_empty() {
        flag.clone_into(value);
    }
}

impl AuthConfig {
    /// Whether anything here says who the client is.
    fn identifies(&self) -> bool {
        !self.username.is_empty() || !self.token.is_empty() || self.auth_provider.is_some() || self.exec.is_some()
    }
}

/// The credentials of a user other than a certificate.
fn authentication(user: &User, cluster: &Cluster) -> Result<AuthConfig> {
    let mut auth = AuthConfig {
        token: user.token.clone(),
        token_file: user.token_file.clone(),
        username: user.username.clone(),
        password: user.password.clone(),
        exec: user.exec.clone(),
        exec_cluster_config: None,
        auth_provider: user.auth_provider.clone(),
    };
    if auth.token.is_empty() && !auth.token_file.is_empty() {
        auth.token = match fs::read(&auth.token_file) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => return Err(Error::message(format!("open {}: {}", auth.token_file, reason(&error)))),
        };
    }
    if let Some(exec) = &mut auth.exec {
        exec.install_hint = without_control_characters(&exec.install_hint);
        auth.exec_cluster_config = cluster.extensions.get(EXEC_EXTENSION).cloned();
    }
    Ok(auth)
}

/// How the cluster is trusted, and the user's certificate. A key without a certificate is nothing.
fn transport(user: User, cluster: Cluster) -> TlsConfig {
    let mut tls = TlsConfig {
        ca_file: cluster.certificate_authority,
        ca_data: cluster.certificate_authority_data,
        insecure: cluster.insecure_skip_tls_verify,
        server_name: cluster.tls_server_name,
        ..TlsConfig::default()
    };
    if !user.client_certificate.is_empty() || !user.client_certificate_data.is_empty() {
        tls.cert_file = user.client_certificate;
        tls.cert_data = user.client_certificate_data;
        tls.key_file = user.client_key;
        tls.key_data = user.client_key_data;
    }
    tls
}

/// Text that cannot upset a terminal: characters that control it become `U+001B` and the like.
fn without_control_characters(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut clean, character| {
        let space = ('\t'..='\r').contains(&character);
        if character.is_control() && !space {
            clean.push_str(&format!("U+{:04X}", u32::from(character)));
        } else {
            clean.push(character);
        }
        clean
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubeconfig::load::parse;

    const FILE: &str = r#"
clusters:
- name: c
  cluster: {server: "https://10.0.0.1:6443/", certificate-authority-data: Y2E=, tls-server-name: api}
- name: plain
  cluster: {server: "localhost:1"}
users:
- name: u
  user: {token: secret, as-groups: [g]}
- name: nobody
  user: {}
- name: both
  user: {token: secret, username: joe}
- name: plugin
  user: {exec: {command: foo, apiVersion: client.authentication.k8s.io/v1, installHint: "a\e[1mb"}}
contexts:
- name: x
  context: {cluster: c, user: u, namespace: shop}
- name: ghost
  context: {cluster: nope, user: nope}
current-context: x
"#;

    fn config(overrides: Overrides) -> ClientConfig {
        let kubeconfig = parse(FILE.as_bytes(), "/k/config").unwrap();
        let mut config = ClientConfig::new(Arc::new(kubeconfig), overrides, &HashMap::new());
        config.in_cluster.folder = "/nonexistent".into();
        config
    }

    fn refuse() -> Result<Credentials> {
        Err(Error::message("asked"))
    }

    fn flag(set: impl FnOnce(&mut Overrides)) -> Overrides {
        let mut overrides = Overrides {
            impersonate: "jane".to_owned(),
            ..Overrides::default()
        };
        set(&mut overrides);
        overrides
    }

    #[test]
    fn rest_config_of_the_current_context_has_its_entries() {
        let rest = config(flag(|flags| {
            flags.impersonate_user_extra = vec!["a=1".into(), "a=2".into(), "b".into()]
        }))
        .rest_config(refuse)
        .unwrap();
        assert_eq!(rest.server, "https://10.0.0.1:6443");
        assert_eq!(rest.tls.ca_data, b"ca");
        assert_eq!(rest.tls.server_name, "api");
        assert_eq!(rest.auth.token, "secret");
        assert_eq!(
            (rest.namespace.as_str(), rest.context_name.as_str(), rest.user_name.as_str()),
            ("shop", "x", "u")
        );
        assert_eq!(rest.impersonate.user, "jane");
        assert_eq!(rest.impersonate.groups, ["g"]);
        assert_eq!(rest.impersonate.extra["a"], ["1", "2"]);
        assert_eq!(rest.impersonate.extra.len(), 1);
    }

    #[test]
    fn rest_config_shows_no_credential_in_its_debug_form() {
        let config = config(flag(|flags| flags.password = "secret2".into()));
        let shown = format!("{config:?} {:?}", config.user().unwrap());
        assert!(!shown.contains("secret"), "{shown}");
        let rest = RestConfig {
            auth: AuthConfig {
                token: "secret".into(),
                ..AuthConfig::default()
            },
            ..RestConfig::default()
        };
        assert!(!format!("{rest:?}").contains("secret"));
    }

    #[test]
    fn rest_config_without_tls_has_no_credentials() {
        let rest = config(flag(|flags| flags.cluster = "plain".into())).rest_config(refuse).unwrap();
        assert_eq!(rest.server, "http://localhost:1");
        assert_eq!(rest.auth, AuthConfig::default());
        assert_eq!(rest.tls, TlsConfig::default());
    }

    #[test]
    fn rest_config_with_another_server_forgets_the_expected_name() {
        let rest = config(flag(|flags| flags.server = "https://h".into())).rest_config(refuse).unwrap();
        assert_eq!(rest.tls.server_name, "");
        let rest = config(flag(|flags| flags.insecure_skip_tls_verify = true))
            .rest_config(refuse)
            .unwrap();
        assert!(rest.tls.insecure && rest.tls.ca_data.is_empty());
    }

    #[test]
    fn rest_config_without_credentials_asks_for_them() {
        let config = config(Overrides {
            user: "nobody".into(),
            ..Overrides::default()
        });
        assert_eq!(config.rest_config(refuse).unwrap_err().to_string(), "asked");
        let asked = || {
            Ok(Credentials {
                username: "joe".into(),
                password: "p".into(),
            })
        };
        assert_eq!(config.rest_config(asked).unwrap().auth.username, "joe");
    }

    #[test]
    fn rest_config_of_a_plugin_cleans_its_hint() {
        let rest = config(flag(|flags| flags.user = "plugin".into())).rest_config(refuse).unwrap_err();
        assert_eq!(
            rest.text(),
            "error: interactiveMode must be specified for plugin to use exec authentication plugin"
        );
        assert_eq!(without_control_characters("a\u{1b}[1m\tb"), "aU+001B[1m\tb");
    }

    #[test]
    fn mistakes_are_reported_as_kubectl_reports_them() {
        let both = |set: fn(&mut Overrides)| {
            let mut flags = Overrides::default();
            set(&mut flags);
            let config = config(flags);
            let namespace = config.namespace().map_or_else(|error| error.text(), |(namespace, _)| namespace);
            let rest = config.rest_config(refuse).map_or_else(|error| error.text(), |rest| rest.server);
            (namespace, rest)
        };
        let want = |namespace: &str, rest: &str| (namespace.to_owned(), rest.to_owned());
        assert_eq!(
            both(|flags| flags.context = "nope".into()),
            want(
                "Error in configuration: context was not found for specified context: nope",
                "error: context \"nope\" does not exist"
            )
        );
        assert_eq!(
            both(|flags| flags.user = "nope".into()),
            want("shop", "error: auth info \"nope\" does not exist")
        );
        assert_eq!(
            both(|flags| (flags.user, flags.cluster) = ("nobody".into(), "nope".into())),
            want(
                "error: no server found for cluster \"nope\"",
                "error: cluster \"nope\" does not exist"
            )
        );
        assert_eq!(
            both(|flags| flags.context = "ghost".into()),
            want("default", "http://localhost:8080")
        );
        let sentence = "error: requesting uid, groups or user-extra for u without impersonating a user";
        assert_eq!(both(|_| {}), want(sentence, sentence));
        let sentence = "error: more than one authentication method found for both; found [token basicAuth], only one is allowed";
        assert_eq!(both(|flags| flags.user = "both".into()), want(sentence, sentence));
        let sentence =
            "error: unable to read certificate-authority /nonexistent for plain due to open /nonexistent: no such file or directory";
        let (_, rest) = both(|flags| {
            flags.user = "nobody".into();
            flags.cluster = "plain".into();
            flags.certificate_authority = "/nonexistent".into();
        });
        assert_eq!(rest, sentence);
        let (_, rest) = both(|flags| {
            flags.user = "nobody".into();
            flags.request_timeout = "bogus".into();
        });
        assert!(rest.starts_with("error: Invalid timeout value."), "{rest}");
    }

    #[test]
    fn rest_config_in_a_pod_takes_its_account_unless_told_otherwise() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("token"), "t\n").unwrap();
        fs::write(folder.path().join("namespace"), "podns").unwrap();
        let pod = |overrides: Overrides| {
            let env = [("KUBERNETES_SERVICE_HOST", "10.0.0.9"), ("KUBERNETES_SERVICE_PORT", "443")];
            let env = env.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
            let mut config = ClientConfig::new(Arc::default(), overrides, &env);
            config.in_cluster.folder = folder.path().to_owned();
            config
        };
        let rest = pod(Overrides::default()).rest_config(refuse).unwrap();
        assert_eq!((rest.server.as_str(), rest.auth.token.as_str()), ("https://10.0.0.9:443", "t\n"));
        assert_eq!(rest.namespace, "podns");
        let flags = Overrides {
            token: "other".into(),
            ..Overrides::default()
        };
        let rest = pod(flags).rest_config(refuse).unwrap();
        assert_eq!((rest.auth.token.as_str(), rest.auth.token_file.as_str()), ("other", ""));
        let rest = pod(flag(|_| {})).rest_config(refuse).unwrap();
        assert_eq!(rest.server, "http://localhost:8080", "as kubectl, once it is told whom to act as");
    }
}
