//! Preferences as the file has them: `Preference` of `kubectl.config.k8s.io`.

use crate::{
    api::{Map, OwnedValue, Value},
    client::auth::policy::PluginPolicy,
    error::{Error, Result},
    yaml,
};

/// The whole file. What it says besides is dropped when it is written.
#[derive(Debug, Default)]
pub struct Preference {
    api_version: String,
    kind: String,
    /// Defaults for the flags of commands; none where the file has no list.
    pub defaults: Option<Vec<Defaults>>,
    /// Words that stand for commands; none where the file has no list.
    pub aliases: Option<Vec<Alias>>,
    /// Which credential programs may run: `AllowAll`, `DenyAll`, `Allowlist`, or nothing said.
    pub policy: String,
    /// The credential programs that may run; none where the file has no list.
    pub allowed: Option<Vec<String>>,
}

/// How a version of the file calls things.
#[derive(Debug)]
pub struct Version {
    name: &'static str,
    pub defaults: &'static str,
    pub options: &'static str,
    /// Whether it has rules about credential programs.
    pub has_policy: bool,
}

pub static V1BETA1: Version = Version {
    name: "v1beta1",
    defaults: "defaults",
    options: "options",
    has_policy: true,
};

pub static V1ALPHA1: Version = Version {
    name: "v1alpha1",
    defaults: "overrides",
    options: "flags",
    has_policy: false,
};

/// Defaults for the flags of one command.
#[derive(Debug, Default)]
pub struct Defaults {
    /// The command's words: `set env`.
    pub command: String,
    /// The flags and their values; none where the file has no list.
    pub options: Option<Vec<Choice>>,
}

/// A word that stands for a command.
#[derive(Debug, Default)]
pub struct Alias {
    /// The word.
    pub name: String,
    /// The command's words: `set env`.
    pub command: String,
    /// Arguments before those that are typed.
    pub prepend: Vec<String>,
    /// Arguments behind those that are typed.
    pub append: Vec<String>,
    /// Flags and the values that they have where none is given.
    pub options: Vec<Choice>,
}

/// A flag and the value that it has where none is given.
#[derive(Debug, Default)]
pub struct Choice {
    /// The flag's name, without dashes.
    pub name: String,
    /// The value.
    pub default: String,
}

impl Preference {
    /// A file that says nothing yet.
    pub fn empty() -> Self {
        Preference {
            api_version: "kubectl.config.k8s.io/v1beta1".to_owned(),
            kind: "Preference".to_owned(),
            ..Preference::default()
        }
    }

    /// What kubectl recommends: the server merges what is applied, and deletion asks first.
    pub fn recommended() -> Self {
        let on = |command: &str, flag: &str| Defaults {
            command: command.to_owned(),
            options: Some(vec![Choice {
                name: flag.to_owned(),
                default: "true".to_owned(),
            }]),
        };
        Preference {
            defaults: Some(vec![on("apply", "server-side"), on("delete", "interactive")]),
            ..Preference::empty()
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It is no YAML, or something in it has the wrong shape.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let broken = |sentence: String| Error::message(format!("error parsing kuberc file: {sentence}"));
        let document = yaml::parse(bytes).map_err(|error| broken(format!("error converting YAML to JSON: {error}")))?;
        Preference::from_value(&document, &V1BETA1).map_err(|sentence| {
            broken(format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {sentence}"
            ))
        })
    }

    /// Reads a document of a version.
    ///
    /// # Errors
    /// What has the wrong shape, as Go's sentences about it end; a program of two names.
    pub fn from_value(document: &Value<'_>, version: &'static Version) -> Result<Self, String> {
        let wanted = format!("Go value of type {}.Preference", version.name);
        let fields = Fields::of(document, &wanted, version, "Preference", "")?;
        let defaults = fields.list(version.defaults, "CommandDefaults")?;
        let aliases = fields.list("aliases", "AliasOverride")?;
        let allowed = match version.has_policy {
            true => fields.list("credentialPluginAllowlist", "AllowlistEntry")?,
            false => None,
        };
        let program = |entry| {
            let entry = fields.inner(entry, "credentialPluginAllowlist", "AllowlistEntry")?;
            // Older files call it by another name.
            let (command, name) = (entry.text("command")?, entry.text("name")?);
            match (command.as_str(), name.as_str()) {
                ("", _) => Ok(name),
                (one, other) if other.is_empty() || one == other => Ok(command),
                _ => Err("both `Name` and `Command` were supplied with different values. \
                    `Name` is deprecated, use `Command` instead"
                    .to_owned()),
            }
        };
        Ok(Preference {
            api_version: fields.text("apiVersion")?,
            kind: fields.text("kind")?,
            defaults: defaults
                .map(|entries| {
                    let entry = |entry| {
                        let entry = fields.inner(entry, version.defaults, "CommandDefaults")?;
                        let options = entry.choices()?;
                        Ok(Defaults {
                            command: entry.text("command")?,
                            options,
                        })
                    };
                    entries.iter().map(entry).collect::<Result<Vec<_>, String>>()
                })
                .transpose()?,
            aliases: aliases
                .map(|entries| {
                    let entry = |entry| {
                        let entry = fields.inner(entry, "aliases", "AliasOverride")?;
                        Ok(Alias {
                            name: entry.text("name")?,
                            command: entry.text("command")?,
                            prepend: entry.texts("prependArgs")?,
                            append: entry.texts("appendArgs")?,
                            options: entry.choices()?.unwrap_or_default(),
                        })
                    };
                    entries.iter().map(entry).collect::<Result<Vec<_>, String>>()
                })
                .transpose()?,
            policy: match version.has_policy {
                true => fields.text("credentialPluginPolicy")?,
                false => String::new(),
            },
            allowed: allowed.map(|entries| entries.iter().map(program).collect()).transpose()?,
        })
    }

    /// Checks what the file's form leaves open.
    ///
    /// # Errors
    /// kubectl's sentence about a name that does not do.
    pub fn validate(&self) -> Result<(), String> {
        let long = |options: &[Choice]| match options.iter().find(|choice| choice.name.starts_with('-')) {
            Some(choice) => Err(format!("flag name {} should be in long form without dashes", choice.name)),
            None => Ok(()),
        };
        let mut names = Vec::new();
        for alias in self.aliases.iter().flatten() {
            if alias.name.is_empty() || !alias.name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
                return Err("invalid alias name, can only include alphabetical characters".to_owned());
            }
            long(&alias.options)?;
            if names.contains(&&alias.name) {
                return Err(format!("duplicate alias name {}", alias.name));
            }
            names.push(&alias.name);
        }
        let mut defaults = self.defaults.iter().flatten();
        defaults.try_for_each(|defaults| long(defaults.options.as_deref().unwrap_or_default()))
    }

    /// The rules about credential programs.
    pub fn plugin_policy(&self) -> PluginPolicy {
        PluginPolicy {
            policy: self.policy.clone(),
            allowed: self.allowed.clone(),
        }
    }

    /// The preferences as one value, fields in Go's order.
    pub fn to_value(&self) -> OwnedValue {
        let mut fields = Map::in_order();
        let text = |fields: &mut Map<'static>, name: &'static str, text: &str| {
            if !text.is_empty() {
                fields.insert(name, text.to_owned());
            }
        };
        text(&mut fields, "kind", &self.kind);
        text(&mut fields, "apiVersion", &self.api_version);
        fields.insert("defaults", list(self.defaults.as_deref(), Defaults::to_value));
        fields.insert("aliases", list(self.aliases.as_deref(), Alias::to_value));
        text(&mut fields, "credentialPluginPolicy", &self.policy);
        if let Some(allowed) = self.allowed.as_deref().filter(|allowed| !allowed.is_empty()) {
            let entry = |program: &String| [("command", program.clone())].into_iter().collect::<Map<'_>>().into();
            fields.insert("credentialPluginAllowlist", list(Some(allowed), entry));
        }
        Value::Object(fields)
    }

    /// The preferences as a file has them.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        yaml::to_yaml(&mut bytes, &self.to_value());
        bytes
    }
}

impl Defaults {
    fn to_value(&self) -> OwnedValue {
        let mut fields = Map::in_order();
        fields.insert("command", self.command.clone());
        fields.insert("options", list(self.options.as_deref(), Choice::to_value));
        Value::Object(fields)
    }
}

impl Alias {
    fn to_value(&self) -> OwnedValue {
        let mut fields = Map::in_order();
        fields.insert("name", self.name.clone());
        fields.insert("command", self.command.clone());
        for (name, arguments) in [("prependArgs", &self.prepend), ("appendArgs", &self.append)] {
            if !arguments.is_empty() {
                fields.insert(name, list(Some(arguments), |argument| argument.clone().into()));
            }
        }
        if !self.options.is_empty() {
            fields.insert("options", list(Some(&self.options), Choice::to_value));
        }
        Value::Object(fields)
    }
}

impl Choice {
    fn to_value(&self) -> OwnedValue {
        let mut fields = Map::in_order();
        fields.insert("name", self.name.clone());
        fields.insert("default", self.default.clone());
        Value::Object(fields)
    }
}

/// A list, or `null` where there is none.
fn list<T>(items: Option<&[T]>, each: impl Fn(&T) -> OwnedValue) -> OwnedValue {
    items.map_or(Value::Null, |items| Value::Array(items.iter().map(each).collect()))
}

/// The fields of one Go struct in the file; complaints name the struct and the way to it.
struct Fields<'v, 'a> {
    fields: Option<&'v Map<'a>>,
    version: &'static Version,
    owner: &'static str,
    path: String,
}

impl<'v, 'a> Fields<'v, 'a> {
    /// The fields of `value`; `wanted` is what the complaint about another shape ends with.
    fn of(value: &'v Value<'a>, wanted: &str, version: &'static Version, owner: &'static str, path: &str) -> Result<Self, String> {
        let fields = match value {
            Value::Null => None,
            Value::Object(fields) => Some(fields),
            other => return Err(format!("{} into {wanted}", other.json_type())),
        };
        Ok(Fields {
            fields,
            version,
            owner,
            path: path.to_owned(),
        })
    }

    /// The fields of a struct in the list `name`.
    fn inner<'w>(&self, value: &'w Value<'a>, name: &str, owner: &'static str) -> Result<Fields<'w, 'a>, String> {
        let wanted = format!(
            "Go struct field {}.{}{name} of type {}.{owner}",
            self.owner, self.path, self.version.name
        );
        Fields::of(value, &wanted, self.version, owner, &format!("{}{name}.", self.path))
    }

    fn value(&self, name: &str) -> Option<&'v Value<'a>> {
        self.fields?.get(name).filter(|value| !value.is_null())
    }

    /// The complaint about the field `name`.
    fn unfit(&self, name: &str, value: &Value<'_>, wanted: &str) -> String {
        format!(
            "{} into Go struct field {}.{}{name} of type {wanted}",
            value.json_type(),
            self.owner,
            self.path
        )
    }

    fn text(&self, name: &str) -> Result<String, String> {
        match self.value(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone().into_owned()),
            Some(other) => Err(self.unfit(name, other, "string")),
        }
    }

    /// A list of the structs `of`.
    fn list(&self, name: &str, of: &str) -> Result<Option<&'v [Value<'a>]>, String> {
        self.items(name, || format!("[]{}.{of}", self.version.name))
    }

    fn items(&self, name: &str, wanted: impl Fn() -> String) -> Result<Option<&'v [Value<'a>]>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(self.unfit(name, other, &wanted())),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let items = self.items(name, || "[]string".to_owned())?.unwrap_or_default();
        let text = |item: &Value<'_>| match item {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone().into_owned()),
            other => Err(self.unfit(name, other, "string")),
        };
        items.iter().map(text).collect()
    }

    /// The flags and their values.
    fn choices(&self) -> Result<Option<Vec<Choice>>, String> {
        let Some(items) = self.list(self.version.options, "CommandOptionDefault")? else {
            return Ok(None);
        };
        let choice = |item| {
            let item = self.inner(item, self.version.options, "CommandOptionDefault")?;
            Ok(Choice {
                name: item.text("name")?,
                default: item.text("default")?,
            })
        };
        items.iter().map(choice).collect::<Result<_, String>>().map(Some)
    }
}
