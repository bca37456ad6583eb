//! What is printed of a schema of OpenAPI v3: kubectl's `plaintext` template (`pkg/explain/v2/templates/plaintext.tmpl`).

use std::fmt::Write;

use super::wrap::between_words;
use crate::{
    api::Value,
    openapi::{Document, kind_of},
    template::format,
};

/// How deep descriptions and fields are followed: far deeper than any schema goes that people can read.
const MAX_DEPTH: usize = 1_000;

/// How many values of an enumeration a list of fields shows.
const MOST_VALUES: usize = 4;

/// The resource that is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) group: String,
    pub(super) version: String,
    /// The plural.
    pub(super) name: String,
}

/// In Go's form: `apps/v1, Resource=deployments`.
impl std::fmt::Display for Resource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}, Resource={}", self.group, self.version, self.name)
    }
}

/// What is printed of the field at the end of `path`, or of the resource itself, and the sentence that says why it is
/// not all.
pub(super) fn render(document: &Document<'_>, resource: &Resource, path: &[String], recursive: bool) -> (String, Result<(), String>) {
    let mut out = String::new();
    let kind = document.kind_of_resource(&resource.group, &resource.version, &resource.name);
    let Some(kind) = kind.filter(|kind| truth(Some(kind)).is_some()) else {
        return (out, Err(format!("error: GVR ({resource}) not found in OpenAPI schema")));
    };
    let (group, version, name) = kind_of(&kind);
    if !group.is_empty() {
        out = format!("GROUP:      {group}\n");
    }
    let _ = write!(out, "KIND:       {name}\nVERSION:    {version}\n\n");
    let Some(schema) = document.schema_of(&kind) else {
        let kind = format::plain_text(&kind);
        return (out, Err(format!("error: GVK {kind} not found in OpenAPI schema")));
    };
    let page = Page { document, recursive };
    if !page.walk(&mut out, schema, path, None) {
        let field = path.last().map(String::as_str).unwrap_or_default();
        return (out, Err(format!("error: field \"{field}\" does not exist")));
    }
    out.push('\n');
    (out, Ok(()))
}

/// The references that were followed on the way to a schema, the last one first.
#[derive(Clone, Copy)]
struct Seen<'s> {
    reference: &'s str,
    before: Option<&'s Seen<'s>>,
    depth: usize,
}

impl<'s> Seen<'s> {
    /// One reference more; an empty one only counts as a step.
    fn with(before: Option<&'s Seen<'s>>, reference: &'s str) -> Seen<'s> {
        Seen {
            reference,
            before,
            depth: before.map_or(0, |seen| seen.depth) + 1,
        }
    }
}

/// Whether a reference leads back to where it was followed before, or the way is too long.
fn is_cycle(seen: Option<&Seen<'_>>, reference: &str) -> bool {
    let mut step = seen;
    while let Some(seen) = step {
        if (!reference.is_empty() && seen.reference == reference) || seen.depth > MAX_DEPTH {
            return true;
        }
        step = seen.before;
    }
    false
}

/// What is true to a Go template: no `null`, and nothing empty.
fn truth<'v, 'a>(value: Option<&'v Value<'a>>) -> Option<&'v Value<'a>> {
    value.filter(|value| match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => false,
        Value::Bool(true) | Value::Int(_) => true,
        Value::Float(number) => *number != 0.0,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    })
}

/// The schema of a list's elements.
fn items<'v, 'a>(schema: &'v Value<'a>) -> Option<&'v Value<'a>> {
    truth(schema.get("items"))
}

/// The schema of a map's values. `true`, which allows any, is none.
fn map_values<'v, 'a>(schema: &'v Value<'a>) -> Option<&'v Value<'a>> {
    truth(schema.get("additionalProperties")).filter(|values| values.as_bool().is_none())
}

struct Page<'p, 'd> {
    document: &'p Document<'d>,
    recursive: bool,
}

impl<'p, 'd> Page<'p, 'd> {
    /// The schema itself, or the one that it refers to.
    fn resolved(&self, schema: &'p Value<'d>) -> &'p Value<'d> {
        truth(self.document.referred(reference(schema))).unwrap_or(schema)
    }

    /// Follows the path to a field and prints what it comes to. Says whether there is such a field.
    fn walk(&self, out: &mut String, schema: &'p Value<'d>, path: &[String], seen: Option<&Seen<'_>>) -> bool {
        let (reference, schema) = (reference(schema), self.resolved(schema));
        let Some((first, rest)) = path.split_first() else {
            self.explain(out, schema);
            return true;
        };
        if is_cycle(seen, reference) {
            return false;
        }
        let seen = Seen::with(seen, reference);
        let field = schema.get("properties").and_then(|fields| truth(fields.get(first)));
        if let Some(field) = field {
            if rest.is_empty() {
                let _ = write!(out, "FIELD: {first} <");
                self.type_name(out, field);
                out.push_str(">\n");
                long_enumeration(out, field);
                out.push_str("\n\n");
            }
            return self.walk(out, field, rest, None);
        }
        if let Some(inner) = items(schema).or_else(|| map_values(schema)) {
            return self.walk(out, inner, path, Some(&seen));
        }
        schema
            .items_at(&["allOf"])
            .iter()
            .any(|alternative| self.walk(out, alternative, path, Some(&seen)))
    }

    /// Description and fields of a schema.
    fn explain(&self, out: &mut String, schema: &'p Value<'d>) {
        let mut description = String::new();
        self.describe(&mut description, schema, None);
        if description.is_empty() {
            description.push_str("<empty>");
        }
        out.push_str("DESCRIPTION:\n");
        paragraph(out, &description, 76, 4);
        if let Some(docs) = truth(schema.get("externalDocs")) {
            out.push('\n');
            external_docs(out, docs, (0, 4), 76);
        }
        let mut fields = String::new();
        self.fields(&mut fields, schema, 1, None);
        if !fields.is_empty() {
            out.push_str("FIELDS:\n");
            out.push_str(&fields);
        }
    }

    /// The descriptions of a schema and of everything that it is made of.
    fn describe(&self, out: &mut String, schema: &'p Value<'d>, seen: Option<&Seen<'_>>) {
        let reference = reference(schema);
        if is_cycle(seen, reference) {
            return;
        }
        let (schema, seen) = (self.resolved(schema), Seen::with(seen, reference));
        let text = schema.str_at(&["description"]);
        if !text.is_empty() {
            out.push_str(text);
            out.push('\n');
        }
        let inner = schema.items_at(&["allOf"]).iter().chain(items(schema)).chain(map_values(schema));
        inner.for_each(|inner| self.describe(out, inner, Some(&seen)));
    }

    /// The fields of a schema, one level deeper than what has them.
    fn fields(&self, out: &mut String, schema: &'p Value<'d>, level: usize, seen: Option<&Seen<'_>>) {
        let reference = reference(schema);
        if is_cycle(seen, reference) {
            return;
        }
        let (schema, seen) = (self.resolved(schema), Seen::with(seen, reference));
        let fields = schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flat_map(|fields| fields.iter()) {
            let is_required = schema
                .items_at(&["required"])
                .iter()
                .any(|required| required.as_str() == Some(name));
            self.field(out, name, field, is_required, level);
            if self.recursive {
                self.fields(out, field, level + 1, Some(&seen));
            }
        }
        let inner = schema.items_at(&["allOf"]).iter().chain(items(schema)).chain(map_values(schema));
        inner.for_each(|inner| self.fields(out, inner, level, Some(&seen)));
    }

    /// One field.
    fn field(&self, out: &mut String, name: &str, schema: &'p Value<'d>, is_required: bool, level: usize) {
        let indent = level * 2;
        let _ = write!(out, "{:indent$}{name}\t<", "");
        self.type_name(out, schema);
        out.push('>');
        if is_required {
            out.push_str(" -required-");
        }
        short_enumeration(out, schema, indent);
        out.push('\n');
        if self.recursive {
            return;
        }
        let description = schema.str_at(&["description"]);
        let description = if description.is_empty() { "<no description>" } else { description };
        paragraph(out, description, 78_usize.saturating_sub(indent), indent + 2);
        if let Some(docs) = truth(schema.get("externalDocs")) {
            out.push('\n');
            external_docs(out, docs, (indent + 2, indent + 4), 76_usize.saturating_sub(indent));
        }
        out.push('\n');
    }

    /// What a schema is a schema of: `string`, `[]Container`, `map[string]Quantity`, `Object`.
    fn type_name(&self, out: &mut String, schema: &'p Value<'d>) {
        let mut schema = schema;
        loop {
            if let Some(inner) = items(schema) {
                out.push_str("[]");
                schema = inner;
            } else if let Some(inner) = map_values(schema) {
                out.push_str("map[string]");
                schema = inner;
            } else if let ([only], None) = (schema.items_at(&["allOf"]), truth(schema.get("properties"))) {
                schema = only;
            } else {
                break;
            }
        }
        let reference = reference(schema);
        if reference.is_empty() {
            out.push_str(named_type(schema));
            return;
        }
        match self.document.referred(reference).map(|schema| schema.str_at(&["type"])) {
            None | Some("" | "object") => {
                let name = reference.rsplit(['/', '.']).next().unwrap_or_default();
                out.push_str(if name.is_empty() { "Object" } else { name });
            }
            Some(primitive) => out.push_str(primitive),
        }
    }
}

/// The reference of a schema to another; empty where it is one itself.
fn reference<'v>(schema: &'v Value<'_>) -> &'v str {
    schema.str_at(&["$ref"])
}

/// The type that a schema names.
fn named_type<'v>(schema: &'v Value<'_>) -> &'v str {
    match schema.str_at(&["type"]) {
        "" | "object" => "Object",
        name => name,
    }
}

/// Text in lines of at most `width` characters, all of them indented, and a line break.
fn paragraph(out: &mut String, text: &str, width: usize, indent: usize) {
    for line in between_words(text, width).split('\n') {
        let _ = writeln!(out, "{:indent$}{line}", "");
    }
}

/// Where there is more to read: the heading and what is below it, each so far from the margin.
fn external_docs(out: &mut String, docs: &Value<'_>, (heading, below): (usize, usize), width: usize) {
    let _ = writeln!(out, "{:heading$}EXTERNAL DOCS:", "");
    let (description, url) = (docs.str_at(&["description"]), docs.str_at(&["url"]));
    if !description.is_empty() {
        paragraph(out, description, width, below);
    }
    if !url.is_empty() {
        let _ = writeln!(out, "{:below$}URL: {url}", "");
    }
}

/// A value of an enumeration. The empty text has quotes, so that it can be seen.
fn enumerated(value: &Value<'_>) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::Null => "<no value>".to_owned(),
        // To Go's decoder every number is a float.
        Value::Int(number) => format::plain_text(&Value::Float(*number as f64)),
        value => format::plain_text(value),
    }
}

/// The first values of an enumeration, on a line of their own.
fn short_enumeration(out: &mut String, schema: &Value<'_>, indent: usize) {
    let values = schema.items_at(&["enum"]);
    if values.is_empty() {
        return;
    }
    let shown: Vec<String> = values.iter().take(MOST_VALUES).map(enumerated).collect();
    let more = if values.len() > MOST_VALUES { ", ...." } else { "" };
    let _ = write!(out, "\n{:indent$}enum: {}{more}", "", shown.join(", "));
}

/// All values of an enumeration, one a line.
fn long_enumeration(out: &mut String, schema: &Value<'_>) {
    let values = schema.items_at(&["enum"]);
    if !values.is_empty() {
        out.push_str("ENUM:");
        values.iter().for_each(|value| {
            let _ = write!(out, "\n    {}", enumerated(value));
        });
    }
}
