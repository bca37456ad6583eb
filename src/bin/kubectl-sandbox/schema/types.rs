//! The built-in types, read from a table.
//!
//! Below `package GROUP/VERSION` and `type NAME` every line is a field: its name (`!` where it is required), its type
//! (`[]T` a list, `{}T` a map, `GROUP/VERSION.NAME` a type of another package) and what else is known of it.

use std::{borrow::Cow, collections::HashMap, sync::Arc, sync::OnceLock};

const TABLE: &str = include_str!("types.txt");

/// The number of a built-in type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TypeId(usize);

/// What a value looks like.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Text.
    String,
    /// Yes or no.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// Any number.
    Number,
    /// Bytes in base64.
    Bytes,
    /// An amount such as `500m`.
    Quantity,
    /// A whole number or text.
    IntOrString,
    /// A time of whole seconds.
    Time,
    /// A time with microseconds.
    MicroTime,
    /// An object of an unknown kind, kept whole.
    Raw,
    /// The fields that a manager owns.
    Fields,
    /// Any JSON.
    Json,
    /// A schema or a boolean (`additionalProperties`).
    SchemaOrBool,
    /// A schema or a list of schemas (`items`).
    SchemaOrList,
    /// A schema or a list of names (`dependencies`).
    SchemaOrStrings,
    /// A list.
    List(Box<Shape>),
    /// A map from names.
    Map(Box<Shape>),
    /// A built-in type.
    Named(TypeId),
    /// A type of a custom resource.
    Struct(Arc<Struct>),
}

/// How the elements of a list are told apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ListType {
    /// Not at all: the list is one value.
    #[default]
    Atomic,
    /// By themselves.
    Set,
    /// By these fields.
    Map(Vec<Cow<'static, str>>),
}

/// A field of a struct.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its name.
    pub name: Cow<'static, str>,
    /// What its value looks like.
    pub shape: Shape,
    /// Whether it must be there.
    pub required: bool,
    /// For a list, how its elements are told apart.
    pub list: ListType,
    /// For a map or struct, whether its parts are owned one by one; none where the type says.
    pub granular: Option<bool>,
    /// Whether strategic merge patches merge it.
    pub merge: bool,
    /// The field by which a strategic merge patch tells a list's elements apart; empty for plain values.
    pub merge_key: &'static str,
    /// Whether a strategic merge patch may name the fields to keep (`$retainKeys`).
    pub retain_keys: bool,
    /// Whether a strategic merge patch replaces it.
    pub replace: bool,
    /// The values it may have, separated by `|`; empty for any.
    pub values: &'static str,
    /// Its default as JSON; empty where it has none.
    pub default: &'static str,
    /// Whether the server always writes it: a struct within a struct.
    pub always: bool,
}

/// A struct: fields with names known beforehand.
#[derive(Debug, Clone, Default)]
pub struct Struct {
    /// The package, `apps/v1`; empty for a custom type.
    pub package: &'static str,
    /// The name, `DeploymentSpec`; empty for a custom type.
    pub name: Cow<'static, str>,
    /// The fields, by name.
    pub fields: Vec<Field>,
    /// Whether it belongs to one manager as a whole.
    pub atomic: bool,
    /// Of a union, what OpenAPI says of it, as JSON; empty for any other.
    pub union: &'static str,
    /// What fields of other names look like; none where there may be none.
    pub rest: Option<Shape>,
    /// Whether the value is a whole object, with a kind and metadata of its own.
    pub embedded: bool,
}

impl Struct {
    /// The field `name`.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields
            .binary_search_by(|field| field.name.as_ref().cmp(name))
            .ok()
            .map(|at| &self.fields[at])
    }
}

impl Field {
    /// A field of which nothing is known but its shape.
    pub fn new(name: impl Into<Cow<'static, str>>, shape: Shape) -> Self {
        Field {
            name: name.into(),
            shape,
            required: false,
            list: ListType::Atomic,
            granular: None,
            merge: false,
            merge_key: "",
            retain_keys: false,
            replace: false,
            values: "",
            default: "",
            always: false,
        }
    }
}

/// All built-in types.
#[derive(Debug)]
pub struct Types {
    types: Vec<Struct>,
    ids: HashMap<(&'static str, &'static str), TypeId>,
}

/// The built-in types, read when first asked for.
pub fn types() -> &'static Types {
    static TYPES: OnceLock<Types> = OnceLock::new();
    TYPES.get_or_init(|| Types::read(TABLE))
}

impl Types {
    /// The type's number.
    pub fn id(&self, package: &str, name: &str) -> Option<TypeId> {
        // The keys live as long as the program; a borrowed pair of any life compares with them.
        self.ids.get(&(package, name) as &(&str, &str)).copied()
    }

    /// The type.
    pub fn get(&self, id: TypeId) -> &Struct {
        &self.types[id.0]
    }

    /// The type by its names.
    pub fn find(&self, package: &str, name: &str) -> Option<&Struct> {
        self.id(package, name).map(|id| self.get(id))
    }

    /// All types.
    #[cfg(test)]
    pub fn all(&self) -> &[Struct] {
        &self.types
    }

    fn read(table: &'static str) -> Self {
        let mut ids = HashMap::new();
        let mut package = "";
        for line in table.lines() {
            if let Some(name) = line.strip_prefix("package ") {
                package = name;
            } else if let Some(rest) = line.strip_prefix("type ") {
                let name = rest.split(' ').next().unwrap_or(rest);
                let id = TypeId(ids.len());
                ids.insert((package, name), id);
            }
        }
        let mut types: Vec<Struct> = Vec::with_capacity(ids.len());
        for line in table.lines() {
            if let Some(name) = line.strip_prefix("package ") {
                package = name;
            } else if let Some(rest) = line.strip_prefix("type ") {
                let mut words = rest.split(' ');
                let name = words.next().unwrap_or_default();
                let mut new = Struct {
                    package,
                    name: Cow::Borrowed(name),
                    ..Struct::default()
                };
                for word in words {
                    match word.split_once('=') {
                        Some(("union", json)) => new.union = json,
                        _ => new.atomic = word == "atomic",
                    }
                }
                types.push(new);
            } else if let Some(line) = line.strip_prefix(' ')
                && let Some(here) = types.last_mut()
            {
                here.fields.push(field(line, package, &ids));
            }
        }
        for here in &mut types {
            here.fields.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Types { types, ids }
    }
}

fn field(line: &'static str, package: &str, ids: &HashMap<(&'static str, &'static str), TypeId>) -> Field {
    let mut words = line.split(' ');
    let name = words.next().unwrap_or_default();
    let shape = shape(words.next().unwrap_or_default(), package, ids);
    let required = name.ends_with('!');
    let mut field = Field::new(name.trim_end_matches('!'), shape);
    field.required = required;
    for word in words {
        match word.split_once('=') {
            Some(("map", keys)) => field.list = ListType::Map(keys.split(',').map(Cow::Borrowed).collect()),
            Some(("merge", key)) => {
                field.merge = true;
                field.merge_key = key;
            }
            Some(("enum", values)) => field.values = values,
            Some(("default", value)) => field.default = value,
            None => match word {
                "set" => field.list = ListType::Set,
                "merge" => field.merge = true,
                "retainKeys" => field.retain_keys = true,
                "replace" => field.replace = true,
                "always" => field.always = true,
                "granular" => field.granular = Some(true),
                // Of a list this is what no word says; of a map or struct it is news.
                "atomic" if !matches!(field.shape, Shape::List(_)) => field.granular = Some(false),
                _ => {}
            },
            _ => {}
        }
    }
    field
}

fn shape(word: &'static str, package: &str, ids: &HashMap<(&'static str, &'static str), TypeId>) -> Shape {
    if let Some(element) = word.strip_prefix("[]") {
        return Shape::List(Box::new(shape(element, package, ids)));
    }
    if let Some(value) = word.strip_prefix("{}") {
        return Shape::Map(Box::new(shape(value, package, ids)));
    }
    match word {
        "string" => Shape::String,
        "bool" => Shape::Bool,
        "int32" => Shape::Int32,
        "int64" => Shape::Int64,
        "double" => Shape::Number,
        "bytes" => Shape::Bytes,
        "quantity" => Shape::Quantity,
        "intstr" => Shape::IntOrString,
        "time" => Shape::Time,
        "microtime" => Shape::MicroTime,
        "raw" => Shape::Raw,
        "fields" => Shape::Fields,
        "json" => Shape::Json,
        "schema-or-bool" => Shape::SchemaOrBool,
        "schema-or-list" => Shape::SchemaOrList,
        "schema-or-strings" => Shape::SchemaOrStrings,
        _ => {
            let (package, name) = word.split_once('.').unwrap_or((package, word));
            ids.get(&(package, name) as &(&str, &str))
                .map_or(Shape::Json, |id| Shape::Named(*id))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_table_has_no_word_that_the_reader_does_not_know() {
        for here in types().all() {
            for field in &here.fields {
                if let Shape::Json = field.shape {
                    assert!(
                        here.name.starts_with("JSONSchemaProps") || field.name == "raw",
                        "{}.{}",
                        here.name,
                        field.name
                    );
                }
            }
        }
    }

    #[test]
    fn types_know_how_lists_merge() {
        let spec = types().find("core/v1", "PodSpec").unwrap();
        let containers = spec.field("containers").unwrap();
        assert!(containers.required && containers.merge && containers.merge_key == "name");
        assert_eq!(containers.list, ListType::Map(vec!["name".into()]));
        assert_eq!(spec.field("nodeSelector").unwrap().granular, Some(false));
        let volumes = spec.field("volumes").unwrap();
        assert!(volumes.merge && volumes.retain_keys);
    }
}
