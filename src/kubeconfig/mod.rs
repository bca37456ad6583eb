//! The kubeconfig: finding its files, reading and merging them, what a client is made from, and changing them.
//!
//! * [`sources`]: which files there are, and which one a change goes to.
//! * [`config`]: what a file says, as kubectl holds it in memory.
//! * [`load`](mod@load): files into one [`Kubeconfig`].
//! * [`effective`]: kubeconfig and flags into a [`RestConfig`] and a namespace.
//! * [`edit`](mod@edit): a change, written to the files that it concerns; [`property`] is one by a path of names.
//! * [`view`]: made smaller, self-contained, or fit to be shown; [`encode`] makes one value of it.

pub mod address;
mod base64;
pub mod config;
pub mod decode;
pub mod document;
mod duplicates;
pub mod edit;
pub mod effective;
pub mod encode;
pub mod file;
pub mod in_cluster;
pub mod load;
pub mod overrides;
pub mod path;
mod plain;
pub mod prompt;
pub mod property;
pub mod rest_config;
pub mod sources;
pub mod timeout;
pub mod validate;
pub mod view;

pub use config::{AuthProvider, Cluster, Context, ExecConfig, Kubeconfig, User};
pub use edit::edit;
pub use effective::ClientConfig;
pub use in_cluster::InCluster;
pub use load::load;
pub use overrides::Overrides;
pub use rest_config::{AuthConfig, Credentials, Impersonate, RestConfig, TlsConfig};
pub use sources::Sources;

#[cfg(test)]
mod tests;
