//! What a server offers, and the way from a name to a resource.
//!
//! * [`Discovery`]: the lookups of one run, each from the cheapest place that can answer.
//! * [`Resources`]: groups, versions, resources, as [`documents`] tell them and [`cache`] keeps them.
//! * [`mapper`]: names and kinds to resources, by kubectl's rules; pure.
//! * [`builtin`]: the resources that need no asking.

pub mod builtin;
pub mod cache;
pub mod documents;
mod fetch;
mod lookup;
pub mod mapper;
mod resources;
mod text;

pub use cache::Cache;
pub use fetch::VERSION_FIELDS;
pub use lookup::{Discovery, LookupError};
pub use mapper::{Mapping, Miss, Partial, Source};
pub use resources::{Failure, Group, Resource, Resources, Subresource, Version, group_resource, group_version};
pub use text::{Text, Words};

#[cfg(test)]
mod tests;
