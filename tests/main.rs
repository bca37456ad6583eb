//! The tests that need more than one room. One binary, so that they link once.

mod args;
mod binary;
mod cluster;
mod commands;
mod program_file;
mod real;
mod rules;
mod sandbox;
mod server;
mod triples;
