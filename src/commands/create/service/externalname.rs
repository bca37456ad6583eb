//! `kubectl create service externalname`: creates a service that stands for a name outside the cluster.

use crate::{
    actions::creation::{Creation, only_name},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::service::{Service, service},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "externalname",
    usage: "externalname NAME --external-name external.name [--dry-run=server|client|none]",
    short: "Create a service that stands for a name outside the cluster",
    long: "Create a service that stands for a name outside the cluster: whoever asks for the service is sent there by \
            DNS.",
    examples: "\
# my-ns stands for bar.com
kubectl create service externalname my-ns --external-name bar.com",
    flags: &[
        &[
            Flag::text("external-name", "The name outside.").required(),
            Flag::slice("tcp", "A port and the port of the pods behind it, as PORT:TARGETPORT."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
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
    let object = service(Service {
        name,
        namespace: creation.own_namespace(),
        kind: "ExternalName",
        tcp: parsed.strings("tcp"),
        cluster_ip: "",
        node_port: 0,
        external_name: parsed.string("external-name"),
    })
    .map_err(Error::Message)?;
    creation
        .without_note()
        .create(object, Some("failed to create ExternalName service: "))
        .await
}
