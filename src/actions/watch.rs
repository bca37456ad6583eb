//! A watch: what happens to objects, event by event, until the server or the connection ends it.

use crate::{
    api::{Map, OwnedValue, Value, json, json::DocumentSplitter, quote},
    client::{Client, Request, Response},
    error::Result,
};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The object is new, or was there when the watch began.
    Added,
    /// The object changed.
    Modified,
    /// The object is gone; what comes with it is its last state.
    Deleted,
    /// Nothing; the object says up to which version the watch has come.
    Bookmark,
    /// The watch failed; what comes with it is a `Status`.
    Error,
}

impl Kind {
    fn parse(word: &str) -> Option<Kind> {
        Some(match word {
            "ADDED" => Kind::Added,
            "MODIFIED" => Kind::Modified,
            "DELETED" => Kind::Deleted,
            "BOOKMARK" => Kind::Bookmark,
            "ERROR" => Kind::Error,
            _ => return None,
        })
    }
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// What.
    pub kind: Kind,
    /// The object.
    pub object: OwnedValue,
}

/// An open watch.
#[derive(Debug)]
pub struct Watch {
    /// None where the server closed the connection again and again.
    response: Option<Response>,
    splitter: DocumentSplitter,
    ended: bool,
}

impl Watch {
    /// Opens a watch at `path` (path and query).
    ///
    /// # Errors
    /// Where the server refuses or cannot be asked.
    pub async fn open(client: &Client, path: String, accept: &'static str) -> Result<Watch> {
        let response = client.begin_watch(Request::get(path).accept(accept)).await?;
        Ok(Watch {
            ended: response.is_none(),
            response,
            splitter: DocumentSplitter::new(),
        })
    }

    /// The next event; none at the end, however the watch ended. What cannot be read is an event of its own, and the last,
    /// as for client-go's `StreamWatcher`.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            let response = self.response.as_mut().filter(|_| !self.ended)?;
            let next = self.splitter.next().map(|found| found.map(decode));
            match next {
                Ok(Some(Ok(event))) => return Some(event),
                Ok(Some(Err(sentence))) => return Some(self.fail(&sentence)),
                // The stream stopped within an event: that is an end like any other.
                Err(error) if error.incomplete => self.ended = true,
                Err(error) => return Some(self.fail(&error.message)),
                Ok(None) => match response.chunk().await {
                    Ok(Some(chunk)) => self.splitter.push(&chunk),
                    Ok(None) | Err(_) => self.ended = true,
                },
            }
        }
    }

    fn fail(&mut self, sentence: &str) -> Event {
        self.ended = true;
        Event {
            kind: Kind::Error,
            object: undecodable(sentence),
        }
    }
}

/// The failure that stands for an event that cannot be read, as Go prints its `Status`.
pub fn undecodable(sentence: &str) -> OwnedValue {
    let sentence = format!("unable to decode an event from the watch stream: {sentence}");
    let map = |entries: Vec<(&'static str, OwnedValue)>| {
        let mut map = Map::in_order();
        for (key, value) in entries {
            map.insert(key, value);
        }
        Value::Object(map)
    };
    let cause = |reason: &'static str| map(vec![("reason", reason.into()), ("message", sentence.clone().into())]);
    let causes = vec![cause("UnexpectedServerResponse"), cause("ClientWatchDecoding")];
    let message = format!(
        "an error on the server ({}) has prevented the request from succeeding",
        quote(&sentence)
    );
    map(vec![
        ("kind", "Status".into()),
        ("apiVersion", "v1".into()),
        ("metadata", Value::Object(Map::new())),
        ("status", "Failure".into()),
        ("message", message.into()),
        ("reason", "InternalError".into()),
        ("details", map(vec![("causes", causes.into())])),
        ("code", Value::Int(500)),
    ])
}

/// The event in a document.
fn decode(document: &[u8]) -> Result<Event, String> {
    let mut event = json::parse(document).map_err(|error| error.message)?;
    let word = event.str_at(&["type"]).to_owned();
    let kind = Kind::parse(&word).ok_or_else(|| format!("got invalid watch event type: {word}"))?;
    let object = event.as_object_mut().and_then(|fields| fields.remove("object"));
    Ok(Event {
        kind,
        object: object.unwrap_or_default().into_owned(),
    })
}
