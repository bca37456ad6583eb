//! `kubectl apply view-last-applied`: prints the manifest that apply has noted in an object.

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::Result,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "view-last-applied",
    usage: "view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME)",
    short: "Print the manifest that apply has noted in objects",
    long: r#"Print the manifest that "kubectl apply" has noted in objects: as YAML, or with -o json as JSON."#,
    examples: "\
# By type and name
kubectl apply view-last-applied deployment/nginx

# By file, as JSON
kubectl apply view-last-applied -f deploy.yaml -o json",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::new("output", Kind::String, "yaml", "How to print: yaml or json.").short('o'),
        ],
        groups::SELECTOR,
        &groups::files("A file, directory or URL with the manifests of the objects."),
    ],
    ..Command::NEW
};

/// Runs the command.
pub async fn run(parsed: &Parsed, _context: &Context) -> Result<()> {
    Err(parsed.not_implemented())
}
