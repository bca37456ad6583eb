//! TLS: what is trusted, and who the client says it is.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use rustls::{
    ClientConfig, SignatureScheme,
    client::ResolvesClientCert,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    sign::CertifiedKey,
};
use tokio::time::{Instant, timeout};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{
    Stream,
    certificate::{Certificate, algorithm},
    pem,
    stream::Carrier,
    verify::{Pool, System, Trust, Verifier},
    words::handshake_error,
};
use crate::{
    client::{
        klog::{Field, Log, Severity},
        network::NetworkError,
        trace::Trace,
    },
    error::{Error, Result, unread},
    kubeconfig::TlsConfig,
    world::World,
};

/// How long a handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How TLS is spoken with a server.
#[derive(Debug)]
pub(crate) struct Tls {
    /// Made with the first connection.
    config: OnceLock<Arc<ClientConfig>>,
    verifier: Arc<Verifier>,
    identity: Arc<Identity>,
    /// Files of the client's certificate and key, until they are read.
    files: Mutex<Option<(PathBuf, PathBuf)>>,
    /// The name to expect instead of the host's.
    server_name: String,
    log: Log,
}

/// The client's certificate and key, which may change while connections are made.
#[derive(Debug, Default)]
pub(crate) struct Identity(Mutex<Option<Arc<CertifiedKey>>>);

impl Identity {
    /// Sets or removes the certificate.
    pub(crate) fn set(&self, key: Option<Arc<CertifiedKey>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = key;
    }

    fn get(&self) -> Option<Arc<CertifiedKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _root_hint_subjects: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.get().filter(|key| key.key.choose_scheme(schemes).is_some())
    }

    fn has_certs(&self) -> bool {
        self.get().is_some()
    }
}

impl Tls {
    /// TLS as `config` describes it. What is data is read at once; a client's files, as by client-go, with the first
    /// connection.
    ///
    /// # Errors
    /// client-go's sentences for certificates that cannot be read.
    pub(crate) fn new(config: &TlsConfig, world: &World, log: Log) -> Result<Tls> {
        let has_authority = !config.ca_data.is_empty() || !config.ca_file.is_empty();
        if has_authority && config.insecure {
            return Err(Error::message(
                "specifying a root certificates file with the insecure flag is not allowed",
            ));
        }
        let authority = match (config.ca_data.is_empty(), config.ca_file.as_str()) {
            (true, "") => Vec::new(),
            (true, file) => read(world.directory.join(file))?,
            (false, _) => config.ca_data.clone(),
        };
        let trust = if config.insecure {
            Trust::Anybody
        } else if authority.is_empty() {
            Trust::System(System::new(&world.env))
        } else {
            let pool = pool(&authority).map_err(|reason| Error::message(format!("unable to load root certificates: {reason}")))?;
            Trust::Pool(pool)
        };
        let identity = Arc::new(Identity::default());
        let mut files = None;
        if !config.cert_data.is_empty() && (!config.key_data.is_empty() || !config.key_file.is_empty()) {
            let key = match config.key_data.is_empty() {
                true => read(world.directory.join(&config.key_file))?,
                false => config.key_data.clone(),
            };
            identity.set(Some(key_pair(&config.cert_data, &key).map_err(Error::message)?));
        } else if !config.cert_file.is_empty() {
            match config.key_data.is_empty() {
                true => files = Some((world.directory.join(&config.cert_file), world.directory.join(&config.key_file))),
                false => {
                    let certificate = read(world.directory.join(&config.cert_file))?;
                    identity.set(Some(key_pair(&certificate, &config.key_data).map_err(Error::message)?));
                }
            }
        }
        Ok(Tls {
            config: OnceLock::new(),
            verifier: Arc::new(Verifier {
                trust,
                provider: Arc::new(ring::default_provider()),
                streams: world.streams.clone(),
            }),
            identity,
            files: Mutex::new(files),
            server_name: config.server_name.clone(),
            log,
        })
    }

    /// The client's certificate, for plugins that bring one.
    pub(crate) fn identity(&self) -> &Arc<Identity> {
        &self.identity
    }

    /// Speaks TLS on `carrier`, expecting the certificate of `host`.
    pub(super) async fn handshake(&self, carrier: Box<dyn Carrier>, host: &str, trace: &Trace) -> Result<TlsStream<Stream>, NetworkError> {
        self.load_files()?;
        let host = match self.server_name.as_str() {
            "" => host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host),
            name => name,
        };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| NetworkError::new(format!("tls: invalid server name {host}")))?;
        let started = Instant::now();
        // The beginning of what comes tells a server that does not speak TLS.
        let raw = Trace::default();
        let carrier = Stream::new(carrier, raw.clone(), false);
        let handshake = TlsConnector::from(self.config()?).connect(name, carrier);
        let stream = timeout(HANDSHAKE_TIMEOUT, handshake)
            .await
            .map_err(|_| NetworkError::new("net/http: TLS handshake timeout"))?
            .map_err(|error| handshake_error(&error, &raw))?;
        trace.with(|facts| facts.handshake = Some(started.elapsed()));
        Ok(stream)
    }

    /// Reads the files of the client's certificate, once they can be read.
    fn load_files(&self) -> Result<(), NetworkError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((certificate, key)) = files.as_ref() else {
            return Ok(());
        };
        let loaded = read(certificate.clone())
            .and_then(|certificate| Ok((certificate, read(key.clone())?)))
            .map_err(|error| error.to_string())
            .and_then(|(certificate, key)| key_pair(&certificate, &key));
        match loaded {
            Ok(loaded) => {
                self.identity.set(Some(loaded));
                *files = None;
                Ok(())
            }
            Err(reason) => {
                let fields = [("err", Field::Text(&reason)), ("key", Field::Text("key"))];
                self.log
                    .fields(Severity::Error, "cert_rotation.go:172", "Loading client cert failed", &fields);
                Err(NetworkError::new(reason))
            }
        }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, NetworkError> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let mut config = ClientConfig::builder_with_provider(self.verifier.provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| NetworkError::new(format!("tls: {error}")))?
            .dangerous()
            .with_custom_certificate_verifier(self.verifier.clone())
            .with_client_cert_resolver(self.identity.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }
}

/// A file's bytes, or Go's sentence for why not.
fn read(path: PathBuf) -> Result<Vec<u8>> {
    fs::read(&path).map_err(|error| Error::message(unread(&path.display().to_string(), &error)))
}

/// The certificates in a PEM text (client-go's `rootCertPool`).
fn pool(text: &[u8]) -> Result<Pool, String> {
    let blocks = pem::blocks(text);
    let certificates: Vec<&pem::Block> = blocks
        .iter()
        .filter(|block| block.label == "CERTIFICATE" && !block.headers)
        .collect();
    let readable = |block: &&&pem::Block| Certificate::parse(&block.bytes).is_some();
    let pool: Vec<CertificateDer<'static>> = certificates
        .iter()
        .filter(readable)
        .map(|block| CertificateDer::from(block.bytes.clone()))
        .collect();
    match (pool.is_empty(), certificates.is_empty(), blocks.is_empty()) {
        (false, ..) => Ok(Pool(pool)),
        (true, false, _) => Err("failed to parse certificate: x509: malformed certificate".to_owned()),
        (true, true, false) => Err("no valid certificate authority data seen".to_owned()),
        (true, true, true) => Err("unable to parse bytes as PEM block".to_owned()),
    }
}

/// A client's certificates and key from PEM texts (Go's `tls.X509KeyPair`).
///
/// # Errors
/// Go's reason.
pub(crate) fn key_pair(certificate: &[u8], key: &[u8]) -> Result<Arc<CertifiedKey>, String> {
    let is_key = |label: &str| label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY");
    let blocks = pem::blocks(certificate);
    let chain: Vec<CertificateDer<'static>> = blocks
        .iter()
        .filter(|block| block.label == "CERTIFICATE")
        .map(|block| CertificateDer::from(block.bytes.clone()))
        .collect();
    let labels = |blocks: &[pem::Block]| blocks.iter().map(|block| block.label.clone()).collect::<Vec<_>>().join(" ");
    if chain.is_empty() {
        return Err(match blocks.as_slice() {
            [] => "tls: failed to find any PEM data in certificate input".to_owned(),
            [only] if only.label.ends_with("PRIVATE KEY") => {
                "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
                    .to_owned()
            }
            several => format!(
                "tls: failed to find \"CERTIFICATE\" PEM block in certificate input after skipping PEM blocks of the following types: [{}]",
                labels(several)
            ),
        });
    }
    let blocks = pem::blocks(key);
    let Some(key) = blocks.iter().find(|block| is_key(&block.label)) else {
        return Err(match blocks.as_slice() {
            [] => "tls: failed to find any PEM data in key input".to_owned(),
            [only] if only.label == "CERTIFICATE" => "tls: found a certificate rather than a key in the PEM for the private key".to_owned(),
            several => format!(
                "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [{}]",
                labels(several)
            ),
        });
    };
    let leaf = Certificate::parse(&chain[0]).ok_or("x509: malformed certificate")?;
    let unreadable = || "tls: failed to parse private key".to_owned();
    let key = PrivateKeyDer::try_from(key.bytes.clone()).map_err(|_| unreadable())?;
    let provider: CryptoProvider = ring::default_provider();
    let key = provider.key_provider.load_private_key(key).map_err(|_| unreadable())?;
    if let Some(public) = key.public_key()
        && public.as_ref() != leaf.key_info
    {
        return Err(match algorithm(&public) == algorithm(leaf.key_info) {
            true => "tls: private key does not match public key".to_owned(),
            false => "tls: private key type does not match public key type".to_owned(),
        });
    }
    Ok(Arc::new(CertifiedKey::new(chain, key)))
}
