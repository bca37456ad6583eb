//! Kustomizations, built as the kustomize inside of kubectl builds them (v5).
//!
//! * [`fields`]: which fields labels, names and images stand in.
//! * [`item`]: an object and what it was called before.
//! * [`generators`], [`patches`], [`transform`]: what a kustomization makes, patches and changes.
//! * [`order`]: the order in which objects come out.
//!
//! Files are read through a trait, so that the build can be tested without any. What is not understood (replacements,
//! variables, Helm charts, plugins, what lies elsewhere in the network) is said, and nothing is built.

mod fields;
mod generators;
mod item;
mod order;
mod patches;
mod transform;

use std::{
    io,
    path::{Path, PathBuf},
};

use self::item::Item;
use crate::{
    api::{Map, OwnedValue, Value, object},
    error::{Error, Result},
    generate::keyed::Keeper,
    yaml,
};

/// The names that a kustomization's file may have.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The fields of a kustomization that are understood.
const UNDERSTOOD: [&str; 20] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "components",
    "namespace",
    "namePrefix",
    "nameSuffix",
    "labels",
    "commonLabels",
    "commonAnnotations",
    "images",
    "replicas",
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "configMapGenerator",
    "secretGenerator",
    "generatorOptions",
];

/// Fields that there are newer ones for.
const DEPRECATED: [(&str, &str); 4] = [
    ("bases", "resources"),
    ("commonLabels", "labels"),
    ("patchesJson6902", "patches"),
    ("patchesStrategicMerge", "patches"),
];

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

    /// Whether a kustomization may only have files in its own folder and below.
    fn is_restricted(&self) -> bool {
        true
    }
}

/// The machine's own files.
#[derive(Debug, Clone, Copy)]
pub struct Disk {
    /// Whether a kustomization may only have files in its own folder and below.
    pub restricted: bool,
}

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn is_restricted(&self) -> bool {
        self.restricted
    }
}

/// What a kustomization comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Built {
    /// The objects, in kustomize's order or, unsorted, in that of the kustomizations.
    pub objects: Vec<OwnedValue>,
    /// What standard error is told: lines behind `# Warning: `.
    pub warnings: Vec<String>,
}

impl Built {
    /// The objects sorted so that what others need comes first.
    pub fn sorted(mut self) -> Built {
        self.objects.sort_by_cached_key(order::key);
        self
    }
}

/// Builds the kustomization in `folder`. `named` is the folder as it was typed.
///
/// # Errors
/// A folder without kustomization, files that cannot be read, patches that do not fit, and fields that this client does
/// not understand yet.
pub fn build(files: &dyn Files, folder: &Path, named: &str) -> Result<Built> {
    let folder = &normal(folder);
    if !files.is_folder(folder) {
        let absolute = folder.display();
        return Err(Error::message(format!(
            "must build at directory: not a valid directory: evalsymlink failure on '{named}' : lstat {absolute}: no such file or directory"
        )));
    }
    let mut warnings = Vec::new();
    let mut items = Vec::new();
    accumulate(files, folder, 0, &mut items, &mut warnings)?;
    transform::hashes(&mut items);
    transform::follow_names(&mut items);
    let objects = items.into_iter().map(|item| item.object).collect();
    Ok(Built { objects, warnings })
}

/// Builds what is in a folder. `items` are the objects that it is a component of; none for a kustomization by itself.
fn accumulate(files: &dyn Files, folder: &Path, depth: usize, items: &mut Vec<Item>, warnings: &mut Vec<String>) -> Result<()> {
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
    let kustomization = yaml::parse(&bytes)
        .map_err(|error| Error::message(format!("invalid Kustomization: {error}")))?
        .into_owned();
    check(&kustomization, folder)?;
    for (old, new) in DEPRECATED.iter().filter(|(old, _)| kustomization.get(old).is_some()) {
        warnings.push(format!(
            "'{old}' is deprecated. Please use '{new}' instead. Run 'kustomize edit fix' to update your Kustomization automatically."
        ));
    }
    let texts = |field: &str| kustomization.items_at(&[field]).iter().filter_map(Value::as_str);
    for resource in texts("resources").chain(texts("bases")) {
        gather(files, folder, resource, depth, items, warnings)?;
    }
    generators::run(files, folder, &kustomization, Keeper::ConfigMap, items)?;
    generators::run(files, folder, &kustomization, Keeper::Secret, items)?;
    for component in texts("components") {
        accumulate(files, &normal(&folder.join(component)), depth + 1, items, warnings)?;
    }
    change(files, folder, &kustomization, items)
}

/// What a kustomization does to its objects, in kustomize's order.
fn change(files: &dyn Files, folder: &Path, kustomization: &OwnedValue, items: &mut Vec<Item>) -> Result<()> {
    let map = |value: Option<&OwnedValue>| -> Map<'static> { value.and_then(Value::as_object).cloned().unwrap_or_default() };
    let is_set = |value: &OwnedValue, field: &str| value.get(field).and_then(Value::as_bool) == Some(true);
    patches::strategic(files, folder, kustomization.items_at(&["patchesStrategicMerge"]), items)?;
    patches::run(files, folder, kustomization.items_at(&["patches"]), items)?;
    transform::namespace(items, kustomization.str_at(&["namespace"]));
    transform::names(items, kustomization.str_at(&["namePrefix"]), kustomization.str_at(&["nameSuffix"]));
    for labels in kustomization.items_at(&["labels"]) {
        let (in_templates, in_selectors) = (is_set(labels, "includeTemplates"), is_set(labels, "includeSelectors"));
        transform::labels(items, &map(labels.get("pairs")), in_templates, in_selectors);
    }
    transform::labels(items, &map(kustomization.get("commonLabels")), true, true);
    transform::annotations(items, &map(kustomization.get("commonAnnotations")));
    patches::run(files, folder, kustomization.items_at(&["patchesJson6902"]), items)?;
    transform::replicas(items, kustomization.items_at(&["replicas"]))?;
    transform::images(items, kustomization.items_at(&["images"]));
    Ok(())
}

/// Whether all of a kustomization is understood.
fn check(kustomization: &OwnedValue, folder: &Path) -> Result<()> {
    let unknown = |fields: Option<&Map<'_>>, known: &[&str]| {
        fields.and_then(|fields| fields.keys().find(|field| !known.contains(field)).map(str::to_owned))
    };
    let in_labels = |labels: &OwnedValue| unknown(labels.as_object(), &["pairs", "includeSelectors", "includeTemplates"]);
    let field = unknown(kustomization.as_object(), &UNDERSTOOD).or_else(|| kustomization.items_at(&["labels"]).iter().find_map(in_labels));
    match field {
        None => Ok(()),
        Some(field) => Err(Error::message(format!(
            "the kustomization in '{}' has the field {field:?}, which this client does not understand yet",
            folder.display()
        ))),
    }
}

/// Adds the objects of a resource: a file, or a folder with a kustomization of its own.
fn gather(files: &dyn Files, folder: &Path, resource: &str, depth: usize, items: &mut Vec<Item>, warnings: &mut Vec<String>) -> Result<()> {
    let path = normal(&folder.join(resource));
    let mut found = Vec::new();
    if files.is_folder(&path) {
        accumulate(files, &path, depth + 1, &mut found, warnings)?;
    } else {
        let bytes = files.read(&path).map_err(|_| {
            let path = path.display();
            Error::message(format!(
                "accumulating resources: accumulation err='accumulating resources from '{resource}': evalsymlink failure on '{path}' : lstat {path}: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '{path}' : lstat {path}: no such file or directory"
            ))
        })?;
        check_place(files, folder, &path).map_err(|error| {
            let path = path.display();
            Error::message(format!(
                "accumulating resources: accumulation err='accumulating resources from '{resource}': {error}': must build at directory: '{path}': file is not directory"
            ))
        })?;
        let text = yaml::read::text(&bytes);
        for document in yaml::Documents::new(&text) {
            let document = document.map_err(|error| Error::message(format!("accumulating resources from '{resource}': {error}")))?;
            let mut document = document.into_owned();
            if object::is_list(&document) {
                let parts = document.as_object_mut().and_then(|list| list.remove("items"));
                let Some(Value::Array(parts)) = parts else { continue };
                found.extend(parts.into_iter().map(|part| Item::new(part, false)));
            } else if !document.is_null() {
                found.push(Item::new(document, false));
            }
        }
    }
    for item in found {
        if items
            .iter()
            .any(|have| order::identity(&have.object) == order::identity(&item.object))
        {
            let id = item::id(&item.object);
            return Err(Error::message(format!(
                "accumulating resources: accumulation err='merging resources from '{resource}': may not add resource with an already registered id: {id}': must build at directory: '{}': file is not directory",
                path.display()
            )));
        }
        items.push(item);
    }
    Ok(())
}

/// A file of the kustomization in `folder`.
///
/// # Errors
/// One that cannot be read, or lies elsewhere where that is not allowed.
fn read_inside(files: &dyn Files, folder: &Path, path: &str) -> Result<Vec<u8>> {
    let path = normal(&folder.join(path));
    check_place(files, folder, &path)?;
    files
        .read(&path)
        .map_err(|error| Error::message(format!("open {}: {}", path.display(), crate::error::reason(&error))))
}

/// Whether a file may be read for the kustomization in `folder`.
fn check_place(files: &dyn Files, folder: &Path, path: &Path) -> Result<()> {
    if !files.is_restricted() || path.starts_with(folder) {
        return Ok(());
    }
    let (path, folder) = (path.display(), folder.display());
    Err(Error::message(format!("security; file '{path}' is not in or below '{folder}'")))
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
        let built = build(&files, Path::new("/k"), "k")?.sorted();
        Ok(built
            .objects
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
        assert!(text(&[("/k/kustomization.yaml", "replacements: []")]).contains("does not understand yet"));
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
