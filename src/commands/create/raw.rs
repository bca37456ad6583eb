//! `create --raw`: a manifest as it is, to a path of the server.

use http::Method;

use crate::{
    actions::raw,
    args::Parsed,
    context::Context,
    error::{Error, Result},
    resource::FileSet,
};

/// Sends the one manifest and copies the answer to standard output.
///
/// # Errors
/// Flags that do not go with `--raw`, a manifest that cannot be read, and what the server reports.
pub async fn run(parsed: &Parsed, files: &FileSet, context: &Context) -> Result<()> {
    let path = parsed.string("raw");
    // kubectl looks at --selector between the others; only who breaks two rules at once can tell.
    if files.filenames.len() == 1 && parsed.bool("edit") {
        return Err(Error::message("--raw and --edit are mutually exclusive"));
    }
    raw::check(path, parsed, files)?;
    if !parsed.string("selector").is_empty() {
        return Err(Error::message("--raw and --selector (-l) are mutually exclusive"));
    }
    raw::send(Method::POST, path, files, context).await
}
