//! `kubectl plugin list`: lists the plugins on the search path.

use std::io::Write;

use crate::{
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result},
    plugins,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "list",
    usage: "list",
    short: "List the plugins on the search path",
    long: "List the plugins on the search path, and say which of them cannot be run or are hidden by others: all \
            executables whose names begin with \"kubectl-\".",
    examples: "\
# All plugins
kubectl plugin list

# Only their names
kubectl plugin list --name-only",
    flags: &[&[Flag::switch("name-only", false, "Print the names without the directories.")]],
    flags_in_usage: true,
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// Where there is no plugin, or one of those listed cannot be run or is hidden by another.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let files = plugins::files(context.world());
    if files.is_empty() {
        return Err(Error::message("unable to find any kubectl plugins in your PATH"));
    }
    let (mut listed, mut seen, mut warnings) = (String::new(), Vec::new(), 0);
    for path in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let shown = path.display().to_string();
        listed.push_str(if parsed.bool("name-only") { &name } else { &shown });
        listed.push('\n');
        if !plugins::is_executable(path) {
            warnings += 1;
            listed.push_str(&format!(
                "  - warning: {shown} identified as a kubectl plugin, but it is not executable\n"
            ));
        } else if let Some((_, first)) = seen.iter().find(|(known, _)| *known == name) {
            warnings += 1;
            listed.push_str(&format!(
                "  - warning: {shown} is overshadowed by a similarly named plugin: {first}\n"
            ));
        } else {
            seen.push((name, shown));
        }
    }
    write!(
        context.streams().out(),
        "The following compatible plugins are available:\n\n{listed}"
    )?;
    match warnings {
        0 => Ok(()),
        1 => Err(Error::message("one plugin warning was found")),
        several => Err(Error::message(format!("{several} plugin warnings were found"))),
    }
}
