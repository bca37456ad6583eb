//! The patches of a kustomization.

use std::path::Path;

use regex::Regex;

use super::{
    Files,
    item::{Item, id},
    read_inside,
};
use crate::{
    api::{OwnedValue, Value, object, selector::Selector},
    error::{Error, Result},
    patch::{self, BuiltIn},
    yaml,
};

/// Applies the patches in the field `patches`, or `patchesJson6902`, which is of the same form.
///
/// # Errors
/// Patches that cannot be read, fit nothing, or do not fit.
pub(super) fn run(files: &dyn Files, folder: &Path, patches: &[Value<'_>], items: &mut Vec<Item>) -> Result<()> {
    for entry in patches {
        let bytes = match entry.str_at(&["path"]) {
            "" => entry.str_at(&["patch"]).as_bytes().to_vec(),
            path => read_inside(files, folder, path)?,
        };
        let keeps = |option: &str| entry.at(&["options", option]).and_then(Value::as_bool) != Some(true);
        for change in documents(&bytes)? {
            match entry.get("target") {
                Some(target) => {
                    let target = Target::new(target)?;
                    apply_to(
                        items,
                        |item| target.is_met(item),
                        &change,
                        keeps("allowNameChange"),
                        keeps("allowKindChange"),
                    )?;
                }
                None => by_name(items, &change)?,
            }
        }
    }
    Ok(())
}

/// Applies the strategic merge patches of `patchesStrategicMerge`: files, or the patches themselves.
///
/// # Errors
/// As for [`run`].
pub(super) fn strategic(files: &dyn Files, folder: &Path, patches: &[Value<'_>], items: &mut Vec<Item>) -> Result<()> {
    for entry in patches.iter().filter_map(Value::as_str) {
        let bytes = match read_inside(files, folder, entry) {
            Ok(bytes) => bytes,
            Err(error) => match entry.contains('\n') {
                true => entry.as_bytes().to_vec(),
                false => return Err(error),
            },
        };
        for change in documents(&bytes)? {
            by_name(items, &change)?;
        }
    }
    Ok(())
}

/// The patches in a text: one list of operations, or objects.
fn documents(bytes: &[u8]) -> Result<Vec<OwnedValue>> {
    let text = yaml::read::text(bytes);
    let fail = |error: yaml::read::SyntaxError| {
        Error::message(format!(
            "unable to parse SM or JSON patch from [{}]: {error}",
            String::from_utf8_lossy(bytes)
        ))
    };
    if text.trim_ascii_start().starts_with(b"-") && !text.trim_ascii_start().starts_with(b"---")
        || text.trim_ascii_start().starts_with(b"[")
    {
        return Ok(vec![yaml::parse(&text).map_err(fail)?.into_owned()]);
    }
    let mut found = Vec::new();
    for document in yaml::Documents::new(&text) {
        let document = document.map_err(fail)?.into_owned();
        if !document.is_null() {
            found.push(document);
        }
    }
    Ok(found)
}

/// Applies a patch to the object that it names.
fn by_name(items: &mut Vec<Item>, change: &OwnedValue) -> Result<()> {
    if !items.iter().any(|item| item.is_meant_by(change)) {
        let id = id(change);
        return Err(Error::message(format!(
            "no resource matches strategic merge patch {id:?}: no matches for Id {id}; failed to find unique target for patch {id}"
        )));
    }
    apply_to(items, |item| item.is_meant_by(change), change, true, true)
}

/// Applies a patch to all objects that are meant. Names and kinds stay where they are kept.
fn apply_to(items: &mut Vec<Item>, is_meant: impl Fn(&Item) -> bool, change: &OwnedValue, keep_name: bool, keep_kind: bool) -> Result<()> {
    let fail = |error: patch::PatchError| Error::message(error.message);
    let mut gone = Vec::new();
    for (at, item) in items.iter_mut().enumerate().filter(|(_, item)| is_meant(item)) {
        let before = item.object.clone();
        if change.as_array().is_some() {
            item.object = patch::json::apply(before, change.clone()).map_err(fail)?;
            continue;
        }
        if change.str_at(&["$patch"]) == "delete" {
            gone.push(at);
            continue;
        }
        let (name, kind) = (item.name().to_owned(), item.kind().to_owned());
        let version = before.str_at(&["apiVersion"]).to_owned();
        let namespace = object::namespace(&before).to_owned();
        item.object = patch::strategic::apply(before, change.clone(), BuiltIn::of(&item.object).as_ref()).map_err(fail)?;
        if keep_kind {
            item.object.set(&["apiVersion"], version);
            item.object.set(&["kind"], kind);
        }
        match namespace.as_str() {
            "" => _ = item.object.object_at(&["metadata"]).remove("namespace"),
            namespace => item.object.set(&["metadata", "namespace"], namespace.to_owned()),
        }
        let renamed = item.name().to_owned();
        item.object.set(&["metadata", "name"], name);
        if !keep_name {
            item.rename(renamed);
        }
    }
    for at in gone.into_iter().rev() {
        items.remove(at);
    }
    Ok(())
}

/// Which objects a patch is for. What is not said is any.
struct Target<'t> {
    group: &'t str,
    version: &'t str,
    kind: &'t str,
    name: Option<Regex>,
    namespace: Option<Regex>,
    labels: Selector,
    annotations: Selector,
}

impl<'t> Target<'t> {
    fn new(target: &'t Value<'_>) -> Result<Target<'t>> {
        let pattern = |field: &str| match target.str_at(&[field]) {
            "" => Ok(None),
            text => Regex::new(&format!("^(?:{text})$"))
                .map(Some)
                .map_err(|error| Error::message(error.to_string())),
        };
        let selector = |field: &str| Selector::parse(target.str_at(&[field])).map_err(|error| Error::message(error.to_string()));
        Ok(Target {
            group: target.str_at(&["group"]),
            version: target.str_at(&["version"]),
            kind: target.str_at(&["kind"]),
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: selector("labelSelector")?,
            annotations: selector("annotationSelector")?,
        })
    }

    fn is_met(&self, item: &Item) -> bool {
        let (group, version) = object::group_version(&item.object);
        let is = |wanted: &str, have: &str| wanted.is_empty() || wanted == have;
        let any = |pattern: &Option<Regex>, texts: &[String]| {
            pattern
                .as_ref()
                .is_none_or(|pattern| texts.iter().any(|text| pattern.is_match(text)))
        };
        is(self.group, group)
            && is(self.version, version)
            && is(self.kind, item.kind())
            && any(&self.name, &item.names)
            && any(&self.namespace, &item.namespaces)
            && self.labels.matches(object::labels(&item.object))
            && self.annotations.matches(object::annotations(&item.object))
    }
}
