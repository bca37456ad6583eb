//! `get` for people: the server's tables, aligned, one block per resource.

use std::io::Write;

use crate::{
    api::{json, time},
    context::Context,
    discovery::Mapping,
    error::{Error, Result},
    printers::{
        table::{TableOptions, TablePrinter},
        tabs::TabWriter,
    },
    resource::fetch::{Answer, Answers, Part, same_kind},
};

use super::{
    Options,
    sorting::{self, Rows},
};

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
    with_kind: bool,
    /// Whether there is a column of namespaces. Once it is there it stays, for types without namespaces too.
    with_namespace: bool,
    anything: bool,
    /// Whether all that was found lives in namespaces.
    all_namespaced: bool,
}

/// Prints what the answers hold, and tells at the end if that was nothing.
///
/// # Errors
/// What went wrong with single answers, after all others have been printed.
pub async fn print(options: &Options, answers: &mut Answers<'_>, context: &Context) -> Result<()> {
    let mut printed = Printed {
        options,
        context,
        current: None,
        tabs: TabWriter::for_tables(),
        line: Vec::new(),
        with_kind: options.show_kind,
        with_namespace: false,
        anything: false,
        all_namespaced: !options.query.all_namespaces,
    };
    let several_kinds = answers.kinds().await > 1;
    let mut errors = if !options.server_print && (options.sort_by.is_some() || several_kinds) {
        printed.objects(answers).await?
    } else {
        printed.with_kind |= several_kinds;
        printed.tables(answers).await?
    };
    printed.end_resource()?;
    if !printed.anything && errors.is_empty() && !options.ignore_not_found {
        let mut err = context.streams().err();
        if printed.all_namespaced {
            writeln!(err, "No resources found in {} namespace.", options.query.namespace)?;
        } else {
            writeln!(err, "No resources found")?;
        }
    }
    if !options.query.files.is_empty() {
        // What is wrong with files is gathered, and printed as it is, even if it is the only thing.
        for error in &mut errors {
            if let Error::Message(text) = error {
                *error = Error::Bare(std::mem::take(text));
            }
        }
    }
    options.failure(errors)
}

impl Printed<'_> {
    /// Prints answers as they come. What went wrong with single ones is returned.
    async fn tables(&mut self, answers: &mut Answers<'_>) -> Result<Vec<Error>> {
        if let Some(path) = &self.options.sort_by
            && self.options.server_print
            && answers.several().await
        {
            let path = sorting::object_program(path)?;
            if !sorting::finds(&path, &json::parse(A_TABLE.as_bytes())?)? {
                return Err(sorting::no_such_field(&path));
            }
        }
        let mut errors = Vec::new();
        while let Some(answer) = answers.next().await {
            match answer {
                Ok(mut answer) => match self.answer(&mut answer).await {
                    Ok(()) => {}
                    Err(error @ Error::Exit(_)) => return Err(error),
                    Err(error) => errors.push(error),
                },
                Err(error) => errors.push(error),
            }
        }
        Ok(errors)
    }

    /// Prints objects of several kinds, or in an order, which takes all of them. What went wrong with single ones is
    /// returned.
    async fn objects(&mut self, answers: &mut Answers<'_>) -> Result<Vec<Error>> {
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        while let Some(answer) = answers.next().await {
            let mut answer = match answer {
                Ok(answer) => answer,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            let mapping = answer.mapping().clone();
            while let Some(part) = answer.next().await? {
                if let Part::Object { object, .. } = part {
                    found.push((mapping.clone(), json::parse(object)?.into_owned()));
                }
            }
        }
        self.with_kind |= found.windows(2).any(|pair| !same_kind(&pair[0].0, &pair[1].0));
        let order = match &self.options.sort_by {
            Some(path) if found.len() > 1 => sorting::order(path, found.iter().map(|(_, object)| object), self.context)?,
            _ => (0..found.len()).collect(),
        };
        let now = self.context.streams().now();
        for at in order {
            let (mapping, object) = &found[at];
            self.begin_resource(mapping)?;
            let Some((_, printer)) = &mut self.current else { continue };
            self.line.clear();
            printer.begin_generic();
            printer.header(&mut self.line);
            printer.object(object, &time::age_of(object, now), "", &mut self.line);
            self.tabs.write(&self.line);
        }
        Ok(errors)
    }

    async fn answer(&mut self, answer: &mut Answer) -> Result<()> {
        let mapping = answer.mapping().clone();
        let (mut rows, mut objects) = (self.options.sort_by.as_deref().map(Rows::new), Vec::new());
        let now = self.context.streams().now();
        // An empty list of objects is nothing, while an empty table is a table.
        let mut begun = false;
        if self.options.server_print {
            self.begin_resource(&mapping)?;
            begun = true;
        }
        while let Some(part) = answer.next().await? {
            if !std::mem::replace(&mut begun, true) {
                self.begin_resource(&mapping)?;
            }
            let Some((_, printer)) = &mut self.current else { break };
            self.line.clear();
            match part {
                Part::Row { row, columns } => {
                    printer.begin(columns);
                    match &mut rows {
                        Some(rows) => {
                            printer.row(row, "", &mut self.line)?;
                            rows.push(row, &self.line)?;
                        }
                        None => {
                            printer.header(&mut self.line);
                            printer.row(row, "", &mut self.line)?;
                            self.tabs.write(&self.line);
                        }
                    }
                }
                Part::Object { object, .. } => {
                    let object = json::parse(object)?;
                    printer.begin_generic();
                    if self.options.sort_by.is_some() {
                        objects.push(object.into_owned());
                    } else {
                        printer.header(&mut self.line);
                        printer.object(&object, &time::age_of(&object, now), "", &mut self.line);
                        self.tabs.write(&self.line);
                    }
                }
            }
        }
        let Some((_, printer)) = &mut self.current else { return Ok(()) };
        if let Some(rows) = rows {
            let tabs = &mut self.tabs;
            let print = |line: &[u8]| {
                let mut header = Vec::new();
                printer.header(&mut header);
                tabs.write(&header);
                tabs.write(line);
            };
            match rows.finish(self.context, print) {
                // kubectl drops what goes wrong with a server's table, and prints nothing of it.
                Ok(()) | Err(Error::Message(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(path) = &self.options.sort_by {
            let order = match objects.len() {
                0 | 1 => (0..objects.len()).collect(),
                _ => sorting::order(path, &objects, self.context)?,
            };
            for at in order {
                self.line.clear();
                printer.header(&mut self.line);
                printer.object(&objects[at], &time::age_of(&objects[at], now), "", &mut self.line);
                self.tabs.write(&self.line);
            }
        }
        Ok(())
    }

    /// Makes a printer for `mapping` unless the last answer was of the same resource.
    fn begin_resource(&mut self, mapping: &Mapping) -> Result<()> {
        if self.current.as_ref().is_some_and(|(current, _)| same_resource(current, mapping)) {
            return Ok(());
        }
        self.end_resource()?;
        self.all_namespaced &= mapping.namespaced;
        self.with_namespace |= self.options.query.all_namespaces && mapping.namespaced;
        let mut options = table_options(self.options, mapping, self.with_kind);
        options.with_namespace = self.with_namespace;
        let printer = TablePrinter::new(options);
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

/// How the tables of a resource are printed, with a column of namespaces wherever all of them are asked for.
pub fn table_options(options: &Options, mapping: &Mapping, with_kind: bool) -> TableOptions {
    TableOptions {
        wide: options.output == "wide",
        no_headers: options.no_headers,
        with_namespace: options.query.all_namespaces,
        kind: with_kind.then(|| mapping.group_kind().to_lowercase()),
        show_labels: options.show_labels,
        column_labels: options.label_columns.clone(),
        with_event: options.output_watch_events,
    }
}
