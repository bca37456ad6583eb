//! `create -f`: the objects that manifests describe, several on their way at a time.

use crate::{
    actions::{
        creation::post,
        dry_run::DryRun,
        first_failure::{once_per_source, reconsider},
        in_flight::{About, InFlight, concurrency},
        last_applied, metadata,
        output::Output,
        validation::{check_document, field_validation},
    },
    api::{OwnedValue, Value, json, object, selector::Selector},
    args::Parsed,
    client::Client,
    context::Context,
    discovery::{Discovery, builtin},
    error::{Error, Result},
    resource::{FileSet, Info, Query, Site, documents::read_checked, infos::placed},
};

/// What kubectl accepts where it does not decode into Go's types.
const ACCEPT: &str = "application/json";

/// How manifests are created.
struct Options {
    dry_run: DryRun,
    validation: &'static str,
    manager: String,
    save_config: bool,
    change_cause: Option<String>,
}

/// One object's creation, as far as it got.
type Outcome = Result<OwnedValue>;

/// Creates objects and says what became of them.
struct Creator<'a> {
    options: &'a Options,
    context: &'a Context,
    site: &'a Site<'a>,
    output: Output,
    flight: InFlight<'a, Outcome>,
    /// How many objects were created.
    created: usize,
    /// What went wrong with single objects.
    errors: Vec<Error>,
}

/// Creates what the manifests in `files` describe.
///
/// # Errors
/// What cannot be read, and what the server reports.
pub async fn run(parsed: &Parsed, files: FileSet, context: &Context) -> Result<()> {
    let dry_run = DryRun::of(parsed, context.streams())?;
    let output = Output::resolve(parsed, context, "created", dry_run)?;
    let options = Options {
        dry_run,
        validation: field_validation(parsed)?,
        manager: parsed.string("field-manager").to_owned(),
        save_config: parsed.bool("save-config"),
        change_cause: context.change_cause(parsed),
    };
    let namespace = context.client_namespace()?;
    let query = Query {
        files,
        namespace: namespace.name,
        enforce_namespace: namespace.explicit,
        labels: Some(parsed.string("selector").to_owned()).filter(|labels| !labels.is_empty()),
        ..Query::default()
    };
    let selector = query.label_selector()?;
    let sources = query.files.expand(context.directory())?;
    let site = context.site()?;
    let mut creator = Creator {
        options: &options,
        context,
        site: &site,
        output,
        flight: InFlight::new(concurrency(parsed)?, site.client.warnings()),
        created: 0,
        errors: Vec::new(),
    };
    let mut unread = Vec::new();
    for source in &sources.places {
        let check = |document: &OwnedValue| check_document(document, options.validation);
        match read_checked(source, &site, check).await {
            Err(error) => unread.push(error),
            Ok(documents) => {
                let name = source.name();
                for document in documents {
                    match document {
                        Ok(object) => match creator.place(object, &name, &query).await {
                            Ok(info) => creator.create(info, selector.as_ref()).await?,
                            Err(Misplaced::Refused(error)) => {
                                creator.finish().await?;
                                creator.errors.push(error);
                            }
                            Err(Misplaced::Unknown(error)) => unread.push(error),
                        },
                        Err(error) => unread.push(error),
                    }
                }
            }
        }
    }
    creator.finish().await?;
    let (created, mut errors) = (creator.created, creator.errors);
    once_per_source(&mut errors);
    // What could not be read at all is one failure behind those of single objects.
    if errors.is_empty() {
        errors = unread;
    } else if let Err(error) = Error::collect(unread) {
        errors.push(error);
    }
    Error::collect(errors)?;
    match created {
        0 => Err(Error::message("no objects passed to create")),
        _ => Ok(()),
    }
}

/// Why an object has no place on the server.
enum Misplaced {
    /// It must not be where it says.
    Refused(Error),
    /// The server does not have its type.
    Unknown(Error),
}

impl<'a> Creator<'a> {
    /// Finds an object's type and namespace. A type that a definition before it makes known is there once that is.
    async fn place(&mut self, object: OwnedValue, source: &str, query: &Query) -> Result<Info, Misplaced> {
        let (group, version) = object::group_version(&object);
        let is_known = builtin::by_kind(group, version, object::kind(&object)).is_some();
        if !is_known && self.flight.has_kind("apiextensions.k8s.io/CustomResourceDefinition") {
            self.finish().await.map_err(Misplaced::Refused)?;
        }
        placed(object, source, query, self.site).await.map_err(|error| {
            match error.to_string().starts_with("the namespace from the provided object") {
                true => Misplaced::Refused(error),
                false => Misplaced::Unknown(error),
            }
        })
    }

    /// Sends an object on its way, or only prints it.
    async fn create(&mut self, mut info: Info, selector: Option<&Selector>) -> Result<()> {
        if selector.is_some_and(|selector| !selector.matches_object(&info.object)) {
            return Ok(());
        }
        last_applied::renew(&mut info.object, self.options.save_config);
        let options = self.options;
        metadata::note(&mut info.object, options.change_cause.as_deref());
        if options.dry_run == DryRun::Client {
            return self.done(Ok(info.object));
        }
        if let Some(metadata) = info.object.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
            metadata.remove("resourceVersion");
        }
        let about = About::of(&info);
        while self.flight.must_wait(&about) {
            let Some(outcome) = self.flight.next().await else { break };
            self.done(outcome)?;
        }
        let (client, discovery) = (self.site.client, self.site.discovery);
        let is_whole = self.output.needs_object();
        self.flight
            .begin(about, |turn| turn.take(send(info, options, client, discovery, is_whole)));
        Ok(())
    }

    /// Waits for all that is on its way.
    async fn finish(&mut self) -> Result<()> {
        while let Some(outcome) = self.flight.next().await {
            self.done(outcome)?;
        }
        Ok(())
    }

    /// Says what became of an object.
    fn done(&mut self, outcome: Outcome) -> Result<()> {
        match outcome.and_then(|object| {
            self.created += 1;
            self.output.print(self.context, object)
        }) {
            Ok(()) => {}
            Err(error) => self.errors.push(error),
        }
        Ok(())
    }
}

/// Sends an object to be created and gives what the server made of it; where only its name is printed, no more than that.
async fn send(mut info: Info, options: &Options, client: &Client, discovery: &Discovery, is_whole: bool) -> Outcome {
    let answer = loop {
        let sent = post(
            client,
            &info.mapping,
            &info.namespace,
            options.dry_run,
            (&options.manager, options.validation),
            ACCEPT,
            &info.object,
        )
        .await;
        match sent {
            Ok(answer) => break answer,
            Err(error) => reconsider(&mut info, error, options.validation, client, discovery)
                .await
                .map_err(|failure| failure.when("creating", &info.source))?,
        }
    };
    if !is_whole && !info.name.is_empty() {
        return Ok(info.object);
    }
    Ok(json::parse(&answer)?.into_owned())
}
