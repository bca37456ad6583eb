//! `kubectl certificate deny`: denies certificate signing requests.

use crate::{
    actions::certificates::Decision,
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "deny",
    usage: "deny (-f FILENAME | NAME)",
    short: "Deny certificate signing requests",
    long: "Deny certificate signing requests, so that nobody signs them.",
    examples: "\
# Deny a request
kubectl certificate deny csr-sqgzp",
    flags: &[
        &[Flag::switch("force", false, "Deny requests that are denied already once more.")],
        groups::OUTPUT,
        groups::PRINT,
        &groups::files("A file, directory or URL with the requests."),
    ],
    ..Command::NEW
};

/// What it decides.
const DECISION: Decision = Decision {
    condition: "Denied",
    opposite: "Approved",
    reason: "KubectlDeny",
    message: "This CSR was denied by kubectl certificate deny.",
    done: "denied",
};

/// Decides so about the requests that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, requests that were decided otherwise, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    super::decide(DECISION, parsed, context).await
}
