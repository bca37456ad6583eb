//! `--raw`: a manifest as it is, to a path of the server.

use std::{fs, io::Write};

use http::Method;

use crate::{
    api::quote,
    args::Parsed,
    client::Request,
    error::{Error, Result, unread},
    resource::FileSet,
};

use super::surroundings::Surroundings;

/// Refuses what does not go with `--raw path`.
///
/// # Errors
/// No manifest or several, a URL, flags that say how to look for manifests or print, a path that is none.
pub fn check(path: &str, parsed: &Parsed, files: &FileSet) -> Result<()> {
    let [file] = files.filenames.as_slice() else {
        return Err(Error::message("--raw can only use a single local file or stdin"));
    };
    let sentence = if file.starts_with("http://") || file.starts_with("https://") {
        "--raw cannot read from a url"
    } else if files.recursive {
        "--raw and --recursive are mutually exclusive"
    } else if !parsed.string("output").is_empty() {
        "--raw and --output are mutually exclusive"
    } else if !path.starts_with('/') && url::Url::parse(path).is_err() {
        let why = match path.starts_with(':') {
            true => "missing protocol scheme",
            false => "invalid URI for request",
        };
        return Err(Error::message(format!(
            "--raw must be a valid URL path: parse {}: {why}",
            quote(path)
        )));
    } else {
        return Ok(());
    };
    Err(Error::message(sentence))
}

/// Sends the first of the files and copies the answer to standard output.
///
/// # Errors
/// A file that cannot be read, and what the server reports.
pub async fn send(method: Method, path: &str, files: &FileSet, context: &dyn Surroundings) -> Result<()> {
    let body = match files.filenames.first().map(String::as_str) {
        None | Some("-") => context.streams().read_input()?,
        Some(file) => fs::read(context.world().directory.join(file)).map_err(|error| Error::message(unread(file, &error)))?,
    };
    let mut request = Request::typed(method, path).accept("application/json, */*").streamed();
    request.body = body.into();
    let mut response = context.client()?.send(request).await?;
    let mut out = context.streams().out();
    while let Some(chunk) = response.chunk().await? {
        out.write_all(&chunk)?;
    }
    Ok(())
}
