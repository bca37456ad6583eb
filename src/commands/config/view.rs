//! `kubectl config view`: prints the kubeconfig.

use std::io::Write;

use crate::{
    args::{Command, Flag, Kind, Parsed, groups},
    context::Context,
    error::{Error, Result},
    kubeconfig::{Kubeconfig, Sources, encode, load, view},
    printers::form::{self, COMMON_FORMS},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "view",
    usage: "view",
    short: "Print the kubeconfig",
    long: "\
Print the kubeconfig: the merged one, or the file that --kubeconfig names. Secrets and certificates are \
left out unless --raw asks for them.

With -o jsonpath, single values can be taken from it.",
    examples: r#"# All of it
kubectl config view

# With certificates and secrets
kubectl config view --raw

# The password of the user e2e
kubectl config view -o jsonpath='{.users[?(@.name == "e2e")].user.password}'

# The names of all clusters, one to a line
kubectl config view -o jsonpath='{range .clusters[*]}{.name}{"\n"}{end}'"#,
    flags: &[
        &[
            Flag::switch(
                "flatten",
                false,
                "Put the content of all files that it mentions into it, so that it can be used elsewhere.",
            ),
            Flag::tristate("merge", true, "Merge all kubeconfig files."),
            Flag::switch("minify", false, "Only what the context in use needs."),
            Flag::new(
                "output",
                Kind::String,
                "yaml",
                "How to print: json, yaml, kyaml, name, go-template, go-template-file, template, templatefile, jsonpath, \
            jsonpath-as-json or jsonpath-file.",
            )
            .short('o'),
            Flag::switch("raw", false, "Print certificates and secrets as they are."),
        ],
        groups::PRINT,
    ],
    flags_in_usage: true,
    ..Command::NEW
};

/// What the command line means.
struct Options {
    sources: Sources,
    /// Whether files are merged; else the one that was asked for with `--kubeconfig` is shown, and must be there.
    merge: bool,
    minify: bool,
    flatten: bool,
    raw: bool,
    /// The context that counts as the current one where the view is minified.
    context: String,
    json: bool,
    /// Whether no form at all is asked for (`-o ""`), which means names.
    name_only: bool,
}

fn resolve(parsed: &Parsed, context: &Context) -> Result<Options> {
    if !parsed.args().is_empty() {
        return Err(Error::Usage {
            message: format!("unexpected arguments: [{}]", parsed.args().join(" ")),
            command: parsed.path().to_owned(),
        });
    }
    let sources = super::sources(parsed, context);
    let merge = parsed.bool("merge");
    if !merge && sources.explicit.is_none() {
        return Err(Error::message("if merge==false a precise file must be specified"));
    }
    Ok(Options {
        sources,
        merge,
        minify: parsed.bool("minify"),
        flatten: parsed.bool("flatten"),
        raw: parsed.bool("raw"),
        context: parsed.string("context").to_owned(),
        json: parsed.string("output").eq_ignore_ascii_case("json"),
        name_only: parsed.string("output").is_empty() && parsed.string("template").is_empty(),
    })
}

/// Runs the command.
///
/// # Errors
/// A file cannot be read, or what is asked for is not in it.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = resolve(parsed, context)?;
    let mut printer = match options.name_only {
        true => None,
        false => Some(context.printer(parsed, COMMON_FORMS)?),
    };
    let mut config = encode::kubeconfig(&gather(&options)?);
    // Only JSON shows the fields in the order of Go's struct.
    if !options.json {
        config.sort_keys();
    }
    let mut text = Vec::new();
    match &mut printer {
        Some(printer) => printer.print(&mut text, &mut config)?,
        None => form::name(&mut text, &config),
    }
    Ok(context.streams().out().write_all(&text)?)
}

/// The kubeconfig as it will be shown.
fn gather(options: &Options) -> Result<Kubeconfig> {
    let mut config = match &options.sources.explicit {
        Some(file) if !options.merge => match load::read_file(&options.sources, file) {
            Ok(Some(config)) => config,
            Ok(None) => return Err(Error::message(format!("open {file}: no such file or directory"))),
            Err(sentence) => return Err(Error::message(sentence)),
        },
        _ => load::load_or_empty(&options.sources)?,
    };
    if options.minify {
        if !options.context.is_empty() {
            config.current_context.clone_from(&options.context);
        }
        view::minify(&mut config)?;
    }
    if options.flatten {
        view::flatten(&mut config, &options.sources.directory)?;
    } else if !options.raw {
        view::redact(&mut config);
    }
    Ok(config)
}
