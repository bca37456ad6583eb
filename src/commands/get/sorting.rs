//! `get --sort-by`: the order of a server's rows and of objects, and what kubectl says of what has none.
//!
//! Texts and places are those of kubectl's `sorter.go`.

use crate::{
    api::{Value, json, quote},
    client::klog::Severity,
    context::Context,
    error::{Error, Result},
    printers::sort::{self, SortKey, Unsortable},
    template::{
        format::literal,
        jsonpath::{self, ParseError, Program},
    },
};

/// Rows of a server's table that wait to be sorted, already as lines.
pub struct Rows {
    program: Result<Program, ParseError>,
    keys: Vec<SortKey>,
    lines: Vec<u8>,
    /// Where each row's line ends.
    ends: Vec<usize>,
    /// What the path could not make of a row.
    fault: Option<Error>,
}

impl Rows {
    /// No rows yet, to be sorted by a path in any of the forms that kubectl takes, or by a whole template.
    pub fn new(path: &str) -> Self {
        Rows {
            program: Program::parse(&jsonpath::relaxed(path).unwrap_or_else(|_| path.to_owned())),
            keys: Vec::new(),
            lines: Vec::new(),
            ends: Vec::new(),
            fault: None,
        }
    }

    /// Adds a row's JSON and what is printed of it.
    ///
    /// # Errors
    /// Where the row is no JSON.
    pub fn push(&mut self, row: &[u8], line: &[u8]) -> Result<()> {
        self.lines.extend_from_slice(line);
        self.ends.push(self.lines.len());
        let mut found = SortKey::Missing;
        if let Ok(program) = &self.program {
            match row_key(program, row)? {
                Ok(key) => found = key,
                Err(fault) => {
                    self.fault.get_or_insert_with(|| {
                        let fault = format!("&errors.errorString{{s:{}}}", literal::quoted(&fault.to_string()));
                        Error::message(format!(
                            "Failed to get values for [][]reflect.Value(nil) using {} ({fault})",
                            program.text()
                        ))
                    });
                }
            }
        }
        self.keys.push(found);
        Ok(())
    }

    /// Gives the lines in their order. A single row needs none: kubectl does not even look at the path.
    ///
    /// # Errors
    /// A path that is none, or that finds nothing in any row; [`Error::Exit`] where kubectl ends at once, with its words
    /// already said.
    pub fn finish(self, context: &Context, mut print: impl FnMut(&[u8])) -> Result<()> {
        let order = if self.keys.len() > 1 {
            self.order(context)?
        } else {
            vec![0; self.keys.len()]
        };
        for at in order {
            let start = if at == 0 { 0 } else { self.ends[at - 1] };
            print(&self.lines[start..self.ends[at]]);
        }
        Ok(())
    }

    fn order(&self, context: &Context) -> Result<Vec<usize>> {
        let program = self
            .program
            .as_ref()
            .map_err(|error| Error::message(format!("sorting error: {error}")))?;
        if let Some(fault) = &self.fault {
            return Err(fault.clone());
        }
        if self.keys.iter().all(|key| *key == SortKey::Missing) {
            return Err(no_such_field(program));
        }
        sort::order(&self.keys).map_err(|fault| give_up(program, "[][][]reflect.Value", "sorter.go:375", &fault, context))
    }
}

/// The path of `--sort-by` for objects.
///
/// # Errors
/// What is no path in any of the forms that kubectl takes.
pub fn object_program(path: &str) -> Result<Program> {
    let fault = |error: ParseError| Error::message(error.to_string());
    Program::parse(&jsonpath::relaxed(path).map_err(fault)?).map_err(fault)
}

/// The order of objects by a path, as indices.
///
/// # Errors
/// A path that is none, makes no sense for an object, or finds nothing in any of them; [`Error::Exit`] where kubectl ends
/// at once, with its words already said.
pub fn order<'v>(path: &str, objects: impl IntoIterator<Item = &'v Value<'v>>, context: &Context) -> Result<Vec<usize>> {
    let program = object_program(path)?;
    let keys = (objects.into_iter())
        .map(|object| key(&program, object).map_err(|error| Error::message(error.to_string())))
        .collect::<Result<Vec<_>>>()?;
    if !keys.is_empty() && keys.iter().all(|key| *key == SortKey::Missing) {
        return Err(no_such_field(&program));
    }
    sort::order(&keys).map_err(|fault| give_up(&program, "*unstructured.Unstructured", "sorter.go:329", &fault, context))
}

/// Whether a path finds something in an object.
///
/// # Errors
/// Where it makes no sense for the object.
pub fn finds(program: &Program, object: &Value<'_>) -> Result<bool> {
    let key = key(program, object).map_err(|error| Error::message(error.to_string()))?;
    Ok(key != SortKey::Missing)
}

/// What is said where no object has the field to sort by.
pub fn no_such_field(path: &Program) -> Error {
    Error::message(format!(
        "couldn't find any field with path {} in the list of objects",
        quote(path.text())
    ))
}

/// The key of an object: the first value that the path finds in it.
fn key(path: &Program, object: &Value<'_>) -> Result<SortKey, jsonpath::ExecutionError> {
    let found = path.find(object)?;
    Ok(match found.first() {
        Some(&value) if std::ptr::eq(value, object) => SortKey::Whole,
        first => SortKey::of(first.copied()),
    })
}

/// The key of a server's row: what the path finds in the object that came with it.
fn row_key(path: &Program, row: &[u8]) -> Result<Result<SortKey, jsonpath::ExecutionError>> {
    let mut parser = json::read::Parser::new(row);
    let mut fields = parser.object()?;
    while let Some(name) = fields.next_key(&mut parser)? {
        if name == "object" {
            let object: Value<'_> = parser.value()?;
            return Ok(key(path, &object));
        }
        parser.skip()?;
    }
    Ok(Ok(SortKey::Missing))
}

/// Says that values of these types have no order, as kubectl does before it ends at once.
fn give_up(path: &Program, kept_in: &str, site: &str, fault: &Unsortable, context: &Context) -> Error {
    let sentence = format!("Field {} in {kept_in} is {fault}", path.text());
    context.log().line(Severity::Fatal, site, &sentence);
    Error::Exit(1)
}
