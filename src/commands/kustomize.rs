//! `kubectl kustomize`: builds a kustomization and prints its objects.

use crate::{
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "kustomize",
    usage: "kustomize DIR",
    short: "Build a kustomization from a directory or URL",
    long: "\
Build a kustomization and print its objects.

DIR is a directory with a file kustomization.yaml, or the URL of a git repository with a path behind it. \
The working directory if not given.",
    examples: "\
# The working directory
kubectl kustomize

# A directory
kubectl kustomize /home/config/production

# A repository
kubectl kustomize https://github.com/kubernetes-sigs/kustomize.git/examples/helloWorld?ref=v1.0.6",
    flags: &[&[
        Flag::switch(
            "as-current-user",
            false,
            "Run functions in containers under your own user and group.",
        ),
        Flag::switch("enable-alpha-plugins", false, "Allow plugins."),
        Flag::switch("enable-helm", false, "Allow Helm charts."),
        Flag::switch(
            "enable-managedby-label",
            false,
            "Label the objects with app.kubernetes.io/managed-by.",
        )
        .deprecated(
            "The flag `enable-managedby-label` has been deprecated. Use the `managedByLabel` option in the \
            `buildMetadata` field instead.",
        ),
        Flag::array("env", "A variable for the environment of functions.").short('e'),
        Flag::array("helm-api-versions", "API versions that Helm takes the server to have."),
        Flag::new("helm-command", Kind::String, "helm", "The program helm."),
        Flag::switch("helm-debug", false, "Let Helm print more about what it does."),
        Flag::text("helm-kube-version", "The version that Helm takes the server to have."),
        Flag::new(
            "load-restrictor",
            Kind::String,
            "LoadRestrictionsRootOnly",
            "\"LoadRestrictionsNone\" lets files come from outside the directory, which then no longer works elsewhere.",
        ),
        Flag::array("mount", "Storage for functions."),
        Flag::switch("network", false, "Let functions that ask for it use the network."),
        Flag::new("network-name", Kind::String, "bridge", "The docker network that functions use."),
        Flag::text("output", "The file or directory to write to instead of standard output.").short('o'),
        Flag::new(
            "reorder",
            Kind::String,
            "legacy",
            "Whether objects are sorted before they are printed: legacy or none.",
        )
        .deprecated("use the new 'sortOptions' field in kustomization.yaml instead."),
    ]],
    flags_in_usage: true,
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
