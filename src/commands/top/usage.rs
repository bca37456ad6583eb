//! What `top` shows: measurements from the metrics API, as amounts and as lines of a table.

use std::io::Write;

use crate::{
    api::{
        Value, json,
        quantity::{Format, Quantity},
        selector::Selector,
    },
    args::Parsed,
    client::Request,
    context::Context,
    error::{Error, Result},
    printers::tabs::TabWriter,
    resource::{infos::ACCEPT_TYPED, path},
};

/// The group and version of the measurements.
const GROUP: &str = "metrics.k8s.io";
const VERSION: &str = "v1beta1";

/// What stands for an amount that is not known.
pub const UNKNOWN: &str = "<unknown>";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    Cpu,
    Memory,
    Swap,
}

/// What is shown where nobody asks for swap space, and where somebody does.
const MEASURED: [Resource; 3] = [Resource::Cpu, Resource::Memory, Resource::Swap];

/// How much of each resource: what a `ResourceList` says of those that are measured. What it does not name is nothing.
#[derive(Debug, Clone, Copy)]
pub struct Amounts([Quantity; MEASURED.len()]);

/// What holds for both commands.
#[derive(Debug)]
pub struct Options {
    /// The one object that is asked for; empty for a list.
    pub name: String,
    /// The namespace to work in; empty for objects that live in none.
    pub namespace: String,
    /// A label selector in its canonical form; may be empty.
    pub labels: String,
    /// By what the lines are sorted; by name if by nothing.
    pub sort_by: Option<Resource>,
    pub headers: bool,
    /// The resources that have columns.
    pub resources: &'static [Resource],
}

impl Resource {
    /// Its name in a `ResourceList`.
    pub fn name(self) -> &'static str {
        match self {
            Resource::Cpu => "cpu",
            Resource::Memory => "memory",
            Resource::Swap => "swap",
        }
    }
}

impl Amounts {
    pub const NOTHING: Amounts = Amounts([Quantity::units(0, Format::Decimal); MEASURED.len()]);

    /// What a `ResourceList` names.
    ///
    /// # Errors
    /// What is no quantity.
    pub fn read(list: Option<&Value<'_>>) -> Result<Amounts> {
        let mut amounts = Amounts::NOTHING;
        for (amount, resource) in amounts.0.iter_mut().zip(MEASURED) {
            let text = list.map_or("", |list| list.str_at(&[resource.name()]));
            if !text.is_empty() {
                *amount = Quantity::parse(text).map_err(|error| Error::message(error.to_string()))?;
            }
        }
        Ok(amounts)
    }

    pub fn add(&mut self, other: &Amounts) {
        for (amount, more) in self.0.iter_mut().zip(&other.0) {
            amount.add(more);
        }
    }

    pub fn of(&self, resource: Resource) -> &Quantity {
        let [cpu, memory, swap] = &self.0;
        match resource {
            Resource::Cpu => cpu,
            Resource::Memory => memory,
            Resource::Swap => swap,
        }
    }

    /// The number by which kubectl sorts, the largest first.
    pub fn key(&self, resource: Resource) -> i64 {
        match resource {
            Resource::Cpu => self.of(resource).milli_value(),
            Resource::Memory | Resource::Swap => self.of(resource).value(),
        }
    }

    /// An amount as the table shows it.
    pub fn shown(&self, resource: Resource) -> String {
        match resource {
            Resource::Cpu => format!("{}m", self.key(resource)),
            Resource::Memory | Resource::Swap => format!("{}Mi", self.key(resource) / (1024 * 1024)),
        }
    }
}

impl Options {
    /// Completes what was typed, for objects that are `namespaced` or not. `exclusive` is what is said where there are a
    /// name and a selector, of which `selected` says whether there is one.
    ///
    /// # Errors
    /// Several names, a name and a selector, another field to sort by than there is, or a selector that makes no sense.
    pub fn resolve(parsed: &Parsed, namespaced: bool, selected: bool, exclusive: &'static str, context: &Context) -> Result<Options> {
        let name = match parsed.args() {
            [] => "",
            [name] => name,
            _ => {
                return Err(Error::Usage {
                    message: parsed.command().usage.to_owned(),
                    command: parsed.path().to_owned(),
                });
            }
        };
        let namespace = if namespaced { context.namespace()?.name } else { String::new() };
        context.client()?;
        let sort_by = match parsed.string("sort-by") {
            "" => None,
            "cpu" => Some(Resource::Cpu),
            "memory" => Some(Resource::Memory),
            _ => return Err(Error::message("--sort-by accepts only cpu or memory")),
        };
        if !name.is_empty() && selected {
            return Err(Error::message(exclusive));
        }
        let labels = Selector::parse(parsed.string("selector")).map_err(Error::Message)?;
        let shown = if parsed.bool("show-swap") {
            MEASURED.len()
        } else {
            MEASURED.len() - 1
        };
        Ok(Options {
            name: name.to_owned(),
            namespace,
            labels: labels.to_string(),
            sort_by,
            headers: !parsed.bool("no-headers"),
            resources: MEASURED.get(..shown).unwrap_or(&MEASURED),
        })
    }
}

/// Asks the metrics API, and hands over each measurement of the answer, which is a list or a single one.
///
/// # Errors
/// A server without metrics API, and what it refuses.
pub async fn ask(options: &Options, namespace: &str, fields: &str, plural: &str, context: &Context) -> Result<Vec<u8>> {
    let discovery = context.discovery()?;
    let missing = || Error::message("Metrics API not available");
    if !discovery.offers(GROUP, VERSION, true).await? {
        return Err(missing());
    }
    let place = format!("/apis/{GROUP}/{VERSION}");
    let request = request(&place, namespace, plural, options, fields)?.about(GROUP, plural, options.name.as_str());
    let answer = async { context.client()?.send(request).await?.bytes().await };
    match answer.await {
        Ok(answer) => Ok(answer.to_vec()),
        // What was known may have been old: then kubectl would not have come so far.
        Err(_) if !discovery.offers(GROUP, VERSION, false).await? => Err(missing()),
        Err(error) => Err(error),
    }
}

/// A request for one object or for a list.
///
/// # Errors
/// A name or a namespace that no path can hold.
pub fn request(root: &str, namespace: &str, plural: &str, options: &Options, fields: &str) -> Result<Request> {
    let mut path = format!("{root}/");
    let fault = path::namespace_fault(namespace);
    let fault = fault.or_else(|| {
        if options.name.is_empty() {
            None
        } else {
            path::name_fault(&options.name)
        }
    });
    if let Some(fault) = fault {
        return Err(Error::Message(fault));
    }
    if !namespace.is_empty() {
        path.push_str("namespaces/");
        path::escape(&mut path, namespace, false);
        path.push('/');
    }
    path.push_str(plural);
    if !options.name.is_empty() {
        path.push('/');
        path::escape(&mut path, &options.name, false);
        return Ok(Request::get(path).accept(ACCEPT_TYPED));
    }
    let path = path::with_query(path, &[("fieldSelector", fields), ("labelSelector", &options.labels)]);
    Ok(Request::get(path).accept(ACCEPT_TYPED))
}

/// The objects of an answer: those of a list, or the one that was asked for.
///
/// # Errors
/// An answer that is not JSON.
pub fn objects<'a>(answer: &'a [u8], options: &Options) -> Result<Vec<Value<'a>>> {
    let mut answer = json::parse(answer)?;
    if !options.name.is_empty() {
        return Ok(vec![answer]);
    }
    match answer.as_object_mut().and_then(|list| list.remove("items")) {
        Some(Value::Array(items)) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

/// A table whose lines end in a tab, as `top` writes them.
#[derive(Debug)]
pub struct Table {
    tabs: TabWriter,
}

impl Table {
    pub fn new() -> Table {
        Table {
            tabs: TabWriter::for_tables(),
        }
    }

    /// Adds a cell.
    pub fn cell(&mut self, text: &str) {
        self.tabs.write(text.as_bytes());
        self.tabs.write(b"\t");
    }

    /// Ends a line.
    pub fn end_line(&mut self) {
        self.tabs.write(b"\n");
    }

    /// Shows the table.
    ///
    /// # Errors
    /// What the stream reports.
    pub fn show(mut self, context: &Context) -> Result<()> {
        let mut text = Vec::new();
        self.tabs.flush(&mut text);
        Ok(context.streams().out().write_all(&text)?)
    }
}
