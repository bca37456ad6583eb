//! What a deed may ask for besides what it is given: the part of a command's context that deeds use.

use std::fmt;

use crate::{args::Parsed, client::Client, discovery::Discovery, error::Result, printers::Printer, streams::Streams, world::World};

/// The namespace that a command works in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Whether it was given on the command line.
    pub explicit: bool,
}

/// The surroundings of a deed.
pub trait Surroundings: fmt::Debug {
    /// Arguments, environment, working directory and streams.
    fn world(&self) -> &World;

    /// The streams.
    fn streams(&self) -> &Streams {
        &self.world().streams
    }

    /// The client for the server.
    ///
    /// # Errors
    /// Where the configuration makes no sense.
    fn client(&self) -> Result<&Client>;

    /// What the server offers.
    ///
    /// # Errors
    /// As for the client.
    fn discovery(&self) -> Result<&Discovery>;

    /// The namespace to work in.
    ///
    /// # Errors
    /// Where the configuration makes no sense.
    fn namespace(&self) -> Result<Namespace>;

    /// The namespace to work in, where the client is made first: what the configuration lacks is then reported as the client
    /// reports it.
    ///
    /// # Errors
    /// As for the client, and where the configuration makes no sense.
    fn client_namespace(&self) -> Result<Namespace>;

    /// The printer that the flags of a command ask for, which has the `forms` of output.
    ///
    /// # Errors
    /// Another form, or a template that cannot be read.
    fn printer(&self, parsed: &Parsed, forms: &'static str) -> Result<Printer>;
}
