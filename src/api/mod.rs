//! What every room speaks of: values, kinds, selectors, quantities, times, the server's Status. No input or output.

pub mod duration;
pub mod event;
pub mod gvk;
pub mod json;
pub mod names;
pub mod object;
pub mod quantity;
pub mod quote;
pub mod rfc3339;
pub mod selector;
pub mod sort;
pub mod status;
pub mod structs;
#[cfg(test)]
pub(crate) mod tests;
pub mod time;
pub mod value;

pub use quote::{quote, quote_char};
pub use status::{Status, StatusCause, StatusDetails};
pub use value::{Map, OwnedValue, Value};
