//! `kubectl replace`: replaces objects by what manifests describe.

use std::{io::Write, time::Duration};

use http::Method;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::{
    actions::{
        delete::{self, Deleted, Deletion, FOREVER, propagation, with_source},
        dry_run::DryRun,
        in_flight::{About, DEFAULT_LIMIT, InFlight},
        last_applied,
        output::Output,
        raw,
        selection::query,
        validation::{check_document, field_validation},
        write::Writer,
    },
    api::{OwnedValue, Value},
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    resource::{
        Info, Query, Site, Source,
        documents::{read, read_checked},
        infos::placed,
    },
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "replace",
    usage: "replace -f FILENAME",
    short: "Replace objects by what manifests describe",
    long: r#"Replace objects by what manifests describe, which must be complete. Manifests are JSON or YAML.

"kubectl get TYPE NAME -o yaml" prints the whole object, to be changed and given back."#,
    examples: r#"# From a file
kubectl replace -f ./pod.json

# From what another program prints
cat pod.json | kubectl replace -f -

# Another version of an image
kubectl get pod mypod -o yaml | sed 's/\(image: myimage\):.*$/\1:v4/' | kubectl replace -f -

# Delete and create anew
kubectl replace --force -f ./pod.json"#,
    flags: &[
        &[
            Flag::text("raw", "Send the manifest as it is to this path of the server, by PUT."),
            Flag::text("subresource", "Replace this subresource of the objects."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::DELETION,
        groups::WAIT,
        groups::SAVE_CONFIG,
        groups::VALIDATE,
        &groups::files("The manifests to replace objects by."),
        &groups::field_manager("kubectl-replace"),
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
    /// Which manifests.
    pub query: Query,
    /// How old objects are deleted first; none changes them in place.
    pub force: Option<Force>,
    /// How far the change goes.
    pub dry_run: DryRun,
    /// What the server does about unknown fields.
    pub validation: &'static str,
    /// The name under which the server notes who changed the objects.
    pub field_manager: String,
    /// Whether the objects remember the manifests in any case.
    pub save_config: bool,
}

/// How objects make way.
#[derive(Debug, Clone)]
pub struct Force {
    /// How they are deleted.
    pub deletion: Deletion,
    /// How long their deletion is waited for as `delete` waits; none does not.
    pub wait: Option<Duration>,
    /// How long they may be there afterwards.
    pub limit: Duration,
}

/// How long objects may be there after their deletion where nobody said.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// How often is looked whether they are gone, at most.
const PACE: Duration = Duration::from_secs(1);

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No manifest, flags that exclude each other, words that flags do not take.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let validation = field_validation(parsed)?;
        let dry_run = DryRun::of(parsed, context.streams())?;
        Output::resolve(parsed, context, "replaced", dry_run)?;
        let propagation = propagation(parsed, context.streams())?;
        let (force, grace_period) = (parsed.bool("force"), parsed.int("grace-period"));
        let timeout = parsed.signed_duration("timeout");
        let namespace = context.client_namespace()?;
        let mut query = query(parsed, Vec::new(), (namespace.name, namespace.explicit));
        query.subresource = parsed.string("subresource").to_owned();
        let files = &query.files;
        let sentence = if files.is_empty() {
            "must specify one of -f and -k"
        } else if !files.filenames.is_empty() && files.kustomize.is_some() {
            "only one of -f or -k can be specified"
        } else if grace_period >= 0 && !force {
            "--grace-period must have --force specified"
        } else if !timeout.is_zero() && !force {
            "--timeout must have --force specified"
        } else if force && dry_run != DryRun::None {
            "--dry-run can not be used when --force is set"
        } else {
            ""
        };
        if !sentence.is_empty() {
            return Err(Error::message(sentence));
        }
        let raw = parsed.string("raw");
        if !raw.is_empty() {
            raw::check(raw, parsed, &query.files)?;
        }
        // Without a second to stop, nothing is lost by accident; but it is waited for.
        let at_once = grace_period == 0;
        let limit = |otherwise| if timeout.is_zero() { otherwise } else { parsed.duration("timeout") };
        Ok(Options {
            raw: Some(raw.to_owned()).filter(|raw| !raw.is_empty()),
            query,
            force: force.then(|| Force {
                deletion: Deletion {
                    propagation,
                    grace_period: if at_once { 1 } else { grace_period },
                    dry_run,
                    names: parsed.string("output") == "name",
                },
                wait: (parsed.bool("wait") || at_once).then(|| limit(FOREVER)),
                limit: limit(PATIENCE),
            }),
            dry_run,
            validation,
            field_manager: parsed.string("field-manager").to_owned(),
            save_config: parsed.bool("save-config"),
        })
    }
}

/// Replaces what the manifests describe.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, what cannot be read, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    if let Some(path) = &options.raw {
        return raw::send(Method::PUT, path, &options.query.files, context).await;
    }
    let site = context.site()?;
    let mut places = options.query.files.expand(context.directory())?.places;
    let kept = match options.force {
        Some(_) => keep_input(&mut places, &site)?,
        None => None,
    };
    if let Some(force) = &options.force {
        make_way(force, &places, &options.query, &site).await?;
    }
    let replacer = Replacer {
        options: &options,
        context,
        site: &site,
        output: Output::resolve(parsed, context, "replaced", options.dry_run)?,
        flight: InFlight::new(DEFAULT_LIMIT, site.client.warnings()),
        replaced: 0,
        errors: Vec::new(),
    };
    let result = replacer.replace(&places).await;
    drop(kept);
    result
}

/// Puts standard input into a file, as it is read more than once: the folder of the file, if there is one.
fn keep_input(places: &mut [Source], site: &Site<'_>) -> Result<Option<TempDir>> {
    let Some(place) = places.iter_mut().find(|place| **place == Source::Stdin) else {
        return Ok(None);
    };
    let folder = tempfile::Builder::new().prefix("kubectl_replace_").tempdir()?;
    let path = folder.path().join("resource.stdin");
    std::fs::write(&path, site.streams.read_input()?)?;
    *place = Source::File(path.display().to_string(), path);
    Ok(Some(folder))
}

/// Deletes the objects that are in the way, and waits until they are gone.
async fn make_way(force: &Force, places: &[Source], query: &Query, site: &Site<'_>) -> Result<()> {
    let (mut infos, mut errors) = (Vec::new(), Vec::new());
    for place in places {
        match read(place, site).await {
            Ok(documents) => {
                for document in documents {
                    let info = match document {
                        Ok(object) => placed(object, &place.name(), query, site).await,
                        Err(error) => Err(error),
                    };
                    match info {
                        Ok(info) => infos.push(info),
                        Err(error) => errors.push(error),
                    }
                }
            }
            Err(error) => errors.push(error),
        }
    }
    let mut deleted = Vec::new();
    let mut missing = false;
    for info in infos {
        match force.deletion.delete(&info, site.client, site.streams).await {
            Ok(uid) => deleted.push(Deleted { info, uid }),
            Err(error) if error.is_not_found() => {
                missing = true;
                deleted.push(Deleted { info, uid: None });
            }
            Err(error) => errors.push(error),
        }
    }
    if missing && errors.len() == 1 {
        // kubectl takes what is missing out of several failures, and what is left still counts as several.
        return Err(Error::Several(errors));
    }
    Error::collect(errors)?;
    if deleted.is_empty() {
        writeln!(site.streams.out(), "No resources found")?;
    }
    if let Some(limit) = force.wait {
        match delete::wait(&deleted, limit, site.client, site.streams).await {
            // Whoever may not look cannot wait.
            Err(error) if is_barred(&error) => {}
            result => result?,
        }
    }
    let mut errors = Vec::new();
    for Deleted { info, .. } in &deleted {
        errors.extend(gone(info, force.limit, site).await.err());
    }
    Error::collect(errors)
}

fn is_barred(error: &Error) -> bool {
    error
        .status()
        .is_some_and(|status| status.is("Forbidden") || status.is("MethodNotAllowed"))
}

/// Ends when an object is gone, or after `limit`.
async fn gone(info: &Info, limit: Duration, site: &Site<'_>) -> Result<()> {
    let end = Instant::now() + limit;
    let mut pause = PACE / 16;
    loop {
        match Writer::new(site.client, DryRun::None, "").look(info).await {
            Ok(_) => {}
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) => return Err(error),
        }
        if Instant::now() + pause > end {
            return Err(Error::message("timed out waiting for the condition"));
        }
        sleep(pause).await;
        pause = PACE.min(pause * 2);
    }
}

/// Replaces objects and says what became of them.
struct Replacer<'a> {
    options: &'a Options,
    context: &'a Context,
    site: &'a Site<'a>,
    output: Output,
    flight: InFlight<'a, Result<OwnedValue>>,
    /// How many objects were replaced.
    replaced: usize,
    /// What went wrong with single objects.
    errors: Vec<Error>,
}

impl Replacer<'_> {
    /// Replaces what the documents in `places` describe.
    async fn replace(mut self, places: &[Source]) -> Result<()> {
        let mut unread = Vec::new();
        for place in places {
            let check = |document: &OwnedValue| check_document(document, self.options.validation);
            match read_checked(place, self.site, check).await {
                Err(error) => unread.push(error),
                Ok(documents) => {
                    for document in documents {
                        let info = match document {
                            Ok(object) => placed(object, &place.name(), &self.options.query, self.site).await,
                            Err(error) => Err(error),
                        };
                        match info {
                            Ok(info) => self.begin(info).await?,
                            Err(error) => unread.push(error),
                        }
                    }
                }
            }
        }
        while let Some(outcome) = self.flight.next().await {
            self.done(outcome);
        }
        // What could not be read at all is one failure behind those of single objects.
        if self.errors.is_empty() {
            self.errors = unread;
        } else if let Err(error) = Error::collect(unread) {
            self.errors.push(error);
        }
        Error::collect(self.errors)?;
        match self.replaced {
            0 if self.options.force.is_some() => Err(Error::message("no objects passed to replace")),
            _ => Ok(()),
        }
    }

    /// Sends an object on its way, or only prints it.
    async fn begin(&mut self, mut info: Info) -> Result<()> {
        last_applied::renew(&mut info.object, self.options.save_config);
        if self.options.dry_run == DryRun::Client {
            self.done(Ok(info.object));
            return Ok(());
        }
        let about = About::of(&info);
        while self.flight.must_wait(&about) {
            let Some(outcome) = self.flight.next().await else { break };
            self.done(outcome);
        }
        let (options, site) = (self.options, self.site);
        self.flight.begin(about, |turn| turn.take(send(info, options, site)));
        Ok(())
    }

    /// Says what became of an object.
    fn done(&mut self, outcome: Result<OwnedValue>) {
        let printed = outcome.and_then(|object| {
            self.replaced += 1;
            self.output.print(self.context, object)
        });
        self.errors.extend(printed.err());
    }
}

/// Sends an object to take the place of the one that is there, or that was there.
async fn send(mut info: Info, options: &Options, site: &Site<'_>) -> Result<OwnedValue> {
    let writer = Writer {
        field_validation: options.validation,
        subresource: &options.query.subresource,
        ..Writer::new(site.client, options.dry_run, &options.field_manager)
    };
    let mut object = std::mem::take(&mut info.object);
    loop {
        let sent = match options.force {
            Some(_) => {
                if let Some(metadata) = object.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
                    metadata.remove("resourceVersion");
                }
                let whole = Writer { subresource: "", ..writer };
                whole.create(&info, &object).await
            }
            None => writer.overwrite(&info, &mut object).await,
        };
        match sent {
            // The type was only assumed; the server may have it elsewhere.
            Err(error) => match site.discovery.reconsider(&info.mapping, error).await {
                Ok(mapping) => info.mapping = mapping,
                Err(error) if options.force.is_some() => return Err(error),
                Err(error) => return Err(with_source("replacing", &info.source, error)),
            },
            done => return done,
        }
    }
}
