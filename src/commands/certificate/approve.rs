//! `kubectl certificate approve`: approves certificate signing requests.

use crate::{
    actions::certificates::Decision,
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "approve",
    usage: "approve (-f FILENAME | NAME)",
    short: "Approve certificate signing requests",
    long: "\
Approve certificate signing requests, so that the controller that signs them does.

Before you approve a request, look at what it asks for: whoever gets the certificate may act as the subject \
in it.",
    examples: "\
# Approve a request
kubectl certificate approve csr-sqgzp",
    flags: &[
        &[Flag::switch(
            "force",
            false,
            "Approve requests that are approved already once more.",
        )],
        groups::OUTPUT,
        groups::PRINT,
        &groups::files("A file, directory or URL with the requests."),
    ],
    ..Command::NEW
};

/// What it decides.
const DECISION: Decision = Decision {
    condition: "Approved",
    opposite: "Denied",
    reason: "KubectlApprove",
    message: "This CSR was approved by kubectl certificate approve.",
    done: "approved",
};

/// Decides so about the requests that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, requests that were decided otherwise, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    super::decide(DECISION, parsed, context).await
}
