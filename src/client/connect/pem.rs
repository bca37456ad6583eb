//! PEM blocks as Go's `encoding/pem` finds them: anything else between them is skipped.

use base64::{Engine, engine::general_purpose::STANDARD};

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// What it says it is: `CERTIFICATE`.
    pub(super) label: String,
    /// Whether it has headers, as encrypted keys of old have.
    pub(super) headers: bool,
    /// What it holds.
    pub(super) bytes: Vec<u8>,
}

/// The blocks of a text, in order. A broken one is skipped.
pub(super) fn blocks(text: &[u8]) -> Vec<Block> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let label = line
            .trim_end()
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.strip_suffix("-----"));
        let Some(label) = label else { continue };
        if let Some((headers, bytes)) = block(&mut lines.clone(), label) {
            found.push(Block {
                label: label.to_owned(),
                headers,
                bytes,
            });
        }
    }
    found
}

/// What follows the first line of a block: whether there are headers, and the content.
fn block<'a>(lines: &mut impl Iterator<Item = &'a str>, label: &str) -> Option<(bool, Vec<u8>)> {
    let end = format!("-----END {label}-----");
    let mut headers = false;
    let mut encoded = String::new();
    for line in lines {
        let line = line.trim();
        if line == end {
            return Some((headers, STANDARD.decode(encoded).ok()?));
        }
        if line.starts_with("-----") {
            return None;
        }
        if encoded.is_empty() && line.contains(": ") {
            headers = true;
        } else {
            encoded.push_str(line);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_skip_what_is_no_block() {
        let text = "junk\n-----BEGIN A-----\nAQID\n-----END A-----\nBag: x\n-----BEGIN B-----\n!!\n-----END B-----\n\
                    -----BEGIN C-----\nAQ==\n-----BEGIN D-----\r\nProc-Type: 4\r\n\r\nAg==\r\n-----END D-----";
        let found: Vec<(String, bool, Vec<u8>)> = blocks(text.as_bytes())
            .into_iter()
            .map(|block| (block.label, block.headers, block.bytes))
            .collect();
        assert_eq!(found, [("A".to_owned(), false, vec![1, 2, 3]), ("D".to_owned(), true, vec![2])]);
    }

    proptest! {
        #[test]
        fn blocks_of_anything_end(text in "(-----(BEGIN|END) A-----\n|[a-zA-Z0-9=: ]{0,8}\n){0,20}") {
            let found = blocks(text.as_bytes());
            prop_assert!(found.len() <= text.matches("BEGIN").count());
        }
    }
}
