//! `kubectl create deployment`: creates a deployment.

use crate::{
    actions::creation::{Creation, only_name},
    actions::random,
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    generate::deployment::{Deployment, deployment},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "deployment",
    aliases: &["deploy"],
    usage: "deployment NAME --image=image -- [COMMAND] [args...]",
    short: "Create a deployment",
    long: "Create a deployment.",
    examples: "\
# Run the image busybox
kubectl create deployment my-dep --image=busybox

# With a command of its own
kubectl create deployment my-dep --image=busybox -- date

# Three pods of nginx
kubectl create deployment my-dep --image=nginx --replicas=3

# A port
kubectl create deployment my-dep --image=busybox --port=5701

# Two containers
kubectl create deployment my-dep --image=busybox:latest --image=nginx",
    flags: &[
        &[
            Flag::slice("image", "The images to run, a container for each.").required(),
            Flag::new("port", Kind::Int32, "-1", "The port that the container listens on."),
            Flag::new("replicas", Kind::Int32, "1", "How many pods to run.").short('r'),
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
    let object = deployment(
        Deployment {
            name,
            namespace: creation.own_namespace(),
            images: parsed.strings("image"),
            command: &parsed.args()[1..],
            replicas: parsed.int("replicas"),
            port: parsed.int("port"),
        },
        random::suffix,
    )
    .map_err(Error::Message)?;
    creation.create(object, Some("failed to create deployment: ")).await
}
