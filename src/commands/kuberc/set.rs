//! `kubectl kuberc set`: sets defaults, aliases and rules for credential programs in your preferences.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result},
    preferences::{Alias, Choice, Defaults, File, Preference},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set",
    usage: "set --section (defaults|aliases) --command COMMAND",
    short: "Set a default, an alias or a rule for credential programs",
    long: "\
Set a default for a command's flags, an alias for a command, or a rule about which credential programs may \
run, in your preferences.

What is there under the same name is only changed with --overwrite.",
    examples: "\
# \"kubectl get\" prints wide tables
kubectl kuberc set --section defaults --command get --option output=wide

# A default of a command in a folder
kubectl kuberc set --section defaults --command \"set env\" --option output=yaml

# \"kubectl getn\" shows nodes with their labels
kubectl kuberc set --section aliases --name getn --command get --prependarg nodes --option output=wide

# \"kubectl runx\" runs a fixed command in a pod
kubectl kuberc set --section aliases --name runx --command run --option image=nginx --appendarg -- \
--appendarg custom-arg1

# Replace a default
kubectl kuberc set --section defaults --command get --option output=wide --overwrite

# Only one credential program may run
kubectl kuberc set --section credentialplugin --policy Allowlist --allowlist-entry \
command=cloud-credential-helper",
    flags: &[&[
        Flag::array(
            "allowlist-entry",
            "With --section credentialplugin, a credential program that may run, as command=NAME; repeat it for several.",
        ),
        Flag::array(
            "appendarg",
            "With --section aliases, an argument behind those that are typed; repeat it for several.",
        ),
        Flag::text("command", r#"The command, with its folders: "get", "set env"."#),
        Flag::text("kuberc", "The file with the preferences. ${HOME}/.kube/kuberc if not given."),
        Flag::text("name", "The name of the alias."),
        Flag::array("option", "A flag and its value, as flag=value; repeat it for several."),
        Flag::switch("overwrite", false, "Change what is there already."),
        Flag::text(
            "policy",
            "With --section credentialplugin, which credential programs may run: AllowAll, DenyAll or Allowlist.",
        ),
        Flag::array(
            "prependarg",
            "With --section aliases, an argument before those that are typed; repeat it for several.",
        ),
        Flag::text("section", "What to set: defaults, aliases or credentialplugin.").required(),
    ]],
    ..Command::NEW
};

/// What the command line means.
struct Options {
    file: File,
    /// Whether what is there may be changed.
    overwrite: bool,
    change: Change,
}

/// What is to be set.
enum Change {
    Defaults(Defaults),
    Alias(Alias),
    Programs { policy: String, allowed: Vec<String> },
}

fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    let file = super::file(parsed, context)?;
    let (section, command, name) = (parsed.string("section"), parsed.string("command"), parsed.string("name"));
    let (before, behind) = (parsed.strings("prependarg"), parsed.strings("appendarg"));
    let complaint = match section {
        "aliases" if name.is_empty() => Some("--name is required when --section=aliases".to_owned()),
        "defaults" if !name.is_empty() => Some("--name should not be specified when --section=defaults".to_owned()),
        "defaults" if !before.is_empty() || !behind.is_empty() => {
            Some("--prependarg and --appendarg are only valid for --section=aliases".to_owned())
        }
        "aliases" | "defaults" if command.is_empty() => {
            Some("--command is required when --section=aliases or --section=defaults".to_owned())
        }
        "aliases" | "defaults" => None,
        "credentialplugin" => check_policy(parsed),
        other => Some(format!(
            "--section must be \"defaults\", \"aliases\", or \"credentialplugin\", got: {other}"
        )),
    };
    if let Some(complaint) = complaint {
        return Err(Error::message(complaint));
    }
    let command = command.to_owned();
    let change = match section {
        "defaults" => Change::Defaults(Defaults {
            command,
            options: choices(parsed)?,
        }),
        "aliases" => Change::Alias(Alias {
            name: name.to_owned(),
            command,
            prepend: before.to_vec(),
            append: behind.to_vec(),
            options: choices(parsed)?.unwrap_or_default(),
        }),
        _ => {
            choices(parsed)?;
            Change::Programs {
                policy: parsed.string("policy").to_owned(),
                allowed: allowed(parsed)?,
            }
        }
    };
    Ok(Options {
        file,
        overwrite: parsed.bool("overwrite"),
        change,
    })
}

/// What is wrong with the rule about credential programs.
fn check_policy(parsed: &Parsed) -> Option<String> {
    let entries = !parsed.strings("allowlist-entry").is_empty();
    match (parsed.string("policy"), entries) {
        ("", _) => Some("--policy is required when --section=credentialplugin".to_owned()),
        ("AllowAll" | "DenyAll", true) => {
            Some("--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist".to_owned())
        }
        ("Allowlist", false) => Some("--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist".to_owned()),
        ("AllowAll" | "DenyAll" | "Allowlist", _) => None,
        (other, _) => Some(format!("invalid value for --policy: {}", quote(other))),
    }
}

/// The flags and values that `--option` gives; nothing without any.
fn choices(parsed: &Parsed) -> Result<Option<Vec<Choice>>> {
    let mut choices = Vec::new();
    for text in parsed.strings("option") {
        let pair = text.split_once('=').map(|(name, value)| (name.trim_start_matches('-'), value));
        let Some((name, value)) = pair.filter(|(name, _)| !name.is_empty()) else {
            let text = quote(text);
            return Err(Error::message(format!("invalid option format {text}, expected flag=value")));
        };
        choices.push(Choice {
            name: name.to_owned(),
            default: value.to_owned(),
        });
    }
    Ok(Some(choices).filter(|choices| !choices.is_empty()))
}

/// The programs that `--allowlist-entry` names.
fn allowed(parsed: &Parsed) -> Result<Vec<String>> {
    let mut programs = Vec::new();
    let mut wrong = Vec::new();
    for pair in parsed.strings("allowlist-entry").iter().flat_map(|entry| entry.split(',')) {
        match pair.split_once('=') {
            None => wrong.push(format!("improperly formatted allowlist entry: {}", quote(pair))),
            Some(("command", program)) if program.trim().is_empty() => {
                wrong.push("empty value in allowlist entry for field \"command\"".to_owned());
            }
            Some(("command", program)) => programs.push(program.to_owned()),
            Some(("name", _)) => {
                wrong.push("allowlist entry field \"name\" is deprecated, use \"command\" instead".to_owned());
            }
            Some((field, _)) => wrong.push(format!("unrecognized allowlist entry field: {}", quote(field))),
        }
    }
    if wrong.is_empty() {
        return Ok(programs);
    }
    Err(Error::message(wrong.join("\n")))
}

/// Runs the command.
///
/// # Errors
/// The flags do not go together, something is there already, or the file cannot be read or written.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = resolve(parsed, context)?;
    let mut preference = match super::read(&options.file)? {
        Some(bytes) if !bytes.is_empty() => Preference::parse(&bytes)?,
        _ => Preference::empty(),
    };
    apply(&mut preference, options.change, options.overwrite)?;
    options.file.write(&preference.to_bytes())?;
    Ok(writeln!(context.streams().out(), "Updated {}", options.file.name)?)
}

/// Makes the change. Of an entry that is there, what is not given stays.
fn apply(preference: &mut Preference, change: Change, overwrite: bool) -> Result<()> {
    match change {
        Change::Defaults(new) => {
            let all = preference.defaults.get_or_insert_default();
            match all.iter_mut().find(|old| old.command == new.command) {
                Some(_) if !overwrite => {
                    let command = quote(&new.command);
                    let sentence = format!("defaults for command {command} already exist, use --overwrite to replace");
                    return Err(Error::message(sentence));
                }
                Some(old) => old.options = new.options.or(old.options.take()),
                None => all.push(new),
            }
        }
        Change::Alias(new) => {
            let all = preference.aliases.get_or_insert_default();
            match all.iter_mut().find(|old| old.name == new.name) {
                Some(_) if !overwrite => {
                    let name = quote(&new.name);
                    return Err(Error::message(format!("alias {name} already exists, use --overwrite to replace")));
                }
                Some(old) => {
                    old.command = new.command;
                    replace_if_given(&mut old.prepend, new.prepend);
                    replace_if_given(&mut old.append, new.append);
                    replace_if_given(&mut old.options, new.options);
                }
                None => all.push(new),
            }
        }
        Change::Programs { policy, allowed } => {
            if policy == "Allowlist" {
                preference.allowed = Some(allowed);
            }
            preference.policy = policy;
        }
    }
    Ok(())
}

fn replace_if_given<T>(old: &mut Vec<T>, new: Vec<T>) {
    if !new.is_empty() {
        *old = new;
    }
}
