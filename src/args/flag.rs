//! A flag as data: everything that parsing, help, completion and the tests need to know of it.

/// What a flag's value is, named as pflag names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `bool`: on or off; bare means on.
    Bool,
    /// `tristate`: on, off, or not said; bare means on. [`Parsed::changed`](super::Parsed::changed) tells the third state.
    Tristate,
    /// `string`
    String,
    /// `int`: 64 bits
    Int,
    /// `int32`
    Int32,
    /// `int64`
    Int64,
    /// `duration`: Go's form, `1m30s`
    Duration,
    /// `stringArray`: each use adds one value as it stands
    StringArray,
    /// `stringSlice`: each use adds values, separated by commas (CSV)
    StringSlice,
    /// `stringToString`: each use adds pairs `key=value`, separated by commas (CSV)
    StringToString,
    /// `mapStringString`: each use adds pairs `key=value`, separated by commas, without quotes
    MapStringString,
    /// klog's `Level`: a decimal number of 32 bits
    Level,
    /// klog's `moduleSpec`: `pattern=N`, separated by commas
    Modules,
    /// A duration of Go's `flag` package, which does not say what is wrong with one.
    GoDuration,
}

impl Kind {
    /// Whether each use adds to the earlier ones rather than replacing them.
    pub const fn collects(self) -> bool {
        matches!(
            self,
            Kind::StringArray | Kind::StringSlice | Kind::StringToString | Kind::MapStringString
        )
    }
}

/// An environment variable that gives or takes a feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// Its name.
    pub variable: &'static str,
    /// Whether everybody has the feature whose variable does not say otherwise.
    pub open: bool,
}

impl Gate {
    /// Whether somebody has the feature whose variable is this.
    pub fn is_open(&self, value: Option<&str>) -> bool {
        let says = |word: &str| value.is_some_and(|value| value.eq_ignore_ascii_case(word));
        if self.open { !says("false") } else { says("true") }
    }
}

/// One flag of a command.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    /// The name behind `--`.
    pub name: &'static str,
    /// The letter behind `-`, if it has one.
    pub short: Option<char>,
    /// What its value is.
    pub kind: Kind,
    /// Its value when it is not given, as help prints it.
    pub default: &'static str,
    /// Its value when it is given without one (pflag's `NoOptDefVal`).
    pub bare: Option<&'static str>,
    /// Whether the command fails without it.
    pub required: bool,
    /// Whether help leaves it out.
    pub hidden: bool,
    /// What decides whether anybody has the flag (kubectl's feature gates); nothing, where everybody has it.
    pub gate: Option<Gate>,
    /// What is said about it, at each use, because it is deprecated.
    pub deprecated: Option<&'static str>,
    /// What it does: one or more sentences.
    pub help: &'static str,
}

impl Flag {
    /// A flag with a value.
    pub const fn new(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Self {
        Flag {
            name,
            short: None,
            kind,
            default,
            bare: None,
            required: false,
            hidden: false,
            gate: None,
            deprecated: None,
            help,
        }
    }

    /// A flag with any text as its value, empty by default.
    pub const fn text(name: &'static str, help: &'static str) -> Self {
        Flag::new(name, Kind::String, "", help)
    }

    /// A flag that collects values as they stand.
    pub const fn array(name: &'static str, help: &'static str) -> Self {
        Flag::new(name, Kind::StringArray, "[]", help)
    }

    /// A flag that collects values separated by commas.
    pub const fn slice(name: &'static str, help: &'static str) -> Self {
        Flag::new(name, Kind::StringSlice, "[]", help)
    }

    /// A switch, off or on by default.
    pub const fn switch(name: &'static str, default: bool, help: &'static str) -> Self {
        Flag::new(name, Kind::Bool, if default { "true" } else { "false" }, help).bare("true")
    }

    /// A switch that also knows whether it was touched.
    pub const fn tristate(name: &'static str, default: bool, help: &'static str) -> Self {
        Flag::new(name, Kind::Tristate, if default { "true" } else { "false" }, help).bare("true")
    }

    /// The same flag with a letter.
    pub const fn short(mut self, letter: char) -> Self {
        self.short = Some(letter);
        self
    }

    /// The same flag with a value for when it is given without one.
    pub const fn bare(mut self, value: &'static str) -> Self {
        self.bare = Some(value);
        self
    }

    /// The same flag, without which the command fails.
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The same flag, left out of help.
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// The same flag, left out of help, which only those have whose environment variable of this name is `true`.
    pub const fn unlocked_by(mut self, variable: &'static str) -> Self {
        self.hidden = true;
        self.gate = Some(Gate { variable, open: false });
        self
    }

    /// The same flag, which those do not have whose environment variable of this name is `false`.
    pub const fn locked_by(mut self, variable: &'static str) -> Self {
        self.gate = Some(Gate { variable, open: true });
        self
    }

    /// The same flag, left out of help, which earns its user a warning.
    pub const fn deprecated(mut self, message: &'static str) -> Self {
        self.hidden = true;
        self.deprecated = Some(message);
        self
    }

    /// How pflag calls it in a sentence: `-v, --v`, or `--tail`.
    pub fn spelled(&self) -> String {
        match self.short {
            Some(letter) => format!("-{letter}, --{}", self.name),
            None => format!("--{}", self.name),
        }
    }
}
