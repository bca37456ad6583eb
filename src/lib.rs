//! A drop-in `kubectl`.
//!
//! # The house
//!
//! | room | what it holds |
//! |---|---|
//! | [`actions`] | deeds that several commands share |
//! | [`api`] | values, kinds, selectors, quantities, times, the server's Status; pure |
//! | [`args`] | commands and flags as data, the parser built from them, help, usage errors |
//! | [`client`] | connections, TLS, credentials, retries, requests, watches |
//! | [`discovery`] | groups, resources, short names, mapping; the disk cache |
//! | [`openapi`] | what a server says of its types; schemas, and their disk cache |
//! | [`commands`] | one file per command; the only table of them |
//! | [`context`] | the world, and what a command may ask for |
//! | [`process`] | the process's arguments, environment and streams as a world; what `main` calls |
//! | [`plugins`] | programs on the search path that are called as commands |
//! | [`describe`] | a registry of describers, a column writer, the kinds, and the parts that they share |
//! | [`error`] | every failure's exact text and exit code |
//! | [`generate`] | objects from flags, as `create`, `run`, `expose` and `autoscale` send them; pure |
//! | [`patch`] | JSON patch, merge patch, strategic merge patch over values; pure |
//! | [`kustomize`] | kustomizations into objects, over a file trait |
//! | [`kubeconfig`] | the kubeconfig: load, merge, edit, lock; what a client is made from |
//! | [`streams`] | in, out, err: terminal facts and clock |
//! | [`world`] | arguments, environment, working directory and streams, as values |
//! | [`template`] | JSONPath and Go templates over values; pure |
//! | [`yaml`] | reading and writing YAML as kubectl does; pure |

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
pub mod printers;
pub mod process;
pub mod resource;
mod run;
pub mod streams;
pub mod template;
pub mod world;
pub mod yaml;

pub use run::run;
