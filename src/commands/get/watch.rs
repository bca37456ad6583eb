//! `get --watch`: what is there, then every change as it happens.

use std::io::Write;

use crate::{
    actions::watch::undecodable,
    api::{
        Map, Value,
        json::{self, DocumentSplitter, read::Parser},
        object, time,
    },
    args::Parsed,
    client::Request,
    context::Context,
    discovery::Mapping,
    error::{Error, Result},
    printers::{table::TablePrinter, tabs::TabWriter},
    resource::{
        fetch::{Answers, Part},
        path,
    },
};

use super::{Options, generic::ObjectPrinter, options::Watch, sorting::Rows, tables};

/// What can happen, in a server's words.
const KINDS: [&str; 5] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];

/// The fields of Go's `Status`, in their order.
const STATUS: [&str; 8] = ["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"];

/// Whether an object tells of a failure.
fn is_status(object: &Value<'_>) -> bool {
    object::kind(object) == "Status" && object.str_at(&["apiVersion"]) == "v1"
}

/// Prints objects and events the same way.
struct Printer<'a> {
    form: Form,
    tabs: TabWriter,
    text: Vec<u8>,
    context: &'a Context,
}

enum Form {
    People {
        table: TablePrinter,
        /// Prints what the server sends in place of tables.
        plain: TablePrinter,
        /// Whether the last of that was a failure; none before the first.
        last: Option<bool>,
        headers: bool,
        /// The rows that were there when the watch began, where they are to be sorted.
        unsorted: Option<Rows>,
    },
    Machines(ObjectPrinter),
}

/// Lists once, then watches until the server ends the watch or the person interrupts it.
///
/// # Errors
/// Where the objects cannot be listed, printed or watched. An end that the server made is none, nor is what cannot be
/// printed of an event.
pub async fn run(options: &Options, parsed: &Parsed, context: &Context) -> Result<()> {
    let site = context.site_of(&options.query)?;
    let plan = options.query.plan(&site).await?;
    let (single, sources) = (plan.single, plan.steps.len());
    let mut answers = Answers::start(plan, &options.query, options.fetch(), &site).await?;
    // kubectl has everything before it prints anything, and is content with the first failure.
    let mut found = Vec::new();
    while let Some(answer) = answers.next().await {
        found.push(answer?);
    }
    let Some(first) = found.first() else { return Ok(()) };
    let mut printer = Printer::new(options, parsed, first.mapping(), context)?;
    for answer in &mut found {
        while let Some(part) = answer.next().await? {
            if options.watch == Some(Watch::AfterList) {
                printer.part(&part, "ADDED").map_err(|error| printer.abandon(error))?;
            }
        }
    }
    printer.sorted().map_err(|error| printer.abandon(error))?;
    printer.align()?;
    context.streams().flush()?;
    if sources != 1 {
        return Err(Error::message("you may only watch a single resource or type of resource at a time"));
    }
    let count = found.len();
    let [answer] = found.as_slice() else {
        return Err(Error::message(format!(
            "watch is only supported on individual resources and resource collections - {count} resources were found"
        )));
    };
    let watched = Watched {
        mapping: answer.mapping().clone(),
        namespace: answer.namespace().to_owned(),
        name: (!answer.is_list()).then(|| answer.name().to_owned()),
        // A list's watch goes on where the list was made; a single object's begins with the object itself.
        version: match single {
            true => "0".to_owned(),
            false => answer.resource_version().unwrap_or("0".to_owned()),
        },
        skips_first: single,
    };
    watch(options, &watched, &mut printer, context).await
}

/// What is watched, and from when.
struct Watched {
    mapping: Mapping,
    namespace: String,
    /// The single object; none for a list.
    name: Option<String>,
    version: String,
    /// Whether the watch begins with the object that has been printed already.
    skips_first: bool,
}

async fn watch(options: &Options, watched: &Watched, printer: &mut Printer<'_>, context: &Context) -> Result<()> {
    let base = path::of(&watched.mapping, &watched.namespace, "", "");
    let (fields, labels) = match &watched.name {
        Some(name) => (format!("metadata.name={name}"), ""),
        None => (
            options.query.fields.clone().unwrap_or_default(),
            options.query.labels.as_deref().unwrap_or_default(),
        ),
    };
    let parameters = [
        ("fieldSelector", fields.as_str()),
        ("includeObject", if options.fetch().include_object { "Object" } else { "" }),
        ("labelSelector", labels),
        ("resourceVersion", &watched.version),
        ("watch", "true"),
    ];
    let request = Request::get(path::with_query(base, &parameters)).accept(options.accept());
    let mut stopped = context.stopped();
    let response = tokio::select! {
        response = context.client()?.begin_watch(request) => response?,
        () = &mut stopped => return Err(Error::Exit(1)),
    };
    let Some(mut response) = response else { return Ok(()) };
    let mut splitter = DocumentSplitter::new();
    let mut skip_first = watched.skips_first;
    loop {
        loop {
            let fault = match splitter.next() {
                Ok(None) => break,
                Ok(Some(event)) => match printer.event(event, &mut skip_first) {
                    Ok(fault) => fault,
                    // kubectl does not tell why it ends here.
                    Err(error) => {
                        printer.abandon(error);
                        return Ok(());
                    }
                },
                // The stream stopped within an event: that is an end like any other.
                Err(error) if error.incomplete => return Ok(()),
                Err(error) => Err(error.message),
            };
            if let Err(sentence) = &fault {
                printer.failure(&undecodable(sentence), "ERROR", true)?;
            }
            // Each event's lines are aligned by themselves, with what came before, not with what is to come.
            printer.align()?;
            if fault.is_err() {
                return Ok(context.streams().flush()?);
            }
        }
        context.streams().flush()?;
        let chunk = tokio::select! {
            chunk = response.chunk() => chunk,
            () = &mut stopped => return Err(Error::Exit(1)),
        };
        match chunk {
            Ok(Some(chunk)) => splitter.push(&chunk),
            // However a watch ends, kubectl has printed what it was told and is content.
            Ok(None) | Err(_) => return Ok(()),
        }
    }
}

impl<'a> Printer<'a> {
    fn new(options: &Options, parsed: &Parsed, mapping: &Mapping, context: &'a Context) -> Result<Self> {
        let form = if options.for_people() {
            let table = || TablePrinter::new(tables::table_options(options, mapping, options.show_kind));
            // Within an event kubectl does not find the table to sort.
            let sort_by = options.sort_by.as_deref().filter(|_| !options.output_watch_events);
            Form::People {
                table: table(),
                plain: table(),
                last: None,
                headers: !options.no_headers,
                unsorted: sort_by.map(Rows::new),
            }
        } else {
            Form::Machines(ObjectPrinter::new(options, parsed, context)?)
        };
        Ok(Printer {
            form,
            tabs: TabWriter::for_tables(),
            text: Vec::new(),
            context,
        })
    }

    fn part(&mut self, part: &Part<'_>, event: &str) -> Result<()> {
        match (&mut self.form, part) {
            (Form::People { table, unsorted, .. }, Part::Row { row, columns }) => {
                table.begin(columns);
                self.text.clear();
                if let Some(unsorted) = unsorted {
                    table.row(row, event, &mut self.text)?;
                    return unsorted.push(row, &self.text);
                }
                table.header(&mut self.text);
                table.row(row, event, &mut self.text)?;
                self.tabs.write(&self.text);
                Ok(())
            }
            (Form::People { .. }, Part::Object { object, .. }) => self.plain(&json::parse(object)?, event),
            (Form::Machines(_), Part::Object { object, list }) => self.single(super::generic::object(object, *list)?, event),
            (Form::Machines(_), Part::Row { .. }) => Ok(()),
        }
    }

    /// Prints the rows that were there when the watch began, if they were to be sorted. Later ones are not.
    fn sorted(&mut self) -> Result<()> {
        let Form::People { table, unsorted, .. } = &mut self.form else {
            return Ok(());
        };
        let Some(rows) = unsorted.take() else { return Ok(()) };
        let tabs = &mut self.tabs;
        rows.finish(self.context, |line| {
            let mut header = Vec::new();
            table.header(&mut header);
            tabs.write(&header);
            tabs.write(line);
        })
    }

    /// Prints an object in a form for machines. Like all else it passes through the writer of tables, for which tabs are
    /// ends of cells.
    fn single(&mut self, object: Value<'_>, event: &str) -> Result<()> {
        let Form::Machines(printer) = &mut self.form else { return Ok(()) };
        self.text.clear();
        let printed = printer.single(&mut self.text, object, event);
        let plain = self.text.ends_with(b"\n") && !self.text.iter().any(|byte| matches!(byte, b'\t' | 0x0b | 0x0c));
        if plain && self.tabs.is_empty() {
            self.context.streams().out().write_all(&self.text)?;
        } else {
            self.tabs.write(&self.text);
        }
        printed
    }

    /// Prints an object that is no table: its name and age, or the failure that it tells of.
    fn plain(&mut self, object: &Value<'_>, event: &str) -> Result<()> {
        let Form::People { plain, last, headers, .. } = &mut self.form else {
            return Ok(());
        };
        let is_failure = is_status(object);
        let line = &mut self.text;
        line.clear();
        if *last != Some(is_failure) {
            if last.is_some() && *headers {
                line.push(b'\n');
            }
            plain.repeat_header();
            *last = Some(is_failure);
        }
        if is_failure {
            plain.begin_status();
            plain.header(line);
            plain.status(object, event, line);
        } else {
            plain.begin_generic();
            plain.header(line);
            plain.object(object, &time::age_of(object, self.context.streams().now()), event, line);
        }
        self.tabs.write(line);
        Ok(())
    }

    /// Prints a failure that came in place of an object, in the order of Go's struct. One of the client's `own` does not
    /// say its kind within an event.
    fn failure(&mut self, status: &Value<'_>, event: &str, own: bool) -> Result<()> {
        let Form::Machines(printer) = &self.form else {
            return self.plain(status, event);
        };
        let mut ordered = Map::in_order();
        for key in STATUS {
            let is_kind = matches!(key, "kind" | "apiVersion");
            if let Some(value) = status.get(key).filter(|_| !(own && is_kind && printer.prints_events())) {
                ordered.insert(key, value.clone());
            }
        }
        self.single(Value::Object(ordered), event)
    }

    /// Prints one event of a watch: `{"type": …, "object": …}`. Inside is what is wrong with an event that cannot be read.
    fn event(&mut self, event: &[u8], skip: &mut bool) -> Result<Result<(), String>> {
        let mut parser = Parser::new(event);
        let mut fields = parser.object()?;
        let (mut kind, mut object) = (Value::Null, &b"null"[..]);
        while let Some(key) = fields.next_key(&mut parser)? {
            match key.as_ref() {
                "type" => kind = parser.value()?,
                "object" => object = parser.skip()?,
                _ => {
                    parser.skip()?;
                }
            }
        }
        let kind = kind.as_str().unwrap_or_default();
        if !KINDS.contains(&kind) {
            return Ok(Err(format!("got invalid watch event type: {kind}")));
        }
        if std::mem::take(skip) {
            return self.learn(object).map(Ok);
        }
        match self.form {
            Form::Machines(_) if kind == "ERROR" && is_status(&json::parse(object)?) => self.failure(&json::parse(object)?, kind, false)?,
            Form::Machines(_) => self.part(&Part::Object { object, list: None }, kind)?,
            Form::People { .. } => self.table(object, kind)?,
        }
        Ok(Ok(()))
    }

    /// Takes from an event that is not printed what later ones need: the columns.
    fn learn(&mut self, object: &[u8]) -> Result<()> {
        if let Form::People { table, .. } = &mut self.form {
            table.begin(json::parse(object)?.items_at(&["columnDefinitions"]));
        }
        Ok(())
    }

    /// Prints an event's table, or the object that a server sent in its place.
    fn table(&mut self, object: &[u8], event: &str) -> Result<()> {
        let mut parser = Parser::new(object);
        let mut fields = parser.object()?;
        let (mut columns, mut rows, mut is_table) = (Value::Null, None, false);
        while let Some(key) = fields.next_key(&mut parser)? {
            match key.as_ref() {
                "kind" => is_table = parser.value()?.as_str() == Some("Table"),
                "columnDefinitions" => columns = parser.value()?,
                "rows" => rows = Some(parser.skip()?),
                _ => {
                    parser.skip()?;
                }
            }
        }
        if !is_table {
            return self.part(&Part::Object { object, list: None }, event);
        }
        let columns = columns.into_owned();
        let Some(rows) = rows.filter(|rows| rows.starts_with(b"[")) else {
            return Ok(());
        };
        let mut parser = Parser::new(rows);
        let mut elements = parser.array()?;
        while elements.next_element(&mut parser)? {
            let row = parser.skip()?;
            self.part(
                &Part::Row {
                    row,
                    columns: columns.as_array().unwrap_or_default(),
                },
                event,
            )?;
        }
        Ok(())
    }

    /// Lets the lines that wait for their columns' widths go.
    fn align(&mut self) -> Result<()> {
        if !self.tabs.is_empty() {
            self.text.clear();
            self.tabs.flush(&mut self.text);
            self.context.streams().out().write_all(&self.text)?;
        }
        Ok(())
    }

    /// Ends with what could not be printed: writes the lines that wait for nothing, and says what kubectl says where that
    /// was not an event.
    fn abandon(&mut self, error: Error) -> Error {
        self.text.clear();
        self.tabs.abandon(&mut self.text);
        // Whoever cannot be told of the objects cannot be told of this either.
        let _ = self.context.streams().out().write_all(&self.text);
        match error {
            error @ Error::Exit(_) => error,
            error => Error::message(format!("unable to output the provided object: {error}")),
        }
    }
}
