//! The one value that every room passes on: an object as the server or a file gave it, nothing dropped.
//!
//! A [`Value`] borrows its strings from the bytes that it was read from wherever these hold no escapes, so a list is
//! read, printed and forgotten item by item without copying it.

use std::borrow::Cow;

/// A JSON value with Kubernetes' idea of numbers: whole numbers that fit are 64-bit integers, all others floats.
#[derive(Debug, Clone, Default)]
pub enum Value<'a> {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number written without fraction or exponent that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Cow<'a, str>),
    /// A list.
    Array(Vec<Value<'a>>),
    /// Named fields.
    Object(Map<'a>),
}

/// A value that owns all its text.
pub type OwnedValue = Value<'static>;

impl<'a> Value<'a> {
    /// The field `key`, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.as_object()?.get(key)
    }

    /// The value at the end of `path`, one field name a step.
    pub fn at(&self, path: &[&str]) -> Option<&Value<'a>> {
        path.iter().try_fold(self, |value, key| value.get(key))
    }

    /// As [`Value::at`], for a change in place.
    pub fn at_mut(&mut self, path: &[&str]) -> Option<&mut Value<'a>> {
        path.iter().try_fold(self, |value, key| value.as_object_mut()?.get_mut(key))
    }

    /// The text at the end of `path`; the empty string where there is none, as Go's zero value reads.
    pub fn str_at(&self, path: &[&str]) -> &str {
        self.at(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// The whole number at the end of `path`. A float without fraction counts, as for Go's decoder.
    pub fn int_at(&self, path: &[&str]) -> Option<i64> {
        self.at(path).and_then(Value::as_int)
    }

    /// The elements of the list at the end of `path`; none where there is no list.
    pub fn items_at(&self, path: &[&str]) -> &[Value<'a>] {
        self.at(path).and_then(Value::as_array).unwrap_or_default()
    }

    /// The object at the end of `path`, made of empty objects where steps are missing or of another type.
    pub fn object_at(&mut self, path: &[&str]) -> &mut Map<'a> {
        let mut here = self;
        for key in path {
            here = here.make_object().entry(Cow::Owned((*key).to_owned()));
        }
        here.make_object()
    }

    /// Sets the value at the end of `path` (at least one step), making the objects on the way.
    pub fn set(&mut self, path: &[&str], value: impl Into<Value<'a>>) {
        if let Some((last, parents)) = path.split_last() {
            self.object_at(parents).insert((*last).to_owned(), value.into());
        }
    }

    fn make_object(&mut self) -> &mut Map<'a> {
        if !matches!(self, Value::Object(_)) {
            *self = Value::Object(Map::new());
        }
        match self {
            Value::Object(map) => map,
            _ => unreachable!("just made an object"),
        }
    }

    /// The text, if this is text.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The truth, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// The whole number, also from a float without fraction.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            // The bounds are exact in f64: -2^63 is a whole number's least, 2^63 is one too many.
            Value::Float(number) if number.fract() == 0.0 && (-9.223372036854776e18..9.223372036854776e18).contains(number) => {
                Some(*number as i64)
            }
            _ => None,
        }
    }

    /// The number as a float.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements, if this is a list.
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The elements for a change in place.
    pub fn as_array_mut(&mut self) -> Option<&mut Vec<Value<'a>>> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The fields, if this is an object.
    pub fn as_object(&self) -> Option<&Map<'a>> {
        match self {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }

    /// The fields for a change in place.
    pub fn as_object_mut(&mut self) -> Option<&mut Map<'a>> {
        match self {
            Value::Object(map) => Some(map),
            _ => None,
        }
    }

    /// What Go's JSON decoder calls a value of this sort, as in `cannot unmarshal number into ...`.
    pub fn json_type(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        }
    }

    /// Whether this is `null`.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The same value, owning all its text.
    pub fn into_owned(self) -> OwnedValue {
        match self {
            Value::Null => Value::Null,
            Value::Bool(truth) => Value::Bool(truth),
            Value::Int(number) => Value::Int(number),
            Value::Float(number) => Value::Float(number),
            Value::String(text) => Value::String(Cow::Owned(text.into_owned())),
            Value::Array(items) => Value::Array(items.into_iter().map(Value::into_owned).collect()),
            Value::Object(map) => Value::Object(map.into_owned()),
        }
    }

    /// Puts the fields of every object in it into alphabetical order, for what was built in a struct's order.
    pub fn sort_keys(&mut self) {
        match self {
            Value::Array(items) => items.iter_mut().for_each(Value::sort_keys),
            Value::Object(map) => map.sort_keys(),
            _ => {}
        }
    }
}

/// Equal as JSON values: the order of an object's fields does not count, and a whole number equals only a whole number.
impl PartialEq for Value<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::Array(a), Value::Array(b)) => a == b,
            (Value::Object(a), Value::Object(b)) => a == b,
            _ => false,
        }
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Value::Bool(truth)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Value::Float(number)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::String(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::String(Cow::Owned(text))
    }
}

impl<'a> From<Vec<Value<'a>>> for Value<'a> {
    fn from(items: Vec<Value<'a>>) -> Self {
        Value::Array(items)
    }
}

impl<'a> From<Map<'a>> for Value<'a> {
    fn from(map: Map<'a>) -> Self {
        Value::Object(map)
    }
}

/// The fields of an object.
///
/// Go prints a map's keys in byte order and a struct's in the order of its declaration. A map from [`Map::new`] or from
/// a reader is of the first kind and keeps itself sorted; one from [`Map::in_order`] is of the second and keeps the
/// order in which fields were inserted. Looking up a field takes a binary search in the first kind, a walk in the second.
#[derive(Debug, Clone)]
pub struct Map<'a> {
    entries: Vec<(Cow<'a, str>, Value<'a>)>,
    sorted: bool,
}

impl Default for Map<'_> {
    fn default() -> Self {
        Map::new()
    }
}

impl<'a> Map<'a> {
    /// An empty map that keeps its keys sorted.
    pub const fn new() -> Self {
        Map {
            entries: Vec::new(),
            sorted: true,
        }
    }

    /// An empty map that keeps its keys as they come, as a Go struct's fields.
    pub const fn in_order() -> Self {
        Map {
            entries: Vec::new(),
            sorted: false,
        }
    }

    /// A sorted map of `entries` in any order; of equal keys the last one counts, as for Go's decoder.
    pub fn from_entries(mut entries: Vec<(Cow<'a, str>, Value<'a>)>) -> Self {
        if !entries.is_sorted_by(|a, b| a.0 < b.0) {
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.dedup_by(|later, earlier| {
                let same = later.0 == earlier.0;
                if same {
                    std::mem::swap(later, earlier);
                }
                same
            });
        }
        Map { entries, sorted: true }
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        if self.sorted {
            self.entries.binary_search_by(|(have, _)| have.as_ref().cmp(key))
        } else {
            self.entries.iter().position(|(have, _)| have == key).ok_or(self.entries.len())
        }
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        self.find(key).ok().map(|at| &self.entries[at].1)
    }

    /// The value of `key`, for a change in place.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        match self.find(key) {
            Ok(at) => Some(&mut self.entries[at].1),
            Err(_) => None,
        }
    }

    /// Whether there is a field `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_ok()
    }

    /// Sets `key`, and returns what it held before.
    pub fn insert(&mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Value<'a>>) -> Option<Value<'a>> {
        let (key, value) = (key.into(), value.into());
        match self.find(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.entries[at].1, value)),
            Err(at) => {
                self.entries.insert(at, (key, value));
                None
            }
        }
    }

    /// The value of `key`, made `null` first where there is none.
    pub fn entry(&mut self, key: impl Into<Cow<'a, str>>) -> &mut Value<'a> {
        let key = key.into();
        let at = match self.find(&key) {
            Ok(at) => at,
            Err(at) => {
                self.entries.insert(at, (key, Value::Null));
                at
            }
        };
        &mut self.entries[at].1
    }

    /// Takes `key` out.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        self.find(key).ok().map(|at| self.entries.remove(at).1)
    }

    /// Keeps only the fields that `keep` wants.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &mut Value<'a>) -> bool) {
        self.entries.retain_mut(|(key, value)| keep(key, value));
    }

    /// The fields, in the order in which they are printed.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Value<'a>)> + ExactSizeIterator {
        self.entries.iter().map(|(key, value)| (key.as_ref(), value))
    }

    /// As [`Map::iter`], for a change in place.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value<'a>)> {
        self.entries.iter_mut().map(|(key, value)| {
            let key: &Cow<'a, str> = key;
            (key.as_ref(), value)
        })
    }

    /// The names of the fields.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(key, _)| key.as_ref())
    }

    /// The same fields, owning all their text.
    pub fn into_owned(self) -> Map<'static> {
        let entries = self
            .entries
            .into_iter()
            .map(|(key, value)| (Cow::Owned(key.into_owned()), value.into_owned()))
            .collect();
        Map {
            entries,
            sorted: self.sorted,
        }
    }

    /// Puts the fields, and those of every object in them, into alphabetical order.
    pub fn sort_keys(&mut self) {
        if !self.sorted {
            self.entries.sort_by(|a, b| a.0.cmp(&b.0));
            self.sorted = true;
        }
        self.entries.iter_mut().for_each(|(_, value)| value.sort_keys());
    }
}

impl PartialEq for Map<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, value)| other.get(key) == Some(value))
    }
}

impl<'a, K: Into<Cow<'a, str>>, V: Into<Value<'a>>> FromIterator<(K, V)> for Map<'a> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Map::from_entries(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl<'a> IntoIterator for Map<'a> {
    type Item = (Cow<'a, str>, Value<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn map_from_entries_with_a_repeated_key_keeps_the_last_value() {
        let map = Map::from_entries(vec![
            ("b".into(), Value::Int(1)),
            ("a".into(), Value::Int(2)),
            ("b".into(), Value::Int(3)),
        ]);
        assert_eq!(
            map.iter().map(|(key, value)| (key, value.as_int())).collect::<Vec<_>>(),
            [("a", Some(2)), ("b", Some(3))]
        );
    }

    #[test]
    fn map_in_order_keeps_the_order_of_insertion_until_sorted() {
        let mut map = Map::in_order();
        map.insert("kind", "Pod");
        map.insert("apiVersion", "v1");
        assert_eq!(map.keys().collect::<Vec<_>>(), ["kind", "apiVersion"]);
        map.sort_keys();
        assert_eq!(map.keys().collect::<Vec<_>>(), ["apiVersion", "kind"]);
        assert_eq!(map.get("kind"), Some(&Value::from("Pod")));
    }

    #[test]
    fn set_through_a_missing_path_makes_the_objects_on_the_way() {
        let mut value = Value::Null;
        value.set(&["metadata", "labels", "app"], "till");
        assert_eq!(value.str_at(&["metadata", "labels", "app"]), "till");
    }

    #[test]
    fn as_int_takes_floats_only_where_they_are_whole_and_fit() {
        assert_eq!(Value::Float(3.0).as_int(), Some(3));
        assert_eq!(Value::Float(3.5).as_int(), None);
        assert_eq!(Value::Float(9.3e18).as_int(), None);
    }
}
