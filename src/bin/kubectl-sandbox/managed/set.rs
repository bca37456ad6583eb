//! Sets of fields, as `metadata.managedFields` writes them (`FieldsV1`).

use std::collections::BTreeMap;

use kubectl_rs::api::{Map, OwnedValue, Value, json, quote};

/// One step from a value into it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The field or map entry of this name.
    Field(String),
    /// The element whose key fields are these (JSON with sorted names).
    Key(String),
    /// The element that is this value (JSON).
    Element(String),
    /// The element at this position.
    Index(usize),
}

/// A set of paths: a tree whose marked nodes belong to the set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// Whether the path to here belongs to the set.
    pub member: bool,
    /// What lies below.
    pub children: BTreeMap<Step, FieldSet>,
}

impl FieldSet {
    /// Whether nothing belongs to it.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.values().all(FieldSet::is_empty)
    }

    /// Puts a path in.
    pub fn insert(&mut self, path: &[Step]) {
        match path.split_first() {
            None => self.member = true,
            Some((first, rest)) => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Puts all paths of `other` in.
    pub fn add(&mut self, other: &FieldSet) {
        self.member |= other.member;
        for (step, child) in &other.children {
            self.children.entry(step.clone()).or_default().add(child);
        }
    }

    /// Takes the paths of `other` out.
    pub fn subtract(&mut self, other: &FieldSet) {
        self.member &= !other.member;
        for (step, gone) in &other.children {
            if let Some(child) = self.children.get_mut(step) {
                child.subtract(gone);
                if child.is_empty() {
                    self.children.remove(step);
                }
            }
        }
    }

    /// The paths that belong to both.
    pub fn common(&self, other: &FieldSet) -> FieldSet {
        let mut both = FieldSet {
            member: self.member && other.member,
            children: BTreeMap::new(),
        };
        for (step, child) in &self.children {
            if let Some(theirs) = other.children.get(step) {
                let common = child.common(theirs);
                if !common.is_empty() {
                    both.children.insert(step.clone(), common);
                }
            }
        }
        both
    }

    /// All paths that belong to it.
    pub fn paths(&self) -> Vec<Vec<Step>> {
        let mut paths = Vec::new();
        self.collect(&mut Vec::new(), &mut paths);
        paths
    }

    fn collect(&self, here: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
        if self.member {
            paths.push(here.clone());
        }
        for (step, child) in &self.children {
            here.push(step.clone());
            child.collect(here, paths);
            here.pop();
        }
    }

    /// The set as `fieldsV1`.
    pub fn to_value(&self) -> OwnedValue {
        let mut map = Map::new();
        if self.member && !self.children.is_empty() {
            map.insert(".", Map::new());
        }
        for (step, child) in &self.children {
            map.insert(step.to_text(), child.to_value());
        }
        Value::Object(map)
    }

    /// The set that `fieldsV1` is. What cannot be read is left out.
    pub fn from_value(value: &OwnedValue) -> FieldSet {
        let mut set = FieldSet::inner(value);
        // The whole object is nobody's.
        set.member = value.get(".").is_some();
        set
    }

    fn inner(value: &OwnedValue) -> FieldSet {
        let mut set = FieldSet::default();
        let Some(map) = value.as_object() else {
            return set;
        };
        set.member = map.is_empty() || map.contains_key(".");
        for (text, child) in map.iter() {
            if let Some(step) = Step::from_text(text) {
                set.children.insert(step, FieldSet::inner(child));
            }
        }
        set
    }
}

impl Step {
    fn to_text(&self) -> String {
        match self {
            Step::Field(name) => format!("f:{name}"),
            Step::Key(json) => format!("k:{json}"),
            Step::Element(json) => format!("v:{json}"),
            Step::Index(at) => format!("i:{at}"),
        }
    }

    fn from_text(text: &str) -> Option<Step> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Step::Field(rest.to_owned())),
            // Both kinds of JSON are read and written again, so that equal steps are equal texts.
            "k" => canonical(rest).map(Step::Key),
            "v" => canonical(rest).map(Step::Element),
            "i" => rest.parse().ok().map(Step::Index),
            _ => None,
        }
    }

    /// The step of an element with these key fields.
    pub fn key(fields: &OwnedValue) -> Step {
        Step::Key(compact(fields))
    }

    /// The step of an element that is this value.
    pub fn element(value: &OwnedValue) -> Step {
        Step::Element(compact(value))
    }
}

fn canonical(text: &str) -> Option<String> {
    let value = json::parse(text.as_bytes()).ok()?.into_owned();
    Some(compact(&value))
}

fn compact(value: &OwnedValue) -> String {
    let mut out = Vec::new();
    json::to_compact(&mut out, value);
    String::from_utf8_lossy(&out).into_owned()
}

/// A path as messages show it: `.spec.containers[name="a"].image`.
pub fn shown(path: &[Step]) -> String {
    path.iter()
        .map(|step| match step {
            Step::Field(name) => format!(".{name}"),
            Step::Index(at) => format!("[{at}]"),
            Step::Element(text) => format!("[={text}]"),
            Step::Key(text) => {
                let fields = json::parse(text.as_bytes()).unwrap_or_default().into_owned();
                let pairs: Vec<String> = fields
                    .as_object()
                    .into_iter()
                    .flat_map(Map::iter)
                    .map(|(key, value)| match value {
                        Value::String(text) => format!("{key}={}", quote(text)),
                        other => format!("{key}={}", compact(&other.clone())),
                    })
                    .collect();
                format!("[{}]", pairs.join(","))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"f:metadata":{"f:finalizers":{"v:\"a\"":{}},"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:ports":{"k:{\"port\":80,\"protocol\":\"TCP\"}":{".":{},"f:name":{}}}}}"#;

    fn read(text: &str) -> FieldSet {
        FieldSet::from_value(&json::parse(text.as_bytes()).unwrap().into_owned())
    }

    #[test]
    fn from_value_and_back_is_the_same() {
        assert_eq!(compact(&read(TEXT).to_value()), TEXT);
        assert_eq!(read("{}"), FieldSet::default());
        assert!(read(r#"{"f:a":{"zz":{}}}"#).children[&Step::Field("a".to_owned())].is_empty());
    }

    #[test]
    fn shown_writes_paths_as_messages_do() {
        let shown: Vec<String> = read(TEXT).paths().iter().map(|path| shown(path)).collect();
        assert_eq!(
            shown,
            [
                ".metadata.finalizers[=\"a\"]",
                ".metadata.labels",
                ".metadata.labels.app",
                ".spec.ports[port=80,protocol=\"TCP\"]",
                ".spec.ports[port=80,protocol=\"TCP\"].name",
            ]
        );
    }

    #[test]
    fn sets_add_subtract_and_meet() {
        let (mut a, b) = (read(r#"{"f:a":{},"f:b":{"f:c":{}}}"#), read(r#"{"f:b":{"f:c":{},"f:d":{}}}"#));
        assert_eq!(compact(&a.common(&b).to_value()), r#"{"f:b":{"f:c":{}}}"#);
        let before = a.clone();
        a.add(&b);
        a.subtract(&b);
        assert_eq!(compact(&a.to_value()), r#"{"f:a":{}}"#);
        assert!(before != a);
    }
}
