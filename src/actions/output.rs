//! What is printed of an object that was changed: a line that says so, or the object in the form of `-o`.

use std::io::Write;

use crate::{
    api::OwnedValue,
    args::Parsed,
    error::Result,
    printers::{
        Printer,
        form::{COMMON_FORMS, name},
    },
};

use super::{dry_run::DryRun, surroundings::Surroundings};

/// Prints objects that were changed.
#[derive(Debug)]
pub enum Output {
    /// Prints `pod/web created`.
    Message(String),
    /// Prints the object.
    Form {
        /// In this form.
        printer: Printer,
        /// Whether the form keeps fields in the order of Go's structs.
        keeps_order: bool,
    },
}

impl Output {
    /// What the flags ask for; `verb` is what a message says was done.
    ///
    /// # Errors
    /// A form that there is not, or a template that cannot be read.
    pub fn resolve(parsed: &Parsed, context: &dyn Surroundings, verb: &str, dry_run: DryRun) -> Result<Output> {
        let output = parsed.string("output");
        if output.is_empty() && parsed.string("template").is_empty() {
            return Ok(Output::Message(format!("{verb}{}", dry_run.suffix())));
        }
        Ok(Output::Form {
            printer: context.printer(parsed, COMMON_FORMS)?,
            keeps_order: matches!(output.to_lowercase().as_str(), "json" | "kyaml"),
        })
    }

    /// Whether more than an object's kind and name is printed.
    pub fn needs_object(&self) -> bool {
        matches!(self, Output::Form { .. })
    }

    /// Prints an object.
    ///
    /// # Errors
    /// What a template cannot make of it, or what the stream reports.
    pub fn print(&mut self, context: &dyn Surroundings, mut object: OwnedValue) -> Result<()> {
        let mut out = Vec::new();
        let result = match self {
            Output::Message(verb) => {
                name(&mut out, &object);
                out.pop();
                out.push(b' ');
                out.extend_from_slice(verb.as_bytes());
                out.push(b'\n');
                Ok(())
            }
            Output::Form { printer, keeps_order } => {
                if !*keeps_order {
                    object.sort_keys();
                }
                printer.print(&mut out, &mut object)
            }
        };
        context.streams().out().write_all(&out)?;
        result
    }
}
