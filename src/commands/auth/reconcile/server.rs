//! Asking the server for roles and bindings, and writing them.

use super::compute::Operation;
use crate::{
    actions::write::{JSON, document},
    api::{Map, OwnedValue, Value, json, object, structs::Structs},
    client::{Client, Request},
    discovery::{Mapping, builtin},
    error::{Error, Result},
    resource::{ACCEPT_TYPED, path},
};

/// The place of one object on the server.
pub struct Server<'a> {
    client: &'a Client,
    mapping: Mapping,
    namespaces: Mapping,
    namespace: &'a str,
    name: &'a str,
}

/// What came of a write.
pub enum Written {
    /// The object is there, as the server has it.
    As(OwnedValue),
    /// Nothing had to be written.
    Not,
    /// Somebody else created or deleted the object meanwhile.
    Overtaken,
}

impl<'a> Server<'a> {
    /// For the object that `expected` describes.
    ///
    /// # Errors
    /// None but those of a broken build: the types are built in.
    pub fn new(expected: &'a OwnedValue, client: &'a Client) -> Result<Server<'a>> {
        let built_in =
            |group, kind: &str| builtin::by_kind(group, "v1", kind).ok_or_else(|| Error::message(format!("no built-in kind {kind}")));
        Ok(Server {
            client,
            mapping: built_in(super::GROUP, object::kind(expected))?,
            namespaces: built_in("", "Namespace")?,
            namespace: object::namespace(expected),
            name: object::name(expected),
        })
    }

    /// The object as it is, if it is there.
    ///
    /// # Errors
    /// What the server says.
    pub async fn existing(&self) -> Result<Option<OwnedValue>> {
        match self.send(Request::get(self.path(self.name))).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Does what has to be done. `uid` is that of the object that is there.
    ///
    /// # Errors
    /// What the server says.
    pub async fn write(&self, operation: Operation, object: &OwnedValue, uid: &str) -> Result<Written> {
        match operation {
            Operation::None => Ok(Written::Not),
            Operation::Create => self.create(object).await,
            Operation::Update => {
                let put = Request::put(self.path(self.name)).body(JSON, body(object));
                overtaken(self.send(put).await, "NotFound")
            }
            Operation::Recreate => match self.delete(uid).await {
                Err(error) if is(&error, "Conflict") => Ok(Written::Overtaken),
                Err(error) if !error.is_not_found() => Err(error),
                _ => self.create(object).await,
            },
        }
    }

    async fn delete(&self, uid: &str) -> Result<()> {
        let mut preconditions = Map::in_order();
        preconditions.insert("uid", uid.to_owned());
        let mut options = Map::in_order();
        options.insert("kind", "DeleteOptions");
        options.insert("apiVersion", "rbac.authorization.k8s.io/v1");
        options.insert("preconditions", preconditions);
        let delete = Request::delete(self.path(self.name)).body(JSON, document(&Value::Object(options)));
        self.send(delete).await.map(drop)
    }

    async fn create(&self, object: &OwnedValue) -> Result<Written> {
        if self.mapping.namespaced {
            self.ensure_namespace().await?;
        }
        let post = Request::post(self.path("")).body(JSON, body(object));
        overtaken(self.send(post).await, "AlreadyExists")
    }

    /// Creates the object's namespace if it is not there. Who may not look or create may still be allowed to go on.
    async fn ensure_namespace(&self) -> Result<()> {
        if self.namespace.is_empty() {
            return Err(Error::message("resource name may not be empty"));
        }
        let get = Request::get(path::of(&self.namespaces, "", self.namespace, ""));
        match self.send(get).await {
            Ok(_) => return Ok(()),
            Err(error) if is(&error, "NotFound") || is(&error, "Forbidden") => {}
            Err(error) => return Err(error),
        }
        let mut namespace = Map::in_order();
        namespace.insert("kind", "Namespace");
        namespace.insert("apiVersion", "v1");
        let mut metadata = Map::in_order();
        metadata.insert("name", self.namespace.to_owned());
        namespace.insert("metadata", metadata);
        namespace.insert("spec", Map::new());
        namespace.insert("status", Map::new());
        let post = Request::post(path::of(&self.namespaces, "", "", "")).body(JSON, document(&Value::Object(namespace)));
        match self.send(post).await {
            Err(error) if !is(&error, "AlreadyExists") && !is(&error, "Forbidden") => Err(error),
            _ => Ok(()),
        }
    }

    fn path(&self, name: &str) -> String {
        path::of(&self.mapping, self.namespace, name, "")
    }

    async fn send(&self, request: Request) -> Result<OwnedValue> {
        let (group, resource) = (self.mapping.group.to_string(), self.mapping.resource.to_string());
        let bytes = self
            .client
            .send(request.accept(ACCEPT_TYPED).about(group, resource, self.name))
            .await?
            .bytes()
            .await?;
        Ok(json::parse(&bytes)?.into_owned())
    }
}

/// An object as Go's types write it.
fn body(object: &OwnedValue) -> Vec<u8> {
    document(&Structs::new().typed(object.clone()))
}

fn is(error: &Error, reason: &str) -> bool {
    error.status().is_some_and(|status| status.is(reason))
}

/// What came of a write that fails for this reason where somebody else was quicker.
fn overtaken(written: Result<OwnedValue>, reason: &str) -> Result<Written> {
    match written {
        Ok(object) => Ok(Written::As(object)),
        Err(error) if is(&error, reason) => Ok(Written::Overtaken),
        Err(error) => Err(error),
    }
}
