//! Manifests as values, read as kubectl reads them.

use kubectl_rs::{api::OwnedValue, yaml::Documents};

/// All documents of a stream that hold anything. A stream that begins with a brace is JSON.
///
/// # Errors
/// What is wrong with it, in the words of Go's libraries.
pub fn documents(bytes: &[u8]) -> Result<Vec<OwnedValue>, String> {
    Documents::new(bytes)
        .map(|document| document.map(|value| value.into_owned()).map_err(|error| error.message))
        .collect()
}
