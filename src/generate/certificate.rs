//! Secrets with a certificate and its key.

use super::keyed::{Data, Keeper};
use crate::api::OwnedValue;

/// The secret of a certificate and its key, both in PEM.
///
/// # Errors
/// None that these keys could cause; the form is that of the other generators.
pub fn secret(name: &str, namespace: &str, certificate: Vec<u8>, key: Vec<u8>, append_hash: bool) -> Result<OwnedValue, String> {
    let mut data = Data::new(Keeper::Secret, name);
    data.add("tls.crt", certificate)?;
    data.add("tls.key", key)?;
    Ok(data.secret(namespace, "kubernetes.io/tls", append_hash))
}
