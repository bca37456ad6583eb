//! kubectl's JSONPath dialect, that of `k8s.io/client-go/util/jsonpath`: text with paths in braces, `range` and `end`.
//!
//! A [`Program`] is read once and evaluated over any number of objects. Where it only walks once over a list's items,
//! [`Program::streams_over`] offers to print them while they arrive.

mod evaluate;
mod parse;
mod parts;
pub mod stream;
#[cfg(test)]
mod tests;

use std::fmt;

pub use parse::{ParseError, relaxed};
pub use stream::ItemPrinter;

use self::{
    evaluate::{Found, Results, Walk},
    parse::Node,
};
use crate::{
    api::{Value, json},
    error::{Error, Result},
    template::format,
};

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Program {
    text: String,
    actions: Vec<Vec<Node>>,
    allow_missing_keys: bool,
    as_json: bool,
}

/// Why a template cannot be evaluated over an object: client-go's bare sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionError(String);

impl fmt::Display for ExecutionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ExecutionError {}

impl From<evaluate::Failure> for ExecutionError {
    fn from(failure: evaluate::Failure) -> Self {
        ExecutionError(failure.message)
    }
}

impl Program {
    /// Reads a template; a missing key finds nothing.
    ///
    /// # Errors
    /// client-go's bare sentence.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Program {
            text: text.to_owned(),
            actions: parse::template(text)?,
            allow_missing_keys: true,
            as_json: false,
        })
    }

    /// Reads the template of `-o jsonpath=…`.
    ///
    /// # Errors
    /// As kubectl reports a template that cannot be read, or is empty.
    pub fn for_output(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::message("template format specified but no template given"));
        }
        Program::parse(text).map_err(|error| Error::message(format!("error parsing jsonpath {text}, {error}")))
    }

    /// Says whether a key that no value has finds nothing (`true`, the default) or is an error.
    pub fn allow_missing_keys(mut self, allow: bool) -> Self {
        self.allow_missing_keys = allow;
        self
    }

    /// Prints a JSON list of what each action finds instead of its text, as `-o jsonpath-as-json` does.
    pub fn as_json(mut self, as_json: bool) -> Self {
        self.as_json = as_json;
        self
    }

    /// The template as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn evaluate<'e>(&'e self, object: &'e Value<'e>) -> Result<Results<'e>, ExecutionError> {
        let mut results = Results::default();
        Walk::new(self.allow_missing_keys).actions(&self.actions, 0, Some(object), &mut results)?;
        Ok(results)
    }

    /// What each action finds, in order. Text outside braces is an action that finds itself.
    ///
    /// # Errors
    /// client-go's bare sentence.
    pub fn results<'e>(&'e self, object: &'e Value<'e>) -> Result<Vec<Vec<&'e Value<'e>>>, ExecutionError> {
        let results = self.evaluate(object)?;
        let groups = results
            .groups()
            .map(|group| group.iter().map(|value| value.unwrap_or(&NULL)).collect());
        Ok(groups.collect())
    }

    /// What the first action finds: all there is, for a template that is one path.
    ///
    /// # Errors
    /// As for [`Program::results`].
    pub fn find<'e>(&'e self, object: &'e Value<'e>) -> Result<Vec<&'e Value<'e>>, ExecutionError> {
        if let [path] = self.actions.as_slice() {
            let mut walk = Walk::new(self.allow_missing_keys);
            let found = walk.path(path, vec![Some(object)])?;
            return Ok(found.into_iter().map(|value| value.unwrap_or(&NULL)).collect());
        }
        Ok(self.results(object)?.into_iter().next().unwrap_or_default())
    }

    /// Appends what `-o jsonpath` prints of `object`.
    ///
    /// # Errors
    /// As kubectl reports it, with the template and the object for whoever has to find the mistake. Nothing was appended.
    pub fn print(&self, out: &mut Vec<u8>, object: &Value<'_>) -> Result<()> {
        match self.evaluate(object) {
            Ok(results) => {
                results.groups().for_each(|group| self.print_group(out, group));
                Ok(())
            }
            Err(error) => Err(self.failure(&error, object)),
        }
    }

    /// kubectl's report of a template that cannot be evaluated over `object`.
    pub fn failure(&self, error: &ExecutionError, object: &Value<'_>) -> Error {
        let mut text = Vec::new();
        format::syntax(&mut text, object);
        Error::Message(format!(
            "error executing jsonpath {}: Error executing template: {error}. Printing more information for debugging the template:\n\
             \ttemplate was:\n\t\t{}\n\
             \tobject given to jsonpath engine was:\n\t\t{}\n\n\n",
            format::literal::quoted(&self.text),
            self.text,
            String::from_utf8_lossy(&text),
        ))
    }

    fn print_group(&self, out: &mut Vec<u8>, group: &[Found<'_>]) {
        if self.as_json {
            return print_list(out, group);
        }
        for (i, &value) in group.iter().enumerate() {
            if i > 0 {
                out.push(b' ');
            }
            print_value(out, value);
        }
    }
}

/// The steps of a template that is one action: the names of its fields, none for a step that is anything else.
///
/// # Errors
/// client-go's bare sentence; kubectl's where there are several actions.
pub fn field_names(template: &str) -> Result<Vec<Option<String>>, ParseError> {
    match parse::template(template)?.as_mut_slice() {
        [action] => Ok(action
            .drain(..)
            .map(|node| match node {
                Node::Field(name) => Some(name),
                _ => None,
            })
            .collect()),
        _ => Err(ParseError("must pass in 1 jsonpath string".into())),
    }
}

/// What stands for "no value at all" where a value is wanted.
static NULL: Value<'static> = Value::Null;

/// Appends a single value: text as it is, lists and objects as JSON.
fn print_value(out: &mut Vec<u8>, value: Found<'_>) {
    match value {
        None => out.extend_from_slice(b"<no value>"),
        Some(Value::String(text)) => out.extend_from_slice(text.as_bytes()),
        Some(value @ Value::Float(_)) => format::plain(out, value),
        Some(value) => json::to_compact(out, value),
    }
}

fn print_list(out: &mut Vec<u8>, group: &[Found<'_>]) {
    out.push(b'[');
    for (i, value) in group.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        json::write::new_line(out, 1);
        json::to_indented(out, value.unwrap_or(&NULL), 1);
    }
    if !group.is_empty() {
        out.push(b'\n');
    }
    out.extend_from_slice(b"]\n");
}
