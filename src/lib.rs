//! A drop-in `kubectl`.
//!
//! # The house
//!
//! Rooms import only from lower storeys; `tests/rules.rs` holds the house to it, and to this map.
//!
//! | storey | room | what it holds |
//! |---|---|---|
//! | the street | [`process`] | the process's arguments, environment and streams as a world; what `main` calls |
//! | the door | `run` | from a world to a command and its end; plugins, usage, exit codes |
//! | commands | [`commands`] | one file per command, and the only table of them |
//! | | [`context`] | what a command may ask for: configuration, client, discovery, printers |
//! | deeds | [`actions`] | deeds that several commands share |
//! | | [`describe`] | a registry of describers, a column writer, the kinds, and the parts that they share |
//! | objects | [`resource`] | from words and files to objects: queries, requests, pages, answers one by one |
//! | | [`kustomize`] | kustomizations into objects, over a trait for files |
//! | forms | [`printers`] | tables, JSON, YAML, KYAML, columns, names, sorting; pure |
//! | | [`generate`] | objects from flags, as `create`, `run`, `expose` and `autoscale` send them; pure |
//! | | [`template`] | JSONPath and Go templates over values; pure |
//! | | [`patch`] | JSON patch, merge patch, strategic merge patch over values; pure |
//! | the server | [`discovery`] | groups, resources, short names, mapping; the disk cache |
//! | | [`openapi`] | what a server says of its types; schemas, and their disk cache |
//! | | [`preferences`] | what the user would rather have (kuberc): defaults for flags, own words for commands |
//! | | [`client`] | connections, TLS, credentials, retries, requests, watches |
//! | | [`kubeconfig`] | the kubeconfig: load, merge, edit, lock; what a client is made from |
//! | | [`plugins`] | programs on the search path that are called as commands |
//! | the ground | [`yaml`] | reading and writing YAML as kubectl does; pure |
//! | | [`world`] | arguments, environment, working directory and streams, as values |
//! | | [`streams`] | in, out, err: terminal facts and clock |
//! | | [`error`] | every failure's exact text and exit code |
//! | | [`args`] | commands and flags as data, the parser built from them, help, usage errors |
//! | | [`api`] | values, kinds, selectors, quantities, times, the server's Status; pure |
//!
//! The package's other program, the simulated cluster, is a house of its own with a map of its own. It stands on this
//! library, and nothing here knows of it.

pub mod actions;
pub mod api;
pub mod args;
pub mod client;
pub mod commands;
pub mod context;
pub mod describe;
pub mod discovery;
pub mod error;
pub mod generate;
pub mod kubeconfig;
pub mod kustomize;
pub mod openapi;
pub mod patch;
pub mod plugins;
pub mod preferences;
pub mod printers;
pub mod process;
pub mod resource;
mod run;
pub mod streams;
pub mod template;
pub mod world;
pub mod yaml;

pub use run::run;
