//! `kubectl edit`: edits objects in an editor.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "edit",
    usage: "edit (RESOURCE/NAME | -f FILENAME)",
    short: "Edit objects in an editor",
    long: "\
Edit objects in an editor, as they are on the server.

The editor is the program in KUBE_EDITOR or EDITOR, or else vi. Several objects are edited in one file. The \
objects are shown as YAML; -o json shows them as JSON. A type in several API versions is edited in the one \
that is asked for: deployments.v1.apps.

What cannot be stored comes back into the editor with the reason on top, and stays behind in a temporary \
file. The most common reason is that someone else has changed the object meanwhile.",
    examples: r#"# A service
kubectl edit svc/registry

# With another editor
KUBE_EDITOR="nano" kubectl edit svc/registry

# A job, as JSON
kubectl edit job.v1.batch/myjob -o json

# A deployment, noted for apply
kubectl edit deployment/mydeployment -o yaml --save-config

# A subresource
kubectl edit deployment mydeployment --subresource=status"#,
    flags: &[
        &[
            Flag::switch("output-patch", false, "Print the patch that was sent."),
            Flag::text("subresource", "Edit this subresource of the objects."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        groups::RECORD,
        groups::WINDOWS_LINE_ENDINGS,
        &groups::files("A file, directory or URL with the manifests of the objects to edit."),
        &groups::field_manager("kubectl-edit"),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
