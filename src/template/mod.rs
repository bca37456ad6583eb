//! The languages in which a user says what to print of an object. Pure: values in, text out.
//!
//! | module | `-o` |
//! |---|---|
//! | [`jsonpath`] | `jsonpath`, `jsonpath-as-json`, `jsonpath-file`, and the paths of `--sort-by`, `wait --for` and columns |
//! | [`go`] | `go-template`, `go-template-file`, `template`, `templatefile` |
//! | [`rfc9535`] | `jsonpath-rfc9535`, which kubectl does not have |
//!
//! A [`projection`] says which parts of an object a template looks at. [`format`](mod@format) prints values as Go's `fmt` does, which all of them share.

pub mod format;
pub mod go;
pub mod jsonpath;
pub mod projection;
pub mod rfc9535;
#[cfg(test)]
mod tests;
