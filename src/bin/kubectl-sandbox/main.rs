//! `kubectl-sandbox`: an embedded Kubernetes API server with a small simulated cluster behind it. kubectl finds it as
//! the plugin `kubectl sandbox`.
//!
//! # The house, from the door inward
//!
//! | room | what it holds |
//! |---|---|
//! | [`cli`] | the command line: run, start, stop, status, shell |
//! | [`beginnings`] | what a cluster begins with: the system, the demo and its history, what was loaded |
//! | [`server`] | TLS, connections, requests, routes |
//! | [`verbs`] | get, list, watch, create, update, patch, delete, and the parts of objects |
//! | [`discovery`], [`openapi`] | what the server says it has |
//! | [`report`] | what the sandbox says of itself |
//! | [`tables`] | lists as tables |
//! | [`reviews`], [`virtual_objects`], [`metrics`] | what is answered without being stored |
//! | [`controllers`] | what a cluster does of itself, step by step: controllers, the scheduler, garbage |
//! | [`kubelet`] | pods on their nodes: images, containers, probes, logs, a shell's simplest words |
//! | [`on_behalf`], [`events`] | what controllers do to objects, and what they tell of it |
//! | [`admission`], [`strategy`], [`defaults`], [`validate`], [`definitions`] | what happens to an object on its way into the store |
//! | [`managed`], [`apply`] | who manages which fields, and server-side apply |
//! | [`cluster`] | the objects, the resources, the clock and the dice as one value |
//! | [`registry`] | which resources there are |
//! | [`schema`] | what objects look like |
//! | [`store`] | the objects and their history |
//! | [`answer`], [`clock`], [`cron`], [`failure`], [`meta`], [`path`], [`random`], [`selector`], [`versions`], [`yaml`] | what the rooms share |
//!
//! Everything runs on one thread; what takes long is awaited. Nothing but the command line touches the process.

mod admission;
mod answer;
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
mod on_behalf;
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
mod versions;
mod virtual_objects;
mod yaml;

fn main() -> std::process::ExitCode {
    cli::main()
}
