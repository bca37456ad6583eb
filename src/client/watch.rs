//! Watching: events as they come (client-go's `rest.Request.Watch` and `watch.StreamWatcher`). When to watch again, and
//! from where, is for callers to say.

use std::borrow::Cow;

use super::{Client, Purpose, Request, Response, klog::quoted, send::Failed};
use crate::{
    api::{
        Status, StatusCause, StatusDetails,
        json::{self, DocumentSplitter, SyntaxError, read::Parser},
    },
    error::{Error, Result},
};

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is there now, or was there when the watch began.
    Added,
    /// It is another now.
    Modified,
    /// It is gone.
    Deleted,
    /// Nothing: only the time up to which everything has been told, as `metadata.resourceVersion`.
    Bookmark,
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event<'a> {
    /// What happened.
    pub change: Change,
    /// The object's JSON (of a watch for tables, a table with one row), followed but not examined.
    pub object: &'a [u8],
}

/// A watch; its events come from [`Watch::next`].
#[derive(Debug)]
pub struct Watch {
    /// None where the connection has ended.
    response: Option<Response>,
    splitter: DocumentSplitter,
    /// The event that was told last.
    event: Vec<u8>,
}

impl Client {
    /// Begins a watch. The request's query says `watch=true`, and whether bookmarks are wanted.
    ///
    /// # Errors
    /// As for [`Client::send`], but a connection that the server closes again and again is a watch without events.
    pub async fn watch(&self, request: Request) -> Result<Watch> {
        Ok(Watch {
            response: self.begin_watch(request).await?,
            splitter: DocumentSplitter::new(),
            event: Vec::new(),
        })
    }

    /// The answer to the request for a watch, for callers that take it apart by themselves; none where the server closes
    /// the connection again and again.
    ///
    /// # Errors
    /// As for [`Client::send`].
    pub async fn begin_watch(&self, request: Request) -> Result<Option<Response>> {
        let request = request.purpose(Purpose::Watch);
        match self.attempt(&request).await {
            Ok(response) => Ok(Some(response)),
            Err(Failed::Lost(lost, _)) if lost.error.is_probable_eof() || lost.error.is_timeout() => Ok(None),
            Err(failed) => Err(failed.into_error(&request.method)),
        }
    }
}

impl Watch {
    /// The next event; nothing where the watch has ended, by the server's will, by a cut connection or by time.
    ///
    /// # Errors
    /// The server's `Status` where it ends the watch for a reason (`Expired`), and what is wrong with an event that
    /// cannot be read. Nothing comes after either.
    pub async fn next(&mut self) -> Result<Option<Event<'_>>> {
        loop {
            match self.splitter.next() {
                Ok(Some(event)) => {
                    self.event.clear();
                    self.event.extend_from_slice(event);
                    break;
                }
                Ok(None) => {}
                Err(error) => {
                    self.response = None;
                    self.splitter = DocumentSplitter::new();
                    return Err(undecodable(&error.message));
                }
            }
            let Some(response) = &mut self.response else {
                return Ok(None);
            };
            match response.chunk().await {
                Ok(Some(chunk)) => self.splitter.push(&chunk),
                // However the connection ends, what was whole has been told.
                Ok(None) | Err(_) => self.response = None,
            }
        }
        let result = decode(&self.event);
        if result.is_err() {
            self.response = None;
            self.splitter = DocumentSplitter::new();
        }
        result.map(Some)
    }
}

/// Takes an event apart: `{"type":"ADDED","object":{…}}`.
fn decode(event: &[u8]) -> Result<Event<'_>> {
    let (kind, object) = parts(event).map_err(|error| undecodable(&error.message))?;
    let change = match kind.as_ref() {
        "ADDED" => Change::Added,
        "MODIFIED" => Change::Modified,
        "DELETED" => Change::Deleted,
        "BOOKMARK" => Change::Bookmark,
        "ERROR" => return Err(refusal(object)),
        other => return Err(undecodable(&format!("got invalid watch event type: {other}"))),
    };
    Ok(Event { change, object })
}

/// The type and the object of an event.
fn parts(event: &[u8]) -> Result<(Cow<'_, str>, &[u8]), SyntaxError> {
    let mut parser = Parser::new(event);
    let (mut kind, mut object) = (Cow::Borrowed(""), &b"null"[..]);
    let mut fields = parser.object()?;
    while let Some(key) = fields.next_key(&mut parser)? {
        match key.as_ref() {
            "type" => kind = parser.string()?,
            "object" => object = parser.skip()?,
            _ => {
                parser.skip()?;
            }
        }
    }
    Ok((kind, object))
}

/// Why the server ended a watch.
fn refusal(object: &[u8]) -> Error {
    match json::parse(object).ok().as_ref().and_then(Status::from_value) {
        Some(status) => status.into(),
        None => undecodable("the server ended the watch without saying why"),
    }
}

/// The failure that client-go makes of an event that cannot be read.
fn undecodable(reason: &str) -> Error {
    let reason = format!("unable to decode an event from the watch stream: {reason}");
    Status {
        message: format!(
            "an error on the server ({}) has prevented the request from succeeding",
            quoted(&reason)
        ),
        reason: "InternalError".to_owned(),
        code: 500,
        details: Some(StatusDetails {
            causes: vec![StatusCause {
                reason: "ClientWatchDecoding".to_owned(),
                message: reason,
                field: String::new(),
            }],
            ..StatusDetails::default()
        }),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decode_finds_type_and_object_in_any_order() {
        for event in [
            r#"{"type":"DELETED","object":{"a":[1]}}"#,
            r#" { "object" : {"a":[1]} , "more":null, "type":"DELETED" } "#,
        ] {
            let want = Event {
                change: Change::Deleted,
                object: br#"{"a":[1]}"#,
            };
            assert_eq!(decode(event.as_bytes()).unwrap(), want);
        }
    }

    #[test]
    fn decode_of_a_servers_error_is_its_status() {
        let event = r#"{"type":"ERROR","object":{"kind":"Status","status":"Failure","message":"too old resource version: 1 (2)","reason":"Expired","code":410}}"#;
        let error = decode(event.as_bytes()).unwrap_err();
        assert_eq!(error.text(), "Error from server (Expired): too old resource version: 1 (2)");
        assert_eq!(error.status().unwrap().code, 410);
    }

    #[test]
    fn decode_of_anything_else_is_an_internal_error() {
        let before = "Error from server (InternalError): an error on the server (\"unable to decode an event from the watch stream: ";
        for (event, want) in [
            (r#"{"type":"FOO"}"#, "got invalid watch event type: FOO"),
            (r#"{"type":"ERROR","object":5}"#, "the server ended the watch without saying why"),
            ("{}", "got invalid watch event type: "),
            ("5", "invalid character '5' looking for beginning of object"),
        ] {
            let text = decode(event.as_bytes()).unwrap_err().text();
            assert!(text.starts_with(before), "{text}");
            assert!(event == "5" || text.contains(want), "{text}");
        }
    }

    proptest! {
        #[test]
        fn decode_of_any_text_ends(event in "[{}\\[\\]\",:a-z0-9 ]{0,40}") {
            if let Ok(event) = decode(event.as_bytes()) {
                prop_assert!(event.object == b"null" || json::parse(event.object).is_ok());
            }
        }
    }
}
