//! `kubectl delete`: deletes objects.

use std::{io::Write, time::Duration};

use http::Method;

use crate::{
    actions::{
        delete::{self, Deleted, Deletion, FOREVER},
        dry_run::DryRun,
        selection::query,
    },
    args::{Command, Flag, Parsed, groups},
    client::Request,
    context::Context,
    error::{Error, Result},
    resource::{Gather, Info, Objects, Query, Source},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "delete",
    suggest_for: &["rm", "remove"],
    usage: "delete ([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
    short: "Delete objects by file, by type and name, or by label",
    long: "\
Delete objects by file, by type and name, or by label. Manifests are JSON or YAML. Only one of these ways \
can be used at a time.

Some objects, such as pods, get time to stop in an orderly way; --grace-period changes how much, and --now \
makes it a second. --grace-period=0 with --force does not wait for the node to agree. If the node cannot be \
reached, the pod may then go on running while the cluster thinks it gone, and two pods of one name may \
write the same data.

Nothing checks whether someone else has changed the object in the meantime: what they did is lost with it.

After a custom resource definition is deleted, it takes a while until discovery forgets its type. Commands \
may fail meanwhile.",
    examples: "\
# What a manifest describes
kubectl delete -f ./pod.json

# What a kustomization builds
kubectl delete -k dir

# What every manifest with a name in .yaml describes
kubectl delete -f '*.yaml'

# What another program prints
cat pod.json | kubectl delete -f -

# By name, of several types
kubectl delete pod,service baz foo

# By label
kubectl delete pods,services -l name=myLabel

# With hardly any time to stop
kubectl delete pod foo --now

# On a node that does not answer
kubectl delete pod foo --force

# All pods of the namespace
kubectl delete pods --all

# All pods of all namespaces, if you say yes
kubectl delete pods --all --all-namespaces --interactive",
    flags: &[
        &[
            Flag::switch("all", false, "All objects of the given types in the namespace."),
            Flag::switch(
                "ignore-not-found",
                false,
                "Take it for a success if an object is not there. Implied by --all.",
            ),
            Flag::switch("interactive", false, "Ask before anything is deleted.").short('i'),
            Flag::switch("now", false, "Give the objects a second to stop: the same as --grace-period=1."),
            Flag::text("output", r#""name" prints the names of the deleted objects instead of sentences."#).short('o'),
            Flag::text("raw", "Send the request to this path of the server as it is, by DELETE."),
            Flag::switch("wait", true, "Return only when the objects are gone, finalizers included."),
        ],
        groups::DELETION,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::FIELD_SELECTOR,
        groups::ALL_NAMESPACES,
        &groups::files("A file, directory or URL with the manifests of the objects to delete."),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// A path of the server instead of objects.
    pub raw: Option<String>,
    /// Which objects.
    pub query: Query,
    /// How they are deleted.
    pub deletion: Deletion,
    /// Whether objects that are not there are passed over.
    pub ignore_not_found: bool,
    /// Whether a person is asked first.
    pub interactive: bool,
    /// How long to wait until they are gone; none does not wait.
    pub wait: Option<Duration>,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Flags that exclude each other, words that flags do not take.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let propagation = delete::propagation(parsed, context.streams())?;
        let namespace = context.namespace()?;
        let query = Query {
            all: parsed.bool("all"),
            type_means_all: false,
            ..query(parsed, parsed.args().to_vec(), (namespace.name, namespace.explicit))
        };
        let selects = query.all || query.labels.is_some() || query.fields.is_some();
        let dry_run = DryRun::of(parsed, context.streams())?;
        let force = parsed.bool("force");
        let grace_period = grace_period(parsed)?;
        let output = parsed.string("output");
        let raw = Some(parsed.string("raw").to_owned()).filter(|raw| !raw.is_empty());
        if !output.is_empty() && output != "name" {
            return Err(Error::message(format!(
                "unexpected -o output mode: {output}. We only support '-o name'"
            )));
        }
        for (flag, given) in [("selector", &query.labels), ("field-selector", &query.fields)] {
            if query.all && given.is_some() {
                return Err(Error::message(format!("cannot set --all and --{flag} at the same time")));
            }
        }
        if force && grace_period > 0 {
            return Err(Error::message(
                "--force and --grace-period greater than 0 cannot be specified together",
            ));
        }
        let options = Options {
            ignore_not_found: parsed.bool("ignore-not-found") || (selects && !parsed.changed("ignore-not-found")),
            interactive: parsed.bool("interactive"),
            wait: (parsed.bool("wait") && dry_run == DryRun::None).then(|| match parsed.signed_duration("timeout") {
                limit if limit.is_zero() => FOREVER,
                _ => parsed.duration("timeout"),
            }),
            deletion: Deletion {
                propagation,
                grace_period,
                dry_run,
                names: output == "name",
            },
            query,
            raw,
        };
        options.check_raw(parsed)?;
        Ok(options)
    }

    fn check_raw(&self, parsed: &Parsed) -> Result<()> {
        let Some(raw) = &self.raw else { return Ok(()) };
        let files = &self.query.files;
        let sentence = if self.interactive {
            "--interactive can not be used with --raw"
        } else if !parsed.args().is_empty() {
            "--raw may not be specified with other flags that filter the server request or alter the output"
        } else if files.filenames.len() > 1 {
            "--raw can only use a single local file or stdin"
        } else if files
            .filenames
            .iter()
            .any(|name| name.starts_with("http://") || name.starts_with("https://"))
        {
            "--raw cannot read from a url"
        } else if files.recursive {
            "--raw and --recursive are mutually exclusive"
        } else if !parsed.string("output").is_empty() {
            "--raw and --output are mutually exclusive"
        } else if !raw.starts_with('/') && url::Url::parse(raw).is_err() {
            return Err(Error::message(format!(
                "--raw must be a valid URL path: parse {raw:?}: invalid URI for request"
            )));
        } else {
            return Ok(());
        };
        Err(Error::message(sentence))
    }
}

/// How many seconds objects get, by the three flags that say so; negative where they decide.
fn grace_period(parsed: &Parsed) -> Result<i64> {
    let (given, force) = (parsed.int("grace-period"), parsed.bool("force"));
    if parsed.bool("now") {
        if given != -1 {
            return Err(Error::message("--now and --grace-period cannot be specified together"));
        }
        return Ok(1);
    }
    Ok(match given {
        // Without --force, nothing is lost by accident.
        0 if !force => 1,
        given if given < 0 && force => 0,
        given => given,
    })
}

/// Deletes what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    if options.deletion.grace_period == 0 && parsed.bool("force") {
        context.world().warn(
            "Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may \
             continue to run on the cluster indefinitely.",
        );
    }
    if let Some(path) = &options.raw {
        return raw(path, &options, context).await;
    }
    let site = context.site_of(&options.query)?;
    let plan = options.query.plan(&site).await?;
    let mut errors = Vec::new();
    let mut infos = Vec::new();
    for info in Gather::new(Objects::Named).all(plan, &options.query, &site).await? {
        match info {
            Ok(info) => infos.push(info),
            Err(error) if options.ignore_not_found && error.is_not_found() => {}
            Err(error) => errors.push(error),
        }
    }
    if infos.is_empty() && errors.is_empty() {
        return Ok(writeln!(context.streams().out(), "No resources found")?);
    }
    if options.interactive && !confirmed(&infos, context)? {
        return Ok(writeln!(context.streams().out(), "deletion is cancelled")?);
    }
    let mut warned = !options.query.enforce_namespace;
    let mut deleted = Vec::new();
    for info in infos {
        if !warned && !info.mapping.namespaced {
            context
                .world()
                .warn("deleting cluster-scoped resources, not scoped to the provided namespace");
            warned = true;
        }
        match options.deletion.delete(&info, site.client, context.streams()).await {
            Ok(uid) => deleted.push(Deleted { info, uid }),
            Err(error) if options.ignore_not_found && error.is_not_found() => deleted.push(Deleted { info, uid: None }),
            Err(error) => errors.push(error),
        }
    }
    Error::collect(errors)?;
    let Some(limit) = options.wait else { return Ok(()) };
    match delete::wait(&deleted, limit, site.client, context.streams()).await {
        // Whoever may not look cannot wait.
        Err(error)
            if error
                .status()
                .is_some_and(|status| status.is("Forbidden") || status.is("MethodNotAllowed")) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Shows what would be deleted, and asks.
fn confirmed(infos: &[Info], context: &Context) -> Result<bool> {
    let mut out = context.streams().out();
    writeln!(out, "You are about to delete the following {} resource(s):", infos.len())?;
    for info in infos {
        let kind = info.mapping.group_kind();
        let kind = match kind.split_once('.') {
            Some((kind, group)) => format!("{}.{group}", kind.to_lowercase()),
            None => kind.to_lowercase(),
        };
        writeln!(out, "{kind}/{}", info.name)?;
    }
    write!(out, "Do you want to continue? (y/N): ")?;
    let answer = context.streams().read_line()?.unwrap_or_default();
    Ok(answer.trim().eq_ignore_ascii_case("y") || answer.trim().eq_ignore_ascii_case("yes"))
}

/// Sends the request to a path as it is.
async fn raw(path: &str, options: &Options, context: &Context) -> Result<()> {
    let mut request = Request::typed(Method::DELETE, path).accept("application/json, */*");
    let files = options.query.files.expand(context.directory())?;
    if let Some(file) = files.places.first() {
        request = request.body("application/json", Source::read(file, context.streams()).await?);
    }
    let answer = context.client()?.send(request).await?.bytes().await?;
    Ok(context.streams().out().write_all(&answer)?)
}
