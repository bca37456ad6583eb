//! What it means that a request about an object from a manifest fails, where the object's type was only assumed: perhaps
//! kubectl would not have come as far as to that request.
//!
//! Before kubectl sends an object, it asks the server how its kinds are described, to check the object, and which kinds it
//! has. Here the first request about an object shows whether that would have failed.

use crate::{
    client::Client,
    discovery::Discovery,
    error::{Connection, Error},
    resource::{Info, documents::not_mapped, path},
};

use super::{delete::with_source, validation::LEAVE_UNCHECKED};

/// A failure, and whether it came about before the request.
#[derive(Debug, Clone)]
pub enum Failure {
    /// kubectl would have ended here, with these words.
    Before(Error),
    /// The request itself failed.
    Own(Error),
}

impl Failure {
    /// The error with the words for what was being done, where it was being done.
    pub fn when(self, doing: &str, source: &str) -> Error {
        match self {
            Failure::Before(error) => error,
            Failure::Own(error) => with_source(doing, source, error),
        }
    }
}

/// Corrects the type of `info` after a request about it has failed with `error`, if that was the fault. `validation` is the
/// query's `fieldValidation`.
///
/// # Errors
/// Where the type was no fault: what is to be said.
pub async fn reconsider(info: &mut Info, error: Error, validation: &str, client: &Client, discovery: &Discovery) -> Result<(), Failure> {
    // What no path can hold was never asked for.
    let fault = path::namespace_fault(&info.namespace).or_else(|| path::name_fault(&info.name));
    if matches!(&error, Error::Message(text) if Some(text) == fault.as_ref()) {
        return Err(Failure::Own(error));
    }
    let is_checked = validation != "Ignore";
    let undescribed = |why: &str| {
        let source = &info.source;
        Failure::Before(Error::message(format!(
            "error validating {source:?}: error validating data: failed to download openapi: {why}; {LEAVE_UNCHECKED}"
        )))
    };
    if is_checked && info.mapping.is_assumed() {
        match &error {
            Error::Connection(connection) => {
                let Connection { cause, .. } = connection.as_ref();
                let url = client.server_url();
                return Err(undescribed(&format!("Get \"{url}/openapi/v2?timeout=32s\": {cause}")));
            }
            // What answers before the server gives its own reasons.
            Error::Status(status) if status.is("Unauthorized") => {
                return Err(undescribed("the server has asked for the client to provide credentials"));
            }
            _ => {}
        }
    }
    match discovery.reconsider(&info.mapping, error).await {
        Ok(mapping) => {
            info.mapping = mapping;
            Ok(())
        }
        Err(error) if !discovery.is_over() => Err(Failure::Own(error)),
        Err(error) if error.to_string().starts_with("no matches for ") => {
            let named = (info.name.as_str(), info.namespace.as_str());
            Err(Failure::Before(not_mapped(named, &info.source, &error)))
        }
        Err(error) if is_checked => Err(undescribed(&error.to_string())),
        Err(error) => Err(Failure::Before(Error::message(format!(
            "unable to recognize {:?}: {error}",
            info.source
        )))),
    }
}

/// Says once for each source what keeps all of its objects from being checked: kubectl stops at the first of them.
pub fn once_per_source(errors: &mut Vec<Error>) {
    errors.dedup_by(|later, earlier| {
        matches!((later, earlier), (Error::Message(later), Error::Message(earlier)) if later == earlier && later.starts_with("error validating "))
    });
}
