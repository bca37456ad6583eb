//! Says how the programs are linked.

#![allow(clippy::print_stdout, reason = "this is how a build script speaks")]

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    let target = |name: &str| env::var(format!("CARGO_CFG_TARGET_{name}")).unwrap_or_default();
    // At a fixed address, as Go links kubectl: nothing has to be moved at start, so none of the pages that hold addresses
    // (the flags of a hundred commands, for the most part) are touched before they are needed.
    if target("OS") == "linux" && target("ENV") == "gnu" {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
