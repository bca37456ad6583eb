//! Where objects in files come from: paths, directories, patterns, URLs and standard input, in the order typed.
//!
//! The rules and texts are those of kubectl's resource builder (`FilenameParam`, `Path`, `URL`, `Stdin`).

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    api::quote,
    client::connect::name_server,
    error::{Connection, Error, Result, reason, unread},
    streams::Streams,
};

/// The file name endings that are read in a directory.
const EXTENSIONS: [&str; 3] = ["json", "yaml", "yml"];

/// How often a URL is asked for before it counts as failed, as kubectl does.
const URL_ATTEMPTS: u32 = 3;

/// What `-f`, `-R` and `-k` said.
#[derive(Debug, Clone, Default)]
pub struct FileSet {
    /// Paths, patterns, URLs and `-`.
    pub filenames: Vec<String>,
    /// A directory with a kustomization.
    pub kustomize: Option<String>,
    /// Whether directories in directories are read.
    pub recursive: bool,
}

/// One place that holds documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file: its name as messages give it, and where it lies.
    File(String, PathBuf),
    /// A document at a URL.
    Url(String),
    /// Standard input.
    Stdin,
    /// A directory with a kustomization: its name as it was typed, and where it lies.
    Kustomization(String, PathBuf),
}

impl Source {
    /// The name that messages give it.
    pub fn name(&self) -> String {
        match self {
            Source::File(name, _) | Source::Url(name) | Source::Kustomization(name, _) => name.clone(),
            Source::Stdin => "STDIN".to_owned(),
        }
    }

    /// All of its bytes.
    ///
    /// # Errors
    /// Where the file cannot be read or the URL does not answer.
    pub async fn read(&self, streams: &Streams) -> Result<Vec<u8>> {
        match self {
            Source::File(name, path) => fs::read(path).map_err(|error| Error::message(unread(name, &error))),
            Source::Url(url) => download(url).await,
            Source::Stdin => Ok(streams.read_input()?),
            // It is no document, but makes some: see `documents::read`.
            Source::Kustomization(..) => Ok(Vec::new()),
        }
    }
}

/// What the sources of a command line amount to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// The places, in order.
    pub places: Vec<Source>,
    /// Whether a single object is what the person means: one plain file.
    pub single: bool,
}

impl FileSet {
    /// Whether nothing was named.
    pub fn is_empty(&self) -> bool {
        self.filenames.is_empty() && self.kustomize.is_none()
    }

    /// Finds the places, relative to `directory`.
    ///
    /// # Errors
    /// Flags that exclude each other, standard input twice, every path that does not exist, directories without a file
    /// that could be read.
    pub fn expand(&self, directory: &Path) -> Result<Sources> {
        if let Some(kustomization) = &self.kustomize {
            if !self.filenames.is_empty() {
                return Err(Error::message("only one of -f or -k can be specified"));
            }
            if self.recursive {
                return Err(Error::message("the -k flag can't be used with -f or -R"));
            }
            return Ok(Sources {
                places: vec![Source::Kustomization(kustomization.clone(), directory.join(kustomization))],
                single: false,
            });
        }
        let (mut places, mut errors) = (Vec::new(), Vec::new());
        let mut in_directory = false;
        for name in &self.filenames {
            if name == "-" {
                if places.contains(&Source::Stdin) {
                    errors.push(Error::message("standard input cannot be used for multiple arguments"));
                } else {
                    places.push(Source::Stdin);
                }
            } else if name.starts_with("http://") || name.starts_with("https://") {
                match url::Url::parse(name) {
                    Ok(_) => places.push(Source::Url(name.clone())),
                    Err(error) => errors.push(Error::message(format!("the URL passed to filename {name:?} is not valid: {error}"))),
                }
            } else {
                let paths = matching(name, directory).unwrap_or_else(|error| {
                    errors.push(error);
                    Vec::new()
                });
                for path in &paths {
                    match self.files_in(path, directory) {
                        Ok(files) => {
                            in_directory |= files.len() > 1;
                            places.extend(files);
                        }
                        Err(error) => errors.push(error),
                    }
                }
                if places.is_empty() && errors.is_empty() {
                    errors.push(Error::message(format!(
                        "error reading [{}]: recognized file extensions are [.json .yaml .yml]",
                        paths.join(" ")
                    )));
                }
            }
        }
        Error::collect(errors)?;
        let single = places.len() == 1 && !in_directory && !places.contains(&Source::Stdin);
        Ok(Sources { places, single })
    }

    /// The file itself, or the files in a directory.
    fn files_in(&self, name: &str, directory: &Path) -> Result<Vec<Source>> {
        let path = directory.join(name);
        let cannot = |error: &io::Error| match error.kind() {
            io::ErrorKind::NotFound => Error::message(format!("the path {name:?} does not exist")),
            _ => Error::message(format!("the path {name:?} cannot be accessed: stat {name}: {}", reason(error))),
        };
        if !fs::metadata(&path).map_err(|error| cannot(&error))?.is_dir() {
            return Ok(vec![Source::File(name.to_owned(), path)]);
        }
        let mut found = Vec::new();
        self.walk(&clean(name), &path, &mut found).map_err(|error| cannot(&error))?;
        Ok(found)
    }

    fn walk(&self, name: &Path, path: &Path, found: &mut Vec<Source>) -> io::Result<()> {
        let mut entries = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (name, path) = (name.join(entry.file_name()), entry.path());
            // A link to a directory is not followed, as in Go's walk.
            if entry.file_type()?.is_dir() {
                if self.recursive {
                    self.walk(&name, &path, found)?;
                }
            } else if path
                .extension()
                .is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
            {
                found.push(Source::File(name.display().to_string(), path));
            }
        }
        Ok(())
    }
}

/// A directory's name as Go's walk puts it before the names in it: `./a//b/` is `a/b`, and `.` is nothing.
fn clean(name: &str) -> PathBuf {
    Path::new(name)
        .components()
        .filter(|part| *part != std::path::Component::CurDir)
        .collect()
}

/// The paths that `name` stands for: itself where it exists, else what it matches as a pattern.
fn matching(name: &str, directory: &Path) -> Result<Vec<String>> {
    let missing = || Error::message(format!("the path {name:?} does not exist"));
    if directory.join(name).exists() || !name.contains(['*', '?', '[']) {
        return Ok(vec![name.to_owned()]);
    }
    let pattern = directory.join(name);
    let found: Vec<String> = glob::glob(&pattern.to_string_lossy())
        .map_err(|_| Error::message(format!("pattern {} is not valid: syntax error in pattern", quote(name))))?
        .filter_map(std::result::Result::ok)
        .map(|path| path.strip_prefix(directory).unwrap_or(&path).display().to_string())
        .collect();
    if found.is_empty() { Err(missing()) } else { Ok(found) }
}

/// Fetches a document; a server that fails is asked again after a second, as kubectl does.
async fn download(url: &str) -> Result<Vec<u8>> {
    // A second provider changes nothing: the error says only that one is in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let unreadable = |error: &reqwest::Error| unanswered(url, error);
    let client = reqwest::Client::builder().build().map_err(|error| unreadable(&error))?;
    let mut attempt = 1;
    loop {
        let answer = client.get(url).send().await.map_err(|error| unreadable(&error))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer.bytes().await.map_err(|error| unreadable(&error))?.to_vec());
        }
        if !status.is_server_error() || attempt == URL_ATTEMPTS {
            let code = status.as_u16();
            return Err(Error::message(format!(
                "unable to read URL {url:?}, server reported {status}, status code={code}"
            )));
        }
        attempt += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// The failure to get an answer from a URL, in the words for a server that does not answer.
fn unanswered(url: &str, error: &reqwest::Error) -> Error {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let parsed = url::Url::parse(url).ok();
    let host = parsed.as_ref().map(|url| url.authority().to_owned()).unwrap_or_default();
    let cause = match deepest.downcast_ref::<io::Error>().map(reason) {
        Some(word) if word.starts_with("failed to lookup address") => {
            let name = parsed.as_ref().and_then(url::Url::host_str).unwrap_or_default();
            format!("dial tcp: lookup {name}{}: no such host", name_server())
        }
        Some(word) if error.is_connect() => format!("dial tcp {host}: connect: {word}"),
        Some(word) => word,
        None => deepest.to_string(),
    };
    Error::Connection(Box::new(Connection {
        method: "Get".to_owned(),
        url: url.to_owned(),
        host,
        cause,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(set: &FileSet, directory: &Path) -> Result<Vec<String>> {
        Ok(set.expand(directory)?.places.iter().map(Source::name).collect())
    }

    fn set(filenames: &[&str], recursive: bool) -> FileSet {
        FileSet {
            filenames: filenames.iter().map(|name| (*name).to_owned()).collect(),
            kustomize: None,
            recursive,
        }
    }

    #[test]
    fn expand_of_a_directory_takes_manifests_in_order_and_deeper_ones_only_when_asked() {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("sub")).unwrap();
        for name in ["b.json", "a.yaml", "readme.txt", "sub/c.yml"] {
            fs::write(directory.path().join(name), "").unwrap();
        }
        assert_eq!(names(&set(&["./"], false), directory.path()).unwrap(), ["a.yaml", "b.json"]);
        assert_eq!(
            names(&set(&["."], true), directory.path()).unwrap(),
            ["a.yaml", "b.json", "sub/c.yml"]
        );
        assert_eq!(
            names(&set(&["*.txt", "-", "https://example.com/x.yaml"], false), directory.path()).unwrap(),
            ["readme.txt", "STDIN", "https://example.com/x.yaml"]
        );
    }

    #[test]
    fn expand_of_missing_paths_and_contrary_flags_fails_as_kubectl_does() {
        let directory = tempfile::tempdir().unwrap();
        let text = |set: &FileSet| names(set, directory.path()).unwrap_err().text();
        assert_eq!(text(&set(&["nope.yaml"], false)), "error: the path \"nope.yaml\" does not exist");
        assert_eq!(text(&set(&["*.nope"], false)), "error: the path \"*.nope\" does not exist");
        assert_eq!(
            text(&set(&["."], false)),
            "error: error reading [.]: recognized file extensions are [.json .yaml .yml]"
        );
        assert_eq!(
            text(&set(&["a", "-", "b", "-"], false)),
            "the path \"a\" does not exist\nthe path \"b\" does not exist\nstandard input cannot be used for multiple arguments"
        );
        let both = FileSet {
            kustomize: Some(".".into()),
            ..set(&["a"], false)
        };
        assert_eq!(text(&both), "error: only one of -f or -k can be specified");
    }
}
