//! `kubectl config rename-context`: gives a context another name.

use std::io::Write;

use crate::{
    api::quote,
    args::{Command, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{
        Kubeconfig,
        edit::{Paths, edit},
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "rename-context",
    usage: "rename-context CONTEXT_NAME NEW_NAME",
    short: "Give a context another name",
    long: "Give a context another name. CONTEXT_NAME is its name, NEW_NAME the one it gets. If it is the context in \
            use, it stays so.",
    examples: "\
# Call old-name new-name
kubectl config rename-context old-name new-name",
    ..Command::NEW
};

/// Runs the command.
///
/// # Errors
/// There is no context of the old name, or there is one of the new; the kubeconfig cannot be changed.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let [old, new] = parsed.args() else {
        return Err(super::wrong_arguments(parsed, context, "Unexpected args"));
    };
    if new.is_empty() {
        return Err(Error::message("You must specify a new non-empty context name"));
    }
    let sources = super::sources(parsed, context);
    edit(&sources, Paths::Relative, |config| rename(config, old, new, sources.default_file()))?;
    Ok(writeln!(
        context.streams().out(),
        "Context {} renamed to {}.",
        quote(old),
        quote(new)
    )?)
}

/// Renames a context; `file` is where it is said to be missing.
fn rename(config: &mut Kubeconfig, old: &str, new: &str, file: &str) -> Result<()> {
    let refuse = |why: String| Err(Error::message(format!("cannot rename the context {}, {why} {file}", quote(old))));
    if !config.contexts.contains_key(old) {
        return refuse("it's not in".to_owned());
    }
    if config.contexts.contains_key(new) {
        return refuse(format!("the context {} already exists in", quote(new)));
    }
    if let Some(context) = config.contexts.remove(old) {
        config.contexts.insert(new.to_owned(), context);
    }
    if config.current_context == old {
        new.clone_into(&mut config.current_context);
    }
    Ok(())
}
