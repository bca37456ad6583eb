//! `--dry-run`: whether a change is made, only checked by the server, or only shown.

use crate::{
    args::Parsed,
    error::{Error, Result},
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
    /// What the flag of a command says.
    ///
    /// # Errors
    /// Another word, or none.
    pub fn of(parsed: &Parsed) -> Result<DryRun> {
        match parsed.string("dry-run") {
            "none" => Ok(DryRun::None),
            "client" => Ok(DryRun::Client),
            "server" => Ok(DryRun::Server),
            "unchanged" => Err(Error::message(
                r#"--dry-run flag without a value was specified. A value must be set: "none", "server", or "client"."#,
            )),
            other => Err(Error::message(format!(
                r#"Invalid dry-run value ({other}). Must be "none", "server", or "client"."#
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
