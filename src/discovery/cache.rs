//! What a server offers, kept on disk beside kubectl's own cache, which is neither read nor touched.
//!
//! One file a server, of lines with fields between tabs. It is read whole, and everything that is taken from it is a
//! piece of that one text. A file that cannot be read, is of another server, too old or not whole counts as none; one
//! that cannot be written is not written. Neither is worth a word to the user.

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use sha2::{Digest, Sha256};

use super::{Group, Resource, Resources, Subresource, Text, Version, Words};
use crate::kubeconfig::RestConfig;

/// How long what a server said is believed, in seconds: kubectl's six hours.
pub const TIME_TO_LIVE: i64 = 6 * 60 * 60;

/// The first line of a file. Another form gets another number.
const FORM: &str = "kubectl-rs discovery 1";

/// The last line of a whole file.
const END: &str = "end";

/// A file larger than this is not read, in bytes. The largest clusters need some hundred kilobytes.
const LARGEST: u64 = 64 << 20;

/// The cache of one server.
#[derive(Debug, Clone)]
pub struct Cache {
    path: PathBuf,
    identity: String,
}

impl Cache {
    /// The cache of the server that `config` names. At one address different servers may answer, through tunnels and
    /// proxies, so whom the client trusts and how it gets there count, too. Users do not: kubectl, too, takes what a
    /// server offers for the same to all of them.
    pub fn for_server(directory: &Path, config: &RestConfig) -> Self {
        let tls = &config.tls;
        let mut identity = config.server.clone();
        for (name, value) in [
            ("ca", tls.ca_file.as_str()),
            ("name", tls.server_name.as_str()),
            ("proxy", config.proxy_url.as_str()),
        ] {
            if !value.is_empty() {
                identity.push_str(&format!(" {name}={value:?}"));
            }
        }
        if !tls.ca_data.is_empty() {
            identity.push_str(&format!(" ca-data={}", digest(&tls.ca_data)));
        }
        Cache::new(directory, &identity)
    }

    /// The cache of the server `identity` below `directory` (kubectl's `--cache-dir`).
    ///
    /// `identity` is everything that makes servers different ones: the URL, and what decides who answers at it.
    /// Its first word gives the file its name, for people; the rest counts through a digest.
    pub fn new(directory: &Path, identity: &str) -> Self {
        let url = identity.split_whitespace().next().unwrap_or_default();
        let host = url.split_once("://").map_or(url, |(_, rest)| rest);
        let name: String = host
            .chars()
            .take(80)
            .map(|c| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' })
            .collect();
        let file = format!("{name}-{}", digest(identity.as_bytes()));
        Cache {
            path: directory.join("kubectl-rs").join("discovery").join(file),
            identity: identity.to_owned(),
        }
    }

    /// The folder of the same server for what another room keeps: `openapi`.
    pub fn folder(&self, room: &str) -> Option<PathBuf> {
        let file = self.path.file_name()?;
        Some(self.path.parent()?.with_file_name(room).join(file))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was kept, if it is of this server and not older than [`TIME_TO_LIVE`] at `now` (seconds since 1970).
    pub fn load(&self, now: i64) -> Option<Resources> {
        let file = fs::File::open(&self.path).ok()?;
        let size = file.metadata().ok()?.len();
        if size > LARGEST {
            return None;
        }
        let mut text = String::with_capacity(usize::try_from(size).ok()? + 1);
        file.take(LARGEST).read_to_string(&mut text).ok()?;
        decode(&text.into(), &self.identity, now)
    }

    /// Keeps `resources`, if it can: whole, for readers that come in between see the old file or the new one.
    pub fn store(&self, resources: &Resources, now: i64) {
        // The result is of no interest: a cache that is not written costs a request, and nothing more.
        let _ = self.try_store(resources, now);
    }

    fn try_store(&self, resources: &Resources, now: i64) -> Option<()> {
        let text = encode(resources, &self.identity, now)?;
        let directory = self.path.parent()?;
        fs::create_dir_all(directory).ok()?;
        let mut file = tempfile::NamedTempFile::new_in(directory).ok()?;
        file.write_all(text.as_bytes()).ok()?;
        file.persist(&self.path).ok()?;
        Some(())
    }

    /// Forgets what was kept.
    pub fn remove(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Enough of a digest to tell servers apart.
fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// A file's text; none where a name holds what would part fields or lines, which no real server's do.
pub fn encode(resources: &Resources, identity: &str, now: i64) -> Option<String> {
    let mut writer = Writer {
        text: String::with_capacity(32 << 10),
        fits: true,
    };
    writer.line(&[FORM]);
    writer.line(&[identity]);
    writer.line(&[&now.to_string()]);
    for group in &resources.groups {
        writer.line(&["g", &group.name, &group.preferred]);
        for version in &group.versions {
            writer.fits &= version.failure.is_none();
            writer.line(&["v", &version.name]);
            for resource in &version.resources {
                writer.line(&[
                    "r",
                    &resource.name,
                    &resource.singular,
                    &resource.kind,
                    if resource.namespaced { "n" } else { "" },
                    resource.verbs.text(),
                    resource.short_names.text(),
                    resource.categories.text(),
                ]);
                for subresource in &resource.subresources {
                    writer.line(&[
                        "s",
                        &subresource.name,
                        &subresource.kind,
                        &subresource.group,
                        &subresource.version,
                        subresource.verbs.text(),
                    ]);
                }
            }
        }
    }
    writer.line(&[END]);
    writer.fits.then_some(writer.text)
}

struct Writer {
    text: String,
    fits: bool,
}

impl Writer {
    fn line(&mut self, fields: &[&str]) {
        for (i, field) in fields.iter().enumerate() {
            if i > 0 {
                self.text.push('\t');
            }
            self.fits &= !field.bytes().any(|byte| byte == b'\t' || byte == b'\n');
            self.text.push_str(field);
        }
        self.text.push('\n');
    }
}

/// What a file holds; none where it is not a whole file of the server `identity`, or too old at `now`.
pub fn decode(text: &Arc<str>, identity: &str, now: i64) -> Option<Resources> {
    let mut reader = Reader { text, at: 0 };
    if &*reader.line()?.text()? != FORM || &*reader.line()?.text()? != identity {
        return None;
    }
    let saved: i64 = reader.line()?.text()?.parse().ok()?;
    // A clock that was set back makes a file from the future; that is not believed either.
    if !(0..TIME_TO_LIVE).contains(&now.checked_sub(saved)?) {
        return None;
    }
    let mut resources = Resources::default();
    loop {
        let mut line = reader.line()?;
        match &*line.text()? {
            "g" => resources.groups.push(Group {
                name: line.text()?,
                preferred: line.text()?,
                versions: Vec::new(),
            }),
            "v" => resources.groups.last_mut()?.versions.push(Version {
                name: line.text()?,
                resources: Vec::new(),
                failure: None,
            }),
            "r" => {
                let group = resources.groups.last_mut()?;
                let version = group.versions.last_mut()?;
                version.resources.push(Resource {
                    name: line.text()?,
                    singular: line.text()?,
                    kind: line.text()?,
                    group: group.name.clone(),
                    version: version.name.clone(),
                    namespaced: line.text()? == "n",
                    verbs: line.words()?,
                    short_names: line.words()?,
                    categories: line.words()?,
                    subresources: Vec::new(),
                });
            }
            "s" => {
                let resource = resources.groups.last_mut()?.versions.last_mut()?.resources.last_mut()?;
                resource.subresources.push(Subresource {
                    name: line.text()?,
                    kind: line.text()?,
                    group: line.text()?,
                    version: line.text()?,
                    verbs: line.words()?,
                });
            }
            END => return Some(resources),
            _ => return None,
        }
    }
}

/// Goes through a file line by line.
struct Reader<'a> {
    text: &'a Arc<str>,
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next line, if it is whole.
    fn line(&mut self) -> Option<Line<'a>> {
        let end = self.at + memchr::memchr(b'\n', &self.text.as_bytes()[self.at..])?;
        let line = Line {
            text: self.text,
            at: self.at,
            end,
        };
        self.at = end + 1;
        Some(line)
    }
}

/// Goes through a line field by field.
struct Line<'a> {
    text: &'a Arc<str>,
    at: usize,
    end: usize,
}

impl Line<'_> {
    /// The next field; none behind the last.
    fn text(&mut self) -> Option<Text> {
        let rest = self.text.as_bytes().get(self.at..self.end)?;
        let length = memchr::memchr(b'\t', rest).unwrap_or(rest.len());
        let start = self.at;
        // Behind the last field this stands behind the line's end, where nothing can be read any more.
        self.at += length + 1;
        if length == 0 {
            return Some(Text::default());
        }
        Text::piece(self.text, start, start + length)
    }

    fn words(&mut self) -> Option<Words> {
        self.text().map(Words::spaced)
    }
}
