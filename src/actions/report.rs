//! What a changing command says of each object: a sentence, or the object in the form that `-o` asks for.

use std::io::Write;

use crate::{
    api::Value,
    error::Result,
    printers::{Printer, form},
    streams::Streams,
};

use super::dry_run::DryRun;

/// Says what was done, object by object.
#[derive(Debug)]
pub struct Report<'a> {
    streams: &'a Streams,
    /// None where sentences are printed.
    printer: Option<Printer>,
    dry_run: DryRun,
}

impl<'a> Report<'a> {
    /// Sentences, or with `printer` objects.
    pub fn new(streams: &'a Streams, printer: Option<Printer>, dry_run: DryRun) -> Self {
        Report { streams, printer, dry_run }
    }

    /// Whether whole objects are printed.
    pub fn shows_objects(&self) -> bool {
        self.printer.is_some()
    }

    /// Says of `object` that it was `done`: `pod/web labeled`.
    ///
    /// # Errors
    /// What a template cannot make of the object, or a failed write.
    pub fn print(&mut self, object: Value<'_>, done: &str) -> Result<()> {
        let mut out = Vec::new();
        let mut printed = Ok(());
        match &mut self.printer {
            Some(printer) => {
                let mut object = object;
                // What a template came to before it failed is printed too.
                printed = printer.print(&mut out, &mut object);
            }
            None => {
                form::name(&mut out, &object);
                out.pop();
                if !done.is_empty() {
                    out.push(b' ');
                }
                out.extend_from_slice(done.as_bytes());
                out.extend_from_slice(self.dry_run.suffix().as_bytes());
                out.push(b'\n');
            }
        }
        self.streams.out().write_all(&out)?;
        printed
    }
}
