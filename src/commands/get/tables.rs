//! `get` for people: the server's tables, aligned, one block per resource.

use std::io::Write;

use crate::{
    api::{Value, json, time},
    context::Context,
    discovery::Mapping,
    error::{Error, Result},
    printers::{
        sort::{self, SortKey},
        table::{TableOptions, TablePrinter},
        tabs::TabWriter,
    },
    resource::fetch::{Answer, Answers, Part},
    template::jsonpath::{self, Program},
};

use super::Options;

/// What a server's table looks like to a path that is meant for the objects in it.
const A_TABLE: &str = r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":""}}"#;

/// What is printed, resource after resource.
struct Printed<'a> {
    options: &'a Options,
    context: &'a Context,
    /// The resource that is being printed, and its printer.
    current: Option<(Mapping, TablePrinter)>,
    tabs: TabWriter,
    line: Vec<u8>,
    /// Rows that wait to be sorted: each one's key, and where its line ends in `lines`.
    unsorted: Vec<(SortKey, usize)>,
    lines: Vec<u8>,
    with_kind: bool,
    anything: bool,
}

/// Prints what the answers hold, and tells at the end if that was nothing.
///
/// # Errors
/// What went wrong with single answers, after all others have been printed.
pub async fn print(options: &Options, answers: &mut Answers<'_>, context: &Context) -> Result<()> {
    let sort_by = options.sort_by.as_deref().map(sort_program);
    if let Some(path) = &sort_by
        && options.server_print
        && answers.several().await
    {
        let path = path.as_ref().map_err(Clone::clone)?;
        if sort_key(path, &json::parse(A_TABLE.as_bytes())?)? == SortKey::Missing {
            return Err(no_such_field(path));
        }
    }
    let with_kind = options.show_kind || answers.kinds().await > 1;
    let mut printed = Printed {
        options,
        context,
        current: None,
        tabs: TabWriter::for_tables(),
        line: Vec::new(),
        unsorted: Vec::new(),
        lines: Vec::new(),
        with_kind,
        anything: false,
    };
    let mut errors = Vec::new();
    let mut all_namespaced = !options.query.all_namespaces;
    while let Some(answer) = answers.next().await {
        match answer {
            Ok(mut answer) => {
                all_namespaced &= answer.mapping().namespaced;
                if let Err(error) = printed.answer(&mut answer, sort_by.as_ref()).await {
                    errors.push(error);
                }
            }
            // kubectl gathers what is wrong with files, and prints it as it is.
            Err(Error::Message(text)) if !options.query.files.is_empty() => errors.push(Error::Bare(text)),
            Err(error) => errors.push(error),
        }
    }
    printed.end_resource()?;
    if !printed.anything && errors.is_empty() && !options.ignore_not_found {
        let mut err = context.streams().err();
        if all_namespaced {
            writeln!(err, "No resources found in {} namespace.", options.query.namespace)?;
        } else {
            writeln!(err, "No resources found")?;
        }
    }
    Error::collect(errors)
}

/// What is said where no object has the field to sort by.
fn no_such_field(path: &Program) -> Error {
    Error::message(format!(
        "couldn't find any field with path {:?} in the list of objects",
        path.text()
    ))
}

/// The path of `--sort-by`, in any of the forms that kubectl takes.
pub fn sort_program(path: &str) -> Result<Program> {
    let fault = |error: jsonpath::ParseError| Error::message(error.to_string());
    Program::parse(&jsonpath::relaxed(path).map_err(fault)?).map_err(fault)
}

impl Printed<'_> {
    async fn answer(&mut self, answer: &mut Answer, sort_by: Option<&Result<Program>>) -> Result<()> {
        self.begin_resource(answer.mapping())?;
        let mut fault = sort_by.and_then(|path| path.as_ref().err()).cloned();
        let sort_by = sort_by.and_then(|path| path.as_ref().ok());
        let sorted = sort_by.is_some() || fault.is_some();
        let mut of_server = false;
        let now = self.context.streams().now();
        while let Some(part) = answer.next().await? {
            let Some((_, printer)) = &mut self.current else { break };
            self.line.clear();
            let key = match part {
                Part::Row { row, columns } => {
                    of_server = true;
                    printer.begin(columns);
                    printer.row(row, "", &mut self.line)?;
                    sort_by.map(|path| row_key(path, row)).transpose()
                }
                Part::Object { object, .. } => {
                    let object = json::parse(object)?;
                    printer.begin_generic();
                    printer.object(&object, &time::age_of(&object, now), "", &mut self.line);
                    sort_by.map(|path| sort_key(path, &object)).transpose()
                }
            };
            let key = key.unwrap_or_else(|error| {
                fault.get_or_insert(error);
                None
            });
            match key {
                None if !sorted => {
                    let mut header = Vec::new();
                    printer.header(&mut header);
                    self.tabs.write(&header);
                    self.tabs.write(&self.line);
                }
                key => {
                    self.lines.extend_from_slice(&self.line);
                    self.unsorted.push((key.unwrap_or(SortKey::Missing), self.lines.len()));
                }
            }
        }
        // A single row or object needs no order: kubectl does not even look at the path.
        if self.unsorted.len() > 1 {
            if let Some(path) = sort_by
                && fault.is_none()
                && self.unsorted.iter().all(|(key, _)| *key == SortKey::Missing)
            {
                fault = Some(no_such_field(path));
            }
            if let Some(fault) = fault {
                self.unsorted.clear();
                self.lines.clear();
                // kubectl drops what goes wrong with a server's table, and prints nothing of it.
                return if of_server { Ok(()) } else { Err(fault) };
            }
        }
        self.print_sorted()
    }

    fn print_sorted(&mut self) -> Result<()> {
        let Some((_, printer)) = &mut self.current else { return Ok(()) };
        let (keys, ends): (Vec<SortKey>, Vec<usize>) = self.unsorted.drain(..).unzip();
        let order = sort::order(&keys).map_err(Error::Message)?;
        if !keys.is_empty() {
            let mut header = Vec::new();
            printer.header(&mut header);
            self.tabs.write(&header);
        }
        for at in order {
            let start = if at == 0 { 0 } else { ends[at - 1] };
            self.tabs.write(&self.lines[start..ends[at]]);
        }
        self.lines.clear();
        Ok(())
    }

    /// Makes a printer for `mapping` unless the last answer was of the same resource.
    fn begin_resource(&mut self, mapping: &Mapping) -> Result<()> {
        if self.current.as_ref().is_some_and(|(current, _)| same_resource(current, mapping)) {
            return Ok(());
        }
        self.end_resource()?;
        let printer = TablePrinter::new(table_options(self.options, mapping, self.with_kind));
        self.current = Some((mapping.clone(), printer));
        Ok(())
    }

    /// Writes what the current resource's rows came to, behind an empty line if another resource's came before.
    fn end_resource(&mut self) -> Result<()> {
        self.current = None;
        if self.tabs.is_empty() {
            return Ok(());
        }
        let mut out = Vec::new();
        if self.anything && !self.options.no_headers {
            out.push(b'\n');
        }
        self.tabs.flush(&mut out);
        self.tabs.forget_widths();
        self.anything = true;
        self.context.streams().out().write_all(&out)?;
        Ok(())
    }
}

fn same_resource(a: &Mapping, b: &Mapping) -> bool {
    a.resource == b.resource && a.group == b.group && a.version == b.version
}

/// How the tables of a resource are printed.
pub fn table_options(options: &Options, mapping: &Mapping, with_kind: bool) -> TableOptions {
    TableOptions {
        wide: options.output == "wide",
        no_headers: options.no_headers,
        with_namespace: options.query.all_namespaces && mapping.namespaced,
        kind: with_kind.then(|| mapping.group_kind().to_lowercase()),
        show_labels: options.show_labels,
        column_labels: options.label_columns.clone(),
        with_event: options.output_watch_events,
    }
}

/// The key of an object: the first value that the path finds in it.
pub fn sort_key(path: &Program, object: &Value<'_>) -> Result<SortKey> {
    let found = path.find(object).map_err(|error| Error::message(error.to_string()))?;
    Ok(SortKey::of(found.first().copied()))
}

/// The key of a server's row: what the path finds in the object that came with it.
fn row_key(path: &Program, row: &[u8]) -> Result<SortKey> {
    let mut parser = json::read::Parser::new(row);
    let mut fields = parser.object()?;
    while let Some(key) = fields.next_key(&mut parser)? {
        if key == "object" {
            let object: Value<'_> = parser.value()?;
            return sort_key(path, &object);
        }
        parser.skip()?;
    }
    Ok(SortKey::Missing)
}
