//! `kubectl api-versions`: the group versions that the server serves.

use std::io::Write;

use crate::{
    args::{Command, Parsed},
    context::Context,
    discovery::group_version,
    error::{Error, Result},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "api-versions",
    usage: "api-versions",
    short: "List the API versions that the server serves, as group/version",
    long: "List the API versions that the server serves, as group/version.",
    examples: "\
# All versions
kubectl api-versions",
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// Arguments, which it has none of, or a server that cannot be asked.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    if !parsed.args().is_empty() {
        return Err(Error::Usage {
            message: format!("unexpected arguments: [{}]", parsed.args().join(" ")),
            command: parsed.path().to_owned(),
        });
    }
    let discovery = context.discovery()?;
    discovery.invalidate().await;
    let resources = discovery.all().await;
    let resources = resources.map_err(|error| Error::message(format!("couldn't get available api versions from server: {error}")))?;
    let mut versions: Vec<String> = resources
        .versions()
        .map(|(group, version)| group_version(&group.name, &version.name))
        .collect();
    versions.sort();
    for version in versions {
        writeln!(context.streams().out(), "{version}")?;
    }
    Ok(())
}
