//! `kubectl diff`: shows what apply would change.

mod folders;
mod mask;
mod program;

use futures_util::StreamExt;

use crate::{
    actions::{
        apply::{Visited, patcher::Patch, served::Served, server_side::MANAGER, warn_if_deleting},
        delete::with_source,
        dry_run::DryRun,
        in_flight::{About, DEFAULT_LIMIT, InFlight, Lane},
        last_applied::compared,
        prune,
        selection::query,
        write::{APPLY_PATCH, Writer, document},
    },
    api::{OwnedValue, Value, object},
    args::{Command, Flag, Kind, Parsed, groups},
    client::klog::Severity,
    context::Context,
    discovery::Mapping,
    error::{Error, Result},
    resource::{Gather, Info, Objects, Plan, Query, Site},
};

use folders::Folders;
use program::Program;

/// The exit code of a run that the person interrupts, as the shell has it for one that the signal ends.
const INTERRUPTED: u8 = 130;

/// The command as data.
pub static COMMAND: Command = Command {
    name: "diff",
    usage: "diff -f FILENAME",
    short: "Show what apply would change",
    long: "\
Show what \"kubectl apply\" would change: the object as it is, and as it would be.

The differences are printed by the program diff with -u and -N, or by the one in KUBECTL_EXTERNAL_DIFF, \
which may have arguments: \"colordiff -N -u\".

The exit code is 0 if there are no differences, 1 if there are, and more than 1 if something went wrong.",
    examples: "\
# What a manifest would change
kubectl diff -f pod.json

# What another program prints
cat service.yaml | kubectl diff -f -",
    flags: &[
        &[
            Flag::new("concurrency", Kind::Int, "1", "How many objects to compare at a time."),
            Flag::switch("prune", false, "Show what pruning would delete, too."),
            Flag::array(
                "prune-allowlist",
                "Only these types are pruned, as group/version/kind, with \"core\" for the group without a name; repeat it \
            for several.",
            ),
            Flag::switch("show-managed-fields", false, "Compare metadata.managedFields, too."),
            Flag::switch("show-secrets", false, "Show what has changed in secrets instead of hiding it."),
        ],
        groups::SELECTOR,
        groups::APPLY,
        &groups::files("A file, directory or URL with the manifests to compare."),
        &groups::field_manager("kubectl-client-side-apply"),
    ],
    ..Command::NEW
};

/// How often an object that changes meanwhile is compared, the last time without a look at its version.
const ATTEMPTS: usize = 4;

/// How many objects are compared one by one.
const ALONE: usize = 8;

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which manifests.
    pub query: Query,
    /// How the server would be asked to apply them.
    pub way: Way,
    /// The name under which the server would note who changed the object.
    pub field_manager: String,
    /// Whether it is shown who owns which field.
    pub show_managed_fields: bool,
    /// Whether what is in secrets is shown.
    pub show_secrets: bool,
    /// How many objects are compared at a time, at least.
    pub concurrency: usize,
    /// Whether it is shown what pruning would delete.
    pub prune: bool,
    /// The types that would be pruned, as they were typed.
    pub allowlist: Vec<String>,
    /// What the server says of how it merges its kinds.
    pub served: Served,
}

/// Who merges a manifest into its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// This program, which sends a patch.
    Client,
    /// The server.
    Server {
        /// Whether fields are taken over from others.
        force: bool,
    },
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// Words, no files, flags that exclude each other.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        if !parsed.args().is_empty() {
            return Err(Error::Usage {
                message: format!("Unexpected args: [{}]", parsed.args().join(" ")),
                command: parsed.path().to_owned(),
            });
        }
        if parsed.strings("filename").is_empty() && parsed.string("kustomize").is_empty() {
            return Err(Error::message("must specify one of -f and -k"));
        }
        let (server, force) = (parsed.bool("server-side"), parsed.bool("force-conflicts"));
        if force && !server {
            return Err(Error::message("--force-conflicts only works with --server-side"));
        }
        let namespace = context.client_namespace()?;
        Ok(Options {
            query: query(parsed, Vec::new(), (namespace.name, namespace.explicit)),
            way: if server { Way::Server { force } } else { Way::Client },
            field_manager: match parsed.string("field-manager") {
                _ if server && !parsed.changed("field-manager") => MANAGER,
                given => given,
            }
            .to_owned(),
            show_managed_fields: parsed.bool("show-managed-fields"),
            show_secrets: parsed.bool("show-secrets"),
            concurrency: usize::try_from(parsed.int("concurrency")).unwrap_or(1),
            prune: parsed.bool("prune"),
            allowlist: parsed.strings("prune-allowlist").to_vec(),
            served: Served::default(),
        })
    }
}

/// Shows what applying the manifests would change.
///
/// # Errors
/// The exit code 1 where there are differences; what kubectl reports, each with the exit code that is one more than
/// elsewhere.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let mut interrupted = context.interrupted();
    let result = tokio::select! {
        result = compare(parsed, context) => result,
        () = &mut interrupted => Err(Error::Exit(INTERRUPTED)),
    };
    result.map_err(|error| match error {
        error @ Error::Exit(_) => error,
        error => Error::Code(error.exit_code() + 1, Box::new(error)),
    })
}

async fn compare(parsed: &Parsed, context: &Context) -> Result<()> {
    let mut options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    options.served = Served::new(context.schemas()?);
    let allowed = match options.prune {
        true => prune::allowlist(&options.allowlist, &site).await?,
        false => Vec::new(),
    };
    let folders = Folders::create(context.world())?;
    let plan = options.query.plan(&site).await?;
    let mut visited = Visited::default();
    let result = visit(plan, &options, &folders, &site, &mut visited).await;
    if options.prune {
        show_pruned(&allowed, &options, &folders, &site, &visited).await?;
    }
    result?;
    Program::of(context.world(), folders.live.path(), folders.merged.path())
        .run(context.world())
        .await
}

/// Writes each object as it is and as it would be. The first failure ends it. Unless more are wanted, a few are compared
/// one by one before others are on their way along with them, so that little is asked for that kubectl, which ends at
/// the failure, would not ask for.
async fn visit(plan: Plan, options: &Options, folders: &Folders, site: &Site<'_>, visited: &mut Visited) -> Result<()> {
    let mut flight = InFlight::new(options.concurrency.max(DEFAULT_LIMIT), site.client.warnings());
    let mut alone = if options.concurrency > 1 { 0 } else { ALONE };
    for step in plan.steps {
        let plan = Plan {
            steps: [step].into(),
            single: plan.single,
        };
        for info in Gather::new(Objects::AsGiven).all(plan, &options.query, site).await? {
            let info = match info {
                Ok(info) => info,
                Err(error) => {
                    while let Some(outcome) = flight.next().await {
                        take(outcome, site, visited)?;
                    }
                    return Err(error);
                }
            };
            let name = file_name(&info.mapping, &info.namespace, &info.name);
            // Nothing is changed: only comparisons of the same object could get into each other's way.
            let about = About {
                lane: Lane::Free,
                collection: name.clone(),
                name: String::new(),
            };
            while alone > 0 || flight.must_wait(&about) {
                let Some(outcome) = flight.next().await else { break };
                take(outcome, site, visited)?;
            }
            alone = alone.saturating_sub(1);
            flight.begin(about, |_| one(info, name, options, folders, site));
        }
    }
    while let Some(outcome) = flight.next().await {
        take(outcome, site, visited)?;
    }
    Ok(())
}

/// What became of one object.
struct Outcome {
    info: Info,
    /// What is said of it on the way.
    warnings: Vec<String>,
    /// Whether it is there.
    is_live: bool,
    result: Result<()>,
}

/// Takes note of an object that has been compared, and says what there is to say of it.
fn take(outcome: Outcome, site: &Site<'_>, visited: &mut Visited) -> Result<()> {
    let Outcome {
        info,
        warnings,
        is_live,
        result,
    } = outcome;
    for warning in warnings {
        site.client.log().line(Severity::Warning, "diff.go:723", &warning);
    }
    if is_live {
        visited.note(&info);
    } else if info.mapping.namespaced {
        visited.namespaces.insert(info.namespace);
    }
    result
}

/// Compares one object, again and again while it changes.
async fn one(mut info: Info, name: String, options: &Options, folders: &Folders, site: &Site<'_>) -> Outcome {
    let local = info.object.clone();
    let mut warnings = Vec::new();
    let mut is_live = false;
    let mut attempt = 1;
    let result = loop {
        is_live = match info.get(site).await {
            Ok(()) => true,
            Err(error) if error.is_not_found() => false,
            Err(error) => break Err(error),
        };
        let live = is_live.then_some(&info.object);
        let is_last = attempt == ATTEMPTS;
        if is_last {
            let kind = object::group_version_kind(live.unwrap_or(&local));
            warnings.push(format!("Object ({kind}: {}) keeps changing, diffing without lock", info.name));
        }
        let merged = merged(&info, &local, live, !is_last, options, site).await;
        match merged.and_then(|merged| write(live, merged, &name, options, folders)) {
            Err(error) if !is_last && error.status().is_some_and(|status| status.is("Conflict")) => attempt += 1,
            result => break result,
        }
    };
    if is_live {
        warn_if_deleting(&info, site);
    }
    Outcome {
        info,
        warnings,
        is_live,
        result,
    }
}

/// The object as it would be. Where `locked`, only if it is still as it is here.
async fn merged(
    info: &Info,
    local: &OwnedValue,
    live: Option<&OwnedValue>,
    locked: bool,
    options: &Options,
    site: &Site<'_>,
) -> Result<OwnedValue> {
    let mut writer = Writer::new(site.client, DryRun::Server, &options.field_manager);
    if let Way::Server { force } = options.way {
        writer.force = Some(force);
        return writer.patch(info, APPLY_PATCH, document(local)).await;
    }
    let Some(live) = live else {
        let mut new = local.clone();
        if let Some(metadata) = new.at_mut(&["metadata"]).and_then(Value::as_object_mut) {
            metadata.remove("resourceVersion");
        }
        return writer.create(info, &new).await;
    };
    let patching = |error| with_source("patching", &info.source, error);
    let modified = compared(local.clone());
    let mut patch = Patch::between(&modified, live, true, &options.served, site.client.warnings())
        .await
        .map_err(patching)?;
    if patch.is_empty() {
        return Ok(live.clone());
    }
    if locked {
        let version = object::resource_version(live).to_owned();
        patch.value.set(&["metadata", "resourceVersion"], version);
    }
    writer.patch(info, patch.media(), patch.bytes()).await.map_err(patching)
}

/// Writes an object as it is and as it would be into the two folders.
fn write(live: Option<&OwnedValue>, mut merged: OwnedValue, name: &str, options: &Options, folders: &Folders) -> Result<()> {
    let mut live = live.cloned();
    if !options.show_managed_fields {
        live.iter_mut().chain([&mut merged]).for_each(object::strip_managed_fields);
    }
    if !options.show_secrets && mask::is_secret(&merged) {
        // kubectl writes a secret that is not there as `null`, unlike all else.
        mask::mask(live.get_or_insert_default(), &mut merged);
    }
    folders.live.write(name, live.as_ref())?;
    folders.merged.write(name, Some(&merged))
}

/// Writes what pruning would delete into the folder of what is, and not into the other.
async fn show_pruned(allowed: &[Mapping], options: &Options, folders: &Folders, site: &Site<'_>, visited: &Visited) -> Result<()> {
    let labels = options.query.labels.as_deref().unwrap_or_default();
    let mut pruned = Vec::new();
    let failure = match prune::places(allowed, visited, site).await {
        Ok(places) => {
            let mut found = std::pin::pin!(prune::find(places, labels, visited, site));
            loop {
                match found.next().await {
                    Some((_, Ok(infos))) => pruned.extend(infos),
                    Some((place, Err(error))) => {
                        // Of what lives in namespaces, kubectl shows all or nothing.
                        if !place.is_cluster() {
                            pruned.clear();
                        }
                        break Some(error);
                    }
                    None => break None,
                }
            }
        }
        Err(error) => Some(error),
    };
    if let Some(error) = failure {
        let sentence = format!("pruning failed and could not be evaluated err: {error}");
        site.client.log().line(Severity::Warning, "diff.go:757", &sentence);
    }
    for info in pruned {
        let (group, version) = object::group_version(&info.object);
        let kind = object::kind(&info.object);
        let name = name_of(group, version, kind, object::namespace(&info.object), object::name(&info.object));
        folders.live.write(&name, Some(&info.object))?;
    }
    Ok(())
}

/// The name of an object's file in either folder.
fn file_name(mapping: &Mapping, namespace: &str, name: &str) -> String {
    name_of(&mapping.group, &mapping.version, &mapping.kind, namespace, name)
}

fn name_of(group: &str, version: &str, kind: &str, namespace: &str, name: &str) -> String {
    let dot = if group.is_empty() { "" } else { "." };
    format!("{group}{dot}{version}.{kind}.{namespace}.{name}")
}
