//! `kubectl config set-cluster`: adds or changes a cluster in the kubeconfig.

use std::{fs, io::Write};

use crate::{
    api::quote,
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        Cluster, Sources,
        edit::{Paths, edit},
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set-cluster",
    usage: "set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] \
            [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]",
    short: "Add or change a cluster in the kubeconfig",
    long: "Add a cluster to the kubeconfig, or change one: what is given replaces what is there, and the rest stays.",
    examples: "\
# Only the server's address
kubectl config set-cluster e2e --server=https://1.2.3.4

# Keep the certificate authority in the kubeconfig itself
kubectl config set-cluster e2e --embed-certs --certificate-authority=ca.crt

# Do not check the server's certificate
kubectl config set-cluster e2e --insecure-skip-tls-verify=true

# The name that the certificate is for, where the address differs
kubectl config set-cluster e2e --tls-server-name=my-cluster-name

# Reach it through a proxy
kubectl config set-cluster e2e --proxy-url=https://1.2.3.4",
    flags: &[&[
        Flag::text(
            "certificate-authority",
            "File with the certificates that may sign the server's certificate.",
        ),
        Flag::tristate(
            "embed-certs",
            false,
            "Keep the content of certificate files in the kubeconfig instead of their paths.",
        ),
        Flag::tristate("insecure-skip-tls-verify", false, "Do not check the server's certificate."),
        Flag::text("proxy-url", "The proxy to reach the server through."),
        Flag::text("server", "The address of the API server."),
        Flag::text("tls-server-name", "The name that the server's certificate must be for."),
    ]],
    ..Command::NEW
};

/// What the command line means.
struct Options {
    sources: Sources,
    name: String,
    server: Option<String>,
    tls_server_name: Option<String>,
    insecure: bool,
    authority: Option<Authority>,
    proxy_url: Option<String>,
}

/// Where the certificates of authorities are.
enum Authority {
    /// In a file.
    File(String),
    /// In the kubeconfig itself.
    Data(Vec<u8>),
}

fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    let [name] = parsed.args() else {
        return Err(super::wrong_arguments(parsed, context, "Unexpected args"));
    };
    if name.is_empty() {
        return Err(Error::message("you must specify a non-empty cluster name"));
    }
    let sources = super::sources(parsed, context);
    let insecure = parsed.bool("insecure-skip-tls-verify");
    let file = parsed.string("certificate-authority");
    if insecure && !file.is_empty() {
        return Err(Error::message(
            "you cannot specify a certificate authority and insecure mode at the same time",
        ));
    }
    let embed = parsed.bool("embed-certs");
    if embed {
        if file.is_empty() {
            return Err(Error::message("you must specify a --certificate-authority to embed"));
        }
        super::check_file(&sources, "certificate-authority", file)?;
    }
    let authority = super::given(parsed, "certificate-authority").map(|file| match embed {
        // What is there and cannot be read, a folder for one, leaves nothing; as in kubectl.
        true => Authority::Data(fs::read(super::absolute(&sources, &file)).unwrap_or_default()),
        false => Authority::File(super::absolute(&sources, &file)),
    });
    Ok(Options {
        name: name.clone(),
        server: super::given(parsed, "server"),
        tls_server_name: super::given(parsed, "tls-server-name"),
        insecure,
        authority,
        proxy_url: super::given(parsed, "proxy-url"),
        sources,
    })
}

/// Runs the command.
///
/// # Errors
/// The flags do not go together; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = resolve(parsed, context)?;
    edit(&options.sources, Paths::Relative, |config| {
        change(config.clusters.entry(options.name.clone()).or_default(), &options);
        Ok(())
    })?;
    Ok(writeln!(context.streams().out(), "Cluster {} set.", quote(&options.name))?)
}

fn change(cluster: &mut Cluster, options: &Options) {
    if let Some(server) = &options.server {
        cluster.server.clone_from(server);
        // Another server is not expected to carry the name that was expected so far.
        cluster.tls_server_name.clear();
    }
    if let Some(name) = &options.tls_server_name {
        cluster.tls_server_name.clone_from(name);
    }
    // What the flag does not say again is forgotten; kubectl's habit.
    cluster.insecure_skip_tls_verify = options.insecure;
    if options.insecure {
        cluster.certificate_authority.clear();
        cluster.certificate_authority_data.clear();
    }
    if let Some(authority) = &options.authority {
        cluster.insecure_skip_tls_verify = false;
        (cluster.certificate_authority, cluster.certificate_authority_data) = match authority {
            Authority::File(file) => (file.clone(), Vec::new()),
            Authority::Data(data) => (String::new(), data.clone()),
        };
    }
    if let Some(url) = &options.proxy_url {
        cluster.proxy_url.clone_from(url);
    }
}
