//! `kubectl explain`: explains the fields of a type.

use crate::{
    args::{Command, Flag, Kind, Parsed},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "explain",
    usage: "explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] \
            [-o|--output=plaintext|plaintext-openapiv2]",
    short: "Explain the fields of a type",
    long: r#"Explain the fields of a type, by what the server says of itself.

A field is given as a path: TYPE.FIELD.FIELD. "kubectl api-resources" lists the types."#,
    examples: "\
# A type and its fields
kubectl explain pods

# All fields, down to the last
kubectl explain pods --recursive

# A version of the type
kubectl explain deployments --api-version=apps/v1

# One field
kubectl explain pods.spec.containers",
    flags: &[&[
        Flag::text("api-version", "The version to explain, as GROUP/VERSION."),
        Flag::new(
            "output",
            Kind::String,
            "plaintext",
            "How to print: plaintext or plaintext-openapiv2.",
        )
        .short('o'),
        Flag::switch(
            "recursive",
            false,
            "All fields at once, down to the last, without their descriptions.",
        )
        .short('R'),
    ]],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
