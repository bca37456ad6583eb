//! The hash that `--append-hash` puts behind a name (kubectl's `pkg/util/hash`).

use sha2::{Digest, Sha256};

use crate::api::{Map, OwnedValue, Value, json};

/// How many characters of the hash are used.
const LENGTH: usize = 10;

/// The hash of a config map's name and data.
pub fn config_map(name: &str, data: &Map<'static>, binary: &Map<'static>) -> String {
    let mut content = Map::new();
    if !binary.is_empty() {
        content.insert("binaryData", binary.clone());
    }
    content.insert("data", data.clone());
    content.insert("kind", "ConfigMap");
    content.insert("name", name.to_owned());
    of(&Value::Object(content))
}

/// The hash of a secret's name, type and data (base64).
pub fn secret(name: &str, kind: &str, data: &Map<'static>) -> String {
    let mut content = Map::new();
    content.insert("data", data.clone());
    content.insert("kind", "Secret");
    content.insert("name", name.to_owned());
    content.insert("type", kind.to_owned());
    of(&Value::Object(content))
}

/// The hash of anything, whose fields are in the order in which they count.
pub fn of(content: &OwnedValue) -> String {
    let mut text = Vec::new();
    json::to_compact(&mut text, content);
    let digest = Sha256::digest(&text);
    let digits: String = digest.iter().take(LENGTH / 2).map(|byte| format!("{byte:02x}")).collect();
    // No vowels and no digits that look like them, so that no words come out.
    digits
        .chars()
        .map(|digit| match digit {
            '0' => 'g',
            '1' => 'h',
            '3' => 'k',
            'a' => 'm',
            'e' => 't',
            other => other,
        })
        .collect()
}
