//! Kustomizations: so far those that only gather resources.
//!
//! Files are read through a trait, so that the build can be tested without any.

mod order;

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::{
    api::{OwnedValue, Value, object},
    error::{Error, Result},
    yaml,
};

/// The names that a kustomization's file may have.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The fields of a kustomization that are understood.
const UNDERSTOOD: [&str; 4] = ["apiVersion", "kind", "metadata", "resources"];

/// How deep kustomizations may stand in each other; deeper ones contain themselves.
const DEEPEST: usize = 64;

/// Where a kustomization's files are.
pub trait Files {
    /// All of a file's bytes.
    ///
    /// # Errors
    /// Where it cannot be read.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// Whether there is a folder of that name.
    fn is_folder(&self, path: &Path) -> bool;
}

/// The machine's own files.
#[derive(Debug)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }
}

/// The objects that the kustomization in `folder` comes to, in kustomize's order. `named` is the folder as it was typed.
///
/// # Errors
/// A folder without kustomization, resources that cannot be read, and fields that this client does not understand yet.
pub fn build(files: &dyn Files, folder: &Path, named: &str) -> Result<Vec<OwnedValue>> {
    if !files.is_folder(folder) {
        let absolute = folder.display();
        return Err(Error::message(format!(
            "must build at directory: not a valid directory: evalsymlink failure on '{named}' : lstat {absolute}: no such file or directory"
        )));
    }
    let mut objects = Vec::new();
    gather(files, folder, 0, &mut objects)?;
    objects.sort_by_cached_key(order::key);
    Ok(objects)
}

fn gather(files: &dyn Files, folder: &Path, depth: usize, objects: &mut Vec<OwnedValue>) -> Result<()> {
    let shown = folder.display();
    if depth > DEEPEST {
        return Err(Error::message(format!("cycle detected: {shown} contains itself")));
    }
    let found = NAMES.iter().find_map(|name| files.read(&folder.join(name)).ok());
    let Some(bytes) = found else {
        return Err(Error::message(format!(
            "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '{shown}'"
        )));
    };
    let kustomization = yaml::parse(&bytes).map_err(|error| Error::message(format!("invalid Kustomization: {error}")))?;
    if let Some(field) = kustomization
        .as_object()
        .and_then(|fields| fields.keys().find(|field| !UNDERSTOOD.contains(field)))
    {
        return Err(Error::message(format!(
            "the kustomization in '{shown}' has the field {field:?}, which this client does not understand yet"
        )));
    }
    for resource in kustomization.items_at(&["resources"]).iter().filter_map(Value::as_str) {
        let path = normal(&folder.join(resource));
        if files.is_folder(&path) {
            gather(files, &path, depth + 1, objects)?;
            continue;
        }
        let bytes = files.read(&path).map_err(|_| {
            let path = path.display();
            Error::message(format!(
                "accumulating resources: accumulation err='accumulating resources from '{resource}': evalsymlink failure on '{path}' : lstat {path}: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '{path}' : lstat {path}: no such file or directory"
            ))
        })?;
        let text = yaml::read::text(&bytes);
        for document in yaml::Documents::new(&text) {
            let document = document.map_err(|error| Error::message(format!("accumulating resources from '{resource}': {error}")))?;
            add(document.into_owned(), objects, resource)?;
        }
    }
    Ok(())
}

/// Adds an object, which no other may be the same as.
fn add(value: OwnedValue, objects: &mut Vec<OwnedValue>, resource: &str) -> Result<()> {
    let again = objects.iter().any(|have| order::identity(have) == order::identity(&value));
    if again {
        return Err(Error::message(format!(
            "accumulating resources: accumulation err='merging resources from '{resource}': may not add resource with an already registered id: {}'",
            object::name(&value)
        )));
    }
    objects.push(value);
    Ok(())
}

/// A path without `.` and `..` in it.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    struct Memory(BTreeMap<&'static str, &'static str>);

    impl Files for Memory {
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            let text = self.0.get(path.to_str().unwrap_or_default()).ok_or(io::ErrorKind::NotFound)?;
            Ok(text.as_bytes().to_vec())
        }

        fn is_folder(&self, path: &Path) -> bool {
            self.0.keys().any(|file| file.starts_with(&format!("{}/", path.display())))
        }
    }

    fn names(files: &[(&'static str, &'static str)]) -> Result<Vec<String>> {
        let files = Memory(files.iter().copied().collect());
        let objects = build(&files, Path::new("/k"), "k")?;
        Ok(objects
            .iter()
            .map(|object| format!("{}/{}", object.str_at(&["kind"]), object::name(object)))
            .collect())
    }

    const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\n";

    #[test]
    fn build_gathers_files_and_folders_in_kustomize_s_order() {
        let found = names(&[
            ("/k/kustomization.yaml", "resources: [map.yaml, ../base]"),
            ("/k/map.yaml", MAP),
            ("/base/kustomization.yml", "resources: [all.yaml]"),
            (
                "/base/all.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: ns}\n",
            ),
        ]);
        assert_eq!(found.unwrap(), ["Namespace/ns", "ConfigMap/m", "Deployment/d"]);
    }

    #[test]
    fn build_of_what_cannot_be_built_says_why() {
        let text = |files: &[(&'static str, &'static str)]| names(files).unwrap_err().text();
        assert!(text(&[]).contains("not a valid directory"));
        assert!(text(&[("/k/x.yaml", MAP)]).contains("unable to find one of 'kustomization.yaml'"));
        assert!(text(&[("/k/kustomization.yaml", "resources: [x.yaml]")]).contains("accumulating resources from 'x.yaml'"));
        assert!(text(&[("/k/kustomization.yaml", "namePrefix: a-")]).contains("does not understand yet"));
        assert!(text(&[("/k/kustomization.yaml", "resources: [../k]")]).contains("cycle detected"));
        assert!(
            text(&[
                ("/k/kustomization.yaml", "resources: [a.yaml, b.yaml]"),
                ("/k/a.yaml", MAP),
                ("/k/b.yaml", MAP)
            ])
            .contains("already registered id")
        );
    }
}
