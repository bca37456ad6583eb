//! Names, identifiers and tokens.

use rustls::crypto::SecureRandom;

/// The letters of generated names: no vowels and no look-alikes (`k8s.io/apimachinery/pkg/util/rand`).
const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// A source of random numbers, quick but not secret (xorshift64*), for names and identifiers.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A source that gives the same numbers for the same `seed`.
    pub fn seeded(seed: u64) -> Self {
        Random(seed | 1)
    }

    /// A source that nobody can foretell.
    pub fn new() -> Self {
        let mut seed = [0; 8];
        // A failing system source leaves a fixed seed: names are then repeated from run to run, no more.
        let _ = secure().fill(&mut seed);
        Random::seeded(u64::from_le_bytes(seed))
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `limit`, which is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// The end of a generated name: `length` letters.
    pub fn suffix(&mut self, length: usize) -> String {
        (0..length).map(|_| char::from(LETTERS[self.below(27) as usize])).collect()
    }

    /// A unique identifier (UUID version 4).
    pub fn uid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 48 & 0x3fff | 0x8000,
            b & 0xffff_ffff_ffff
        )
    }

    /// `length` hexadecimal digits.
    pub fn hex(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| char::from(b"0123456789abcdef"[self.below(16) as usize]))
            .collect()
    }
}

/// A number as the letters of generated names (`SafeEncodeString` of its digits).
pub fn safe_encode(number: u32) -> String {
    number
        .to_string()
        .bytes()
        .map(|digit| char::from(LETTERS[usize::from(digit) % LETTERS.len()]))
        .collect()
}

/// FNV-1a over 32 bits, the hash behind template hashes.
pub fn fnv(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// A secret that only its holder knows: 32 bytes of the system's randomness in hexadecimal digits.
///
/// # Errors
/// Where the system has no randomness.
pub fn token() -> Result<String, String> {
    let mut bytes = [0; 32];
    secure().fill(&mut bytes).map_err(|_| "the system has no randomness".to_owned())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn secure() -> &'static dyn SecureRandom {
    rustls::crypto::ring::default_provider().secure_random
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uid_has_the_form_of_a_version_4_uuid() {
        let mut random = Random::seeded(7);
        for _ in 0..100 {
            let uid = random.uid();
            let parts: Vec<&str> = uid.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{uid}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{uid}");
        }
    }

    #[test]
    fn suffix_uses_only_the_letters_of_generated_names() {
        let suffix = Random::new().suffix(200);
        assert!(suffix.bytes().all(|byte| LETTERS.contains(&byte)));
    }
}
