//! What a strategic merge patch asks of an object's type.

use std::borrow::Cow;

/// How a field is merged (`x-kubernetes-patch-strategy` and `x-kubernetes-patch-merge-key`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strategy {
    /// A list's elements are merged with those that are there, rather than put in their place.
    pub merge: bool,
    /// The field by which elements are told apart; empty for plain values, which are told apart by themselves.
    pub merge_key: Cow<'static, str>,
    /// A map is put in the place of the one that is there, rather than merged with it.
    pub replace: bool,
    /// The patch may say which of a map's fields stay (`$retainKeys`).
    pub retain_keys: bool,
}

/// A place in an object's type. Implementations are cheap to clone.
pub trait Schema: Clone {
    /// The place of the field `name` of the object that is here, or of the value of `name` in the map that is here;
    /// none where nothing is known of it.
    fn field(&self, name: &str) -> Option<Self>;

    /// The place of an element of the list that is here; none where nothing is known of it.
    fn element(&self) -> Option<Self>;

    /// How what is here is merged.
    fn strategy(&self) -> Strategy;
}

/// The type of which nothing is known: objects are merged, lists replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSchema {}

impl Schema for NoSchema {
    fn field(&self, _: &str) -> Option<Self> {
        None
    }

    fn element(&self) -> Option<Self> {
        None
    }

    fn strategy(&self) -> Strategy {
        Strategy::default()
    }
}
