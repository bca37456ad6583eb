//! `get --raw`: the server's answer to a path, byte by byte.

use std::io::Write;

use http::Method;

use crate::{client::Request, context::Context, error::Result};

/// What kubectl accepts where it does not care.
const ACCEPT_ANY: &str = "application/json, */*";

/// Copies the answer to `path` to standard output while it arrives.
///
/// # Errors
/// Where the server refuses or the answer breaks off.
pub async fn run(path: &str, context: &Context) -> Result<()> {
    let request = Request::typed(Method::GET, path).accept(ACCEPT_ANY).streamed();
    let mut response = context.client()?.send(request).await?;
    let mut out = context.streams().out();
    while let Some(chunk) = response.chunk().await? {
        out.write_all(&chunk)?;
    }
    Ok(())
}
