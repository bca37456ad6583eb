//! `kubectl apply set-last-applied`: writes the manifest that apply has noted in an object anew.

use std::io::Write;

use crate::{
    actions::{
        delete::with_source,
        dry_run::DryRun,
        last_applied::{noted, patch},
        report::Report,
        selection::query,
        write::{MERGE_PATCH, Writer, compact},
    },
    api::OwnedValue,
    args::{Command, Flag, Parsed, groups},
    context::Context,
    error::{Error, Result},
    printers::form::COMMON_FORMS,
    resource::{Gather, Info, Objects, Plan, Query, Site},
    yaml,
};

/// The command as data.
pub static COMMAND: Command = Command {
    name: "set-last-applied",
    usage: "set-last-applied -f FILENAME",
    short: "Note manifests in objects as if they had been applied",
    long: "Note manifests in objects as if they had been applied, without changing anything else of the objects. The \
            next apply then takes the noted manifest for the last one.",
    examples: "\
# Note the manifest in its object
kubectl apply set-last-applied -f deploy.yaml

# Every manifest of a directory
kubectl apply set-last-applied -f path/

# Also where nothing was noted before
kubectl apply set-last-applied -f deploy.yaml --create-annotation=true",
    flags: &[
        &[
            Flag::switch(
                "create-annotation",
                false,
                "Also note the manifest in objects that have none noted.",
            ),
            Flag::slice("filename", "A file, directory or URL with the manifests to note.").short('f'),
        ],
        groups::OUTPUT,
        groups::PRINT,
        groups::DRY_RUN,
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
    /// Whether objects in which nothing is noted get a note, too.
    pub create: bool,
    /// How far the change goes.
    pub dry_run: DryRun,
}

impl Options {
    /// Completes and checks what was typed. Words behind the command count for nothing.
    ///
    /// # Errors
    /// Words that flags do not take.
    pub fn resolve(Args(parsed): &Args<'_>, context: &Context) -> Result<Options> {
        let dry_run = DryRun::of(parsed, context.streams())?;
        let namespace = context.namespace()?;
        Ok(Options {
            query: query(parsed, Vec::new(), (namespace.name, namespace.explicit)),
            create: parsed.bool("create-annotation"),
            dry_run,
        })
    }
}

/// Notes the manifests in their objects: in none of them, where one cannot be.
///
/// # Errors
/// What kubectl reports: mistakes on the command line, objects that are not there, the server's refusals.
pub async fn run(parsed: &Parsed, context: &Context) -> Result<()> {
    let options = Options::resolve(&Args(parsed), context)?;
    let printer = context.chosen_printer(parsed, COMMON_FORMS)?;
    let site = context.site()?;
    let changes = changes(&options, &site).await?;
    let mut report = Report::new(context.streams(), printer, options.dry_run);
    let writer = Writer::new(site.client, options.dry_run, "");
    for (info, patch) in changes {
        let object = match options.dry_run {
            DryRun::Client => info.object,
            _ => writer.patch(&info, MERGE_PATCH, compact(&patch)).await?,
        };
        report.print(object, "configured")?;
    }
    Ok(())
}

/// The objects whose note changes, as the server has them, and how.
async fn changes(options: &Options, site: &Site<'_>) -> Result<Vec<(Info, OwnedValue)>> {
    let mut changes = Vec::new();
    let plan = options.query.plan(site).await?;
    let gather = Gather::new(Objects::AsGiven);
    for step in plan.steps {
        let plan = Plan {
            steps: [step].into(),
            single: plan.single,
        };
        for info in gather.all(plan, &options.query, site).await? {
            let mut info = info?;
            let manifest = info.object.clone();
            if let Err(error) = info.get(site).await {
                if error.is_not_found() {
                    return Err(error);
                }
                let doing = format!("retrieving current configuration of:\n{info}\nfrom server for:");
                return Err(with_source(&doing, &info.source, error));
            }
            let note = noted(&info.object);
            if note.is_none() && !options.create {
                return Err(Error::message(format!(
                    "no last-applied-configuration annotation found on resource: {}, to create the annotation, run the command \
                     with --create-annotation",
                    info.name
                )));
            }
            // Another layout of the same manifest is no change.
            let is_same = note.is_some_and(|note| yaml::parse(note.as_bytes()).is_ok_and(|noted| noted == manifest));
            if is_same {
                writeln!(site.streams.out(), "set-last-applied {}: no changes required.", info.name)?;
            } else {
                changes.push((info, patch(&manifest)));
            }
        }
    }
    Ok(changes)
}
