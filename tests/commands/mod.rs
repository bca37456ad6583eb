//! Commands in this process, with buffers for streams, against a small server.

mod api_resources;
mod apply;
mod apply_patches;
mod apply_served;
mod auth;
mod certificate;
mod change;
mod cluster_info;
mod completion;
mod config;
mod create;
mod describe;
mod diff;
mod drain;
mod dry_run;
mod edit;
mod events;
mod explain;
mod get;
mod hostile;
mod kustomize;
mod last_applied;
mod logs;
mod offers;
mod patch;
mod plugin;
mod prune;
mod random;
mod reconcile;
mod refused;
mod rollout;
mod session;
mod top;
mod version;
mod wait;

use std::{collections::HashMap, path::Path};

use kubectl_rs::{streams::Streams, world::World};

use crate::server::Server;

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub code: u8,
    pub out: String,
    pub err: String,
}

/// A place to run commands in: a home of its own, and a kubeconfig that names a server.
pub struct Place {
    home: tempfile::TempDir,
    pub env: HashMap<String, String>,
}

impl Place {
    /// A place whose kubeconfig names `server`, with the namespace `shop`.
    pub fn new(server: &str) -> Place {
        let home = tempfile::tempdir().unwrap();
        let config = format!(
            r#"{{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{{"name":"c","context":{{"cluster":"c","user":"u","namespace":"shop"}}}}],"clusters":[{{"name":"c","cluster":{{"server":"{server}"}}}}],"users":[{{"name":"u","user":{{}}}}]}}"#
        );
        std::fs::write(home.path().join("config"), config).unwrap();
        let path = |name: &str| home.path().join(name).display().to_string();
        let env = HashMap::from([
            ("HOME".to_owned(), path("")),
            ("KUBECONFIG".to_owned(), path("config")),
            ("TERM".to_owned(), "dumb".to_owned()),
        ]);
        Place { home, env }
    }

    /// The home, which is the working directory too.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Writes a file; its path.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.home.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Runs a command line.
    pub fn run(&self, words: &[&str]) -> Outcome {
        self.run_with(words, "")
    }

    /// Runs a command line with something on standard input.
    pub fn run_with(&self, words: &[&str], input: &str) -> Outcome {
        let (streams, out, err) = Streams::captured(input);
        let code = self.run_on(words, streams);
        Outcome {
            code,
            out: out.text(),
            err: err.text(),
        }
    }

    /// Runs a command line on the given streams.
    pub fn run_on(&self, words: &[&str], streams: Streams) -> u8 {
        let args = ["kubectl"].iter().chain(words).map(|word| (*word).to_owned()).collect();
        kubectl_rs::run(World {
            args,
            env: self.env.clone(),
            directory: self.home.path().to_path_buf(),
            streams,
        })
    }
}

/// Runs a command line against a server.
pub fn run(server: &Server, words: &[&str]) -> Outcome {
    Place::new(&server.url()).run(words)
}
