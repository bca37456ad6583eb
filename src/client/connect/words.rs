//! Go's words for what fails in TLS.

use std::io;

use rustls::{AlertDescription, CertificateError};

use crate::client::{
    network::{EOF, NetworkError, UNEXPECTED_EOF},
    trace::Trace,
};

/// Go's words for a handshake that failed.
pub(super) fn handshake_error(error: &io::Error, raw: &Trace) -> NetworkError {
    if let Some(known) = error.get_ref().and_then(|inner| inner.downcast_ref::<NetworkError>()) {
        return known.clone();
    }
    let opening = raw.opening();
    if let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return match error {
            rustls::Error::InvalidMessage(_) if opening.starts_with(b"HTTP/") => {
                NetworkError::new("http: server gave HTTP response to HTTPS client")
            }
            // No type of record but 20 to 24 is known.
            rustls::Error::InvalidMessage(_) if opening.first().is_some_and(|first| !(20..=24).contains(first)) => {
                NetworkError::new("tls: first record does not look like a TLS handshake")
            }
            other => of_tls(other),
        };
    }
    match opening.is_empty() {
        true => NetworkError::new(EOF),
        false => NetworkError::new(UNEXPECTED_EOF),
    }
}

/// Go's words for a failure of TLS.
pub(super) fn of_tls(error: &rustls::Error) -> NetworkError {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => match other.0.downcast_ref::<NetworkError>() {
            Some(known) => known.clone(),
            None => NetworkError::new(format!("tls: {other}")),
        },
        rustls::Error::AlertReceived(alert) => NetworkError::new(format!("remote error: tls: {}", alert_text(*alert))),
        other => NetworkError::new(format!("tls: {other}")),
    }
}

/// What Go calls an alert (`crypto/tls`, `alertText`).
fn alert_text(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::CloseNotify => "close notify",
        AlertDescription::UnexpectedMessage => "unexpected message",
        AlertDescription::BadRecordMac => "bad record MAC",
        AlertDescription::DecryptionFailed => "decryption failed",
        AlertDescription::RecordOverflow => "record overflow",
        AlertDescription::DecompressionFailure => "decompression failure",
        AlertDescription::HandshakeFailure => "handshake failure",
        AlertDescription::BadCertificate => "bad certificate",
        AlertDescription::UnsupportedCertificate => "unsupported certificate",
        AlertDescription::CertificateRevoked => "revoked certificate",
        AlertDescription::CertificateExpired => "expired certificate",
        AlertDescription::CertificateUnknown => "unknown certificate",
        AlertDescription::IllegalParameter => "illegal parameter",
        AlertDescription::UnknownCA => "unknown certificate authority",
        AlertDescription::AccessDenied => "access denied",
        AlertDescription::DecodeError => "error decoding message",
        AlertDescription::DecryptError => "error decrypting message",
        AlertDescription::ExportRestriction => "export restriction",
        AlertDescription::ProtocolVersion => "protocol version not supported",
        AlertDescription::InsufficientSecurity => "insufficient security level",
        AlertDescription::InternalError => "internal error",
        AlertDescription::InappropriateFallback => "inappropriate fallback",
        AlertDescription::UserCanceled => "user canceled",
        AlertDescription::NoRenegotiation => "no renegotiation",
        AlertDescription::MissingExtension => "missing extension",
        AlertDescription::UnsupportedExtension => "unsupported extension",
        AlertDescription::CertificateUnobtainable => "certificate unobtainable",
        AlertDescription::UnrecognisedName => "unrecognized name",
        AlertDescription::BadCertificateStatusResponse => "bad certificate status response",
        AlertDescription::BadCertificateHashValue => "bad certificate hash value",
        AlertDescription::UnknownPSKIdentity => "unknown PSK identity",
        AlertDescription::CertificateRequired => "certificate required",
        AlertDescription::NoApplicationProtocol => "no application protocol",
        AlertDescription::EncryptedClientHelloRequired => "encrypted client hello required",
        other => return format!("alert({})", u8::from(other)),
    }
    .to_owned()
}
