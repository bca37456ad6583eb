//! The one document of OpenAPI v2, as kubectl reads it (`k8s.io/kube-openapi/pkg/util/proto`): every schema is of one of
//! six shapes, and what a schema says besides is not looked at.

use std::{borrow::Cow, cell::OnceCell, collections::BTreeMap};

use memchr::memmem;

use super::{KIND_EXTENSION, kind_of, proto};
use crate::api::{
    Value,
    json::read::{Parser, SyntaxError},
};

/// How a reference begins.
const DEFINITIONS: &str = "#/definitions/";

/// A document of some megabytes, of which only what is asked for becomes values.
#[derive(Debug)]
pub struct Document<'d> {
    form: Form,
    definitions: BTreeMap<Cow<'d, str>, Lazy<'d>>,
}

/// In which form a document came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Proto,
}

#[derive(Debug)]
struct Lazy<'d> {
    bytes: &'d [u8],
    value: OnceCell<Value<'d>>,
}

/// What a schema describes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape<'v> {
    /// What another schema describes.
    Reference(&'v str),
    /// An object with known fields.
    Kind,
    /// An object whose fields all have one schema; none where that may be anything.
    Map(Option<&'v Value<'v>>),
    /// A list whose elements have this schema.
    Array(&'v Value<'v>),
    /// A value of this type: `string`, `integer`, `number`, `boolean`.
    Primitive(&'v str),
    /// Anything.
    Arbitrary,
}

impl<'d> Document<'d> {
    /// Finds the schemas in the bytes of a document, which is in JSON if it begins like that, else in protobuf.
    ///
    /// # Errors
    /// Where JSON is broken.
    pub fn parse(bytes: &'d [u8]) -> Result<Document<'d>, SyntaxError> {
        let lazy = |bytes| Lazy {
            bytes,
            value: OnceCell::new(),
        };
        if !bytes.trim_ascii_start().starts_with(b"{") {
            let definitions = proto::definitions(bytes).map(|(name, bytes)| (Cow::Borrowed(name), lazy(bytes)));
            return Ok(Document {
                form: Form::Proto,
                definitions: definitions.collect(),
            });
        }
        let mut definitions = BTreeMap::new();
        let mut parser = Parser::new(bytes);
        let mut fields = parser.object()?;
        while let Some(key) = fields.next_key(&mut parser)? {
            if key != "definitions" || parser.peek() != Some(b'{') {
                parser.skip()?;
                continue;
            }
            let mut names = parser.object()?;
            while let Some(name) = names.next_key(&mut parser)? {
                definitions.insert(name, lazy(parser.skip()?));
            }
        }
        Ok(Document {
            form: Form::Json,
            definitions,
        })
    }

    fn get<'s>(&self, lazy: &'s Lazy<'d>) -> &'s Value<'d> {
        lazy.value.get_or_init(|| match self.form {
            Form::Json => Parser::new(lazy.bytes).value().unwrap_or_default(),
            Form::Proto => proto::schema(lazy.bytes),
        })
    }

    /// The schema of a kind. Of several the last one counts, by name.
    pub fn schema_of(&self, group: &str, version: &str, kind: &str) -> Option<&Value<'d>> {
        let extension = memmem::Finder::new(KIND_EXTENSION);
        let named = memmem::Finder::new(kind);
        let wanted = (group, version, kind);
        self.definitions
            .values()
            .rev()
            .filter(|lazy| extension.find(lazy.bytes).is_some() && named.find(lazy.bytes).is_some())
            .map(|lazy| self.get(lazy))
            .find(|schema| schema.items_at(&[KIND_EXTENSION]).iter().any(|entry| kind_of(entry) == wanted))
    }

    /// The schema that a reference (`#/definitions/io.k8s.api.core.v1.Pod`) leads to.
    pub fn referred(&self, reference: &str) -> Option<&Value<'d>> {
        let name = reference.strip_prefix(DEFINITIONS)?;
        Some(self.get(self.definitions.get(name)?))
    }
}

/// The shape of a schema.
pub fn shape<'v>(schema: &'v Value<'v>) -> Shape<'v> {
    let reference = schema.str_at(&["$ref"]);
    if !reference.is_empty() {
        return Shape::Reference(reference);
    }
    let has_fields = schema.get("properties").is_some_and(|fields| !fields.is_null());
    match (schema.str_at(&["type"]), schema.get("items")) {
        ("" | "object", _) if has_fields => Shape::Kind,
        ("", _) => Shape::Arbitrary,
        ("object", _) => Shape::Map(schema.get("additionalProperties").filter(|inner| inner.as_object().is_some())),
        ("array", Some(items)) => Shape::Array(items),
        // kubectl would refuse the whole document; of this schema nothing is known.
        ("array", None) => Shape::Arbitrary,
        (primitive, _) => Shape::Primitive(primitive),
    }
}
