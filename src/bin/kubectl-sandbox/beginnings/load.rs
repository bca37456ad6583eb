//! Loading: manifests, the output of `get -o yaml` or `-o json`, the folder that `cluster-info dump` writes.
//!
//! What has an identifier was in a cluster before: it is put in as it was, and stays as it is. What has none is
//! created, and lives.

use std::{
    fs,
    path::{Path, PathBuf},
};

use kubectl_rs::api::{OwnedValue, json};

use crate::{cluster::Cluster, meta, verbs, yaml};

/// Loads a file, or all files in a folder and below.
///
/// # Errors
/// What cannot be read or makes no sense.
pub fn load(cluster: &mut Cluster, path: &Path) -> Result<(), String> {
    let mut files = Vec::new();
    find(path, &mut files).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let mut objects = Vec::new();
    for file in &files {
        let bytes = fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
        for document in documents(&bytes).map_err(|error| format!("{}: {error}", file.display()))? {
            unpack(document, &mut objects);
        }
    }
    if objects.is_empty() {
        return Err(format!("{} holds no objects", path.display()));
    }
    // Namespaces and definitions come before what is in them and of them.
    objects.sort_by_key(|object| match object.str_at(&["kind"]) {
        "Namespace" => 0,
        "CustomResourceDefinition" => 1,
        _ => 2,
    });
    for object in objects {
        add(cluster, object)?;
    }
    Ok(())
}

fn find(path: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(path)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        // Logs lie beside the objects in a dump.
        let wanted = entry.is_dir() || entry.extension().is_some_and(|end| end == "json" || end == "yaml" || end == "yml");
        if wanted {
            find(&entry, files)?;
        }
    }
    Ok(())
}

fn documents(bytes: &[u8]) -> Result<Vec<OwnedValue>, String> {
    let mut rest = bytes;
    let mut list = Vec::new();
    // A dump's files are JSON, sometimes several values one after another.
    while rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        let (value, read) = json::parse_prefix(rest).map_err(|error| error.to_string())?;
        list.push(value.into_owned());
        rest = &rest[read..];
    }
    if list.is_empty() {
        return yaml::documents(bytes);
    }
    Ok(list)
}

/// The objects in a list, and those in lists in it.
fn unpack(document: OwnedValue, objects: &mut Vec<OwnedValue>) {
    let kind = document.str_at(&["kind"]).to_owned();
    if !kind.ends_with("List") {
        objects.push(document);
        return;
    }
    let version = document.str_at(&["apiVersion"]).to_owned();
    for item in document.items_at(&["items"]) {
        let mut item = item.clone();
        if item.str_at(&["kind"]).is_empty() {
            item.set(&["kind"], kind.trim_end_matches("List").to_owned());
            item.set(&["apiVersion"], version.clone());
        }
        unpack(item, objects);
    }
}

fn add(cluster: &mut Cluster, mut value: OwnedValue) -> Result<(), String> {
    let (version, kind) = (value.str_at(&["apiVersion"]).to_owned(), value.str_at(&["kind"]).to_owned());
    let Some(resource) = cluster.registry.kind(&version, &kind).cloned() else {
        return Err(format!("no kind {kind:?} in version {version:?}"));
    };
    if resource.namespaced() && meta::namespace(&value).is_empty() {
        value.set(&["metadata", "namespace"], "default");
    }
    let namespace = meta::namespace(&value).to_owned();
    let namespaces = cluster.collection("", "namespaces");
    if !namespace.is_empty()
        && cluster.store.get(namespaces, "", &namespace).is_none()
        && let Some(resource) = cluster.built_in("", "namespaces")
    {
        let mut missing = OwnedValue::default();
        missing.set(&["metadata", "name"], namespace);
        cluster.create(&resource, missing);
    }
    if meta::uid(&value).is_empty() {
        return super::put(cluster, value);
    }
    let stored = cluster
        .registry
        .stored(resource.collection)
        .map_or(version, |stored| stored.api_version());
    let value = verbs::from_version(&resource, value, &stored);
    cluster.still.insert(meta::uid(&value).to_owned());
    let is_definition = resource.is("apiextensions.k8s.io", "customresourcedefinitions");
    let object = cluster.put(resource.collection, value);
    if is_definition {
        crate::definitions::register(cluster, &object.value);
    }
    // Yesterday's nodes take the place of those that every sandbox has.
    if resource.is("", "nodes") {
        super::nodes::retire(cluster);
    }
    Ok(())
}
