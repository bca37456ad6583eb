//! Patches: what they are written as, which objects they are for, and how they are applied.

use super::{
    id::{Gvk, Id},
    loader::{Failure, Loader},
    node::{Node, from_value},
    read,
    resource::{Allowed, Selector, Set},
    schema::Schemas,
};
use crate::{
    api::{self, OwnedValue, Value, quote},
    patch::json,
    yaml,
};

/// An entry of `patches`, read.
#[derive(Debug)]
pub(super) struct Patch {
    change: Change,
    target: Option<Selector>,
    allowed: Allowed,
    /// Where it was found, for messages.
    source: String,
}

/// What a patch says.
#[derive(Debug)]
enum Change {
    /// Parts of objects, to be merged into them.
    Merge(Vec<Node>),
    /// Operations.
    Operations(OwnedValue),
}

impl Patch {
    /// Reads an entry of `patches`.
    ///
    /// # Errors
    /// One that cannot be read or is no patch.
    pub(super) fn read(loader: &Loader<'_>, entry: &OwnedValue) -> Result<Patch, String> {
        let (text, path) = (entry.str_at(&["patch"]).trim(), entry.str_at(&["path"]));
        let shown = || {
            let mut out = Vec::new();
            yaml::to_yaml(&mut out, entry);
            String::from_utf8_lossy(&out).into_owned()
        };
        let (text, source) = match (text, path) {
            ("", "") => return Err(format!("must specify one of patch and path in\n{}", shown())),
            ("", path) => {
                let text = loader.text(path).map_err(Failure::text);
                let text = text.map_err(|error| format!("failed to get the patch file from path({path}): {error}"))?;
                (text, format!("[path: {}]", quote(path)))
            }
            (text, "") => (text.to_owned(), format!("[patch: {}]", quote(text))),
            _ => return Err(format!("patch and path can't be set at the same time\n{}", shown())),
        };
        let is_set = |option: &str| entry.at(&["options", option]).and_then(Value::as_bool) == Some(true);
        let merge = read::objects(&text);
        let change = match (merge, operations(&text)) {
            (Ok(merge), Ok(operations)) if !merge.is_empty() && operations.as_array().is_some_and(|list| !list.is_empty()) => {
                return Err(format!("illegally qualifies as both an SM and JSON patch: {source}"));
            }
            (Ok(merge), _) => Change::Merge(merge),
            (Err(_), Ok(operations)) => Change::Operations(operations),
            (Err(_), Err(_)) => return Err(format!("unable to parse SM or JSON patch from {source}")),
        };
        Ok(Patch {
            change,
            target: entry.get("target").map(Selector::new).transpose()?,
            allowed: Allowed {
                name: is_set("allowNameChange"),
                kind: is_set("allowKindChange"),
            },
            source,
        })
    }

    /// Applies it.
    ///
    /// # Errors
    /// A patch that fits nothing, or does not fit.
    pub(super) fn apply(&self, set: &mut Set, schemas: &Schemas) -> Result<(), String> {
        match (&self.change, &self.target) {
            (Change::Operations(_), None) => Err(format!("must specify a target for JSON patch {}", self.source)),
            (Change::Operations(operations), Some(target)) => {
                for at in set.select(target) {
                    operate(set, at, operations)?;
                }
                Ok(())
            }
            (Change::Merge(patches), None) => merge(set, patches, self.allowed, schemas),
            (Change::Merge(patches), Some(target)) => {
                let patch = match &patches[..] {
                    [] => return Ok(()),
                    [patch] => patch,
                    _ => {
                        return Err(format!(
                            "Multiple Strategic-Merge Patches in one `patches` entry is not allowed to set `patches.target` field: {}",
                            self.source
                        ));
                    }
                };
                for at in set.select(target) {
                    // Whatever the patch says of its type, only the kind counts.
                    let mut patch = patch.clone();
                    let version = set.0[at].node.word(&["apiVersion"]).to_owned();
                    patch.map_at(&[]).set("apiVersion", Node::text(version));
                    set.0[at].patch(&patch, self.allowed, schemas)?;
                }
                Ok(())
            }
        }
    }
}

/// Merges parts of objects into the objects that they name.
///
/// # Errors
/// One that names none or several; a patch that does not fit.
pub(super) fn merge(set: &mut Set, patches: &[Node], allowed: Allowed, schemas: &Schemas) -> Result<(), String> {
    for patch in patches {
        let id = Id::of(patch);
        let at = set
            .by_id(&id)
            .map_err(|error| format!("no resource matches strategic merge patch {}: {error}", quote(&id.to_string())))?;
        set.0[at].patch(patch, allowed, schemas)?;
    }
    Ok(())
}

/// The parts of objects that entries of `patchesStrategicMerge` are, or name files of.
///
/// # Errors
/// Files that cannot be read or hold no objects.
pub(super) fn strategic(loader: &Loader<'_>, entries: &[Value<'_>]) -> Result<Vec<Node>, String> {
    let mut found = Vec::new();
    let texts: Vec<&str> = entries.iter().filter_map(Value::as_str).collect();
    for entry in &texts {
        match read::objects(entry) {
            Ok(objects) => found.extend(objects),
            Err(_) => {
                let text = loader.text(entry).map_err(Failure::text)?;
                found.extend(read::objects(&text).map_err(|error| read::in_file(&error, entry))?);
            }
        }
    }
    if found.is_empty() {
        return Err(format!("patch appears to be empty; files=[{}], Patch=", texts.join(" ")));
    }
    Ok(found)
}

/// An entry of `patchesJson6902`, read.
#[derive(Debug)]
pub(super) struct Json6902 {
    target: Id,
    operations: OwnedValue,
}

impl Json6902 {
    /// Reads an entry of `patchesJson6902`.
    ///
    /// # Errors
    /// One that cannot be read, is no patch, or names no object.
    pub(super) fn read(loader: &Loader<'_>, entry: &OwnedValue) -> Result<Json6902, String> {
        let said = |field: &str| entry.str_at(&["target", field]).to_owned();
        let (text, path) = (entry.str_at(&["patch"]), entry.str_at(&["path"]));
        if said("name").is_empty() {
            return Err("must specify the target name".to_owned());
        }
        let text = match (path, text) {
            ("", "") => return Err("empty file path and empty jsonOp".to_owned()),
            ("", text) => text.to_owned(),
            (path, "") => loader.text(path).map_err(Failure::text)?,
            _ => return Err("must specify a file path or jsonOp, not both".to_owned()),
        };
        if text.is_empty() {
            return Err(format!("patch file '{path}' empty seems to be empty"));
        }
        let operations = operations(&text).map_err(|error| format!("decoding {text}: {error}"))?;
        if operations.as_array().is_none_or(<[_]>::is_empty) {
            return Err(format!("patch appears to be empty; file={path}, JsonOp={text}"));
        }
        Ok(Json6902 {
            target: Id {
                gvk: Gvk {
                    group: said("group"),
                    version: said("version"),
                    kind: said("kind"),
                },
                name: said("name"),
                namespace: said("namespace"),
            },
            operations,
        })
    }

    /// Applies it.
    ///
    /// # Errors
    /// A patch that fits nothing, or does not fit.
    pub(super) fn apply(&self, set: &mut Set) -> Result<(), String> {
        let at = set.by_id(&self.target)?;
        operate(set, at, &self.operations)
    }
}

/// A list of operations, in YAML or JSON.
fn operations(text: &str) -> Result<OwnedValue, String> {
    if text.is_empty() {
        return Err("empty json patch operations".to_owned());
    }
    let value = match text.starts_with('[') {
        true => api::json::parse(text.as_bytes()).map_err(|error| error.message)?.into_owned(),
        false => yaml::parse(text.as_bytes()).map_err(|error| error.message)?.into_owned(),
    };
    if value.is_null() {
        return Ok(Value::Array(Vec::new()));
    }
    json::operations(value.clone()).map_err(|error| error.message)?;
    Ok(value)
}

fn operate(set: &mut Set, at: usize, operations: &OwnedValue) -> Result<(), String> {
    let Some(resource) = set.0.get_mut(at) else { return Ok(()) };
    resource.remember();
    let changed = json::apply(resource.node.value()?, operations.clone()).map_err(|error| error.message)?;
    resource.node = from_value(&changed);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kustomize::{node, resource::Resource};

    #[test]
    fn operations_of_text_that_is_none_fails() {
        assert!(operations("foo").is_err());
        assert!(operations("{a: b}").is_err());
        assert!(operations("- {op: add, path: /a, value: 1}").is_ok());
        assert!(operations("[{op: add, path: /a, value: 1}]").is_err());
    }

    #[test]
    fn merge_into_an_object_that_is_not_there_says_which() {
        let mut set = Set(vec![Resource::new(node::parse("{kind: A, metadata: {name: a}}").unwrap().unwrap())]);
        let patch = node::parse("{kind: A, metadata: {name: b}}").unwrap().unwrap();
        let error = merge(&mut set, &[patch], Allowed::default(), &Schemas::default()).unwrap_err();
        assert!(error.starts_with("no resource matches strategic merge patch \"A.[noVer].[noGrp]/b.[noNs]\": no matches for Id"));
    }
}
