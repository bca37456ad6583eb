//! What a description tells from: the object, the server's answers to the describer's questions, and the moment.

use jiff::{Timestamp, tz::TimeZone};

use super::Question;
use crate::{api::Value, error::Error};

/// What holds for all descriptions of a run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The time, for ages.
    pub now: Timestamp,
    /// The zone in which times are written.
    pub zone: TimeZone,
    /// Whether events are shown.
    pub show_events: bool,
    /// How many objects of a list are asked for at once; 0 for all.
    pub chunk_size: i64,
}

/// The server's answer to a question: an object, or the pages of a list.
pub type Answer<'a> = Result<Vec<Value<'a>>, Error>;

/// An object and what was found about it.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The object.
    pub object: &'a Value<'a>,
    /// What holds for all.
    pub settings: &'a Settings,
    /// The questions, each with its answer.
    pub answers: Vec<(Question, Answer<'a>)>,
    /// The answers to these questions are the events; none of them where events are not shown.
    pub events: Vec<Question>,
}

impl<'a> Facts<'a> {
    /// The answer to a question. What was never asked has an empty one.
    pub fn answer(&self, question: &Question) -> Result<&[Value<'a>], &Error> {
        match self.answers.iter().find(|(asked, _)| asked == question) {
            Some((_, answer)) => answer.as_deref(),
            None => Ok(&[]),
        }
    }

    /// The objects of a list.
    ///
    /// # Errors
    /// Why the server did not give it.
    pub fn list(&self, question: &Question) -> Result<Vec<&Value<'a>>, &Error> {
        let pages = self.answer(question)?;
        Ok(pages.iter().flat_map(|page| page.items_at(&["items"])).collect())
    }

    /// One object; none where the answer is empty.
    ///
    /// # Errors
    /// Why the server did not give it.
    pub fn one(&self, question: &Question) -> Result<Option<&Value<'a>>, &Error> {
        Ok(self.answer(question)?.first())
    }

    /// The events; none where they are not shown. As for kubectl, events that cannot be had are no events.
    pub fn found_events(&self) -> Option<Vec<&Value<'a>>> {
        self.settings.show_events.then(|| {
            let lists = self.events.iter().map(|question| self.list(question).unwrap_or_default());
            lists.flatten().collect()
        })
    }
}
