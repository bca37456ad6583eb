//! `kubectl apply`: brings objects to the state that manifests describe.

pub mod edit_last_applied;
mod pruning;
pub mod set_last_applied;
pub mod view_last_applied;

use crate::{
    actions::{
        apply::{self, Applied, Takeover, Visited, served::Served, server_side::MANAGER},
        delete::{Deletion, propagation},
        dry_run::DryRun,
        first_failure::once_per_source,
        in_flight::{About, InFlight, concurrency},
        manifests::{self, Manifests},
        report::Report,
        selection::query,
        validation::field_validation,
    },
    api::{Map, OwnedValue, Value},
    args::{AVAILABLE, Command, Flag, Group, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::Query,
};

use pruning::{Named, Prune};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "apply",
    usage: "apply (-f FILENAME | -k DIRECTORY)",
    short: "Bring objects to the state that manifests describe",
    long: "\
Bring objects to the state that manifests describe, creating those that do not exist.

The manifest is noted in the object, so that the next apply knows what to remove. Objects that were created \
another way should be created with --save-config, or be given to apply from the start. Manifests are JSON \
or YAML.

Pruning (--prune) is not finished: do not use it unless you know what it does. See \
https://issues.k8s.io/34274.",
    examples: "\
# Apply a manifest
kubectl apply -f ./pod.yaml

# Apply a kustomization
kubectl apply -k dir/

# Apply what comes from another program
cat pod.yaml | kubectl apply -f -

# Apply every manifest in a directory whose name ends in .yaml
kubectl apply -f '*.yaml'

# Let the server merge
kubectl apply --server-side -f ./deployment.yaml

# Apply what is in the file, and delete other config maps that carry the label
kubectl apply --prune -f manifest.yaml -l app=nginx --prune-allowlist=core/v1/ConfigMap",
    flags: &[
        &[
            Flag::switch("all", false, "With --prune, all objects of the pruned types in the namespace."),
            Flag::text(
                "applyset",
                "With --prune, the object that keeps track of what is applied together, as [RESOURCE][.GROUP]/NAME; a secret, \
            if only a name is given. What it lists and the manifests lack is deleted.",
            )
            .unlocked_by("KUBECTL_APPLYSET"),
            Flag::switch(
                "openapi-patch",
                true,
                "Merge by the schema of the type where there is one, rather than by what is built in.",
            ),
            Flag::switch(
                "overwrite",
                true,
                "Settle differences between the object and the manifest in favour of the manifest.",
            ),
            Flag::text("subresource", "Apply to this subresource of the objects. Only with --server-side."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        groups::SELECTOR,
        groups::APPLY,
        groups::DELETION,
        groups::WAIT,
        groups::PRUNE,
        groups::VALIDATE,
        groups::RECORD,
        groups::CONCURRENCY,
        &groups::files("The manifests to apply."),
        &groups::field_manager("kubectl-client-side-apply"),
    ],
    children: &[Group {
        title: AVAILABLE,
        commands: &[&edit_last_applied::COMMAND, &set_last_applied::COMMAND, &view_last_applied::COMMAND],
    }],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which manifests.
    pub query: Query,
    /// What is done with each.
    pub apply: apply::Options,
    /// How many are on their way at a time.
    pub concurrency: usize,
    /// Which objects are removed that are not in the manifests; none where all stay.
    pub prune: Option<Prune>,
    /// How objects are removed.
    pub deletion: Deletion,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Words, flags and values that kubectl refuses.
    pub async fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        if !parsed.args().is_empty() {
            return Err(Error::Usage {
                message: format!("Unexpected args: [{}]", parsed.args().join(" ")),
                command: parsed.path().to_owned(),
            });
        }
        let dry_run = DryRun::of(parsed, context.streams())?;
        let deletion = Deletion {
            propagation: propagation(parsed, context.streams())?,
            grace_period: parsed.int("grace-period"),
            dry_run,
            names: false,
        };
        if parsed.strings("filename").is_empty() && parsed.string("kustomize").is_empty() {
            return Err(Error::message("must specify one of -f and -k"));
        }
        let validation = field_validation(parsed)?;
        let namespace = context.client_namespace()?;
        let named = Named::find(parsed, &namespace, context).await?;
        check(faults(parsed, dry_run))?;
        let prune = named.check(parsed, context).await?;
        let output = parsed.string("output");
        let server_side = parsed.bool("server-side").then_some(match parsed.bool("force-conflicts") {
            true => Takeover::Force,
            false => Takeover::Refuse,
        });
        let manager = match parsed.string("field-manager") {
            _ if server_side.is_some() && !parsed.changed("field-manager") => MANAGER,
            manager => manager,
        };
        Ok(Options {
            query: query(parsed, Vec::new(), (namespace.name, namespace.explicit)),
            apply: apply::Options {
                dry_run,
                server_side,
                overwrite: parsed.bool("overwrite"),
                served: Served::default(),
                subresource: parsed.string("subresource").to_owned(),
                manager: manager.to_owned(),
                validation,
                replacement: parsed.bool("force").then(|| Deletion {
                    dry_run: DryRun::None,
                    ..deletion.clone()
                }),
                timeout: parsed.duration("timeout"),
                change_cause: context.change_cause(parsed),
                prints_objects: !matches!(output, "" | "name"),
            },
            concurrency: concurrency(parsed)?,
            prune,
            deletion,
        })
    }
}

/// Something that may be wrong with the flags: whether it is, and the sentence about it.
type Fault = (bool, &'static str);

/// The first of several faults that is one.
fn check(faults: impl IntoIterator<Item = Fault>) -> Result<()> {
    match faults.into_iter().find(|(is_fault, _)| *is_fault) {
        Some((_, sentence)) => Err(Error::message(sentence)),
        None => Ok(()),
    }
}

/// Flags that exclude each other, in kubectl's order.
fn faults(parsed: &Parsed, dry_run: DryRun) -> [Fault; 6] {
    let on = |name: &str| parsed.bool(name);
    let given = |name: &str| !parsed.string(name).is_empty();
    [
        (
            given("subresource") && !on("server-side"),
            "--subresource can only be specified for --server-side",
        ),
        (
            on("force-conflicts") && !on("server-side"),
            "--force-conflicts only works with --server-side",
        ),
        (
            dry_run == DryRun::Client && on("server-side"),
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)",
        ),
        (on("server-side") && on("force"), "--force cannot be used with --server-side"),
        (
            dry_run == DryRun::Server && on("force"),
            "--dry-run=server cannot be used with --force",
        ),
        (on("all") && given("selector"), "cannot set --all and --selector at the same time"),
    ]
}

/// Applies the manifests, and says what became of each object.
///
/// # Errors
/// What kubectl reports: what cannot be read, what the server refuses.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let mut options = Options::resolve(&Args(parsed), context).await?;
    // Whether there is such a form kubectl finds out when it prints, and so after everything was applied.
    let printer = match options.apply.prints_objects {
        true => None,
        false => context.chosen_printer(parsed, COMMON_FORMS)?,
    };
    let site = context.site()?;
    if parsed.bool("openapi-patch") {
        options.apply.served = Served::new(context.schemas()?);
    }
    let read = manifests::read(&options.query, options.apply.validation, &site).await;
    let (Manifests { infos, failure }, scope) = pruning::begin(read, &options, &site).await?;
    let mut run = Run {
        report: Report::new(context.streams(), printer, options.apply.dry_run),
        options: &options,
        errors: failure.err().into_iter().collect(),
        applied: Vec::new(),
        visited: Visited::default(),
    };
    if options.query.enforce_namespace {
        run.visited.namespaces.insert(options.query.namespace.clone());
    }
    let mut flight = InFlight::new(options.concurrency, site.client.warnings());
    for info in infos {
        let about = About::of(&info);
        while flight.must_wait(&about) {
            let Some(outcome) = flight.next().await else { break };
            run.done(outcome);
        }
        flight.begin(about, |turn| options.apply.apply(info, site, turn));
    }
    while let Some(outcome) = flight.next().await {
        run.done(outcome);
    }
    once_per_source(&mut run.errors);
    Error::collect(run.errors)?;
    if options.apply.prints_objects {
        let printer = context.printer(parsed, COMMON_FORMS)?;
        let mut report = Report::new(context.streams(), Some(printer), options.apply.dry_run);
        report.print(together(run.applied), "")?;
    }
    pruning::finish(&scope, &run.visited, &options, parsed, context, &site).await
}

/// What has come of the manifests so far.
struct Run<'a> {
    options: &'a Options,
    report: Report<'a>,
    errors: Vec<Error>,
    /// The objects, where they are printed all together.
    applied: Vec<OwnedValue>,
    visited: Visited,
}

impl Run<'_> {
    /// Says what became of an object, or keeps it.
    fn done(&mut self, outcome: Result<Applied>) {
        match outcome {
            Ok(Applied { info, done }) => {
                self.visited.note(&info);
                match self.options.apply.prints_objects {
                    true => self.applied.push(info.object),
                    // What a template cannot make of one object is that object's failure.
                    false => self.errors.extend(self.report.print(info.object, done).err()),
                }
            }
            Err(error) => self.errors.push(error),
        }
    }
}

/// One object as it is, several as a list (`v1.List`, in the order of Go's struct).
fn together(mut objects: Vec<OwnedValue>) -> OwnedValue {
    if objects.len() == 1 {
        return objects.remove(0);
    }
    let mut list = Map::in_order();
    list.insert("kind", "List");
    list.insert("apiVersion", "v1");
    list.insert("metadata", Map::new());
    list.insert("items", objects);
    Value::Object(list)
}
