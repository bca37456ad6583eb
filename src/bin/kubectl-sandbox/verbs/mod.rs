//! What can be done with objects, one verb a file.

mod convert;
mod delete;
mod evict;
mod fields;
mod form;
mod get;
mod list;
mod log;
mod options;
mod patch;
mod scale;
mod subresource;
mod target;
mod token;
mod watch;
pub mod write;

pub use convert::{from_version, to_version};
pub use delete::{FOREGROUND, ORPHAN, delete, delete_collection, finish_deletion, mark_deleting, set_finalizers};
pub use form::yaml_body;
pub use get::get;
pub use list::list;
pub use options::{FieldValidation, Propagation, WriteOptions};
pub use patch::patch;
pub use subresource::subresource;
pub use target::Target;
pub use token::fill_secret;
pub use watch::watch;
pub use write::{create, update};
