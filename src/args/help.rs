//! Help in kubectl's layout: description, aliases, examples, commands, options, usage, where to read more.

use super::{AVAILABLE, Command, Flag, Kind, global};

/// What help needs to know beyond the table.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Where answers about the server's resources are kept: the default of `--cache-dir`.
    pub cache_directory: String,
    /// Columns to wrap text at, on a terminal.
    pub width: Option<usize>,
    /// The names of the plugins on the search path, for the root's list.
    pub plugins: Vec<String>,
}

/// The title under which the root lists the plugins.
pub const PLUGINS: &str = "Subcommands provided by plugins:";

/// A command's whole help; empty for one that help leaves out altogether (`options`).
pub fn help(chain: &[&'static Command], surroundings: &Surroundings) -> String {
    let Some(command) = chain.last().filter(|command| command.name != "options") else {
        return String::new();
    };
    let long = if command.long.is_empty() { command.short } else { command.long };
    let mut text = wrap(long.trim(), "", surroundings.width);
    text.push('\n');
    if command.runnable || !command.children.is_empty() {
        text.push('\n');
        text.push_str(&usage(chain, surroundings));
    }
    text
}

/// Everything of a command's help behind its description.
pub fn usage(chain: &[&'static Command], surroundings: &Surroundings) -> String {
    let Some(command) = chain.last() else {
        return String::new();
    };
    let path = super::find::path(chain);
    let mut sections = Vec::new();
    if !command.aliases.is_empty() {
        sections.push(format!("Aliases:\n{}, {}", command.name, command.aliases.join(", ")));
    }
    if !command.examples.is_empty() {
        let lines: Vec<String> = command.examples.trim().lines().map(|line| format!("  {line}")).collect();
        sections.push(format!("Examples:\n{}", lines.join("\n")));
    }
    let root = chain.len() == 1;
    if !command.children.is_empty() {
        sections.extend(command_groups(command, root, surroundings));
    }
    let mut flags: Vec<&Flag> = command.own_flags().filter(|flag| !flag.hidden).collect();
    if !flags.is_empty() && !root {
        flags.sort_by_key(|flag| flag.name);
        sections.push(format!("Options:\n{}", options(&flags, surroundings).trim_end()));
    }
    let flags = if command.flags_in_usage { " [flags]" } else { "" };
    let line = match chain {
        [.., _, _] => format!("{} {}{flags}", super::find::path(&chain[..chain.len() - 1]), command.usage),
        _ => format!("{}{flags}", command.usage),
    };
    let options = if line.contains("[options]") { "" } else { " [options]" };
    sections.push(format!("Usage:\n  {line}{options}"));
    let mut more = String::new();
    if !command.children.is_empty() {
        more = format!("Use \"{path} <command> --help\" for more information about a given command.\n");
    }
    more.push_str("Use \"kubectl options\" for a list of global command-line options (applies to all commands).");
    sections.push(more);
    sections.join("\n\n") + "\n"
}

/// What `kubectl options` prints.
pub fn global_options(surroundings: &Surroundings) -> String {
    let flags: Vec<&Flag> = global::FLAGS.iter().collect();
    let list = options(&flags, surroundings);
    format!("The following options can be passed to any command:\n\n{}\n", list.trim_end())
}

/// The lists of commands, a section each.
fn command_groups(command: &Command, root: bool, surroundings: &Surroundings) -> Vec<String> {
    let longest = command.commands().map(|child| child.name.len()).max().unwrap_or_default().max(11);
    let line = |name: &str, short: &str| format!("\n  {name:longest$}   {short}");
    let mut sections = Vec::new();
    for (position, group) in command.children.iter().enumerate() {
        // The plugins come before the group that gathers the rest.
        if root && position + 1 == command.children.len() {
            let lines = surroundings
                .plugins
                .iter()
                .map(|name| line(name, &format!("The command {name} is a plugin installed by the user")));
            sections.push(format!("{PLUGINS}{}", lines.collect::<String>()));
        }
        let mut commands: Vec<&Command> = group.commands.iter().copied().filter(|child| !child.hidden).collect();
        // Groups of the root have an order of their own, but for the last; all others are sorted by name.
        if !root || group.title == AVAILABLE || position + 1 == command.children.len() {
            commands.sort_by_key(|child| child.name);
        }
        let lines = commands.iter().map(|child| line(child.name, child.short));
        sections.push(format!("{}{}", group.title, lines.collect::<String>()));
    }
    sections
}

/// A list of flags: each with its default, and below it what it does.
fn options(flags: &[&Flag], surroundings: &Surroundings) -> String {
    let mut text = String::new();
    for flag in flags {
        let letter = flag.short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
        let default = match flag.name {
            "cache-dir" => &surroundings.cache_directory,
            _ => flag.default,
        };
        let quote = if flag.kind == Kind::String { "'" } else { "" };
        let help = wrap(flag.help, "\t", surroundings.width);
        text.push_str(&format!("    {letter}--{}={quote}{default}{quote}:\n{help}\n\n", flag.name));
    }
    text
}

/// Text with its lines behind `indent`, none longer than `width` columns where words allow it. A tab counts as eight.
/// On a wide terminal lines end at 120 columns, so that they can be read.
fn wrap(text: &str, indent: &str, width: Option<usize>) -> String {
    let room = width
        .filter(|width| *width > 0)
        .map_or(usize::MAX, |width| width.min(120).saturating_sub(indent.len() * 8).max(20));
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let spaces = &line[..line.len() - line.trim_start().len()];
        let mut current = spaces.to_owned();
        for word in line.split_whitespace() {
            let begun = current.len() > spaces.len();
            if begun && current.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::replace(&mut current, spaces.to_owned()));
            } else if begun {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("{indent}{line}")
            }
        })
        .collect();
    lines.join("\n")
}
