//! Values that are copied from fields of objects into fields of others.

use super::{
    id::{Gvk, Id},
    loader::{Failure, Loader},
    node::{self, Node, Scalar, lookup, lookup_mut, matching, split},
    resource::{Resource, Selector, Set},
    shape,
};
use crate::{
    api::{OwnedValue, Value, json},
    yaml,
};

/// The field that is meant where none is named.
const USUAL_FIELD: &str = "metadata.name";

/// The entries of `replacements`, those in files among them.
///
/// # Errors
/// Files that cannot be read; entries that name a file and more.
pub(super) fn read(loader: &Loader<'_>, entries: &[OwnedValue]) -> Result<Vec<OwnedValue>, String> {
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.str_at(&["path"]);
        let has_own = ["source", "targets"].iter().any(|field| entry.get(field).is_some());
        if path.is_empty() {
            found.push(entry.clone());
            continue;
        }
        if has_own {
            return Err("cannot specify both path and inline replacement".to_owned());
        }
        let text = loader.text(path).map_err(Failure::text)?;
        let value = yaml::parse(text.as_bytes()).map_err(|error| error.message)?.into_owned();
        match value {
            Value::Array(items) => {
                for item in &items {
                    found.push(shape::replacement(item)?);
                }
            }
            Value::Object(_) => found.push(shape::replacement(&value)?),
            _ => return Err(format!("unsupported replacement type encountered within replacement path: {path}")),
        }
    }
    Ok(found)
}

/// Copies what the entries say, one after the other.
///
/// # Errors
/// Sources and targets that are not there, or not alone.
pub(super) fn apply(set: &mut Set, entries: &[OwnedValue]) -> Result<(), String> {
    for entry in entries {
        let targets = entry.get("targets").and_then(Value::as_array);
        let Some(targets) = targets.filter(|_| entry.get("source").or_else(|| entry.get("sourceValue")).is_some()) else {
            return Err("replacements must specify a source and at least one target".to_owned());
        };
        let value = source_value(set, entry)?;
        for target in targets {
            copy(set, &value, target)?;
        }
    }
    Ok(())
}

fn source_value(set: &Set, entry: &OwnedValue) -> Result<Node, String> {
    let (source, fixed) = (entry.get("source"), entry.get("sourceValue").and_then(Value::as_str));
    let source = match (source, fixed) {
        (Some(_), Some(_)) => return Err("value and resource selectors are mutually exclusive".to_owned()),
        (None, fixed) => return Ok(Node::Scalar(Scalar::open(fixed.unwrap_or_default()))),
        (Some(source), None) => source,
    };
    let id = id_of(source);
    let shown = || {
        let mut parts = vec![id.to_string()];
        let path = source.str_at(&["fieldPath"]);
        parts.extend(Some(path.to_owned()).filter(|path| !path.is_empty()));
        if let Some(options) = source.get("options") {
            let (delimiter, create) = (options.str_at(&["delimiter"]), is_set(options, "create"));
            if !delimiter.is_empty() || create {
                let index = options.int_at(&["index"]).unwrap_or_default();
                parts.push(format!("{delimiter}({index}), create={create}"));
            }
        }
        parts.join(":")
    };
    let mut found = set.0.iter().filter(|resource| resource.ids().any(|have| have.is_selected_by(&id)));
    let resource = match (found.next(), found.next()) {
        (Some(one), None) => one,
        (None, _) => return Err(format!("nothing selected by {}", shown())),
        _ => return Err(format!("multiple matches for selector {}", shown())),
    };
    let path = match source.str_at(&["fieldPath"]) {
        "" => USUAL_FIELD,
        path => path,
    };
    let value = lookup(&resource.node, &split(path, '.')).map_err(|error| format!("error looking up replacement source: {error}"))?;
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Err(format!("fieldPath `{path}` is missing for replacement source {id}"));
    };
    let Some(options) = source.get("options").filter(|options| !options.str_at(&["delimiter"]).is_empty()) else {
        return Ok(value.clone());
    };
    let Node::Scalar(scalar) = value else {
        return Err("delimiter option can only be used with scalar nodes".to_owned());
    };
    let index = options.int_at(&["index"]).unwrap_or_default();
    let part = usize::try_from(index)
        .ok()
        .and_then(|index| scalar.text.split(options.str_at(&["delimiter"])).nth(index));
    match part {
        Some(part) => Ok(Node::Scalar(Scalar {
            text: part.to_owned(),
            ..scalar.clone()
        })),
        None => Err(format!("options.index {index} is out of bounds for value {}", scalar.text)),
    }
}

fn is_set(options: &Value<'_>, option: &str) -> bool {
    options.get(option).and_then(Value::as_bool) == Some(true)
}

fn id_of(said: &Value<'_>) -> Id {
    let text = |field: &str| said.str_at(&[field]).to_owned();
    Id {
        gvk: Gvk {
            group: text("group"),
            version: text("version"),
            kind: text("kind"),
        },
        name: text("name"),
        namespace: text("namespace"),
    }
}

/// Copies a value into the fields that a target names.
fn copy(set: &mut Set, value: &Node, target: &OwnedValue) -> Result<(), String> {
    let Some(select) = target.get("select") else {
        return Err("target must specify resources to select".to_owned());
    };
    let failed = |error| format!("error creating target selector: {error}");
    let selector = Selector::new(select).map_err(failed)?;
    let mut rejected = Vec::new();
    for reject in target.items_at(&["reject"]) {
        rejected.push((
            Selector::new(reject).map_err(failed)?,
            reject.as_object().is_none_or(|map| map.is_empty()),
        ));
    }
    let paths: Vec<&str> = target.items_at(&["fieldPaths"]).iter().filter_map(Value::as_str).collect();
    let paths = if paths.is_empty() { vec![USUAL_FIELD] } else { paths };
    let options = target.get("options");
    for resource in &mut set.0 {
        if !is_target(resource, &selector, &rejected) {
            continue;
        }
        for path in &paths {
            write(&mut resource.node, value, path, options)?;
        }
    }
    Ok(())
}

/// Whether an object is selected and not rejected, by any of its names.
fn is_target(resource: &Resource, selector: &Selector, rejected: &[(Selector, bool)]) -> bool {
    if !selector.has_texts(resource) {
        return false;
    }
    let ids: Vec<Id> = resource.ids().collect();
    let is_meant = |selector: &Selector| {
        let fits = |id: &Id| selector.has_type(&id.gvk) && selector.has_name(&id.name) && selector.has_namespace(&id.namespace);
        ids.iter().any(fits)
    };
    let is_rejected = rejected.iter().any(|(reject, is_empty)| {
        let by_texts = !reject.is_bare() && reject.has_texts(resource);
        by_texts || !is_empty && is_meant(reject)
    });
    is_meant(selector) && !is_rejected
}

fn write(node: &mut Node, value: &Node, path: &str, options: Option<&OwnedValue>) -> Result<(), String> {
    let create = options.is_some_and(|options| is_set(options, "create"));
    let steps = split(path, '.');
    if write_inside(node, value, &steps, create).is_ok() {
        return Ok(());
    }
    let failed = || {
        let doing = if create { "find or create" } else { "find" };
        format!("unable to {doing} field {} in replacement target", crate::api::quote(path))
    };
    let found = matching(node, &steps, create.then_some(value), &mut |field| set_field(field, value, options));
    match found {
        Ok(0) => Err(failed()),
        Ok(_) => Ok(()),
        // What the value itself does not allow is told as it is.
        Err(error) if error.starts_with("delimiter option") => Err(error),
        Err(error) => Err(format!("{}: {error}", failed())),
    }
}

fn set_field(field: &mut Node, value: &Node, options: Option<&OwnedValue>) -> Result<(), String> {
    let delimiter = options.map_or("", |options| options.str_at(&["delimiter"]));
    let mut value = value.clone();
    if !delimiter.is_empty() {
        let Node::Scalar(have) = field else {
            return Err("delimiter option can only be used with scalar nodes".to_owned());
        };
        let index = options.and_then(|options| options.int_at(&["index"])).unwrap_or_default();
        let mut parts: Vec<&str> = have.text.split(delimiter).collect();
        let new = value.word(&[]).to_owned();
        match usize::try_from(index) {
            Err(_) => parts.insert(0, &new),
            Ok(index) => match parts.get_mut(index) {
                Some(part) => *part = &new,
                None => parts.push(&new),
            },
        }
        let joined = parts.join(delimiter);
        if let Node::Scalar(scalar) = &mut value {
            scalar.text = joined;
        }
    }
    match (field, value) {
        // A word keeps what it is said to be: text stays text, a number a number.
        (Node::Scalar(have), Node::Scalar(new)) => have.text = new.text,
        (Node::Scalar(have), _) => have.text = String::new(),
        (field, value) => *field = value,
    }
    Ok(())
}

/// Writes into a text that itself holds JSON or YAML, where the path goes on behind it.
fn write_inside(node: &mut Node, value: &Node, steps: &[String], create: bool) -> Result<(), ()> {
    let holder = (1..steps.len()).find_map(|length| match lookup(node, &steps[..length]) {
        Ok(Some(Node::Scalar(scalar))) => node::parse(&scalar.text).ok().map(|held| (length, scalar.text.clone(), held)),
        _ => None,
    });
    let (length, text, held) = holder.ok_or(())?;
    let mut held = held.ok_or(())?;
    let found = matching(&mut held, &steps[length..], create.then_some(value), &mut |field| {
        match (field, value) {
            (Node::Scalar(have), Node::Scalar(new)) => have.text.clone_from(&new.text),
            (field, value) => *field = value.clone(),
        }
        Ok(())
    });
    if !matches!(found, Ok(count) if count > 0) {
        return Err(());
    }
    let written = match text.trim_start().starts_with(['{', '[']) {
        false => held.to_string().trim().to_owned(),
        true => {
            let mut value = held.value().map_err(|_| ())?;
            value.sort_keys();
            let mut out = Vec::new();
            json::to_compact(&mut out, &value);
            if text.contains('\n') && text.contains("  ") {
                let compact = std::mem::take(&mut out);
                json::indent(&mut out, &compact).map_err(|_| ())?;
            }
            String::from_utf8(out).map_err(|_| ())?
        }
    };
    if let Ok(Some(Node::Scalar(scalar))) = lookup_mut(node, &steps[..length]) {
        scalar.text = written;
    }
    Ok(())
}
