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

use super::{Options, generic::ObjectPrinter, options::Watch, tables};

/// What can happen, in a server's words.
const KINDS: [&str; 5] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];

/// The fields of Go's `Status`, in their order.
const STATUS: [&str; 8] = ["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"];

/// Whether an object tells of a failure.
fn is_status(object: &Value<'_>) -> bool {
    object::kind(object) == "Status" && object.str_at(&["apiVersion"]) == "v1"
}

/// Prints objects and events the same way.
enum Printer<'a> {
    People {
        table: TablePrinter,
        /// Prints what the server sends in place of tables.
        plain: TablePrinter,
        /// Whether the last of that was a failure; none before the first.
        last: Option<bool>,
        headers: bool,
        tabs: TabWriter,
        line: Vec<u8>,
        context: &'a Context,
    },
    Machines(ObjectPrinter<'a>),
}

/// Lists once, then watches until the server ends the watch or the person interrupts it.
///
/// # Errors
/// Where the objects cannot be listed or watched. An end that the server made is none.
pub async fn run(options: &Options, parsed: &Parsed, context: &Context) -> Result<()> {
    let site = context.site()?;
    let plan = options.query.plan(&site).await?;
    let mut answers = Answers::start(plan, &options.query, options.fetch(), &site).await?;
    let mut watched: Option<Watched> = None;
    let mut printer = None;
    while let Some(answer) = answers.next().await {
        let mut answer = answer?;
        if watched.is_some() {
            return Err(Error::message(
                "watch is only supported on individual resources and resource collections - more than 1 resource was found",
            ));
        }
        let printer = printer.insert(Printer::new(options, parsed, answer.mapping(), context)?);
        let (mapping, namespace, name) = (answer.mapping().clone(), answer.namespace().to_owned(), answer.name().to_owned());
        while let Some(part) = answer.next().await? {
            if options.watch == Some(Watch::AfterList) {
                printer.part(&part, "ADDED")?;
            }
        }
        // A list's watch goes on where the list was made; a single object's begins with the object itself.
        let version = answer.resource_version().unwrap_or("0").to_owned();
        watched = Some(Watched {
            mapping,
            namespace,
            name,
            version,
        });
    }
    let (Some(watched), Some(mut printer)) = (watched, printer) else {
        return Ok(());
    };
    printer.align(context)?;
    context.streams().flush()?;
    watch(options, &watched, &mut printer, context).await
}

/// What is watched, and from when.
struct Watched {
    mapping: Mapping,
    namespace: String,
    /// The single object; empty for a list.
    name: String,
    version: String,
}

async fn watch(options: &Options, watched: &Watched, printer: &mut Printer<'_>, context: &Context) -> Result<()> {
    let base = path::of(&watched.mapping, &watched.namespace, "", "");
    let single = format!("metadata.name={}", watched.name);
    let fields = if watched.name.is_empty() {
        options.query.fields.as_deref().unwrap_or_default()
    } else {
        &single
    };
    let labels = options.query.labels.as_deref().unwrap_or_default();
    let parameters = [
        ("fieldSelector", fields),
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
    // The watch of a single object begins with the object, which has been printed already.
    let mut skip_first = !watched.name.is_empty() && options.watch == Some(Watch::AfterList);
    loop {
        loop {
            let fault = match splitter.next() {
                Ok(None) => break,
                Ok(Some(event)) => printer.event(event, &mut skip_first)?,
                // The stream stopped within an event: that is an end like any other.
                Err(error) if error.incomplete => return Ok(()),
                Err(error) => Err(error.message),
            };
            if let Err(sentence) = &fault {
                printer.failure(&undecodable(sentence), "ERROR", true)?;
            }
            // Each event's lines are aligned by themselves, with what came before, not with what is to come.
            printer.align(context)?;
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
    fn new(options: &'a Options, parsed: &Parsed, mapping: &Mapping, context: &'a Context) -> Result<Self> {
        if !options.for_people() {
            return Ok(Printer::Machines(ObjectPrinter::new(options, parsed, context)?));
        }
        let table = || TablePrinter::new(tables::table_options(options, mapping, options.show_kind));
        Ok(Printer::People {
            table: table(),
            plain: table(),
            last: None,
            headers: !options.no_headers,
            tabs: TabWriter::for_tables(),
            line: Vec::new(),
            context,
        })
    }

    fn part(&mut self, part: &Part<'_>, event: &str) -> Result<()> {
        match (self, part) {
            (Printer::People { table, tabs, line, .. }, Part::Row { row, columns }) => {
                table.begin(columns);
                line.clear();
                table.header(line);
                table.row(row, event, line)?;
                tabs.write(line);
            }
            (people @ Printer::People { .. }, Part::Object { object, .. }) => people.plain(&json::parse(object)?, event)?,
            (Printer::Machines(printer), Part::Object { object, list }) => printer.single(super::generic::object(object, *list)?, event)?,
            (Printer::Machines(_), Part::Row { .. }) => {}
        }
        Ok(())
    }

    /// Prints an object that is no table: its name and age, or the failure that it tells of.
    fn plain(&mut self, object: &Value<'_>, event: &str) -> Result<()> {
        let Printer::People {
            plain,
            last,
            headers,
            tabs,
            line,
            context,
            ..
        } = self
        else {
            return Ok(());
        };
        let is_failure = is_status(object);
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
            plain.object(object, &time::age_of(object, context.streams().now()), event, line);
        }
        tabs.write(line);
        Ok(())
    }

    /// Prints a failure that came in place of an object, in the order of Go's struct. One of the client's `own` does not
    /// say its kind within an event.
    fn failure(&mut self, status: &Value<'_>, event: &str, own: bool) -> Result<()> {
        let Printer::Machines(printer) = self else {
            return self.plain(status, event);
        };
        let mut ordered = Map::in_order();
        for key in STATUS {
            let is_kind = matches!(key, "kind" | "apiVersion");
            if let Some(value) = status.get(key).filter(|_| !(own && is_kind && printer.prints_events())) {
                ordered.insert(key, value.clone());
            }
        }
        printer.single(Value::Object(ordered), event)
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
        match self {
            Printer::Machines(_) if kind == "ERROR" && is_status(&json::parse(object)?) => {
                self.failure(&json::parse(object)?, kind, false)?
            }
            Printer::Machines(_) => self.part(&Part::Object { object, list: None }, kind)?,
            Printer::People { .. } => self.table(object, kind)?,
        }
        Ok(Ok(()))
    }

    /// Takes from an event that is not printed what later ones need: the columns.
    fn learn(&mut self, object: &[u8]) -> Result<()> {
        if let Printer::People { table, .. } = self {
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
    fn align(&mut self, context: &Context) -> Result<()> {
        if let Printer::People { tabs, line, .. } = self
            && !tabs.is_empty()
        {
            line.clear();
            tabs.flush(line);
            context.streams().out().write_all(line)?;
        }
        Ok(())
    }
}
