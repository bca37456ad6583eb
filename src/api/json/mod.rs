//! JSON as Go's `encoding/json` reads and writes it: its number forms, its escapes, its error texts.
//!
//! * [`read`]: bytes into a [`Value`](super::Value) that borrows from them.
//! * [`write`](mod@write): values into bytes, compact or indented.
//! * [`indent`](fn@indent): text laid out anew.
//! * [`split`]: a long answer into its items while it arrives.

mod indent;
pub mod read;
pub mod split;
pub mod write;

pub use indent::indent;
pub use read::{SyntaxError, parse, parse_prefix};
pub use split::{DocumentSplitter, ListSplitter, Progress};
pub use write::{to_compact, to_indented};
