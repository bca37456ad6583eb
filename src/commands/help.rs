//! `kubectl help`: prints the help of a command.

use std::io::Write;

use crate::{
    actions::help,
    args::{self, Command, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "help",
    usage: "help [command]",
    short: "Print the help of a command",
    long: "Print the help of a command: kubectl help [path to command].",
    hidden: true,
    flags_in_usage: true,
    ..Command::NEW
};

/// Prints the help of the command that the arguments name.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let (world, streams) = (context.world(), context.streams());
    let found = args::find(parsed.chain()[0], parsed.args());
    if found.chain.len() == 1 && !args::find::arguments(&found).is_empty() {
        let topic = parsed.args().iter().map(|word| backquoted(word)).collect::<Vec<_>>().join(" ");
        let usage = help::usage(world, &found.chain);
        write!(streams.err(), "Unknown help topic [{topic}]\n\n\n{usage}")?;
    } else if found.command().runnable {
        write!(streams.out(), "{}", help::text(world, &found.chain))?;
    } else {
        write!(streams.err(), "{}", help::text(world, &found.chain))?;
    }
    Ok(())
}

/// A word as Go's `%#q` writes it: between backquotes where it can be.
fn backquoted(word: &str) -> String {
    if word.contains(|letter: char| letter == '`' || (letter.is_control() && letter != '\t')) {
        crate::api::quote(word)
    } else {
        format!("`{word}`")
    }
}
