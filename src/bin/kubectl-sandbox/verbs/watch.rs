//! What happens to objects, as it happens.
//!
//! A watch holds no events of its own: it remembers the version that it has shown and reads on in the collection's
//! history, so that every watch sees every change once and in order, however slow it is.

use std::{collections::VecDeque, rc::Rc, time::Duration};

use bytes::{BufMut, Bytes, BytesMut};
use futures_util::stream;
use kubectl_rs::api::{Map, OwnedValue, Value, json};
use tokio::time::Instant;

use super::{Target, form::Form, list::Filter, options::parse_version, to_version};
use crate::{
    answer::{Answer, JSON},
    failure::{self, Result},
    registry::Resource,
    server::{Request, Server},
    store::{Change, ChangeKind, Object},
    tables::Printer,
};

/// How often a watch that wants them gets bookmarks.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// How long a watch lasts whose client does not say.
const USUAL_TIMEOUT: Duration = Duration::from_secs(45 * 60);
/// How many bytes are sent at once, about.
const PIECE: usize = 128 * 1024;

struct Watch {
    server: Rc<Server>,
    target: Target,
    filter: Filter,
    form: Form,
    /// The version of the last change that was shown or passed over.
    shown: u64,
    /// What the watch begins with.
    initial: VecDeque<Rc<Object>>,
    /// Whether a bookmark marks the end of the beginning.
    mark_initial: bool,
    bookmarks: bool,
    next_bookmark: Instant,
    ends: Instant,
    columns_sent: bool,
    over: bool,
}

/// Answers with events until the client's time is up.
///
/// # Errors
/// 400 and 422 for selectors and options that make no sense.
pub fn watch(server: &Rc<Server>, request: &Request, target: &Target) -> Result<Answer> {
    let form = Form::of(request)?;
    let filter = match target.name.as_str() {
        "" => Filter::of(request, &target.resource)?,
        name => Filter::named(name),
    };
    let query = &request.query;
    let version = query.text("resourceVersion");
    let number = parse_version(version)?;
    let bookmarks = query.get("allowWatchBookmarks").is_some() && query.flag("allowWatchBookmarks");
    let send_initial = query.get("sendInitialEvents").map(|_| query.flag("sendInitialEvents"));
    check(query.text("resourceVersionMatch"), send_initial, bookmarks)?;

    let cluster = server.cluster.borrow();
    let revision = cluster.store.revision();
    let from_now = match send_initial {
        Some(wanted) => wanted,
        None => number == 0,
    };
    let mut initial = VecDeque::new();
    if from_now {
        initial.extend(
            cluster
                .store
                .list(target.resource.collection, target.listed_namespace())
                .filter(|object| filter.matches(&target.resource, &object.value))
                .cloned(),
        );
    }
    drop(cluster);
    let shown = if from_now || number == 0 { revision } else { number };
    let timeout = query
        .number("timeoutSeconds")
        .and_then(|seconds| u64::try_from(seconds).ok())
        .filter(|seconds| *seconds > 0)
        .map_or(USUAL_TIMEOUT, Duration::from_secs);
    let watch = Watch {
        server: Rc::clone(server),
        target: target.clone(),
        filter,
        form,
        shown,
        initial,
        mark_initial: send_initial == Some(true) && bookmarks,
        bookmarks,
        next_bookmark: Instant::now() + BOOKMARK_EVERY,
        ends: Instant::now() + timeout,
        columns_sent: false,
        over: false,
    };
    let pieces = stream::unfold(watch, |mut watch| async move {
        let piece = watch.next().await?;
        Some((piece, watch))
    });
    Ok(Answer::pieces(JSON, Box::pin(pieces)))
}

fn check(version_match: &str, send_initial: Option<bool>, bookmarks: bool) -> Result<()> {
    let invalid = |message: &str| -> failure::Failure {
        Box::new(kubectl_rs::api::Status {
            message: format!("ListOptions.meta.k8s.io \"\" is invalid: {message}"),
            reason: "Invalid".to_owned(),
            code: 422,
            details: None,
        })
    };
    match (send_initial, version_match) {
        (None, "") => Ok(()),
        (None, _) => Err(invalid(
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        )),
        (Some(_), "NotOlderThan") if bookmarks => Ok(()),
        (Some(_), "NotOlderThan") => Ok(()),
        (Some(_), _) => Err(invalid(
            "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        )),
    }
}

impl Watch {
    /// The next piece of the answer; none where the watch is over.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.over {
                return None;
            }
            let mut out = BytesMut::new();
            self.collect(&mut out);
            if !out.is_empty() {
                return Some(out.freeze());
            }
            // Everything up to this version has been shown: only now may a bookmark say so.
            let now = Instant::now();
            if now >= self.ends {
                return None;
            }
            if self.bookmarks && now >= self.next_bookmark {
                let revision = self.server.cluster.borrow().store.revision();
                self.next_bookmark = now + BOOKMARK_EVERY;
                self.bookmark(&mut out, revision, false);
                return Some(out.freeze());
            }
            let changed = {
                let mut cluster = self.server.cluster.borrow_mut();
                cluster.store.collection(self.target.resource.collection).changed()
            };
            let wake = if self.bookmarks {
                self.next_bookmark.min(self.ends)
            } else {
                self.ends
            };
            tokio::select! {
                () = changed.notified() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Writes the events that are due.
    fn collect(&mut self, out: &mut BytesMut) {
        let server = Rc::clone(&self.server);
        let cluster = server.cluster.borrow();
        while out.len() < PIECE {
            let Some(object) = self.initial.pop_front() else {
                break;
            };
            self.event(out, "ADDED", &object);
        }
        if !self.initial.is_empty() {
            return;
        }
        if std::mem::take(&mut self.mark_initial) {
            self.bookmark(out, self.shown, true);
        }
        let Some(collection) = cluster.store.existing(self.target.resource.collection) else {
            return;
        };
        let changes = match collection.changes_after(self.shown) {
            Ok(changes) => changes,
            Err(expired) => {
                let status = failure::expired(format!("too old resource version: {} ({})", self.shown, expired.oldest));
                frame(out, "ERROR", &failure::to_value(&status));
                self.over = true;
                return;
            }
        };
        // The history is borrowed from the cluster while `self` is written to: what is due is taken note of first.
        let mut due: Vec<(&'static str, Rc<Object>)> = Vec::new();
        let mut size = out.len();
        for change in changes {
            if size >= PIECE {
                break;
            }
            self.shown = change.revision;
            if let Some(kind) = self.kind_of(change) {
                let object = match (&change.previous, change.kind, kind) {
                    (Some(previous), ChangeKind::Modified, "DELETED") => last_seen(previous, change.revision),
                    _ => Rc::clone(&change.object),
                };
                size += object.shared_json().len();
                due.push((kind, object));
            }
        }
        drop(cluster);
        for (kind, object) in due {
            self.event(out, kind, &object);
        }
    }

    /// What a change is to who sees only what the filter lets through; none where it is nothing.
    fn kind_of(&self, change: &Change) -> Option<&'static str> {
        if let Some(namespace) = self.target.listed_namespace()
            && change.object.namespace() != namespace
        {
            return None;
        }
        if self.filter.is_empty() {
            return Some(match change.kind {
                ChangeKind::Added => "ADDED",
                ChangeKind::Modified => "MODIFIED",
                ChangeKind::Deleted => "DELETED",
            });
        }
        let resource = &self.target.resource;
        let before = change
            .previous
            .as_ref()
            .is_some_and(|object| self.filter.matches(resource, &object.value));
        let after = change.kind != ChangeKind::Deleted && self.filter.matches(resource, &change.object.value);
        match (before, after) {
            (false, true) => Some("ADDED"),
            (true, true) => Some("MODIFIED"),
            (true, false) => Some("DELETED"),
            (false, false) => None,
        }
    }

    fn event(&mut self, out: &mut BytesMut, kind: &str, object: &Object) {
        let resource = Rc::clone(&self.target.resource);
        match self.form {
            Form::Objects if resource.is_stored() => {
                let json = object.shared_json();
                out.reserve(json.len() + 40);
                out.put_slice(b"{\"type\":\"");
                out.put_slice(kind.as_bytes());
                out.put_slice(b"\",\"object\":");
                out.put_slice(json);
                out.put_slice(b"}\n");
            }
            Form::Objects => frame(out, kind, &to_version(&resource, &object.value)),
            Form::Metadata => frame(out, kind, &crate::tables::partial_metadata(&object.value)),
            Form::Table(_) => {
                let value = to_version(&resource, &object.value);
                let table = self.table(&resource, Some(&value));
                frame(out, kind, &table);
            }
        }
    }

    /// A table of one line or none. Only the first of a watch carries the columns.
    fn table(&mut self, resource: &Resource, object: Option<&OwnedValue>) -> OwnedValue {
        let Form::Table(include) = self.form else {
            return OwnedValue::default();
        };
        let printer = Printer::new(resource, include, self.server.cluster.borrow().clock.now());
        let mut metadata = Map::in_order();
        if let Some(object) = object {
            metadata.insert("resourceVersion", object.str_at(&["metadata", "resourceVersion"]).to_owned());
        }
        let rows = object.into_iter().map(|object| printer.row(object)).collect();
        let first = !std::mem::replace(&mut self.columns_sent, true);
        printer.table(Value::Object(metadata), rows, first)
    }

    fn bookmark(&mut self, out: &mut BytesMut, revision: u64, end_of_initial: bool) {
        let resource = Rc::clone(&self.target.resource);
        let mut value = match self.form {
            Form::Table(_) => self.table(&resource, None),
            Form::Metadata => crate::tables::partial_metadata(&OwnedValue::default()),
            Form::Objects => {
                let mut value = Map::in_order();
                value.insert("kind", resource.kind.clone());
                value.insert("apiVersion", resource.api_version());
                value.insert("metadata", Map::new());
                Value::Object(value)
            }
        };
        value.set(&["metadata"], Map::new());
        value.set(&["metadata", "resourceVersion"], revision.to_string());
        if end_of_initial {
            value.set(&["metadata", "annotations", "k8s.io/initial-events-end"], "true");
        }
        frame(out, "BOOKMARK", &value);
    }
}

/// An object that a change took out of a watch's sight: as it was, with the change's version.
fn last_seen(previous: &Object, revision: u64) -> Rc<Object> {
    let mut value = previous.value.clone();
    crate::meta::set_resource_version(&mut value, revision);
    Rc::new(Object::new(value))
}

fn frame(out: &mut BytesMut, kind: &str, object: &Value<'_>) {
    let mut bytes = Vec::with_capacity(1024);
    bytes.extend_from_slice(b"{\"type\":\"");
    bytes.extend_from_slice(kind.as_bytes());
    bytes.extend_from_slice(b"\",\"object\":");
    json::to_compact(&mut bytes, object);
    bytes.extend_from_slice(b"}\n");
    out.put_slice(&bytes);
}
