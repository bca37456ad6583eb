//! `kubectl config get-contexts`: lists the contexts in the kubeconfig.

use std::io::Write;

use crate::{
    args::{Command, Flag, Parsed},
    context::Context,
    error::{Error, Result},
    kubeconfig::{Kubeconfig, Sources, load},
    printers::tabs::TabWriter,
    streams::Streams,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "get-contexts",
    usage: "get-contexts [(-o|--output=)name)]",
    short: "List the contexts in the kubeconfig",
    long: "List the contexts in the kubeconfig.",
    examples: "\
# All contexts
kubectl config get-contexts

# One context
kubectl config get-contexts my-context

# Only the names
kubectl config get-contexts -o name",
    flags: &[&[
        Flag::switch("no-headers", false, "Print the table without its first line."),
        Flag::text("output", "How to print: name, or a table if empty.").short('o'),
    ]],
    ..Command::NEW
};

/// What the command line means.
struct Options {
    sources: Sources,
    /// The contexts that are asked for; all where there are none.
    names: Vec<String>,
    form: Form,
}

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Names,
    Table { header: bool },
}

fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    let form = match parsed.string("output") {
        "" => Form::Table {
            header: !parsed.bool("no-headers"),
        },
        "name" => Form::Names,
        other => {
            return Err(Error::message(format!(
                "--output {other} is not available in kubectl config get-contexts; resetting to default output format"
            )));
        }
    };
    Ok(Options {
        sources: super::sources(parsed, context),
        names: parsed.args().to_vec(),
        form,
    })
}

/// Runs the command.
///
/// # Errors
/// Contexts that are asked for and are not there; a file that cannot be read.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = resolve(parsed, context)?;
    let config = load::load_or_empty(&options.sources)?;
    print(&options, &config, context.streams())
}

/// Shows the contexts that are there, then complains of the others.
fn print(options: &Options, config: &Kubeconfig, streams: &Streams) -> Result<()> {
    let (mut names, missing): (Vec<&String>, Vec<&String>) = options.names.iter().partition(|name| config.contexts.contains_key(*name));
    if options.names.is_empty() {
        names.extend(config.contexts.keys());
    }
    names.sort_unstable();
    let mut tabs = TabWriter::for_tables();
    if options.form == (Form::Table { header: true }) {
        tabs.write(b"CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
    }
    for name in names {
        let line = match (options.form, config.contexts.get(name)) {
            (Form::Table { .. }, Some(context)) => {
                let mark = if config.current_context == *name { "*" } else { " " };
                format!("{mark}\t{name}\t{}\t{}\t{}\n", context.cluster, context.user, context.namespace)
            }
            _ => format!("{name}\n"),
        };
        tabs.write(line.as_bytes());
    }
    let mut text = Vec::new();
    tabs.flush(&mut text);
    streams.out().write_all(&text)?;
    Error::collect(
        missing
            .iter()
            .map(|name| Error::message(format!("context {name} not found")))
            .collect(),
    )
}
