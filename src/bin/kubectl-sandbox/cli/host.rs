//! A running sandbox: the cluster, its door, and the kubeconfig that opens it.

use std::{
    cell::RefCell,
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    rc::Rc,
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use kubectl_rs::error::reason;

use super::arguments::Arguments;
use crate::{
    beginnings,
    clock::Clock,
    cluster::Cluster,
    controllers::Manager,
    random::{self, Random},
    server::{self, Authority, Server},
};

/// How long clients have to take their last answers.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// A sandbox that answers.
pub struct Host {
    /// The server.
    pub server: Rc<Server>,
    /// Where it answers.
    pub url: String,
    /// The kubeconfig that opens it.
    pub kubeconfig: PathBuf,
}

impl Host {
    /// Starts a sandbox whose files go to `directory`. Runs within a `LocalSet`, on which the server goes on.
    ///
    /// # Errors
    /// What cannot be read, bound or written.
    pub async fn start(arguments: &Arguments, directory: &Path) -> Result<Host, String> {
        let listener = server::listen(arguments.port)
            .await
            .map_err(|error| format!("cannot listen on 127.0.0.1:{}: {}", arguments.port, reason(&error)))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let authority = Authority::new()?;
        let token = random::token()?;
        let random = arguments.seed.map_or_else(Random::new, Random::seeded);
        let mut cluster = Cluster::new(Clock::new(arguments.speed), random);
        cluster.authority.clone_from(&authority.certificate);
        let mut manager = Manager::default();
        beginnings::fill(&mut cluster, &mut manager, arguments.empty, &arguments.load)?;
        let server = Server::new(Rc::new(RefCell::new(cluster)), manager, token);
        let url = format!("https://{address}");
        let kubeconfig = directory.join("kubeconfig");
        let text = kubeconfig_text(&url, &authority.certificate, &server.token);
        write_secret(&kubeconfig, text.as_bytes()).map_err(|error| format!("cannot write {}: {}", kubeconfig.display(), reason(&error)))?;
        tokio::task::spawn_local(server::live(Rc::clone(&server)));
        tokio::task::spawn_local(server::serve(Rc::clone(&server), listener, authority.server));
        Ok(Host { server, url, kubeconfig })
    }

    /// Ends the sandbox: answers that are under way are finished, watches are closed.
    pub async fn end(&self) {
        self.server.stop.ask();
        // A client that does not take its answer keeps nobody.
        let _ = tokio::time::timeout(LAST_WORDS, self.server.stop.all_gone()).await;
    }
}

fn kubeconfig_text(url: &str, certificate: &str, token: &str) -> String {
    let certificate = STANDARD.encode(certificate);
    format!(
        "apiVersion: v1
kind: Config
clusters:
- name: sandbox
  cluster:
    certificate-authority-data: {certificate}
    server: {url}
contexts:
- name: sandbox
  context:
    cluster: sandbox
    namespace: default
    user: sandbox-admin
current-context: sandbox
users:
- name: sandbox-admin
  user:
    token: {token}
"
    )
}

/// Writes a file that only its owner can read.
fn write_secret(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let _ = fs::remove_file(path);
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?
        .write_all(bytes)
}
