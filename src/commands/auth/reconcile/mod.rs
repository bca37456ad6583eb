//! `kubectl auth reconcile`: brings roles and bindings to the state that manifests describe.

mod compute;
mod server;

use self::{
    compute::{Operation, Reconciled},
    server::{Server, Written},
};
use crate::{
    actions::{dry_run::DryRun, report::Report, selection},
    api::{Map, OwnedValue, Value, gvk, object, quote, structs::Structs},
    args::{Command, Flag, Parsed, groups},
    client::Client,
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::{FileSet, documents},
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "reconcile",
    usage: "reconcile -f FILENAME",
    short: "Bring roles and bindings to the state that manifests describe",
    long: "\
Bring roles, cluster roles and their bindings to the state that manifests describe.

What is missing is created, its namespace included. Roles that exist keep permissions that the manifest \
lacks, and bindings keep subjects, unless told otherwise. A binding to another role is replaced, since \
bindings cannot change their role.

Prefer this to \"kubectl apply\" for these types: it understands what rules mean.",
    examples: "\
# Reconcile what is in a file
kubectl auth reconcile -f my-rbac-rules.yaml",
    flags: &[
        &[
            Flag::switch(
                "remove-extra-permissions",
                false,
                "Take from roles what the manifests do not grant.",
            ),
            Flag::switch("remove-extra-subjects", false, "Take from bindings whom the manifests do not bind."),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
        &groups::files("A file, directory or URL with the roles and bindings."),
    ],
    ..Command::NEW
};

/// What was typed.
#[derive(Debug)]
pub struct Args<'a>(pub &'a Parsed);

/// What it means.
#[derive(Debug, Clone)]
pub struct Options {
    /// The manifests.
    pub files: FileSet,
    /// Whether roles lose what the manifests do not grant.
    pub remove_permissions: bool,
    /// Whether bindings lose whom the manifests do not bind.
    pub remove_subjects: bool,
    /// How far it goes: the server can not be asked to check this.
    pub dry_run: DryRun,
}

impl Options {
    /// Completes and checks what was typed.
    ///
    /// # Errors
    /// No manifests, arguments, or a dry run of another kind.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let files = selection::query(parsed, Vec::new(), (String::new(), false)).files;
        if files.is_empty() {
            return Err(Error::message("must specify one of -f and -k"));
        }
        if !parsed.args().is_empty() {
            return Err(Error::message("no arguments are allowed"));
        }
        let dry_run = DryRun::of(parsed, context.streams())
            .map_err(|error| Error::message(format!("error accessing --dry-run flag for command reconcile: {error}")))?;
        if dry_run.on_server() {
            return Err(Error::message("--dry-run=server for command reconcile is not supported yet"));
        }
        context.namespace()?;
        Ok(Options {
            files,
            remove_permissions: parsed.bool("remove-extra-permissions"),
            remove_subjects: parsed.bool("remove-extra-subjects"),
            dry_run,
        })
    }
}

/// Reconciles what the manifests hold, one after the other.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, manifests that cannot be read, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let site = context.site()?;
    let sources = options.files.expand(site.directory)?;
    let printer = context.chosen_printer(parsed, COMMON_FORMS)?;
    let mut report = Report::new(context.streams(), printer, options.dry_run);
    let mut errors = Vec::new();
    for source in &sources.places {
        let documents = match documents::read(source, &site).await {
            Ok(documents) => documents,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        for document in documents {
            let done = match document.and_then(|object| decoded(object, &source.name())) {
                Ok(Some((object, kind))) => reconcile(&object, kind, &options, site.client, context, &mut report).await,
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            errors.extend(done.err());
        }
    }
    Error::collect(errors)
}

/// What can be reconciled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Role,
    Binding,
}

/// An object as Go's types hold it, if it is one that can be reconciled.
fn decoded(object: OwnedValue, source: &str) -> Result<Option<(OwnedValue, Kind)>> {
    let (group, version) = object::group_version(&object);
    if !gvk::is_built_in(group) {
        let (kind, version) = (quote(object::kind(&object)), quote(object.str_at(&["apiVersion"])));
        return Err(Error::message(format!(
            "unable to decode {}: no kind {kind} is registered for version {version} in scheme \"pkg/scheme/scheme.go:28\"",
            quote(source)
        )));
    }
    let kind = match object::kind(&object) {
        "Role" | "ClusterRole" => Kind::Role,
        "RoleBinding" | "ClusterRoleBinding" => Kind::Binding,
        _ => return Ok(None),
    };
    match (group, version) {
        (GROUP, "v1") => {
            // Go tells an empty map from none, and so finds a difference where a manifest has an empty one.
            let fields = ["annotations", "labels"].map(|field| ["metadata", field]);
            let is_empty = |path: &&[&str; 2]| object.at(&path[..]).and_then(Value::as_object).is_some_and(Map::is_empty);
            let empty: Vec<_> = fields.iter().filter(is_empty).collect();
            let mut typed = Structs::new().typed(object.clone());
            empty.iter().for_each(|path| typed.set(&path[..], Map::new()));
            Ok(Some((typed, kind)))
        }
        (GROUP, version) => Err(Error::message(format!(
            "only rbac.authorization.k8s.io/v1 is supported: not *{version}.{}",
            object::kind(&object)
        ))),
        _ => Ok(None),
    }
}

/// The API group of roles and bindings.
const GROUP: &str = "rbac.authorization.k8s.io";

/// How often it is begun anew where somebody else creates or deletes the object meanwhile.
const fn attempts(kind: Kind) -> usize {
    match kind {
        Kind::Role => 3,
        Kind::Binding => 4,
    }
}

/// Reconciles one object, and says what had to be done.
async fn reconcile(
    expected: &OwnedValue,
    kind: Kind,
    options: &Options,
    client: &Client,
    context: &Context,
    report: &mut Report<'_>,
) -> Result<()> {
    let server = Server::new(expected, client)?;
    for _ in 0..attempts(kind) {
        let existing = server.existing().await?;
        let mut reconciled = match (&existing, kind) {
            (None, _) => Reconciled::created(expected),
            (Some(existing), Kind::Role) => compute::role(existing, expected, options.remove_permissions),
            (Some(existing), Kind::Binding) => compute::binding(existing, expected, options.remove_subjects),
        };
        if options.dry_run == DryRun::None && !reconciled.protected {
            let uid = existing.as_ref().map(object::uid).unwrap_or_default();
            match server.write(reconciled.operation, &reconciled.object, uid).await? {
                Written::As(object) => reconciled.object = object,
                Written::Not => {}
                Written::Overtaken => continue,
            }
        }
        return say(reconciled, kind, options, context, report);
    }
    Err(Error::message("exceeded maximum attempts"))
}

/// Says what had to be done to an object.
fn say(reconciled: Reconciled, kind: Kind, options: &Options, context: &Context, report: &mut Report<'_>) -> Result<()> {
    report.print(Structs::new().typed(reconciled.object), "reconciled")?;
    let caveat = match reconciled.protected {
        true => ", but object opted out (rbac.authorization.kubernetes.io/autoupdate: false)",
        false => "",
    };
    let operation = match reconciled.operation {
        Operation::None => return Ok(()),
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Recreate => "recreate",
    };
    context.warn(&format!("\treconciliation required {operation}{caveat}"))?;
    let (things, remove) = match kind {
        Kind::Role => ("rules", options.remove_permissions),
        Kind::Binding => ("subjects", options.remove_subjects),
    };
    let list = |what: &str, lines: Vec<String>| match lines.is_empty() {
        true => Ok(()),
        false => context.warn(&format!("\t{what}:\n\t\t{}", lines.join("\n\t\t"))),
    };
    list(&format!("missing {things} added"), reconciled.missing)?;
    match remove {
        true => list(&format!("extra {things} removed"), reconciled.extra),
        false => Ok(()),
    }
}
