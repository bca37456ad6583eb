//! How the server merges kinds that are not built into kubectl: it says so in its OpenAPI v3 documents (kubectl's
//! `Patcher.gvkSupportsPatchOpenAPIV3` and `strategicpatch.PatchMetaFromOpenAPIV3`).

use std::{cell::RefCell, collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use tokio::sync::Mutex;

use crate::{
    actions::write::STRATEGIC_PATCH,
    api::{Value, object},
    openapi::{Document, Index, Source, path_of},
    patch::{Schema, Strategy},
};

/// The documents of a server, each asked for when it is first needed.
#[derive(Debug, Clone, Default)]
pub struct Served {
    /// Where they come from; none where what the server says does not count.
    source: Option<Source>,
    known: Arc<Mutex<Known>>,
}

/// What has been asked for so far; what could not be had is not asked for again.
#[derive(Debug, Default)]
struct Known {
    index: Option<Option<Index>>,
    documents: BTreeMap<String, Option<Bytes>>,
}

impl Served {
    /// The documents of this source.
    pub fn new(source: Source) -> Served {
        Served {
            source: Some(source),
            known: Arc::default(),
        }
    }

    /// Whether what the server says counts.
    pub fn counts(&self) -> bool {
        self.source.is_some()
    }

    /// The document of a version of a group; nothing where the server has none, or cannot be asked.
    pub async fn document(&self, group: &str, version: &str) -> Option<Bytes> {
        let source = self.source.as_ref()?;
        let path = path_of(group, version);
        let mut known = self.known.lock().await;
        if let Some(document) = known.documents.get(&path) {
            return document.clone();
        }
        if known.index.is_none() {
            known.index = Some(source.index().await.ok());
        }
        let url = known
            .index
            .as_ref()
            .and_then(Option::as_ref)
            .and_then(|index| index.url(&path))
            .map(str::to_owned);
        let document = match url {
            Some(url) => source.document(&url).await.ok(),
            None => None,
        };
        known.documents.insert(path, document.clone());
        document
    }
}

/// A place in an object of a kind that a document describes.
#[derive(Debug, Clone)]
pub struct Place<'p, 'd> {
    document: &'p Document<'d>,
    /// What is here; nothing where nothing is said of it.
    schema: Option<&'p Value<'d>>,
    strategy: Strategy,
    /// The first field that was looked for in vain.
    missing: &'p RefCell<Option<String>>,
}

impl<'p, 'd> Place<'p, 'd> {
    /// The type of an object, if the server merges objects of that type by strategic patches. `missing` takes the name of
    /// the first field that the document does not have: what has been found out by then is of no use.
    pub fn of(object: &Value<'_>, document: &'p Document<'d>, missing: &'p RefCell<Option<String>>) -> Option<Place<'p, 'd>> {
        let (group, version) = object::group_version(object);
        let kind = Value::Object(
            [("group", group), ("version", version), ("kind", object::kind(object))]
                .into_iter()
                .map(|(key, value)| (key, Value::from(value.to_owned())))
                .collect(),
        );
        if !document.takes_patches(&kind, STRATEGIC_PATCH) {
            return None;
        }
        Some(Place {
            document,
            schema: Some(document.schema_of(&kind)?),
            strategy: Strategy::default(),
            missing,
        })
    }

    /// What a schema leads to: the first of those that it is made of, and what that refers to.
    fn resolved(&self, schema: &'p Value<'d>) -> Option<&'p Value<'d>> {
        let schema = schema.items_at(&["allOf"]).first().unwrap_or(schema);
        match schema.str_at(&["$ref"]) {
            "" => Some(schema),
            reference => self.document.referred(reference),
        }
    }
}

impl Schema for Place<'_, '_> {
    fn field(&self, name: &str) -> Option<Self> {
        let schema = self.schema?;
        let Some(field) = schema.get("properties").and_then(|fields| fields.get(name)) else {
            // Directives are no fields.
            if !name.starts_with('$') {
                self.missing.borrow_mut().get_or_insert_with(|| name.to_owned());
            }
            return None;
        };
        let strategies = field.str_at(&["x-kubernetes-patch-strategy"]);
        let has = |strategy: &str| strategies.split(',').any(|one| one == strategy);
        Some(Place {
            schema: self.resolved(field),
            strategy: Strategy {
                merge: has("merge"),
                merge_key: field.str_at(&["x-kubernetes-patch-merge-key"]).to_owned().into(),
                replace: has("replace"),
                retain_keys: has("retainKeys"),
            },
            ..self.clone()
        })
    }

    fn element(&self) -> Option<Self> {
        let items = self.schema?.get("items")?;
        Some(Place {
            schema: self.resolved(items),
            strategy: Strategy::default(),
            ..self.clone()
        })
    }

    fn strategy(&self) -> Strategy {
        self.strategy.clone()
    }
}
