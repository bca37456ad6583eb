//! The user's preferences (kuberc): other defaults for the flags of commands, words that stand for commands, and which
//! credential plugins may run. The rules and sentences are those of kubectl's `pkg/kuberc` (KEP-3104).
//!
//! Where there is no such file, which is the common case, all this is one failed `open`.

mod decode;
mod file;
mod line;
mod preference;
#[cfg(test)]
mod tests;

use std::io::Write;

use crate::{
    args::Command,
    client::auth::policy::PluginPolicy,
    error::{Error, Result},
    world::World,
};

pub use self::{
    decode::Decoded,
    file::File,
    line::{Line, without},
    preference::{Alias, Choice, Defaults, Preference},
};

/// The environment variable with which all this can be turned off, flag and commands included.
pub const SWITCH: &str = "KUBECTL_KUBERC";

/// What the preferences make of a line without the program's name; nothing where there are none. Complaints that do not
/// keep the line from being run are on standard error.
///
/// # Errors
/// Preferences that were asked for and cannot be read, or that make no sense for this line.
pub fn apply(world: &World, root: &'static Command, words: &[String]) -> Result<Option<(Line, PluginPolicy)>> {
    let failed = |sentence: String| Error::Bare(format!("error occurred while applying preferences {sentence}"));
    if words.is_empty() {
        return Ok(None);
    }
    let flag = flag(words).map_err(failed)?;
    let Some(preference) = load(world, flag)?.map_err(|sentence| failed(format!("kuberc error {sentence}")))? else {
        return Ok(None);
    };
    let policy = preference.plugin_policy();
    preference.validate().and_then(|()| policy.validate()).map_err(failed)?;
    let program = world.args.first().map_or("kubectl", String::as_str);
    let outcome = line::read(&preference, root, program, words, |name| world.var(name));
    for warning in outcome.warnings {
        writeln!(world.streams.err(), "Warning: {warning}")?;
    }
    Ok(Some((outcome.line.map_err(failed)?, policy)))
}

/// The file that the line itself names, found before any flag is parsed: the first word that says so counts, wherever it is.
fn flag(words: &[String]) -> std::result::Result<&str, String> {
    let mut before = words.iter().take_while(|word| *word != "--");
    let Some(place) = before.position(|word| word == "--kuberc" || word.contains("--kuberc=")) else {
        return Ok("");
    };
    let named = match words[place].as_str() {
        "--kuberc" => words.get(place + 1).map(String::as_str),
        word => word.split('=').nth(1).filter(|value| !value.is_empty()),
    };
    named.ok_or_else(|| "kuberc file is not found".to_owned())
}

/// The preferences in the file that is meant, if there is one and it says anything.
fn load(world: &World, flag: &str) -> Result<std::result::Result<Option<Preference>, String>> {
    let file = match File::named(flag, world) {
        Ok(Some(file)) => file,
        Ok(None) => return Ok(Ok(None)),
        Err(sentence) => return Ok(Err(sentence)),
    };
    let name = &file.name;
    let decoded = match file.read() {
        Ok(Some(bytes)) => decode::decode(&bytes, name),
        Ok(None) if !file.explicit => return Ok(Ok(None)),
        Ok(None) => Err(format!("open {name}: no such file or directory")),
        Err(sentence) => Err(sentence),
    };
    Ok(match decoded {
        // These two sentences have no line break in kubectl either.
        Ok(Decoded { preference, complaint }) => {
            if let Some(complaint) = complaint {
                write!(world.streams.err(), "kuberc: ignoring strict decoding error in {name}: {complaint}")?;
            }
            Ok(preference)
        }
        Err(sentence) if file.explicit => Err(format!("kuberc: {sentence}")),
        Err(sentence) => {
            write!(world.streams.err(), "kuberc: no preferences loaded from {name}: {sentence}")?;
            Ok(None)
        }
    })
}
