//! Asking the server for what describers want to know: all of it side by side, a few requests at a time.

use bytes::Bytes;
use futures_util::future;
use tokio::sync::Semaphore;

use super::{Answer, Describer, Facts, Question, Refusal, Settings, Writer, describer, kinds::pod, parts};
use crate::{
    api::{
        Value,
        json::{self, SyntaxError, read::Parser},
    },
    client::{Client, Request},
    discovery::Mapping,
    error::{Error, Result},
    resource::{infos::ACCEPT_TYPED, path},
};

/// How many requests are in flight at once, for all descriptions together.
pub const IN_FLIGHT: usize = 8;

/// What holds for all descriptions of a run, and the server.
#[derive(Debug)]
pub struct Inquiry<'a> {
    client: &'a Client,
    settings: Settings,
    /// A place for each request in flight.
    places: Semaphore,
}

/// An object to describe.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its type.
    pub mapping: Mapping,
    /// Where it is; empty for what lives in no namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its JSON, if the server has given it already.
    pub found: Option<Found>,
}

/// An object as the server gave it, by itself or in a list.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its JSON.
    pub json: Bytes,
    /// The `apiVersion` and `kind` of the list that it was in, for an object that does not say them itself.
    pub list: Option<(String, String)>,
}

impl Found {
    /// The object's value.
    ///
    /// # Errors
    /// Where it is not JSON.
    fn value(&self) -> Result<Value<'_>> {
        let mut value = json::parse(&self.json)?;
        if let (Some((api_version, kind)), Some(fields)) = (&self.list, value.as_object_mut())
            && !fields.contains_key("kind")
        {
            fields.insert("apiVersion", api_version.clone());
            fields.insert("kind", kind.clone());
        }
        Ok(value)
    }
}

impl<'a> Inquiry<'a> {
    /// Inquiries at a server.
    pub fn new(client: &'a Client, settings: Settings) -> Self {
        Inquiry {
            client,
            settings,
            places: Semaphore::new(IN_FLIGHT),
        }
    }

    /// The description of an object.
    ///
    /// # Errors
    /// What the server refuses and no description can do without.
    pub async fn describe(&self, subject: Subject) -> Result<Vec<u8>> {
        let describer = describer(&subject.mapping.group, &subject.mapping.kind);
        let found = match self.object(describer, &subject).await {
            Ok(found) => found,
            Err(error) if subject.mapping.group.is_empty() && subject.mapping.kind == "Pod" => {
                return self.lost_pod(&subject, error).await;
            }
            Err(error) => return Err(error),
        };
        let object = found.value()?;
        let events = describer.event_questions(&object, &self.settings);
        // Where a refusal is the end, kubectl asks for nothing more. So all that may end it is asked first.
        let questions = events.iter().cloned().chain((describer.questions)(&object));
        let (fatal, told): (Vec<Question>, Vec<Question>) = questions.partition(|question| question.refusal != Refusal::Told);
        let mut replies = self.ask_all(fatal).await;
        for (question, reply) in &mut replies {
            let fatal = |error: &Error| match question.refusal {
                Refusal::FatalUnless(reason) => error.status().is_none_or(|status| !status.is(reason)),
                _ => true,
            };
            if reply.as_ref().is_err_and(fatal) {
                return std::mem::replace(reply, Ok(Vec::new())).map(|_| Vec::new());
            }
        }
        replies.extend(self.ask_all(told).await);
        let pages: Vec<Vec<Bytes>> = replies
            .iter()
            .map(|(_, reply)| reply.as_ref().cloned().unwrap_or_default())
            .collect();
        let mut answers: Vec<(Question, Answer<'_>)> = Vec::with_capacity(replies.len());
        for ((question, reply), pages) in replies.into_iter().zip(&pages) {
            let answer = match reply {
                Ok(_) => Ok(pages.iter().map(|page| json::parse(page)).collect::<Result<_, _>>()?),
                Err(error) => Err(error),
            };
            answers.push((question, answer));
        }
        let facts = Facts {
            object: &object,
            settings: &self.settings,
            answers,
            events,
        };
        let mut out = Vec::new();
        describer.render(&facts, &mut out)?;
        Ok(out)
    }

    /// The object in the version that its describer prefers. kubectl asks for every object again; what the server has
    /// just said is as good.
    async fn object(&self, describer: &Describer, subject: &Subject) -> Result<Found> {
        let version = subject.mapping.version.as_str();
        let preferred = describer.versions.first().copied().unwrap_or(version);
        if let (Some(found), true) = (&subject.found, preferred == version) {
            return Ok(found.clone());
        }
        if let Some(fault) = fault_of_name(describer, subject) {
            return Err(Error::message(fault));
        }
        let ask = |mapping: &Mapping| {
            let path = path::of(mapping, &subject.namespace, &subject.name, "");
            self.ask(Request::get(path).about(mapping.group.as_str(), mapping.resource.as_str(), subject.name.as_str()))
        };
        let answer = ask(&Mapping {
            version: preferred.into(),
            ..subject.mapping.clone()
        });
        let answer = match answer.await {
            Err(_) if preferred != version && describer.versions.contains(&version) => match &subject.found {
                Some(found) => return Ok(found.clone()),
                None => ask(&subject.mapping).await,
            },
            answer => answer,
        };
        Ok(Found { json: answer?, list: None })
    }

    /// What is left of a pod that cannot be had: its events, where there are any.
    async fn lost_pod(&self, subject: &Subject, error: Error) -> Result<Vec<u8>> {
        if !self.settings.show_events {
            return Err(error);
        }
        let question = Question::events(&subject.namespace, &subject.name, "", "");
        let Ok(pages) = self.pages(&question).await else {
            return Err(error);
        };
        let pages = pages.iter().map(|page| json::parse(page)).collect::<Result<Vec<_>, _>>()?;
        let events: Vec<&Value<'_>> = pages.iter().flat_map(|page| page.items_at(&["items"])).collect();
        if events.is_empty() {
            return Err(error);
        }
        let mut writer = Writer::default();
        pod::lost(&mut writer, &subject.name, &error);
        parts::events::table(&mut writer, &self.settings, events);
        let mut out = Vec::new();
        writer.finish(&mut out);
        Ok(out)
    }

    /// Asks several questions at once.
    async fn ask_all(&self, questions: Vec<Question>) -> Vec<(Question, Result<Vec<Bytes>>)> {
        future::join_all(questions.into_iter().map(|question| async {
            let reply = self.pages(&question).await;
            (question, reply)
        }))
        .await
    }

    /// An object, or all pages of a list.
    async fn pages(&self, question: &Question) -> Result<Vec<Bytes>> {
        let mut pages = Vec::new();
        let mut next = String::new();
        loop {
            let path = question.path(self.settings.chunk_size, &next);
            let request = Request::get(path).about(question.group, question.resource, question.name.as_str());
            let page = self.ask(request).await.map_err(|error| explain(question, error))?;
            next = if question.name.is_empty() {
                next_page(&page).map_err(Error::from)?
            } else {
                String::new()
            };
            pages.push(page);
            if next.is_empty() {
                return Ok(pages);
            }
        }
    }

    /// The answer to a request for an object or a list, once there is a place for it.
    async fn ask(&self, request: Request) -> Result<Bytes> {
        // The semaphore is never closed.
        let _place = self.places.acquire().await.ok();
        self.client.send(request.accept(ACCEPT_TYPED)).await?.bytes().await
    }
}

/// What client-go says of an object that no path leads to, as a file may name one: its typed clients, or the dynamic one
/// where any kind is described.
fn fault_of_name(describer: &Describer, Subject { namespace, name, .. }: &Subject) -> Option<String> {
    match (describer.kind, name.as_str()) {
        ("", "") => Some("name is required".to_owned()),
        _ => path::namespace_fault(namespace).or_else(|| path::name_fault(name)),
    }
}

/// Where the next page of a list begins; empty at the end.
fn next_page(list: &[u8]) -> std::result::Result<String, SyntaxError> {
    let mut parser = Parser::new(list);
    let mut fields = parser.object()?;
    while let Some(key) = fields.next_key(&mut parser)? {
        if key == "metadata" {
            return Ok(parser.value()?.str_at(&["continue"]).to_owned());
        }
        parser.skip()?;
    }
    Ok(String::new())
}

/// What kubectl adds to the server's words where a list is bad or missing.
fn explain(question: &Question, error: Error) -> Error {
    match error {
        Error::Status(mut status) if question.in_chunks && (status.is("BadRequest") || status.is("NotFound")) => {
            let Question {
                resource, labels, fields, ..
            } = question;
            status.message = match labels.is_empty() && fields.is_empty() {
                true => format!("Unable to list {resource:?}: {}", status.message),
                false => format!(
                    "Unable to find {resource:?} that match label selector {labels:?}, field selector {fields:?}: {}",
                    status.message
                ),
            };
            Error::Status(status)
        }
        other => other,
    }
}
