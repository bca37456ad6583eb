//! YAML as kubectl reads and writes it: the dialect of `sigs.k8s.io/yaml`, which goes through JSON and goyaml.v2.
//!
//! * [`write`](mod@write): values into bytes, with Go's order of keys, quoting and folding.
//! * [`read`]: bytes into values, with goyaml's limits and sentences.
//! * [`scalar`]: which plain words mean something else than text (YAML 1.1: `yes`, `0777`, `1e3`, dates).

mod order;
pub mod read;
pub mod scalar;
mod text;
pub mod write;

pub use read::{Documents, SyntaxError, parse, parse_strict};
pub use write::{field, item, to_yaml};
