//! The objects that a command line names, one after the other, as what is to be described.

use std::collections::VecDeque;

use bytes::Bytes;

use super::fetch::{Found, Subject};
use crate::{
    api::{
        Value,
        json::{SyntaxError, read::Parser},
    },
    discovery::Mapping,
    error::{Error, Result},
    resource::{
        Plan, Query, Site, Step,
        fetch::{self, ACCEPT_JSON, Answers, Fetch, Part, Target},
    },
};

/// Why an object cannot be had. kubectl tells what went wrong on the way to objects apart from what went wrong with one.
#[derive(Debug)]
pub enum Missing {
    /// A list was refused, or a file makes no sense.
    OnTheWay(Error),
    /// An object was refused.
    Object(Error),
}

/// Objects in the order of the command line. Those in files are taken at their word that they exist.
pub struct Subjects<'a> {
    /// What files name.
    named: VecDeque<Result<Target>>,
    answers: Answers<'a>,
    answer: Option<fetch::Answer>,
    /// Whether what is asked for are lists.
    lists: bool,
}

impl<'a> Subjects<'a> {
    /// Begins to ask for what a plan holds, `chunk` objects of a list at once.
    ///
    /// # Errors
    /// Where asking cannot begin.
    pub async fn start(plan: Plan, query: &'a Query, chunk: i64, site: &'a Site<'a>) -> Result<Subjects<'a>> {
        let of_files = |step: &Step| matches!(step, Step::File(_));
        let lists = plan.steps.iter().any(|step| matches!(step, Step::List { .. }));
        let (files, asked) = plan.steps.into_iter().partition(of_files);
        let named = fetch::targets(
            Plan {
                steps: files,
                single: false,
            },
            query,
            site,
            fetch::Filter::AsGiven,
        )
        .await;
        let asked = Plan {
            steps: asked,
            single: plan.single,
        };
        let fetch = Fetch {
            accept: ACCEPT_JSON,
            chunk,
            include_object: false,
            ignore_not_found: false,
        };
        Ok(Subjects {
            named: named.into(),
            answers: Answers::start(asked, query, fetch, site).await?,
            answer: None,
            lists,
        })
    }

    /// The next object, or why it cannot be had; none at the end.
    pub async fn next(&mut self) -> Option<Result<Subject, Missing>> {
        match self.named.pop_front() {
            Some(Ok(target)) => return Some(named(target).map_err(Missing::Object)),
            Some(Err(error)) => return Some(Err(Missing::OnTheWay(error))),
            None => {}
        }
        let missing = if self.lists { Missing::OnTheWay } else { Missing::Object };
        loop {
            let Some(answer) = &mut self.answer else {
                match self.answers.next().await? {
                    Ok(answer) => self.answer = Some(answer),
                    Err(error) => return Some(Err(missing(error))),
                }
                continue;
            };
            let (mapping, namespace) = (answer.mapping().clone(), answer.namespace().to_owned());
            match answer.next().await {
                Ok(Some(Part::Object { object, list })) => {
                    let list = list.map(|(api_version, kind)| (api_version.to_owned(), kind.to_owned()));
                    let json = Bytes::copy_from_slice(object);
                    return Some(subject(mapping, namespace, Found { json, list }).map_err(|error| missing(error.into())));
                }
                Ok(Some(Part::Row { .. })) => {}
                Ok(None) => self.answer = None,
                Err(error) => {
                    self.answer = None;
                    return Some(Err(missing(error)));
                }
            }
        }
    }
}

/// An object that a file names.
fn named(target: Target) -> Result<Subject> {
    target.check()?;
    Ok(Subject {
        mapping: target.mapping,
        namespace: target.namespace,
        name: target.name,
        found: None,
    })
}

/// An object that the server gave.
fn subject(mapping: Mapping, namespace: String, found: Found) -> Result<Subject, SyntaxError> {
    let mut parser = Parser::new(&found.json);
    let mut fields = parser.object()?;
    let mut metadata = Value::Null;
    while let Some(key) = fields.next_key(&mut parser)? {
        match key.as_ref() {
            "metadata" => metadata = parser.value()?,
            _ => _ = parser.skip()?,
        }
    }
    let own = |field| metadata.str_at(&[field]).to_owned();
    let (name, own_namespace) = (own("name"), own("namespace"));
    Ok(Subject {
        namespace: if mapping.namespaced { own_namespace } else { namespace },
        name,
        mapping,
        found: Some(found),
    })
}
