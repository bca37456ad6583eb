//! The certificates: an authority of this sandbox's own, and what it signed for the loopback.

use std::{net::IpAddr, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// What clients trust, and what the server shows them.
pub struct Authority {
    /// The authority's certificate in PEM.
    pub certificate: String,
    /// The server's side of TLS.
    pub server: Arc<rustls::ServerConfig>,
}

impl Authority {
    /// A new authority, and a certificate by it for the loopback.
    ///
    /// # Errors
    /// Where keys cannot be made.
    pub fn new() -> Result<Self, String> {
        Self::make().map_err(|error| format!("cannot make certificates: {error}"))
    }

    fn make() -> Result<Self, Box<dyn std::error::Error>> {
        let mut authority = CertificateParams::default();
        authority.distinguished_name.push(DnType::CommonName, "kubectl-sandbox");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![
            KeyUsagePurpose::KeyCertSign,
            KeyUsagePurpose::CrlSign,
            KeyUsagePurpose::DigitalSignature,
        ];
        let authority_key = KeyPair::generate()?;
        let authority_certificate = authority.self_signed(&authority_key)?;
        let issuer = Issuer::new(authority, authority_key);

        let mut server = CertificateParams::new(vec!["localhost".to_owned(), "kubernetes".to_owned()])?;
        server.distinguished_name.push(DnType::CommonName, "kubectl-sandbox-apiserver");
        server.subject_alt_names.push(SanType::IpAddress(IpAddr::from([127, 0, 0, 1])));
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        server.use_authority_key_identifier_extension = true;
        let server_key = KeyPair::generate()?;
        let server_certificate = server.signed_by(&server_key, &issuer)?;

        let chain = vec![CertificateDer::from(server_certificate.der().to_vec())];
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(server_key.serialize_der()));
        let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Authority {
            certificate: authority_certificate.pem(),
            server: Arc::new(config),
        })
    }
}
