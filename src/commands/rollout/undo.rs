//! `kubectl rollout undo`: takes a workload back to an earlier state.

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "undo",
    usage: "undo (TYPE NAME | TYPE/NAME) [flags]",
    short: "Take workloads back to an earlier state",
    long: "Take workloads back to an earlier state.",
    examples: "\
# The state before
kubectl rollout undo deployment/abc

# A chosen state
kubectl rollout undo daemonset/abc --to-revision=3

# Only say what would happen
kubectl rollout undo --dry-run=server deployment/abc",
    flags: &[
        &[Flag::new(
            "to-revision",
            Kind::Int64,
            "0",
            "The state to go back to. The one before if 0.",
        )],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        &groups::files("A file, directory or URL with the manifests of the workloads."),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
