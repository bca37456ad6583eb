//! Config maps and secrets: names with bytes behind them.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{Metadata, begin, hash};
use crate::api::{Map, OwnedValue, Value, json, names, quote};

/// What the data is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// A config map.
    ConfigMap,
    /// A secret.
    Secret,
}

/// Data that is being put together.
#[derive(Debug, Clone)]
pub struct Data<'a> {
    keeper: Keeper,
    /// The object's name, for messages.
    name: &'a str,
    entries: BTreeMap<String, Vec<u8>>,
}

impl<'a> Data<'a> {
    /// No data yet, for an object of this name.
    pub fn new(keeper: Keeper, name: &'a str) -> Self {
        Data {
            keeper,
            name,
            entries: BTreeMap::new(),
        }
    }

    /// Adds what stands behind a key.
    ///
    /// # Errors
    /// A key that is none, or that there is already.
    pub fn add(&mut self, key: &str, bytes: Vec<u8>) -> Result<(), String> {
        let faults = names::config_map_key(key);
        // A config map's key is looked at only where text stands behind it.
        let is_checked = self.keeper == Keeper::Secret || std::str::from_utf8(&bytes).is_ok();
        if is_checked && !faults.is_empty() {
            return Err(match self.keeper {
                Keeper::ConfigMap => format!("{} is not a valid key name for a ConfigMap: {}", quote(key), faults.join(",")),
                Keeper::Secret => format!("{} is not valid key name for a Secret {}", quote(key), faults.join(";")),
            });
        }
        if let Some(present) = self.entries.get(key) {
            return Err(match self.keeper {
                Keeper::ConfigMap => format!(
                    "cannot add key {}, another key by that name already exists in {} for ConfigMap {}",
                    quote(key),
                    if std::str::from_utf8(present).is_ok() {
                        "Data"
                    } else {
                        "BinaryData"
                    },
                    quote(self.name)
                ),
                Keeper::Secret => format!("cannot add key {key}, another key by that name already exists"),
            });
        }
        self.entries.insert(key.to_owned(), bytes);
        Ok(())
    }

    /// Adds `key=value`.
    ///
    /// # Errors
    /// Where it is not of that form, and as for [`Data::add`].
    pub fn add_literal(&mut self, literal: &str) -> Result<(), String> {
        match literal.split_once('=') {
            Some((key, value)) if !key.is_empty() => self.add(key, value.as_bytes().to_vec()),
            _ => Err(format!("invalid literal source {literal}, expected key=value")),
        }
    }

    /// The config map.
    pub fn config_map(self, namespace: &str, append_hash: bool) -> OwnedValue {
        let (mut data, mut binary) = (Map::new(), Map::new());
        for (key, bytes) in self.entries {
            match String::from_utf8(bytes) {
                Ok(text) => data.insert(key, text),
                Err(error) => binary.insert(key, STANDARD.encode(error.as_bytes())),
            };
        }
        let name = match append_hash {
            true => format!("{}-{}", self.name, hash::config_map(self.name, &data, &binary)),
            false => self.name.to_owned(),
        };
        begin("v1", "ConfigMap", Metadata::new(&name, namespace))
            .map("data", data)
            .map("binaryData", binary)
            .into()
    }

    /// The secret, of this type.
    pub fn secret(self, namespace: &str, kind: &str, append_hash: bool) -> OwnedValue {
        let data: Map<'static> = self
            .entries
            .into_iter()
            .map(|(key, bytes)| (key, Value::from(STANDARD.encode(bytes))))
            .collect();
        let name = match append_hash {
            true => format!("{}-{}", self.name, hash::secret(self.name, kind, &data)),
            false => self.name.to_owned(),
        };
        begin("v1", "Secret", Metadata::new(&name, namespace))
            .map("data", data)
            .text("type", kind)
            .into()
    }
}

/// A file that data comes from: the key, if one is given, and the path. `FILE` or `KEY=FILE`.
///
/// # Errors
/// kubectl's sentence for another form.
pub fn file_source(source: &str) -> Result<(Option<&str>, &str), String> {
    match source.split('=').collect::<Vec<_>>().as_slice() {
        [path] => Ok((None, path)),
        ["", path] => Err(format!("key name for file path {path} missing")),
        [key, ""] => Err(format!("file path for key name {key} missing")),
        [key, path] => Ok((Some(key), path)),
        _ => Err("key names or file paths cannot contain '='".to_owned()),
    }
}

/// The login of a registry in the form of Docker's `config.json`.
pub fn docker_config(server: &str, username: &str, password: &str, email: &str) -> Vec<u8> {
    let login = super::Fields::new()
        .text("username", username)
        .text("password", password)
        .text("email", email)
        .text("auth", &STANDARD.encode(format!("{username}:{password}")));
    let mut servers = Map::new();
    servers.insert(server.to_owned(), login);
    let mut text = Vec::new();
    json::to_compact(&mut text, &super::Fields::new().set("auths", servers).into());
    text
}
