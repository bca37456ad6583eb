//! Descriptions for people: what an object is, and what belongs to it.
//!
//! A [`Describer`] knows a kind. It says what it wants to know of the server besides the object ([`Question`]s), and
//! then writes the description from the [`Facts`]: pure functions both, so that asking is one matter for all kinds and
//! every description can be tested from a file. Kinds that nobody knows get a generic one ([`describer`]).
//!
//! [`subjects`] are the objects that a command line names, and [`fetch`] asks for what belongs to them.
//!
//! The texts, their order and their oddities are those of kubectl's `pkg/describe`.

mod facts;
pub mod fetch;
mod generic;
mod kinds;
mod parts;
mod question;
pub mod subjects;
#[cfg(test)]
pub(crate) mod tests;
mod writer;

pub use facts::{Answer, Facts, Settings};
pub use question::{Question, Refusal};
pub use writer::Writer;

use crate::{api::Value, error::Result};

/// Which events a describer shows.
#[derive(Debug, Clone, Copy)]
pub enum Events {
    /// None.
    None,
    /// Those about the object.
    OfObject,
    /// Those that these questions ask for.
    Of(fn(&Value<'_>) -> Vec<Question>),
}

/// What knows how to describe a kind.
#[derive(Debug, Clone, Copy)]
pub struct Describer {
    /// The API group; empty for the core group, or where any will do.
    pub group: &'static str,
    /// The kind; empty where any will do.
    pub kind: &'static str,
    /// The resource, in the plural.
    pub resource: &'static str,
    /// The versions that the describer can read, the preferred one first; none where any will do.
    pub versions: &'static [&'static str],
    /// What it wants to know besides the object and its events.
    pub questions: fn(&Value<'_>) -> Vec<Question>,
    /// The events that it shows.
    pub events: Events,
    /// Writes the description.
    pub describe: fn(&mut Writer, &Facts<'_>) -> Result<()>,
}

/// The describer for a kind of a group; the generic one where nobody knows the kind.
pub fn describer(group: &str, kind: &str) -> &'static Describer {
    let known = kinds::ALL.iter().find(|known| known.group == group && known.kind == kind);
    known.copied().unwrap_or(&generic::GENERIC)
}

impl Describer {
    /// What is to be asked about the events of `object`.
    pub fn event_questions(&self, object: &Value<'_>, settings: &Settings) -> Vec<Question> {
        match self.events {
            _ if !settings.show_events => Vec::new(),
            Events::None => Vec::new(),
            Events::OfObject => {
                let kind = if self.kind.is_empty() {
                    object.str_at(&["kind"])
                } else {
                    self.kind
                };
                vec![Question::events_of(object, kind)]
            }
            Events::Of(questions) => questions(object),
        }
    }

    /// Appends the description to `out`.
    ///
    /// # Errors
    /// Where the object makes no sense to kubectl either. Nothing is appended then.
    pub fn render(&self, facts: &Facts<'_>, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::default();
        (self.describe)(&mut writer, facts)?;
        writer.finish(out);
        Ok(())
    }
}

/// Appends the description of a pod template to `out`, its columns parted by tabs, as `rollout history` shows it.
pub fn pod_template(template: &Value<'_>, settings: &Settings, out: &mut Vec<u8>) {
    let mut writer = Writer::unaligned();
    parts::template::template(&mut writer, settings, Some(template));
    writer.finish(out);
}

/// No questions.
fn nothing(_: &Value<'_>) -> Vec<Question> {
    Vec::new()
}
