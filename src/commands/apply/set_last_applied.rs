//! `kubectl apply set-last-applied`: writes the manifest that apply has noted in an object anew.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set-last-applied",
    usage: "set-last-applied -f FILENAME",
    short: "Note manifests in objects as if they had been applied",
    long: "Note manifests in objects as if they had been applied, without changing anything else of the objects. The \
            next apply then takes the noted manifest for the last one.",
    examples: "\
# Note the manifest in its object
kubectl apply set-last-applied -f deploy.yaml

# Every manifest of a directory
kubectl apply set-last-applied -f path/

# Also where nothing was noted before
kubectl apply set-last-applied -f deploy.yaml --create-annotation=true",
    flags: &[
        &[
            Flag::switch(
                "create-annotation",
                false,
                "Also note the manifest in objects that have none noted.",
            ),
            Flag::slice("filename", "A file, directory or URL with the manifests to note.").short('f'),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
