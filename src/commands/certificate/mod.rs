//! `kubectl certificate`: approves and denies certificate signing requests.

pub mod approve;
pub mod deny;

use std::io::Write;

use crate::{
    actions::{
        certificates::{self, Decision},
        dry_run::DryRun,
        help,
        report::Report,
        selection,
    },
    args::{AVAILABLE, Command, Group, Parsed},
    context::Context,
    error::Result,
    printers::form::COMMON_FORMS,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "certificate",
    usage: "certificate SUBCOMMAND",
    short: "Approve and deny certificate signing requests",
    long: "Approve and deny certificate signing requests.",
    children: &[Group {
        title: AVAILABLE,
        commands: &[&approve::COMMAND, &deny::COMMAND],
    }],
    ..Command::NEW
};

/// Prints what the folder holds. Unlike other folders it takes no offence at arguments, and succeeds.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    Ok(write!(context.streams().out(), "{}", help::text(context.world(), parsed.chain()))?)
}

/// Decides about the requests that a command line of this folder names.
async fn decide(decision: Decision, parsed: &Parsed, context: &Context) -> Result<()> {
    let printer = context.chosen_printer(parsed, COMMON_FORMS)?;
    let query = selection::query(parsed, parsed.args().to_vec(), (String::new(), false));
    let mut report = Report::new(context.streams(), printer, DryRun::None);
    certificates::decide(decision, parsed.bool("force"), query, &context.site()?, &mut report).await
}
