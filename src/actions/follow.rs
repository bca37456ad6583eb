//! Following one object: what it is, then every change, through whatever becomes of the connection.
//!
//! This is what an informer of client-go does (`tools/cache/reflector.go`, `tools/watch/informerwatcher.go`) with the
//! requests, the pauses and the log lines of kubectl: a watch that begins with what is there, and where the server does
//! not know that, a list and a watch; another watch where one ends; a new beginning where one fails.

use std::{
    collections::VecDeque,
    hash::{BuildHasher, RandomState},
    time::Duration,
};

use tokio::time::{Instant, sleep};

use super::watch::{Event, Kind, Watch};
use crate::{
    api::{OwnedValue, Status, Value, json},
    client::{
        Client, Request,
        klog::{Field, Severity},
    },
    discovery::Mapping,
    error::{Error, Result},
    resource::path,
};

const ACCEPT: &str = "application/json";

/// How kubectl's log lines call it.
const REFLECTOR: &str = "k8s.io/client-go/tools/watch/informerwatcher.go:162";

/// The type that log lines name.
const TYPE: &str = "*unstructured.Unstructured";

/// The annotation of the event behind which all that was there at first has been told.
const INITIAL_EVENTS_END: &str = "k8s.io/initial-events-end";

/// A watch that ends sooner and has told nothing is a failure.
const VERY_SHORT: Duration = Duration::from_secs(1);

/// How long to wait after the first failure; twice as long after each further one, up to [`LONGEST_PAUSE`].
const PAUSE: Duration = Duration::from_millis(800);

const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Failures further apart do not count together.
const FORGIVEN: Duration = Duration::from_secs(120);

/// An object that is followed.
#[derive(Debug)]
pub struct Follower<'a> {
    client: &'a Client,
    /// The path of the objects of its type.
    base: String,
    selector: String,
    /// Its last state; none where it does not exist.
    known: Option<OwnedValue>,
    /// The version up to which everything is known; empty where nothing is.
    version: String,
    watch: Option<Open>,
    pending: VecDeque<Event>,
    /// Whether it is known what is there.
    synced: bool,
    /// Whether the next watch comes behind a new look at what is there.
    afresh: bool,
    failures: u32,
    last_failure: Option<Instant>,
}

/// A watch, and what it has brought.
#[derive(Debug)]
struct Open {
    watch: Watch,
    began: Instant,
    events: usize,
}

impl Open {
    fn new(watch: Watch) -> Self {
        Open {
            watch,
            began: Instant::now(),
            events: 0,
        }
    }

    fn was_very_short(&self) -> bool {
        self.events == 0 && self.began.elapsed() < VERY_SHORT
    }
}

impl<'a> Follower<'a> {
    /// Follows the object `name`. Nothing is asked yet.
    pub fn new(client: &'a Client, mapping: &Mapping, namespace: &str, name: &str) -> Self {
        Follower {
            client,
            base: path::of(mapping, namespace, "", ""),
            selector: format!("metadata.name={name}"),
            known: None,
            version: String::new(),
            watch: None,
            pending: VecDeque::new(),
            synced: false,
            afresh: true,
            failures: 0,
            last_failure: None,
        }
    }

    /// Waits until it is known whether the object exists, and says so. Goes on asking where the server fails.
    pub async fn exists(&mut self) -> bool {
        while !self.synced {
            self.connect().await;
        }
        self.known.is_some()
    }

    /// What happens next to the object: first that it is there, if it is. Waits for as long as it takes.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.pending.pop_front() {
                return event;
            }
            let Some(open) = &mut self.watch else {
                self.connect().await;
                continue;
            };
            match open.watch.next().await {
                Some(event) => {
                    open.events += 1;
                    self.take(event).await;
                }
                None => self.end().await,
            }
        }
    }

    /// Opens a watch: behind a new look at what is there where that is wanted, else from where the last one ended.
    async fn connect(&mut self) {
        let opened = if self.afresh { self.begin().await } else { self.resume().await };
        match opened {
            Ok(open) => {
                self.watch = Some(open);
                self.afresh = false;
            }
            Err(error) => {
                let retriable = !self.afresh && is_retriable(&error);
                if !retriable {
                    if !is_outdated(&error) {
                        self.complain(Severity::Error, "reflector.go:204", "Failed to watch", &error.to_string());
                    }
                    self.afresh = true;
                }
                self.pause().await;
            }
        }
    }

    /// Looks at what is there, and watches from then on.
    async fn begin(&mut self) -> Result<Open> {
        loop {
            match self.watch_from_the_start().await {
                Ok(Some(open)) => return Ok(open),
                Ok(None) => {}
                Err(error) if is_retriable(&error) => self.pause().await,
                Err(error) if is_outdated(&error) => self.version.clear(),
                Err(_) => break,
            }
        }
        self.list().await?;
        self.resume().await
    }

    /// A watch that begins with what is there; none where it ended before that was told.
    async fn watch_from_the_start(&mut self) -> Result<Option<Open>> {
        let timeout = timeout_seconds();
        let parameters = [
            ("allowWatchBookmarks", "true"),
            ("fieldSelector", &self.selector),
            ("resourceVersion", &self.version),
            ("resourceVersionMatch", "NotOlderThan"),
            ("sendInitialEvents", "true"),
            ("timeoutSeconds", &timeout),
            ("watch", "true"),
        ];
        let path = path::with_query(self.base.clone(), &parameters);
        let mut open = Open::new(Watch::open(self.client, path, ACCEPT).await?);
        let mut found = None;
        loop {
            let Some(event) = open.watch.next().await else {
                return match open.was_very_short() {
                    true => Err(Error::message(very_short())),
                    false => Ok(None),
                };
            };
            open.events += 1;
            self.version = version_of(&event.object);
            match event.kind {
                Kind::Added | Kind::Modified => found = Some(event.object),
                Kind::Deleted => found = None,
                Kind::Error => return Err(failure(&event.object)),
                Kind::Bookmark => {
                    if event.object.str_at(&["metadata", "annotations", INITIAL_EVENTS_END]) == "true" {
                        break;
                    }
                }
            }
        }
        self.replace(found);
        // What came before counts for the beginning only.
        Ok(Some(Open::new(open.watch)))
    }

    /// Lists what is there.
    async fn list(&mut self) -> Result<()> {
        loop {
            // Any state will do at first, later one that is not older than what is known.
            let (limit, version) = match self.version.as_str() {
                "" => ("500", "0"),
                known => ("", known),
            };
            let parameters = [
                ("fieldSelector", self.selector.as_str()),
                ("limit", limit),
                ("resourceVersion", version),
            ];
            let request = Request::get(path::with_query(self.base.clone(), &parameters)).accept(ACCEPT);
            let answer = async { json_of(&self.client.send(request).await?.bytes().await?) };
            let list = match answer.await {
                Ok(list) => list,
                Err(error) if is_outdated(&error) && !self.version.is_empty() => {
                    self.version.clear();
                    continue;
                }
                Err(error) => return Err(Error::message(format!("failed to list {TYPE}: {error}"))),
            };
            self.version = version_of(&list);
            let found = list.items_at(&["items"]).first().cloned().map(|item| with_kind(item, &list));
            self.replace(found);
            return Ok(());
        }
    }

    /// A watch from where everything is known.
    async fn resume(&mut self) -> Result<Open> {
        let timeout = timeout_seconds();
        let parameters = [
            ("allowWatchBookmarks", "true"),
            ("fieldSelector", self.selector.as_str()),
            ("resourceVersion", &self.version),
            ("timeoutSeconds", &timeout),
            ("watch", "true"),
        ];
        let path = path::with_query(self.base.clone(), &parameters);
        Ok(Open::new(Watch::open(self.client, path, ACCEPT).await?))
    }

    /// Notes what is there, and what that means has happened.
    fn replace(&mut self, found: Option<OwnedValue>) {
        let event = match (self.known.take(), &found) {
            (None, None) => None,
            (None, Some(now)) => Some((Kind::Added, now.clone())),
            (Some(_), Some(now)) => Some((Kind::Modified, now.clone())),
            (Some(gone), None) => Some((Kind::Deleted, gone)),
        };
        self.pending.extend(event.map(|(kind, object)| Event { kind, object }));
        self.known = found;
        self.synced = true;
    }

    /// Notes an event.
    async fn take(&mut self, event: Event) {
        if event.kind != Kind::Error {
            self.version = version_of(&event.object);
        }
        match event.kind {
            Kind::Added | Kind::Modified => self.replace(Some(event.object)),
            Kind::Deleted => {
                if self.known.take().is_some() {
                    self.pending.push_back(event);
                }
            }
            Kind::Bookmark => {}
            Kind::Error => {
                let error = failure(&event.object);
                self.watch = None;
                if !is_retriable(&error) {
                    self.afresh = true;
                    if !is_outdated(&error) {
                        self.complain_of_end(&error.to_string());
                    }
                }
                self.pause().await;
            }
        }
    }

    /// Notes that the watch has ended.
    async fn end(&mut self) {
        if self.watch.take().is_some_and(|open| open.was_very_short()) {
            self.complain_of_end(&very_short());
            self.afresh = true;
            self.pause().await;
        }
    }

    async fn pause(&mut self) {
        if self.last_failure.is_some_and(|last| last.elapsed() > FORGIVEN) {
            self.failures = 0;
        }
        let pause = PAUSE.saturating_mul(1 << self.failures.min(8)).min(LONGEST_PAUSE);
        self.failures += 1;
        sleep(pause).await;
        self.last_failure = Some(Instant::now());
    }

    fn complain_of_end(&self, error: &str) {
        self.complain(Severity::Info, "reflector.go:578", "Warning: watch ended with error", error);
    }

    fn complain(&self, severity: Severity, site: &str, sentence: &str, error: &str) {
        let mut fields = vec![("reflector", Field::Text(REFLECTOR)), ("type", Field::Text(TYPE))];
        let at = if severity == Severity::Error { 0 } else { fields.len() };
        fields.insert(at, ("err", Field::Text(error)));
        self.client.log().fields(severity, site, sentence, &fields);
    }
}

fn very_short() -> String {
    format!("very short watch: {REFLECTOR}: Unexpected watch close - watch lasted less than a second and no items received")
}

/// How long the server keeps a watch open: between five and ten minutes, at random, so that not all end at once.
fn timeout_seconds() -> String {
    let random = RandomState::new().hash_one(0);
    (300 + random % 300).to_string()
}

/// Whether kubectl tries the same again: the server is too busy or not there (`isWatchErrorRetriable`).
fn is_retriable(error: &Error) -> bool {
    match error {
        Error::Connection(connection) => connection.cause.contains("connection refused"),
        _ => error.status().is_some_and(|status| status.is("TooManyRequests")),
    }
}

/// Whether the version that was asked for is none that the server can go on from.
fn is_outdated(error: &Error) -> bool {
    error.status().is_some_and(|status| {
        let causes = status.details.iter().flat_map(|details| &details.causes);
        status.is("Expired")
            || status.is("Gone")
            || causes.into_iter().any(|cause| cause.reason == "ResourceVersionTooLarge")
            || status.message.contains("Too large resource version")
    })
}

/// The failure that an error event tells.
fn failure(object: &Value<'_>) -> Error {
    match Status::from_value(object) {
        Some(status) => status.into(),
        None => Error::message("unexpected object in an error event of a watch"),
    }
}

fn version_of(object: &Value<'_>) -> String {
    object.str_at(&["metadata", "resourceVersion"]).to_owned()
}

fn json_of(bytes: &[u8]) -> Result<OwnedValue> {
    Ok(json::parse(bytes)?.into_owned())
}

/// An item of a list with the kind that the list says for it.
fn with_kind(mut item: OwnedValue, list: &Value<'_>) -> OwnedValue {
    if item.get("kind").is_none()
        && let Some(kind) = list.str_at(&["kind"]).strip_suffix("List")
    {
        item.set(&["apiVersion"], list.str_at(&["apiVersion"]).to_owned());
        item.set(&["kind"], kind.to_owned());
    }
    item
}
