//! What a custom resource definition says of one version, and the form of its objects.

use std::{borrow::Cow, sync::Arc};

use kubectl_rs::api::{Map, OwnedValue, Value};

use super::{
    types,
    types::{Field, ListType, Shape, Struct},
};
use crate::versions;

/// A column of a custom resource's table.
#[derive(Debug, Clone, Default)]
pub struct Column {
    /// The title.
    pub name: String,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: String,
    /// The format.
    pub format: String,
    /// What it shows.
    pub description: String,
    /// 0 for a column that is always shown.
    pub priority: i64,
    /// Where its value is, as a JSONPath without braces.
    pub path: String,
}

/// Where the parts of a scale are in a custom resource.
#[derive(Debug, Clone, Default)]
pub struct Scale {
    /// The wanted number of replicas.
    pub spec_replicas: String,
    /// The present number of replicas.
    pub status_replicas: String,
    /// The selector as text; empty where there is none.
    pub label_selector: String,
}

/// One version of a custom resource.
#[derive(Debug, Clone)]
pub struct CustomVersion {
    /// Whether objects are stored in this version.
    pub storage: bool,
    /// The form of its objects.
    pub shape: Shape,
    /// Its schema as it was given (`openAPIV3Schema`).
    pub schema: OwnedValue,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Whether it has a status of its own.
    pub status: bool,
    /// Its scale, if it has one.
    pub scale: Option<Scale>,
    /// What to warn its users of; empty for nothing.
    pub deprecation: String,
    /// The fields by which objects can be selected.
    pub selectable: Vec<String>,
}

impl CustomVersion {
    /// What `version`, an entry of a definition's `spec.versions`, says.
    pub fn of(definition: &OwnedValue, version: &OwnedValue) -> Self {
        let schema = version.at(&["schema", "openAPIV3Schema"]).cloned().unwrap_or_default();
        let text = |path: &[&str]| version.str_at(path).to_owned();
        let columns = match version.items_at(&["additionalPrinterColumns"]) {
            [] => vec![Column {
                name: "Age".to_owned(),
                kind: "date".to_owned(),
                description: "CreationTimestamp is a timestamp representing the server time when this object was created.".to_owned(),
                path: ".metadata.creationTimestamp".to_owned(),
                ..Column::default()
            }],
            given => given.iter().map(column).collect(),
        };
        let kind = definition.str_at(&["spec", "names", "kind"]);
        let api_version = format!("{}/{}", definition.str_at(&["spec", "group"]), version.str_at(&["name"]));
        let deprecation = match (version.get("deprecated").and_then(Value::as_bool), text(&["deprecationWarning"])) {
            (Some(true), warning) if warning.is_empty() => {
                let instead = successor(definition, version.str_at(&["name"]));
                let instead = instead.map(|name| format!("; use {}/{name} {kind}", definition.str_at(&["spec", "group"])));
                format!("{api_version} {kind} is deprecated{}", instead.unwrap_or_default())
            }
            (Some(true), warning) => warning,
            _ => String::new(),
        };
        CustomVersion {
            storage: version.get("storage").and_then(Value::as_bool) == Some(true),
            shape: root_shape(&schema),
            columns,
            status: version.at(&["subresources", "status"]).is_some(),
            scale: version.at(&["subresources", "scale"]).map(|_| Scale {
                spec_replicas: text(&["subresources", "scale", "specReplicasPath"]),
                status_replicas: text(&["subresources", "scale", "statusReplicasPath"]),
                label_selector: text(&["subresources", "scale", "labelSelectorPath"]),
            }),
            deprecation,
            selectable: version
                .items_at(&["selectableFields"])
                .iter()
                .map(|field| field.str_at(&["jsonPath"]).to_owned())
                .collect(),
            schema,
        }
    }
}

/// The best of the versions that are better than `old`, served and not on their way out themselves.
fn successor<'d>(definition: &'d OwnedValue, old: &str) -> Option<&'d str> {
    let is = |version: &OwnedValue, field: &str| version.get(field).and_then(Value::as_bool) == Some(true);
    definition
        .items_at(&["spec", "versions"])
        .iter()
        .filter(|version| is(version, "served") && !is(version, "deprecated"))
        .map(|version| version.str_at(&["name"]))
        .filter(|name| versions::order(name, old).is_lt())
        .min_by(|a, b| versions::order(a, b))
}

fn column(given: &OwnedValue) -> Column {
    let text = |key: &str| given.str_at(&[key]).to_owned();
    Column {
        name: text("name"),
        kind: text("type"),
        format: text("format"),
        description: text("description"),
        priority: given.int_at(&["priority"]).unwrap_or_default(),
        path: text("jsonPath"),
    }
}

/// The form of a whole custom object: what its schema says, and what every object has.
fn root_shape(schema: &OwnedValue) -> Shape {
    let mut root = match shape(schema) {
        Shape::Struct(root) => Arc::unwrap_or_clone(root),
        Shape::Map(rest) => Struct {
            rest: Some(*rest),
            ..Struct::default()
        },
        _ => Struct {
            rest: Some(Shape::Json),
            ..Struct::default()
        },
    };
    root.fields
        .retain(|field| !matches!(field.name.as_ref(), "apiVersion" | "kind" | "metadata"));
    let metadata = types().id("meta/v1", "ObjectMeta").map_or(Shape::Json, Shape::Named);
    root.fields.push(Field::new("apiVersion", Shape::String));
    root.fields.push(Field::new("kind", Shape::String));
    root.fields.push(Field::new("metadata", metadata));
    root.fields.sort_by(|a, b| a.name.cmp(&b.name));
    Shape::Struct(Arc::new(root))
}

/// The form that a schema describes. Scalars are not told apart: what they may be is checked, not decoded.
fn shape(schema: &OwnedValue) -> Shape {
    let truth = |key: &str| schema.get(key).and_then(Value::as_bool) == Some(true);
    match schema.str_at(&["type"]) {
        "array" => Shape::List(Box::new(schema.get("items").map_or(Shape::Json, shape))),
        "object" => {
            let keep = truth("x-kubernetes-preserve-unknown-fields");
            let rest = match schema.get("additionalProperties") {
                Some(rest @ Value::Object(_)) => Some(shape(rest)),
                Some(Value::Bool(true)) => Some(Shape::Json),
                _ if keep => Some(Shape::Json),
                _ => None,
            };
            let properties = schema.get("properties").and_then(Value::as_object);
            if let (None, Some(rest)) = (properties, &rest)
                && !truth("x-kubernetes-embedded-resource")
            {
                return Shape::Map(Box::new(rest.clone()));
            }
            let mut fields: Vec<Field> = properties
                .into_iter()
                .flat_map(Map::iter)
                .map(|(name, schema)| field(name, schema))
                .collect();
            fields.sort_by(|a, b| a.name.cmp(&b.name));
            Shape::Struct(Arc::new(Struct {
                fields,
                rest,
                atomic: schema.str_at(&["x-kubernetes-map-type"]) == "atomic",
                embedded: truth("x-kubernetes-embedded-resource"),
                ..Struct::default()
            }))
        }
        _ => Shape::Json,
    }
}

fn field(name: &str, schema: &OwnedValue) -> Field {
    let mut field = Field::new(name.to_owned(), shape(schema));
    field.list = match schema.str_at(&["x-kubernetes-list-type"]) {
        "map" => ListType::Map(
            schema
                .items_at(&["x-kubernetes-list-map-keys"])
                .iter()
                .filter_map(Value::as_str)
                .map(|key| Cow::Owned(key.to_owned()))
                .collect(),
        ),
        "set" => ListType::Set,
        _ => ListType::Atomic,
    };
    field.granular = match schema.str_at(&["x-kubernetes-map-type"]) {
        "atomic" => Some(false),
        "granular" => Some(true),
        _ => None,
    };
    field
}

/// Fills in the defaults that a schema names.
pub fn fill(schema: &OwnedValue, value: &mut OwnedValue) {
    match value {
        Value::Object(map) => {
            if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
                for (name, property) in properties.iter() {
                    let nullable = property.get("nullable").and_then(Value::as_bool) == Some(true);
                    let missing = match map.get(name) {
                        None => true,
                        Some(value) => value.is_null() && !nullable,
                    };
                    if let (true, Some(default)) = (missing, property.get("default")) {
                        map.insert(name.to_owned(), default.clone());
                    }
                    if let Some(value) = map.get_mut(name) {
                        fill(property, value);
                    }
                }
            }
            if let Some(rest @ Value::Object(_)) = schema.get("additionalProperties") {
                map.iter_mut().for_each(|(_, value)| fill(rest, value));
            }
        }
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                items.iter_mut().for_each(|item| fill(schema, item));
            }
        }
        _ => {}
    }
}
