//! `kubectl set selector`: sets the selector of a service.

use crate::{
    actions::{
        dry_run::{DryRun, check_local},
        metadata,
        pod_specs::{self, Change},
        report::Report,
        selection,
    },
    api::{OwnedValue, Value, object, selector::Selector},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::Query,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "selector",
    usage: "selector (-f FILENAME | TYPE NAME) EXPRESSIONS [--resource-version=version]",
    short: "Set the selector of services",
    long: "\
Set the selector of services; the old one is gone. A selector has the form of labels: key=value, separated \
by commas.

With --resource-version the change is made only if nobody else has changed the object in the meantime.",
    examples: "\
# Let a service and a deployment belong together
kubectl create service clusterip my-svc --clusterip=\"None\" -o yaml --dry-run=client | kubectl set \
selector --local -f - 'environment=qa' -o yaml | kubectl create -f -
kubectl create deployment my-dep -o yaml --image=nginx --dry-run=client | kubectl label --local -f - \
environment=qa -o yaml | kubectl create -f -",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::slice("filename", "A file, directory or URL with the manifests of the services.").short('f'),
            Flag::switch("recursive", true, "Search the directories given by -f down to the last one.").short('R'),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::RECORD,
        groups::LOCAL,
        groups::RESOURCE_VERSION,
        &groups::field_manager("kubectl-set"),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which services.
    pub query: Query,
    /// The selector, as a `LabelSelector`.
    pub selector: OwnedValue,
    /// The version that they must have; empty for any.
    pub resource_version: String,
    /// How they are changed.
    pub change: Change,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No selector, or one that cannot be read.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.client_namespace()?;
        context.chosen_printer(parsed, COMMON_FORMS)?;
        let Some((selector, resources)) = parsed.args().split_last() else {
            return Err(Error::message("one selector is required"));
        };
        let selector = Selector::parse(selector)
            .map_err(|error| format!("couldn't parse the selector string \"{selector}\": {error}"))
            .and_then(|selector| selector.to_label_selector())
            .map_err(Error::message)?;
        let local = parsed.bool("local");
        check_local(local, dry_run)?;
        Ok(Options {
            query: selection::query(parsed, resources.to_vec(), (namespace.name, namespace.explicit)),
            selector,
            resource_version: parsed.string("resource-version").to_owned(),
            change: Change {
                local,
                dry_run,
                field_manager: parsed.string("field-manager").to_owned(),
                done: "selector updated",
                failed: "",
                unchanged: true,
            },
        })
    }
}

/// Sets the selectors of the services that the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let mut report = Report::new(
        context.streams(),
        context.chosen_printer(parsed, COMMON_FORMS)?,
        options.change.dry_run,
    );
    let site = context.site_of(&options.query)?;
    let mut infos = pod_specs::infos(&options.query, options.change.local, &site).await?;
    for info in &mut infos {
        // kubectl ends at the first object that has no such selector.
        check(&info.object, &options.selector)?;
        // Without the old version, the patch says the demanded one in any case.
        if !options.resource_version.is_empty()
            && let Some(metadata) = info.object.at_mut(&["metadata"]).and_then(Value::as_object_mut)
        {
            metadata.remove("resourceVersion");
        }
    }
    let cause = context.change_cause(parsed);
    let change = |object: &mut OwnedValue, _: &_, _: &mut Vec<Error>| {
        if !options.resource_version.is_empty() {
            object.set(&["metadata", "resourceVersion"], options.resource_version.clone());
        }
        let labels = options.selector.get("matchLabels").cloned().unwrap_or_default();
        object.set(&["spec", "selector"], labels);
        metadata::note(object, cause.as_deref());
        Ok(true)
    };
    options.change.apply(infos, &site, &mut report, Vec::new(), change).await
}

/// Whether the object is a service, and the selector one that a service can have.
fn check(object: &OwnedValue, selector: &OwnedValue) -> Result<()> {
    if object::kind(object) != "Service" || object.str_at(&["apiVersion"]) != "v1" {
        return Err(Error::message("setting a selector is only supported for Services"));
    }
    let expressions: Vec<String> = selector
        .items_at(&["matchExpressions"])
        .iter()
        .map(|expression| {
            let values: Vec<&str> = expression.items_at(&["values"]).iter().filter_map(Value::as_str).collect();
            format!(
                "{{{} {} [{}]}}",
                expression.str_at(&["key"]),
                expression.str_at(&["operator"]),
                values.join(" ")
            )
        })
        .collect();
    if expressions.is_empty() {
        return Ok(());
    }
    Err(Error::message(format!(
        "match expression [{}] not supported on this object",
        expressions.join(" ")
    )))
}
