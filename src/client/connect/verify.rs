//! Whether a server's certificate is trusted. Go's `crypto/x509` decides the same, in the same order and with the same
//! words: time, name, authority, use.
//!
//! Chains of signatures are followed by rustls (webpki), which is at least as strict. Two things are decided here
//! because Go decides them otherwise: a certificate that is itself among the trusted ones is trusted, and so is one
//! that says of itself that it is an authority.

use std::{
    collections::HashMap,
    net::IpAddr,
    path::Path,
    sync::{Arc, OnceLock},
};

use jiff::tz::TimeZone;
use rustls::{
    CertificateError, DigitallySignedStruct, OtherError, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::certificate::{Certificate, Names};
use crate::{
    client::{klog::quoted, network::NetworkError},
    streams::Streams,
};

/// Before every reason.
const PREFIX: &str = "tls: failed to verify certificate: x509: ";

/// What Go says where no trusted authority signed.
const UNKNOWN_AUTHORITY: &str = "certificate signed by unknown authority";

/// How many names a message lists at most.
const MAX_NAMES: usize = 100;

/// How many certificates are followed to say why a chain ends.
const MAX_DEPTH: usize = 8;

/// RSA with SHA-1, encoded, which Go does not accept either.
const SHA1_WITH_RSA: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05];

/// The beginnings of the algorithms of keys, encoded.
const RSA_KEY: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// Whom a verifier trusts.
#[derive(Debug)]
pub(super) enum Trust {
    /// Everybody.
    Anybody,
    /// Those certificates.
    Pool(Pool),
    /// Those that the system trusts.
    System(System),
}

/// Trusted certificates.
#[derive(Debug, Default)]
pub(super) struct Pool(pub(super) Vec<CertificateDer<'static>>);

/// Verifies servers for rustls.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) trust: Trust,
    pub(super) provider: Arc<CryptoProvider>,
    pub(super) streams: Streams,
}

/// Files of many certificates, where systems keep such; Go knows them too.
const BUNDLES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The certificates that the system trusts, read when they are first needed.
#[derive(Debug, Default)]
pub(super) struct System {
    /// Where the environment says that they are.
    file: Option<String>,
    folder: Option<String>,
    bundle: OnceLock<Option<Pool>>,
    all: OnceLock<Pool>,
}

impl System {
    pub(super) fn new(env: &HashMap<String, String>) -> Self {
        let var = |name: &str| env.get(name).filter(|value| !value.is_empty()).cloned();
        System {
            file: var("SSL_CERT_FILE"),
            folder: var("SSL_CERT_DIR"),
            ..System::default()
        }
    }

    /// The certificates of one file, if there is one that usually holds them all. It is read a good deal faster than the
    /// hundreds of files beside it.
    fn bundle(&self) -> Option<&Pool> {
        if self.file.is_some() || self.folder.is_some() || !cfg!(target_os = "linux") {
            return None;
        }
        let bundle = self.bundle.get_or_init(|| {
            let path = BUNDLES.iter().map(Path::new).find(|path| path.is_file())?;
            Some(Pool(rustls_native_certs::load_certs_from_paths(Some(path), None).certs))
        });
        bundle.as_ref()
    }

    /// All of them.
    fn all(&self) -> &Pool {
        self.all.get_or_init(|| {
            let found = match (&self.file, &self.folder) {
                (None, None) => rustls_native_certs::load_native_certs(),
                (file, folder) => {
                    rustls_native_certs::load_certs_from_paths(file.as_deref().map(Path::new), folder.as_deref().map(Path::new))
                }
            };
            Pool(found.certs)
        })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = match &self.trust {
            Trust::Anybody => Ok(()),
            Trust::Pool(pool) => self.verify(end_entity, intermediates, &server_name.to_str(), pool),
            Trust::System(system) => {
                let verify = |pool| self.verify(end_entity, intermediates, &server_name.to_str(), pool);
                match system.bundle().map(verify) {
                    Some(Ok(())) => Ok(()),
                    Some(Err(_)) | None => verify(system.all()),
                }
            }
        };
        match verdict {
            Ok(()) => Ok(ServerCertVerified::assertion()),
            Err(reason) => Err(CertificateError::Other(OtherError(Arc::new(NetworkError::new(reason)))).into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl Verifier {
    fn verify(&self, leaf: &CertificateDer<'_>, intermediates: &[CertificateDer<'_>], host: &str, pool: &Pool) -> Result<(), String> {
        let certificate = Certificate::parse(leaf)
            .ok_or_else(|| "tls: failed to parse certificate from server: x509: malformed certificate".to_owned())?;
        if certificate.unhandled {
            return Err(format!("{PREFIX}unhandled critical extension"));
        }
        self.check_time(&certificate).map_err(|reason| format!("{PREFIX}{reason}"))?;
        check_name(&certificate, host).map_err(|reason| format!("{PREFIX}{reason}"))?;
        if pool.0.contains(leaf) {
            return Ok(());
        }
        let authorities: Vec<Certificate<'_>> = pool.0.iter().filter_map(|der| Certificate::parse(der)).collect();
        // webpki asks neither whether a trusted certificate is in time nor whether it may sign.
        let able = |authority: &Certificate<'_>| authority.may_sign() && self.check_time(authority).is_ok();
        let sent: Vec<Certificate<'_>> = intermediates.iter().filter_map(|der| Certificate::parse(der)).collect();
        let asked_for = |authority: &Certificate<'_>| {
            let mut children = std::iter::once(&certificate).chain(&sent);
            children.any(|child| child.issuer == authority.subject)
        };
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(
            pool.0
                .iter()
                .filter(|der| Certificate::parse(der).is_some_and(|authority| asked_for(&authority) && able(&authority)))
                .cloned(),
        );
        let seconds = u64::try_from(self.streams.now().as_second()).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let verdict = ParsedCertificate::try_from(leaf).and_then(|parsed| {
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, &roots, intermediates, now, algorithms)
        });
        let error = match verdict {
            Ok(()) => return Ok(()),
            Err(rustls::Error::InvalidCertificate(error)) => error,
            Err(other) => return Err(format!("{PREFIX}{other}")),
        };
        let reason = match &error {
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                "certificate specifies an incompatible key usage".to_owned()
            }
            _ => {
                let direct = |authority: &&Certificate<'_>| {
                    able(authority) && !authority.constrains_names && self.check_signature(&certificate, authority).is_ok()
                };
                if certificate.authority == Some(true) && authorities.iter().any(|authority| direct(&authority)) {
                    return Ok(());
                }
                self.why_unknown(&certificate, &authorities, &sent, MAX_DEPTH)
            }
        };
        Err(format!("{PREFIX}{reason}"))
    }

    /// Refuses a certificate that is not in time.
    fn check_time(&self, certificate: &Certificate<'_>) -> Result<(), String> {
        let now = self.streams.now();
        let (word, bound) = if now < certificate.not_before {
            ("before", certificate.not_before)
        } else if now > certificate.not_after {
            ("after", certificate.not_after)
        } else {
            return Ok(());
        };
        let zoned = now.to_zoned(TimeZone::system());
        let zone = match zoned.offset().seconds() {
            0 => "Z".to_owned(),
            _ => zoned.strftime("%:z").to_string(),
        };
        Err(format!(
            "certificate has expired or is not yet valid: current time {}{zone} is {word} {bound}",
            zoned.strftime("%Y-%m-%dT%H:%M:%S")
        ))
    }

    /// Refuses what `parent` has not signed (Go's `CheckSignatureFrom`).
    fn check_signature(&self, child: &Certificate<'_>, parent: &Certificate<'_>) -> Result<(), String> {
        if !parent.may_sign() {
            return Err("x509: invalid signature: parent certificate cannot sign this kind of certificate".to_owned());
        }
        if child.signature_algorithm.starts_with(SHA1_WITH_RSA) {
            return Err("x509: cannot verify signature: insecure algorithm SHA1-RSA".to_owned());
        }
        let algorithms = self.provider.signature_verification_algorithms.all;
        let mut fitting = algorithms
            .iter()
            .filter(|algorithm| {
                algorithm.signature_alg_id().as_ref() == child.signature_algorithm
                    && algorithm.public_key_alg_id().as_ref() == parent.key_algorithm
            })
            .peekable();
        if fitting.peek().is_none() {
            return Err("x509: cannot verify signature: algorithm unimplemented".to_owned());
        }
        if fitting.any(|algorithm| algorithm.verify_signature(parent.key, child.signed, child.signature).is_ok()) {
            return Ok(());
        }
        Err(match parent.key_algorithm {
            key if key.starts_with(RSA_KEY) => "crypto/rsa: verification error",
            key if key.starts_with(EC_KEY) => "x509: ECDSA verification failure",
            _ => "x509: Ed25519 verification failure",
        }
        .to_owned())
    }

    /// Why no trusted authority is found behind `child`, as Go's search (`buildChains`) says it.
    fn why_unknown(&self, child: &Certificate<'_>, authorities: &[Certificate<'_>], sent: &[Certificate<'_>], depth: usize) -> String {
        let mut hint = None;
        for authority in authorities.iter().filter(|authority| authority.subject == child.issuer) {
            match self.check_signature(child, authority) {
                Ok(()) => {
                    if let Err(reason) = self.check_time(authority) {
                        return reason;
                    }
                }
                Err(reason) => {
                    hint.get_or_insert((reason, authority.title()));
                }
            }
        }
        for parent in sent
            .iter()
            .filter(|parent| parent.subject == child.issuer && parent.signed != child.signed)
        {
            match self.check_signature(child, parent) {
                Ok(()) if depth > 0 => return self.why_unknown(parent, authorities, sent, depth - 1),
                Ok(()) => {}
                Err(reason) => {
                    hint.get_or_insert((reason, parent.title()));
                }
            }
        }
        match hint {
            None => UNKNOWN_AUTHORITY.to_owned(),
            Some((reason, title)) => format!(
                "{UNKNOWN_AUTHORITY} (possibly because of {} while trying to verify candidate authority certificate {})",
                quoted(&reason),
                quoted(&title)
            ),
        }
    }
}

/// Refuses a certificate that is not for `host` (Go's `VerifyHostname` and `HostnameError`).
fn check_name(certificate: &Certificate<'_>, host: &str) -> Result<(), String> {
    let none = Names::default();
    let names = certificate.names.as_ref().unwrap_or(&none);
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = bare.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let (matches, host) = match address {
        Some(address) => (names.addresses.iter().any(|name| name.to_canonical() == address), bare),
        None => (names.dns.iter().any(|name| name_matches(name, host)), host),
    };
    if matches {
        return Ok(());
    }
    let common_name = certificate.common_name().unwrap_or_default();
    if certificate.names.is_none() && is_host_name(&common_name, true) && pattern_matches(&common_name, host) {
        return Err("certificate relies on legacy Common Name field, use SANs instead".to_owned());
    }
    let valid: Vec<String> = match address {
        Some(_) if names.addresses.is_empty() => {
            return Err(format!(
                "cannot validate certificate for {host} because it doesn't contain any IP SANs"
            ));
        }
        Some(_) => names.addresses.iter().map(ToString::to_string).collect(),
        None => names.dns.clone(),
    };
    if valid.len() >= MAX_NAMES {
        let kind = if address.is_some() { "IP SANs" } else { "names" };
        return Err(format!("certificate is valid for {} {kind}, but none matched {host}", valid.len()));
    }
    match valid.join(", ").as_str() {
        "" => Err(format!("certificate is not valid for any names, but wanted to match {host}")),
        valid => Err(format!("certificate is valid for {valid}, not {host}")),
    }
}

/// Whether a name in a certificate covers `host`: a pattern where both are host names, else only the same text.
fn name_matches(name: &str, host: &str) -> bool {
    if is_host_name(name, true) && is_host_name(host, false) {
        return pattern_matches(name, host);
    }
    !matches!(name, "" | ".") && !matches!(host, "" | ".") && name.eq_ignore_ascii_case(host)
}

/// Whether `host` fits `pattern`, whose first label may be an asterisk.
fn pattern_matches(pattern: &str, host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    if pattern.is_empty() || host.is_empty() || pattern.split('.').count() != host.split('.').count() {
        return false;
    }
    let mut labels = pattern.split('.').zip(host.split('.')).enumerate();
    labels.all(|(at, (pattern, label))| (at == 0 && pattern == "*") || pattern.eq_ignore_ascii_case(label))
}

/// Whether `text` has the form of a host's name or, if `pattern`, of a pattern for such.
fn is_host_name(text: &str, pattern: bool) -> bool {
    let text = if pattern { text } else { text.strip_suffix('.').unwrap_or(text) };
    if text.is_empty() || text == "*" {
        return false;
    }
    text.split('.').enumerate().all(|(at, label)| {
        let asterisk = pattern && at == 0 && label == "*";
        let plain = !label.is_empty()
            && !label.starts_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        asterisk || plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_matches_as_go_matches() {
        for (name, host) in [("a.b", "A.b."), ("*.b", "a.b"), ("a_b.c", "a_b.c"), ("*", "*"), ("a b", "A B")] {
            assert!(name_matches(name, host), "{name} {host}");
        }
        for (name, host) in [
            ("*.b", "b"),
            ("*.b", "x.a.b"),
            ("a.*", "a.b"),
            ("*", "a"),
            ("", ""),
            (".", "."),
            ("a.b", "a"),
            ("-a", "a"),
            ("*a.b", "xa.b"),
        ] {
            assert!(!name_matches(name, host), "{name} {host}");
        }
    }
}
