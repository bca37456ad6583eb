//! What is printed of a schema of OpenAPI v2: the layout of kubectl's older printer (`pkg/explain/model_printer.go`).

use std::fmt::Write;

use super::wrap::filled;
use crate::{
    api::{Value, quote},
    openapi::older::{Document, Shape, shape},
};

/// How wide the text is.
const WIDTH: usize = 80;

/// How deep schemas are followed that lead to each other.
const MAX_DEPTH: usize = 1_000;

/// What is printed of the field at the end of `path`, or of the kind itself.
///
/// # Errors
/// `field "…" does not exist`.
pub(super) fn render<'d>(
    document: &Document<'d>,
    schema: &Value<'d>,
    (group_version, kind): (&str, &str),
    path: &[String],
    recursive: bool,
) -> Result<String, String> {
    let page = Page { document, recursive };
    let mut out = format!("KIND:     {kind}\nVERSION:  {group_version}\n\n");
    let (schema, is_inside) = page.find(schema, path)?;
    let name = path.last().map(String::as_str).unwrap_or_default();
    page.explain(&mut out, schema, is_inside, name);
    Ok(out)
}

struct Page<'p, 'd> {
    document: &'p Document<'d>,
    recursive: bool,
}

impl<'p, 'd> Page<'p, 'd> {
    /// Follows the path to a field. Behind what is neither an object nor made of others the rest of it is not looked at:
    /// says whether there is any.
    fn find(&self, schema: &'p Value<'d>, path: &[String]) -> Result<(&'p Value<'d>, bool), String> {
        let (mut schema, mut rest) = (schema, path);
        for _ in 0..MAX_DEPTH {
            let Some((first, behind)) = rest.split_first() else { break };
            match self.inside(schema) {
                Some(inner) => schema = inner,
                None if shape(schema) == Shape::Kind => {
                    let missing = || format!("field {} does not exist", quote(first));
                    schema = schema.get("properties").and_then(|fields| fields.get(first)).ok_or_else(missing)?;
                    rest = behind;
                }
                None => break,
            }
        }
        Ok((schema, !rest.is_empty()))
    }

    /// What a reference leads to, and what lists and maps have inside; none for a map of anything.
    fn inside(&self, schema: &'p Value<'d>) -> Option<&'p Value<'d>> {
        match shape(schema) {
            Shape::Reference(reference) => self.document.referred(reference),
            Shape::Array(_) => schema.get("items"),
            Shape::Map(Some(_)) => schema.get("additionalProperties"),
            _ => None,
        }
    }

    /// Name and type, descriptions and fields of what is found. `is_inside` says that of a map of anything that anything
    /// is meant.
    fn explain(&self, out: &mut String, schema: &'p Value<'d>, is_inside: bool, name: &str) {
        let mut schema = schema;
        let mut descriptions = Vec::new();
        let mut type_name = None;
        for _ in 0..MAX_DEPTH {
            let Some(inner) = self.inside(schema) else { break };
            descriptions.push(schema.str_at(&["description"]));
            if !matches!(shape(schema), Shape::Reference(_)) && type_name.is_none() {
                type_name = Some(self.type_name(schema));
            }
            schema = inner;
        }
        // A map of anything is described like the anything that it holds.
        if shape(schema) == Shape::Map(None) && !is_inside {
            descriptions.push(schema.str_at(&["description"]));
        }
        descriptions.push(schema.str_at(&["description"]));
        let type_name = type_name.unwrap_or_else(|| self.type_name(schema));
        match shape(schema) {
            Shape::Kind if name.is_empty() => {}
            Shape::Kind => {
                let _ = write!(out, "RESOURCE: {name} <{type_name}>\n\n");
            }
            Shape::Primitive(_) => {
                let _ = write!(out, "FIELD:    {name} <{type_name}>\n\n");
            }
            _ => {}
        }
        out.push_str("DESCRIPTION:\n");
        for (at, description) in descriptions.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            if at > 0 {
                out.push('\n');
            }
            wrapped(out, description, 5);
        }
        if descriptions.iter().all(|text| text.is_empty()) {
            wrapped(out, "<empty>", 5);
        }
        if shape(schema) == Shape::Kind {
            out.push_str("\nFIELDS:\n");
            match self.recursive {
                true => self.tree(out, schema, 3, &mut Vec::new()),
                false => self.list(out, schema),
            }
        }
    }

    /// The fields of a kind with their descriptions.
    fn list(&self, out: &mut String, schema: &'p Value<'d>) {
        let required = schema.items_at(&["required"]);
        for (name, field) in fields(schema) {
            let mark = if required.iter().any(|required| required.as_str() == Some(name)) {
                " -required-"
            } else {
                ""
            };
            let _ = writeln!(out, "   {name}\t<{}>{mark}", self.type_name(field));
            wrapped(out, field.str_at(&["description"]), 5);
            out.push('\n');
        }
    }

    /// The fields of a kind, and theirs. A reference is not followed again inside of what it leads to.
    fn tree(&self, out: &mut String, schema: &'p Value<'d>, indent: usize, followed: &mut Vec<&'p str>) {
        for (name, field) in fields(schema) {
            let _ = writeln!(out, "{:indent$}{name}\t<{}>", "", self.type_name(field));
            let (mut inner, before) = (field, followed.len());
            loop {
                match shape(inner) {
                    Shape::Reference(reference) if followed.contains(&reference) => break,
                    Shape::Reference(reference) => followed.push(reference),
                    Shape::Kind if followed.len() < MAX_DEPTH => {
                        self.tree(out, inner, indent + 3, followed);
                        break;
                    }
                    _ => {}
                }
                match self.inside(inner) {
                    Some(deeper) => inner = deeper,
                    None => break,
                }
            }
            followed.truncate(before);
        }
    }

    /// What a schema is a schema of: `string`, `[]Object`, `map[string]string`.
    fn type_name(&self, schema: &'p Value<'d>) -> String {
        let mut name = String::new();
        let mut schema = schema;
        for _ in 0..MAX_DEPTH {
            match shape(schema) {
                Shape::Reference(_) => {}
                Shape::Array(_) => name.push_str("[]"),
                Shape::Map(_) => name.push_str("map[string]"),
                Shape::Kind => name.push_str("Object"),
                Shape::Primitive(primitive) => name.push_str(primitive),
                Shape::Arbitrary => {}
            }
            match self.inside(schema) {
                Some(inner) => schema = inner,
                None => break,
            }
        }
        name
    }
}

/// The fields of a kind, by name.
fn fields<'v, 'd>(schema: &'v Value<'d>) -> impl Iterator<Item = (&'v str, &'v Value<'d>)> {
    let fields = schema.get("properties").and_then(Value::as_object);
    fields.into_iter().flat_map(|fields| fields.iter())
}

/// Text in lines, all of them indented that are not empty.
fn wrapped(out: &mut String, text: &str, indent: usize) {
    for line in filled(text, WIDTH - indent) {
        match line.as_str() {
            "" => out.push('\n'),
            line => {
                let _ = writeln!(out, "{:indent$}{line}", "");
            }
        }
    }
}
