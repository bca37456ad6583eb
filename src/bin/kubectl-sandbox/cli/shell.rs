//! `shell`: a subshell in which kubectl talks to a cluster of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tokio::process::Command;

use super::{Outcome, arguments::Arguments, client, help, host::Host, run};

/// Starts a cluster and a subshell in it, and ends with the shell.
///
/// # Errors
/// Where the cluster or the shell cannot be started.
pub fn shell(arguments: Arguments) -> Outcome {
    if arguments.help {
        return help::print();
    }
    let directory = run::temporary()?;
    run::block_on(async {
        let host = Host::start(&arguments, directory.path()).await?;
        let program = std::env::var_os("SHELL")
            .filter(|shell| !shell.is_empty())
            .map_or_else(|| PathBuf::from("/bin/sh"), PathBuf::from);
        let mut command = Command::new(&program);
        command
            .env("PATH", client::search_path(directory.path())?)
            .env("KUBECONFIG", &host.kubeconfig)
            .env("KUBECTL_SANDBOX", &host.url);
        prompt(&mut command, &program, directory.path()).map_err(|error| error.to_string())?;
        run::attend(command).await
    })
}

/// Has the shell say in its prompt where it is.
fn prompt(command: &mut Command, program: &Path, directory: &Path) -> std::io::Result<()> {
    let name = program.file_name().unwrap_or_default().to_string_lossy();
    match name.as_ref() {
        "bash" => {
            let file = directory.join("bashrc");
            fs::write(&file, "[ -f ~/.bashrc ] && . ~/.bashrc\nPS1=\"(sandbox) $PS1\"\n")?;
            command.arg("--rcfile").arg(file);
        }
        "zsh" => {
            fs::write(
                directory.join(".zshrc"),
                "[ -f \"$HOME/.zshrc\" ] && . \"$HOME/.zshrc\"\nPROMPT=\"(sandbox) $PROMPT\"\n",
            )?;
            command.env("ZDOTDIR", directory);
        }
        "fish" => {
            command
                .arg("--init-command")
                .arg("functions -c fish_prompt fish_prompt_before; function fish_prompt; echo -n '(sandbox) '; fish_prompt_before; end");
        }
        _ => {
            command.env("PS1", "(sandbox) $ ");
        }
    }
    Ok(())
}
