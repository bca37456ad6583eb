//! The config maps and secrets that a kustomization makes.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    loader::{Failure, Loader},
    node::{Node, Scalar, Tag},
    resource::{Behavior, Resource},
};
use crate::{
    api::{Map, OwnedValue, Value, quote},
    generate::{hash, keyed::Keeper},
};

/// The config map or secret that an entry of a kustomization describes. `common` are the options for all.
///
/// # Errors
/// Sources that cannot be read, names that are taken or missing.
pub(super) fn make(loader: &Loader<'_>, wanted: &Value<'_>, common: Option<&OwnedValue>, keeper: Keeper) -> Result<Resource, String> {
    let name = wanted.str_at(&["name"]);
    let kind = match keeper {
        Keeper::ConfigMap => "ConfigMap",
        Keeper::Secret => "Secret",
    };
    if name.is_empty() {
        return Err(format!("a {} must have a name", kind.to_lowercase()));
    }
    let mut node = Node::map();
    let fields = node.map_at(&[]);
    fields.set("apiVersion", Node::text("v1"));
    fields.set("kind", Node::text(kind));
    node.map_at(&["metadata"]).set("name", Node::text(name));
    let namespace = wanted.str_at(&["namespace"]);
    if !namespace.is_empty() {
        node.map_at(&["metadata"]).set("namespace", Node::text(namespace));
    }
    if keeper == Keeper::Secret {
        let kind = Some(wanted.str_at(&["type"])).filter(|kind| !kind.is_empty()).unwrap_or("Opaque");
        node.map_at(&[]).set("type", Node::text(kind));
        node.map_at(&["data"]);
    }
    for (key, bytes) in pairs(loader, wanted, name).map_err(Failure::text)? {
        let (field, text) = match (keeper, String::from_utf8(bytes)) {
            (Keeper::ConfigMap, Ok(text)) => ("data", text),
            (Keeper::ConfigMap, Err(error)) => ("binaryData", wrapped(error.as_bytes())),
            (Keeper::Secret, Ok(text)) => ("data", wrapped(text.as_bytes())),
            (Keeper::Secret, Err(error)) => ("data", wrapped(error.as_bytes())),
        };
        node.map_at(&[field]).set(&key, Node::text(text));
    }
    let own = wanted.get("options");
    let is_set = |option: &str| {
        [common, own]
            .into_iter()
            .flatten()
            .any(|options| options.get(option).and_then(Value::as_bool) == Some(true))
    };
    let mut resource = Resource::new(node);
    for part in ["labels", "annotations"] {
        let mut texts = Map::new();
        for options in [common, own].into_iter().flatten() {
            for (key, value) in options.get(part).and_then(Value::as_object).into_iter().flat_map(Map::iter) {
                texts.insert(key.to_owned(), value.clone().into_owned());
            }
        }
        if !texts.is_empty() {
            resource.set_texts(part, &texts);
        }
    }
    if is_set("immutable") {
        let truth = Scalar {
            text: "true".to_owned(),
            tag: Tag::Bool,
            quoted: false,
        };
        resource.node.map_at(&[]).set("immutable", Node::Scalar(truth));
    }
    resource.hashed = !is_set("disableNameSuffixHash");
    resource.behavior = Behavior::named(wanted.str_at(&["behavior"]));
    Ok(resource)
}

type Pairs = Vec<(String, Vec<u8>)>;

/// All keys and what stands behind them: from files of variables, then literals, then files.
fn pairs(loader: &Loader<'_>, wanted: &Value<'_>, name: &str) -> Result<Pairs, Failure> {
    let texts = |field: &str| -> Vec<&str> { wanted.items_at(&[field]).iter().filter_map(Value::as_str).collect() };
    let mut envs = texts("envs");
    envs.extend(Some(wanted.str_at(&["env"])).filter(|file| !file.is_empty()));
    let (literals, files) = (texts("literals"), texts("files"));
    let all = [
        (
            "env source files:",
            &envs,
            of_lines as fn(&Loader<'_>, &str) -> Result<Pairs, String>,
        ),
        ("literal sources", &literals, |_, literal| of_literal(literal)),
        ("file sources:", &files, of_file),
    ];
    let mut found: Pairs = Vec::new();
    for (called, sources, read) in all {
        for source in sources {
            let more = read(loader, source)
                .map_err(|error| Failure::Other(format!("loading KV pairs: {called} [{}]: {error}", sources.join(" "))))?;
            found.extend(more);
        }
    }
    for (at, (key, _)) in found.iter().enumerate() {
        if found[..at].iter().any(|(have, _)| have == key) {
            return Err(Failure::Other(format!("configmap {name} illegally repeats the key `{key}`")));
        }
    }
    Ok(found)
}

/// Lines of `NAME=value`; a name without a value has an empty one.
fn of_lines(loader: &Loader<'_>, path: &str) -> Result<Pairs, String> {
    let bytes = loader.load(path).map_err(Failure::text)?;
    let mut found = Vec::new();
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = if number == 0 {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
        } else {
            line
        };
        let Ok(text) = std::str::from_utf8(line) else {
            let bytes = line.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
            return Err(format!("line [{bytes}] has invalid utf8 bytes : {}", String::from_utf8_lossy(line)));
        };
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (key, value) = text.split_once('=').unwrap_or((text, ""));
        if !key.is_empty() {
            found.push((key.to_owned(), value.as_bytes().to_vec()));
        }
    }
    Ok(found)
}

fn of_literal(literal: &str) -> Result<Pairs, String> {
    let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
        return Err(format!("invalid literal source {literal}, expected key=value"));
    };
    Ok(vec![(key.to_owned(), unquoted(value).as_bytes().to_vec())])
}

fn of_file(loader: &Loader<'_>, source: &str) -> Result<Pairs, String> {
    let shown = quote(source);
    let (key, path) = match source.split('=').collect::<Vec<_>>()[..] {
        [path] => (path.trim_end_matches('/').rsplit('/').next().unwrap_or(path), path),
        ["", path] => return Err(format!("missing key name for file path {} in source {shown}", quote(path))),
        [key, ""] => return Err(format!("missing file path for key name {} in source {shown}", quote(key))),
        [key, path] => (key, path),
        _ => return Err(format!("source {shown} key name or file path contains '='")),
    };
    let bytes = loader.load(path).map_err(Failure::text)?;
    Ok(vec![(key.to_owned(), bytes)])
}

/// Text without the quotes around it.
fn unquoted(text: &str) -> &str {
    match text.as_bytes() {
        [quote @ (b'"' | b'\''), .., last] if quote == last => &text[1..text.len() - 1],
        _ => text,
    }
}

/// Bytes in base64; what is longer than a line stands in lines of 70 letters.
fn wrapped(bytes: &[u8]) -> String {
    const LINE: usize = 70;
    let text = STANDARD.encode(bytes);
    if text.len() < LINE {
        return text;
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(LINE.min(rest.len()));
        out.push_str(line);
        out.push('\n');
        rest = after;
    }
    out
}

/// The digest that is put behind the name of an object, of what it holds.
///
/// # Errors
/// What has no value.
pub(super) fn digest(node: &Node) -> Result<String, String> {
    let value = node.value()?;
    let part = |field: &str| match value.get(field) {
        Some(part) if !part.is_null() => part.clone(),
        _ => Value::from(""),
    };
    let mut content = Map::new();
    let kind = value.str_at(&["kind"]).to_owned();
    // Only the core kinds are told apart by their data; of the rest everything counts.
    if !matches!(kind.as_str(), "ConfigMap" | "Secret") {
        let mut value = value;
        value.sort_keys();
        return Ok(hash::of(&value));
    }
    if value.get("binaryData").is_some_and(|data| data.as_object().is_some()) && kind == "ConfigMap" {
        content.insert("binaryData", part("binaryData"));
    }
    content.insert("data", part("data"));
    content.insert("kind", kind.clone());
    content.insert("name", "");
    if kind == "Secret" {
        if value.get("stringData").is_some_and(|data| data.as_object().is_some()) {
            content.insert("stringData", part("stringData"));
        }
        content.insert("type", part("type"));
    }
    let mut content = Value::Object(content);
    content.sort_keys();
    Ok(hash::of(&content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_puts_long_data_into_lines() {
        assert_eq!(wrapped(b"abc"), "YWJj");
        assert_eq!(wrapped(&[0; 51]).len(), 68);
        assert_eq!(wrapped(&[0; 54]), format!("{}\n{}\n", "A".repeat(70), "AA"));
    }

    #[test]
    fn unquoted_takes_only_pairs_of_quotes() {
        for (text, want) in [("\"a\"", "a"), ("'a'", "a"), ("'", "'"), ("'a\"", "'a\""), ("", ""), ("''", "")] {
            assert_eq!(unquoted(text), want);
        }
    }
}
