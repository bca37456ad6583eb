//! The older document in protobuf, the form in which kubectl asks for it: messages of
//! `github.com/google/gnostic-models/openapiv2`, of which only what schemas are made of is read.

use crate::{
    api::{Map, OwnedValue, Value},
    yaml,
};

/// How deep schemas may nest.
const MAX_DEPTH: usize = 200;

/// Goes through the fields of a message: their numbers, and their bytes where they are texts or messages. It ends with
/// the message, and at the first byte that is wrong.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Option<&'a [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.number()?;
        let bytes = match tag & 7 {
            0 => self.number().map(|_| None)?,
            1 => self.take(8).map(|_| None)?,
            2 => {
                let length = self.number()?;
                Some(self.take(length)?)
            }
            5 => self.take(4).map(|_| None)?,
            _ => return None,
        };
        Some((tag >> 3, bytes))
    }
}

/// The bytes of the fields `number` of a message.
fn parts(message: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    Fields(message).filter_map(move |(field, bytes)| bytes.filter(|_| field == number))
}

/// Name and message of each entry of a list of named messages.
fn named(list: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    parts(list, 1).filter_map(|entry| Some((text(parts(entry, 1).next()?)?, parts(entry, 2).next().unwrap_or_default())))
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// Names and messages of the schemas of a document.
pub(super) fn definitions(document: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    parts(document, 9).flat_map(named)
}

/// A schema as it is in JSON, as far as [`super::older`] looks at it.
pub(super) fn schema(message: &[u8]) -> OwnedValue {
    schema_within(message, 0)
}

fn schema_within(message: &[u8], depth: usize) -> OwnedValue {
    let mut map = Map::new();
    if depth > MAX_DEPTH {
        return Value::Object(map);
    }
    let inner = |message: &[u8]| schema_within(message, depth + 1);
    let (mut required, mut types) = (Vec::new(), Vec::new());
    for (field, bytes) in Fields(message) {
        let Some(bytes) = bytes else { continue };
        let string = || Value::from(String::from_utf8_lossy(bytes).into_owned());
        match field {
            1 => map.insert("$ref", string()),
            4 => map.insert("description", string()),
            19 => {
                required.push(string());
                continue;
            }
            21 => match parts(bytes, 1).next() {
                Some(schema) => map.insert("additionalProperties", inner(schema)),
                None => continue,
            },
            22 => {
                types.extend(parts(bytes, 1).map(|name| Value::from(String::from_utf8_lossy(name).into_owned())));
                continue;
            }
            23 => match parts(bytes, 1).next() {
                Some(schema) => map.insert("items", inner(schema)),
                None => continue,
            },
            25 => {
                let properties = named(bytes).map(|(name, schema)| (name.to_owned().into(), inner(schema)));
                map.insert("properties", Value::Object(Map::from_entries(properties.collect())))
            }
            31 => match (parts(bytes, 1).next().and_then(text), parts(bytes, 2).next()) {
                (Some(super::KIND_EXTENSION), Some(any)) => map.insert(super::KIND_EXTENSION, extension(any)),
                _ => continue,
            },
            _ => continue,
        };
    }
    if !required.is_empty() {
        map.insert("required", Value::Array(required));
    }
    // Several types are as many as none to kubectl: a document with such a schema is refused as a whole.
    if let [one] = types.as_slice() {
        map.insert("type", one.clone());
    }
    Value::Object(map)
}

/// What an extension says, which is told in YAML.
fn extension(any: &[u8]) -> OwnedValue {
    let yaml = parts(any, 2).next().unwrap_or_default();
    yaml::read::parse(yaml).map(Value::into_owned).unwrap_or_default()
}
