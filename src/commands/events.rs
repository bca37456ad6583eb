//! `kubectl events`: shows what has happened.

use std::io::Write;

use crate::{
    actions::{
        named_resources::no_such,
        watch::{Kind, Watch},
    },
    api::{Map, OwnedValue, Value, event, json, object, selector::FieldSelector, sort::sort, structs::Structs},
    args::{Command, Flag, Parsed, groups},
    client::{Client, Request},
    context::Context,
    discovery::{Discovery, Partial, builtin},
    error::{Error, Result},
    printers::{Printer, escape_terminal, form::COMMON_FORMS, tabs::TabWriter},
    resource::{fetch::unlisted, infos::ACCEPT_TYPED, path},
};

/// How many events a page holds, whatever `--chunk-size` says: kubectl does not look at it.
const PAGE: &str = "500";

/// The command as data.
pub static COMMAND: Command = Command {
    name: "events",
    usage: "events [(-o|--output=)json|yaml|kyaml|name|go-template|go-template-file|template|templatefile|jsonpath|jsonp\
            ath-as-json|jsonpath-file] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
    short: "Show what has happened lately",
    long: "Show what has happened lately, the oldest first: in a namespace, in all of them, or to one object.",
    examples: "\
# In the namespace
kubectl events

# In all namespaces
kubectl events --all-namespaces

# To one pod, as it happens
kubectl events --for pod/web-pod-13je7 --watch

# As YAML
kubectl events -oyaml

# Only some types
kubectl events --types=Warning,Normal",
    flags: &[
        &[
            Flag::text("for", "Only what happened to this object, as TYPE/NAME."),
            Flag::slice("types", "Only events of these types: Normal or Warning."),
            Flag::switch("watch", false, "Go on with what happens from now on.").short('w'),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::ALL_NAMESPACES,
        groups::CHUNK_SIZE,
        groups::NO_HEADERS,
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
struct Args<'a>(&'a Parsed);

/// What it means.
#[derive(Debug)]
struct Options {
    /// Where; empty for everywhere.
    namespace: String,
    /// What the events are to be about.
    about: Option<About>,
    /// The types that are wanted, in any case of letters; any if there are none.
    types: Vec<String>,
    /// Whether new events are waited for.
    watch: bool,
    /// How objects are printed; none for a table.
    printer: Option<Printer>,
    /// Whether only names are wanted.
    only_names: bool,
    headers: bool,
}

/// An object that events are about.
#[derive(Debug)]
struct About {
    kind: String,
    api_version: String,
    name: String,
    /// What its type was called, where nobody has asked the server for it.
    assumed: Option<String>,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// A type that the server does not have, a form of output or types of events that there are not.
    async fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let namespace = context.namespace()?.name;
        let about = match parsed.string("for") {
            "" => None,
            named => Some(About::parse(named, context.discovery()?).await?),
        };
        context.client()?;
        let output = parsed.string("output");
        let printer = (!output.is_empty()).then(|| context.printer(parsed, COMMON_FORMS)).transpose()?;
        let types = parsed.strings("types").to_vec();
        let known = |word: &String| ["Normal", "Warning"].iter().any(|known| known.eq_ignore_ascii_case(word));
        if !types.iter().all(known) {
            return Err(Error::message("valid --types are Normal or Warning"));
        }
        Ok(Options {
            namespace: if parsed.bool("all-namespaces") { String::new() } else { namespace },
            about,
            types,
            watch: parsed.bool("watch"),
            printer,
            only_names: output == "name",
            headers: !parsed.bool("no-headers"),
        })
    }

    fn wants(&self, event: &Value<'_>) -> bool {
        let own = event.str_at(&["type"]);
        self.types.is_empty() || self.types.iter().any(|wanted| wanted.eq_ignore_ascii_case(own))
    }

    /// What is asked for of events' fields.
    fn fields(&self) -> String {
        match &self.about {
            // kubectl takes an empty name for none at all.
            Some(about) if !about.name.is_empty() => FieldSelector::equals("involvedObject.kind", &about.kind)
                .and_equals("involvedObject.apiVersion", &about.api_version)
                .and_equals("involvedObject.name", &about.name)
                .to_string(),
            _ => String::new(),
        }
    }
}

impl About {
    /// The object that `TYPE/NAME` names. Types that every server has are not asked for.
    async fn parse(named: &str, discovery: &Discovery) -> Result<About> {
        let (kind, name) = match named.split('/').collect::<Vec<_>>().as_slice() {
            [_] => return Err(Error::message("--for must be in resource/name form")),
            [kind, name] => (kind.to_lowercase(), (*name).to_owned()),
            _ => {
                return Err(Error::message("arguments in resource/name form may not have more than one slash"));
            }
        };
        if !discovery.is_loaded().await
            && let Some(mapping) = builtin::resolve(&kind)
        {
            return Ok(About {
                kind: mapping.kind.to_string(),
                api_version: mapping.group_version(),
                name,
                assumed: Some(kind),
            });
        }
        let found = look_up(&kind, discovery).await?;
        Ok(About {
            api_version: match found.group.as_str() {
                "" => found.version,
                group => format!("{group}/{}", found.version),
            },
            kind: found.name,
            name,
            assumed: None,
        })
    }
}

/// The kind behind a resource's name, as the server has it.
async fn look_up(kind: &str, discovery: &Discovery) -> Result<Partial> {
    let (full, short) = Partial::parse(kind);
    let missing = |error| no_such(error, &short.name, &short.group);
    let mut found = None;
    if let Some(full) = &full {
        found = discovery.resource_for(full).await.ok();
    }
    let found = match found {
        Some(found) => found,
        None => discovery.resource_for(&short).await.map_err(missing)?,
    };
    discovery.kind_for(&found).await.map_err(missing)
}

/// Shows the events that the command line asks for.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let mut options = Options::resolve(&Args(parsed), context).await?;
    let client = context.client()?;
    let shown = match path::namespace_fault(&options.namespace) {
        Some(fault) => Err(Error::Message(fault)),
        None if options.watch => watch(&mut options, client, context).await,
        None => list(&mut options, client, context).await,
    };
    let assumed = options.about.and_then(|about| about.assumed);
    if let (Err(_), Some(kind)) = (&shown, assumed) {
        // kubectl would have asked for the type first, and would perhaps not have come so far.
        look_up(&kind, context.discovery()?).await?;
    }
    shown
}

/// Shows what there is, the oldest first.
async fn list(options: &mut Options, client: &Client, context: &Context) -> Result<()> {
    let mut events = all(options, client).await?;
    events.retain(|event| options.wants(event));
    if events.is_empty() {
        return context.warn(&match options.namespace.as_str() {
            "" => "No events found.".to_owned(),
            namespace => format!("No events found in {namespace} namespace."),
        });
    }
    sort(&mut events, |a, b| event::moment(a) < event::moment(b));
    let mut sheet = Sheet::new(options, context);
    match &mut options.printer {
        // kubectl cannot print the names of a list, and does not say so.
        Some(_) if options.only_names => return Ok(()),
        Some(printer) => sheet.print(printer, list_of(events)),
        None => events.iter().for_each(|event| sheet.row(event)),
    }
    sheet.show()
}

/// Every event that the server has, in its order.
async fn all(options: &Options, client: &Client) -> Result<Vec<OwnedValue>> {
    let fields = options.fields();
    let (mut events, mut token) = (Vec::new(), String::new());
    loop {
        let parameters = [("continue", token.as_str()), ("fieldSelector", &fields), ("limit", PAGE)];
        let request = Request::get(path::with_query(base(options), &parameters))
            .accept(ACCEPT_TYPED)
            .about("", "events", "");
        let response = client.send(request).await;
        let page = response.map_err(|error| unlisted(error, "events", "", &fields))?.bytes().await?;
        let mut page = json::parse(&page)?;
        page.str_at(&["metadata", "continue"]).clone_into(&mut token);
        if let Some(Value::Array(items)) = page.as_object_mut().and_then(|page| page.remove("items")) {
            events.extend(items.into_iter().map(Value::into_owned));
        }
        if token.is_empty() {
            return Ok(events);
        }
    }
}

/// Shows what there is and what happens from then on, in the server's order, until the server ends it.
async fn watch(options: &mut Options, client: &Client, context: &Context) -> Result<()> {
    let parameters = [("fieldSelector", &*options.fields()), ("limit", PAGE), ("watch", "true")];
    let path = path::with_query(base(options), &parameters);
    let mut watch = Watch::open(client, path, ACCEPT_TYPED).await?;
    let mut stopped = context.stopped();
    let mut sheet = Sheet::new(options, context);
    loop {
        let next = tokio::select! {
            next = watch.next() => next,
            () = &mut stopped => return Err(Error::Exit(1)),
        };
        let Some(next) = next else { return Ok(()) };
        let event = next.object;
        // That events are forgotten after an hour is no news, and what is no event is nothing to show.
        if next.kind == Kind::Deleted || object::kind(&event) != "Event" || !options.wants(&event) {
            continue;
        }
        match &mut options.printer {
            Some(printer) => sheet.print(printer, Structs::new().typed(event)),
            None => sheet.row(&event),
        }
        sheet.show()?;
    }
}

/// The path of the events.
fn base(options: &Options) -> String {
    let mut path = String::from("/api/v1/");
    if !options.namespace.is_empty() {
        path.push_str("namespaces/");
        path::escape(&mut path, &options.namespace, false);
        path.push('/');
    }
    path + "events"
}

/// The list that kubectl makes of events, as Go prints it.
fn list_of(events: Vec<OwnedValue>) -> OwnedValue {
    let structs = Structs::new();
    let events: Vec<OwnedValue> = events
        .into_iter()
        .map(|mut event| {
            if object::kind(&event).is_empty() && object::group_version(&event).1.is_empty() {
                event.set(&["apiVersion"], "v1");
                event.set(&["kind"], "Event");
            }
            structs.decode("Event", event)
        })
        .collect();
    let mut list = Map::in_order();
    list.insert("kind", "EventList");
    list.insert("apiVersion", "v1");
    list.insert("metadata", Map::new());
    list.insert("items", events);
    Value::Object(list)
}

/// What is shown. kubectl aligns all of it, other forms than the table too: a tab in a template's text ends a cell.
struct Sheet<'a> {
    context: &'a Context,
    tabs: TabWriter,
    text: Vec<u8>,
    /// Whether the table's headers are still to come.
    headers: bool,
    with_namespace: bool,
}

impl<'a> Sheet<'a> {
    fn new(options: &Options, context: &'a Context) -> Self {
        Sheet {
            context,
            tabs: TabWriter::for_tables(),
            text: Vec::new(),
            headers: options.headers,
            with_namespace: options.namespace.is_empty(),
        }
    }

    /// Adds an object in the form that was asked for. What a template cannot make of it kubectl does not report.
    fn print(&mut self, printer: &mut Printer, mut object: OwnedValue) {
        let _ = printer.print(&mut self.text, &mut object);
    }

    /// Adds an event to the table.
    fn row(&mut self, event: &Value<'_>) {
        if std::mem::take(&mut self.headers) {
            let namespace = if self.with_namespace { "NAMESPACE\t" } else { "" };
            self.text.extend_from_slice(namespace.as_bytes());
            self.text.extend_from_slice(b"LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n");
        }
        if self.with_namespace {
            self.text.extend_from_slice(object::namespace(event).as_bytes());
            self.text.push(b'\t');
        }
        let seen = event::last_seen(event, self.context.streams().now());
        self.text.extend_from_slice(seen.as_bytes());
        for (before, path) in [
            ("\t", &["type"][..]),
            ("\t", &["reason"]),
            ("\t", &["involvedObject", "kind"]),
            ("/", &["involvedObject", "name"]),
            ("\t", &["message"]),
        ] {
            self.text.extend_from_slice(before.as_bytes());
            let text = event.str_at(path);
            // kubectl trims messages only.
            let text = if path == ["message"] { text.trim() } else { text };
            escape_terminal(&mut self.text, text.as_bytes());
        }
        self.text.push(b'\n');
    }

    /// Shows what has been added.
    fn show(&mut self) -> Result<()> {
        self.tabs.write(&self.text);
        self.text.clear();
        self.tabs.flush(&mut self.text);
        let streams = self.context.streams();
        streams.out().write_all(&self.text)?;
        self.text.clear();
        Ok(streams.flush()?)
    }
}
