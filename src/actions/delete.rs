//! Deleting objects, and waiting until they are gone.

use std::{io::Write, time::Duration};

use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    api::{Map, OwnedValue, Value, json, object},
    args::Parsed,
    client::{Client, Request},
    error::{Error, Result},
    resource::{Info, fetch::ACCEPT_JSON, path},
    streams::Streams,
};

use super::{
    dry_run::DryRun,
    watch::{Kind, Watch},
    write::{JSON, document},
};

/// How long deletions are waited for where nobody said: a week.
pub const FOREVER: Duration = Duration::from_secs(168 * 60 * 60);

/// How objects are deleted.
#[derive(Debug, Clone)]
pub struct Deletion {
    /// What becomes of what belongs to them: `Background`, `Foreground` or `Orphan`.
    pub propagation: &'static str,
    /// How many seconds they get; negative where they decide.
    pub grace_period: i64,
    /// How far the deletion goes.
    pub dry_run: DryRun,
    /// Whether only names are printed.
    pub names: bool,
}

/// What `--cascade` means. An old form of it is warned of.
///
/// # Errors
/// Another word.
pub fn propagation(parsed: &Parsed, streams: &Streams) -> Result<&'static str> {
    let word = parsed.string("cascade");
    let (word, meaning) = match word {
        "background" => return Ok("Background"),
        "foreground" => return Ok("Foreground"),
        "orphan" => return Ok("Orphan"),
        "1" | "t" | "T" | "true" | "TRUE" | "True" => (word, "background"),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => (word, "orphan"),
        _ => {
            return Err(Error::message(format!(
                r#"invalid cascade value ({word}). Must be "background", "foreground", or "orphan""#
            )));
        }
    };
    writeln!(
        streams.err(),
        "warning: --cascade={word} is deprecated (boolean value) and can be replaced with --cascade={meaning}."
    )?;
    Ok(if meaning == "background" { "Background" } else { "Orphan" })
}

/// An object that is being deleted.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// The object.
    pub info: Info,
    /// Its identity, if the server said: another object of the same name is another object.
    pub uid: Option<String>,
}

impl Deletion {
    /// What the server is told.
    pub fn options(&self) -> OwnedValue {
        let mut options = Map::in_order();
        if self.grace_period >= 0 {
            options.insert("gracePeriodSeconds", self.grace_period);
        }
        options.insert("propagationPolicy", self.propagation);
        if self.dry_run.on_server() {
            options.insert("dryRun", vec![Value::from("All")]);
        }
        Value::Object(options)
    }

    /// Deletes one object, and says so.
    ///
    /// # Errors
    /// Where the server refuses, with the file that named the object.
    pub async fn delete(&self, info: &Info, client: &Client, streams: &Streams) -> Result<Option<String>> {
        if self.dry_run == DryRun::Client {
            self.say(info, streams)?;
            return Ok(None);
        }
        let answer = self.send(info, client).await;
        let bytes = answer.map_err(|error| with_source("deleting", &info.source, error))?;
        self.say(info, streams)?;
        let answer = json::parse(&bytes)?;
        let uid = match object::kind(&answer) {
            "Status" => answer.str_at(&["details", "uid"]),
            _ => object::uid(&answer),
        };
        Ok(Some(uid.to_owned()).filter(|uid| !uid.is_empty()))
    }

    /// Deletes one object without a word; what the server answers.
    ///
    /// # Errors
    /// Where the server refuses.
    pub async fn send(&self, info: &Info, client: &Client) -> Result<bytes::Bytes> {
        // Without a name, the path would be that of all of its kind.
        if let Some(fault) = path::namespace_fault(&info.namespace).or_else(|| path::name_fault(&info.name)) {
            return Err(Error::Message(fault));
        }
        let request = Request::delete(path::of(&info.mapping, &info.namespace, &info.name, ""))
            .body(JSON, document(&self.options()))
            .about(info.mapping.group.to_string(), info.mapping.resource.to_string(), info.name.clone());
        client.send(request).await?.bytes().await
    }

    /// Says that an object was deleted.
    fn say(&self, info: &Info, streams: &Streams) -> Result<()> {
        let kind = info.mapping.group_kind();
        let kind = match kind.split_once('.') {
            Some((kind, group)) => format!("{}.{group}", kind.to_lowercase()),
            None => kind.to_lowercase(),
        };
        let name = &info.name;
        if self.names {
            return Ok(writeln!(streams.out(), "{kind}/{name}")?);
        }
        let done = if self.grace_period == 0 { "force deleted" } else { "deleted" };
        let place = match info.namespace.as_str() {
            "" => String::new(),
            namespace => format!(" from {namespace} namespace"),
        };
        Ok(writeln!(streams.out(), "{kind} \"{name}\" {done}{place}{}", self.dry_run.suffix())?)
    }
}

/// An error that names the file whose object it is about.
pub fn with_source(doing: &str, source: &str, error: Error) -> Error {
    if source.is_empty() {
        return error;
    }
    match error {
        Error::Status(mut status) => {
            status.message = format!("error when {doing} {source:?}: {}", status.message);
            Error::Status(status)
        }
        error => Error::message(format!("error when {doing} {source:?}: {error}")),
    }
}

/// Waits until objects are gone, one after the other, all within `limit`.
///
/// # Errors
/// The first that is not gone in time, or cannot be asked for.
pub async fn wait(deleted: &[Deleted], limit: Duration, client: &Client, streams: &Streams) -> Result<()> {
    let end = Instant::now() + limit;
    for deleted in deleted {
        match timeout_at(end, gone(deleted, client, streams)).await {
            Ok(result) => result?,
            Err(_) => {
                return Err(Error::message(format!(
                    "timed out waiting for the condition on {}",
                    deleted.info.resource_and_name()
                )));
            }
        }
    }
    Ok(())
}

/// Ends when an object is gone.
async fn gone(Deleted { info, uid }: &Deleted, client: &Client, streams: &Streams) -> Result<()> {
    loop {
        let request = Request::get(path::of(&info.mapping, &info.namespace, &info.name, "")).accept(ACCEPT_JSON);
        let bytes = match client.send(request).await {
            Ok(answer) => answer.bytes().await?,
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        };
        let found = json::parse(&bytes)?;
        if uid.as_ref().is_some_and(|uid| object::uid(&found) != uid) {
            return Ok(());
        }
        if vanishes(info, object::resource_version(&found), client, streams).await {
            return Ok(());
        }
        // The watch ended, or could not be had: the server is asked again, not too often.
        sleep(Duration::from_secs(1)).await;
    }
}

/// Watches an object; whether it was deleted before the watch ended.
async fn vanishes(info: &Info, version: &str, client: &Client, streams: &Streams) -> bool {
    let path = path::with_query(
        path::of(&info.mapping, &info.namespace, "", ""),
        &[
            ("allowWatchBookmarks", "true"),
            ("fieldSelector", &format!("metadata.name={}", info.name)),
            ("resourceVersion", version),
            ("watch", "true"),
        ],
    );
    let Ok(mut watch) = Watch::open(client, path, ACCEPT_JSON).await else {
        return false;
    };
    while let Some(event) = watch.next().await {
        match event.kind {
            Kind::Deleted => return true,
            Kind::Error => {
                // The server ends the watch after this.
                let _ = writeln!(
                    streams.err(),
                    "error: An error occurred while waiting for the object to be deleted: {}",
                    event.object.str_at(&["message"])
                );
                return false;
            }
            _ => {}
        }
    }
    false
}
