//! Files with lines of `NAME=value` (kubectl's `AddFromEnvFile`).

use crate::api::{names, quote};

/// The longest line that Go's scanner reads; it stops in silence at a longer one.
const LONGEST: usize = 64 * 1024;

/// The names and values in a file. A name without a value takes it from `environment`.
///
/// # Errors
/// kubectl's sentence for a line that is not UTF-8 or has no good name.
pub fn read(bytes: &[u8], path: &str, environment: impl Fn(&str) -> String) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let bytes_of = |line: &[u8]| line.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
    for (number, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.len() >= LONGEST {
            break;
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Ok(text) = std::str::from_utf8(line) else {
            return Err(format!(
                "env file {path} contains invalid utf8 bytes at line {}: [{}]",
                number + 1,
                bytes_of(line)
            ));
        };
        let text = if number == 0 { text.trim_start_matches('\u{feff}') } else { text };
        let text = text.trim_start();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (text, None),
        };
        let faults = names::env_var_name(name);
        if !faults.is_empty() {
            return Err(format!("{} is not a valid key name: {}", quote(name), faults.join(";")));
        }
        let value = value.map_or_else(|| environment(name), str::to_owned);
        pairs.push((name.to_owned(), value));
    }
    Ok(pairs)
}
