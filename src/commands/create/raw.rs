//! `create --raw`: a manifest as it is, to a path of the server.

use std::{fs, io::Write};

use http::Method;

use crate::{
    api::quote,
    args::Parsed,
    client::Request,
    context::Context,
    error::{Error, Result, reason},
    resource::FileSet,
};

/// Sends the one manifest and copies the answer to standard output.
///
/// # Errors
/// Flags that do not go with `--raw`, a manifest that cannot be read, and what the server reports.
pub async fn run(parsed: &Parsed, files: &FileSet, context: &Context) -> Result<()> {
    let [file] = files.filenames.as_slice() else {
        return Err(Error::message("--raw can only use a single local file or stdin"));
    };
    check(parsed, file)?;
    let body = match file.as_str() {
        "-" => context.streams().read_input()?,
        path => fs::read(context.directory().join(path)).map_err(|error| Error::message(format!("open {path}: {}", reason(&error))))?,
    };
    let mut request = Request::typed(Method::POST, parsed.string("raw"))
        .accept("application/json, */*")
        .streamed();
    request.body = body.into();
    let mut response = context.client()?.send(request).await?;
    let mut out = context.streams().out();
    while let Some(chunk) = response.chunk().await? {
        out.write_all(&chunk)?;
    }
    Ok(())
}

/// Refuses what does not go with `--raw`.
fn check(parsed: &Parsed, file: &str) -> Result<()> {
    let path = parsed.string("raw");
    let sentence = if parsed.bool("edit") {
        "--raw and --edit are mutually exclusive"
    } else if file.starts_with("http://") || file.starts_with("https://") {
        "--raw cannot read from a url"
    } else if parsed.bool("recursive") {
        "--raw and --recursive are mutually exclusive"
    } else if !parsed.string("selector").is_empty() {
        "--raw and --selector (-l) are mutually exclusive"
    } else if !parsed.string("output").is_empty() {
        "--raw and --output are mutually exclusive"
    } else if !path.starts_with('/') && url::Url::parse(path).is_err() {
        return Err(Error::message(format!(
            "--raw must be a valid URL path: parse {}: invalid URI for request",
            quote(path)
        )));
    } else {
        return Ok(());
    };
    Err(Error::message(sentence))
}
