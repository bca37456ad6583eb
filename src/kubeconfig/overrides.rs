//! What the global flags say instead of the kubeconfig.

use std::fmt;

/// What the global flags say instead of the kubeconfig. Empty text means that nothing was said. Its `Debug` form shows
/// no credentials.
#[derive(Clone, Default)]
pub struct Overrides {
    /// `--context`
    pub context: String,
    /// `--cluster`
    pub cluster: String,
    /// `--user`
    pub user: String,
    /// `--namespace`
    pub namespace: String,
    /// `--server`
    pub server: String,
    /// `--tls-server-name`
    pub tls_server_name: String,
    /// `--certificate-authority`
    pub certificate_authority: String,
    /// `--insecure-skip-tls-verify`
    pub insecure_skip_tls_verify: bool,
    /// `--disable-compression`
    pub disable_compression: bool,
    /// `--client-certificate`
    pub client_certificate: String,
    /// `--client-key`
    pub client_key: String,
    /// `--token`
    pub token: String,
    /// `--username`
    pub username: String,
    /// `--password`
    pub password: String,
    /// `--as`
    pub impersonate: String,
    /// `--as-uid`
    pub impersonate_uid: String,
    /// `--as-group`
    pub impersonate_groups: Vec<String>,
    /// `--as-user-extra`, each `key=value`
    pub impersonate_user_extra: Vec<String>,
    /// `--request-timeout`
    pub request_timeout: String,
}

impl fmt::Debug for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Overrides")
            .field("context", &self.context)
            .field("cluster", &self.cluster)
            .field("user", &self.user)
            .field("namespace", &self.namespace)
            .finish_non_exhaustive()
    }
}
