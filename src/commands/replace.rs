//! `kubectl replace`: replaces objects by what manifests describe.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "replace",
    usage: "replace -f FILENAME",
    short: "Replace objects by what manifests describe",
    long: r#"Replace objects by what manifests describe, which must be complete. Manifests are JSON or YAML.

"kubectl get TYPE NAME -o yaml" prints the whole object, to be changed and given back."#,
    examples: r#"# From a file
kubectl replace -f ./pod.json

# From what another program prints
cat pod.json | kubectl replace -f -

# Another version of an image
kubectl get pod mypod -o yaml | sed 's/\(image: myimage\):.*$/\1:v4/' | kubectl replace -f -

# Delete and create anew
kubectl replace --force -f ./pod.json"#,
    flags: &[
        &[
            Flag::text("raw", "Send the manifest as it is to this path of the server, by PUT."),
            Flag::text("subresource", "Replace this subresource of the objects."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::DELETION,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        &groups::files("The manifests to replace objects by."),
        &groups::field_manager("kubectl-replace"),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
