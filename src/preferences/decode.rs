//! Preferences out of a file, in the versions that kubectl reads, and what is said of what it does not know in them.

use super::preference::{Preference, V1ALPHA1, V1BETA1, Version};
use crate::{api::Value, yaml};

/// What is in a file.
#[derive(Debug)]
pub struct Decoded {
    /// The preferences; none where the file is empty.
    pub preference: Option<Preference>,
    /// What kubectl would rather not have found in them.
    pub complaint: Option<String>,
}

/// Reads the first document of a file that has preferences in it; `name` is how sentences call the file.
///
/// # Errors
/// There is something in the file, but no preferences.
pub fn decode(bytes: &[u8], name: &str) -> Result<Decoded, String> {
    let mut rest = bytes;
    let mut any = false;
    while let Some(document) = yaml::read::chunk(&mut rest).map_err(|error| error.to_string())? {
        if document.trim_ascii().is_empty() {
            continue;
        }
        any = true;
        if let Some((preference, complaint)) = one(document) {
            return Ok(Decoded {
                preference: Some(preference),
                complaint,
            });
        }
    }
    match any {
        true => Err(format!("no valid preferences found in {name}, use --v=5 to see details")),
        false => Ok(Decoded {
            preference: None,
            complaint: None,
        }),
    }
}

/// The preferences in a document, and what is wrong with them in a way that does not matter.
fn one(document: &[u8]) -> Option<(Preference, Option<String>)> {
    let value = yaml::parse(document).ok()?;
    let version = match value.str_at(&["apiVersion"]) {
        "kubectl.config.k8s.io/v1beta1" => &V1BETA1,
        "kubectl.config.k8s.io/v1alpha1" => &V1ALPHA1,
        _ => return None,
    };
    if value.str_at(&["kind"]) != "Preference" {
        return None;
    }
    let preference = Preference::from_value(&value, version).ok()?;
    let repeated = yaml::parse_strict(document).err().map(|error| error.to_string());
    let mut complaints: Vec<String> = repeated.into_iter().collect();
    unknown(&value, &fields(version), "", &mut complaints);
    let complaint = (!complaints.is_empty()).then(|| format!("strict decoding error: {}", complaints.join(", ")));
    Some((preference, complaint))
}

/// The fields that a struct has, each with those of the structs in it, if it is a list of structs.
struct Fields(Vec<(&'static str, Fields)>);

fn fields(version: &Version) -> Fields {
    let plain = |names: &[&'static str]| names.iter().map(|name| (*name, Fields(Vec::new()))).collect::<Vec<_>>();
    let with_options = |names: &[&'static str]| {
        let mut fields = plain(names);
        fields.push((version.options, Fields(plain(&["name", "default"]))));
        Fields(fields)
    };
    let mut all = plain(&["apiVersion", "kind"]);
    all.push((version.defaults, with_options(&["command"])));
    all.push(("aliases", with_options(&["name", "command", "prependArgs", "appendArgs"])));
    if version.has_policy {
        all.push(("credentialPluginPolicy", Fields(Vec::new())));
        all.push(("credentialPluginAllowlist", Fields(plain(&["name", "command"]))));
    }
    Fields(all)
}

/// Adds a complaint for each field in `value` that its struct does not have, by name as Go meets them in JSON.
fn unknown(value: &Value<'_>, fields: &Fields, path: &str, complaints: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    let mut names: Vec<&str> = object.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    for name in names {
        match fields.0.iter().find(|(known, _)| *known == name) {
            None => complaints.push(format!("unknown field \"{path}{name}\"")),
            Some((_, inner)) => {
                let items = object.get(name).and_then(Value::as_array).unwrap_or_default();
                for (at, item) in items.iter().enumerate() {
                    unknown(item, inner, &format!("{path}{name}[{at}]."), complaints);
                }
            }
        }
    }
}
