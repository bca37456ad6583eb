//! `kubectl auth reconcile`: brings roles and bindings to the state that manifests describe.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "reconcile",
    usage: "reconcile -f FILENAME",
    short: "Bring roles and bindings to the state that manifests describe",
    long: "\
Bring roles, cluster roles and their bindings to the state that manifests describe.

What is missing is created, its namespace included. Roles that exist keep permissions that the manifest \
lacks, and bindings keep subjects, unless told otherwise. A binding to another role is replaced, since \
bindings cannot change their role.

Prefer this to \"kubectl apply\" for these types: it understands what rules mean.",
    examples: "\
# Reconcile what is in a file
kubectl auth reconcile -f my-rbac-rules.yaml",
    flags: &[
        &[
            Flag::switch(
                "remove-extra-permissions",
                false,
                "Take from roles what the manifests do not grant.",
            ),
            Flag::switch("remove-extra-subjects", false, "Take from bindings whom the manifests do not bind."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        &groups::files("A file, directory or URL with the roles and bindings."),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
