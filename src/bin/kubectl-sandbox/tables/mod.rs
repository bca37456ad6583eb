//! Lists as tables: the columns and cells of a real server (`pkg/printers/internalversion`), and those that custom
//! resource definitions ask for.

mod admission;
mod cells;
mod cluster;
mod config;
mod custom;
mod network;
mod pod;
mod storage;
mod workloads;

pub use pod::summary as summary_of_pod;

use jiff::Timestamp;
use kubectl_rs::api::{Map, OwnedValue, Value};

use crate::registry::Resource;

/// A column.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The title.
    pub name: &'static str,
    /// `string`, `integer`, `number`, `boolean` or `date`.
    pub kind: &'static str,
    /// 0 for a column that is always shown, 1 for one of the wide table.
    pub priority: i64,
}

/// A line.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// The cells, one a column.
    pub cells: Vec<OwnedValue>,
    /// Conditions that tell clients how the line stands.
    pub conditions: Vec<OwnedValue>,
}

/// Makes an object's line.
pub type RowOf = fn(&Value<'_>, Timestamp) -> Row;

/// How a built-in kind is shown.
pub struct Table {
    /// The columns.
    pub columns: &'static [Column],
    /// The lines.
    pub row: RowOf,
}

/// A text column.
pub(crate) const fn text(name: &'static str) -> Column {
    Column {
        name,
        kind: "string",
        priority: 0,
    }
}

/// A column of whole numbers.
pub(crate) const fn number(name: &'static str) -> Column {
    Column {
        name,
        kind: "integer",
        priority: 0,
    }
}

/// A column of truths.
pub(crate) const fn truth(name: &'static str) -> Column {
    Column {
        name,
        kind: "boolean",
        priority: 0,
    }
}

/// A text column of the wide table.
pub(crate) const fn wide(name: &'static str) -> Column {
    Column {
        name,
        kind: "string",
        priority: 1,
    }
}

fn built_in(resource: &Resource) -> Option<Table> {
    let key = (resource.group.as_str(), resource.plural.as_str());
    workloads::table(key)
        .or_else(|| network::table(key))
        .or_else(|| config::table(key))
        .or_else(|| storage::table(key))
        .or_else(|| cluster::table(key))
        .or_else(|| admission::table(key))
        .or(match key {
            ("", "pods") => Some(pod::TABLE),
            _ => None,
        })
}

/// Which part of an object a table's line carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    Metadata,
    /// All of it.
    Object,
}

/// Makes the tables of one resource.
pub struct Printer {
    source: Source,
    include: Include,
    now: Timestamp,
}

enum Source {
    BuiltIn(Table),
    Custom(std::rc::Rc<crate::schema::CustomVersion>),
    Plain,
}

impl Printer {
    /// A printer for objects of `resource` at the time `now`.
    pub fn new(resource: &Resource, include: Include, now: Timestamp) -> Self {
        let source = match (&resource.custom, built_in(resource)) {
            (Some(custom), _) => Source::Custom(std::rc::Rc::clone(custom)),
            (None, Some(table)) => Source::BuiltIn(table),
            (None, None) => Source::Plain,
        };
        Printer { source, include, now }
    }

    /// The columns.
    pub fn columns(&self) -> OwnedValue {
        let column = |name: &str, kind: &str, format: &str, description: &str, priority: i64| {
            let mut column = Map::in_order();
            column.insert("name", name.to_owned());
            column.insert("type", kind.to_owned());
            column.insert("format", format.to_owned());
            column.insert("description", description.to_owned());
            column.insert("priority", priority);
            Value::Object(column)
        };
        let of_name = |name: &str| if name == "Name" { "name" } else { "" };
        Value::Array(match &self.source {
            Source::BuiltIn(table) => table
                .columns
                .iter()
                .map(|c| column(c.name, c.kind, of_name(c.name), "", c.priority))
                .collect(),
            Source::Custom(custom) => std::iter::once(column("Name", "string", "name", "", 0))
                .chain(
                    custom
                        .columns
                        .iter()
                        .map(|c| column(&c.name, &c.kind, &c.format, &c.description, c.priority)),
                )
                .collect(),
            Source::Plain => vec![column("Name", "string", "name", "", 0), column("Created At", "date", "", "", 0)],
        })
    }

    /// The line of an object.
    pub fn row(&self, object: &OwnedValue) -> OwnedValue {
        let row = match &self.source {
            Source::BuiltIn(table) => (table.row)(object, self.now),
            Source::Custom(version) => custom::row(version, object, self.now),
            Source::Plain => Row {
                cells: vec![
                    object.str_at(&["metadata", "name"]).to_owned().into(),
                    object.str_at(&["metadata", "creationTimestamp"]).to_owned().into(),
                ],
                conditions: Vec::new(),
            },
        };
        let mut value = Map::in_order();
        value.insert("cells", row.cells);
        if !row.conditions.is_empty() {
            value.insert("conditions", row.conditions);
        }
        match self.include {
            Include::None => {}
            Include::Metadata => {
                value.insert("object", partial_metadata(object));
            }
            Include::Object => {
                value.insert("object", object.clone());
            }
        }
        Value::Object(value)
    }

    /// A whole table of `rows`, with or without its columns.
    pub fn table(&self, list_metadata: OwnedValue, rows: Vec<OwnedValue>, with_columns: bool) -> OwnedValue {
        let mut table = Map::in_order();
        table.insert("kind", "Table");
        table.insert("apiVersion", "meta.k8s.io/v1");
        table.insert("metadata", list_metadata);
        table.insert("columnDefinitions", if with_columns { self.columns() } else { Value::Null });
        table.insert("rows", rows);
        Value::Object(table)
    }
}

/// An object's metadata alone.
pub fn partial_metadata(object: &OwnedValue) -> OwnedValue {
    let mut value = Map::in_order();
    value.insert("kind", "PartialObjectMetadata");
    value.insert("apiVersion", "meta.k8s.io/v1");
    value.insert("metadata", object.get("metadata").cloned().unwrap_or_default());
    Value::Object(value)
}
