//! What a kubeconfig says, as kubectl holds it in memory: entries by name, data decoded, each entry with its file.

use std::{collections::BTreeMap, fmt};

use crate::api::OwnedValue;

/// Named data of any shape that other programs keep in a kubeconfig.
pub type Extensions = BTreeMap<String, OwnedValue>;

/// One of them as it stands in a file's list.
pub(super) type NamedExtension = (String, OwnedValue);

/// A kubeconfig: one file, or several merged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Kubeconfig {
    /// Settings of the command line that no command reads any more.
    pub preferences: Preferences,
    /// Servers by name.
    pub clusters: BTreeMap<String, Cluster>,
    /// Identities by name.
    pub users: BTreeMap<String, User>,
    /// Pairs of server and identity by name.
    pub contexts: BTreeMap<String, Context>,
    /// The context that counts where none is asked for; may be empty.
    pub current_context: String,
    /// Other programs' data.
    pub extensions: Extensions,
}

/// Settings of the command line.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preferences {
    /// Whether output may be coloured; never read.
    pub colors: bool,
    /// Other programs' data.
    pub extensions: Extensions,
}

/// How a server is reached. Empty text means that nothing was said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cluster {
    /// The file that the entry came from, as it was named; empty for a new one.
    pub origin: String,
    /// The server's URL or `host:port`.
    pub server: String,
    /// The name that the server's certificate must carry, instead of the URL's host.
    pub tls_server_name: String,
    /// Whether any certificate will do.
    pub insecure_skip_tls_verify: bool,
    /// A PEM file with the certificates of authorities.
    pub certificate_authority: String,
    /// The same as bytes; counts before the file.
    pub certificate_authority_data: Vec<u8>,
    /// The proxy's URL.
    pub proxy_url: String,
    /// Whether answers shall come uncompressed.
    pub disable_compression: bool,
    /// Other programs' data; `client.authentication.k8s.io/exec` is passed to credential plugins.
    pub extensions: Extensions,
}

/// Who a client is. Its `Debug` form shows no credentials.
#[derive(Clone, Default, PartialEq)]
pub struct User {
    /// The file that the entry came from, as it was named; empty for a new one.
    pub origin: String,
    /// A PEM file with the client's certificate.
    pub client_certificate: String,
    /// The same as bytes; counts before the file.
    pub client_certificate_data: Vec<u8>,
    /// A PEM file with the certificate's key.
    pub client_key: String,
    /// The same as bytes; counts before the file.
    pub client_key_data: Vec<u8>,
    /// A bearer token.
    pub token: String,
    /// A file with a bearer token, read again now and then.
    pub token_file: String,
    /// The user to act as.
    pub impersonate: String,
    /// The UID to act as.
    pub impersonate_uid: String,
    /// The groups to act as.
    pub impersonate_groups: Vec<String>,
    /// Further attributes to act as. A value is none where the file says `null`, which is written back.
    pub impersonate_user_extra: BTreeMap<String, Option<Vec<String>>>,
    /// The name for basic authentication.
    pub username: String,
    /// The password for basic authentication.
    pub password: String,
    /// A built-in way to get tokens.
    pub auth_provider: Option<AuthProvider>,
    /// A program that prints credentials.
    pub exec: Option<ExecConfig>,
    /// Other programs' data.
    pub extensions: Extensions,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// A server, an identity and a namespace.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    /// The file that the entry came from, as it was named; empty for a new one.
    pub origin: String,
    /// The cluster's name.
    pub cluster: String,
    /// The user's name.
    pub user: String,
    /// The namespace that counts where none is asked for; may be empty.
    pub namespace: String,
    /// Other programs' data.
    pub extensions: Extensions,
}

/// A built-in way to get tokens. Its `Debug` form shows no credentials.
#[derive(Clone, Default, PartialEq)]
pub struct AuthProvider {
    /// Which one: `oidc`.
    pub name: String,
    /// Its settings, tokens among them. None where the file has none at all.
    pub config: Option<BTreeMap<String, String>>,
}

impl fmt::Debug for AuthProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthProvider").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A program that prints credentials. Its `Debug` form shows neither arguments nor environment.
#[derive(Clone, Default, PartialEq)]
pub struct ExecConfig {
    /// The program: a name that is looked up in PATH, or a path.
    pub command: String,
    /// Its arguments. None where the file says `null` or nothing, which is written back as `null`.
    pub args: Option<Vec<String>>,
    /// Environment variables, added to the client's own. None as for `args`.
    pub env: Option<Vec<(String, String)>>,
    /// The version of `ExecCredential` that is spoken: `client.authentication.k8s.io/v1`.
    pub api_version: String,
    /// What to tell a user who lacks the program.
    pub install_hint: String,
    /// Whether the program is told of the cluster.
    pub provide_cluster_info: bool,
    /// `Never`, `IfAvailable` or `Always`: whether the program reads standard input.
    pub interactive_mode: String,
}

impl fmt::Debug for ExecConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExecConfig").field("command", &self.command).finish_non_exhaustive()
    }
}
