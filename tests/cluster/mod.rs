//! The sandbox's program: its command line from outside, and the typed clients of the `kube` crate against it.

mod clients;
mod load;
mod program;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
};

/// A place to run the program in: a home and a folder for temporary files, both its own.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Home {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        Home { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A command that runs `program` here.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("TMPDIR", self.path("tmp"))
            .env("TERM", "dumb")
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// A command that runs the sandbox's program.
    pub fn sandbox(&self, words: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_kubectl-sandbox"));
        command.args(words);
        command
    }

    /// Runs the sandbox's program to its end.
    pub fn run(&self, words: &[&str]) -> Ended {
        Ended::of(self.sandbox(words).output().unwrap())
    }

    /// The files and folders that a sandbox has left behind.
    pub fn left_behind(&self) -> Vec<PathBuf> {
        let mut left: Vec<PathBuf> = Vec::new();
        for place in ["tmp", ".local/state/kubectl-sandbox"] {
            let entries = std::fs::read_dir(self.path(place));
            left.extend(entries.into_iter().flatten().map(|entry| entry.unwrap().path()));
        }
        left
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(output: Output) -> Ended {
        Ended {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What it printed, where it went well.
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }
}

/// A sandbox in the foreground, which ends with this value.
pub struct Served {
    child: Child,
    input: Option<ChildStdin>,
    /// Where it answers.
    pub url: String,
    /// The kubeconfig for it.
    pub kubeconfig: PathBuf,
}

impl Served {
    /// Starts one with an empty cluster.
    pub fn start(home: &Home, flags: &[&str]) -> Served {
        Served::start_with(home, &[&["--empty", "--seed", "1"], flags].concat())
    }

    /// Starts one with what the flags say.
    pub fn start_with(home: &Home, flags: &[&str]) -> Served {
        let mut command = home.sandbox(&["serve", "--until-eof"]);
        let mut child = command.args(flags).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (url, kubeconfig) = line.trim_end().split_once(' ').unwrap();
        Served {
            input: child.stdin.take(),
            child,
            url: url.to_owned(),
            kubeconfig: Path::new(kubeconfig).to_owned(),
        }
    }

    /// The address without the protocol.
    pub fn address(&self) -> &str {
        self.url.strip_prefix("https://").unwrap()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Lets go of its standard input, and waits for its end.
    pub fn end(&mut self) -> Option<i32> {
        drop(self.input.take());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.input.is_some() {
            self.end();
        }
    }
}

/// The secret of a kubeconfig.
pub fn token(kubeconfig: &Path) -> String {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    text.lines()
        .find_map(|line| line.trim().strip_prefix("token: "))
        .unwrap()
        .to_owned()
}

/// Sends a signal to a process.
pub fn signal(id: u32, name: &str) {
    assert!(
        Command::new("kill")
            .args([&format!("-{name}"), &id.to_string()])
            .status()
            .unwrap()
            .success()
    );
}
