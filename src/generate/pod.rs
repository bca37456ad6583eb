//! The pod of `run`.

use super::{
    Fields, Metadata, begin, labels, nothing,
    service::{atoi, wrapped},
};
use crate::api::OwnedValue;

/// What a pod is made of.
#[derive(Debug, Clone, Copy)]
pub struct Pod<'a> {
    /// Its name and that of its container.
    pub name: &'a str,
    /// Its labels, as `key=value`, separated by commas; `run=NAME` if empty.
    pub labels: &'a str,
    /// Its annotations, each as `key=value`.
    pub annotations: &'a [String],
    /// The image.
    pub image: &'a str,
    /// When the image is pulled; may be empty.
    pub pull_policy: &'a str,
    /// The port; may be empty.
    pub port: &'a str,
    /// Variables of the environment, each as `NAME=value`.
    pub variables: &'a [String],
    /// What stood behind the name.
    pub arguments: &'a [String],
    /// Whether these are the command itself.
    pub is_command: bool,
    /// Whether the container reads standard input.
    pub stdin: bool,
    /// Whether standard input stays open when the first reader leaves.
    pub leave_stdin_open: bool,
    /// Whether the container has a terminal.
    pub tty: bool,
    /// Whether the container has all rights on its node.
    pub privileged: bool,
    /// What happens when the container ends.
    pub restart: &'a str,
}

/// A pod.
///
/// # Errors
/// kubectl's sentence for labels, annotations, variables or a port that cannot be read.
pub fn pod(options: Pod<'_>) -> Result<OwnedValue, String> {
    let mut metadata = Metadata::new(options.name, "");
    let variables = labels::variables(options.variables)?;
    metadata.annotations = labels::annotations(options.annotations)?;
    metadata.labels = match options.labels {
        "" => labels::run_label(options.name),
        text => labels::labels(text)?,
    };
    let ports = match options.port {
        "" => Vec::new(),
        text => vec![Fields::new().set("containerPort", wrapped(atoi(text)?)).into()],
    };
    let (command, arguments): (&[String], &[String]) = match options.is_command {
        true => (options.arguments, &[]),
        false => (&[], options.arguments),
    };
    let privileged = options.privileged.then(|| Fields::new().set("privileged", true));
    let container = Fields::new()
        .set("name", options.name.to_owned())
        .text("image", options.image)
        .texts("command", command)
        .texts("args", arguments)
        .list("ports", ports)
        .list("env", variables)
        .set("resources", nothing())
        .text("imagePullPolicy", options.pull_policy)
        .some("securityContext", privileged)
        .switch("stdin", options.stdin)
        .switch("stdinOnce", options.stdin && !options.leave_stdin_open)
        .switch("tty", options.tty);
    let spec = Fields::new()
        .set("containers", vec![container.into()])
        .text("restartPolicy", options.restart)
        .set("dnsPolicy", "ClusterFirst");
    Ok(begin("v1", "Pod", metadata).set("spec", spec).set("status", nothing()).into())
}
