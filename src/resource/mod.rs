//! From what a person typed to objects: arguments, files, URLs, directories, standard input and selectors, in order.

pub mod arguments;
pub mod disk;
pub mod documents;
pub mod fetch;
pub mod files;
pub mod infos;
pub mod path;
pub mod plan;

use std::path::Path;

use crate::{client::Client, discovery::Discovery, streams::Streams};

pub use arguments::{Arguments, of_type};
pub use disk::Disk;
pub use files::{FileSet, Source};
pub use infos::{ACCEPT_TYPED, Gather, Info, Objects};
pub use plan::{Plan, Query, Step};

/// Where a command line is carried out.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The server.
    pub client: &'a Client,
    /// What it offers.
    pub discovery: &'a Discovery,
    /// Standard input, for `-f -`.
    pub streams: &'a Streams,
    /// What relative paths are relative to.
    pub directory: &'a Path,
    /// The name that the program was called by.
    pub program: &'a str,
}
