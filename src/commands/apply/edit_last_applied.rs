//! `kubectl apply edit-last-applied`: edits the manifest that apply has noted in an object.

use crate::{
    args::{Command, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "edit-last-applied",
    usage: "edit-last-applied (RESOURCE/NAME | -f FILENAME)",
    short: "Edit the manifest that apply has noted in objects",
    long: "\
Edit the manifest that \"kubectl apply\" has noted in objects, in your editor.

Only the note is changed, not the object itself. Several objects are edited one after the other. The editor \
is the program in KUBE_EDITOR or EDITOR, or else vi. The objects are shown as YAML; -o json shows them as \
JSON.

What cannot be stored comes back into the editor with the reason on top, and stays behind in a temporary file.",
    examples: "\
# Edit by type and name
kubectl apply edit-last-applied deployment/nginx

# Edit by file, as JSON
kubectl apply edit-last-applied -f deploy.yaml -o json",
    flags: &[
        groups::OUTPUT,
        groups::PRINT,
        groups::VALIDATE,
        groups::RECORD,
        groups::WINDOWS_LINE_ENDINGS,
        &groups::files("A file, directory or URL with the manifests of the objects to edit."),
        &groups::field_manager("kubectl-client-side-apply"),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
