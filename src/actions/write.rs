//! Changing one object on the server: kubectl's `resource.Helper`.

use crate::{
    api::{OwnedValue, Value, json, object},
    client::{Client, Request},
    discovery::Mapping,
    error::{Error, Result},
    resource::{ACCEPT_TYPED, Info, fetch::ACCEPT_JSON, path},
};

use super::dry_run::DryRun;

/// The media type of a JSON patch.
pub const JSON_PATCH: &str = "application/json-patch+json";
/// The media type of a JSON merge patch.
pub const MERGE_PATCH: &str = "application/merge-patch+json";
/// The media type of a strategic merge patch.
pub const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";
/// The media type of a manifest that the server merges.
pub const APPLY_PATCH: &str = "application/apply-patch+yaml";
/// The media type of whole objects.
pub const JSON: &str = "application/json";

/// How changes are sent.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The server.
    pub client: &'a Client,
    /// Whether it is only to check.
    pub dry_run: DryRun,
    /// Under which name it notes who owns the changed fields; may be empty.
    pub field_manager: &'a str,
    /// What it does about unknown fields; may be empty.
    pub field_validation: &'a str,
    /// A part of the objects instead of the whole; may be empty.
    pub subresource: &'a str,
    /// Whether it takes fields away from other managers where it merges a manifest; none where it does not merge.
    pub force: Option<bool>,
    /// What is accepted of it.
    pub accept: &'static str,
}

impl<'a> Writer<'a> {
    /// A writer for commands that take objects as they are.
    pub fn new(client: &'a Client, dry_run: DryRun, field_manager: &'a str) -> Self {
        Writer {
            client,
            dry_run,
            field_manager,
            field_validation: "",
            subresource: "",
            force: None,
            accept: ACCEPT_JSON,
        }
    }

    /// A writer for commands that decode into Go's types.
    pub fn typed(client: &'a Client, dry_run: DryRun, field_manager: &'a str) -> Self {
        Writer {
            accept: ACCEPT_TYPED,
            ..Writer::new(client, dry_run, field_manager)
        }
    }

    /// Patches an object; the object as it is then.
    ///
    /// # Errors
    /// Where the server refuses or cannot be asked.
    pub async fn patch(&self, info: &Info, media: &'static str, patch: Vec<u8>) -> Result<OwnedValue> {
        // Without a name, the path would be that of all of its kind.
        if let Some(fault) = path::namespace_fault(&info.namespace).or_else(|| path::name_fault(&info.name)) {
            return Err(Error::Message(fault));
        }
        let path = self.path(&info.mapping, &info.namespace, &info.name);
        self.send(Request::patch(path).body(media, patch), info).await
    }

    /// Replaces an object.
    ///
    /// # Errors
    /// As for [`Writer::patch`].
    pub async fn replace(&self, info: &Info, object: &Value<'_>) -> Result<OwnedValue> {
        let path = self.path(&info.mapping, &info.namespace, &info.name);
        self.send(Request::put(path).body(JSON, document(object)), info).await
    }

    /// Replaces an object. One that does not say which version it replaces replaces the version that is there; whether there
    /// is one, the server decides (`Helper.Replace` with `overwrite`).
    ///
    /// # Errors
    /// As for [`Writer::patch`].
    pub async fn overwrite(&self, info: &Info, object: &mut OwnedValue) -> Result<OwnedValue> {
        if let Some(fault) = path::name_fault(&info.name) {
            return Err(Error::Message(fault));
        }
        if object::resource_version(object).is_empty()
            && let Ok(there) = self.look(info).await
        {
            object.set(&["metadata", "resourceVersion"], object::resource_version(&there).to_owned());
        }
        self.replace(info, object).await
    }

    /// The object as it is on the server.
    ///
    /// # Errors
    /// As for [`Writer::patch`].
    pub async fn look(&self, info: &Info) -> Result<OwnedValue> {
        let path = path::of(&info.mapping, &info.namespace, &info.name, self.subresource);
        self.send(Request::get(path), info).await
    }

    /// Creates an object.
    ///
    /// # Errors
    /// As for [`Writer::patch`].
    pub async fn create(&self, info: &Info, object: &Value<'_>) -> Result<OwnedValue> {
        let path = self.path(&info.mapping, &info.namespace, "");
        self.send(Request::post(path).body(JSON, document(object)), info).await
    }

    fn path(&self, mapping: &Mapping, namespace: &str, name: &str) -> String {
        let dry_run = if self.dry_run.on_server() { "All" } else { "" };
        path::with_query(
            path::of(mapping, namespace, name, self.subresource),
            &[
                ("dryRun", dry_run),
                ("fieldManager", self.field_manager),
                ("fieldValidation", self.field_validation),
                ("force", self.force.map_or("", |force| if force { "true" } else { "false" })),
            ],
        )
    }

    async fn send(&self, request: Request, info: &Info) -> Result<OwnedValue> {
        let mapping = &info.mapping;
        let request = request
            .accept(self.accept)
            .about(mapping.group.to_string(), mapping.resource.to_string(), info.name.clone());
        let bytes = self.client.send(request).await?.bytes().await?;
        Ok(json::parse(&bytes)?.into_owned())
    }
}

/// An object as it is sent.
pub fn document(object: &Value<'_>) -> Vec<u8> {
    let mut body = compact(object);
    body.push(b'\n');
    body
}

/// A value as JSON in one line, without a line break.
pub fn compact(value: &Value<'_>) -> Vec<u8> {
    let mut text = Vec::new();
    json::to_compact(&mut text, value);
    text
}
