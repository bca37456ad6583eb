//! The config maps and secrets that a kustomization makes.

use std::path::Path;

use super::{
    Files,
    item::{Item, id},
    read_inside,
};
use crate::{
    api::{Map, OwnedValue, Value},
    error::{Error, Result},
    generate::{
        envfile,
        keyed::{Data, Keeper, file_source},
    },
};

/// Makes what the field `configMapGenerator` or `secretGenerator` asks for, or changes what is there.
///
/// # Errors
/// Sources that cannot be read, names that are taken, and objects to change that are not there.
pub(super) fn run(files: &dyn Files, folder: &Path, kustomization: &Value<'_>, keeper: Keeper, items: &mut Vec<Item>) -> Result<()> {
    let field = match keeper {
        Keeper::ConfigMap => "configMapGenerator",
        Keeper::Secret => "secretGenerator",
    };
    let common = kustomization.get("generatorOptions");
    for wanted in kustomization.items_at(&[field]) {
        let options: Vec<&Value<'_>> = [common, wanted.get("options")].into_iter().flatten().collect();
        let is_set = |name: &str| {
            options
                .iter()
                .any(|options| options.get(name).and_then(Value::as_bool) == Some(true))
        };
        let mut object = made(files, folder, wanted, keeper)?;
        for part in ["labels", "annotations"] {
            for (key, value) in options
                .iter()
                .filter_map(|options| options.get(part)?.as_object())
                .flat_map(Map::iter)
            {
                object.set(&["metadata", part, key], value.clone().into_owned());
            }
        }
        if is_set("immutable") {
            object.set(&["immutable"], true);
        }
        place(
            Item::new(object, !is_set("disableNameSuffixHash")),
            wanted.str_at(&["behavior"]),
            items,
        )?;
    }
    Ok(())
}

/// Adds what was made, or changes what is there.
fn place(made: Item, behavior: &str, items: &mut Vec<Item>) -> Result<()> {
    let there = items.iter().position(|item| item.is_meant_by(&made.object));
    let (there, merge) = match (behavior, there) {
        ("" | "unspecified" | "create", None) => {
            items.push(made);
            return Ok(());
        }
        ("" | "unspecified" | "create", Some(_)) => {
            return Err(Error::message(format!(
                "merging from generator: {} exists; behavior must be merge or replace",
                id(&made.object)
            )));
        }
        ("merge", Some(there)) => (there, true),
        ("replace", Some(there)) => (there, false),
        ("merge" | "replace", None) => {
            return Err(Error::message(format!(
                "merging from generator: {} does not exist; cannot merge or replace",
                id(&made.object)
            )));
        }
        (other, _) => return Err(Error::message(format!("invalid generator behavior {other:?}"))),
    };
    let Some(item) = items.get_mut(there) else { return Ok(()) };
    // What was made takes the place; what it was called, and whether with a digest, stays.
    let before = std::mem::replace(&mut item.object, made.object);
    for field in ["name", "namespace"] {
        if let Some(value) = before.at(&["metadata", field]) {
            item.object.set(&["metadata", field], value.clone());
        }
    }
    let kept: &[&[&str]] = match merge {
        true => &[&["metadata", "labels"], &["metadata", "annotations"], &["data"], &["binaryData"]],
        false => &[&["metadata", "labels"], &["metadata", "annotations"]],
    };
    for path in kept {
        for (key, value) in before.at(path).and_then(Value::as_object).into_iter().flat_map(Map::iter) {
            let path = [*path, &[key]].concat();
            if item.object.at(&path).is_none() {
                item.object.set(&path, value.clone());
            }
        }
    }
    Ok(())
}

/// The config map or secret that an entry describes.
fn made(files: &dyn Files, folder: &Path, wanted: &Value<'_>, keeper: Keeper) -> Result<OwnedValue> {
    let name = wanted.str_at(&["name"]);
    let mut data = Data::new(keeper, name);
    let texts = |field: &str| {
        wanted
            .items_at(&[field])
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut env_files = texts("envs");
    env_files.extend(Some(wanted.str_at(&["env"]).to_owned()).filter(|file| !file.is_empty()));
    for file in env_files {
        let bytes = read_inside(files, folder, &file)?;
        // What the environment holds is no part of a build.
        for (key, value) in envfile::read(&bytes, &file, |_| String::new()).map_err(Error::Message)? {
            data.add(&key, value.into_bytes()).map_err(Error::Message)?;
        }
    }
    for source in texts("files") {
        let (key, path) = file_source(&source).map_err(Error::Message)?;
        let key = key.unwrap_or_else(|| path.rsplit('/').next().unwrap_or(path));
        let bytes = read_inside(files, folder, path);
        let bytes = bytes.map_err(|error| Error::message(format!("loading KV pairs: file sources: [{source}]: {error}")))?;
        data.add(key, bytes).map_err(Error::Message)?;
    }
    for literal in texts("literals") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(Error::message(format!("invalid literal source {literal}, expected key=value")));
        };
        data.add(key, unquoted(value).as_bytes().to_vec()).map_err(Error::Message)?;
    }
    let namespace = wanted.str_at(&["namespace"]);
    let mut object = match keeper {
        Keeper::ConfigMap => data.config_map(namespace, false),
        Keeper::Secret => {
            let kind = Some(wanted.str_at(&["type"])).filter(|kind| !kind.is_empty()).unwrap_or("Opaque");
            data.secret(namespace, kind, false)
        }
    };
    object.sort_keys();
    Ok(object)
}

/// Text without the quotes around it.
fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|&quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}
