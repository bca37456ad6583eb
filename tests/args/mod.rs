//! The command line: the table against kubectl's, and lines against what they mean.

mod help;
mod lines;
mod process;
mod surface;

use kubectl_rs::{
    args::{Command, Flag},
    commands::ROOT,
};

/// Every command with the folders that lead to it, the root first.
fn chains() -> Vec<Vec<&'static Command>> {
    let mut chains = vec![vec![&ROOT]];
    let mut next = 0;
    while next < chains.len() {
        let chain = chains[next].clone();
        for child in chain[chain.len() - 1].commands() {
            chains.push(chain.iter().copied().chain([child]).collect());
        }
        next += 1;
    }
    chains
}

/// A command's own flags; for the root the global ones, which it passes on to all.
fn own_flags(chain: &[&'static Command]) -> Vec<&'static Flag> {
    match chain {
        [_] => kubectl_rs::args::global::FLAGS.iter().collect(),
        chain => chain[chain.len() - 1].own_flags().collect(),
    }
}
