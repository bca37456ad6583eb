//! `kubectl certificate approve`: approves certificate signing requests.

use crate::{
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

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
