//! The credentials that a pod finds in its own file system.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use crate::error::{Error, Result, reason};

/// Where a pod's service account is mounted.
const FOLDER: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What is known of the cluster that this process may run in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InCluster {
    /// `KUBERNETES_SERVICE_HOST`
    pub host: String,
    /// `KUBERNETES_SERVICE_PORT`
    pub port: String,
    /// `POD_NAMESPACE`
    pub pod_namespace: String,
    /// The folder of the service account's files.
    pub folder: PathBuf,
}

impl InCluster {
    /// What the environment says.
    pub fn new(env: &HashMap<String, String>) -> Self {
        let var = |name: &str| env.get(name).cloned().unwrap_or_default();
        InCluster {
            host: var("KUBERNETES_SERVICE_HOST"),
            port: var("KUBERNETES_SERVICE_PORT"),
            pod_namespace: var("POD_NAMESPACE"),
            folder: Path::new(FOLDER).to_owned(),
        }
    }

    /// Whether this process runs in a pod with a service account.
    pub fn is_possible(&self) -> bool {
        !self.host.is_empty() && !self.port.is_empty() && fs::metadata(self.token_file()).is_ok_and(|file| !file.is_dir())
    }

    /// The file of the account's token.
    pub fn token_file(&self) -> PathBuf {
        self.folder.join("token")
    }

    /// The account's token, as the file has it.
    ///
    /// # Errors
    /// Go's sentence for the unreadable file.
    pub fn token(&self) -> Result<String> {
        let file = self.token_file();
        match fs::read(&file) {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => Err(Error::message(format!("open {}: {}", file.display(), reason(&error)))),
        }
    }

    /// The file with the authority's certificate, if there is one.
    pub fn authority_file(&self) -> Option<String> {
        let file = self.folder.join("ca.crt");
        file.is_file().then(|| file.to_string_lossy().into_owned())
    }

    /// The server's URL.
    pub fn server(&self) -> String {
        if self.host.contains(':') || self.host.contains('%') {
            format!("https://[{}]:{}", self.host, self.port)
        } else {
            format!("https://{}:{}", self.host, self.port)
        }
    }

    /// The pod's own namespace; `default` where nothing names it.
    pub fn namespace(&self) -> String {
        if !self.pod_namespace.is_empty() {
            return self.pod_namespace.clone();
        }
        fs::read(self.folder.join("namespace"))
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or_else(|| "default".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(folder: &Path) -> InCluster {
        InCluster {
            host: "10.0.0.1".to_owned(),
            port: "443".to_owned(),
            pod_namespace: String::new(),
            folder: folder.to_owned(),
        }
    }

    #[test]
    fn namespace_comes_from_the_variable_then_the_file_then_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let mut pod = pod(folder.path());
        assert_eq!(pod.namespace(), "default");
        fs::write(folder.path().join("namespace"), " shop\n").unwrap();
        assert_eq!(pod.namespace(), "shop");
        pod.pod_namespace = "till".to_owned();
        assert_eq!(pod.namespace(), "till");
    }

    #[test]
    fn is_possible_needs_host_port_and_token() {
        let folder = tempfile::tempdir().unwrap();
        let mut pod = pod(folder.path());
        assert!(!pod.is_possible());
        fs::write(pod.token_file(), "t").unwrap();
        assert!(pod.is_possible());
        pod.host.clear();
        assert!(!pod.is_possible());
    }

    #[test]
    fn server_puts_brackets_round_an_ipv6_host() {
        let mut pod = pod(Path::new("/"));
        assert_eq!(pod.server(), "https://10.0.0.1:443");
        pod.host = "fd00::1".to_owned();
        assert_eq!(pod.server(), "https://[fd00::1]:443");
    }
}
