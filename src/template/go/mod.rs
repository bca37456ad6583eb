//! Go templates: the language of Go's `text/template` with kubectl's functions `exists` and `base64decode`.
//!
//! A [`Template`] is read once and evaluated over any number of objects. Where it only ranges once over `.items`,
//! [`Template::streams_over`] offers to print them while they arrive.

mod evaluate;
mod functions;
mod lex;
mod node;
mod number;
mod parse;
mod parts;
pub mod stream;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::fmt;

pub use stream::ItemPrinter;

use self::{
    evaluate::{Settings, Walk},
    parse::Templates,
    value::{Val, reread},
};
use crate::{
    api::{Value, json},
    error::{Error, Result},
    template::format,
};

/// A template that was read.
#[derive(Debug, Clone)]
pub struct Template {
    text: String,
    templates: Templates,
    strict: bool,
}

/// What is wrong with a template, or why it cannot be evaluated: Go's whole sentence, `template: output:1: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateError(String);

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TemplateError {}

impl Template {
    /// Reads a template; a missing key is `<no value>`.
    ///
    /// # Errors
    /// Go's sentence.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        Ok(Template {
            text: text.to_owned(),
            templates: parse::templates(text).map_err(TemplateError)?,
            strict: false,
        })
    }

    /// Reads the template of `-o go-template=…`.
    ///
    /// # Errors
    /// As kubectl reports a template that cannot be read, or is empty.
    pub fn for_output(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::message("template format specified but no template given"));
        }
        Template::parse(text).map_err(|error| Error::message(format!("error parsing template {text}, {error}")))
    }

    /// Says whether a key that a map lacks is `<no value>` (`true`, the default) or an error.
    pub fn allow_missing_keys(mut self, allow: bool) -> Self {
        self.strict = !allow;
        self
    }

    /// The template as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    fn settings(&self) -> Settings<'_> {
        Settings {
            text: &self.text,
            templates: &self.templates,
            strict: self.strict,
        }
    }

    /// Appends what the template makes of `object`.
    ///
    /// # Errors
    /// Go's sentence; what was made up to then has been appended.
    pub fn execute(&self, out: &mut Vec<u8>, object: &Value<'_>) -> Result<(), TemplateError> {
        let object = reread(object);
        let dot = Val::Data(&object);
        let Some(root) = self.templates.get(parse::NAME) else {
            return Ok(());
        };
        Walk::new(self.settings(), out, dot.clone())
            .nodes(root, &dot)
            .map_err(TemplateError)?;
        Ok(())
    }

    /// Appends what `-o go-template` prints of `object`.
    ///
    /// # Errors
    /// As kubectl reports it. What was made up to then has been appended, and behind it the template and the object, for
    /// whoever has to find the mistake.
    pub fn print(&self, out: &mut Vec<u8>, object: &Value<'_>) -> Result<()> {
        self.execute(out, object).map_err(|error| self.failure(out, &error, object))
    }

    /// kubectl's report of a template that cannot be evaluated over `object`: one part goes to output, the other is the
    /// error.
    fn failure(&self, out: &mut Vec<u8>, error: &TemplateError, object: &Value<'_>) -> Error {
        let report = format!(
            "Error executing template: {error}. Printing more information for debugging the template:\n\
             \ttemplate was:\n\t\t{}\n\traw data was:\n\t\t",
            self.text
        );
        out.extend_from_slice(report.as_bytes());
        json::to_compact(out, object);
        out.extend_from_slice(b"\n\tobject given to template engine was:\n\t\t");
        format::plain(out, &reread(object));
        out.extend_from_slice(b"\n\n");
        let text = format::literal::quoted(&self.text);
        Error::message(format!("error executing template {text}: {error}"))
    }
}
