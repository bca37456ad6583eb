//! Everything that a client is made from, once kubeconfig and flags have been put together.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::{AuthProvider, ExecConfig};
use crate::api::OwnedValue;

/// Everything that a client is made from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RestConfig {
    /// The server: scheme, host and path, without a slash at its end.
    pub server: String,
    /// How the server is trusted, and the client's certificate. Empty where the server is not reached through TLS.
    pub tls: TlsConfig,
    /// The client's other credentials. Empty where the server is not reached through TLS.
    pub auth: AuthConfig,
    /// Whom to act as.
    pub impersonate: Impersonate,
    /// The proxy's URL, `http`, `https` or `socks5`; the environment's proxies count where it is empty.
    pub proxy_url: String,
    /// Whether answers shall come uncompressed.
    pub disable_compression: bool,
    /// How long one request may take; zero for ever.
    pub timeout: Duration,
    /// The namespace that counts where a command names none.
    pub namespace: String,
    /// The context that these come from; empty where there is none.
    pub context_name: String,
    /// The user that the credentials come from; refreshed tokens of an auth provider are written back to it.
    pub user_name: String,
}

/// How a server is trusted and how the client shows who it is. Data counts before a file. Its `Debug` form shows no key.
#[derive(Clone, Default, PartialEq)]
pub struct TlsConfig {
    /// A PEM file of authorities; the system's count where this and the data are empty.
    pub ca_file: String,
    /// PEM bytes of authorities.
    pub ca_data: Vec<u8>,
    /// A PEM file with the client's certificate.
    pub cert_file: String,
    /// PEM bytes of the client's certificate.
    pub cert_data: Vec<u8>,
    /// A PEM file with the certificate's key.
    pub key_file: String,
    /// PEM bytes of the certificate's key.
    pub key_data: Vec<u8>,
    /// Whether any certificate of the server will do.
    pub insecure: bool,
    /// The name that the server's certificate must carry instead of the URL's host.
    pub server_name: String,
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig")
            .field("ca_file", &self.ca_file)
            .field("cert_file", &self.cert_file)
            .field("key_file", &self.key_file)
            .field("insecure", &self.insecure)
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

/// Credentials other than a certificate. Its `Debug` form shows none.
#[derive(Clone, Default, PartialEq)]
pub struct AuthConfig {
    /// The bearer token, as the flag, the kubeconfig or the file has it (a file's last line break included).
    pub token: String,
    /// The file that the token came from and is read again from; empty for a token without one.
    pub token_file: String,
    /// The name for basic authentication.
    pub username: String,
    /// The password for basic authentication.
    pub password: String,
    /// A program that prints credentials.
    pub exec: Option<ExecConfig>,
    /// What the cluster wants told to that program, from its extension `client.authentication.k8s.io/exec`.
    pub exec_cluster_config: Option<OwnedValue>,
    /// A built-in way to get tokens.
    pub auth_provider: Option<AuthProvider>,
}

impl fmt::Debug for AuthConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthConfig")
            .field("token_file", &self.token_file)
            .field("exec", &self.exec)
            .field("auth_provider", &self.auth_provider)
            .finish_non_exhaustive()
    }
}

/// Whom to act as; nobody where `user` is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Impersonate {
    /// The user's name.
    pub user: String,
    /// The user's UID.
    pub uid: String,
    /// The user's groups.
    pub groups: Vec<String>,
    /// Further attributes.
    pub extra: BTreeMap<String, Vec<String>>,
}

/// A name and a password that were asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}
