//! `kubectl create secret tls`: creates a secret with a certificate and its key.

use crate::{
    actions::creation::{Creation, only_name},
    args::{Command, Flag, Parsed, groups},
    client::connect::tls::key_pair,
    context::Context,
    error::{Error, Result, unread},
    generate::certificate,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "tls",
    usage: "tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]",
    short: "Create a secret with a certificate and its key",
    long: "Create a secret with a certificate and its key, which must belong together. Both are files in PEM.",
    examples: "\
# A certificate and its key
kubectl create secret tls tls-secret --cert=path/to/tls.crt --key=path/to/tls.key",
    flags: &[
        &[
            Flag::text("cert", "File with the certificate, in PEM."),
            Flag::text("key", "File with the private key of the certificate, in PEM."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        groups::APPEND_HASH,
        &groups::field_manager("kubectl-create"),
    ],
    ..Command::NEW
};

/// Creates it.
///
/// # Errors
/// What makes no sense on the command line, and what the server reports.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let name = only_name(parsed)?;
    let creation = Creation::resolve(parsed, context, "created")?;
    let (certificate, key) = (parsed.string("cert"), parsed.string("key"));
    if certificate.is_empty() || key.is_empty() {
        return Err(Error::message("key and cert must be specified"));
    }
    let read = |path: &str| {
        std::fs::read(context.directory().join(path))
            .map_err(|error| Error::message(format!("Cannot read file {path}, {}", unread(path, &error))))
    };
    let (certificate, key) = (read(certificate)?, read(key)?);
    key_pair(&certificate, &key).map_err(Error::Message)?;
    let object =
        certificate::secret(name, creation.own_namespace(), certificate, key, parsed.bool("append-hash")).map_err(Error::Message)?;
    creation.create(object, Some("failed to create secret ")).await
}
