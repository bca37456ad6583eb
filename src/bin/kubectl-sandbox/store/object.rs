//! One stored object.

use std::cell::OnceCell;

use bytes::Bytes;
use kubectl_rs::api::{OwnedValue, json};

/// An object as it is stored, with its JSON once somebody asked for it.
#[derive(Debug)]
pub struct Object {
    /// The object.
    pub value: OwnedValue,
    json: OnceCell<Bytes>,
}

impl Object {
    /// An object of `value`.
    pub fn new(value: OwnedValue) -> Self {
        Object {
            value,
            json: OnceCell::new(),
        }
    }

    /// Its JSON, kept for the next who asks: for what many watchers receive.
    pub fn shared_json(&self) -> &Bytes {
        self.json.get_or_init(|| {
            let mut out = Vec::new();
            json::to_compact(&mut out, &self.value);
            out.shrink_to_fit();
            Bytes::from(out)
        })
    }

    /// The object's name.
    pub fn name(&self) -> &str {
        self.value.str_at(&["metadata", "name"])
    }

    /// The object's namespace; empty where it has none.
    pub fn namespace(&self) -> &str {
        self.value.str_at(&["metadata", "namespace"])
    }

    /// The object's unique identifier.
    pub fn uid(&self) -> &str {
        self.value.str_at(&["metadata", "uid"])
    }
}
