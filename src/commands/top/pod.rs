//! `kubectl top pod`: how much pods use.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "pod",
    aliases: &["pods", "po"],
    usage: "pod [NAME | -l label]",
    short: "Show how much CPU and memory pods use",
    long: "Show how much CPU and memory pods use. Of a new pod this is known only after some minutes.",
    examples: "\
# All pods of the namespace
kubectl top pod

# Of another namespace
kubectl top pod --namespace=NAMESPACE

# One pod, by container
kubectl top pod POD_NAME --containers

# By label
kubectl top pod -l name=myLabel",
    flags: &[
        &[
            Flag::switch("containers", false, "Show each container."),
            Flag::switch("show-swap", false, "Show how much swap space is used."),
            Flag::text("sort-by", r#"Sort by "cpu" or "memory", the most first."#),
            Flag::switch("sum", false, "Show the sum of all."),
            Flag::switch("use-protocol-buffers", true, "Ask for the measurements in protocol buffers."),
        ],
        groups::SELECTOR,
        groups::FIELD_SELECTOR,
        groups::ALL_NAMESPACES,
        groups::NO_HEADERS,
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
