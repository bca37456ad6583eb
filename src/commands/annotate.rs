//! `kubectl annotate`: sets and removes annotations.

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        metadata::{self, Field, Options},
        report::Report,
        selection,
    },
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "annotate",
    usage: "annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]",
    short: "Set and remove the annotations of objects",
    long: "\
Set and remove the annotations of objects.

An annotation is a key and a text, kept with an object for people and programs; unlike a label it cannot be \
searched by. KEY=VALUE sets one, KEY- removes one. An annotation that the object has already is only \
changed with --overwrite.

With --resource-version the change is made only if nobody else has changed the object in the meantime.",
    examples: "\
# Describe a pod
kubectl annotate pods web description='the shop front'

# Change the description that it has
kubectl annotate --overwrite pods web description='the shop front, second floor'

# Annotate what a manifest describes
kubectl annotate -f pod.yaml description='the shop front'

# Annotate every pod of the namespace
kubectl annotate pods --all checked=yes

# Only if the pod is still as it was
kubectl annotate pods web checked=yes --resource-version=1

# Remove an annotation
kubectl annotate pods web description-",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::switch(
                "list",
                false,
                "Print the annotations of the objects, without those that are being changed.",
            ),
            Flag::switch("overwrite", false, "Change annotations that exist already."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::FIELD_SELECTOR,
        groups::ALL_NAMESPACES,
        groups::RECORD,
        groups::LOCAL,
        groups::RESOURCE_VERSION,
        &groups::files("A file, directory or URL with the manifests of the objects to annotate."),
        &groups::field_manager("kubectl-annotate"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// Completes and checks what was typed.
///
/// # Errors
/// Words that are no changes, flags that exclude each other, nothing to change.
pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
    let dry_run = DryRun::of(parsed, context.streams())?;
    context.chosen_printer(parsed, COMMON_FORMS)?;
    let (resources, changes) = metadata::split_words(parsed.args(), "annotation")?;
    let changes = metadata::pairs(&changes, "annotation", true)?;
    let (list, local, all) = (parsed.bool("list"), parsed.bool("local"), parsed.bool("all"));
    if list && !parsed.string("output").is_empty() {
        return Err(Error::message("--list and --output may not be specified together"));
    }
    let namespace = context.namespace()?;
    let query = selection::query(parsed, resources, (namespace.name, namespace.explicit));
    for flag in ["selector", "field-selector"] {
        if all && !parsed.string(flag).is_empty() {
            return Err(Error::message(format!("cannot set --all and --{flag} at the same time")));
        }
    }
    check_local(local, dry_run)?;
    let no_files = query.files.is_empty();
    if local && !query.words.is_empty() {
        return Err(Error::message(
            "can only use local files by -f pod.yaml or --filename=pod.json when --local=true is set",
        ));
    }
    if local && no_files {
        return Err(Error::message(
            "one or more files must be specified as -f pod.yaml or --filename=pod.json",
        ));
    }
    if query.words.is_empty() && no_files {
        return Err(Error::message(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if changes.set.is_empty() && changes.remove.is_empty() && !list {
        return Err(Error::message("at least one annotation update is required"));
    }
    let both: Vec<&str> = changes
        .remove
        .iter()
        .filter(|key| changes.set.contains_key(*key))
        .map(String::as_str)
        .collect();
    if !both.is_empty() {
        return Err(Error::message(format!(
            "can not both modify and remove the following annotation(s) in the same command: {}",
            both.join(", ")
        )));
    }
    Ok(Options {
        field: Field::Annotations,
        query,
        changes,
        overwrite: parsed.bool("overwrite"),
        list,
        local,
        dry_run,
        resource_version: parsed.string("resource-version").to_owned(),
        field_manager: parsed.string("field-manager").to_owned(),
        change_cause: context.change_cause(parsed),
    })
}

/// Changes what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = resolve(&Args(parsed), context)?;
    let report = || {
        Ok(Report::new(
            context.streams(),
            context.chosen_printer(parsed, COMMON_FORMS)?,
            options.dry_run,
        ))
    };
    metadata::run(&options, &context.site_of(&options.query)?, report).await
}
