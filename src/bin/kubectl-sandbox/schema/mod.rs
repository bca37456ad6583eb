//! What objects look like: the built-in types and those of custom resource definitions, in one form.
//!
//! The form knows what decoding, patches, apply and OpenAPI need: fields and their types, which fields are required,
//! how lists are keyed and merged. Descriptions are not in it; those of the built-in types come from `k8s-openapi`
//! when an OpenAPI document is asked for.

mod check;
mod custom;
mod decode;
mod types;

pub use check::check_custom;
pub use custom::{Column, CustomVersion, fill as fill_custom};
pub use decode::decode;
pub use types::{Field, ListType, Shape, Struct, types};

use kubectl_rs::patch::{Schema, Strategy};

/// A place in a schema: the shape there, and what the field says that it stands in.
#[derive(Debug, Clone, Copy)]
pub struct Node<'s> {
    /// The shape.
    pub shape: &'s Shape,
    /// The field whose value this is; none for an element and for the whole.
    pub field: Option<&'s Field>,
}

impl<'s> Node<'s> {
    /// The place of a whole object.
    pub fn root(shape: &'s Shape) -> Self {
        Node { shape, field: None }
    }

    /// The struct here, if it is one.
    pub fn as_struct(&self) -> Option<&'s Struct> {
        match self.shape {
            Shape::Named(id) => Some(types().get(*id)),
            Shape::Struct(custom) => Some(custom),
            Shape::SchemaOrBool | Shape::SchemaOrList | Shape::SchemaOrStrings => types().find("apiextensions/v1", "JSONSchemaProps"),
            _ => None,
        }
    }

    /// The place of a field of the struct or of a value of the map that is here.
    pub fn child(&self, name: &str) -> Option<Node<'s>> {
        if let Shape::Map(value) = self.shape {
            return Some(Node::root(value));
        }
        let here = self.as_struct()?;
        match here.field(name) {
            Some(field) => Some(Node {
                shape: &field.shape,
                field: Some(field),
            }),
            None => here.rest.as_ref().map(Node::root),
        }
    }

    /// The place of an element of the list that is here.
    pub fn element(&self) -> Option<Node<'s>> {
        match self.shape {
            Shape::List(element) => Some(Node::root(element)),
            _ => None,
        }
    }

    /// How the elements of the list that is here are told apart.
    pub fn list_type(&self) -> &'s ListType {
        match self.field {
            Some(field) => &field.list,
            None => &ListType::Atomic,
        }
    }

    /// Whether the struct or map that is here belongs to one manager as a whole.
    pub fn is_atomic(&self) -> bool {
        if let Some(granular) = self.field.and_then(|field| field.granular) {
            return !granular;
        }
        match self.shape {
            Shape::Map(_) => false,
            _ => self.as_struct().is_none_or(|here| here.atomic),
        }
    }
}

/// The shape of a built-in kind.
pub fn built_in_shape(group: &str, version: &str, kind: &str) -> Option<Shape> {
    let package = format!("{}/{version}", package(group));
    types().id(&package, kind).map(Shape::Named)
}

/// The name of a built-in group among the types: its first word.
pub fn package(group: &str) -> &str {
    match group {
        "" => "core",
        group => group.split('.').next().unwrap_or(group),
    }
}

/// A place in a schema as strategic merge patches ask about it.
#[derive(Debug, Clone, Copy)]
pub struct PatchSchema<'s>(Node<'s>);

impl<'s> PatchSchema<'s> {
    /// The place of a whole object.
    pub fn root(shape: &'s Shape) -> Self {
        PatchSchema(Node::root(shape))
    }
}

impl Schema for PatchSchema<'_> {
    fn field(&self, name: &str) -> Option<Self> {
        self.0.child(name).map(PatchSchema)
    }

    fn element(&self) -> Option<Self> {
        self.0.element().map(PatchSchema)
    }

    fn strategy(&self) -> Strategy {
        match self.0.field {
            Some(field) => Strategy {
                merge: field.merge,
                merge_key: field.merge_key.into(),
                replace: field.replace,
                retain_keys: field.retain_keys,
            },
            None => Strategy::default(),
        }
    }
}
