//! `shell`: a subshell in which kubectl talks to a cluster of its own.

use std::{
    fs,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use tokio::process::Command;

use super::{Outcome, arguments::Arguments, client, folder::Folder, host::Host, run};

/// Starts a cluster and a subshell in it, and ends as the shell ends.
///
/// # Errors
/// Where the cluster or the shell cannot be started.
pub fn shell(arguments: Arguments) -> Outcome {
    run::block_on(async |signals| {
        let folder = Folder::temporary()?;
        let host = Host::start(&arguments, folder.path()).await?;
        let program = std::env::var_os("SHELL")
            .filter(|shell| !shell.is_empty())
            .map_or_else(|| PathBuf::from("/bin/sh"), PathBuf::from);
        let path = client::search_path(folder.path())?;
        let mut command = Command::new(&program);
        command
            .env("PATH", &path)
            .env("KUBECONFIG", &host.kubeconfig)
            .env("KUBECTL_SANDBOX", &host.url);
        prompt(&mut command, &program, folder.path()).map_err(|error| error.to_string())?;
        if std::io::stderr().is_terminal() {
            // Nobody misses it where it cannot be written.
            let _ = writeln!(
                std::io::stderr(),
                "kubectl speaks to a simulated cluster at {} here; 'exit' ends both",
                host.url
            );
        }
        run::attend(command, signals).await
    })
}

/// What the start-up files of a user's shell may have set otherwise, in the words of a POSIX shell.
const AGAIN: &str = "PATH=\"$KUBECTL_SANDBOX_BIN:$PATH\"\nKUBECONFIG=\"$KUBECTL_SANDBOX_CONFIG\"\nexport PATH KUBECONFIG\n";

/// Has the shell say in its prompt where it is, and find kubectl whatever the user's own start-up files do.
fn prompt(command: &mut Command, program: &Path, directory: &Path) -> std::io::Result<()> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    command
        .env("KUBECTL_SANDBOX_BIN", directory.join("bin"))
        .env("KUBECTL_SANDBOX_CONFIG", directory.join("kubeconfig"));
    match &*name {
        "bash" => {
            let file = directory.join("bashrc");
            fs::write(&file, format!("[ -f ~/.bashrc ] && . ~/.bashrc\n{AGAIN}PS1=\"(sandbox) $PS1\"\n"))?;
            command.arg("--rcfile").arg(file);
        }
        "zsh" => {
            let own = std::env::var_os("ZDOTDIR").or_else(|| std::env::var_os("HOME")).unwrap_or_default();
            let source = |file: &str| format!("[ -f \"$KUBECTL_SANDBOX_ZDOTDIR/{file}\" ] && . \"$KUBECTL_SANDBOX_ZDOTDIR/{file}\"\n");
            fs::write(directory.join(".zshenv"), source(".zshenv"))?;
            fs::write(
                directory.join(".zshrc"),
                format!("{}{AGAIN}PROMPT=\"(sandbox) $PROMPT\"\n", source(".zshrc")),
            )?;
            command.env("KUBECTL_SANDBOX_ZDOTDIR", own).env("ZDOTDIR", directory);
        }
        "fish" => {
            command.arg("--init-command").arg(
                "set -gx PATH $KUBECTL_SANDBOX_BIN $PATH; set -gx KUBECONFIG $KUBECTL_SANDBOX_CONFIG; \
                 functions -c fish_prompt fish_prompt_before; function fish_prompt; echo -n '(sandbox) '; fish_prompt_before; end",
            );
        }
        _ => {
            command.env("PS1", "(sandbox) $ ");
        }
    }
    Ok(())
}
