//! `kubectl completion`: prints the script that teaches a shell to complete kubectl command lines.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Parsed},
    context::Context,
    error::{Error, Result},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "completion",
    usage: "completion SHELL",
    short: "Print the script for completion in bash, zsh, fish or PowerShell",
    long: "\
Print the script that teaches a shell to complete kubectl command lines. The shell is bash, zsh, fish or \
powershell.

The script must be run by the shell to take effect: once by hand, or at each start from its start-up file. \
bash needs the package bash-completion; zsh needs version 5.2 or later.",
    examples: r#"# bash, this session
source <(kubectl completion bash)

# bash, every session
echo 'source <(kubectl completion bash)' >> ~/.bashrc

# zsh, this session
source <(kubectl completion zsh)

# zsh, every session
kubectl completion zsh > "${fpath[1]}/_kubectl"

# fish, this session
kubectl completion fish | source

# fish, every session
kubectl completion fish > ~/.config/fish/completions/kubectl.fish

# PowerShell, this session
kubectl completion powershell | Out-String | Invoke-Expression

# PowerShell, every session
kubectl completion powershell >> $PROFILE"#,
    ..Command::NEW
};

/// The scripts, by the shells that run them.
const SCRIPTS: [(&str, &str); 4] = [
    ("bash", include_str!("../../completions/kubectl.bash")),
    ("zsh", include_str!("../../completions/kubectl.zsh")),
    ("fish", include_str!("../../completions/kubectl.fish")),
    ("powershell", include_str!("../../completions/kubectl.ps1")),
];

/// Runs the command.
///
/// # Errors
/// No shell, several, or one that there is no script for.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let usage = |message: String| Error::Usage {
        message,
        command: parsed.path().to_owned(),
    };
    let script = match parsed.args() {
        [] => return Err(usage("Shell not specified.".to_owned())),
        [shell] => SCRIPTS
            .iter()
            .find(|(name, _)| name == shell)
            .ok_or_else(|| usage(format!("Unsupported shell type {}.", quote(shell))))?,
        _ => return Err(usage("Too many arguments. Expected only the shell type.".to_owned())),
    };
    Ok(context.streams().out().write_all(script.1.as_bytes())?)
}
