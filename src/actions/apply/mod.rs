//! Bringing objects to the state that manifests describe: what `apply` does with each object.
//!
//! | module | what it does |
//! |---|---|
//! | [`client_side`] | the three-way merge, computed here and sent as a patch |
//! | [`server_side`] | the manifest sent for the server to merge |
//! | [`managed`] | who owns which fields, and how ownership moves from the first way to the second |
//! | [`served`] | how the server merges kinds that kubectl does not know |
//! | [`patcher`] | the patch itself, also for those who only want to know what it would do |

pub mod client_side;
pub mod managed;
pub mod patcher;
pub mod served;
pub mod server_side;

use std::{
    collections::{BTreeSet, HashSet},
    time::Duration,
};

use crate::{
    api::{OwnedValue, json, object},
    client::Request,
    error::{Error, Result},
    resource::{Info, Site, fetch::ACCEPT_JSON, path},
};

use served::Served;

use super::{delete::Deletion, dry_run::DryRun, in_flight::Turn, metadata::note, write::Writer};

/// How objects are applied.
#[derive(Debug, Clone)]
pub struct Options {
    /// How far it goes.
    pub dry_run: DryRun,
    /// Whether the server merges, and then whether it takes fields away from others.
    pub server_side: Option<Takeover>,
    /// Whether the manifest wins over what others have changed.
    pub overwrite: bool,
    /// What the server says of how it merges its kinds, where that counts.
    pub served: Served,
    /// The part of the objects that is applied; empty for the whole.
    pub subresource: String,
    /// Who owns the applied fields.
    pub manager: String,
    /// What the server does about unknown fields.
    pub validation: &'static str,
    /// How an object makes way for one that cannot be made of it; none where it must not.
    pub replacement: Option<Deletion>,
    /// How long an object may take to make way.
    pub timeout: Duration,
    /// What is noted as the reason of the change.
    pub change_cause: Option<String>,
    /// Whether whole objects are printed: then one that is unchanged is not worth a word of its own.
    pub prints_objects: bool,
}

/// Whether fields are taken away from other managers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takeover {
    /// What belongs to others is a conflict.
    Refuse,
    /// It is taken.
    Force,
}

/// An object that was applied.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The object as it is afterwards.
    pub info: Info,
    /// What was done: `created`, `configured`, `unchanged`, `serverside-applied`.
    pub done: &'static str,
}

/// What a run has applied, for those who remove what it has not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visited {
    /// The identities of the objects.
    pub uids: HashSet<String>,
    /// The namespaces that they are in.
    pub namespaces: BTreeSet<String>,
}

impl Visited {
    /// Notes an object.
    pub fn note(&mut self, info: &Info) {
        if info.mapping.namespaced {
            self.namespaces.insert(info.namespace.clone());
        }
        self.uids.insert(object::uid(&info.object).to_owned());
    }
}

impl Options {
    /// Applies the manifest that `info` holds. Its own write waits for its turn.
    ///
    /// # Errors
    /// What kubectl says of what the server refuses, and of what cannot be merged.
    pub async fn apply(&self, mut info: Info, site: Site<'_>, turn: Turn) -> Result<Applied> {
        note(&mut info.object, self.change_cause.as_deref());
        let prefix = info.object.str_at(&["metadata", "generateName"]);
        if info.name.is_empty() && !prefix.is_empty() {
            let error = Error::message(format!("from {prefix}: cannot use generate name with apply"));
            return turn.take(async { Err(error) }).await;
        }
        match self.server_side {
            Some(takeover) => turn.take(server_side::apply(info, takeover, self, site)).await,
            None => {
                let found = client_side::look(info, self.validation, &site).await;
                turn.take(async { client_side::apply(found?, self, &site).await }).await
            }
        }
    }

    /// What sends the changes.
    fn writer<'a>(&'a self, site: &Site<'a>) -> Writer<'a> {
        Writer {
            field_validation: self.validation,
            subresource: &self.subresource,
            ..Writer::new(site.client, self.dry_run, &self.manager)
        }
    }
}

/// The object as the server has it now (`Helper.Get`).
async fn get(info: &Info, site: &Site<'_>) -> Result<OwnedValue> {
    let (mapping, name) = (&info.mapping, &info.name);
    if let Some(fault) = path::namespace_fault(&info.namespace).or_else(|| path::name_fault(name)) {
        return Err(Error::Message(fault));
    }
    let request = Request::get(path::of(mapping, &info.namespace, name, ""))
        .accept(ACCEPT_JSON)
        .about(mapping.group.as_str(), mapping.resource.as_str(), name.as_str());
    let bytes = site.client.send(request).await?.bytes().await?;
    Ok(json::parse(&bytes)?.into_owned())
}

/// Says, where it is so, that an object that was changed is on its way out.
pub fn warn_if_deleting(info: &Info, site: &Site<'_>) {
    if object::is_being_deleted(&info.object) {
        let name = object::name(&info.object);
        site.client.warnings().say(format!(
            "Warning: Detected changes to resource {name} which is currently being deleted."
        ));
    }
}
