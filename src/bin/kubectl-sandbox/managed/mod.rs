//! Who manages which fields (`k8s.io/apimachinery/pkg/util/managedfields`).
//!
//! Every write notes in `metadata.managedFields` what it changed, and takes that from whoever had it. What a manager
//! applied is its own until it applies without it.

mod compare;
mod merge;
mod set;

#[cfg(test)]
mod tests;

pub use set::FieldSet;

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, StatusCause, Value, quote};

use crate::{
    failure::{self, Failure},
    meta,
    registry::Resource,
    schema::{Node, Shape},
};

/// How many managers that update are told apart; the changes of older ones are thrown together.
const MOST_UPDATERS: usize = 10;

/// The fields of metadata that are the server's own.
const SERVERS_OWN: [&str; 10] = [
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
    "",
];

/// Who writes, and through what.
#[derive(Debug, Clone)]
pub struct Writer {
    /// The manager's name.
    pub manager: String,
    /// The version in which the fields are named.
    pub api_version: String,
    /// The subresource that is written through; empty for the object itself.
    pub subresource: String,
    /// When.
    pub at: Timestamp,
}

impl Writer {
    /// The writer of a request.
    pub fn of(resource: &Resource, manager: &str, subresource: &str, at: Timestamp) -> Self {
        Writer {
            manager: manager.to_owned(),
            api_version: resource.api_version(),
            subresource: subresource.to_owned(),
            at,
        }
    }
}

/// What one manager manages.
#[derive(Debug, Clone, PartialEq)]
struct Entry {
    manager: String,
    applies: bool,
    api_version: String,
    time: String,
    subresource: String,
    set: FieldSet,
}

impl Entry {
    fn is_of(&self, writer: &Writer, applies: bool) -> bool {
        self.manager == writer.manager
            && self.applies == applies
            && self.subresource == writer.subresource
            // An applier is the same in all versions.
            && (applies || self.api_version == writer.api_version)
    }

    /// The manager as messages name it.
    fn shown(&self) -> String {
        let mut text = quote(&self.manager);
        if !self.subresource.is_empty() {
            text = format!("{text} with subresource {}", quote(&self.subresource));
        }
        if self.applies {
            text
        } else {
            format!("{text} using {}", self.api_version)
        }
    }
}

fn entries(value: &OwnedValue) -> Vec<Entry> {
    value
        .items_at(&["metadata", "managedFields"])
        .iter()
        .filter(|entry| entry.get("fieldsV1").is_some())
        .map(|entry| {
            let text = |key: &str| entry.str_at(&[key]).to_owned();
            Entry {
                manager: text("manager"),
                applies: entry.str_at(&["operation"]) == "Apply",
                api_version: text("apiVersion"),
                time: text("time"),
                subresource: text("subresource"),
                set: entry.get("fieldsV1").map(FieldSet::from_value).unwrap_or_default(),
            }
        })
        .collect()
}

fn store(value: &mut OwnedValue, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.set.is_empty());
    merge_ancient(&mut entries);
    // Appliers first, then by time and name, as the server sorts them.
    entries.sort_by(|a, b| {
        (!a.applies, &a.time, &a.manager, &a.api_version, &a.subresource).cmp(&(
            !b.applies,
            &b.time,
            &b.manager,
            &b.api_version,
            &b.subresource,
        ))
    });
    let metadata = value.object_at(&["metadata"]);
    if entries.is_empty() {
        metadata.remove("managedFields");
        return;
    }
    let list: Vec<OwnedValue> = entries
        .into_iter()
        .map(|entry| {
            let mut map = Map::new();
            map.insert("manager", entry.manager);
            map.insert("operation", if entry.applies { "Apply" } else { "Update" });
            map.insert("apiVersion", entry.api_version);
            map.insert("time", entry.time);
            map.insert("fieldsType", "FieldsV1");
            map.insert("fieldsV1", entry.set.to_value());
            if !entry.subresource.is_empty() {
                map.insert("subresource", entry.subresource);
            }
            Value::Object(map)
        })
        .collect();
    metadata.insert("managedFields", list);
}

/// Throws the oldest updaters together where there are too many.
fn merge_ancient(entries: &mut Vec<Entry>) {
    let mut updaters: Vec<usize> = (0..entries.len()).filter(|at| !entries[*at].applies).collect();
    if updaters.len() <= MOST_UPDATERS {
        return;
    }
    updaters.sort_by(|a, b| entries[*a].time.cmp(&entries[*b].time));
    let surplus = updaters.len() - MOST_UPDATERS + 1;
    let mut ancient = Entry {
        manager: "ancient-changes".to_owned(),
        applies: false,
        api_version: entries[updaters[0]].api_version.clone(),
        time: entries[updaters[surplus - 1]].time.clone(),
        subresource: String::new(),
        set: FieldSet::default(),
    };
    let mut gone: Vec<usize> = updaters[..surplus].to_vec();
    gone.sort_unstable();
    for at in gone.into_iter().rev() {
        ancient.set.add(&entries.remove(at).set);
    }
    entries.push(ancient);
}

/// The managers that a change starts from: those in the new object, or else those in the old.
fn managers_of(old: Option<&OwnedValue>, new: &OwnedValue) -> Vec<Entry> {
    let given = entries(new);
    let reset = new
        .items_at(&["metadata", "managedFields"])
        .first()
        .is_some_and(|entry| entry.as_object().is_some_and(Map::is_empty));
    match old {
        Some(old) if given.is_empty() && !reset => entries(old),
        _ => given,
    }
}

/// An object without the fields that nobody manages.
fn stripped(value: &OwnedValue) -> OwnedValue {
    let mut value = value.clone();
    if let Some(map) = value.as_object_mut() {
        map.remove("apiVersion");
        map.remove("kind");
        if let Some(Value::Object(metadata)) = map.get_mut("metadata") {
            metadata.retain(|key, _| !SERVERS_OWN.contains(&key));
        }
    }
    value
}

fn shape(resource: &Resource) -> Shape {
    resource.shape().unwrap_or(Shape::Json)
}

/// Notes in `value` what the writer changed from `old`, or of a new object what it has.
pub fn update(resource: &Resource, old: Option<&OwnedValue>, value: &mut OwnedValue, writer: &Writer) {
    let shape = shape(resource);
    let node = Node::root(&shape);
    let mut managers = managers_of(old, value);
    let before = old.map(stripped).unwrap_or_else(|| Value::Object(Map::new()));
    let mut after = stripped(value);
    if old.is_none()
        && resource.subresource("status").is_some()
        && let Some(map) = after.as_object_mut()
    {
        map.remove("status");
    }
    let comparison = compare::compare(node, &before, &after);
    let mut changed = comparison.modified.clone();
    changed.add(&comparison.added);
    for entry in managers.iter_mut().filter(|entry| !entry.is_of(writer, false)) {
        entry.set.subtract(&changed);
        entry.set.subtract(&comparison.removed);
    }
    let at = match managers.iter().position(|entry| entry.is_of(writer, false)) {
        Some(at) => at,
        None => {
            managers.push(Entry {
                manager: writer.manager.clone(),
                applies: false,
                api_version: writer.api_version.clone(),
                time: meta::format_time(writer.at),
                subresource: writer.subresource.clone(),
                set: FieldSet::default(),
            });
            managers.len() - 1
        }
    };
    let own = &mut managers[at];
    let kept = own.set.clone();
    own.set.subtract(&comparison.removed);
    own.set.add(&changed);
    own.set.member = false;
    if own.set != kept {
        own.time = meta::format_time(writer.at);
    }
    store(value, managers);
}

/// Whether a write changed nothing but the times at which managers wrote.
pub fn same_but_for_times(old: &OwnedValue, new: &OwnedValue) -> bool {
    let without = |value: &OwnedValue| {
        let mut value = value.clone();
        if let Some(entries) = value.at_mut(&["metadata", "managedFields"]).and_then(Value::as_array_mut) {
            for entry in entries {
                if let Some(map) = entry.as_object_mut() {
                    map.remove("time");
                }
            }
        }
        value
    };
    old == new || without(old) == without(new)
}

/// The object that applying `applied` over `live` makes, with its managers settled.
///
/// # Errors
/// 409 where others manage what would change, unless `force`.
pub fn apply(
    resource: &Resource,
    live: Option<&OwnedValue>,
    applied: &OwnedValue,
    writer: &Writer,
    force: bool,
) -> Result<OwnedValue, Failure> {
    let shape = shape(resource);
    let node = Node::root(&shape);
    let empty = Value::Object(Map::new());
    let live_or_empty = live.unwrap_or(&empty);
    let mut managers = live.map(entries).unwrap_or_default();
    if managers.is_empty()
        && let Some(live) = live
    {
        managers.push(before_first_apply(node, live, writer));
    }
    let applied = {
        let mut applied = applied.clone();
        if let Some(Value::Object(metadata)) = applied.at_mut(&["metadata"]) {
            metadata.remove("managedFields");
        }
        applied
    };
    let mut merged = merge::merge(Some(node), live_or_empty.clone(), &applied);
    let own = compare::fields_of(node, &stripped(&applied));
    let last = managers
        .iter()
        .find(|entry| entry.is_of(writer, true))
        .map(|entry| entry.set.clone());
    if let Some(last) = &last {
        let kept: Vec<&FieldSet> = managers
            .iter()
            .filter(|entry| !entry.is_of(writer, true))
            .map(|entry| &entry.set)
            .chain(std::iter::once(&own))
            .collect();
        merge::prune(Some(node), &mut merged, last, &kept);
    }
    let comparison = compare::compare(node, &stripped(live_or_empty), &stripped(&merged));
    let mut changed = comparison.modified;
    changed.add(&comparison.added);
    let mut conflicts = Vec::new();
    for entry in managers.iter_mut().filter(|entry| !entry.is_of(writer, true)) {
        let contested = entry.set.common(&changed);
        for path in contested.paths() {
            conflicts.push((entry.shown(), set::shown(&path)));
        }
        entry.set.subtract(&contested);
        entry.set.subtract(&comparison.removed);
    }
    if !conflicts.is_empty() && !force {
        return Err(conflict(&conflicts));
    }
    let unchanged = last.as_ref() == Some(&own);
    match managers.iter_mut().find(|entry| entry.is_of(writer, true)) {
        Some(entry) => {
            entry.set = own;
            entry.api_version.clone_from(&writer.api_version);
            if !unchanged || live != Some(&merged) {
                entry.time = meta::format_time(writer.at);
            }
        }
        None => managers.push(Entry {
            manager: writer.manager.clone(),
            applies: true,
            api_version: writer.api_version.clone(),
            time: meta::format_time(writer.at),
            subresource: writer.subresource.clone(),
            set: own,
        }),
    }
    store(&mut merged, managers);
    Ok(merged)
}

/// Of an object that nobody is known to manage, all fields belong to a manager of this name.
fn before_first_apply(node: Node<'_>, live: &OwnedValue, writer: &Writer) -> Entry {
    Entry {
        manager: "before-first-apply".to_owned(),
        applies: false,
        api_version: writer.api_version.clone(),
        time: meta::format_time(writer.at),
        subresource: String::new(),
        set: compare::fields_of(node, &stripped(live)),
    }
}

fn conflict(conflicts: &[(String, String)]) -> Failure {
    let causes: Vec<StatusCause> = conflicts
        .iter()
        .map(|(manager, path)| failure::cause("FieldManagerConflict", path.clone(), format!("conflict with {manager}")))
        .collect();
    let message = match conflicts {
        [(manager, path)] => format!("Apply failed with 1 conflict: conflict with {manager}: {path}"),
        several => {
            let mut managers: Vec<&String> = several.iter().map(|(manager, _)| manager).collect();
            managers.sort();
            managers.dedup();
            let mut lines = Vec::new();
            for manager in managers {
                lines.push(format!("conflicts with {manager}:"));
                lines.extend(
                    several
                        .iter()
                        .filter(|(other, _)| other == manager)
                        .map(|(_, path)| format!("- {path}")),
                );
            }
            format!("Apply failed with {} conflicts: {}", several.len(), lines.join("\n"))
        }
    };
    failure::apply_conflict(message, causes)
}
