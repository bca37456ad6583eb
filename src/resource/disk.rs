//! The machine's own files, URLs and repositories, as kustomizations read them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    error::reason,
    kustomize::{Checkout, Download, Entry, Files, Repository},
};

/// How often a running program is looked at.
const GLANCE: Duration = Duration::from_millis(5);

/// The machine's files. What is fetched lasts as long as this does.
#[derive(Debug, Default)]
pub struct Disk {
    /// Where programs are searched, in the form of `PATH`.
    programs: String,
    fetched: Mutex<Vec<TempDir>>,
}

impl Disk {
    /// Files, and programs on this search path.
    pub fn new(programs: impl Into<String>) -> Disk {
        Disk {
            programs: programs.into(),
            fetched: Mutex::default(),
        }
    }

    /// The program `git` as messages show it, and as it is called.
    fn git(&self) -> PathBuf {
        let found = std::env::split_paths(&self.programs)
            .map(|folder| folder.join("git"))
            .find(|path| path.is_file());
        found.unwrap_or_else(|| PathBuf::from("git"))
    }
}

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn look(&self, path: &Path) -> io::Result<Entry> {
        let kind = fs::symlink_metadata(path)?.file_type();
        if kind.is_symlink() {
            return fs::read_link(path).map(Entry::Link);
        }
        Ok(if kind.is_dir() { Entry::Folder } else { Entry::File })
    }

    fn download(&self, url: &str) -> Result<Vec<u8>, Download> {
        let wanted = url.to_owned();
        // Whoever builds may be in the middle of the client's own runtime, which must not be waited in.
        let answer = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(|error| Download::Failed(error.to_string()))?.block_on(get(&wanted))
        });
        answer
            .join()
            .unwrap_or_else(|_| Err(Download::Failed(format!("Get {url:?}: failed"))))
    }

    fn fetch(&self, repository: &Repository) -> Result<Checkout, String> {
        let folder = tempfile::Builder::new()
            .prefix("kustomize-")
            .tempdir()
            .map_err(|error| reason(&error))?;
        let path = folder.path().canonicalize().map_err(|error| reason(&error))?;
        let limit = Duration::from_secs(repository.timeout);
        let reference = if repository.reference.is_empty() {
            "HEAD"
        } else {
            &repository.reference
        };
        let git = self.git();
        let run = |words: &[&str]| run(&git, words, &path, limit);
        run(&["init"])?;
        run(&["remote", "add", "origin", &repository.url])?;
        run(&["fetch", "--depth=1", &repository.url, reference])?;
        run(&["checkout", "FETCH_HEAD"])?;
        if repository.submodules {
            run(&["submodule", "update", "--init", "--recursive"])?;
        }
        if let Ok(mut fetched) = self.fetched.lock() {
            fetched.push(folder);
        }
        Ok(Checkout { folder: path })
    }
}

/// Runs git in a folder.
fn run(git: &Path, words: &[&str], folder: &Path, limit: Duration) -> Result<(), String> {
    let shown = format!("{} {}", git.display(), words.join(" "));
    // Both streams go into one file, in the order in which they are written.
    let output = tempfile::NamedTempFile::new().map_err(|error| reason(&error))?;
    let stream = || output.reopen().map(Stdio::from).map_err(|error| reason(&error));
    let mut child = Command::new(git)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(stream()?)
        .stderr(stream()?)
        .spawn()
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => "no 'git' program on path: exec: \"git\": executable file not found in $PATH".to_owned(),
            _ => format!("failed to run '{shown}': {}", reason(&error)),
        })?;
    let until = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|error| reason(&error))? {
            break status;
        }
        if Instant::now() > until {
            // It may have ended by itself meanwhile.
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("hit {}s timeout running '{shown}'", limit.as_secs()));
        }
        thread::sleep(GLANCE);
    };
    if status.success() {
        return Ok(());
    }
    let text = fs::read(output.path()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let code = status
        .code()
        .map_or_else(|| "signal: killed".to_owned(), |code| format!("exit status {code}"));
    Err(format!("failed to run '{shown}': {}: {code}", text.unwrap_or_default()))
}

async fn get(url: &str) -> Result<Vec<u8>, Download> {
    // A second provider changes nothing: the error says only that one is in place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let failed = |error: reqwest::Error| Download::Failed(format!("Get {url:?}: {}", cause(&error)));
    let client = reqwest::Client::builder().build().map_err(failed)?;
    let answer = client.get(url).send().await.map_err(failed)?;
    let status = answer.status();
    if !status.is_success() {
        return Err(Download::Status(
            status.as_u16(),
            status.canonical_reason().unwrap_or_default().to_owned(),
        ));
    }
    Ok(answer.bytes().await.map_err(failed)?.to_vec())
}

/// Why there was no answer, in Go's words as far as the system says it.
fn cause(error: &reqwest::Error) -> String {
    let mut last: &dyn std::error::Error = error;
    while let Some(source) = last.source() {
        last = source;
    }
    let address = error
        .url()
        .and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
    match (last.downcast_ref::<io::Error>(), address) {
        (Some(io), Some(address)) if error.is_connect() && io.raw_os_error().is_some() => {
            format!("dial tcp {address}: connect: {}", reason(io))
        }
        _ if error.is_connect() && last.to_string().contains("failed to lookup address") => {
            let host = error.url().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
            format!("dial tcp: lookup {host}: no such host")
        }
        _ => last.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fetch_of_a_repository_of_files_checks_it_out() {
        let folder = tempfile::tempdir().unwrap();
        let git = |words: &[&str]| {
            let author = ["-c", "user.name=a", "-c", "user.email=a@b"];
            let status = Command::new("git").args(author).args(words).current_dir(folder.path()).output();
            status.is_ok_and(|output| output.status.success())
        };
        fs::write(folder.path().join("f"), "x").unwrap();
        if !git(&["init"]) || !git(&["add", "f"]) || !git(&["commit", "-m", "x"]) {
            return eprintln!("skipped: there is no git");
        }
        let disk = Disk::default();
        let repository = |query: &str| Repository::parse(&format!("file://{}{query}", folder.path().display())).unwrap();
        let checkout = disk.fetch(&repository("")).unwrap();
        assert_eq!(disk.read(&checkout.folder.join("f")).unwrap(), b"x");
        let error = disk.fetch(&repository("?ref=none")).unwrap_err();
        assert!(error.starts_with("failed to run 'git fetch --depth=1 file://"), "{error}");
        assert!(error.ends_with(": exit status 128"), "{error}");
    }
}
