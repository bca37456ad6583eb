//! A command as data.

use super::Flag;

/// A command, or a folder of commands.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    /// The word by which it is called.
    pub name: &'static str,
    /// Other words by which it is called.
    pub aliases: &'static [&'static str],
    /// Words that others use for it: whoever types one of them is pointed here.
    pub suggest_for: &'static [&'static str],
    /// How it is called, from its name on: `get [(-o|--output=)…] (TYPE[.VERSION][.GROUP] …) [flags]`.
    pub usage: &'static str,
    /// One line for the list of commands.
    pub short: &'static str,
    /// What it does, as paragraphs.
    pub long: &'static str,
    /// Examples: lines that begin with `#` say what the command below them does.
    pub examples: &'static str,
    /// Its flags, as groups that several commands may share; `--help` and the global flags are not among them.
    pub flags: &'static [&'static [Flag]],
    /// The commands in it, under the titles by which help lists them.
    pub children: &'static [Group],
    /// The way from the root to the command that it stands for, where it is a word of the user's own; else empty.
    pub stands_for: &'static [&'static Command],
    /// Whether help leaves it out.
    pub hidden: bool,
    /// Whether it does anything itself; if not, calling it prints its description.
    pub runnable: bool,
    /// Whether help ends its usage with `[flags]` (cobra's `DisableFlagsInUseLine`, the other way round).
    pub flags_in_usage: bool,
}

/// Commands under one title.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// The title: `Basic Commands (Beginner):`.
    pub title: &'static str,
    /// The commands, in the order in which help lists them.
    pub commands: &'static [&'static Command],
}

/// The title under which a folder lists its commands.
pub const AVAILABLE: &str = "Available Commands:";

impl Command {
    /// A command with nothing in it, for the fields that a command leaves as they are.
    pub const NEW: Command = Command {
        name: "",
        aliases: &[],
        suggest_for: &[],
        usage: "",
        short: "",
        long: "",
        examples: "",
        flags: &[],
        children: &[],
        stands_for: &[],
        hidden: false,
        runnable: true,
        flags_in_usage: false,
    };

    /// The commands in it, in order.
    pub fn commands(&self) -> impl Iterator<Item = &'static Command> + use<> {
        self.children.iter().flat_map(|group| group.commands.iter().copied())
    }

    /// The command that a word calls: by name or alias.
    pub fn child(&self, word: &str) -> Option<&'static Command> {
        self.commands()
            .find(|command| command.name == word || command.aliases.contains(&word))
    }

    /// Its own flags, in the order of the table.
    pub fn own_flags(&self) -> impl Iterator<Item = &'static Flag> + use<> {
        self.flags.iter().flat_map(|group| group.iter())
    }
}
