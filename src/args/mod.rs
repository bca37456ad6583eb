//! Arguments as kubectl takes them: commands and flags as data, the parser built from them, help, usage errors.
//!
//! A line goes through four steps: [`find`](mod@find) walks its words to the command; [`words`] sorts what is left into
//! flags and arguments, in every spelling that pflag knows; clap checks the values and lets repeats override or collect
//! (in [`parsed`]); [`Parsed`] answers the command's questions. [`unfinished`] is for lines
//! that are still being typed. A plain function of text: nothing is read or printed.

pub mod command;
pub mod find;
pub mod flag;
pub mod global;
pub mod groups;
pub mod help;
pub mod parsed;
pub mod unfinished;
pub mod value;
pub mod words;

pub use command::{AVAILABLE, Command, Group};
pub use find::{Found, find};
pub use flag::{Flag, Gate, Kind};
pub use parsed::{Parsed, parse};
pub use unfinished::Unfinished;
