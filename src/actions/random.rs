//! Random letters for names.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

/// The letters that Kubernetes makes random names of: no vowels, nothing that looks like one.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A random number. It keeps names apart; it is no secret.
pub fn number() -> u32 {
    RandomState::new().build_hasher().finish() as u32
}

/// Five random letters. They keep names apart; they are no secret.
pub fn suffix() -> String {
    let mut number = RandomState::new().build_hasher().finish();
    (0..5)
        .map(|_| {
            let letter = LETTERS[(number % LETTERS.len() as u64) as usize];
            number /= LETTERS.len() as u64;
            char::from(letter)
        })
        .collect()
}
