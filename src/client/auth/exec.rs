//! Credential plugins: programs that print credentials (`client.authentication.k8s.io`, client-go's
//! `plugin/pkg/client/auth/exec`).
//!
//! A plugin is run with the first request, again when what it printed has expired, and once after the server refused
//! it.

use std::{
    collections::HashMap,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use http::HeaderValue;
use rustls::sign::CertifiedKey;
use tokio::{io::AsyncReadExt, process::Command, sync::Mutex};

use super::{
    exec_credential::{Credentials, V1, V1BETA1, decode},
    policy::PluginPolicy,
};
use crate::{
    api::{Map, Value, json},
    client::{
        connect::{proxy_for, tls::Identity},
        klog::{Log, Severity, quoted},
        network::{NetworkError, system_word},
    },
    error::{Error, Result, reason},
    kubeconfig::{ExecConfig, RestConfig},
    world::World,
};

/// What is said to a user who lacks the program, before the kubeconfig's own hint.
const NOT_INSTALLED: &str = "

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins";

/// A program that prints credentials, and what it has printed.
pub(crate) struct Plugin {
    program: ExecConfig,
    policy: PluginPolicy,
    /// The process's environment, the kubeconfig's variables laid over it.
    env: HashMap<String, String>,
    directory: PathBuf,
    /// What is told of the cluster, if anything.
    cluster: Option<Value<'static>>,
    input_used: AtomicBool,
    log: Log,
    world: World,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    credentials: Option<Credentials>,
    /// Whether a hint for a user who lacks the program has been given.
    hinted: bool,
}

impl Plugin {
    /// The plugin `program`, not yet run.
    ///
    /// # Errors
    /// client-go's sentences for a version that nobody speaks, or an authority that cannot be told to the plugin.
    pub(crate) fn new(program: &ExecConfig, config: &RestConfig, world: &World, log: &Log, policy: &PluginPolicy) -> Result<Plugin> {
        let cluster = match program.provide_cluster_info {
            true => Some(cluster(config, world)?),
            false => None,
        };
        if ![V1, V1BETA1].contains(&program.api_version.as_str()) {
            return Err(Error::message(format!(
                "exec plugin: invalid apiVersion {}",
                quoted(&program.api_version)
            )));
        }
        policy
            .validate()
            .map_err(|reason| Error::message(format!("invalid plugin policy: {reason}")))?;
        let mut env = world.env.clone();
        env.extend(program.env.iter().flatten().cloned());
        Ok(Plugin {
            program: program.clone(),
            policy: policy.clone(),
            env,
            directory: world.directory.clone(),
            cluster,
            input_used: AtomicBool::new(false),
            log: log.clone(),
            world: world.clone(),
            state: Mutex::new(State::default()),
        })
    }

    /// Notes that standard input is in use, so that the plugin must not read it.
    pub(crate) fn set_input_used(&self) {
        self.input_used.store(true, Ordering::Relaxed);
    }

    /// Runs the plugin where there are no credentials or they have expired. Says whether `identity`, which gets the
    /// certificate, had another before.
    pub(crate) async fn refresh_if_expired(&self, identity: &Identity) -> Result<bool, NetworkError> {
        let mut state = self.state.lock().await;
        let now = self.world.streams.now();
        let expired = |credentials: &Credentials| credentials.expires.is_some_and(|end| now > end);
        if state.credentials.as_ref().is_some_and(|credentials| !expired(credentials)) {
            return Ok(false);
        }
        self.refresh(&mut state, identity)
            .await
            .map_err(|reason| NetworkError::new(format!("getting credentials: {reason}")))
    }

    /// The token; empty where the plugin printed none.
    pub(crate) async fn token(&self) -> String {
        let state = self.state.lock().await;
        state
            .credentials
            .as_ref()
            .map(|credentials| credentials.token.clone())
            .unwrap_or_default()
    }

    /// Runs the plugin again because the server refused `sent`, unless other credentials have come meanwhile. Says
    /// whether `identity` had another certificate before.
    pub(crate) async fn refused(&self, sent: Option<&HeaderValue>, identity: &Identity) -> bool {
        let mut state = self.state.lock().await;
        let current = state
            .credentials
            .as_ref()
            .map(|credentials| credentials.token.as_str())
            .unwrap_or_default();
        let sent = sent.and_then(|value| value.to_str().ok()).unwrap_or_default();
        if sent.strip_prefix("Bearer ").unwrap_or_default() != current {
            return false;
        }
        match self.refresh(&mut state, identity).await {
            Ok(changed) => changed,
            Err(reason) => {
                self.log
                    .line(Severity::Error, "exec.go:417", &format!("refreshing credentials: {reason}"));
                false
            }
        }
    }

    async fn refresh(&self, state: &mut State, identity: &Identity) -> Result<bool, String> {
        let interactive = self
            .interactive()
            .map_err(|reason| format!("exec plugin cannot support interactive mode: {reason}"))?;
        let output = self.run(interactive, state).await?;
        let credentials = decode(&output, &self.program.api_version)?;
        let before = state.credentials.replace(credentials);
        let key = state.credentials.as_ref().and_then(|credentials| credentials.key.clone());
        let certificate = |key: &Option<Arc<CertifiedKey>>| key.as_ref().map(|key| key.cert.clone());
        let changed = before.is_some_and(|before| certificate(&before.key) != certificate(&key));
        identity.set(key);
        Ok(changed)
    }

    /// Whether the plugin reads standard input.
    fn interactive(&self) -> Result<bool, String> {
        let terminal = self.world.streams.facts().input.is_some();
        let used = self.input_used.load(Ordering::Relaxed);
        match self.program.interactive_mode.as_str() {
            "Never" => Ok(false),
            "IfAvailable" => Ok(terminal && !used),
            // Older files do not say; the older version means this.
            "" if self.program.api_version == V1BETA1 => Ok(terminal && !used),
            "Always" if !terminal => Err("standard input is not a terminal".to_owned()),
            "Always" if used => Err("standard input is unavailable: used by stdin resource manifest reader".to_owned()),
            "Always" => Ok(true),
            other => Err(format!("unknown interactiveMode: {}", quoted(other))),
        }
    }

    /// Runs the program; what it prints to standard output.
    async fn run(&self, interactive: bool, state: &mut State) -> Result<Vec<u8>, String> {
        let name = &self.program.command;
        let find = |name: &str| find(name, &self.directory, self.world.var("PATH").unwrap_or_default());
        self.policy.check(name, find)?;
        let Some(path) = find(name) else {
            let mut text = format!("exec: executable {name} not found");
            if !std::mem::replace(&mut state.hinted, true) {
                text.push_str(NOT_INSTALLED);
                if !self.program.install_hint.is_empty() {
                    text.push_str("\n\n");
                    text.push_str(&self.program.install_hint);
                }
            }
            return Err(text);
        };
        let terminal = self.world.streams.facts().error.is_some();
        // Where standard error is a terminal, a plugin that prompts must see that it is.
        let error = if terminal { Stdio::inherit() } else { Stdio::piped() };
        // What has been printed so far comes before what the plugin prints.
        let _ = self.world.streams.flush();
        let mut child = Command::new(&path)
            .args(self.program.args.iter().flatten())
            .env_clear()
            .envs(&self.env)
            .env("KUBERNETES_EXEC_INFO", self.info(interactive))
            .current_dir(&self.directory)
            .stdin(if interactive { Stdio::inherit() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(error)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("exec: fork/exec {}: {}", path.display(), system_word(&error)))?;
        let (output, error) = (child.stdout.take(), child.stderr.take());
        let collect = async {
            let mut bytes = Vec::new();
            match output {
                Some(mut output) => output.read_to_end(&mut bytes).await.map(|_| bytes),
                None => Ok(bytes),
            }
        };
        let pass_on = async {
            let Some(mut error) = error else { return };
            let mut piece = [0; 4096];
            while let Ok(length @ 1..) = error.read(&mut piece).await {
                // Where standard error is gone, nobody can be told.
                let _ = self.world.streams.err().write_all(&piece[..length]);
            }
        };
        let (bytes, ()) = tokio::join!(collect, pass_on);
        let bytes = bytes.map_err(|error| format!("exec: {}", system_word(&error)))?;
        let status = child.wait().await.map_err(|error| format!("exec: {}", system_word(&error)))?;
        if !status.success() {
            let code = status.code().unwrap_or(-1);
            return Err(format!("exec: executable {name} failed with exit code {code}"));
        }
        Ok(bytes)
    }

    /// What the plugin is told: an `ExecCredential` without status.
    fn info(&self, interactive: bool) -> String {
        let mut spec = Map::in_order();
        if let Some(cluster) = &self.cluster {
            spec.insert("cluster", cluster.clone());
        }
        spec.insert("interactive", interactive);
        let mut info = Map::in_order();
        info.insert("kind", "ExecCredential");
        info.insert("apiVersion", self.program.api_version.clone());
        info.insert("spec", Value::Object(spec));
        let mut bytes = Vec::new();
        json::to_compact(&mut bytes, &Value::Object(info));
        bytes.push(b'\n');
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// What a plugin is told of the cluster (client-go's `ConfigToExecCluster`).
fn cluster(config: &RestConfig, world: &World) -> Result<Value<'static>> {
    let mut cluster = Map::in_order();
    cluster.insert("server", config.server.clone());
    let tls = &config.tls;
    if !tls.server_name.is_empty() {
        cluster.insert("tls-server-name", tls.server_name.clone());
    }
    if tls.insecure {
        cluster.insert("insecure-skip-tls-verify", true);
    }
    let authority = match (tls.ca_data.is_empty(), tls.ca_file.as_str()) {
        (false, _) | (true, "") => tls.ca_data.clone(),
        (true, file) => std::fs::read(world.directory.join(file)).map_err(|error| {
            let reason = reason(&error);
            Error::message(format!("failed to load CA bundle for execProvider: open {file}: {reason}"))
        })?,
    };
    if !authority.is_empty() {
        use base64::{Engine, engine::general_purpose::STANDARD};
        cluster.insert("certificate-authority-data", STANDARD.encode(authority));
    }
    let proxy = proxy_for(&config.server, &config.proxy_url, &world.env);
    if !proxy.is_empty() {
        cluster.insert("proxy-url", proxy);
    }
    if config.disable_compression {
        cluster.insert("disable-compression", true);
    }
    cluster.insert("config", config.auth.exec_cluster_config.clone().unwrap_or(Value::Null));
    Ok(Value::Object(cluster))
}

/// The file to run: a path as it is, a name on the search path.
fn find(name: &str, directory: &Path, search_path: &str) -> Option<PathBuf> {
    if name.contains('/') || (cfg!(windows) && name.contains('\\')) {
        return Some(directory.join(name));
    }
    std::env::split_paths(search_path)
        .map(|folder| directory.join(folder).join(name))
        .flat_map(|path| match cfg!(windows) {
            true => vec![
                path.with_extension("exe"),
                path.with_extension("cmd"),
                path.with_extension("bat"),
                path,
            ],
            false => vec![path],
        })
        .find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|facts| facts.is_file() && facts.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}
