//! `kubectl-sandbox`: an embedded Kubernetes API server with a small simulated cluster behind it. kubectl finds it as
//! the plugin `kubectl sandbox`.
//!
//! # The house, from the door inward
//!
//! | room | what it holds |
//! |---|---|
//! | [`cli`] | the command line: run, start, stop, status, shell |
//! | [`server`] | TLS, connections, requests, routes |
//! | [`verbs`] | get, list, watch, create, update, patch, delete, and the parts of objects |
//! | [`discovery`] | what the server says it has |
//! | [`report`] | what the sandbox says of itself |
//! | [`tables`] | lists as tables |
//! | [`reviews`], [`virtual_objects`] | what is answered without being stored |
//! | [`admission`], [`strategy`], [`defaults`], [`validate`] | what happens to an object on its way into the store |
//! | [`managed`], [`apply`] | who manages which fields, and server-side apply |
//! | [`schema`] | what objects look like |
//! | [`registry`] | which resources there are |
//! | [`store`] | the objects and their history |
//! | [`cluster`] | all of this as one value |
//! | [`clock`], [`random`], [`meta`], [`selector`], [`path`], [`yaml`], [`failure`] | what the rooms share |
//!
//! Everything runs on one thread; what takes long is awaited. Nothing but the command line touches the process.

mod admission;
mod apply;
mod beginnings;
mod cli;
mod clock;
mod cluster;
mod controllers;
mod cron;
mod defaults;
mod definitions;
mod discovery;
mod events;
mod failure;
mod kubelet;
mod managed;
mod meta;
mod metrics;
mod openapi;
mod path;
mod random;
mod registry;
mod report;
mod reviews;
mod schema;
mod selector;
mod server;
mod store;
mod strategy;
mod tables;
mod validate;
mod verbs;
mod virtual_objects;
mod yaml;

fn main() -> std::process::ExitCode {
    cli::main()
}
