//! `--dry-run`: whether a change is made, only checked by the server, or only shown.

use crate::{
    args::{Parsed, value::boolean},
    client::klog::{Log, Severity},
    error::{Error, Result},
    streams::Streams,
};

/// How far a change goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DryRun {
    /// It is made.
    #[default]
    None,
    /// It is only shown; nothing is sent.
    Client,
    /// It is sent to be checked, and not stored.
    Server,
}

impl DryRun {
    /// What the flag of a command says. Of the forms that it had when it was a switch kubectl says that they are old.
    ///
    /// # Errors
    /// Another word.
    pub fn of(parsed: &Parsed, streams: &Streams) -> Result<DryRun> {
        let dry_run = DryRun::asked(parsed)?;
        let word = parsed.string("dry-run");
        let (site, sentence) = match (word, dry_run) {
            ("client" | "server" | "none", _) => return Ok(dry_run),
            ("unchanged", _) => (
                "helpers.go:703",
                "--dry-run is deprecated and can be replaced with --dry-run=client.".to_owned(),
            ),
            (word, DryRun::Client) => ("helpers.go:717", old_truth(word, "client")),
            (word, _) => ("helpers.go:720", old_truth(word, "none")),
        };
        Log::new(0, streams.clone()).line(Severity::Warning, site, &sentence);
        Ok(dry_run)
    }

    /// As [`DryRun::of`], without a word about old forms.
    ///
    /// # Errors
    /// Another word.
    pub fn asked(parsed: &Parsed) -> Result<DryRun> {
        let word = parsed.string("dry-run");
        match (word, boolean(word).ok()) {
            ("none", _) | (_, Some(false)) => Ok(DryRun::None),
            // A flag without a value has this one.
            ("client" | "unchanged", _) | (_, Some(true)) => Ok(DryRun::Client),
            ("server", _) => Ok(DryRun::Server),
            _ => Err(Error::message(format!(
                r#"Invalid dry-run value ({word}). Must be "none", "server", or "client"."#
            ))),
        }
    }

    /// What stands behind the sentence that says what was done.
    pub fn suffix(self) -> &'static str {
        match self {
            DryRun::None => "",
            DryRun::Client => " (dry run)",
            DryRun::Server => " (server dry run)",
        }
    }

    /// Whether the server is to check only.
    pub fn on_server(self) -> bool {
        self == DryRun::Server
    }
}

/// What kubectl says of a truth where it wants a word.
fn old_truth(typed: &str, word: &str) -> String {
    format!("--dry-run={typed} is deprecated (boolean value) and can be replaced with --dry-run={word}.")
}

/// What `--local` excludes.
///
/// # Errors
/// `--local` together with a dry run on the server.
pub fn check_local(local: bool, dry_run: DryRun) -> Result<()> {
    if local && dry_run.on_server() {
        return Err(Error::message(
            "cannot specify --local and --dry-run=server - did you mean --dry-run=client?",
        ));
    }
    Ok(())
}
