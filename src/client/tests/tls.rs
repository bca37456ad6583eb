//! TLS: whom the client trusts, how it shows who it is, and what it says of handshakes that fail.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CustomExtension, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio_rustls::TlsAcceptor;

use super::{
    body, client,
    server::{Answer, Server, answer},
    world,
};
use crate::{
    client::{Client, Request, Settings},
    kubeconfig::{RestConfig, TlsConfig},
};

/// An authority of the test's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn authority_of(params: CertificateParams) -> Authority {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Authority {
        issuer: Issuer::new(params, key),
        certificate,
    }
}

fn authority(name: &str) -> Authority {
    authority_of(authority_params(name))
}

fn params(names: &[&str]) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "server");
    for name in names {
        params.subject_alt_names.push(match name.parse() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName((*name).try_into().unwrap()),
        });
    }
    params
}

/// A server's or client's certificate and key.
struct Identity {
    certificate: Certificate,
    key: KeyPair,
}

fn signed(params: CertificateParams, authority: &Authority) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    Identity { certificate, key }
}

fn self_signed(params: CertificateParams) -> Identity {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Identity { certificate, key }
}

/// A server with this certificate, which wants clients that `clients` signed, if given.
async fn server(identity: &Identity, clients: Option<&Authority>) -> Server {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(ring::default_provider()));
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(identity.key.serialize_der()));
    let key = ring::default_provider().key_provider.load_private_key(key).unwrap();
    // Given as it is: rustls would refuse to serve some of the certificates that clients shall refuse.
    let pair = CertifiedKey::new(vec![identity.certificate.der().clone()], key);
    let config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(pair)));
    let answers = [Answer::Bytes(answer("200 OK", &[], "{}"))];
    Server::with_tls(answers, Some(TlsAcceptor::from(Arc::new(config)))).await
}

/// A server behind TLS, and what a client needs to trust it.
pub struct TrustedServer {
    pub address: std::net::SocketAddr,
    pub authority: String,
}

impl TrustedServer {
    pub fn config(&self) -> RestConfig {
        RestConfig {
            server: format!("https://{}", self.address),
            tls: TlsConfig {
                ca_data: self.authority.clone().into(),
                ..TlsConfig::default()
            },
            ..RestConfig::default()
        }
    }
}

/// A server behind TLS that answers `{}`.
pub async fn trusted_server() -> TrustedServer {
    let authority = authority("the authority");
    let server = server(&signed(params(&["127.0.0.1"]), &authority), None).await;
    TrustedServer {
        address: server.address,
        authority: authority.certificate.pem(),
    }
}

/// Servers that a client refuses, or that look as if it should; each with what it trusts instead.
pub async fn untrusted_servers() -> Vec<(&'static str, TrustedServer)> {
    let good = authority("minikubeCA");
    let mut servers = Vec::new();
    let mut add = async |what, identity: Identity, trusted: &Certificate| {
        let server = server(&identity, None).await;
        let server = TrustedServer {
            address: server.address,
            authority: trusted.pem(),
        };
        servers.push((what, server));
    };
    let own = params(&["127.0.0.1"]);
    add("a good one", signed(own.clone(), &good), &good.certificate).await;
    add(
        "other addresses",
        signed(params(&["10.0.0.1", "::1", "a"]), &good),
        &good.certificate,
    )
    .await;
    add("only names", signed(params(&["a"]), &good), &good.certificate).await;
    add("no names", signed(params(&[]), &good), &good.certificate).await;
    add("another authority", signed(own.clone(), &good), &authority("other").certificate).await;
    add(
        "a namesake authority",
        signed(own.clone(), &good),
        &authority("minikubeCA").certificate,
    )
    .await;
    let mut old = own.clone();
    (old.not_before, old.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    add("out of time", signed(old.clone(), &good), &good.certificate).await;
    let mut old_authority = authority_params("old");
    (old_authority.not_before, old_authority.not_after) = (old.not_before, old.not_after);
    let old_authority = authority_of(old_authority);
    add(
        "an authority out of time",
        signed(own.clone(), &old_authority),
        &old_authority.certificate,
    )
    .await;
    let mut powerless = authority_params("powerless");
    powerless.is_ca = IsCa::ExplicitNoCa;
    let powerless = authority_of(powerless);
    add("signed by no authority", signed(own.clone(), &powerless), &powerless.certificate).await;
    let mut for_clients = own.clone();
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    add("for clients", signed(for_clients, &good), &good.certificate).await;
    let mut odd = own.clone();
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    odd.custom_extensions.push(extension);
    add("an odd extension", signed(odd, &good), &good.certificate).await;
    let mut authority_like = own.clone();
    authority_like.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    add("calls itself an authority", signed(authority_like, &good), &good.certificate).await;
    let own_authority = self_signed(own.clone());
    let trusted = own_authority.certificate.clone();
    add("signed by itself", own_authority, &trusted).await;
    add("signed by itself, not trusted", self_signed(own), &good.certificate).await;
    servers
}

fn config(server: &Server, host: &str, authority: &str) -> RestConfig {
    RestConfig {
        server: format!("https://{host}:{}", server.address.port()),
        tls: TlsConfig {
            ca_data: authority.into(),
            ..TlsConfig::default()
        },
        ..RestConfig::default()
    }
}

/// `ok`, or what kubectl would print behind `Unable to connect to the server: `.
async fn outcome(config: &RestConfig) -> String {
    let (client, _) = client(config);
    match body(&client, Request::get("/x").streamed()).await {
        Ok(body) => {
            assert_eq!(body, "{}");
            "ok".to_owned()
        }
        Err(error) => error.text().replace("Unable to connect to the server: ", ""),
    }
}

/// What is said of a server at 127.0.0.1 with such a certificate by a client that trusts its authority.
async fn verdict(params: CertificateParams) -> String {
    let authority = authority("the authority");
    let server = server(&signed(params, &authority), None).await;
    outcome(&config(&server, "127.0.0.1", &authority.certificate.pem())).await
}

#[tokio::test]
async fn server_of_a_trusted_authority_is_asked() {
    assert_eq!(verdict(params(&["127.0.0.1"])).await, "ok");
    let mut calls_itself_authority = params(&["127.0.0.1"]);
    calls_itself_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(verdict(calls_itself_authority).await, "ok");
}

#[tokio::test]
async fn server_with_another_name_is_refused_with_the_names_that_it_has() {
    const X509: &str = "tls: failed to verify certificate: x509:";
    assert_eq!(
        verdict(params(&["10.0.0.1", "a", "10.0.0.2"])).await,
        format!("{X509} certificate is valid for 10.0.0.1, 10.0.0.2, not 127.0.0.1")
    );
    assert_eq!(
        verdict(params(&["a"])).await,
        format!("{X509} cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs")
    );
    let authority = authority("the authority");
    let pem = authority.certificate.pem();
    let named = server(&signed(params(&["a", "b.example"]), &authority), None).await;
    let mut by_name = config(&named, "localhost", &pem);
    assert_eq!(
        outcome(&by_name).await,
        format!("{X509} certificate is valid for a, b.example, not localhost")
    );
    by_name.tls.server_name = "B.example".to_owned();
    assert_eq!(outcome(&by_name).await, "ok");
    let unnamed = server(&signed(params(&[]), &authority), None).await;
    assert_eq!(
        outcome(&config(&unnamed, "localhost", &pem)).await,
        format!("{X509} certificate is not valid for any names, but wanted to match localhost")
    );
    let mut common = params(&[]);
    common.distinguished_name.push(DnType::CommonName, "localhost");
    let common = server(&signed(common, &authority), None).await;
    assert_eq!(
        outcome(&config(&common, "localhost", &pem)).await,
        format!("{X509} certificate relies on legacy Common Name field, use SANs instead")
    );
}

#[tokio::test]
async fn server_out_of_time_or_for_another_use_is_refused() {
    let mut old = params(&["127.0.0.1"]);
    (old.not_before, old.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let text = verdict(old).await;
    assert!(
        text.starts_with("tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2"),
        "{text}"
    );
    assert!(text.ends_with(" is after 2021-01-01T00:00:00Z"), "{text}");
    let mut early = params(&["127.0.0.1"]);
    (early.not_before, early.not_after) = (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1));
    assert!(verdict(early).await.ends_with(" is before 2090-01-01T00:00:00Z"));
    let mut for_clients = params(&["127.0.0.1"]);
    for_clients.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(
        verdict(for_clients).await,
        "tls: failed to verify certificate: x509: certificate specifies an incompatible key usage"
    );
    let mut odd = params(&["127.0.0.1"]);
    let mut extension = CustomExtension::from_oid_content(&[1, 2, 3, 4], vec![5, 0]);
    extension.set_criticality(true);
    odd.custom_extensions.push(extension);
    assert_eq!(
        verdict(odd).await,
        "tls: failed to verify certificate: x509: unhandled critical extension"
    );
}

#[tokio::test]
async fn server_of_an_unknown_authority_is_refused_with_a_hint() {
    const UNKNOWN: &str = "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    let server = server(&signed(params(&["127.0.0.1"]), &authority("minikubeCA")), None).await;
    let against = async |authority: Authority| outcome(&config(&server, "127.0.0.1", &authority.certificate.pem())).await;
    assert_eq!(against(authority("other")).await, UNKNOWN);
    assert_eq!(
        against(authority("minikubeCA")).await,
        format!(
            "{UNKNOWN} (possibly because of \"x509: ECDSA verification failure\" while trying to verify candidate authority certificate \"minikubeCA\")"
        )
    );
    let mut powerless = authority_params("minikubeCA");
    powerless.is_ca = IsCa::ExplicitNoCa;
    assert_eq!(
        against(authority_of(powerless)).await,
        format!(
            "{UNKNOWN} (possibly because of \"x509: invalid signature: parent certificate cannot sign this kind of certificate\" \
             while trying to verify candidate authority certificate \"minikubeCA\")"
        )
    );
}

#[tokio::test]
async fn server_of_an_authority_out_of_time_is_refused() {
    let mut old = authority_params("old");
    (old.not_before, old.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
    let old = authority_of(old);
    let server = server(&signed(params(&["127.0.0.1"]), &old), None).await;
    let text = outcome(&config(&server, "127.0.0.1", &old.certificate.pem())).await;
    assert!(text.ends_with(" is after 2021-01-01T00:00:00Z"), "{text}");
}

#[tokio::test]
async fn server_whose_own_certificate_is_trusted_is_asked() {
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
        let mut params = params(&["127.0.0.1"]);
        params.is_ca = is_ca;
        let identity = self_signed(params);
        let server = server(&identity, None).await;
        assert_eq!(outcome(&config(&server, "127.0.0.1", &identity.certificate.pem())).await, "ok");
    }
}

#[tokio::test]
async fn any_server_is_asked_where_the_user_says_so() {
    let server = server(&self_signed(params(&["elsewhere"])), None).await;
    let mut config = config(&server, "127.0.0.1", "");
    config.tls.insecure = true;
    assert_eq!(outcome(&config).await, "ok");
}

#[tokio::test]
async fn system_authorities_count_where_none_is_given() {
    let authority = authority("the system's");
    let server = server(&signed(params(&["127.0.0.1"]), &authority), None).await;
    let config = config(&server, "127.0.0.1", "");
    assert!(outcome(&config).await.ends_with("x509: certificate signed by unknown authority"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bundle.pem");
    std::fs::write(&file, authority.certificate.pem()).unwrap();
    let (mut world, _) = world();
    world.env.insert("SSL_CERT_FILE".to_owned(), file.to_string_lossy().into_owned());
    let client = Client::new(&config, &world, Settings::default()).unwrap();
    assert_eq!(body(&client, Request::get("/x")).await.unwrap(), "{}");
}

#[tokio::test]
async fn client_certificates_are_shown() {
    let authority = authority("the authority");
    let server = server(&signed(params(&["127.0.0.1"]), &authority), Some(&authority)).await;
    let jane = signed(params(&[]), &authority);
    let mut by_data = config(&server, "127.0.0.1", &authority.certificate.pem());
    assert_eq!(outcome(&by_data).await, "remote error: tls: certificate required");
    by_data.tls.cert_data = jane.certificate.pem().into();
    by_data.tls.key_data = jane.key.serialize_pem().into();
    assert_eq!(outcome(&by_data).await, "ok");

    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, jane.certificate.pem()).unwrap();
    std::fs::write(&key, jane.key.serialize_pem()).unwrap();
    let mut by_file = config(&server, "127.0.0.1", &authority.certificate.pem());
    by_file.tls.cert_file = certificate.to_string_lossy().into_owned();
    by_file.tls.key_file = key.to_string_lossy().into_owned();
    assert_eq!(outcome(&by_file).await, "ok");
    std::fs::write(&key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    let (client, error) = client(&by_file);
    assert_eq!(
        body(&client, Request::get("/x")).await.unwrap_err().text(),
        "Unable to connect to the server: tls: private key does not match public key"
    );
    let log = error.text();
    assert!(
        log.ends_with("\"Loading client cert failed\" err=\"tls: private key does not match public key\" key=\"key\"\n"),
        "{log}"
    );
}

#[test]
fn client_certificate_data_that_cannot_be_read_is_refused_at_once() {
    let identity = self_signed(params(&[]));
    let (certificate, key) = (identity.certificate.pem(), identity.key.serialize_pem());
    let other = KeyPair::generate().unwrap().serialize_pem();
    let rsa_like = key.replace("PRIVATE KEY", "PUBLIC KEY");
    let cases = [
        ("junk", key.as_str(), "tls: failed to find any PEM data in certificate input"),
        (&certificate, "junk", "tls: failed to find any PEM data in key input"),
        (
            &key,
            &certificate,
            "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
        ),
        (
            &certificate,
            &certificate,
            "tls: found a certificate rather than a key in the PEM for the private key",
        ),
        (
            &certificate,
            &rsa_like,
            "tls: failed to find PEM block with type ending in \"PRIVATE KEY\" in key input after skipping PEM blocks of the following types: [PUBLIC KEY]",
        ),
        (&certificate, &other, "tls: private key does not match public key"),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            &key,
            "x509: malformed certificate",
        ),
        (
            &certificate,
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "tls: failed to parse private key",
        ),
    ];
    for (certificate, key, want) in cases {
        let config = RestConfig {
            server: "https://127.0.0.1:1".to_owned(),
            tls: TlsConfig {
                cert_data: certificate.into(),
                key_data: key.into(),
                ..TlsConfig::default()
            },
            ..RestConfig::default()
        };
        let error = Client::new(&config, &world().0, Settings::default()).unwrap_err();
        assert_eq!(error.text(), format!("error: {want}"));
    }
}

#[test]
fn authorities_that_cannot_be_read_are_refused_at_once() {
    let good = authority("a").certificate.pem();
    let bad = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let key = KeyPair::generate().unwrap().serialize_pem();
    let new = |data: &str, insecure| {
        let config = RestConfig {
            server: "https://127.0.0.1:1".to_owned(),
            tls: TlsConfig {
                ca_data: data.into(),
                insecure,
                ..TlsConfig::default()
            },
            ..RestConfig::default()
        };
        Client::new(&config, &world().0, Settings::default())
            .map(drop)
            .map_err(|error| error.text())
    };
    let load = |reason: &str| Err(format!("error: unable to load root certificates: {reason}"));
    assert_eq!(new("junk", false), load("unable to parse bytes as PEM block"));
    assert_eq!(new(bad, false), load("failed to parse certificate: x509: malformed certificate"));
    assert_eq!(new(&key, false), load("no valid certificate authority data seen"));
    assert_eq!(new(&format!("junk\n{bad}{good}"), false), Ok(()));
    assert_eq!(
        new(&good, true),
        Err("error: specifying a root certificates file with the insecure flag is not allowed".to_owned())
    );
}

#[tokio::test]
async fn servers_that_do_not_speak_tls_are_named_as_go_names_them() {
    let cases: [(&[u8], &str); 7] = [
        (
            b"HTTP/1.0 400 Bad Request\r\n\r\n",
            "http: server gave HTTP response to HTTPS client",
        ),
        (
            b"garbage that is long enough",
            "tls: first record does not look like a TLS handshake",
        ),
        (b"", "EOF"),
        (b"\x16\x03\x01", "unexpected EOF"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "remote error: tls: handshake failure"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "remote error: tls: protocol version not supported"),
        (b"\x15\x03\x01\x00\x02\x02\x70", "remote error: tls: unrecognized name"),
    ];
    for (bytes, want) in cases {
        let address = rude_server(bytes).await;
        let config = RestConfig {
            server: format!("https://{address}"),
            ..RestConfig::default()
        };
        assert_eq!(outcome(&config).await, want);
    }
}

/// A server that says the same to whatever it hears.
async fn rude_server(says: &'static [u8]) -> std::net::SocketAddr {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut tcp, _)) = listener.accept().await {
            let mut heard = [0; 4096];
            let _ = tcp.read(&mut heard).await;
            let _ = tcp.write_all(says).await;
        }
    });
    address
}

#[tokio::test(start_paused = true)]
async fn handshake_that_nobody_answers_ends_by_itself() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = RestConfig {
        server: format!("https://{}", listener.local_addr().unwrap()),
        ..RestConfig::default()
    };
    assert_eq!(outcome(&config).await, "net/http: TLS handshake timeout");
}
