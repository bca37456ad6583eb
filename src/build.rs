//! Says how the programs are linked.

#![allow(clippy::print_stdout, reason = "this is how a build script speaks")]

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=src/build.rs");
    println!("cargo:rerun-if-changed=src/layout.ld");
    let var = |name: &str| env::var(name).unwrap_or_default();
    if var("CARGO_CFG_TARGET_OS") != "linux" || var("CARGO_CFG_TARGET_ENV") != "gnu" {
        return;
    }
    // At a fixed address, as Go links kubectl: nothing has to be moved at start, so none of the pages that hold addresses
    // (the flags of a hundred commands, for the most part) are touched before they are needed.
    println!("cargo:rustc-link-arg-bins=-no-pie");
    // The functions that usual commands call stand together, so that the rest of the program is not mapped beside them: a
    // third of the memory of a `get`. See .ci/layout. One linker cannot read such a list.
    if var("PROFILE") == "release" && !var("CARGO_ENCODED_RUSTFLAGS").contains("mold") {
        let folder = var("CARGO_MANIFEST_DIR");
        println!("cargo:rustc-link-arg-bin=kubectl=-Wl,-T,{folder}/src/layout.ld");
    }
}
