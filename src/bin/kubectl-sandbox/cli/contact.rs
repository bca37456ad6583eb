//! A word with a cluster that runs, by its kubeconfig.

use std::{path::Path, sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::rt::TokioIo;
use kubectl_rs::api::OwnedValue;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tokio::net::TcpStream;

use crate::yaml;

/// How long a cluster may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

fn read(kubeconfig: &Path) -> Result<OwnedValue, String> {
    let bytes = std::fs::read(kubeconfig).map_err(|error| format!("cannot read {}: {error}", kubeconfig.display()))?;
    let mut documents = yaml::documents(&bytes)?;
    documents.pop().ok_or_else(|| format!("{} is empty", kubeconfig.display()))
}

/// Where the cluster of a kubeconfig answers.
///
/// # Errors
/// Where the file cannot be read.
pub fn server(kubeconfig: &Path) -> Result<String, String> {
    let config = read(kubeconfig)?;
    let cluster = config.items_at(&["clusters"]).first().ok_or("no cluster in the kubeconfig")?;
    Ok(cluster.str_at(&["cluster", "server"]).to_owned())
}

/// Asks the cluster of a kubeconfig, and gives the body of its answer.
///
/// # Errors
/// Where it does not answer, or answers with a failure.
pub fn ask(kubeconfig: &Path, method: &str, path: &str) -> Result<Bytes, String> {
    let config = read(kubeconfig)?;
    let cluster = config.items_at(&["clusters"]).first().cloned().unwrap_or_default();
    let user = config.items_at(&["users"]).first().cloned().unwrap_or_default();
    let address = cluster
        .str_at(&["cluster", "server"])
        .strip_prefix("https://")
        .ok_or("the server is none of a sandbox")?
        .to_owned();
    let pem = STANDARD
        .decode(cluster.str_at(&["cluster", "certificate-authority-data"]))
        .map_err(|error| error.to_string())?;
    let token = user.str_at(&["user", "token"]).to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        tokio::time::timeout(PATIENCE, exchange(&address, &pem, &token, method, path))
            .await
            .unwrap_or_else(|_| Err(format!("no answer for {} seconds", PATIENCE.as_secs())))
    })
}

async fn exchange(address: &str, authority: &[u8], token: &str, method: &str, path: &str) -> Result<Bytes, String> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(authority).map_err(|error| error.to_string())?;
    roots.add(certificate).map_err(|error| error.to_string())?;
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let name = ServerName::try_from("127.0.0.1").map_err(|error| error.to_string())?;
    let stream = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map_err(|error| error.to_string())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", address)
        .header("authorization", format!("Bearer {token}"))
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let good = response.status().is_success();
        let body = response.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        if good {
            Ok(body)
        } else {
            Err(String::from_utf8_lossy(&body).into_owned())
        }
    };
    tokio::select! {
        answer = exchange => answer,
        ended = connection => Err(ended.err().map_or_else(|| "the connection ended".to_owned(), |error| error.to_string())),
    }
}
