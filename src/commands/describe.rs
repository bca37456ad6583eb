//! `kubectl describe`: shows objects in detail, with what belongs to them.

use std::{io::Write, pin::pin};

use futures_util::{StreamExt, stream};

use crate::{
    args::{Command, Flag, Parsed, groups},
    context::Context,
    describe::{
        Settings,
        fetch::{IN_FLIGHT, Inquiry},
        subjects::{Missing, Subjects},
    },
    error::{Error, Result},
    resource::{FileSet, Query, Step},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "describe",
    suggest_for: &["inspect"],
    usage: "describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
    short: "Show objects in detail, with what belongs to them",
    long: "\
Show objects in detail, with what belongs to them: events, pods, controllers.

A name that no object has is taken for the beginning of names: \"kubectl describe pods web\" shows web-1 \
and web-2 if there is no web.

\"kubectl api-resources\" lists the types.",
    examples: "\
# A node
kubectl describe nodes kubernetes-node-emt8.c.myproject.internal

# A pod
kubectl describe pods/nginx

# What a manifest describes
kubectl describe -f pod.json

# All pods
kubectl describe pods

# By label
kubectl describe pods -l name=myLabel

# The pods of a replica set, by the beginning of their names
kubectl describe pods frontend",
    flags: &[
        &[Flag::switch(
            "show-events",
            true,
            "Show the events about the objects. If not given, they are shown of a single object, but not of several.",
        )],
        groups::SELECTOR,
        groups::ALL_NAMESPACES,
        groups::CHUNK_SIZE,
        &groups::files("A file, directory or URL with the manifests of the objects."),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which objects.
    pub query: Query,
    /// Whether events are shown; none where it depends on how many objects there are.
    pub show_events: Option<bool>,
    /// How many objects a page of a list holds.
    pub chunk: i64,
}

impl Options {
    /// Completes what was typed.
    ///
    /// # Errors
    /// A kubeconfig that makes no sense, or nothing to describe.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let optional = |name: &str| Some(parsed.string(name).to_owned()).filter(|text| !text.is_empty());
        let namespace = context.namespace()?;
        let all_namespaces = parsed.bool("all-namespaces");
        let files = FileSet {
            filenames: parsed.strings("filename").to_vec(),
            kustomize: optional("kustomize"),
            recursive: parsed.bool("recursive"),
        };
        if parsed.args().is_empty() && files.filenames.is_empty() && files.kustomize.is_none() {
            return Err(Error::message(
                "You must specify the type of resource to describe. Use \"kubectl api-resources\" for a complete list of \
                 supported resources.",
            ));
        }
        Ok(Options {
            query: Query {
                words: parsed.args().to_vec(),
                files,
                namespace: namespace.name,
                enforce_namespace: namespace.explicit && !all_namespaces,
                all_namespaces,
                labels: optional("selector"),
                type_means_all: true,
                ..Query::default()
            },
            show_events: parsed.changed("show-events").then(|| parsed.bool("show-events")),
            chunk: parsed.int("chunk-size"),
        })
    }
}

/// Describes what the command line names.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site_of(&options.query)?;
    let plan = options.query.plan(&site).await?;
    let streams = plan.steps.len() == 1 && matches!(plan.steps.front(), Some(Step::List { .. }));
    let mut subjects = Subjects::start(plan, &options.query, options.chunk, &site).await?;
    let mut failures = Failures::default();
    // Whether events are shown depends on whether there is a second object.
    let mut first = Vec::new();
    while !(streams && first.len() > 1) {
        match subjects.next().await {
            Some(Ok(subject)) => first.push(subject),
            Some(Err(missing)) => failures.missing(missing),
            None => break,
        }
    }
    let show_events = options.show_events.unwrap_or(first.len() < 2);
    if let (Some(error), [kind, prefix]) = (failures.only_object(), options.query.words.as_slice())
        && error.is_not_found()
    {
        let found = describe_matching(kind, prefix, &options, context).await?;
        return if found { Ok(()) } else { failures.into_result() };
    }
    if first.is_empty() && failures.are_none() {
        return context.warn(&match options.query.all_namespaces {
            true => "No resources found".to_owned(),
            false => format!("No resources found in {} namespace.", options.query.namespace),
        });
    }
    let inquiry = Inquiry::new(site.client, settings(&options, show_events, context));
    let rest = stream::unfold(subjects, async |mut subjects| Some((subjects.next().await?, subjects)));
    let subjects = stream::iter(first.into_iter().map(Ok)).chain(rest);
    let mut descriptions = pin!(
        subjects
            .map(|subject| async { Ok::<_, Missing>(inquiry.describe(subject?).await) })
            .buffered(IN_FLIGHT)
    );
    let mut separator = "";
    while let Some(description) = descriptions.next().await {
        match description {
            Ok(Ok(text)) => {
                let mut out = context.streams().out();
                out.write_all(separator.as_bytes())?;
                out.write_all(&text)?;
                separator = "\n\n";
            }
            Ok(Err(error)) => failures.undescribed(error),
            Err(missing) => failures.missing(missing),
        }
    }
    failures.into_result()
}

/// What went wrong, in the groups that decide how kubectl words it.
#[derive(Debug, Default)]
struct Failures {
    on_the_way: Vec<Error>,
    objects: Vec<Error>,
    /// What kept objects from being described, each sentence once.
    undescribed: Vec<Error>,
}

impl Failures {
    fn missing(&mut self, missing: Missing) {
        match missing {
            Missing::OnTheWay(error) => self.on_the_way.push(error),
            Missing::Object(error) => self.objects.push(error),
        }
    }

    fn undescribed(&mut self, error: Error) {
        let sentence = error.to_string();
        if !self.undescribed.iter().any(|said| said.to_string() == sentence) {
            self.undescribed.push(error);
        }
    }

    fn are_none(&self) -> bool {
        self.on_the_way.is_empty() && self.objects.is_empty() && self.undescribed.is_empty()
    }

    /// The one object that could not be had, if nothing else went wrong.
    fn only_object(&self) -> Option<&Error> {
        match self.objects.as_slice() {
            [error] if self.on_the_way.is_empty() => Some(error),
            _ => None,
        }
    }

    /// One failure for all: a list of what went wrong on the way is one entry among the objects that could not be had,
    /// and all that one among those that could not be described.
    fn into_result(self) -> Result<()> {
        let mut missing = self.objects;
        if !self.on_the_way.is_empty() {
            missing.push(Error::Several(self.on_the_way));
        }
        let missing = Error::collect(missing).err();
        Error::collect(missing.into_iter().chain(self.undescribed).collect())
    }
}

/// What holds for all descriptions.
fn settings(options: &Options, show_events: bool, context: &Context) -> Settings {
    Settings {
        now: context.streams().now(),
        zone: context.world().zone(),
        show_events,
        chunk_size: options.chunk,
    }
}

/// Describes the objects of a type whose names begin with `prefix`; whether there are any.
///
/// Whether there is one object or several is decided by all of the type, not by those that match.
async fn describe_matching(kind: &str, prefix: &str, options: &Options, context: &Context) -> Result<bool> {
    let site = context.site()?;
    let options = Options {
        query: Query {
            words: vec![kind.to_owned()],
            files: FileSet::default(),
            all_namespaces: false,
            labels: None,
            single_type: true,
            ..options.query.clone()
        },
        ..options.clone()
    };
    let plan = options.query.plan(&site).await?;
    let mut subjects = Subjects::start(plan, &options.query, options.chunk, &site).await?;
    let mut matching = Vec::new();
    let mut all = 0;
    while let Some(subject) = subjects.next().await {
        let subject = match subject {
            Ok(subject) => subject,
            Err(Missing::OnTheWay(error) | Missing::Object(error)) => return Err(error),
        };
        all += 1;
        if subject.name.starts_with(prefix) {
            matching.push(subject);
        }
    }
    let show_events = options.show_events.unwrap_or(all < 2);
    let inquiry = Inquiry::new(site.client, settings(&options, show_events, context));
    let found = !matching.is_empty();
    let mut descriptions = pin!(stream::iter(matching).map(|subject| inquiry.describe(subject)).buffered(IN_FLIGHT));
    while let Some(description) = descriptions.next().await {
        let mut out = context.streams().out();
        out.write_all(&description?)?;
        out.write_all(b"\n")?;
    }
    Ok(found)
}
