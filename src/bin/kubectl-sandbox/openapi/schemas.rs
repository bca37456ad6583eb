//! The schemas of types, as OpenAPI writes them.

use std::collections::{BTreeSet, HashMap};

use kubectl_rs::api::{Map, OwnedValue, Value, json};

use super::{custom, descriptions, descriptions::Descriptions};
use crate::{
    registry::{Registry, Resource, Version},
    schema::{Field, ListType, Shape, Struct, package, types},
};

/// How one schema refers to another, which is also what tells the two versions of OpenAPI apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reference {
    /// OpenAPI 2.
    Definitions,
    /// OpenAPI 3.
    Components,
}

impl Reference {
    /// A reference to the type `name`.
    pub fn to(self, name: &str) -> String {
        match self {
            Reference::Definitions => format!("#/definitions/{name}"),
            Reference::Components => format!("#/components/schemas/{name}"),
        }
    }
}

/// Types without fields: their names, what they are, and what is said of them.
const LEAVES: [(&str, &str, &str, &str); 9] = [
    (
        "io.k8s.apimachinery.pkg.api.resource.Quantity",
        "string",
        "",
        "An amount: a number with an optional suffix, of thousandths (m), of thousands (k, M, G, T, P, E) or of powers of 1024 (Ki, Mi, Gi, Ti, Pi, Ei).",
    ),
    (
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString",
        "string",
        "int-or-string",
        "A whole number, or text such as a name or a percentage.",
    ),
    (
        "io.k8s.apimachinery.pkg.apis.meta.v1.Time",
        "string",
        "date-time",
        "A time, to the second (RFC 3339).",
    ),
    (
        "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
        "string",
        "date-time",
        "A time, to the microsecond (RFC 3339).",
    ),
    (
        "io.k8s.apimachinery.pkg.runtime.RawExtension",
        "object",
        "",
        "An object of any kind.",
    ),
    (
        "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
        "object",
        "",
        "A set of fields, as a tree of their names.",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON",
        "",
        "",
        "Any JSON value.",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool",
        "",
        "",
        "A schema, or whether anything fits.",
    ),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray",
        "",
        "",
        "A schema, or a list of schemas.",
    ),
];

const STRINGS_OR_SCHEMA: &str = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray";

/// The full name of a built-in type.
pub fn full_name(package: &str, name: &str) -> String {
    let (group, version) = package.split_once('/').unwrap_or((package, "v1"));
    match group {
        "meta" => format!("io.k8s.apimachinery.pkg.apis.meta.{version}.{name}"),
        "apiextensions" => format!("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.{version}.{name}"),
        "apiregistration" => format!("io.k8s.kube-aggregator.pkg.apis.apiregistration.{version}.{name}"),
        _ => format!("io.k8s.api.{group}.{version}.{name}"),
    }
}

/// The schemas of a group's version and of all that they are made of.
pub fn of(group: &str, version: &Version, reference: Reference) -> Map<'static> {
    let described = descriptions::of(group, &version.name);
    let mut writer = Writer {
        reference,
        described,
        out: Map::new(),
        wanted: Vec::new(),
        seen: BTreeSet::new(),
    };
    let package = format!("{}/{}", package(group), version.name);
    for resource in &version.resources {
        if resource.custom.is_some() {
            custom::write(resource, reference, &mut writer.out);
            continue;
        }
        writer.want(&package, &resource.kind);
        writer.want(&package, &resource.list_kind);
        for sub in &resource.subresources {
            let of_sub = match sub.version.as_str() {
                "" => package.clone(),
                version => format!("{}/{version}", crate::schema::package(&sub.group)),
            };
            writer.want(&of_sub, &sub.kind);
        }
    }
    for kind in ["DeleteOptions", "Status", "APIResourceList", "ObjectMeta", "ListMeta"] {
        writer.want("meta/v1", kind);
    }
    while let Some((package, name)) = writer.wanted.pop() {
        if let Some(here) = types().find(&package, &name) {
            let full = full_name(&package, &name);
            let mut schema = writer.structure(here);
            if let Some(kinds) = kinds_of(here) {
                schema.insert("x-kubernetes-group-version-kind", kinds);
            }
            writer.out.insert(full, Value::Object(schema));
        }
    }
    writer.leaves();
    writer.out
}

/// The group, version and kind that a type stands for.
fn kinds_of(here: &Struct) -> Option<Vec<OwnedValue>> {
    let kind_field = here.field("kind").is_some() && here.field("apiVersion").is_some();
    if !kind_field || matches!(here.name.as_ref(), "ObjectReference" | "OwnerReference") || here.field("metadata").is_none() {
        return None;
    }
    let (short, version) = here.package.split_once('/')?;
    thread_local! {
        static GROUPS: HashMap<String, String> = Registry::built_in()
            .groups()
            .iter()
            .map(|group| (package(&group.name).to_owned(), group.name.clone()))
            .collect();
    }
    let group = GROUPS.with(|groups| groups.get(short).cloned()).unwrap_or_default();
    let mut entry = Map::new();
    entry.insert("group", group);
    entry.insert("kind", here.name.clone().into_owned());
    entry.insert("version", version.to_owned());
    Some(vec![Value::Object(entry)])
}

struct Writer {
    reference: Reference,
    described: HashMap<String, Descriptions>,
    out: Map<'static>,
    wanted: Vec<(String, String)>,
    seen: BTreeSet<(String, String)>,
}

impl Writer {
    fn want(&mut self, package: &str, name: &str) {
        let key = (package.to_owned(), name.to_owned());
        if self.seen.insert(key.clone()) {
            self.wanted.push(key);
        }
    }

    fn structure(&mut self, here: &Struct) -> Map<'static> {
        let described = self
            .described
            .get(&full_name(here.package, &here.name))
            .cloned()
            .unwrap_or_default();
        let mut schema = Map::new();
        if !described.of_type.is_empty() {
            schema.insert("description", described.of_type);
        }
        schema.insert("type", "object");
        let required: Vec<OwnedValue> = here
            .fields
            .iter()
            .filter(|field| field.required)
            .map(|field| Value::from(field.name.clone().into_owned()))
            .collect();
        if !required.is_empty() {
            schema.insert("required", required);
        }
        let mut properties = Map::new();
        for field in &here.fields {
            let description = described.of_fields.get(field.name.as_ref()).map(String::as_str).unwrap_or_default();
            properties.insert(field.name.clone().into_owned(), self.field(field, description));
        }
        if !properties.is_empty() {
            schema.insert("properties", properties);
        }
        if here.atomic {
            schema.insert("x-kubernetes-map-type", "atomic");
        }
        if let Ok(union) = json::parse(here.union.as_bytes()) {
            schema.insert("x-kubernetes-unions", union.into_owned());
        }
        schema
    }

    fn field(&mut self, field: &Field, description: &str) -> OwnedValue {
        let mut schema = self.shape(&field.shape, true);
        if !description.is_empty() {
            schema.insert("description", description.to_owned());
        }
        if self.reference == Reference::Components {
            if field.always {
                schema.insert("default", Map::new());
            } else if let Ok(default) = json::parse(field.default.as_bytes()) {
                schema.insert("default", default.into_owned());
            }
        }
        if !field.values.is_empty() {
            let values: Vec<OwnedValue> = field.values.split('|').map(Value::from).collect();
            match schema.get_mut("items") {
                Some(items) => items.set(&["enum"], values),
                None => {
                    schema.insert("enum", values);
                }
            }
        }
        match &field.list {
            ListType::Atomic if matches!(field.shape, Shape::List(_)) => {
                schema.insert("x-kubernetes-list-type", "atomic");
            }
            ListType::Atomic => {}
            ListType::Set => {
                schema.insert("x-kubernetes-list-type", "set");
            }
            ListType::Map(keys) => {
                schema.insert("x-kubernetes-list-type", "map");
                let keys: Vec<OwnedValue> = keys.iter().map(|key| Value::from(key.clone().into_owned())).collect();
                schema.insert("x-kubernetes-list-map-keys", keys);
            }
        }
        if let Some(granular) = field.granular {
            schema.insert("x-kubernetes-map-type", if granular { "granular" } else { "atomic" });
        }
        let strategies: Vec<&str> = [
            (field.merge, "merge"),
            (field.retain_keys, "retainKeys"),
            (field.replace, "replace"),
        ]
        .into_iter()
        .filter(|(has, _)| *has)
        .map(|(_, word)| word)
        .collect();
        if !strategies.is_empty() {
            schema.insert("x-kubernetes-patch-strategy", strategies.join(","));
        }
        if !field.merge_key.is_empty() {
            schema.insert("x-kubernetes-patch-merge-key", field.merge_key);
        }
        Value::Object(schema)
    }

    /// A shape; a reference beside other words is wrapped where OpenAPI 3 wants that.
    fn shape(&mut self, shape: &Shape, beside: bool) -> Map<'static> {
        let mut schema = Map::new();
        let simple = |schema: &mut Map<'static>, kind: &'static str, format: &'static str| {
            schema.insert("type", kind);
            if !format.is_empty() {
                schema.insert("format", format);
            }
        };
        let leaf = match shape {
            Shape::String => return with(schema, |schema| simple(schema, "string", "")),
            Shape::Bool => return with(schema, |schema| simple(schema, "boolean", "")),
            Shape::Int32 => return with(schema, |schema| simple(schema, "integer", "int32")),
            Shape::Int64 => return with(schema, |schema| simple(schema, "integer", "int64")),
            Shape::Number => return with(schema, |schema| simple(schema, "number", "double")),
            Shape::Bytes => return with(schema, |schema| simple(schema, "string", "byte")),
            Shape::List(element) => {
                let items = self.shape(element, false);
                schema.insert("type", "array");
                schema.insert("items", items);
                return schema;
            }
            Shape::Map(value) => {
                let values = self.shape(value, false);
                schema.insert("type", "object");
                schema.insert("additionalProperties", values);
                return schema;
            }
            Shape::Named(id) => {
                let here = types().get(*id);
                self.want(here.package, &here.name);
                full_name(here.package, &here.name)
            }
            Shape::Struct(_) => {
                schema.insert("type", "object");
                return schema;
            }
            Shape::Quantity => LEAVES[0].0.to_owned(),
            Shape::IntOrString => LEAVES[1].0.to_owned(),
            Shape::Time => LEAVES[2].0.to_owned(),
            Shape::MicroTime => LEAVES[3].0.to_owned(),
            Shape::Raw => LEAVES[4].0.to_owned(),
            Shape::Fields => LEAVES[5].0.to_owned(),
            Shape::Json => LEAVES[6].0.to_owned(),
            Shape::SchemaOrBool => LEAVES[7].0.to_owned(),
            Shape::SchemaOrList => LEAVES[8].0.to_owned(),
            Shape::SchemaOrStrings => STRINGS_OR_SCHEMA.to_owned(),
        };
        let to = self.reference.to(&leaf);
        if beside && self.reference == Reference::Components {
            let mut inner = Map::new();
            inner.insert("$ref", to);
            schema.insert("allOf", vec![Value::Object(inner)]);
        } else {
            schema.insert("$ref", to);
        }
        schema
    }

    fn leaves(&mut self) {
        let leaves = LEAVES
            .into_iter()
            .chain([(STRINGS_OR_SCHEMA, "", "", "A schema, or a list of names.")]);
        for (name, kind, format, description) in leaves {
            let described = self
                .described
                .get(name)
                .map(|described| described.of_type.clone())
                .unwrap_or_default();
            let mut schema = Map::new();
            schema.insert("description", if described.is_empty() { description.to_owned() } else { described });
            if format == "int-or-string" && self.reference == Reference::Components {
                let of = |kind: &'static str| {
                    let mut schema = Map::new();
                    schema.insert("type", kind);
                    Value::Object(schema)
                };
                schema.insert("oneOf", vec![of("integer"), of("string")]);
            } else if !kind.is_empty() {
                schema.insert("type", kind);
            }
            if !format.is_empty() {
                schema.insert("format", format);
            }
            self.out.insert(name, Value::Object(schema));
        }
    }
}

fn with(mut schema: Map<'static>, change: impl FnOnce(&mut Map<'static>)) -> Map<'static> {
    change(&mut schema);
    schema
}

/// The full name of the type of a resource's objects.
pub fn type_name(resource: &Resource) -> String {
    match &resource.custom {
        Some(_) => custom::full_name(resource, &resource.kind),
        None => full_name(&format!("{}/{}", package(&resource.group), resource.version), &resource.kind),
    }
}
