//! `kubectl top node`: how much nodes use.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "node",
    aliases: &["nodes", "no"],
    usage: "node [NAME | -l label]",
    short: "Show how much CPU and memory nodes use",
    long: "Show how much CPU and memory nodes use.",
    examples: "\
# All nodes
kubectl top node

# One node
kubectl top node NODE_NAME",
    flags: &[
        &[
            Flag::switch(
                "show-capacity",
                false,
                "Reckon shares of all that the node has, not of what pods may use.",
            ),
            Flag::switch("show-swap", false, "Show how much swap space is used."),
            Flag::text("sort-by", r#"Sort by "cpu" or "memory", the most first."#),
            Flag::switch("use-protocol-buffers", true, "Ask for the measurements in protocol buffers."),
        ],
        groups::SELECTOR,
        groups::NO_HEADERS,
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
