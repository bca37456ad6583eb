//! The sandbox from end to end, as independent clients see it: the real kubectls at hand, and this project's client.
//! Each test has a sandbox of its own, on a free port.

mod clients;
mod normal;
mod script;
mod sessions;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::commands::Outcome;

/// A running sandbox with an empty cluster, a folder for its clients, and nothing left of either when it is dropped.
pub struct Sandbox {
    server: Child,
    folder: tempfile::TempDir,
}

impl Sandbox {
    /// Starts a sandbox in which everything that takes time takes `speed` times less.
    pub fn start(speed: u32) -> Sandbox {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("home")).unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        let mut server = Command::new(env!("CARGO_BIN_EXE_kubectl-sandbox"))
            .args(["serve", "--empty", "--seed", "1", "--speed", &speed.to_string(), "--directory"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let read = BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(read > 0, "the sandbox did not start");
        Sandbox { server, folder }
    }

    /// The folder that command lines run in.
    pub fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// Copies the files of a folder of `fixtures/sandbox` to where command lines run.
    pub fn with_files(self, folder: &str) -> Sandbox {
        for entry in std::fs::read_dir(fixtures().join(folder)).unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, self.work().join(from.file_name().unwrap())).unwrap();
        }
        self
    }

    /// Waits until the cluster has come to rest: what a client sees from then on does not depend on who is faster.
    pub fn rest(&self) {
        let words = ["get", "--raw", "/sandbox/rest", "--request-timeout=60s"];
        let outcome = self.run(&ours(), &words.map(str::to_owned));
        assert_eq!(outcome.out, "at rest\n", "{}", outcome.err);
    }

    /// Runs a client to its end.
    pub fn run(&self, client: &Path, words: &[String]) -> Outcome {
        let output = Command::new(client)
            .args(words)
            .current_dir(self.work())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path().join("home"))
            .env("TMPDIR", self.folder.path().join("work"))
            .env("KUBECONFIG", self.folder.path().join("kubeconfig"))
            .env("EDITOR", "sh editor.sh")
            .env("TERM", "dumb")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        Outcome {
            code: output.status.code().map_or(255, |code| code as u8),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Where the scripts and sessions are.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sandbox")
}

/// This project's client.
pub fn ours() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_kubectl"))
}

/// The real kubectls at hand, by minor version: those beside the one on the search path whose names end in their
/// version, as in `kubectl.1.27`.
pub fn real_kubectls() -> Vec<(u32, PathBuf)> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<(u32, PathBuf)> = std::env::split_paths(&path)
        .map(|folder| folder.join("kubectl"))
        .filter_map(|link| std::fs::canonicalize(link).ok())
        .filter_map(|file| Some(file.parent()?.to_path_buf()))
        .filter_map(|folder| std::fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let minor = path.file_name()?.to_str()?.strip_prefix("kubectl.1.")?.parse().ok()?;
            Some((minor, path))
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

/// The real kubectl of a minor version, if it is at hand; says so where it is not.
pub fn real_kubectl(minor: u32) -> Option<PathBuf> {
    let found = real_kubectls().into_iter().find(|(found, _)| *found == minor);
    if found.is_none() {
        say_skipped(&format!("no kubectl.1.{minor}"));
    }
    found.map(|(_, path)| path)
}

/// Says that a test has not tested what it is for.
#[allow(clippy::print_stderr, reason = "a skipped test must not look like a passed one")]
fn say_skipped(what_is_missing: &str) {
    eprintln!("SKIPPED: {what_is_missing} beside the kubectl on the search path");
}

/// The words of a command line, with single and double quotes as in a shell, and nothing else of a shell.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for character in line.chars() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    assert!(quote.is_none(), "a quote is not closed in: {line}");
    words.extend(word);
    words
}
