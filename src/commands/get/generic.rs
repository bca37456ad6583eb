//! `get` for machines: objects as JSON, YAML, names or whatever a template makes of them.
//!
//! One object that was asked for by itself is printed by itself; all else is one list, printed while it arrives wherever
//! the form of output allows that.

use std::io::Write;

use crate::{
    api::{OwnedValue, Value, json},
    args::Parsed,
    context::Context,
    error::{Error, Result},
    printers::form::{GET_FORMS, ItemPrinter, Printer, Stopped, list_of},
    resource::{
        Plan, Site,
        fetch::{Answer, Answers, Part},
    },
    template::projection::Projection,
};

use super::{Options, sorting};

/// How much text is collected before it is written, in bytes.
const COLLECT: usize = 32 * 1024;

/// Prints what the site answers to a plan.
///
/// # Errors
/// What went wrong with single answers, after all others have been printed.
pub async fn print(options: &Options, parsed: &Parsed, plan: Plan, site: &Site<'_>, context: &Context) -> Result<()> {
    let single = plan.single;
    // kubectl makes its printer only once it has the objects: a bad template is worth less than a failed request.
    let mut printer = context.printer(parsed, GET_FORMS);
    if !single
        && options.sort_by.is_none()
        && let Ok(Some(items)) = printer.as_mut().map(Printer::items)
    {
        let mut answers = Answers::start(plan.clone(), &options.query, options.fetch(), site).await?;
        let projection = items.projection();
        let mut sink = Sink {
            items,
            projection,
            context,
            out: Vec::new(),
            written: 0,
            began: false,
        };
        match sink.answers(&mut answers, options).await {
            Ok(errors) => return options.failure(errors),
            Err(Stopped::Failed(error)) => return Err(error),
            // The report of a failed template shows the whole list, which is nowhere: it is asked for again.
            Err(Stopped::NeedsList) => {
                let written = sink.written;
                return print_whole(options, plan, printer, site, context, written).await;
            }
        }
    }
    print_whole(options, plan, printer, site, context, 0).await
}

/// Objects that are printed while they arrive.
struct Sink<'a> {
    items: ItemPrinter<'a>,
    /// Which parts of an object are printed.
    projection: Projection,
    context: &'a Context,
    out: Vec<u8>,
    /// How many bytes have left.
    written: usize,
    began: bool,
}

impl Sink<'_> {
    /// Prints all objects. What went wrong with single answers is returned.
    async fn answers(&mut self, answers: &mut Answers<'_>, options: &Options) -> Result<Vec<Error>, Stopped> {
        let mut errors = Vec::new();
        while let Some(answer) = answers.next().await {
            let result = match answer {
                Err(error) => Err(Stopped::Failed(error)),
                Ok(mut answer) => self.answer(&mut answer).await,
            };
            match result {
                Ok(()) => {}
                Err(Stopped::Failed(error)) if answers.is_over() => return Err(Stopped::Failed(error)),
                Err(Stopped::Failed(error)) => errors.push(error),
                Err(Stopped::NeedsList) => return Err(Stopped::NeedsList),
            }
        }
        if !self.began && options.ignore_not_found {
            return Ok(errors);
        }
        self.begin()?;
        self.items.end(&mut self.out)?;
        self.write()?;
        Ok(errors)
    }

    async fn answer(&mut self, answer: &mut Answer) -> Result<(), Stopped> {
        while let Some(part) = answer.next().await? {
            let Part::Object { object: bytes, list } = part else { continue };
            self.begin()?;
            let parts = self.projection.read(bytes).map_err(Error::from)?;
            self.items.item(&mut self.out, &mut of_kind(parts, list))?;
            if self.out.len() >= COLLECT && self.items.is_final() {
                self.write()?;
            }
        }
        Ok(())
    }

    fn begin(&mut self) -> Result<(), Stopped> {
        if std::mem::replace(&mut self.began, true) {
            Ok(())
        } else {
            self.items.begin(&mut self.out)
        }
    }

    fn write(&mut self) -> Result<()> {
        self.context.streams().out().write_all(&self.out)?;
        self.written += self.out.len();
        self.out.clear();
        Ok(())
    }
}

/// Prints what can only be printed once all of it is here. The first `written` bytes of it have been.
async fn print_whole(
    options: &Options,
    plan: Plan,
    printer: Result<Printer>,
    site: &Site<'_>,
    context: &Context,
    written: usize,
) -> Result<()> {
    let single = plan.single;
    let mut answers = Answers::start(plan, &options.query, options.fetch(), site).await?;
    let (mut objects, mut errors) = (Vec::new(), Vec::new());
    while let Some(answer) = answers.next().await {
        match answer {
            Err(error) if answers.is_over() => return Err(error),
            Err(error) => errors.push(error),
            Ok(mut answer) => {
                while let Some(part) = answer.next().await? {
                    let Part::Object { object: bytes, list } = part else { continue };
                    objects.push(object(bytes, list)?.into_owned());
                }
            }
        }
    }
    if (objects.is_empty() && options.ignore_not_found) || (single && !errors.is_empty()) {
        return options.failure(errors);
    }
    let mut printer = printer?;
    let mut value = if single && objects.len() == 1 {
        objects.remove(0)
    } else {
        list_of(sorted(objects, options, context)?)
    };
    let mut out = Vec::new();
    let printed = printer.print(&mut out, &mut value);
    context.streams().out().write_all(out.get(written..).unwrap_or_default())?;
    errors.extend(printed.err());
    options.failure(errors)
}

/// The objects in the order that was asked for.
fn sorted(objects: Vec<OwnedValue>, options: &Options, context: &Context) -> Result<Vec<OwnedValue>> {
    let Some(path) = &options.sort_by else { return Ok(objects) };
    let order = sorting::order(path, &objects, context)?;
    let mut places: Vec<Option<OwnedValue>> = objects.into_iter().map(Some).collect();
    Ok(order.into_iter().filter_map(|at| places[at].take()).collect())
}

/// An object's value from its JSON, with the kind that the list it was in says for it.
///
/// # Errors
/// Where it is not JSON.
pub fn object<'a>(bytes: &'a [u8], list: Option<(&str, &str)>) -> Result<Value<'a>> {
    Ok(of_kind(json::parse(bytes)?, list))
}

/// An object with the kind that the list it was in says for it, unless it says its own.
fn of_kind<'a>(mut value: Value<'a>, list: Option<(&str, &str)>) -> Value<'a> {
    if let (Some((api_version, kind)), Some(fields)) = (list, value.as_object_mut())
        && !fields.contains_key("kind")
    {
        fields.insert("apiVersion", api_version.to_owned());
        fields.insert("kind", kind.to_owned());
    }
    value
}

/// Prints objects one by one, each a document of its own, for watches. Columns are left for the watch to align.
pub struct ObjectPrinter {
    printer: Printer,
    prints_events: bool,
}

impl ObjectPrinter {
    /// A printer of the form that the options ask for.
    ///
    /// # Errors
    /// An unknown form, or a template that cannot be read.
    pub fn new(options: &Options, parsed: &Parsed, context: &Context) -> Result<Self> {
        Ok(ObjectPrinter {
            printer: context.printer(parsed, GET_FORMS)?.unaligned(),
            prints_events: options.output_watch_events,
        })
    }

    /// Whether events are printed around objects.
    pub fn prints_events(&self) -> bool {
        self.prints_events
    }

    /// Appends what is printed of an object, or where events are wanted, of the event of that type.
    ///
    /// # Errors
    /// Where it cannot be printed in the form; what tells of that in the output has been appended.
    pub fn single(&mut self, out: &mut Vec<u8>, object: Value<'_>, event: &str) -> Result<()> {
        let mut object = object;
        match self.prints_events {
            true => self.printer.print_event(out, event, object),
            false => self.printer.print(out, &mut object),
        }
    }
}
