//! Asking the server for what a plan holds, several requests in flight, and reading the answers in order, part by part.
//!
//! A list is never held whole: pages are asked for one after the other and taken apart while they arrive.

use std::{collections::VecDeque, pin::Pin};

use futures_util::{Stream, StreamExt, stream};

use crate::{
    api::{
        Map, OwnedValue, Value,
        json::{self, ListSplitter, Progress, SyntaxError, read::Parser, split::Item},
        object, quote, selector,
    },
    client::{Client, Request, Response},
    discovery::{Discovery, Mapping},
    error::{Error, Result},
};

use super::{Plan, Query, Site, Source, Step, documents, infos::wrong_namespace, path};

/// How many requests are in flight at once. Their answers are read in order all the same, so nobody can tell, and a
/// server sees no more of a client than it would of a browser.
const IN_FLIGHT: usize = 8;

/// What is accepted where a table is wanted: the current form, the old one, and the plain object from servers that
/// know neither.
pub const ACCEPT_TABLE: &str =
    "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/// What is accepted otherwise.
pub const ACCEPT_JSON: &str = "application/json";

/// How a plan is carried out.
#[derive(Debug, Clone)]
pub struct Fetch {
    /// The form in which objects are wanted.
    pub accept: &'static str,
    /// How many objects a page of a list holds; 0 for all at once.
    pub chunk: i64,
    /// Whether tables come with whole objects.
    pub include_object: bool,
    /// Whether objects that do not exist are passed over.
    pub ignore_not_found: bool,
}

/// The answers to a plan, in order.
pub struct Answers<'a> {
    waiting: Pin<Box<dyn Stream<Item = Result<Answer>> + 'a>>,
    ready: VecDeque<Result<Answer>>,
    several_kinds: bool,
    ignore_not_found: bool,
    discovery: &'a Discovery,
}

impl<'a> Answers<'a> {
    /// Begins to ask.
    pub async fn start(plan: Plan, query: &'a Query, fetch: Fetch, site: &'a Site<'a>) -> Result<Answers<'a>> {
        let targets = targets(plan, query, site, Filter::Later).await;
        let mut kinds = targets
            .iter()
            .filter_map(|target| target.as_ref().ok())
            .map(|target| &target.mapping);
        let first = kinds.next();
        let several_kinds = first.is_some_and(|first| kinds.any(|mapping| !same_kind(mapping, first)));
        let ignore_not_found = fetch.ignore_not_found;
        let waiting = stream::iter(targets)
            .map(move |target| {
                let fetch = fetch.clone();
                async move { Answer::ask(target?, query, fetch, site).await }
            })
            .buffered(IN_FLIGHT);
        Ok(Answers {
            waiting: Box::pin(waiting),
            ready: VecDeque::new(),
            several_kinds,
            ignore_not_found,
            discovery: site.discovery,
        })
    }

    /// How many kinds of objects are answered, 2 standing for several. Waits for every answer to begin only where the
    /// plan has several.
    pub async fn kinds(&mut self) -> usize {
        if !self.several_kinds {
            return 1;
        }
        while let Some(answer) = self.waiting.next().await {
            self.ready.push_back(answer);
        }
        let mut kinds = self.ready.iter().filter_map(|answer| answer.as_ref().ok()).map(Answer::mapping);
        let first = kinds.next();
        if first.is_some_and(|first| kinds.any(|mapping| !same_kind(mapping, first))) {
            2
        } else {
            1
        }
    }

    /// Whether more than one answer has something to say. Waits for the first two.
    pub async fn several(&mut self) -> bool {
        while self.ready.iter().filter(|answer| answer.is_ok()).count() < 2 {
            match self.waiting.next().await {
                Some(answer) => self.ready.push_back(answer),
                None => return false,
            }
        }
        true
    }

    /// Whether the failure that was answered last is the whole outcome: kubectl would not have begun to ask.
    pub fn is_over(&self) -> bool {
        self.discovery.is_over()
    }

    /// The next answer, once it has begun.
    pub async fn next(&mut self) -> Option<Result<Answer>> {
        loop {
            let answer = match self.ready.pop_front() {
                Some(answer) => answer,
                None => self.waiting.next().await?,
            };
            // What kubectl would not have begun with comes to its one failure, and to nothing else.
            if self.discovery.is_over() {
                if answer.is_ok() {
                    continue;
                }
                self.ready.clear();
                self.waiting = Box::pin(stream::empty());
                return Some(answer);
            }
            match answer {
                Err(error) if self.ignore_not_found && error.is_not_found() => {}
                answer => return Some(answer),
            }
        }
    }
}

/// Whether two types are one.
pub fn same_kind(a: &Mapping, b: &Mapping) -> bool {
    a.kind == b.kind && a.group == b.group && a.version == b.version
}

/// One request to make.
#[derive(Debug, Clone)]
pub struct Target {
    /// The type.
    pub mapping: Mapping,
    /// Where; empty for everywhere and for types without namespaces.
    pub namespace: String,
    /// Empty for a list.
    pub name: String,
    /// A part of the object; empty for all of it.
    subresource: String,
    /// The namespace that the command line demands, for an object from a file.
    demanded: Option<String>,
    /// For an object from a file: itself, if no name says which one it is on the server.
    from_file: Option<Option<OwnedValue>>,
}

/// When objects from files are held to the label selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// As they are in the file.
    AsGiven,
    /// As the server answers them.
    Later,
}

impl Target {
    /// Checks that an object from a file is where the command line demands.
    ///
    /// # Errors
    /// That it is elsewhere.
    pub fn check(&self) -> Result<()> {
        let Target { namespace, demanded, .. } = self;
        match demanded {
            Some(demanded) if demanded != namespace => Err(wrong_namespace(namespace, demanded)),
            _ => Ok(()),
        }
    }
}

/// The requests that a plan comes to, with the faults found in files in their places.
pub async fn targets(plan: Plan, query: &Query, site: &Site<'_>, filter: Filter) -> Vec<Result<Target>> {
    let mut targets = Vec::new();
    for step in plan.steps {
        match step {
            Step::List { mapping, namespace } => targets.push(match path::namespace_fault(&namespace) {
                // kubectl prints this one without `error: ` before it.
                Some(fault) => Err(Error::Bare(fault)),
                None => Ok(Target {
                    mapping,
                    namespace,
                    name: String::new(),
                    subresource: query.subresource.clone(),
                    demanded: None,
                    from_file: None,
                }),
            }),
            Step::Object { mapping, namespace, name } => {
                targets.push(match path::namespace_fault(&namespace).or_else(|| path::name_fault(&name)) {
                    Some(fault) => Err(Error::Message(fault)),
                    None => Ok(Target {
                        mapping,
                        namespace,
                        name,
                        subresource: query.subresource.clone(),
                        demanded: None,
                        from_file: None,
                    }),
                });
            }
            Step::File(source) => {
                if let Err(error) = file_targets(&source, query, site, filter, &mut targets).await {
                    targets.push(Err(error));
                }
            }
        }
    }
    targets
}

async fn file_targets(source: &Source, query: &Query, site: &Site<'_>, filter: Filter, targets: &mut Vec<Result<Target>>) -> Result<()> {
    let selector = query.label_selector()?.filter(|_| filter == Filter::AsGiven);
    for document in documents::read(source, site).await? {
        let mut document = match document {
            Ok(document) => document,
            Err(error) => {
                targets.push(Err(error));
                continue;
            }
        };
        let mapping = match documents::mapping(&document, &source.name(), site).await {
            Ok(mapping) => mapping,
            Err(error) => {
                targets.push(Err(error));
                continue;
            }
        };
        if selector
            .as_ref()
            .is_some_and(|selector: &selector::Selector| !selector.matches_object(&document))
        {
            continue;
        }
        let own = object::namespace(&document);
        let namespace = match (mapping.namespaced, own) {
            (false, _) => String::new(),
            (true, "") => query.namespace.clone(),
            (true, own) => own.to_owned(),
        };
        if mapping.namespaced && namespace.is_empty() {
            let resource = format!("{}/{}, Resource={}", mapping.group, mapping.version, mapping.resource);
            let name = quote(object::name(&document));
            targets.push(Err(Error::message(format!("no namespace set on resource {resource} {name}"))));
            continue;
        }
        let name = object::name(&document).to_owned();
        let demanded = (query.enforce_namespace && mapping.namespaced).then(|| query.namespace.clone());
        targets.push(Ok(Target {
            from_file: Some(name.is_empty().then(|| {
                if !namespace.is_empty() {
                    document.set(&["metadata", "namespace"], namespace.clone());
                }
                document
            })),
            mapping,
            namespace,
            name,
            // kubectl reads whole objects again for files, whatever part was asked for.
            subresource: String::new(),
            demanded,
        }));
    }
    Ok(())
}

/// What the server answered to one step.
pub struct Answer {
    mapping: Mapping,
    namespace: String,
    /// Empty for a list.
    name: String,
    body: Body,
}

enum Body {
    Single(Box<Single>),
    List(Box<Pages>),
}

/// A part of an answer.
#[derive(Debug)]
pub enum Part<'a> {
    /// A row of a server's table.
    Row {
        /// Its JSON.
        row: &'a [u8],
        /// The table's `columnDefinitions`.
        columns: &'a [Value<'static>],
    },
    /// An object.
    Object {
        /// Its JSON.
        object: &'a [u8],
        /// The `apiVersion` and `kind` of the list that it was in, for objects that do not say them themselves.
        list: Option<(&'a str, &'a str)>,
    },
}

impl Answer {
    /// Asks for what the target says; where its type was only assumed and turns out to be another, for that.
    async fn ask(mut target: Target, query: &Query, fetch: Fetch, site: &Site<'_>) -> Result<Answer> {
        match Answer::open(target.clone(), query, fetch.clone(), site.client.clone()).await {
            Ok(answer) => Ok(answer),
            Err(error) => {
                target.mapping = site.discovery.reconsider(&target.mapping, error).await?;
                Answer::open(target, query, fetch, site.client.clone()).await
            }
        }
    }

    async fn open(target: Target, query: &Query, fetch: Fetch, client: Client) -> Result<Answer> {
        let Target {
            mapping,
            namespace,
            name,
            subresource,
            demanded,
            from_file,
        } = target;
        let base = path::of(&mapping, &namespace, &name, &subresource);
        let include = if fetch.include_object { "Object" } else { "" };
        if name.is_empty() && from_file.is_none() {
            let (labels, fields) = (query.labels.clone().unwrap_or_default(), query.fields.clone().unwrap_or_default());
            let mut pages = Pages {
                client,
                accept: fetch.accept,
                base,
                chunk: if fetch.chunk != 0 { fetch.chunk.to_string() } else { String::new() },
                include,
                labels,
                fields,
                response: None,
                splitter: splitter(),
                held: VecDeque::new(),
                current: Vec::new(),
                page_ended: false,
                subject: format!("{}/{}, Resource={}", mapping.group, mapping.version, mapping.resource),
                group: mapping.group.to_string(),
                resource: mapping.resource.to_string(),
            };
            pages.ask("").await?;
            return Ok(Answer {
                mapping,
                namespace,
                name,
                body: Body::List(Box::new(pages)),
            });
        }
        let bytes = match &from_file {
            // What has no name cannot be read again: kubectl shows it as it is in the file.
            Some(Some(object)) => {
                let mut bytes = Vec::new();
                json::write::to_compact(&mut bytes, object);
                bytes
            }
            _ => {
                let request = Request::get(path::with_query(base, &[("includeObject", include)]))
                    .accept(fetch.accept)
                    .about(mapping.group.as_str(), mapping.resource.as_str(), name.as_str());
                match client.send(request).await {
                    Ok(response) => readable(response)?.bytes().await?.to_vec(),
                    Err(error) => return Err(missing_namespace(&client, &namespace, fetch.accept, error).await),
                }
            }
        };
        if let Some(demanded) = demanded.filter(|demanded| *demanded != namespace) {
            return Err(Error::Bare(wrong_namespace(&namespace, &demanded).to_string()));
        }
        // A table has no labels, whatever those of the object in it.
        let taken = match query.label_selector()?.filter(|_| from_file.is_some()) {
            Some(selector) => !selector.matches_object(&json::parse(&bytes)?),
            None => false,
        };
        Ok(Answer {
            mapping,
            namespace,
            name,
            body: Body::Single(Box::new(Single { bytes, rows: None, taken })),
        })
    }

    /// The type that was asked for.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// Where was asked; empty for everywhere.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The name that was asked for; empty for a list.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next part; none at the end.
    ///
    /// # Errors
    /// Where the answer breaks off, is not JSON, or a further page is refused.
    pub async fn next(&mut self) -> Result<Option<Part<'_>>> {
        match &mut self.body {
            Body::Single(single) => single.next(),
            Body::List(pages) => pages.next().await,
        }
    }

    /// Whether this is a list, and not an object that was asked for by its name.
    pub fn is_list(&self) -> bool {
        matches!(self.body, Body::List(_))
    }

    /// The resource version of the object, or of the list once all of it has been read.
    pub fn resource_version(&self) -> Option<String> {
        match &self.body {
            Body::Single(single) => Some(json::parse(&single.bytes).ok()?.str_at(&["metadata", "resourceVersion"]).to_owned()),
            Body::List(pages) => Some(pages.splitter.head().get("metadata")?.get("resourceVersion")?.as_str()?.to_owned()),
        }
    }
}

/// An object that was asked for by name: it comes as it is, or as a table of one row.
struct Single {
    bytes: Vec<u8>,
    /// Takes the table apart, if it is one.
    rows: Option<ListSplitter>,
    taken: bool,
}

impl Single {
    fn next(&mut self) -> Result<Option<Part<'_>>> {
        if !std::mem::replace(&mut self.taken, true) {
            if !is_table(&self.bytes)? {
                return Ok(Some(Part::Object {
                    object: &self.bytes,
                    list: None,
                }));
            }
            let rows = self.rows.insert(ListSplitter::new(&["rows"]));
            rows.push(&self.bytes);
            rows.finish();
        }
        let Some(rows) = &mut self.rows else { return Ok(None) };
        match rows.advance()? {
            Progress::Item => Ok(rows.item().map(part)),
            Progress::More | Progress::End => Ok(None),
        }
    }
}

/// The answer, if it says that it is in a form that can be read, or does not say.
fn readable(response: Response) -> Result<Response> {
    let form = response.header("content-type");
    let known = ["json", "yaml", "protobuf"];
    if form.is_empty() || known.iter().any(|known| form.contains(known)) {
        return Ok(response);
    }
    Err(Error::message(format!("serializer for {form} doesn't exist")))
}

/// Whether an answer is a table and not the object itself.
fn is_table(bytes: &[u8]) -> Result<bool> {
    let mut parser = Parser::new(bytes);
    let mut fields = parser.object()?;
    while let Some(key) = fields.next_key(&mut parser)? {
        if key == "kind" {
            return Ok(parser.value()?.as_str() == Some("Table"));
        }
        parser.skip()?;
    }
    Ok(false)
}

/// Where an object was not found, its namespace may be what is missing: then that is what a person should read.
pub(super) async fn missing_namespace(client: &Client, namespace: &str, accept: &'static str, error: Error) -> Error {
    if !error.is_not_found() || namespace.is_empty() || namespace == "default" {
        return error;
    }
    let mut path = String::from("/api/v1/namespaces/");
    path::escape(&mut path, namespace, false);
    match client.send(Request::get(path).accept(accept)).await {
        Err(other) if other.is_not_found() => other,
        _ => error,
    }
}

/// A list, page by page.
struct Pages {
    client: Client,
    accept: &'static str,
    /// The path without a query.
    base: String,
    /// How many objects a page holds; empty for all.
    chunk: String,
    /// What comes with a table's rows; empty for the usual.
    include: &'static str,
    labels: String,
    fields: String,
    response: Option<Response>,
    splitter: ListSplitter,
    /// Objects that cannot be passed on before the list has said what kind they are.
    held: VecDeque<Vec<u8>>,
    /// The one of them that has been passed on last.
    current: Vec<u8>,
    /// Whether the page has been read to its end.
    page_ended: bool,
    /// The type, as Go names it in errors.
    subject: String,
    /// The type's group and resource.
    group: String,
    resource: String,
}

fn splitter() -> ListSplitter {
    ListSplitter::new(&["items", "rows"])
}

impl Pages {
    async fn ask(&mut self, token: &str) -> Result<()> {
        let path = path::with_query(
            self.base.clone(),
            &[
                ("continue", token),
                ("fieldSelector", &self.fields),
                ("includeObject", self.include),
                ("labelSelector", &self.labels),
                ("limit", &self.chunk),
            ],
        );
        let request = Request::get(path)
            .accept(self.accept)
            .about(self.group.as_str(), self.resource.as_str(), "");
        let explain = |error| unlisted(error, &self.subject, &self.labels, &self.fields);
        self.response = Some(readable(self.client.send(request).await.map_err(explain)?)?);
        self.splitter = splitter();
        self.page_ended = false;
        Ok(())
    }

    async fn next(&mut self) -> Result<Option<Part<'_>>> {
        loop {
            if self.page_ended {
                if let Some(held) = self.held.pop_front() {
                    self.current = held;
                    return Ok(Some(Part::Object {
                        object: &self.current,
                        list: kind_of_items(self.splitter.head()),
                    }));
                }
                let token = self
                    .splitter
                    .head()
                    .get("metadata")
                    .map(|metadata| metadata.str_at(&["continue"]).to_owned());
                match token.filter(|token| !token.is_empty()) {
                    Some(token) => self.ask(&token).await?,
                    None => return Ok(None),
                }
            }
            match self.splitter.advance()? {
                Progress::Item => {
                    let Some(item) = self.splitter.item() else { continue };
                    if item.list == "rows" || item.head.contains_key("kind") || says_its_kind(item.bytes) {
                        break;
                    }
                    self.held.push_back(item.bytes.to_vec());
                }
                Progress::More => {
                    let Some(response) = &mut self.response else { return Ok(None) };
                    match response.chunk().await? {
                        Some(chunk) => self.splitter.push(&chunk),
                        None => self.splitter.finish(),
                    }
                }
                Progress::End => self.page_ended = true,
            }
        }
        Ok(self.splitter.item().map(part))
    }
}

/// Why `subject` cannot be listed: kubectl says what it wanted to list where the server found the request bad or the
/// resource missing.
pub fn unlisted(error: Error, subject: &str, labels: &str, fields: &str) -> Error {
    let Error::Status(mut status) = error else { return error };
    if status.is("BadRequest") || status.is("NotFound") {
        status.message = if labels.is_empty() && fields.is_empty() {
            format!("Unable to list {subject:?}: {}", status.message)
        } else {
            format!(
                "Unable to find {subject:?} that match label selector {labels:?}, field selector {fields:?}: {}",
                status.message
            )
        };
    }
    Error::Status(status)
}

/// An element of an answer's list.
fn part(item: Item<'_>) -> Part<'_> {
    if item.list == "rows" {
        let columns = item.head.get("columnDefinitions").and_then(Value::as_array).unwrap_or_default();
        return Part::Row { row: item.bytes, columns };
    }
    Part::Object {
        object: item.bytes,
        list: kind_of_items(item.head),
    }
}

/// The `apiVersion` and `kind` of the objects in a list that says its own.
fn kind_of_items<'a>(head: &'a Map<'static>) -> Option<(&'a str, &'a str)> {
    let kind = head.get("kind")?.as_str()?.strip_suffix("List")?;
    Some((head.get("apiVersion")?.as_str()?, kind))
}

/// Whether an object says its own kind.
fn says_its_kind(object: &[u8]) -> bool {
    let search = || -> Result<bool, SyntaxError> {
        let mut parser = Parser::new(object);
        let mut fields = parser.object()?;
        while let Some(key) = fields.next_key(&mut parser)? {
            if key == "kind" {
                return Ok(true);
            }
            parser.skip()?;
        }
        Ok(false)
    };
    search().unwrap_or(false)
}
