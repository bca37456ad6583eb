//! `kubectl events`: shows what has happened.

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "events",
    usage: "events [(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonp\
            ath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    short: "Show what has happened lately",
    long: "Show what has happened lately, the oldest first: in a namespace, in all of them, or to one object.",
    examples: "\
# In the namespace
kubectl events

# In all namespaces
kubectl events --all-namespaces

# To one pod, as it happens
kubectl events --for pod/web-pod-13je7 --watch

# As YAML
kubectl events -oyaml

# Only some types
kubectl events --types=Warning,Normal",
    flags: &[
        &[
            Flag::text("for", "Only what happened to this object, as TYPE/NAME."),
            Flag::slice("types", "Only events of these types: Normal or Warning."),
            Flag::switch("watch", false, "Go on with what happens from now on.").short('w'),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::ALL_NAMESPACES,
        groups::CHUNK_SIZE,
        groups::NO_HEADERS,
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
