//! Preferences as the file has them: `Preference` of `kubectl.config.k8s.io/v1beta1`.

use crate::{
    api::{Map, OwnedValue, Value},
    error::{Error, Result},
    yaml,
};

/// The whole file. What it says besides is dropped when it is written.
#[derive(Debug, Default)]
pub(super) struct Preference {
    api_version: String,
    kind: String,
    /// Defaults for the flags of commands; none where the file has no list.
    pub(super) defaults: Option<Vec<Defaults>>,
    /// Words that stand for commands; none where the file has no list.
    pub(super) aliases: Option<Vec<Alias>>,
    /// Which credential programs may run: `AllowAll`, `DenyAll`, `Allowlist`, or nothing said.
    pub(super) policy: String,
    /// The credential programs that may run.
    pub(super) allowed: Vec<String>,
}

/// Defaults for the flags of one command.
#[derive(Debug, Default)]
pub(super) struct Defaults {
    pub(super) command: String,
    pub(super) options: Option<Vec<Choice>>,
}

/// A word that stands for a command.
#[derive(Debug, Default)]
pub(super) struct Alias {
    pub(super) name: String,
    pub(super) command: String,
    /// Arguments before those that are typed.
    pub(super) prepend: Vec<String>,
    /// Arguments behind those that are typed.
    pub(super) append: Vec<String>,
    pub(super) options: Vec<Choice>,
}

/// A flag and the value that it has where none is given.
#[derive(Debug, Default)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) default: String,
}

impl Preference {
    /// A file that says nothing yet.
    pub(super) fn empty() -> Self {
        Preference {
            api_version: "kubectl.config.k8s.io/v1beta1".to_owned(),
            kind: "Preference".to_owned(),
            ..Preference::default()
        }
    }

    /// What kubectl recommends: the server merges what is applied, and deletion asks first.
    pub(super) fn recommended() -> Self {
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
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let broken = |sentence: String| Error::message(format!("error parsing kuberc file: {sentence}"));
        let document = yaml::parse(bytes).map_err(|error| broken(format!("error converting YAML to JSON: {error}")))?;
        Preference::from_value(&document).map_err(|sentence| {
            broken(format!(
                "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {sentence}"
            ))
        })
    }

    fn from_value(document: &Value<'_>) -> Result<Self, String> {
        let fields = Fields::of(document, "Go value of type v1beta1.Preference", "Preference", "")?;
        let defaults = fields.list("defaults", "[]v1beta1.CommandDefaults")?;
        let aliases = fields.list("aliases", "[]v1beta1.AliasOverride")?;
        let allowed = fields.list("credentialPluginAllowlist", "[]v1beta1.AllowlistEntry")?;
        let allowed = allowed.into_iter().flatten().map(|entry| {
            let entry = fields.inner(entry, "credentialPluginAllowlist", "AllowlistEntry")?;
            // Older files call it by another name.
            let command = entry.text("command")?;
            if command.is_empty() { entry.text("name") } else { Ok(command) }
        });
        Ok(Preference {
            api_version: fields.text("apiVersion")?,
            kind: fields.text("kind")?,
            defaults: defaults
                .map(|entries| {
                    let entry = |entry| {
                        let entry = fields.inner(entry, "defaults", "CommandDefaults")?;
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
            policy: fields.text("credentialPluginPolicy")?,
            allowed: allowed.collect::<Result<_, String>>()?,
        })
    }

    /// The preferences as one value, fields in Go's order.
    pub(super) fn to_value(&self) -> OwnedValue {
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
        if !self.allowed.is_empty() {
            let entry = |program: &String| [("command", program.clone())].into_iter().collect::<Map<'_>>().into();
            fields.insert("credentialPluginAllowlist", list(Some(&self.allowed), entry));
        }
        Value::Object(fields)
    }

    /// The preferences as a file has them.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
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
    owner: &'static str,
    path: String,
}

impl<'v, 'a> Fields<'v, 'a> {
    /// The fields of `value`; `wanted` is what the complaint about another shape ends with.
    fn of(value: &'v Value<'a>, wanted: &str, owner: &'static str, path: &str) -> Result<Self, String> {
        let fields = match value {
            Value::Null => None,
            Value::Object(fields) => Some(fields),
            other => return Err(format!("{} into {wanted}", shape(other))),
        };
        Ok(Fields {
            fields,
            owner,
            path: path.to_owned(),
        })
    }

    /// The fields of a struct in the list `name`.
    fn inner<'w>(&self, value: &'w Value<'a>, name: &str, owner: &'static str) -> Result<Fields<'w, 'a>, String> {
        let wanted = format!("Go struct field {}.{}{name} of type v1beta1.{owner}", self.owner, self.path);
        Fields::of(value, &wanted, owner, &format!("{}{name}.", self.path))
    }

    fn value(&self, name: &str) -> Option<&'v Value<'a>> {
        self.fields?.get(name).filter(|value| !value.is_null())
    }

    /// The complaint about the field `name`.
    fn unfit(&self, name: &str, value: &Value<'_>, wanted: &str) -> String {
        format!(
            "{} into Go struct field {}.{}{name} of type {wanted}",
            shape(value),
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

    fn list(&self, name: &str, wanted: &str) -> Result<Option<&'v [Value<'a>]>, String> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(other) => Err(self.unfit(name, other, wanted)),
        }
    }

    fn texts(&self, name: &str) -> Result<Vec<String>, String> {
        let items = self.list(name, "[]string")?.unwrap_or_default();
        let text = |item: &Value<'_>| match item {
            Value::Null => Ok(String::new()),
            Value::String(text) => Ok(text.clone().into_owned()),
            other => Err(self.unfit(name, other, "string")),
        };
        items.iter().map(text).collect()
    }

    /// The list `options`.
    fn choices(&self) -> Result<Option<Vec<Choice>>, String> {
        let Some(items) = self.list("options", "[]v1beta1.CommandOptionDefault")? else {
            return Ok(None);
        };
        let choice = |item| {
            let item = self.inner(item, "options", "CommandOptionDefault")?;
            Ok(Choice {
                name: item.text("name")?,
                default: item.text("default")?,
            })
        };
        items.iter().map(choice).collect::<Result<_, String>>().map(Some)
    }
}

/// What Go calls the shape of a value.
fn shape(value: &Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
