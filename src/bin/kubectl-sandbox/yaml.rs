//! Manifests in YAML as values.

use kubectl_rs::api::{Map, OwnedValue, Value};
use serde::Deserialize;

/// All documents of a stream that hold anything.
///
/// # Errors
/// What is wrong with the YAML.
pub fn documents(bytes: &[u8]) -> Result<Vec<OwnedValue>, String> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_slice(bytes) {
        let value = serde_yaml::Value::deserialize(document).map_err(|error| error.to_string())?;
        match convert(value)? {
            Value::Null => {}
            value => documents.push(value),
        }
    }
    Ok(documents)
}

fn convert(value: serde_yaml::Value) -> Result<OwnedValue, String> {
    Ok(match value {
        serde_yaml::Value::Null => Value::Null,
        serde_yaml::Value::Bool(truth) => Value::Bool(truth),
        serde_yaml::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        serde_yaml::Value::String(text) => Value::from(text),
        serde_yaml::Value::Sequence(items) => Value::Array(items.into_iter().map(convert).collect::<Result<_, _>>()?),
        serde_yaml::Value::Mapping(mapping) => {
            let mut map = Map::new();
            for (key, value) in mapping {
                let key = match key {
                    serde_yaml::Value::String(text) => text,
                    serde_yaml::Value::Bool(truth) => truth.to_string(),
                    serde_yaml::Value::Number(number) => number.to_string(),
                    _ => return Err("a key is no text".to_owned()),
                };
                map.insert(key, convert(value)?);
            }
            Value::Object(map)
        }
        serde_yaml::Value::Tagged(tagged) => convert(tagged.value)?,
    })
}
