//! What a command may ask for, each made when it is first asked for.

use std::{
    cell::OnceCell,
    future::Future,
    io::Write,
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use futures_util::future;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    actions::surroundings::Surroundings,
    api::quote,
    args::Parsed,
    client::{Client, Log, SaveTokens, Settings, auth::policy::PluginPolicy, klog::Severity},
    discovery::{Cache, Discovery},
    error::Result,
    kubeconfig::{self, ClientConfig, Overrides, Sources, edit::save_auth_provider, prompt},
    openapi,
    printers::{Printer, form},
    resource::{Query, Site},
    streams::Streams,
};

pub use crate::{actions::surroundings::Namespace, world::World};

/// The kubectl release that this client stands for.
pub const KUBECTL_VERSION: &str = "v1.36.2";

/// A command's surroundings: the world, and what is made of it and of the global flags.
#[derive(Debug)]
pub struct Context {
    world: World,
    /// The global flags that change the kubeconfig.
    overrides: Overrides,
    settings: Settings,
    /// Where answers that outlive a run are kept; nowhere if there is no home.
    cache_directory: Option<PathBuf>,
    kubeconfig_flag: Option<String>,
    config: OnceCell<ClientConfig>,
    client: OnceCell<Client>,
    /// What earlier runs found out about the client's server.
    cache: OnceCell<Cache>,
    discovery: OnceCell<Discovery>,
}

impl Context {
    /// The surroundings of the command that `parsed` is.
    pub fn new(world: World, parsed: &Parsed) -> Self {
        let text = |name: &str| parsed.global(name).to_owned();
        let overrides = Overrides {
            context: text("context"),
            cluster: text("cluster"),
            user: text("user"),
            namespace: text("namespace"),
            server: text("server"),
            tls_server_name: text("tls-server-name"),
            certificate_authority: text("certificate-authority"),
            insecure_skip_tls_verify: !parsed.shadows("insecure-skip-tls-verify") && parsed.bool("insecure-skip-tls-verify"),
            disable_compression: parsed.bool("disable-compression"),
            client_certificate: text("client-certificate"),
            client_key: text("client-key"),
            token: text("token"),
            username: text("username"),
            password: text("password"),
            impersonate: text("as"),
            impersonate_uid: text("as-uid"),
            impersonate_groups: parsed.strings("as-group").to_vec(),
            impersonate_user_extra: parsed.strings("as-user-extra").to_vec(),
            request_timeout: text("request-timeout"),
        };
        Context {
            overrides,
            cache_directory: cache_directory(parsed.string("cache-dir"), &world),
            kubeconfig_flag: Some(text("kubeconfig")).filter(|path| !path.is_empty()),
            settings: Settings {
                user_agent: user_agent(),
                headers: vec![("Kubectl-Command".to_owned(), parsed.path().to_owned())],
                verbosity: u8::try_from(parsed.int("v")).unwrap_or_default(),
                ..Settings::default()
            },
            world,
            config: OnceCell::new(),
            client: OnceCell::new(),
            cache: OnceCell::new(),
            discovery: OnceCell::new(),
        }
    }

    /// The same surroundings with the rules of the user's preferences about credential plugins.
    pub fn with_plugin_policy(mut self, policy: PluginPolicy) -> Self {
        self.settings.plugin_policy = policy;
        self
    }

    /// The surroundings of another line in the same world.
    pub fn for_line(&self, parsed: &Parsed) -> Self {
        Context::new(self.world.clone(), parsed).with_plugin_policy(self.settings.plugin_policy.clone())
    }

    /// Logs the line that the user's preferences stood for.
    pub fn log_original(&self, line: &str) {
        let log = Log::new(self.settings.verbosity, self.streams().clone());
        if log.wants(1) {
            let sentence = format!("original command: {}", quote(&format!("kubectl {line}")));
            log.line(Severity::Info, "cmd.go:501", &sentence);
        }
    }

    /// How many different warnings the server has sent in this run.
    pub fn warning_count(&self) -> usize {
        self.client.get().map_or(0, Client::warning_count)
    }

    /// The log that `-v` asks for.
    pub fn log(&self) -> Log {
        Log::new(self.settings.verbosity, self.streams().clone())
    }

    /// The process's world.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The streams and the clock.
    pub fn streams(&self) -> &Streams {
        &self.world.streams
    }

    /// The working directory.
    pub fn directory(&self) -> &Path {
        &self.world.directory
    }

    /// The name that the program was called by.
    pub fn program(&self) -> &str {
        self.world
            .args
            .first()
            .and_then(|path| path.rsplit('/').next())
            .unwrap_or("kubectl")
    }

    /// The global flags that change the kubeconfig.
    pub fn overrides(&self) -> &Overrides {
        &self.overrides
    }

    /// The files that the kubeconfig is made of.
    pub fn sources(&self) -> Sources {
        Sources::new(self.kubeconfig_flag.as_deref(), &self.world.env, &self.world.directory)
    }

    /// The kubeconfig with this run's flags.
    ///
    /// # Errors
    /// Files that cannot be read or make no sense.
    pub fn config(&self) -> Result<&ClientConfig> {
        if let Some(config) = self.config.get() {
            return Ok(config);
        }
        let sources = self.sources();
        let kubeconfig = kubeconfig::load(&sources)?;
        let log = self.log();
        if log.wants(6) {
            for file in sources
                .files()
                .into_iter()
                .map(|name| sources.locate(name))
                .filter(|file| Path::new(file).exists())
            {
                log.line(Severity::Info, "loader.go:402", &format!("Config loaded from file:  {file}"));
            }
        }
        let config = ClientConfig::new(Arc::new(kubeconfig), self.overrides.clone(), &self.world.env);
        Ok(self.config.get_or_init(|| config))
    }

    /// The namespace to work in.
    ///
    /// # Errors
    /// A kubeconfig that makes no sense.
    pub fn namespace(&self) -> Result<Namespace> {
        let (name, explicit) = self.config()?.namespace()?;
        Ok(Namespace { name, explicit })
    }

    /// As [`Context::namespace`], for a command that makes its client first: what the kubeconfig lacks is then reported as
    /// the client reports it (`context "x" does not exist`).
    ///
    /// # Errors
    /// A kubeconfig that makes no sense.
    pub fn client_namespace(&self) -> Result<Namespace> {
        self.config()?.check()?;
        self.namespace()
    }

    /// The client for the server that the kubeconfig and the flags name.
    ///
    /// # Errors
    /// A kubeconfig, certificate or credential that cannot be used.
    pub fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let config = self.config()?.rest_config(|| prompt::ask(self.streams()))?;
        let sources = self.sources();
        let settings = Settings {
            save_tokens: Some(SaveTokens::new(move |user, tokens| save_auth_provider(&sources, user, tokens))),
            ..self.settings.clone()
        };
        let client = Client::new(&config, &self.world, settings)?;
        if let Some(directory) = &self.cache_directory {
            self.cache.get_or_init(|| Cache::for_server(directory, &config));
        }
        Ok(self.client.get_or_init(|| client))
    }

    /// What the server offers.
    ///
    /// # Errors
    /// As for [`Context::client`].
    pub fn discovery(&self) -> Result<&Discovery> {
        if let Some(discovery) = self.discovery.get() {
            return Ok(discovery);
        }
        let client = self.client()?.clone();
        let discovery = Discovery::new(client, self.cache.get().cloned(), &self.world);
        Ok(self.discovery.get_or_init(|| discovery))
    }

    /// What the server says of its types.
    ///
    /// # Errors
    /// As for [`Context::client`].
    pub fn schemas(&self) -> Result<openapi::Source> {
        let client = self.client()?.clone();
        Ok(openapi::Source::new(
            client,
            self.cache.get().and_then(|cache| cache.folder("openapi")),
        ))
    }

    /// What a command line's objects are looked up with.
    ///
    /// # Errors
    /// As for [`Context::client`].
    pub fn site(&self) -> Result<Site<'_>> {
        Ok(Site {
            client: self.client()?,
            discovery: self.discovery()?,
            streams: self.streams(),
            directory: self.directory(),
            program: self.program(),
        })
    }

    /// As [`Context::site`], for a command that looks up at once what the words of `query` mean.
    ///
    /// # Errors
    /// As for [`Context::site`], gathered as kubectl's builder gathers them.
    pub fn site_of(&self, query: &Query) -> Result<Site<'_>> {
        self.site().map_err(|error| query.unresolved(error))
    }

    /// The printer that the flags of a command ask for, which has the `forms` of output.
    ///
    /// # Errors
    /// Another form, or a template or file that cannot be read.
    pub fn printer(&self, parsed: &Parsed, forms: &'static str) -> Result<Printer> {
        let own = |name: &str| parsed.command().own_flags().any(|flag| flag.name == name);
        let template = if own("template") { parsed.string("template") } else { "" };
        // A template wins over a form that nobody asked for.
        let by_default = !template.is_empty() && !parsed.changed("output");
        Printer::new(&form::Options {
            output: if by_default { "" } else { parsed.string("output") },
            template,
            allow_missing_keys: !own("allow-missing-template-keys") || parsed.bool("allow-missing-template-keys"),
            show_managed_fields: own("show-managed-fields") && parsed.bool("show-managed-fields"),
            no_headers: own("no-headers") && parsed.bool("no-headers"),
            forms,
            read: &|path| std::fs::read_to_string(self.directory().join(path)),
        })
    }

    /// As [`Context::printer`], where the flags ask for another form than sentences.
    ///
    /// # Errors
    /// As for [`Context::printer`].
    pub fn chosen_printer(&self, parsed: &Parsed, forms: &'static str) -> Result<Option<Printer>> {
        if parsed.string("output").is_empty() && parsed.string("template").is_empty() {
            return Ok(None);
        }
        self.printer(parsed, forms).map(Some)
    }

    /// The command line, where `--record` asks for it to be noted at what it changes.
    pub fn change_cause(&self, parsed: &Parsed) -> Option<String> {
        if !parsed.bool("record") {
            return None;
        }
        let command = parsed.path().split_once(' ').map_or("", |(_, command)| command);
        let mut cause = format!("{} {command}", self.program());
        // First the arguments, then the flags, each with its value (kubectl's `parseCommandArguments`).
        parsed.args().iter().for_each(|word| cause.extend([" ", word]));
        parsed.uses().for_each(|(flag, value)| cause.extend([" --", flag, "=", value]));
        Some(cause)
    }

    /// Says something on standard error, with a line break behind it.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn warn(&self, text: &str) -> Result<()> {
        Ok(writeln!(self.streams().err(), "{text}")?)
    }

    /// Ends when the person interrupts the process (Ctrl-C). From the first call on, an interrupt no longer kills it.
    pub fn interrupted(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        caught(&[SignalKind::interrupt()])
    }

    /// As [`Context::interrupted`], and also when somebody else ends the process or takes its terminal away: all signals
    /// that kubectl catches while it watches.
    pub fn stopped(&self) -> Pin<Box<dyn Future<Output = ()>>> {
        caught(&[
            SignalKind::interrupt(),
            SignalKind::terminate(),
            SignalKind::hangup(),
            SignalKind::quit(),
        ])
    }
}

impl Surroundings for Context {
    fn world(&self) -> &World {
        &self.world
    }

    fn client(&self) -> Result<&Client> {
        Context::client(self)
    }

    fn discovery(&self) -> Result<&Discovery> {
        Context::discovery(self)
    }

    fn namespace(&self) -> Result<Namespace> {
        Context::namespace(self)
    }

    fn client_namespace(&self) -> Result<Namespace> {
        Context::client_namespace(self)
    }

    fn printer(&self, parsed: &Parsed, forms: &'static str) -> Result<Printer> {
        Context::printer(self, parsed, forms)
    }
}

/// Ends with the first of some signals, none of which kills the process from now on.
fn caught(kinds: &[SignalKind]) -> Pin<Box<dyn Future<Output = ()>>> {
    let mut caught: Vec<Signal> = kinds.iter().filter_map(|kind| signal(*kind).ok()).collect();
    Box::pin(async move {
        let any = caught.iter_mut().map(|signal| Box::pin(signal.recv()));
        match any.len() {
            0 => std::future::pending::<()>().await,
            _ => _ = future::select_all(any).await,
        }
    })
}

/// How requests name this client: as the kubectl that it stands for, then by its own name.
fn user_agent() -> String {
    let (system, machine) = (go_system(std::env::consts::OS), go_machine(std::env::consts::ARCH));
    format!(
        "kubectl/{KUBECTL_VERSION} ({system}/{machine}) kubectl-rs/{}",
        env!("CARGO_PKG_VERSION")
    )
}

/// An operating system by the name that Go has for it.
pub fn go_system(name: &str) -> &str {
    if name == "macos" { "darwin" } else { name }
}

/// A kind of machine by the name that Go has for it.
pub fn go_machine(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

/// `--cache-dir`, else `KUBECACHEDIR`, else a folder of the home.
fn cache_directory(flag: &str, world: &World) -> Option<PathBuf> {
    let named = Some(flag).filter(|flag| !flag.is_empty()).or_else(|| world.var("KUBECACHEDIR"));
    match named {
        Some(path) => Some(world.directory.join(path)),
        None => world.var("HOME").map(|home| Path::new(home).join(".kube/cache")),
    }
}
