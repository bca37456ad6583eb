//! `kubectl create service nodeport`: creates a service on a port of every node.

use crate::{
    actions::creation::{Creation, only_name},
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::service::{Service, service},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "nodeport",
    usage: "nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none]",
    short: "Create a service on a port of every node",
    long: "Create a service on a port of every node.",
    examples: "\
# Port 5678 goes to port 8080 of the pods
kubectl create service nodeport my-ns --tcp=5678:8080",
    flags: &[
        &[
            Flag::new(
                "node-port",
                Kind::Int,
                "0",
                "The port of the nodes. The server chooses one if it is 0.",
            ),
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
        kind: "NodePort",
        tcp: parsed.strings("tcp"),
        cluster_ip: "",
        node_port: parsed.int("node-port"),
        external_name: "",
    })
    .map_err(Error::Message)?;
    creation
        .without_note()
        .create(object, Some("failed to create NodePort service: "))
        .await
}
