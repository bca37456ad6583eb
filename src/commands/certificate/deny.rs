//! `kubectl certificate deny`: denies certificate signing requests.

use crate::{
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

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
