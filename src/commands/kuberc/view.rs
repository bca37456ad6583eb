//! `kubectl kuberc view`: prints your preferences.

use std::io::Write;

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    preferences::{File, Preference},
    printers::form::{self, COMMON_FORMS},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "view",
    usage: "view",
    short: "Print your preferences",
    long: "Print your preferences.",
    examples: "\
# All of them
kubectl kuberc view

# As JSON
kubectl kuberc view --output json

# Those in another file
kubectl kuberc view --kuberc /path/to/kuberc",
    flags: &[
        &[
            Flag::text("kuberc", "The file with the preferences. ${HOME}/.kube/kuberc if not given."),
            Flag::new(
                "output",
                Kind::String,
                "yaml",
                "How to print: json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, \
            jsonpath-as-json or jsonpath-file.",
            )
            .short('o'),
        ],
        groups::PRINT,
    ],
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// Preferences are turned off, or the file cannot be read.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let file = super::file(parsed, context)?;
    let Some(bytes) = super::read(&file)? else {
        if file.explicit {
            return Err(Error::message(format!("kuberc file not found at {}", file.name)));
        }
        return offer(&file, context);
    };
    let mut preference = Preference::parse(&bytes)?;
    preference.defaults.get_or_insert_default();
    preference.aliases.get_or_insert_default();
    let mut value = preference.to_value();
    // Only JSON shows the fields in the order of Go's struct.
    if !parsed.string("output").eq_ignore_ascii_case("json") {
        value.sort_keys();
    }
    let mut text = Vec::new();
    if parsed.string("output").is_empty() && parsed.string("template").is_empty() {
        form::name(&mut text, &value);
    } else {
        context.printer(parsed, COMMON_FORMS)?.print(&mut text, &mut value)?;
    }
    Ok(context.streams().out().write_all(&text)?)
}

/// Offers to write preferences that are often wanted, where there are none at all.
fn offer(file: &File, context: &Context) -> Result<()> {
    let streams = context.streams();
    write!(
        streams.out(),
        "kuberc file not found at {}\nWould you like to generate a default kuberc file with recommended options? (y/N): ",
        file.name
    )?;
    let answer = streams.read_line()?.unwrap_or_default();
    if !answer.trim().eq_ignore_ascii_case("y") {
        return Ok(());
    }
    file.write(&Preference::recommended().to_bytes())?;
    Ok(writeln!(streams.out(), "Updated {}", file.name)?)
}
