//! Where the documents come from.
//!
//! A document of OpenAPI v3 never changes: its URL names what it holds by a digest. So it is kept on disk, one file for
//! each path, and asked for again only when the index names another digest (kubectl keeps it in its cache of answers,
//! which is neither read nor touched). A file that cannot be read, is of another document or not whole counts as none;
//! one that cannot be written is not written. Neither is worth a word to the user.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use flate2::Crc;
use http::Method;
use sha2::{Digest, Sha256};

use super::Index;
use crate::{
    client::{Client, Purpose, Request},
    error::{Error, Result},
};

/// The media type in which kubectl asks for the older document.
const OLDER: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";

/// How long an answer may take where the user has set no limit.
const TIMEOUT: Duration = Duration::from_secs(32);

/// The first line of a file. Another form gets another number.
const FORM: &str = "kubectl-rs schemas 1";

/// A file larger than this is not read, in bytes. The largest documents have some megabytes.
const LARGEST: u64 = 256 << 20;

/// Where the documents of one server come from.
#[derive(Debug, Clone)]
pub struct Source {
    client: Client,
    folder: Option<PathBuf>,
}

impl Source {
    /// The documents of the server of `client`, kept in `folder`, which is that server's own; nowhere if there is none.
    pub fn new(client: Client, folder: Option<PathBuf>) -> Self {
        Source { client, folder }
    }

    /// Which documents there are.
    ///
    /// # Errors
    /// Where the server cannot be asked, or answers something else.
    pub async fn index(&self) -> Result<Index> {
        let request = Request::get("/openapi/v3")
            .accept("application/json, */*")
            .timeout(TIMEOUT)
            .purpose(Purpose::Raw);
        let body = self.client.send(request).await?.bytes().await?;
        Index::parse(&body).map_err(|error| Error::message(error.message))
    }

    /// The document at `url` (path and query), of which [`Index::url`] told.
    ///
    /// # Errors
    /// Where the server cannot be asked.
    pub async fn document(&self, url: &str) -> Result<Bytes> {
        let file = self
            .folder
            .as_deref()
            .filter(|_| names_its_content(url))
            .map(|folder| file_of(folder, url));
        if let Some(body) = file.as_deref().and_then(|file| load(file, url)) {
            return Ok(body);
        }
        let request = match url.starts_with("/openapi/v3") {
            // The path of the server's URL comes before it.
            true => Request::get(url),
            false => Request::typed(Method::GET, url),
        };
        let body = self
            .client
            .send(request.timeout(TIMEOUT).purpose(Purpose::Raw))
            .await?
            .bytes()
            .await?;
        if let Some(file) = file {
            // The result is of no interest: a document that is not kept costs a request, and nothing more.
            let _ = store(&file, url, &body);
        }
        Ok(body)
    }

    /// The one document of OpenAPI v2, in whichever form the server has it: see [`super::older`].
    ///
    /// # Errors
    /// Where the server cannot be asked.
    pub async fn older(&self) -> Result<Bytes> {
        let request = Request::get("/openapi/v2").accept(OLDER).timeout(TIMEOUT).purpose(Purpose::Raw);
        self.client.send(request).await?.bytes().await
    }
}

/// Whether a URL holds a digest of what is there.
fn names_its_content(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query
        .split('&')
        .any(|pair| pair.strip_prefix("hash=").is_some_and(|hash| !hash.is_empty()))
}

/// The file of whatever is at the URL's path: another digest takes the place of the one before.
fn file_of(folder: &Path, url: &str) -> PathBuf {
    let path = url.split('?').next().unwrap_or_default();
    let digest: String = Sha256::digest(path).iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    folder.join(digest)
}

/// What a whole file of `url` begins with.
fn head(url: &str, body: &[u8]) -> String {
    let mut sum = Crc::new();
    sum.update(body);
    format!("{FORM}\n{url}\n{} {:08x}\n", body.len(), sum.sum())
}

/// What was kept of `url`.
fn load(file: &Path, url: &str) -> Option<Bytes> {
    if fs::metadata(file).ok()?.len() > LARGEST {
        return None;
    }
    let kept = Bytes::from(fs::read(file).ok()?);
    let start = memchr::memchr_iter(b'\n', &kept).nth(2)? + 1;
    let body = kept.slice(start..);
    (head(url, &body).as_bytes() == &kept[..start]).then_some(body)
}

/// Keeps what is at `url`: whole, for readers that come in between see the old file or the new one.
fn store(file: &Path, url: &str, body: &[u8]) -> Option<()> {
    let folder = file.parent()?;
    fs::create_dir_all(folder).ok()?;
    let mut new = tempfile::NamedTempFile::new_in(folder).ok()?;
    new.write_all(head(url, body).as_bytes()).ok()?;
    new.write_all(body).ok()?;
    new.persist(file).ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "/openapi/v3/apis/apps/v1?hash=AB12";

    #[test]
    fn file_that_was_stored_is_loaded_for_its_url_only() {
        let folder = tempfile::tempdir().unwrap();
        let file = file_of(&folder.path().join("deep"), URL);
        store(&file, URL, b"{}\n{}\n").unwrap();
        assert_eq!(load(&file, URL).unwrap(), &b"{}\n{}\n"[..]);
        assert_eq!(load(&file, "/openapi/v3/apis/apps/v1?hash=CD34"), None);
        assert_eq!(file, file_of(&folder.path().join("deep"), "/openapi/v3/apis/apps/v1?hash=CD34"));
    }

    #[test]
    fn file_with_any_byte_changed_or_missing_counts_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("document");
        store(&file, URL, br#"{"components":{}}"#).unwrap();
        let whole = fs::read(&file).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&file, &damaged).unwrap();
            assert_eq!(load(&file, URL), None, "byte {at} changed");
            fs::write(&file, &whole[..at]).unwrap();
            assert_eq!(load(&file, URL), None, "cut at {at}");
        }
    }

    #[test]
    fn url_without_a_digest_is_not_kept() {
        assert!(names_its_content(URL));
        assert!(names_its_content("/openapi/v3/api/v1?x=1&hash=A"));
        for url in ["/openapi/v3/api/v1", "/openapi/v3/api/v1?hash=", "/hash=A", "/a?nohash=A"] {
            assert!(!names_its_content(url), "{url}");
        }
    }
}
