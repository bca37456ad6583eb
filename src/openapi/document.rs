//! One document of OpenAPI v3.

use std::{borrow::Cow, cell::OnceCell, collections::BTreeMap};

use memchr::memmem;

use super::KIND_EXTENSION;
use crate::api::{
    Value,
    json::read::{Parser, SyntaxError},
};

/// How a reference to a schema of the same document begins.
const SCHEMAS: &str = "#/components/schemas/";

/// The operations that are looked at for the kind of a resource, in this order.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// A document of some megabytes, of which only what is asked for becomes values.
#[derive(Debug)]
pub struct Document<'d> {
    paths: &'d [u8],
    schemas: BTreeMap<Cow<'d, str>, Lazy<'d>>,
}

/// A schema that is read when it is first asked for.
#[derive(Debug)]
struct Lazy<'d> {
    bytes: &'d [u8],
    value: OnceCell<Value<'d>>,
}

impl<'d> Lazy<'d> {
    /// The schema; `null` where the bytes are no JSON.
    fn get(&self) -> &Value<'d> {
        self.value.get_or_init(|| Parser::new(self.bytes).value().unwrap_or_default())
    }
}

impl<'d> Document<'d> {
    /// Finds the schemas in the bytes of a document.
    ///
    /// # Errors
    /// Where it is no JSON object. What is wrong inside a schema shows when it is asked for: it is then `null`.
    pub fn parse(bytes: &'d [u8]) -> Result<Document<'d>, SyntaxError> {
        let mut document = Document {
            paths: b"{}",
            schemas: BTreeMap::new(),
        };
        each(&mut Parser::new(bytes), |parser, key| {
            match key.as_ref() {
                "paths" => document.paths = parser.skip()?,
                "components" => each(parser, |parser, key| {
                    if key != "schemas" {
                        return parser.skip().map(drop);
                    }
                    each(parser, |parser, name| {
                        let value = OnceCell::new();
                        document.schemas.insert(
                            name,
                            Lazy {
                                bytes: parser.skip()?,
                                value,
                            },
                        );
                        Ok(())
                    })
                })?,
                _ => {
                    parser.skip()?;
                }
            }
            Ok(())
        })?;
        Ok(document)
    }

    /// The schema that a reference (`#/components/schemas/io.k8s.api.core.v1.Pod`) leads to; none outside the schemas of
    /// this document.
    pub fn referred(&self, reference: &str) -> Option<&Value<'d>> {
        let mut steps = reference.strip_prefix(SCHEMAS)?.split('/').filter(|step| !step.is_empty());
        let schema = self.schemas.get(steps.next()?)?.get();
        let found = steps.try_fold(schema, |value, step| value.get(step))?;
        found.as_object().is_some().then_some(found)
    }

    /// The first schema, by name, that says that it is one of `kind`: a whole value of [`KIND_EXTENSION`].
    pub fn schema_of(&self, kind: &Value<'_>) -> Option<&Value<'d>> {
        // Most schemas are not even read: what names the kind has to stand in their bytes.
        let name = kind.str_at(&["kind"]);
        let (extension, name) = (memmem::Finder::new(KIND_EXTENSION), memmem::Finder::new(name));
        self.schemas
            .values()
            .filter(|schema| extension.find(schema.bytes).is_some() && name.find(schema.bytes).is_some())
            .map(Lazy::get)
            .find(|schema| schema.items_at(&[KIND_EXTENSION]).contains(kind))
    }

    /// Whether objects of `kind`, a whole value of [`KIND_EXTENSION`], can be patched by patches of this media type.
    pub fn takes_patches(&self, kind: &Value<'_>, media: &str) -> bool {
        // Where nothing takes such patches, the paths need not be read.
        if memmem::find(self.paths, media.as_bytes()).is_none() {
            return false;
        }
        let mut takes = None;
        let mut parser = Parser::new(self.paths);
        let read = each(&mut parser, |parser, _| {
            let operations = parser.value()?;
            if takes.is_none()
                && let Some(patch) = operations.get("patch")
                && patch.get(KIND_EXTENSION) == Some(kind)
            {
                takes = Some(patch.at(&["requestBody", "content", media]).is_some());
            }
            Ok(())
        });
        read.is_ok() && takes == Some(true)
    }

    /// The kind of a resource, as the operations on it name it: a value of [`KIND_EXTENSION`].
    ///
    /// The paths of lists and of single objects are looked at, outside and inside namespaces; the last that says
    /// anything counts, as in kubectl's template.
    pub fn kind_of_resource(&self, group: &str, version: &str, resource: &str) -> Option<Value<'d>> {
        let root = format!("/{}", super::path_of(group, version));
        let places = [
            format!("{root}/{resource}"),
            format!("{root}/{resource}/{{name}}"),
            format!("{root}/namespaces/{{namespace}}/{resource}"),
            format!("{root}/namespaces/{{namespace}}/{resource}/{{name}}"),
        ];
        let mut found: [Option<Value<'d>>; 4] = Default::default();
        let mut parser = Parser::new(self.paths);
        let read = each(&mut parser, |parser, path| {
            match places.iter().position(|place| *place == path) {
                Some(at) => found[at] = Some(parser.value()?),
                None => {
                    parser.skip()?;
                }
            }
            Ok(())
        });
        if read.is_err() {
            return None;
        }
        let mut kind = None;
        for operations in found.into_iter().flatten() {
            for operation in METHODS.iter().filter_map(|method| operations.get(method)) {
                kind = operation.get(KIND_EXTENSION).cloned();
                if kind.is_some() {
                    break;
                }
            }
        }
        kind
    }
}

/// Goes through the fields of the next object. Any other value is passed over: it has none.
fn each<'d>(
    parser: &mut Parser<'d>,
    mut field: impl FnMut(&mut Parser<'d>, Cow<'d, str>) -> Result<(), SyntaxError>,
) -> Result<(), SyntaxError> {
    if parser.peek() != Some(b'{') {
        return parser.skip().map(drop);
    }
    let mut fields = parser.object()?;
    while let Some(key) = fields.next_key(parser)? {
        field(parser, key)?;
    }
    Ok(())
}
